/* SPDX-License-Identifier: BSD-2-Clause */
/* record_avro: the fields of a plain UPDATE as octets (specification 1.11, "Binary Encoding").
 * Floor F3.
 *
 * Fields are written in the schema's order, each with `skip` from the one before it: the
 * assertions below fail when that order changes, and a field that is new between two is skipped
 * without a line here. Each of the writers returns where it ended, or NULL when what it found
 * is not plain. */
#include "schemas/record_avro.h"

#include "base/fmt.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/communities.h"
#include "schemas/avro_int.h"
#include "schemas/avro_tape.h"
#include "schemas/record_plain.h"

enum {
    MEMO = 4,       /* flag of a memo's keys: octets of Avro */
    ONE_OCTET = 64, /* a length below takes one */
};

#define ORDER(a, b) _Static_assert((int)AVRO_##a < (int)AVRO_##b, #a " comes before " #b)
ORDER(ROOT_V, ROOT_SEQ);
ORDER(ROOT_SEQ, ROOT_SHARD);
ORDER(ROOT_SHARD, ROOT_EPOCH);
ORDER(ROOT_EPOCH, ROOT_PEER_SEQ);
ORDER(ROOT_PEER_SEQ, ROOT_TIME);
ORDER(ROOT_TIME, ROOT_ROUTER_TIME);
ORDER(ROOT_ANNOUNCE, ROOT_WITHDRAW);
ORDER(ROUTES_AFI, ROUTES_SAFI);
ORDER(ROUTES_SAFI, ROUTES_NEXT_HOP);
ORDER(ROUTES_NEXT_HOP, ROUTES_NLRI);
ORDER(SEGMENT_TYPE, SEGMENT_ASNS);

_Static_assert((int)FMT_IPV6_MAX + 4 < (int)ONE_OCTET, "end_text writes one");
_Static_assert((int)COMMUNITY_TEXT_MAX < (int)ONE_OCTET, "end_text writes one");
_Static_assert(AVRO_NLRI_CNT + 12 < RECORD_PLAIN_ROOM_OCTET, "a default route has room");
_Static_assert(AVRO_ATTRS_CNT + 4 * AVRO_ROUTES_CNT + AVRO_ROOT_CNT <
                   RECORD_PLAIN_ROOM_FIXED / 2,
               "what comes once has room");

/* ---- primitive values ---- */

/* A long that is not negative: zigzag, then seven bits an octet, least first. */
static inline char *put_long(char *p, uint64_t v)
{
    v <<= 1;
    for (; v >= 0x80; v >>= 7)
        *p++ = (char)(v | 0x80);
    *p++ = (char)v;
    return p;
}

/* The same for a long below 2^55, such as a time: without a branch on its length. Takes eight
 * octets of room. */
static inline char *put_time(char *p, uint64_t us)
{
    uint64_t v = us << 1;
    unsigned len = (unsigned)(70 - __builtin_clzll(v | 1)) / 7;
    v = (v & 0x000000000fffffff) | (v & 0x00fffffff0000000) << 4; /* two of 28 bits, */
    v = (v & 0x00003fff00003fff) | (v & 0x0fffc0000fffc000) << 2; /* four of 14 */
    v = (v & 0x007f007f007f007f) | (v & 0x3f803f803f803f80) << 1;
    v |= ((UINT64_C(1) << 8 * (len - 1)) - 1) & 0x8080808080808080; /* all but the last go on */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(p, &v, sizeof v);
    return p + len;
}

static inline char *put_wide(char *p, uint64_t v)
{
    return v >> 55 == 0 ? put_time(p, v) : put_long(p, v);
}

/* The branch T of a union ["null", T]. */
static inline char *put_branch(char *p)
{
    *p = 2;
    return p + 1;
}

/* Writes a literal below 64 octets. */
#define PUT_TEXT(p, literal) put_text((p), (literal), sizeof(literal) - 1)

static inline char *put_text(char *p, const char *text, size_t len)
{
    *p++ = (char)(2 * len);
    memcpy(p, text, len);
    return p + len;
}

/* Ends a text below 64 octets that was written one octet behind `p`. */
static inline char *end_text(char *p, size_t len)
{
    *p = (char)(2 * len);
    return p + 1 + len;
}

/* Writes the fields from number `from` up to number `to`, exclusively, that have no member: an
 * octet 0 each. */
static inline char *skip(char *p, unsigned from, unsigned to)
{
    memset(p, 0, to - from);
    return p + (to - from);
}

/* Writes the fields of a record from number `from` on, and `other`. */
static inline char *skip_rest(char *p, unsigned from, unsigned cnt)
{
    return skip(p, from, cnt + 1);
}

/* ---- what begins a record ---- */

static char *put_number(char *p, uint64_t v)
{
    return put_long(put_branch(p), v);
}

