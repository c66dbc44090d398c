/* SPDX-License-Identifier: BSD-2-Clause */
/* config_check: options that are each right but don't go together. Floor F4. */
#include <stdlib.h>
#include <string.h>

#include "base/stream/stream.h"
#include "collector/config/config_schema.h"
#include "schemas/filter/filter.h"

/* ---- ranges given twice ---- */

/* An entry of peers or routers, sorted to lie beside its equals. */
struct entry {
    const struct config_prefix *range;
    const void *item;
    bool dial;
};

/* The order among equals is the file's, so that the second is the one to blame. */
static int compare_ranges(const struct entry *a, const struct entry *b)
{
    if (a->dial != b->dial)
        return a->dial ? 1 : -1;
    if (a->range->addr.len != b->range->addr.len)
        return a->range->addr.len < b->range->addr.len ? -1 : 1;
    if (a->range->bits != b->range->bits)
        return a->range->bits < b->range->bits ? -1 : 1;
    if (a->range->addr.port != b->range->addr.port)
        return a->range->addr.port < b->range->addr.port ? -1 : 1;
    return memcmp(a->range->addr.a, b->range->addr.a, sizeof a->range->addr.a);
}

static int compare_entries(const void *pa, const void *pb)
{
    const struct entry *a = (const struct entry *)pa, *b = (const struct entry *)pb;
    int order = compare_ranges(a, b);
    if (order != 0)
        return order;
    return (const char *)a->item < (const char *)b->item ? -1 : 1;
}

static void check_twins(struct config_loader *ld, struct entry *e, size_t cnt)
{
    qsort(e, cnt, sizeof *e, compare_entries);
    for (size_t i = 1; i < cnt; i++) {
        if (e[i].range->addr.len == 0 || compare_ranges(&e[i - 1], &e[i]) != 0)
            continue;
        config_complain(ld, config_line(ld, e[i].item, "address"),
                        "address: the same as in line %u",
                        config_line(ld, e[i - 1].item, "address"));
    }
}

static void check_two_keys(struct config_loader *ld, char *const *md5)
{
    unsigned line = config_line(ld, md5, "md5_file");
    if (line != 0 && config_line(ld, md5, "md5") != 0)
        config_complain(ld, line, "md5_file: md5 is given, too");
}

/* ---- one part each ---- */

static void check_peer(struct config_loader *ld, const struct config_peer *p, bool is_defaults)
{
    unsigned line = config_line(ld, &p->hold_time_s, "hold_time");
    if (line != 0 && p->hold_time_s > 0 && p->hold_time_s < 3)
        config_complain(ld, line,
                        "hold_time: must be 0, or 3 s or more (RFC 4271 section 4.2)");
    line = config_line(ld, &p->open_timeout_s, "open_timeout");
    if (line == 0)
        line = config_line(ld, &p->open_delay_s, "open_delay");
    if (line != 0 && p->open_timeout_s <= p->open_delay_s)
        config_complain(ld, line, "open_timeout: must be longer than open_delay");
    check_two_keys(ld, &p->md5);
    if (!is_defaults && p->range.addr.port != 0)
        config_complain(ld, config_line(ld, p, "address"),
                        "address: must not have a port, as peers come to us");
}

static void check_peers(struct config_loader *ld, const struct config *c)
{
    struct entry *e = calloc(c->bgp.peers_cnt + 1, sizeof *e);
    check_peer(ld, &c->bgp.defaults, true);
    for (size_t i = 0; i < c->bgp.peers_cnt; i++) {
        const struct config_peer *p = &c->bgp.peers[i];
        check_peer(ld, p, false);
        if (e != NULL)
            e[i] = (struct entry){.range = &p->range, .item = p};
    }
    if (e == NULL)
        config_complain(ld, 0, "out of memory");
    else
        check_twins(ld, e, c->bgp.peers_cnt);
    free(e);
}

static void check_router(struct config_loader *ld, const struct config_router *r)
{
    unsigned line = config_line(ld, r, "address");
    if (line == 0 || r->range.addr.len == 0)
        return; /* an error already */
    if (r->dial && r->range.addr.port == 0)
        config_complain(ld, line, "address: to dial needs ADDRESS:PORT");
    if (!r->dial && r->range.addr.port != 0)
        config_complain(ld, line, "address: has a port, but dial is not true");
    if (r->dial && config_line(ld, &r->max_sessions, "max_sessions") != 0)
        config_complain(ld, config_line(ld, &r->max_sessions, "max_sessions"),
                        "max_sessions: we dial one connection");
    if (r->tls_name[0] != '\0' && !r->tls)
        config_complain(ld, config_line(ld, &r->tls_name, "tls_name"),
                        "tls_name: needs tls: true");
    check_two_keys(ld, &r->md5);
}

