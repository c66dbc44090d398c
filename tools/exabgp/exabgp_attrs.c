/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_attrs: path attributes as ExaBGP's JSON has them, by a table. Floor F4. */
#include <stdio.h>

#include "base/fmt.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/open.h"
#include "tools/exabgp/exabgp.h"

/* Returns false when the value isn't what its type wants: it is then shown as hex. */
typedef bool value_fn(struct emit *e, struct cur c, const struct bgp_ctx *ctx);

static bool put_origin(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    static const char *const names[] = {"igp", "egp", "incomplete"};
    uint8_t v;
    (void)ctx;
    if (!cur_u8(&c, &v) || v > 2 || !cur_done(&c))
        return false;
    emit_name(e, KEY("origin"), names[v]);
    return true;
}

/* ---- AS_PATH ---- */

/* The path that is written: segments of one kind that meet are one. */
struct path_out {
    struct emit *e;
    unsigned cnt;
    uint8_t open; /* the type of the segment that is open; 0: none */
};

static void close_segment(struct path_out *o)
{
    if (o->open != 0) {
        emit_array_end(o->e);
        emit_object_end(o->e);
    }
    o->open = 0;
}

static void put_asns(struct path_out *o, struct as_segment *s, uint32_t limit)
{
    static const char *const elements[] = {
        [AS_SET] = "as-set",
        [AS_SEQUENCE] = "as-sequence",
        [AS_CONFED_SEQUENCE] = "confed-sequence",
        [AS_CONFED_SET] = "confed-set",
    };
    uint32_t asn;
    bool sequence = s->type == AS_SEQUENCE || s->type == AS_CONFED_SEQUENCE;
    if (o->open != s->type || !sequence) {
        char key[FMT_U64_MAX];
        close_segment(o);
        emit_object(o->e, str_at(key, fmt_u32(key, o->cnt++)));
        emit_name(o->e, KEY("element"), elements[s->type]);
        emit_array(o->e, KEY("value"));
        o->open = s->type;
    }
    for (; limit > 0 && as_segment_next(s, &asn); limit--)
        emit_u64(o->e, EMIT_ITEM, asn);
}

static bool put_as_path(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    struct path_out o = {.e = e};
    struct as_segment s;
    struct nlri_fault fault;
    unsigned width = as_path_width(c, ctx);
    if (c.left == 0) /* left out, as ExaBGP does */
        return true;
    if (!as_path_parses(c, width))
        return false;
    emit_object(e, KEY("as-path"));
    while (as_path_next(&c, width, &s, &fault) > 0) {
        close_segment(&o); /* as they came */
        put_asns(&o, &s, UINT8_MAX);
    }
    close_segment(&o);
    emit_object_end(e);
    return true;
}

/* RFC 6793 section 4.2.3: the leading part of AS_PATH, then AS4_PATH. `lead`: how much of its
 * length. */
static void put_merged_path(struct emit *e, struct cur path, struct cur path4, uint32_t lead)
{
    struct path_out o = {.e = e};
    struct as_segment s;
    struct nlri_fault fault;
    emit_object(e, KEY("as-path"));
    while (as_path_next(&path, 2, &s, &fault) > 0 && (lead > 0 || as_segment_is_confed(&s))) {
        uint32_t len = as_segment_length(&s);
        put_asns(&o, &s, len > lead ? lead : UINT8_MAX);
        lead -= len < lead ? len : lead;
    }
    while (as_path_next(&path4, 4, &s, &fault) > 0) {
        if (!as_segment_is_confed(&s)) /* has no place there (section 6) */
            put_asns(&o, &s, UINT8_MAX);
    }
    close_segment(&o);
    emit_object_end(e);
}

static struct cur value_of(const struct bgp_update *u, const struct bgp_attr *a)
{
    return a != NULL ? cur_at(u->msg + a->off, a->len, a->off) : cur_of(NULL, 0);
}

/* What AS4_PATH and AS4_AGGREGATOR are good for (RFC 6793 section 4.2.3). */
struct as4 {
    bool path, aggregator; /* take the place of AS_PATH, AGGREGATOR */
    bool idle;             /* are to be ignored, as AGGREGATOR has another AS than AS_TRANS */
    uint32_t lead;
};

static struct as4 reconcile(const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    struct as4 r = {.path = false};
    struct cur path = value_of(u, bgp_update_attr(u, ATTR_AS_PATH));
    struct cur path4 = value_of(u, bgp_update_attr(u, ATTR_AS4_PATH));
    struct cur aggregator = value_of(u, bgp_update_attr(u, ATTR_AGGREGATOR));
    struct cur aggregator4 = value_of(u, bgp_update_attr(u, ATTR_AS4_AGGREGATOR));
    uint16_t asn;
    if (aggregator.left == 6 && aggregator4.left == 8 && cur_u16(&aggregator, &asn)) {
        r.aggregator = asn == BGP_AS_TRANS;
        r.idle = !r.aggregator;
    }
    if (!r.idle && path.left > 0 && path4.left > 0 && as_path_width(path, ctx) == 2) {
        int64_t len = as_path_length(path, 2), len4 = as_path_length(path4, 4);
        r.path = len >= 0 && len4 >= 0 && len >= len4;
        r.lead = r.path ? (uint32_t)(len - len4) : 0;
    }
    return r;
}

