/* SPDX-License-Identifier: BSD-2-Clause */
/* record_json: the members of a plain UPDATE as text. Floor F3.
 *
 * Each of the writers below returns where it ended, or NULL when what it found is not plain. */
#include "schemas/record/record_json.h"

#include "base/fmt.h"
#include "base/json.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/communities.h"
#include "schemas/record/record_plain.h"

/* Writes a literal. */
#define PUT(p, literal) put((p), (literal), sizeof(literal) - 1)

static inline char *put(char *p, const char *text, size_t len)
{
    memcpy(p, text, len);
    return p + len;
}

/* Takes back the comma behind the last item. */
static inline char *close_list(char *p, char open, char close)
{
    p -= p[-1] != open;
    *p = close;
    return p + 1;
}

/* ---- what begins a record ---- */

static char *put_number(char *p, uint64_t v)
{
    return p + fmt_u64(p, v);
}

static char *put_count(char *p, const struct record_count *c)
{
    if (c->has_shard)
        p = put_number(PUT(p, ",\"shard\":"), c->shard);
    p = put_number(PUT(p, ",\"epoch\":"), c->epoch_us);
    return put_number(PUT(p, ",\"peer_seq\":"), c->peer_seq);
}

bool record_json_times(struct emit *e, const struct record_meta *m)
{
    struct buf *b = json_buf(e);
    char *p = b != NULL ? buf_room(b, RECORD_PLAIN_ROOM_FIXED) : NULL;
    if (p == NULL)
        return false;
    p = PUT(p, "\"v\":");
    p += fmt_u8(p, RECORD_VERSION);
    if (m->has_seq)
        p = put_number(PUT(p, ",\"seq\":"), m->seq);
    if (m->count != NULL)
        p = put_count(p, m->count);
    p = PUT(p, ",\"time\":");
    p += fmt_epoch_us(p, m->time_ns);
    if (m->router_time_ns != 0) {
        p = PUT(p, ",\"router_time\":");
        p += fmt_epoch_us(p, m->router_time_ns);
    }
    b->len = (size_t)(p - b->p);
    return true;
}

/* ---- NLRI ---- */

static inline char *put_prefix(char *p, const uint8_t *addr, uint8_t bits, bool v6)
{
    p = PUT(p, "{\"prefix\":\"");
    p += v6 ? fmt_ipv6(p, addr) : fmt_ipv4(p, addr);
    *p++ = '/';
    p += fmt_u8(p, bits);
    return PUT(p, "\"},");
}

static char *put_prefixes(char *p, struct cur c, bool v6)
{
    unsigned odd = 0;
    while (c.left > 0) {
        uint8_t addr[16], bits;
        odd += v6 ? record_plain_prefix6(&c, addr, &bits)
                  : record_plain_prefix4(&c, addr, &bits);
        if (odd >= NLRI_ODD_LIMIT)
            return NULL;
        p = put_prefix(p, addr, bits, v6);
    }
    return p;
}

static char *put_next_hop(char *p, struct cur next_hop)
{
    const uint8_t *a = cur_bytes(&next_hop, next_hop.left == 4 ? 4 : 16);
    if (a == NULL || (next_hop.left != 0 && next_hop.left != 16))
        return NULL;
    bool v4 = a + 4 == next_hop.p;
    p = PUT(p, "\"next_hop\":[\"");
    p += v4 ? fmt_ipv4(p, a) : fmt_ipv6(p, a);
    if (next_hop.left == 16) { /* the link-local one (RFC 2545 section 3) */
        p = PUT(p, "\",\"");
        p += fmt_ipv6(p, next_hop.p);
    }
    return PUT(p, "\"],");
}

/* Writes a section up to its NLRI. */
static char *open_section(char *p, bool v6, struct cur next_hop)
{
    p = v6 ? PUT(p, "{\"afi\":\"ipv6\",\"safi\":\"unicast\",")
           : PUT(p, "{\"afi\":\"ipv4\",\"safi\":\"unicast\",");
    if (next_hop.left > 0)
        p = put_next_hop(p, next_hop);
    return p != NULL ? PUT(p, "\"nlri\":[") : NULL;
}

static char *close_section(char *p)
{
    return PUT(close_list(p, '[', ']'), "},");
}

