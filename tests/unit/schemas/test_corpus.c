/* SPDX-License-Identifier: BSD-2-Clause */
/* test_corpus: the messages of other projects' test suites (data/vectors) through the record.
 *
 * Each makes a record without a diagnostic, unless its origin calls it malformed: then there is
 * one. Where the two of us disagree the vector is listed in corpus_disagreements.h with the
 * sentence that settles it. test_open_vectors has the OPENs and capabilities, test_fragments
 * the parts of messages. */
#include "tests/unit/schemas/corpus.h"
#include "tests/unit/schemas/corpus_disagreements.h"

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

static void kind_bmp(struct finding *f, const struct vector *v, const struct bgp_ctx *ctx)
{
    (void)ctx;
    decode_bmp(f, v->bytes, v->len);
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