/* ---- plain values ---- */

static bool put_number(struct emit *e, struct str key, struct cur c)
{
    uint32_t v;
    if (c.left != 4 || !cur_u32(&c, &v))
        return false;
    emit_u64(e, key, v);
    return true;
}

static bool put_med(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return put_number(e, KEY("med"), c);
}

static bool put_local_pref(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return put_number(e, KEY("local-preference"), c);
}

static bool put_atomic(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    if (c.left != 0)
        return false;
    emit_bool(e, KEY("atomic-aggregate"), true);
    return true;
}

static bool put_aggregator(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    char s[FMT_U64_MAX + 1 + FMT_IPV4_MAX];
    uint32_t asn = 0;
    uint16_t asn2 = 0;
    const uint8_t *addr;
    (void)ctx;
    bool ok = c.left == 8 ? cur_u32(&c, &asn) : c.left == 6 && cur_u16(&c, &asn2);
    if (!ok || (addr = cur_bytes(&c, 4)) == NULL)
        return false;
    size_t n = fmt_u32(s, asn + asn2); /* one of them is 0 */
    s[n++] = ':';
    n += fmt_ipv4(s + n, addr);
    emit_ascii(e, KEY("aggregator"), s, n);
    return true;
}

static bool put_originator(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    const uint8_t *id = c.left == 4 ? cur_bytes(&c, 4) : NULL;
    (void)ctx;
    if (id != NULL)
        emit_ipv4(e, KEY("originator-id"), id);
    return id != NULL;
}

static bool put_clusters(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    const uint8_t *id;
    (void)ctx;
    if (c.left % 4 != 0)
        return false;
    emit_array(e, KEY("cluster-list"));
    while (c.left > 0 && (id = cur_bytes(&c, 4)) != NULL)
        emit_ipv4(e, EMIT_ITEM, id);
    emit_array_end(e);
    return true;
}

static bool put_communities(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    uint32_t v;
    (void)ctx;
    if (c.left % 4 != 0)
        return false;
    emit_array(e, KEY("community"));
    while (c.left > 0 && cur_u32(&c, &v)) {
        const uint32_t parts[] = {v >> 16, v & 0xffff};
        emit_array(e, EMIT_ITEM);
        emit_u32_items(e, parts, 2);
        emit_array_end(e);
    }
    emit_array_end(e);
    return true;
}

static bool put_large(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    uint32_t v[3];
    (void)ctx;
    if (c.left % 12 != 0)
        return false;
    emit_array(e, KEY("large-community"));
    while (c.left > 0 && cur_u32(&c, &v[0]) && cur_u32(&c, &v[1]) && cur_u32(&c, &v[2])) {
        emit_array(e, EMIT_ITEM);
        emit_u32_items(e, v, 3);
        emit_array_end(e);
    }
    emit_array_end(e);
    return true;
}

/* ---- trees, and what is one text ---- */

static bool put_extended(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return exabgp_ext_communities(e, c);
}

static bool put_extended6(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return exabgp_ext_communities6(e, c);
}

static bool put_ls(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return exabgp_ls_attr(e, c);
}

static bool put_sid(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return exabgp_prefix_sid(e, c);
}

static bool put_tunnel(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return exabgp_tunnel(e, c);
}

/* RFC 7311 section 3: the first TLV of type 1 counts. */
static bool put_aigp(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    enum { TYPE_AIGP = 1, AIGP_LEN = 11, HEAD = 3 };
    uint8_t type;
    uint16_t len;
    struct cur value;
    (void)ctx;
    while (c.left > 0 && cur_u8(&c, &type) && cur_u16(&c, &len) && len >= HEAD &&
           cur_take(&c, len - HEAD, &value)) {
        if (type != TYPE_AIGP)
            continue;
        char text[2 + 2 * 8] = "0x";
        if (len != AIGP_LEN)
            return false;
        emit_ascii(e, KEY("aigp"), text, 2 + fmt_hex(text + 2, value.p, value.left));
        return true;
    }
    return false;
}

struct tunnel {
    uint8_t flags, type;
    uint32_t label;
    struct cur id;
};

static size_t tunnel_text(char *dst, const void *item)
{
    static const char *const types[] = {"notunnel",    "rsvp-tep2mplsp", "mldpp2mplsp",
                                        "pim-ssmtree", "pim-smtree",     "bidir-pimtree",
                                        "ingressreplication", "mldpmp2mplsp"};
    enum { INGRESS = 6, TEXT_MAX = 64 };
    const struct tunnel *t = item;
    bool known = t->type < sizeof types / sizeof types[0];
    const char *type = known ? types[t->type] : "unknown";
    size_t n = (size_t)snprintf(dst, TEXT_MAX, "pmsi:%s:%u:%u", type, t->flags, t->label >> 4);
    if (t->label != 0 && t->type == INGRESS && t->id.left == 4)
        n += (size_t)snprintf(dst + n, TEXT_MAX - n, "(%u)", t->label);
    dst[n++] = ':';
    if (t->type == INGRESS && t->id.left == 4)
        return n + fmt_ipv4(dst + n, t->id.p);
    if (t->id.left == 0)
        return n;
    dst[n++] = '0';
    dst[n++] = 'x';
    for (uint32_t i = 0; i < t->id.left; i++, n += 2)
        snprintf(dst + n, 3, "%02X", t->id.p[i]);
    return n;
}

