/* SPDX-License-Identifier: BSD-2-Clause */
/* feed: a journal with synthetic sessions in a temporary folder, for tests of sinks. */
#ifndef TESTS_COLLECTOR_FEED_H
#define TESTS_COLLECTOR_FEED_H

#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/journal/journal.h"
#include "base/stream/stream.h"
#include "bgp/msg.h"
#include "bmp/bmp.h"
#include "collector/config/config.h"
#include "collector/sink/sink.h"
#include "schemas/track/source.h"

enum { FEED_SOURCES = 80, FEED_MSG = 512 };

struct feed_source {
    uint32_t id;
    struct source_info info;
    uint8_t open[2][FEED_MSG]; /* received, sent */
    size_t open_len[2];
};

struct feed {
    char dir[64];
    struct journal *j;
    struct feed_source src[FEED_SOURCES];
    unsigned cnt;
};

/* ---- folders ---- */

static inline void feed_temp(char *dst)
{
    strcpy(dst, "/tmp/ribtape-test-XXXXXX");
    cr_assert_not_null(mkdtemp(dst));
}

static inline int feed_rm_one(const char *p, const struct stat *st, int flag, struct FTW *f)
{
    (void)st, (void)flag, (void)f;
    return remove(p);
}

static inline void feed_rm(const char *dir)
{
    nftw(dir, feed_rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- messages ---- */

static inline size_t feed_header(struct wr *w, uint8_t type)
{
    for (int i = 0; i < 16; i++)
        wr_u8(w, 0xff);
    size_t at = w->len;
    wr_u16(w, 0);
    wr_u8(w, type);
    return at;
}

static inline size_t feed_end(struct wr *w, size_t at)
{
    cr_assert(!w->overflow);
    w->buf[at] = (uint8_t)((w->len - at + 16) >> 8);
    w->buf[at + 1] = (uint8_t)(w->len - at + 16);
    return w->len;
}

/* An OPEN with four-octet AS, IPv4 and IPv6 unicast, and ADD-PATH both ways for IPv4 on wish.
 */
static inline size_t feed_open(uint8_t *dst, uint32_t asn, bool asn4, bool add_path)
{
    static const uint8_t mp[] = {2, 12, 1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1};
    static const uint8_t ap[] = {2, 6, 69, 4, 0, 1, 1, 3};
    struct wr w = wr_of(dst, FEED_MSG);
    size_t at = feed_header(&w, BGP_TYPE_OPEN);
    wr_u8(&w, 4);
    wr_u16(&w, asn > 65535 ? 23456 : (uint16_t)asn);
    wr_u16(&w, 180);
    wr_u32(&w, 0xc0000209);
    size_t params = wr_mark_u8(&w);
    wr_bytes(&w, mp, sizeof(mp));
    if (asn4) {
        wr_u8(&w, 2), wr_u8(&w, 6), wr_u8(&w, 65), wr_u8(&w, 4);
        wr_u32(&w, asn);
    }
    if (add_path)
        wr_bytes(&w, ap, sizeof(ap));
    wr_patch_u8(&w, params);
    return feed_end(&w, at);
}

/* An UPDATE that announces 10.x.y.z/32, MED `n`: unlike any other with another n. */
static inline size_t feed_update(uint8_t *dst, uint32_t n, bool asn4, bool add_path)
{
    struct wr w = wr_of(dst, FEED_MSG);
    size_t at = feed_header(&w, BGP_TYPE_UPDATE);
    wr_u16(&w, 0);
    size_t attrs = wr_mark_u16(&w);
    wr_u32(&w, 0x40010100); /* ORIGIN igp */
    wr_u8(&w, 0x40), wr_u8(&w, 2);
    if (asn4) {
        wr_u8(&w, 6), wr_u8(&w, 2), wr_u8(&w, 1), wr_u32(&w, 64501);
    } else {
        wr_u8(&w, 4), wr_u8(&w, 2), wr_u8(&w, 1), wr_u16(&w, 64501);
    }
    wr_u8(&w, 0x40), wr_u8(&w, 3), wr_u8(&w, 4), wr_u32(&w, 0xc0000209);
    wr_u8(&w, 0x80), wr_u8(&w, 4), wr_u8(&w, 4), wr_u32(&w, n);
    wr_patch_u16(&w, attrs);
    if (add_path)
        wr_u32(&w, 7);
    wr_u8(&w, 32), wr_u8(&w, 10), wr_u24(&w, n);
    return feed_end(&w, at);
}

/* ---- the journal ---- */

static inline void feed_put(struct feed *f, enum journal_kind kind, uint32_t src, uint64_t t,
                            const void *p, size_t len)
{
    cr_assert_eq(journal_append(f->j, kind, 0, src, t, p, (uint32_t)len), 0, "append: %s",
                 strerror(errno));
}

static inline int feed_declare(struct feed *f, const struct feed_source *s, uint8_t flags,
                               uint64_t t)
{
    static const enum journal_kind kind[2] = {JOURNAL_BGP_RECV, JOURNAL_BGP_SENT};
    uint8_t buf[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(buf, sizeof(buf));
    source_encode(&s->info, &w);
    int rc = journal_append(f->j, JOURNAL_SOURCE, flags, s->id, t, buf, (uint32_t)w.len);
    for (int i = 0; i < 2; i++) {
        if (s->open_len[i] > 0)
            rc |= journal_append(f->j, kind[i], flags, s->id, t, s->open[i],
                                 (uint32_t)s->open_len[i]);
    }
    return rc;
}

static inline void feed_repeat(struct journal *j, void *arg)
{
    struct feed *f = arg;
    struct journal *was = f->j;
    f->j = j; /* journal_open may ask before it returns */
    for (unsigned i = 0; i < f->cnt; i++)
        (void)!feed_declare(f, &f->src[i], JOURNAL_REPEAT, clock_realtime_ns());
    f->j = was;
}

static inline void feed_begin(struct feed *f, const char *dir, uint64_t segment)
{
    char path[128], err[256];
    snprintf(f->dir, sizeof(f->dir), "%s", dir);
    snprintf(path, sizeof(path), "%s/journal", dir);
    mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/journal/0", dir);
    struct journal_options o = {
        .dir = path, .segment_size = segment, .repeat = feed_repeat, .repeat_arg = f};
    f->j = journal_open(&o, err, sizeof(err));
    cr_assert_not_null(f->j, "%s", err);
}

/* A session of 192.0.2.(9+i), or with v6 2001:db8::(9+i); returns its source id. Four frames.
 */
static inline uint32_t feed_session(struct feed *f, uint32_t asn, bool v6, bool asn4,
                                    bool add_path, uint64_t t)
{
    static const uint8_t up[2] = {5, 6};
    struct feed_source *s = &f->src[f->cnt];
    uint8_t last = (uint8_t)(9 + f->cnt);
    *s = (struct feed_source){.id = journal_new_source(f->j)};
    s->info = (struct source_info){.kind = SOURCE_BGP, .remote_asn = asn, .local_asn = 64500};
    if (v6) {
        s->info.remote = (struct source_addr){16, {0x20, 1, 0xd, 0xb8, [15] = last}, 4000};
        s->info.local = (struct source_addr){16, {0x20, 1, 0xd, 0xb8, [15] = 1}, 179};
    } else {
        s->info.remote = (struct source_addr){4, {192, 0, 2, last}, 4000};
        s->info.local = (struct source_addr){4, {192, 0, 2, 1}, 179};
    }
    s->open_len[0] = feed_open(s->open[0], asn, asn4, add_path);
    s->open_len[1] = feed_open(s->open[1], 64500, true, add_path);
    f->cnt++;
    cr_assert_eq(feed_declare(f, s, 0, t), 0);
    feed_put(f, JOURNAL_STATE, s->id, t, up, sizeof(up));
    return s->id;
}

static inline void feed_route(struct feed *f, uint32_t src, uint64_t t, uint32_t n)
{
    uint8_t msg[FEED_MSG];
    feed_put(f, JOURNAL_BGP_RECV, src, t, msg, feed_update(msg, n, true, false));
}

/* ---- configuration ---- */

static inline void feed_set(char **member, const char *dir, const char *name)
{
    free(*member);
    *member = NULL;
    cr_assert_gt(asprintf(member, "%s%s", dir, name), 0);
}

/* The defaults, with everything below `dir`; config_unref frees it. */
static inline struct config *feed_config(const char *dir)
{
    char err[256] = "";
    struct config *c = config_load(NULL, err, sizeof(err));
    cr_assert_not_null(c, "%s", err);
    feed_set(&c->collector, "test", "");
    feed_set(&c->data_dir, dir, "");
    feed_set(&c->archive.dir, dir, "/archive");
    feed_set(&c->ndjson.path, dir, "/records.ndjson");
    return c;
}

static const struct log feed_log = {.fd = 2, .level = LOG_LEVEL_ERROR};

/* ---- what the archive says ---- */

/* Reads a whole file, through gzip if need be. */
static inline uint8_t *feed_slurp(const char *path, size_t *len)
{
    gzFile g = gzopen(path, "rb");
    size_t cap = 1 << 20;
    uint8_t *p = malloc(cap);
    int n;
    cr_assert_not_null(g, "%s", path);
    for (*len = 0; (n = gzread(g, p + *len, (unsigned)(cap - *len))) > 0; *len += (size_t)n) {
        if (*len + (size_t)n == cap)
            p = realloc(p, cap *= 2);
    }
    cr_assert_eq(n, 0, "%s: damaged", path);
    cr_assert_eq(gzclose(g), Z_OK, "%s: ends in the middle of a member", path);
    return p;
}

struct feed_record {
    uint32_t sec, usec;
    uint16_t type, subtype;
    const uint8_t *body; /* after the microseconds */
    uint32_t len;
};

static inline uint32_t feed_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Calls fn for each record; returns how many there are. */
static inline unsigned feed_records(const char *path,
                                    void (*fn)(void *, const struct feed_record *), void *arg)
{
    size_t len, at = 0;
    unsigned cnt = 0;
    uint8_t *p = feed_slurp(path, &len);
    for (; at < len; cnt++) {
        cr_assert_geq(len - at, 16, "%s: half a record", path);
        struct feed_record r = {
            .sec = feed_u32(p + at),
            .usec = feed_u32(p + at + 12),
            .type = (uint16_t)(p[at + 4] << 8 | p[at + 5]),
            .subtype = (uint16_t)(p[at + 6] << 8 | p[at + 7]),
            .body = p + at + 16,
            .len = feed_u32(p + at + 8) - 4,
        };
        cr_assert_leq(16 + r.len, len - at, "%s: half a record", path);
        fn(arg, &r);
        at += 16 + r.len;
    }
    free(p);
    return cnt;
}

/* Lists the files below a folder, sorted, relative to it, separated by spaces. */
static inline void feed_list_into(const char *root, const char *sub, char *dst, size_t cap)
{
    char *path, *next;
    struct dirent **e;
    cr_assert_gt(asprintf(&path, "%s%s", root, sub), 0);
    int n = scandir(path, &e, NULL, alphasort);
    free(path);
    for (int i = 0; i < n; i++) {
        struct stat st;
        if (e[i]->d_name[0] != '.') {
            cr_assert_gt(asprintf(&next, "%s/%s", sub, e[i]->d_name), 0);
            cr_assert_gt(asprintf(&path, "%s%s", root, next), 0);
            cr_assert_eq(stat(path, &st), 0);
            if (S_ISDIR(st.st_mode))
                feed_list_into(root, next, dst, cap);
            else
                snprintf(dst + strlen(dst), cap - strlen(dst), "%s%s", *dst ? " " : "",
                         next + 1);
            free(path);
            free(next);
        }
        free(e[i]);
    }
    if (n >= 0)
        free(e);
}

static inline const char *feed_list(const char *root)
{
    static char text[65536];
    text[0] = '\0';
    feed_list_into(root, "", text, sizeof(text));
    return text;
}

#endif
