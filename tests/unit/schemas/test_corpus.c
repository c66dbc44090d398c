/* SPDX-License-Identifier: BSD-2-Clause */
/* test_corpus: the messages of other projects' test suites (data/vectors) through the record.
 *
 * Each makes a record without a diagnostic, unless its origin calls it malformed: then there is
 * one. Where the two of us disagree the vector is listed in corpus_disagreements.h with the
 * sentence that settles it. Bytes have nothing behind them, so that AddressSanitizer sees a
 * read past the end. test_open_vectors has the OPENs and capabilities. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "bgp/attr_map.h"
#include "bgp/nlri_map.h"
#include "schemas/record.h"
#include "tests/unit/schemas/corpus_disagreements.h"

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
    bool asn_known; /* the vector says how wide AS numbers are */
};

static struct vector vec;

static void unhex(struct vector *v, const char *s)
{
    unsigned octet;
    for (v->len = 0; s[0] != '\0' && s[1] != '\0'; s += 2) {
        cr_assert(v->len < BYTES_MAX && sscanf(s, "%2x", &octet) == 1, "%s", v->name);
        v->bytes[v->len++] = (uint8_t)octet;
    }
}

/* Splits `name|kind|flags|hex|meaning`. Returns false for a comment. */
static bool vector_read(struct vector *v, char *line)
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
static struct bgp_ctx context_of(const struct vector *v)
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
static bool of_wrapping(const struct bgp_diag *d)
{
    return d->reason == BGP_REASON_MISSING || d->reason == BGP_REASON_NO_CONTEXT ||
           d->reason == BGP_REASON_NO_PEER_UP;
}

/* An origin that does not say how wide its AS numbers are means the width that fits. */
static bool of_as_width(const struct bgp_diag *d)
{
    return d->reason == BGP_REASON_AS_WIDTH || d->reason == BGP_REASON_AS4_MISMATCH ||
           (d->attr == ATTR_AGGREGATOR && d->reason == BGP_REASON_LENGTH && d->have == 6);
}

static void found(struct finding *f, const struct bgp_diags *d)
{
    f->records++;
    for (unsigned i = 0; i < d->cnt; i++) {
        if (!f->fault && !of_wrapping(&d->v[i]) && (f->asn_known || !of_as_width(&d->v[i]))) {
            f->fault = true;
            f->diag = d->v[i];
        }
    }
}

static uint8_t *exact(const uint8_t *p, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    cr_assert_not_null(copy);
    memcpy(copy, p, len);
    return copy;
}

static void decode_bgp(struct finding *f, const uint8_t *p, size_t len,
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
    found(f, &diags);
    free(msg);
}

