/* SPDX-License-Identifier: BSD-2-Clause */
/* recode: AS numbers of the other width (RFC 6793). Floor F4. */
#include "tools/replay/recode.h"

#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/open.h"
#include "tools/generate/encode.h"

enum { AGGREGATOR2_LEN = 6, AGGREGATOR4_LEN = 8 };

/* What of an UPDATE concerns AS numbers. */
struct numbers {
    unsigned from, to; /* octets */
    struct cur as4_path;
    struct cur as4_aggregator; /* empty: none */
    bool ignore_as4; /* AGGREGATOR isn't AS_TRANS: AS4_* count for nothing (section 4.2.3) */
};

static struct cur value_of(const struct bgp_update *u, uint8_t code)
{
    const struct bgp_attr *a = bgp_update_attr(u, code);
    return a != NULL ? cur_at(u->msg + a->off, a->len, a->off) : cur_of(NULL, 0);
}

unsigned recode_width(const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    struct cur path = value_of(u, ATTR_AS_PATH);
    struct cur aggregator = value_of(u, ATTR_AGGREGATOR);
    if (path.left > 0)
        return as_path_width(path, ctx);
    if (aggregator.left == AGGREGATOR2_LEN || aggregator.left == AGGREGATOR4_LEN)
        return aggregator.left - 4;
    return 0;
}

/* ---- attributes as they are ---- */

static void put_attr(struct wr *w, uint8_t flags, uint8_t code, const void *p, uint32_t len)
{
    bool extended = len > UINT8_MAX || (flags & BGP_FLAG_EXT_LEN);
    wr_u8(w, extended ? flags | BGP_FLAG_EXT_LEN : flags);
    wr_u8(w, code);
    if (extended)
        wr_u16(w, (uint16_t)len);
    else
        wr_u8(w, (uint8_t)len);
    wr_bytes(w, p, len);
}

/* ---- paths ---- */

static uint16_t narrow(uint32_t asn)
{
    return asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)asn;
}

static void put_asn(struct wr *w, uint32_t asn, unsigned width)
{
    if (width == 4)
        wr_u32(w, asn);
    else
        wr_u16(w, narrow(asn));
}

/* How many hops a path counts (RFC 4271 section 9.1.2.2, RFC 5065 section 5.3): a set is one,
 * confederations none. Returns -1 when it does not parse. */
static int count_hops(struct cur c, unsigned width)
{
    struct as_segment s;
    struct nlri_fault fault;
    int got, hops = 0;
    while ((got = as_path_next(&c, width, &s, &fault)) > 0)
        hops += s.type == AS_SEQUENCE ? s.cnt : s.type == AS_SET;
    return got < 0 ? -1 : hops;
}

/* Writes segments of `path` with the other width, as many as make up `hops` hops (-1: all). */
static int put_path(struct wr *w, struct cur path, unsigned from, unsigned to, int hops)
{
    struct as_segment s;
    struct nlri_fault fault;
    int got;
    while ((got = as_path_next(&path, from, &s, &fault)) > 0) {
        unsigned cnt = s.cnt;
        int weight = s.type == AS_SEQUENCE ? s.cnt : s.type == AS_SET;
        uint32_t asn;
        if (hops >= 0 && weight > hops) {
            if (s.type != AS_SEQUENCE || hops == 0)
                return 0;
            cnt = (unsigned)hops;
        }
        wr_u8(w, s.type);
        wr_u8(w, (uint8_t)cnt);
        for (unsigned i = 0; i < cnt && as_segment_next(&s, &asn); i++)
            put_asn(w, asn, to);
        if (hops >= 0)
            hops -= weight > hops ? hops : weight;
    }
    return got;
}

/* AS_PATH up to where AS4_PATH begins, then that (RFC 6793 section 4.2.3). */
static int merge_path(struct wr *w, struct cur path, const struct numbers *n)
{
    int have = count_hops(path, 2);
    int known = n->as4_path.left > 0 && !n->ignore_as4 ? count_hops(n->as4_path, 4) : 0;
    if (known <= 0 || known > have)
        return put_path(w, path, 2, 4, -1);
    if (have > known && put_path(w, path, 2, 4, have - known) < 0)
        return -1;
    wr_bytes(w, n->as4_path.p, n->as4_path.left);
    return 0;
}

static bool has_wide(struct cur path)
{
    struct as_segment s;
    struct nlri_fault fault;
    uint32_t asn;
    while (as_path_next(&path, 4, &s, &fault) > 0) {
        while (as_segment_next(&s, &asn)) {
            if (asn > UINT16_MAX)
                return true;
        }
    }
    return false;
}

