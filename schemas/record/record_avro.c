/* SPDX-License-Identifier: BSD-2-Clause */
/* record_avro: what begins a record, and plain routes, as Avro's octets. Floor F3.
 *
 * Fields are written in the schema's order, each with `skip` from the one before it: the
 * assertions below fail when that order changes, and a field that is new between two is skipped
 * without a line here. Each of the writers returns where it ended, or NULL when what it found
 * is not plain. */
#include "base/fmt.h"
#include "bgp/attr_map.h"
#include "schemas/record/record_avro_int.h"

AVRO_ORDER(ROOT_V, ROOT_SEQ);
AVRO_ORDER(ROOT_SEQ, ROOT_SHARD);
AVRO_ORDER(ROOT_SHARD, ROOT_EPOCH);
AVRO_ORDER(ROOT_EPOCH, ROOT_PEER_SEQ);
AVRO_ORDER(ROOT_PEER_SEQ, ROOT_TIME);
AVRO_ORDER(ROOT_TIME, ROOT_ROUTER_TIME);
AVRO_ORDER(ROOT_ANNOUNCE, ROOT_WITHDRAW);
AVRO_ORDER(ROUTES_AFI, ROUTES_SAFI);
AVRO_ORDER(ROUTES_SAFI, ROUTES_NEXT_HOP);
AVRO_ORDER(ROUTES_NEXT_HOP, ROUTES_NLRI);

_Static_assert((int)FMT_IPV6_MAX + 4 < (int)RECORD_AVRO_ONE_OCTET, "end_text writes one");
_Static_assert(AVRO_NLRI_CNT + 12 < RECORD_PLAIN_ROOM_OCTET, "a default route has room");
_Static_assert(4 * AVRO_ROUTES_CNT + AVRO_ROOT_CNT < RECORD_PLAIN_ROOM_FIXED / 2,
               "what comes once has room");

/* ---- what begins a record ---- */

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
    char *p = a != NULL && type.len < RECORD_AVRO_ONE_OCTET
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
    uint32_t at = 0;
    for (; at < c.left; n++)
        at += 1 + (c.p[at] + 7u) / 8;
    return at == c.left ? n : 0;
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
    uint8_t addr[16], bits;
    bool v6;
    if (a == NULL || !record_plain_route(n, addr, &bits, &v6))
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