/* Wraps a run of attributes into an UPDATE. */
static void decode_attrs(struct finding *f, const uint8_t *p, size_t len,
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
static void decode_value(struct finding *f, uint8_t code, const uint8_t *p, size_t len,
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

static void kind_bgp(struct finding *f, const struct vector *v, const struct bgp_ctx *ctx)
{
    decode_bgp(f, v->bytes, v->len, ctx);
}

static void kind_bgp_stream(struct finding *f, const struct vector *v,
                            const struct bgp_ctx *ctx)
{
    struct cur c = cur_of(v->bytes, v->len), one = {0};
    uint16_t len;
    for (struct cur head = c; cur_skip(&head, 16) && cur_u16(&head, &len); head = c) {
        cr_assert(cur_take(&c, len, &one), "%s", v->name);
        decode_bgp(f, one.p, len, ctx);
    }
}

static void kind_attrs(struct finding *f, const struct vector *v, const struct bgp_ctx *ctx)
{
    decode_attrs(f, v->bytes, v->len, ctx);
}

static void kind_mp_reach(struct finding *f, const struct vector *v, const struct bgp_ctx *ctx)
{
    /* some of FRR's are the other attribute */
    bool unreach = strstr(v->meaning, "MP Unreach") != NULL;
    decode_value(f, unreach ? ATTR_MP_UNREACH_NLRI : ATTR_MP_REACH_NLRI, v->bytes, v->len, ctx);
}

static void kind_mp_unreach(struct finding *f, const struct vector *v,
                            const struct bgp_ctx *ctx)
{
    decode_value(f, ATTR_MP_UNREACH_NLRI, v->bytes, v->len, ctx);
}

/* Feeds BMP messages to a tracker, one frame each. */
static void kind_bmp(struct finding *f, const struct vector *v, const struct bgp_ctx *ctx)
{
    const struct record_options options = {.keepalives = true};
    struct source_info info = {.kind = SOURCE_BMP};
    uint8_t declared[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(declared, sizeof declared);
    struct track *t = track_new(NULL);
    struct track_item item;
    (void)ctx;
    source_encode(&info, &w);
    struct journal_view frame = {
        .kind = JOURNAL_SOURCE, .source = 1, .p = declared, .len = (uint32_t)w.len};
    cr_assert_eq(track_feed(t, &frame, &item), 0);
    struct cur c = cur_of(v->bytes, v->len), one = {0};
    uint32_t len;
    for (struct cur head = c; cur_skip(&head, 1) && cur_u32(&head, &len); head = c) {
        cr_assert(cur_take(&c, len, &one), "%s: a BMP length past the end", v->name);
        uint8_t *copy = exact(one.p, len);
        struct bgp_diags diags;
        bgp_diags_init(&diags);
        frame = (struct journal_view){.kind = JOURNAL_BMP, .source = 1, .p = copy, .len = len};
        cr_assert_eq(track_feed(t, &frame, &item), 0);
        buf_clear(&f->out);
        cr_assert_eq(record_item(&f->json.emit, NULL, &item, &options, &diags), 1, "%s",
                     v->name);
        found(f, &diags);
        free(copy);
    }
    track_free(t);
}

static const struct {
    const char *kind;
    void (*decode)(struct finding *f, const struct vector *v, const struct bgp_ctx *ctx);
} kinds[] = {
    {"bgp", kind_bgp},     {"bgp-badlen", kind_bgp},    {"bgp-stream", kind_bgp_stream},
    {"attrs", kind_attrs}, {"mp_reach", kind_mp_reach}, {"mp_unreach", kind_mp_unreach},
    {"bmp", kind_bmp},     {"bmp-stream", kind_bmp},
};

/* What we should find: the origin's word, unless the RFC says otherwise. */
static bool expect_fault(const struct vector *v)
{
    static const char *const words[] = {"Error",     "Bad",      "Invalid",    "Malformed",
                                        "Truncated", "Short",    "SHOULD_ERR", "Rejected",
                                        "Wrong",     "Undefined"};
    char name[64];
    snprintf(name, sizeof name, " %s ", v->name);
    for (size_t i = 0; i < sizeof corpus_disagreements / sizeof corpus_disagreements[0]; i++) {
        if (strstr(corpus_disagreements[i].names, name) != NULL)
            return corpus_disagreements[i].fault;
    }
    if (strcmp(v->kind, "bgp-badlen") == 0)
        return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasestr(v->meaning, words[i]) != NULL)
            return true;
    }
    return false;
}

static bool vector_check(const struct vector *v)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, v->kind) != 0)
            continue;
        struct finding f = {.asn_known = strstr(v->flags, "asn") != NULL};
        struct bgp_ctx ctx = context_of(v);
        json_init(&f.json, &f.out);
        kinds[i].decode(&f, v, &ctx);
        cr_expect_gt(f.records, 0u, "%s", v->name);
        cr_expect_eq(f.fault, expect_fault(v), "%s (%s, %s): %s %s attribute %u at %u: %.*s",
                     v->name, v->kind, v->meaning, bgp_action_name(f.diag.action),
                     bgp_reason_name(f.diag.reason), f.diag.attr, f.diag.off, (int)f.out.len,
                     f.out.p);
        buf_free(&f.out);
        return true;
    }
    return false;
}

/* Runs `check` on every vector; returns how many it took. */
static unsigned each_vector(bool (*check)(const struct vector *v))
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

Test(corpus, messages_decode_as_their_origin_says)
{
    unsigned cnt = each_vector(vector_check);
    cr_expect_geq(cnt, 430u, "%u vectors", cnt);
}

/* A part of a message, read as anything whatever: no read past its end. */
static bool fragment_check(const struct vector *v)
{
    struct finding f = {0};
    struct bgp_ctx ctx = context_of(v);
    if (strcmp(v->kind, "frag") != 0 || v->len > BGP_MSG_MAX)
        return false;
    json_init(&f.json, &f.out);
    for (unsigned i = 0; i < attr_map_cnt; i++)
        decode_value(&f, attr_map[i].code, v->bytes, v->len, &ctx);
    for (unsigned i = 0; i < nlri_map_cnt; i++) {
        uint8_t value[3 + BGP_MSG_MAX] = {(uint8_t)(nlri_map[i].afi >> 8),
                                          (uint8_t)nlri_map[i].afi, nlri_map[i].safi};
        memcpy(value + 3, v->bytes, v->len);
        decode_value(&f, ATTR_MP_UNREACH_NLRI, value, 3 + v->len, &ctx);
    }
    buf_free(&f.out);
    return true;
}

Test(corpus, fragments_are_read_within_their_bounds)
{
    unsigned cnt = each_vector(fragment_check);
    cr_expect_geq(cnt, 1400u, "%u fragments", cnt);
}
