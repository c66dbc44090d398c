/* SPDX-License-Identifier: BSD-2-Clause */
/* record_avro_attrs: plain path attributes as Avro's octets. Floor F3.
 *
 * As in record_avro.c each of the writers returns where it ended, or NULL when what it found is
 * not plain. */
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/communities.h"
#include "schemas/record/record_avro_int.h"

enum { MEMO = 4 }; /* flag of a memo's keys: octets of Avro */

AVRO_ORDER(SEGMENT_TYPE, SEGMENT_ASNS);

_Static_assert((int)COMMUNITY_TEXT_MAX < (int)RECORD_AVRO_ONE_OCTET, "end_text writes one");
_Static_assert(2 * AVRO_ATTRS_CNT < RECORD_PLAIN_ROOM_FIXED / 2, "what comes once has room");

static char *put_origin(char *p, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    if (c.left != 1 || c.p[0] > 2)
        return NULL;
    p = put_branch(p);
    return c.p[0] == 0   ? PUT_TEXT(p, "igp")
           : c.p[0] == 1 ? PUT_TEXT(p, "egp")
                         : PUT_TEXT(p, "incomplete");
}

/* Counts the AS numbers of a path of nothing but sequences; 0: it is another one. */
static size_t count_asns(struct cur c, uint32_t as_len)
{
    size_t n = 0;
    while (c.left > 0) {
        uint8_t type, cnt;
        if (!cur_u8(&c, &type) || type != AS_SEQUENCE || !cur_u8(&c, &cnt) || cnt == 0 ||
            !cur_skip(&c, cnt * as_len))
            return 0;
        n += cnt;
    }
    return n;
}

/* Sequences one after the other are one segment. */
static char *put_as_path(char *p, struct cur c, const struct bgp_ctx *ctx)
{
    uint32_t as_len = ctx->asn4 ? 4 : 2;
    size_t all = count_asns(c, as_len);
    if (all == 0)
        return NULL;
    p = skip(put_long(p, 1), 0, AVRO_SEGMENT_TYPE);
    p = skip(PUT_TEXT(p, "sequence"), AVRO_SEGMENT_TYPE + 1, AVRO_SEGMENT_ASNS);
    p = put_long(p, all);
    for (const uint8_t *seg = c.p, *end = seg + c.left; seg < end;) {
        const uint8_t *asn = seg + 2;
        for (seg = asn + seg[1] * as_len; asn < seg; asn += as_len) {
            uint32_t v = as_len == 4 ? wire_u32(asn) : wire_u16(asn);
            if (v == 0) /* RFC 7607 */
                return NULL;
            p = put_long(p, v);
        }
    }
    *p++ = 0;
    p = skip(p, AVRO_SEGMENT_ASNS + 1, AVRO_SEGMENT_CNT);
    *p = 0;
    return p + 1;
}

static char *put_u32(char *p, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return c.left == 4 ? put_number(p, wire_u32(c.p)) : NULL;
}

static char *put_communities(char *p, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    if (c.left == 0 || c.left % 4 != 0)
        return NULL;
    p = put_long(p, c.left / 4);
    for (const uint8_t *v = c.p, *end = v + c.left; v < end; v += 4)
        p = end_text(p, community_text(p + 1, v));
    *p = 0;
    return p + 1;
}

/* In which field (plus one; 0: in none) an attribute is, and what writes it; NULL: the usual
 * way. */
static const struct {
    uint8_t field, flags;
    char *(*put)(char *p, struct cur value, const struct bgp_ctx *ctx);
} rows[] = {
    [ATTR_ORIGIN] = {AVRO_ATTRS_ORIGIN + 1, ATTR_WELL_KNOWN, put_origin},
    [ATTR_AS_PATH] = {AVRO_ATTRS_AS_PATH + 1, ATTR_WELL_KNOWN, put_as_path},
    [ATTR_NEXT_HOP] = {AVRO_ATTRS_NEXT_HOP + 1, 0, NULL},
    [ATTR_MED] = {AVRO_ATTRS_MED + 1, ATTR_OPT_NONTRANS, put_u32},
    [ATTR_LOCAL_PREF] = {AVRO_ATTRS_LOCAL_PREF + 1, 0, NULL},
    [ATTR_ATOMIC_AGGREGATE] = {AVRO_ATTRS_ATOMIC_AGGREGATE + 1, 0, NULL},
    [ATTR_AGGREGATOR] = {AVRO_ATTRS_AGGREGATOR + 1, 0, NULL},
    [ATTR_COMMUNITIES] = {AVRO_ATTRS_COMMUNITIES + 1, ATTR_OPT_TRANS, put_communities},
    [ATTR_ORIGINATOR_ID] = {AVRO_ATTRS_ORIGINATOR_ID + 1, 0, NULL},
    [ATTR_CLUSTER_LIST] = {AVRO_ATTRS_CLUSTER_LIST + 1, 0, NULL},
    [ATTR_EXT_COMMUNITIES] = {AVRO_ATTRS_EXT_COMMUNITIES + 1, 0, NULL},
    [ATTR_LARGE_COMMUNITY] = {AVRO_ATTRS_LARGE_COMMUNITIES + 1, 0, NULL},
    [ATTR_OTC] = {AVRO_ATTRS_OTC + 1, 0, NULL},
};