static char *put_count(char *p, const struct record_count *c)
{
    if (c == NULL)
        return skip(p, AVRO_ROOT_SHARD, AVRO_ROOT_TIME);
    if (c->has_shard)
        p = skip(put_number(p, c->shard), AVRO_ROOT_SHARD + 1, AVRO_ROOT_EPOCH);
    else
        p = skip(p, AVRO_ROOT_SHARD, AVRO_ROOT_EPOCH);
    p = skip(put_wide(put_branch(p), c->epoch_us), AVRO_ROOT_EPOCH + 1, AVRO_ROOT_PEER_SEQ);
    return skip(put_number(p, c->peer_seq), AVRO_ROOT_PEER_SEQ + 1, AVRO_ROOT_TIME);
}

/* A number beyond a long is no field's. */
static bool has_longs(const struct record_meta *m)
{
    uint64_t all = m->seq;
    if (m->count != NULL)
        all |= m->count->epoch_us | m->count->peer_seq;
    return all <= INT64_MAX;
}

bool record_avro_times(struct emit *e, const struct record_meta *m)
{
    enum { NS_PER_US = 1000 };
    struct avro *a = avro_direct(e);
    char *p = a != NULL && has_longs(m)
                  ? tape_ready_room(a, AVRO_ROOT_V, RECORD_PLAIN_ROOM_FIXED)
                  : NULL;
    if (p == NULL)
        return false;
    p = skip(put_long(p, RECORD_VERSION), AVRO_ROOT_V + 1, AVRO_ROOT_SEQ);
    if (m->has_seq)
        p = skip(put_number(p, m->seq), AVRO_ROOT_SEQ + 1, AVRO_ROOT_SHARD);
    else
        p = skip(p, AVRO_ROOT_SEQ, AVRO_ROOT_SHARD);
    p = put_wide(put_count(p, m->count), m->time_ns / NS_PER_US);
    if (m->router_time_ns == 0) {
        tape_ready_end(a, p, AVRO_ROOT_V, AVRO_ROOT_TIME + 1);
        return true;
    }
    p = skip(p, AVRO_ROOT_TIME + 1, AVRO_ROOT_ROUTER_TIME);
    p = put_wide(put_branch(p), m->router_time_ns / NS_PER_US);
    tape_ready_end(a, p, AVRO_ROOT_V, AVRO_ROOT_ROUTER_TIME + 1);
    return true;
}

bool record_avro_type(struct emit *e, struct str type)
{
    struct avro *a = avro_direct(e);
    char *p = a != NULL && type.len < ONE_OCTET
                  ? tape_ready_room(a, AVRO_ROOT_TYPE, RECORD_PLAIN_ROOM_FIXED)
                  : NULL;
    if (p == NULL)
        return false;
    tape_ready_end(a, put_text(p, type.p, type.len), AVRO_ROOT_TYPE, AVRO_ROOT_TYPE + 1);
    return true;
}

/* ---- NLRI ---- */

/* Writes one NLRI with nothing but a prefix. */
static inline char *put_prefix(char *p, const uint8_t *addr, uint8_t bits, bool v6)
{
    p = put_branch(skip(p, 0, AVRO_NLRI_PREFIX));
    size_t len = v6 ? fmt_ipv6(p + 1, addr) : fmt_ipv4(p + 1, addr);
    p[1 + len++] = '/';
    len += fmt_u8(p + 1 + len, bits);
    return skip_rest(end_text(p, len), AVRO_NLRI_PREFIX + 1, AVRO_NLRI_CNT);
}

/* Returns how many prefixes there are by their lengths alone; 0: they don't parse. */
static size_t count_prefixes(struct cur c)
{
    size_t n = 0;
    const uint8_t *p = c.p, *end = p + c.left;
    for (; p < end; n++)
        p += 1 + (*p + 7u) / 8;
    return p == end ? n : 0;
}

static char *put_prefixes(char *p, struct cur c, bool v6)
{
    unsigned odd = 0;
    size_t cnt = count_prefixes(c);
    if (cnt == 0)
        return NULL;
    p = put_long(p, cnt);
    while (c.left > 0) {
        uint8_t addr[16], bits;
        odd += v6 ? record_plain_prefix6(&c, addr, &bits)
                  : record_plain_prefix4(&c, addr, &bits);
        if (odd >= NLRI_ODD_LIMIT)
            return NULL;
        p = put_prefix(p, addr, bits, v6);
    }
    *p = 0;
    return p + 1;
}

