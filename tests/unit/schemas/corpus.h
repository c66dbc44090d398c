/* SPDX-License-Identifier: BSD-2-Clause */
/* corpus: reads the vectors of data/vectors, and puts them or parts of them into a message
 * whose record is made. Bytes have nothing behind them, so that AddressSanitizer sees a read
 * past the end. */
#ifndef RIBTAPE_TESTS_UNIT_SCHEMAS_CORPUS_H
#define RIBTAPE_TESTS_UNIT_SCHEMAS_CORPUS_H

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "bgp/attr_map.h"
#include "bgp/nlri_map.h"
#include "schemas/record/record.h"
#include "tests/unit/schemas/avro_ways.h"

enum { BYTES_MAX = 1 << 17, ATTR_HEADER_LEN = 4 };

struct vector {
    const char *name, *kind, *flags, *meaning;
    uint8_t bytes[BYTES_MAX];
    size_t len;
};

/* What decoding one vector gave. */
struct finding {
    struct buf out; /* the last record, without its end */
    struct json json;
    bool fault;           /* a diagnostic that is about the vector, not about our wrapping */
    struct bgp_diag diag; /* the first of them */
    unsigned records;
    bool asn_known;                           /* the vector says how wide AS numbers are */
    bool (*filter)(const struct bgp_diag *d); /* what counts; NULL: all */
};

static struct vector vec;

static inline void unhex(struct vector *v, const char *s)
{
    unsigned octet;
    for (v->len = 0; s[0] != '\0' && s[1] != '\0'; s += 2) {
        cr_assert(v->len < BYTES_MAX && sscanf(s, "%2x", &octet) == 1, "%s", v->name);
        v->bytes[v->len++] = (uint8_t)octet;
    }
}

/* Splits `name|kind|flags|hex|meaning`. Returns false for a comment. */
static inline bool vector_read(struct vector *v, char *line)
{
    char *field[5] = {0};
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#' || line[0] == '\0')
        return false;
    for (int i = 0; i < 5; i++)
        cr_assert_not_null(field[i] = i < 4 ? strsep(&line, "|") : line);
    v->name = field[0];
    v->kind = field[1];
    v->flags = field[2];
    v->meaning = field[4];
    unhex(v, field[3]);
    return true;
}

/* Under which context the vector decodes: four-octet AS numbers unless its flags say otherwise;
 * most origins don't say. */
static inline struct bgp_ctx context_of(const struct vector *v)
{
    struct bgp_ctx ctx = {.asn4 = strstr(v->flags, "asn2") == NULL, .ext_msg = true};
    const char *at = strstr(v->flags, "addpath=");
    unsigned afi, safi;
    int used;
    for (at = at != NULL ? at + 8 : ""; sscanf(at, "%u/%u%n", &afi, &safi, &used) == 2;
         at += at[used] == ',' ? used + 1 : used)
        bgp_family_add(&ctx.add_path, nlri_family_index((uint16_t)afi, (uint8_t)safi));
    return ctx;
}

/* Whether a diagnostic comes from how the test wraps a part of a message: mandatory attributes
 * that a lone MP_REACH lacks, a Peer Up that a lone BMP message lacks. */
static inline bool of_wrapping(const struct bgp_diag *d)
{
    return d->reason == BGP_REASON_MISSING || d->reason == BGP_REASON_NO_CONTEXT ||
           d->reason == BGP_REASON_NO_PEER_UP;
}

/* An origin that does not say how wide its AS numbers are means the width that fits. */
static inline bool of_as_width(const struct bgp_diag *d)
{
    return d->reason == BGP_REASON_AS_WIDTH || d->reason == BGP_REASON_AS4_MISMATCH ||
           (d->attr == ATTR_AGGREGATOR && d->reason == BGP_REASON_LENGTH && d->have == 6);
}

static inline void found(struct finding *f, const struct bgp_diags *d)
{
    f->records++;
    for (unsigned i = 0; i < d->cnt; i++) {
        if (!f->fault && !of_wrapping(&d->v[i]) && (f->asn_known || !of_as_width(&d->v[i])) &&
            (f->filter == NULL || f->filter(&d->v[i]))) {
            f->fault = true;
            f->diag = d->v[i];
        }
    }
}

static inline uint8_t *exact(const uint8_t *p, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    cr_assert_not_null(copy);
    memcpy(copy, p, len);
    return copy;
}