/* AS4_PATH never holds confederation segments (RFC 6793 section 3). */
static void put_as4_path(struct wr *w, struct cur path)
{
    struct as_segment s;
    struct nlri_fault fault;
    wr_u8(w, ATTR_OPT_TRANS | BGP_FLAG_EXT_LEN);
    wr_u8(w, ATTR_AS4_PATH);
    size_t at = wr_mark_u16(w);
    while (as_path_next(&path, 4, &s, &fault) > 0) {
        if (s.type != AS_SEQUENCE && s.type != AS_SET)
            continue;
        wr_u8(w, s.type);
        wr_u8(w, s.cnt);
        wr_bytes(w, s.asns.p, s.asns.left);
    }
    wr_patch_u16(w, at);
}

static int recode_path(struct wr *w, const struct attr_in *a, const struct numbers *n)
{
    wr_u8(w, a->flags | BGP_FLAG_EXT_LEN); /* one octet may not do for the wider path */
    wr_u8(w, a->code);
    size_t at = wr_mark_u16(w);
    int rc = n->to == 4 ? merge_path(w, a->value, n) : put_path(w, a->value, 4, 2, -1);
    wr_patch_u16(w, at);
    if (rc == 0 && n->to == 2 && has_wide(a->value))
        put_as4_path(w, a->value);
    return rc;
}

/* ---- AGGREGATOR ---- */

static int recode_aggregator(struct wr *w, const struct attr_in *a, const struct numbers *n)
{
    struct cur c = a->value;
    uint16_t as2 = 0;
    uint32_t as4 = 0;
    uint8_t wide[AGGREGATOR4_LEN];
    if (n->to == 2) {
        if (c.left != AGGREGATOR4_LEN || !cur_u32(&c, &as4))
            return -1;
        wr_u8(w, a->flags & (uint8_t)~BGP_FLAG_EXT_LEN);
        wr_u8(w, a->code);
        wr_u8(w, AGGREGATOR2_LEN);
        wr_u16(w, narrow(as4));
        wr_bytes(w, c.p, c.left);
        if (as4 > UINT16_MAX)
            put_attr(w, ATTR_OPT_TRANS, ATTR_AS4_AGGREGATOR, a->value.p, a->value.left);
        return 0;
    }
    if (c.left != AGGREGATOR2_LEN || !cur_u16(&c, &as2))
        return -1;
    struct wr one = wr_of(wide, sizeof wide);
    wr_u32(&one, as2);
    wr_bytes(&one, c.p, c.left);
    bool hidden = as2 == BGP_AS_TRANS && n->as4_aggregator.left == AGGREGATOR4_LEN;
    put_attr(w, a->flags, a->code, hidden ? n->as4_aggregator.p : wide, sizeof wide);
    return 0;
}

/* ---- the whole ---- */

static struct numbers numbers_of(const struct bgp_update *u, unsigned from, unsigned to)
{
    struct numbers n = {.from = from,
                        .to = to,
                        .as4_path = value_of(u, ATTR_AS4_PATH),
                        .as4_aggregator = value_of(u, ATTR_AS4_AGGREGATOR)};
    struct cur aggregator = value_of(u, ATTR_AGGREGATOR);
    uint16_t asn;
    n.ignore_as4 = n.as4_aggregator.left > 0 && aggregator.left == AGGREGATOR2_LEN &&
                   cur_u16(&aggregator, &asn) && asn != BGP_AS_TRANS;
    return n;
}

int recode_attrs(struct wr *w, const struct bgp_update *u, unsigned from, unsigned to,
                 uint64_t leave)
{
    struct cur c = bgp_update_cur(u, u->attrs);
    struct numbers n = numbers_of(u, from, to);
    struct attr_in a;
    int got = 0, rc = 0;
    while (rc == 0 && (got = attr_next(&c, &a)) > 0) {
        bool as4 = a.code == ATTR_AS4_PATH || a.code == ATTR_AS4_AGGREGATOR;
        if ((a.code < 64 && leave >> a.code & 1) || (as4 && from != to))
            continue;
        if (a.code == ATTR_AS_PATH && from != to)
            rc = recode_path(w, &a, &n);
        else if (a.code == ATTR_AGGREGATOR && from != to)
            rc = recode_aggregator(w, &a, &n);
        else
            put_attr(w, a.flags, a.code, a.value.p, a.value.left);
    }
    return rc < 0 || got < 0 || w->overflow ? -1 : 0;
}

static struct cur section_of(const struct bgp_update *u, const struct bgp_section *s)
{
    return s->present ? bgp_update_cur(u, s->nlri) : cur_of(NULL, 0);
}

int recode_update(struct wr *w, const struct bgp_update *u, unsigned from, unsigned to)
{
    struct cur withdrawn = section_of(u, &u->withdrawn);
    struct cur announced = section_of(u, &u->announced);
    size_t start = encode_begin(w, BGP_TYPE_UPDATE);
    wr_u16(w, (uint16_t)withdrawn.left);
    wr_bytes(w, withdrawn.p, withdrawn.left);
    size_t at = wr_mark_u16(w);
    if (recode_attrs(w, u, from, to, 0) != 0)
        return -1;
    wr_patch_u16(w, at);
    wr_bytes(w, announced.p, announced.left);
    encode_end(w, start);
    return w->overflow ? -1 : 0;
}