/* The second address is the link-local one (RFC 2545 section 3). */
static char *put_next_hop(char *p, struct cur next_hop)
{
    uint32_t len = next_hop.left == 4 ? 4 : 16;
    uint32_t cnt = next_hop.left / len;
    if (next_hop.left == 0)
        return skip(p, AVRO_ROUTES_NEXT_HOP, AVRO_ROUTES_NLRI);
    if (next_hop.left != cnt * len || cnt > 2)
        return NULL;
    p = put_long(p, cnt);
    for (const uint8_t *addr = next_hop.p; cnt > 0; cnt--, addr += len)
        p = end_text(p, len == 4 ? fmt_ipv4(p + 1, addr) : fmt_ipv6(p + 1, addr));
    *p++ = 0;
    return skip(p, AVRO_ROUTES_NEXT_HOP + 1, AVRO_ROUTES_NLRI);
}

/* Writes a section's record up to its NLRI. */
static char *open_section(char *p, bool v6, struct cur next_hop)
{
    p = put_branch(skip(p, 0, AVRO_ROUTES_AFI));
    p = skip(v6 ? PUT_TEXT(p, "ipv6") : PUT_TEXT(p, "ipv4"), AVRO_ROUTES_AFI + 1,
             AVRO_ROUTES_SAFI);
    p = skip(PUT_TEXT(put_branch(p), "unicast"), AVRO_ROUTES_SAFI + 1, AVRO_ROUTES_NEXT_HOP);
    return put_next_hop(p, next_hop);
}

static char *close_section(char *p)
{
    return skip_rest(p, AVRO_ROUTES_NLRI + 1, AVRO_ROUTES_CNT);
}

static char *put_section(char *p, const struct bgp_update *u, const struct bgp_ctx *ctx,
                         const struct bgp_section *s, struct cur next_hop)
{
    bool v6;
    if (p == NULL || !s->present)
        return p;
    if (!record_plain_section(s, ctx, &v6))
        return NULL;
    p = open_section(p, v6, next_hop);
    p = p != NULL ? put_prefixes(p, bgp_update_cur(u, s->nlri), v6) : NULL;
    return p != NULL ? close_section(p) : NULL;
}

/* Writes announce and withdraw, an array of sections each. */
static char *put_sections(char *p, const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    unsigned cnt = u->announced.present + u->mp_reach.present;
    if (cnt > 0) {
        p = put_long(p, cnt);
        p = put_section(p, u, ctx, &u->announced, record_own_next_hop(u));
        p = put_section(p, u, ctx, &u->mp_reach, bgp_update_cur(u, u->mp_reach.next_hop));
        if (p == NULL)
            return NULL;
    }
    *p++ = 0;
    p = skip(p, AVRO_ROOT_ANNOUNCE + 1, AVRO_ROOT_WITHDRAW);
    cnt = u->withdrawn.present + u->mp_unreach.present;
    if (cnt > 0) {
        p = put_long(p, cnt);
        p = put_section(p, u, ctx, &u->withdrawn, cur_of(NULL, 0));
        p = put_section(p, u, ctx, &u->mp_unreach, cur_of(NULL, 0));
        if (p == NULL)
            return NULL;
    }
    *p = 0;
    return p + 1;
}

bool record_avro_routes(struct emit *e, const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    struct avro *a = avro_direct(e);
    if (a == NULL || !record_plain_update(u, ctx))
        return false;
    char *p = tape_ready_room(a, AVRO_ROOT_ANNOUNCE, record_plain_room(u));
    p = p != NULL ? put_sections(p, u, ctx) : NULL;
    if (p == NULL)
        return false;
    tape_ready_end(a, p, AVRO_ROOT_ANNOUNCE, AVRO_ROOT_WITHDRAW + 1);
    return true;
}

bool record_avro_route(struct emit *e, const struct nlri *n, struct cur next_hop)
{
    struct avro *a = avro_direct(e);
    bool v6 = n->row == &nlri_map[NLRI_IPV6_UNICAST];
    uint8_t addr[16], bits;
    struct cur c = n->body;
    if (a == NULL || n->has_path_id || (!v6 && n->row != &nlri_map[NLRI_IPV4_UNICAST]) ||
        (v6 ? record_plain_prefix6(&c, addr, &bits) : record_plain_prefix4(&c, addr, &bits)) >=
            NLRI_ODD_LIMIT ||
        c.left > 0)
        return false;
    unsigned field = n->withdraw ? AVRO_ROOT_WITHDRAW : AVRO_ROOT_ANNOUNCE;
    char *p = tape_ready_room(a, field, RECORD_PLAIN_ROOM_FIXED);
    p = p != NULL ? open_section(put_long(p, 1), v6, next_hop) : NULL;
    if (p == NULL)
        return false;
    p = put_prefix(put_long(p, 1), addr, bits, v6);
    *p++ = 0;
    p = close_section(p);
    *p++ = 0;
    tape_ready_end(a, p, field, field + 1);
    return true;
}

/* ---- attributes ---- */

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

/* In which field (plus one; 0: in none) an attribute is, and what writes it; NULL: the usual way.
 */
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