static inline void decode_bgp(struct finding *f, const uint8_t *p, size_t len,
                              const struct bgp_ctx *ctx)
{
    const struct record_meta meta = {.source = RECORD_BGP};
    const struct record_options options = {.keepalives = true};
    uint8_t *msg = exact(p, len);
    struct bgp_diags diags;
    struct bgp_diag head;
    bgp_diags_init(&diags);
    if (bgp_msg_check(msg, len, &head) != 0)
        bgp_diag_add(&diags, head);
    buf_clear(&f->out);
    cr_assert_eq(record_bgp(&f->json.emit, &meta, ctx, msg, len, &options, &diags), 1, "%s",
                 vec.name);
    avro_ways_bgp(&meta, ctx, msg, len);
    found(f, &diags);
    free(msg);
}

/* Wraps a run of attributes into an UPDATE. */
static inline void decode_attrs(struct finding *f, const uint8_t *p, size_t len,
                                const struct bgp_ctx *ctx)
{
    static uint8_t msg[BGP_MSG_EXT_MAX];
    struct wr w = wr_of(msg, sizeof msg);
    for (int i = 0; i < 16; i++)
        wr_u8(&w, 0xff);
    wr_u16(&w, (uint16_t)(BGP_HEADER_LEN + 4 + len));
    wr_u8(&w, BGP_TYPE_UPDATE);
    wr_u16(&w, 0);
    wr_u16(&w, (uint16_t)len);
    wr_bytes(&w, p, len);
    cr_assert(!w.overflow, "%s", vec.name);
    decode_bgp(f, msg, w.len, ctx);
}

/* Wraps the value of one attribute. */
static inline void decode_value(struct finding *f, uint8_t code, const uint8_t *p, size_t len,
                                const struct bgp_ctx *ctx)
{
    static uint8_t attr[BYTES_MAX + ATTR_HEADER_LEN];
    struct wr w = wr_of(attr, sizeof attr);
    wr_u8(&w, BGP_FLAG_OPTIONAL | BGP_FLAG_EXT_LEN);
    wr_u8(&w, code);
    wr_u16(&w, (uint16_t)len);
    wr_bytes(&w, p, len);
    decode_attrs(f, attr, w.len, ctx);
}

/* Feeds BMP messages to a tracker, one frame each. */
static inline void decode_bmp(struct finding *f, const uint8_t *p, size_t len)
{
    const struct record_options options = {.keepalives = true};
    struct source_info info = {.kind = SOURCE_BMP};
    uint8_t declared[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(declared, sizeof declared);
    struct track *t = track_new(NULL);
    struct track_item item;
    source_encode(&info, &w);
    struct journal_view frame = {
        .kind = JOURNAL_SOURCE, .source = 1, .p = declared, .len = (uint32_t)w.len};
    cr_assert_eq(track_feed(t, &frame, &item), 0);
    struct cur c = cur_of(p, len), one = {0};
    uint32_t take;
    for (struct cur head = c; cur_skip(&head, 1) && cur_u32(&head, &take); head = c) {
        cr_assert(cur_take(&c, take, &one), "%s: a BMP length past the end", vec.name);
        uint8_t *copy = exact(one.p, take);
        struct bgp_diags diags;
        bgp_diags_init(&diags);
        frame = (struct journal_view){.kind = JOURNAL_BMP, .source = 1, .p = copy, .len = take};
        cr_assert_eq(track_feed(t, &frame, &item), 0);
        buf_clear(&f->out);
        cr_assert_eq(record_item(&f->json.emit, NULL, &item, &options, &diags), 1, "%s",
                     vec.name);
        avro_ways_item(&item);
        found(f, &diags);
        free(copy);
    }
    track_free(t);
}

/* Runs `check` on every vector; returns how many it took. */
static inline unsigned each_vector(bool (*check)(const struct vector *v))
{
    glob_t g;
    unsigned cnt = 0;
    char *line = NULL;
    size_t cap = 0;
    if (glob(RIBTAPE_TEST_DATA "/vectors/*.txt", 0, NULL, &g) != 0)
        cr_skip_test("skipped: " RIBTAPE_TEST_DATA "/vectors absent");
    for (size_t i = 0; i < g.gl_pathc; i++) {
        FILE *file = fopen(g.gl_pathv[i], "r");
        cr_assert_not_null(file, "%s", g.gl_pathv[i]);
        while (getline(&line, &cap, file) > 0)
            cnt += vector_read(&vec, line) && check(&vec);
        fclose(file);
    }
    free(line);
    globfree(&g);
    return cnt;
}

#endif