/* Writes a section, with a comma behind it. */
static char *put_section(char *p, const struct bgp_update *u, const struct bgp_ctx *ctx,
                         const struct bgp_section *s, struct cur next_hop)
{
    bool v6;
    if (!s->present)
        return p;
    if (!record_plain_section(s, ctx, &v6))
        return NULL;
    p = open_section(p, v6, next_hop);
    p = p != NULL ? put_prefixes(p, bgp_update_cur(u, s->nlri), v6) : NULL;
    return p != NULL ? close_section(p) : NULL;
}

static char *put_sections(char *p, const struct bgp_update *u, const struct bgp_ctx *ctx,
                          struct cur own_next_hop)
{
    if (u->announced.present || u->mp_reach.present) {
        p = put_section(PUT(p, "\"announce\":["), u, ctx, &u->announced, own_next_hop);
        if (p != NULL)
            p = put_section(p, u, ctx, &u->mp_reach, bgp_update_cur(u, u->mp_reach.next_hop));
        if (p == NULL)
            return NULL;
        p = PUT(close_list(p, '[', ']'), ",");
    }
    if (u->withdrawn.present || u->mp_unreach.present) {
        p = put_section(PUT(p, "\"withdraw\":["), u, ctx, &u->withdrawn, cur_of(NULL, 0));
        if (p != NULL)
            p = put_section(p, u, ctx, &u->mp_unreach, cur_of(NULL, 0));
        if (p == NULL)
            return NULL;
        p = PUT(close_list(p, '[', ']'), ",");
    }
    return p;
}

/* Ends the members that an encoder's buffer has from `from` up to `p`, without the last comma; p
 * NULL: none. Returns whether there are any. */
static bool end_members(struct buf *b, size_t from, const char *p)
{
    b->len = p != NULL ? (size_t)(p - 1 - b->p) : from;
    return p != NULL;
}

bool record_json_route(struct emit *e, const struct nlri *n, struct cur next_hop)
{
    struct buf *b = json_buf(e);
    uint8_t addr[16], bits;
    bool v6;
    char *p = b != NULL && record_plain_route(n, addr, &bits, &v6)
                  ? buf_room(b, RECORD_PLAIN_ROOM_FIXED)
                  : NULL;
    if (p == NULL)
        return false;
    p = n->withdraw ? PUT(p, ",\"withdraw\":[") : PUT(p, ",\"announce\":[");
    p = open_section(p, v6, next_hop);
    if (p != NULL)
        p = PUT(close_list(close_section(put_prefix(p, addr, bits, v6)), '[', ']'), ",");
    return end_members(b, b->len, p);
}

/* ---- attributes ---- */

static char *put_origin(char *p, struct cur c, const struct bgp_ctx *ctx)
{
    uint8_t v;
    (void)ctx;
    if (c.left != 1 || !cur_u8(&c, &v) || v > 2)
        return NULL;
    return v == 0   ? PUT(p, "\"origin\":\"igp\",")
           : v == 1 ? PUT(p, "\"origin\":\"egp\",")
                    : PUT(p, "\"origin\":\"incomplete\",");
}

/* A path of nothing but sequences, in the session's width. */
static char *put_as_path(char *p, struct cur c, const struct bgp_ctx *ctx)
{
    uint32_t as_len = ctx->asn4 ? 4 : 2;
    p = PUT(p, "\"as_path\":[");
    while (c.left > 0) {
        uint8_t type, cnt;
        if (!cur_u8(&c, &type) || type != AS_SEQUENCE || !cur_u8(&c, &cnt) || cnt == 0)
            return NULL;
        const uint8_t *asn = cur_bytes(&c, cnt * as_len);
        if (asn == NULL)
            return NULL;
        for (; cnt > 0; cnt--, asn += as_len) {
            uint32_t v = as_len == 4 ? wire_u32(asn) : wire_u16(asn);
            if (v == 0) /* RFC 7607 */
                return NULL;
            p += fmt_u32(p, v);
            *p++ = ',';
        }
    }
    return PUT(close_list(p, '[', ']'), ",");
}

static char *put_med(char *p, struct cur c, const struct bgp_ctx *ctx)
{
    uint32_t v;
    (void)ctx;
    if (c.left != 4 || !cur_u32(&c, &v))
        return NULL;
    p = PUT(p, "\"med\":");
    p += fmt_u32(p, v);
    return PUT(p, ",");
}

static char *put_communities(char *p, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    if (c.left == 0 || c.left % 4 != 0)
        return NULL;
    p = PUT(p, "\"communities\":[");
    for (const uint8_t *v = c.p, *end = v + c.left; v < end; v += 4) {
        *p++ = '"';
        p += community_text(p, v);
        p = PUT(p, "\",");
    }
    return PUT(p - 1, "],");
}