enum { ROWS = sizeof rows / sizeof rows[0] };
_Static_assert(ROWS <= 64, "a bit per code");
_Static_assert(AVRO_ATTRS_CNT < 32, "a bit per field");

/* Writes an attribute's field by way of the tape, whose end is ours until tape_ready_end: an
 * item of it is made there, its octets, and these then take its place. */
static char *put_by_tape(struct avro *a, struct bgp_update *u, const struct bgp_ctx *ctx,
                         const struct bgp_attr *attr, unsigned field, char *p)
{
    struct buf *b = &a->tape;
    size_t start = b->len, here = (size_t)(p - b->p), from = (here + 7) & ~(size_t)7;
    b->len = from;
    a->ready.len = 0;
    bool done = record_attr(&a->emit, u, ctx, attr) && u->diags.cnt == 0 && !b->failed &&
                avro_put_attr(a, tape_at(b->p + from), tape_at(b->p + b->len), field,
                              &a->ready);
    b->len = here;
    p = done && !a->ready.failed ? buf_room(b, a->ready.len + record_plain_room(u)) : NULL;
    b->len = start;
    if (p == NULL) {
        a->ready.failed = false;
        return NULL;
    }
    memcpy(p, a->ready.p, a->ready.len);
    return p + a->ready.len;
}

static char *put_attr(struct avro *a, struct bgp_update *u, const struct bgp_ctx *ctx,
                      const struct bgp_attr *attr, char *p)
{
    const uint8_t category = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE;
    if (rows[attr->code].put == NULL)
        return put_by_tape(a, u, ctx, attr, rows[attr->code].field - 1u, p);
    if ((attr->flags & category) != rows[attr->code].flags)
        return NULL;
    struct cur value;
    cur_set(&value, u->msg + attr->off, attr->len, attr->off);
    return rows[attr->code].put(p, value, ctx);
}

/* Puts attributes at their fields, but for those that are written elsewhere (bit per code of
 * 0-63). Returns a bit per field, 0: one has none. */
static uint32_t sort_attrs(const struct bgp_update *u, uint64_t elsewhere,
                           const struct bgp_attr *by_field[AVRO_ATTRS_CNT])
{
    uint32_t there = 0;
    for (const struct bgp_attr *a = u->attr, *end = a + u->attr_cnt; a < end; a++) {
        if (a->code < 64 && elsewhere >> a->code & 1)
            continue;
        if (a->code >= ROWS || rows[a->code].field == 0)
            return 0;
        by_field[rows[a->code].field - 1] = a;
        there |= UINT32_C(1) << (rows[a->code].field - 1);
    }
    return there;
}

/* Writes "attrs" but for those that are written elsewhere. */
static char *put_attrs(struct avro *a, struct bgp_update *u, const struct bgp_ctx *ctx,
                       uint64_t elsewhere, char *p)
{
    const struct bgp_attr *by_field[AVRO_ATTRS_CNT];
    uint32_t there = sort_attrs(u, elsewhere, by_field);
    unsigned next = 0;
    if (there == 0)
        return NULL;
    p = put_branch(p);
    for (; there != 0; there &= there - 1) {
        unsigned f = (unsigned)__builtin_ctz(there);
        memset(p, 0, AVRO_ATTRS_CNT); /* a fixed length is quicker */
        p = put_attr(a, u, ctx, by_field[f], p + f - next);
        if (p == NULL)
            return NULL;
        next = f + 1;
    }
    memset(p, 0, AVRO_ATTRS_CNT + 1); /* and `other` */
    return p + AVRO_ATTRS_CNT + 1 - next;
}

/* Writes "attrs" from the memo, or writes and keeps them. */
static char *put_attrs_kept(struct avro *a, struct bgp_update *u, const struct bgp_ctx *ctx,
                            uint64_t elsewhere, char *p, struct record_memo *memo)
{
    struct record_memo_key key;
    if (memo == NULL || !record_plain_key(u, ctx, elsewhere, MEMO, &key))
        return put_attrs(a, u, ctx, elsewhere, p);
    struct str kept = record_memo_find(memo, &key);
    if (kept.p != NULL) {
        memcpy(p, kept.p, kept.len);
        return p + kept.len;
    }
    size_t from = (size_t)(p - a->tape.p);
    p = put_attrs(a, u, ctx, elsewhere, p);
    if (p != NULL) {
        const char *octets = a->tape.p + from; /* which may have moved */
        record_memo_keep(memo, &key, octets, (size_t)(p - octets));
    }
    return p;
}

bool record_avro_attrs(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                       struct record_memo *memo)
{
    struct avro *a = avro_direct(e);
    if (a == NULL || !record_plain_update(u, ctx) ||
        (u->seen[1] | u->seen[2] | u->seen[3]) != 0)
        return false;
    uint64_t elsewhere = record_plain_elsewhere(u, record_own_next_hop(u));
    if ((u->seen[0] & ~elsewhere) == 0)
        return true;
    char *p = tape_ready_room(a, AVRO_ROOT_ATTRS, record_plain_room(u));
    p = p != NULL ? put_attrs_kept(a, u, ctx, elsewhere, p, memo) : NULL;
    if (p == NULL) {
        bgp_diags_init(&u->diags);
        return false;
    }
    tape_ready_end(a, p, AVRO_ROOT_ATTRS, AVRO_ROOT_ATTRS + 1);
    return true;
}