static void check_routers(struct config_loader *ld, const struct config *c)
{
    struct entry *e = calloc(c->bmp.routers_cnt + 1, sizeof *e);
    for (size_t i = 0; i < c->bmp.routers_cnt; i++) {
        const struct config_router *r = &c->bmp.routers[i];
        check_router(ld, r);
        if (e != NULL)
            e[i] = (struct entry){.range = &r->range, .item = r, .dial = r->dial};
    }
    if (e == NULL)
        config_complain(ld, 0, "out of memory");
    else
        check_twins(ld, e, c->bmp.routers_cnt);
    free(e);
}

/* How the files are is seen when they are loaded. */
static void check_tls(struct config_loader *ld, const struct config *c)
{
    if (c->bmp.tls.key[0] != '\0' && c->bmp.tls.certificate[0] == '\0')
        config_complain(ld, config_line(ld, &c->bmp.tls.key, "key"),
                        "key: needs a certificate");
    for (size_t i = 0; i < c->bmp.listeners_cnt; i++) {
        const struct config_listener *l = &c->bmp.listeners[i];
        if (l->addr.len == 0 && config_line(ld, &l->addr, "address") != 0)
            config_complain(ld, config_line(ld, &l->addr, "address"),
                            "address: must be ADDRESS:PORT or \"[ADDRESS6]:PORT\"");
        if (l->tls && c->bmp.tls.certificate[0] == '\0')
            config_complain(ld, config_line(ld, &l->tls, "tls"),
                            "tls: needs bmp.tls.certificate");
    }
}

/* Which levels a format has. */
static int max_level(enum stream_format f)
{
    return f == STREAM_ZSTD ? 22 : f == STREAM_PLAIN ? 0 : 9;
}

static void check_archive(struct config_loader *ld, const struct config *c)
{
    unsigned layout = config_line(ld, &c->archive.layout, "layout");
    unsigned pattern = config_line(ld, &c->archive.pattern, "pattern");
    if (c->archive.slot_s != 0 && 86400 % c->archive.slot_s != 0)
        config_complain(ld, config_line(ld, &c->archive.slot_s, "slot"),
                        "slot: does not divide a day");
    if (c->archive.layout == LAYOUT_PATTERN && c->archive.pattern[0] == '\0')
        config_complain(ld, layout, "layout: pattern needs a pattern");
    if (c->archive.layout != LAYOUT_PATTERN && c->archive.pattern[0] != '\0')
        config_complain(ld, pattern, "pattern: is for layout: pattern");
    if (c->archive.pattern[0] == '/' || strstr(c->archive.pattern, "..") != NULL)
        config_complain(ld, pattern, "pattern: must stay below dir");
    if (c->archive.level > max_level((enum stream_format)c->archive.format))
        config_complain(ld, config_line(ld, &c->archive.level, "level"),
                        "level: more than the compression has");
}

static void check_bmp_archive(struct config_loader *ld, const struct config *c)
{
    const char *mine = c->bmp_archive.pattern;
    unsigned line = config_line(ld, &c->bmp_archive.pattern, "pattern");
    if (c->archive.layout != LAYOUT_PATTERN && mine[0] != '\0')
        config_complain(ld, line, "pattern: is for archive.layout: pattern");
    if (mine[0] == '/' || strstr(mine, "..") != NULL)
        config_complain(ld, line, "pattern: must stay below archive.dir");
    if (mine[0] != '\0' && strcmp(mine, c->archive.pattern) == 0)
        config_complain(ld, line, "pattern: the same as archive.pattern");
}

static void check_rib(struct config_loader *ld, const struct config *c)
{
    unsigned pattern = config_line(ld, &c->rib.pattern, "pattern");
    if (c->rib.interval_s != 0 && 86400 % c->rib.interval_s != 0)
        config_complain(ld, config_line(ld, &c->rib.interval_s, "interval"),
                        "interval: does not divide a day");
    if (c->archive.layout != LAYOUT_PATTERN && c->rib.pattern[0] != '\0')
        config_complain(ld, pattern, "pattern: is for archive.layout: pattern");
    if (c->rib.pattern[0] == '/' || strstr(c->rib.pattern, "..") != NULL)
        config_complain(ld, pattern, "pattern: must stay below archive.dir");
    if (c->rib.level > max_level((enum stream_format)c->rib.format))
        config_complain(ld, config_line(ld, &c->rib.level, "level"),
                        "level: more than the compression has");
}

/* An expression that can't be read is told now, not by the sink. */
void config_check_filter(struct config_loader *ld, char *const *filter)
{
    if (*filter == NULL)
        return;
    char err[FILTER_ERROR_MAX];
    struct filter *f = filter_new(*filter, true, err);
    if (f == NULL)
        config_complain(ld, config_line(ld, filter, "filter"), "filter: %s", err);
    filter_free(f);
}