/* The attributes that are worth a function here. */
static const struct {
    uint8_t flags;
    char *(*put)(char *p, struct cur value, const struct bgp_ctx *ctx);
} hot[] = {
    [ATTR_ORIGIN] = {ATTR_WELL_KNOWN, put_origin},
    [ATTR_AS_PATH] = {ATTR_WELL_KNOWN, put_as_path},
    [ATTR_MED] = {ATTR_OPT_NONTRANS, put_med},
    [ATTR_COMMUNITIES] = {ATTR_OPT_TRANS, put_communities},
};

/* Writes an attribute the usual way, with a comma behind it. */
static char *put_other(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                       const struct bgp_attr *a, char *p)
{
    struct buf *b = json_buf(e);
    b->len = (size_t)(p - 1 - b->p); /* the encoder writes the comma between */
    if (p[-1] == '{')
        b->len++;
    if (!record_attr(e, u, ctx, a) || u->diags.cnt > 0)
        return NULL;
    p = buf_room(b, record_plain_room(u));
    return p != NULL ? PUT(p, ",") : NULL;
}

static char *put_attr(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                      const struct bgp_attr *a, char *p)
{
    const uint8_t category = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE;
    if (a->code >= sizeof hot / sizeof hot[0] || hot[a->code].put == NULL)
        return put_other(e, u, ctx, a, p);
    if ((a->flags & category) != hot[a->code].flags)
        return NULL;
    struct cur value;
    cur_set(&value, u->msg + a->off, a->len, a->off);
    return hot[a->code].put(p, value, ctx);
}

/* Writes "attrs", but for those that are written elsewhere (bit per code of 0-63). */
static char *put_attrs(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                       uint64_t elsewhere, char *p)
{
    if (((u->seen[0] & ~elsewhere) | u->seen[1] | u->seen[2] | u->seen[3]) == 0)
        return p;
    p = PUT(p, "\"attrs\":{");
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        const struct bgp_attr *a = &u->attr[i];
        if (a->code < 64 && elsewhere >> a->code & 1)
            continue;
        p = put_attr(e, u, ctx, a, p);
        if (p == NULL)
            return NULL;
    }
    return PUT(close_list(p, '{', '}'), ",");
}

/* ---- attributes seen before ---- */

/* Writes "attrs" from the memo, or writes and keeps them. */
static char *put_attrs_kept(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                            uint64_t elsewhere, char *p, struct record_memo *memo)
{
    struct record_memo_key key;
    if (memo == NULL || !record_plain_key(u, ctx, elsewhere, 0, &key))
        return put_attrs(e, u, ctx, elsewhere, p);
    struct str kept = record_memo_find(memo, &key);
    if (kept.p != NULL)
        return put(p, kept.p, kept.len);
    size_t from = (size_t)(p - json_buf(e)->p);
    p = put_attrs(e, u, ctx, elsewhere, p);
    if (p != NULL) {
        const char *text = json_buf(e)->p + from; /* which may have moved */
        record_memo_keep(memo, &key, text, (size_t)(p - text));
    }
    return p;
}

/* ---- the UPDATE ---- */

bool record_json_update(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                        struct record_memo *memo)
{
    struct buf *b = json_buf(e);
    if (b == NULL || !record_plain_update(u, ctx))
        return false;
    size_t start = b->len;
    char *p = buf_room(b, record_plain_room(u));
    if (p == NULL)
        return false;
    struct cur own = record_own_next_hop(u);
    uint64_t elsewhere = record_plain_elsewhere(u, own);
    p = put_sections(PUT(p, ","), u, ctx, own);
    if (p != NULL)
        p = put_attrs_kept(e, u, ctx, elsewhere, p, memo);
    if (p == NULL)
        bgp_diags_init(&u->diags);
    return end_members(b, start, p);
}

bool record_json_attrs(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                       struct record_memo *memo)
{
    struct buf *b = json_buf(e);
    if (b == NULL || !record_plain_update(u, ctx))
        return false;
    size_t start = b->len;
    char *p = buf_room(b, record_plain_room(u));
    if (p == NULL)
        return false;
    uint64_t elsewhere = record_plain_elsewhere(u, record_own_next_hop(u));
    p = put_attrs_kept(e, u, ctx, elsewhere, PUT(p, ","), memo);
    if (p == NULL)
        bgp_diags_init(&u->diags);
    return end_members(b, start, p);
}