/* RFC 6514 section 5 */
static bool put_pmsi(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    struct tunnel t;
    enum { ROOM = 96 };
    (void)ctx;
    if (!cur_u8(&c, &t.flags) || !cur_u8(&c, &t.type) || !cur_u24(&c, &t.label))
        return false;
    t.id = c;
    emit_ascii_by(e, KEY("pmsi"), tunnel_text, &t, ROOM + 2 * (size_t)c.left);
    return true;
}

/* ---- all of them ---- */

static const struct {
    uint8_t code;
    value_fn *put;
} values[] = {
    {ATTR_ORIGIN, put_origin},
    {ATTR_AS_PATH, put_as_path},
    {ATTR_MED, put_med},
    {ATTR_LOCAL_PREF, put_local_pref},
    {ATTR_ATOMIC_AGGREGATE, put_atomic},
    {ATTR_AGGREGATOR, put_aggregator},
    {ATTR_COMMUNITIES, put_communities},
    {ATTR_ORIGINATOR_ID, put_originator},
    {ATTR_CLUSTER_LIST, put_clusters},
    {ATTR_EXT_COMMUNITIES, put_extended},
    {ATTR_LARGE_COMMUNITY, put_large},
    {ATTR_IPV6_EXT_COMMUNITIES, put_extended6},
    {ATTR_PMSI_TUNNEL, put_pmsi},
    {ATTR_TUNNEL_ENCAP, put_tunnel},
    {ATTR_AIGP, put_aigp},
    {ATTR_BGP_LS, put_ls},
    {ATTR_PREFIX_SID, put_sid},
};

static bool is_elsewhere(const struct bgp_attr *a)
{
    return a->code == ATTR_MP_REACH_NLRI || a->code == ATTR_MP_UNREACH_NLRI ||
           a->code == ATTR_NEXT_HOP;
}

static size_t lower_hex(char *dst, const void *item)
{
    const struct cur *c = item;
    dst[0] = '0';
    dst[1] = 'x';
    return 2 + fmt_hex(dst + 2, c->p, c->left);
}

/* The flags are those ExaBGP would send it on with: partial when it is transitive. */
static void put_generic(struct emit *e, const struct bgp_attr *a, struct cur c)
{
    char key[32];
    unsigned flags = a->flags | (a->flags & BGP_FLAG_TRANSITIVE ? BGP_FLAG_PARTIAL : 0u);
    int n = snprintf(key, sizeof key, "attribute-0x%02X-0x%02X", a->code, flags);
    emit_ascii_by(e, str_at(key, (size_t)n), lower_hex, &c, 2 + 2 * (size_t)c.left);
}

bool exabgp_has_attrs(const struct bgp_update *u)
{
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        if (!is_elsewhere(&u->attr[i]))
            return true;
    }
    return false;
}

/* Returns whether an attribute has no member of its own, or is written here. */
static bool put_reconciled(struct emit *e, const struct bgp_update *u, const struct as4 *r,
                           const struct bgp_attr *a, const struct bgp_ctx *ctx)
{
    if (a->code == ATTR_AS_PATH && r->path)
        put_merged_path(e, value_of(u, a), value_of(u, bgp_update_attr(u, ATTR_AS4_PATH)),
                        r->lead);
    else if (a->code == ATTR_AGGREGATOR && r->aggregator)
        (void)put_aggregator(e, value_of(u, bgp_update_attr(u, ATTR_AS4_AGGREGATOR)), ctx);
    else if (a->code == ATTR_AS4_AGGREGATOR && !bgp_update_has(u, ATTR_AGGREGATOR))
        return put_aggregator(e, value_of(u, a), ctx);
    else
        return (a->code == ATTR_AS4_PATH && (r->path || r->idle)) ||
               (a->code == ATTR_AS4_AGGREGATOR && (r->aggregator || r->idle));
    return true;
}

void exabgp_attrs(struct emit *e, const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    const struct as4 r = reconcile(u, ctx);
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        const struct bgp_attr *a = &u->attr[i];
        struct cur c = value_of(u, a);
        struct emit_mark mark = emit_mark(e);
        bool done = is_elsewhere(a) || bgp_update_attr(u, a->code) != a ||
                    put_reconciled(e, u, &r, a, ctx);
        for (size_t k = 0; k < sizeof values / sizeof values[0] && !done; k++) {
            done = values[k].code == a->code && values[k].put(e, c, ctx);
            if (!done && values[k].code == a->code)
                emit_rollback(e, mark);
        }
        if (!done)
            put_generic(e, a, c);
    }
}