static void check_ndjson(struct config_loader *ld, const struct config *c)
{
    if (strcmp(c->ndjson.path, "-") != 0)
        return;
    if (c->ndjson.rotate_size != 0)
        config_complain(ld, config_line(ld, &c->ndjson.rotate_size, "rotate_size"),
                        "rotate_size: standard output can't be rotated");
    if (c->ndjson.rotate_s != 0)
        config_complain(ld, config_line(ld, &c->ndjson.rotate_s, "rotate_interval"),
                        "rotate_interval: standard output can't be rotated");
}

static void check_journal(struct config_loader *ld, const struct config *c)
{
    unsigned line = config_line(ld, &c->journal.limit, "limit");
    if (line == 0)
        line = config_line(ld, &c->journal.segment_size, "segment_size");
    if (c->journal.limit / 4 < c->journal.segment_size)
        config_complain(ld, line, "limit: must hold at least four segments");
}

/* Cursors list files line by line, apart by tabs. */
static void check_path(struct config_loader *ld, char *const *path, const char *key)
{
    unsigned line = config_line(ld, path, key); /* 0: it follows from another */
    const char *c = *path;
    while (*c != '\0' && (unsigned char)*c >= 0x20 && *c != 0x7f)
        c++;
    if (*c != '\0' && line != 0)
        config_complain(ld, line, "%s: has a control character", key);
}

/* A message that no segment can hold ends its connection, whatever max_message says. */
static void check_max_message(struct config_loader *ld, const struct config *c,
                              const uint32_t *max_message)
{
    enum { FRAME = 256 }; /* what a segment holds beside, rounded up */
    unsigned line = config_line(ld, max_message, "max_message");
    if (line != 0 && c->journal.segment_size < (uint64_t)*max_message + FRAME)
        config_complain(ld, line, "max_message: more than a file of journal.segment_size holds");
}

static void check_max_messages(struct config_loader *ld, const struct config *c)
{
    check_max_message(ld, c, &c->bmp.max_message);
    for (size_t i = 0; i < c->bmp.routers_cnt; i++)
        check_max_message(ld, c, &c->bmp.routers[i].max_message);
}

/* ---- listeners ---- */

struct listener {
    const struct source_addr *addr;
    const char *key;
    const char *what;
};

static size_t add_listeners(struct listener *l, const struct source_addr *a, size_t cnt,
                            const char *what)
{
    for (size_t i = 0; i < cnt; i++)
        l[i] = (struct listener){a + i, "listen", what};
    return cnt;
}

/* Port 0 is whichever is free: never a conflict. */
static bool same_listener(const struct source_addr *a, const struct source_addr *b)
{
    return a->len != 0 && a->port != 0 && a->len == b->len && a->port == b->port &&
           memcmp(a->a, b->a, a->len) == 0;
}

/* An item's own line, or its list's when the list was one word. */
static unsigned listener_line(const struct config_loader *ld, const struct config *c,
                              const struct listener *l)
{
    unsigned line = config_line(ld, l->addr, l->key);
    if (line == 0 && l->what[1] == 'G')
        line = config_line(ld, &c->bgp.listen, l->key);
    if (line == 0 && l->what[1] == 'M')
        line = config_line(ld, &c->bmp.listen, l->key);
    return line;
}

static void check_listeners(struct config_loader *ld, const struct config *c)
{
    size_t cnt = c->bgp.listen_cnt + c->bmp.listen_cnt + c->bmp.listeners_cnt + 1, n;
    struct listener *l = calloc(cnt, sizeof *l);
    if (l == NULL) {
        config_complain(ld, 0, "out of memory");
        return;
    }
    n = add_listeners(l, c->bgp.listen, c->bgp.listen_cnt, "BGP");
    n += add_listeners(l + n, c->bmp.listen, c->bmp.listen_cnt, "BMP");
    for (size_t i = 0; i < c->bmp.listeners_cnt; i++)
        l[n++] = (struct listener){&c->bmp.listeners[i].addr, "address", "BMP"};
    n += add_listeners(l + n, &c->http.listen, 1, "HTTP");
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!same_listener(l[i].addr, l[j].addr))
                continue;
            /* either may be a default: blame the one that the file names */
            unsigned line = listener_line(ld, c, &l[i]);
            config_complain(ld, line != 0 ? line : listener_line(ld, c, &l[j]),
                            "listen: %s and %s both have this address and port", l[j].what,
                            l[i].what);
            break;
        }
    }
    free(l);
}

void config_check(struct config_loader *ld, const struct config *c)
{
    check_path(ld, &c->data_dir, "data_dir");
    check_path(ld, &c->archive.dir, "dir");
    check_path(ld, &c->ndjson.path, "path");
    check_journal(ld, c);
    check_max_messages(ld, c);
    check_listeners(ld, c);
    check_peers(ld, c);
    check_routers(ld, c);
    check_tls(ld, c);
    check_archive(ld, c);
    check_bmp_archive(ld, c);
    check_rib(ld, c);
    config_check_filter(ld, &c->archive.filter);
    config_check_filter(ld, &c->ndjson.filter);
    check_ndjson(ld, c);
    config_check_kafka(ld, c);
}
