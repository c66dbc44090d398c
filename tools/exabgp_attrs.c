/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_attrs: path attributes as ExaBGP's JSON has them, by a table. Floor F4. */
#include <stdio.h>

#include "base/fmt.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/ext_communities.h"
#include "tools/exabgp.h"

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

static bool put_as_path(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    static const char *const elements[] = {
        [AS_SET] = "as-set",
        [AS_SEQUENCE] = "as-sequence",
        [AS_CONFED_SEQUENCE] = "confed-sequence",
        [AS_CONFED_SET] = "confed-set",
    };
    struct as_segment s;
    struct nlri_fault fault;
    unsigned width = as_path_width(c, ctx);
    if (c.left == 0) /* left out, as ExaBGP does */
        return true;
    if (!as_path_parses(c, width))
        return false;
    emit_object(e, KEY("as-path"));
    for (unsigned i = 0; as_path_next(&c, width, &s, &fault) > 0; i++) {
        char key[FMT_U64_MAX];
        uint32_t asn;
        emit_object(e, str_at(key, fmt_u32(key, i)));
        emit_name(e, KEY("element"), elements[s.type]);
        emit_array(e, KEY("value"));
        while (as_segment_next(&s, &asn))
            emit_u64(e, EMIT_ITEM, asn);
        emit_array_end(e);
        emit_object_end(e);
    }
    emit_object_end(e);
    return true;
}

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

/* ---- extended communities ---- */

/* One community's parts: after type and sub-type, two octets and four, or four and two. */
struct ext {
    uint16_t kind; /* type << 8 | sub-type */
    uint16_t hi2, lo2;
    uint32_t hi4, lo4;
    const uint8_t *p; /* all eight octets */
};

enum { EXT_TEXT_MAX = 96 };

static size_t ext_asn2(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s:%u:%u", name, x->hi2, x->lo4);
}

static size_t ext_addr(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s:%u.%u.%u.%u:%u", name, x->p[2], x->p[3],
                            x->p[4], x->p[5], x->lo2);
}

static size_t ext_asn4(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s:%u:%u", name, x->hi4, x->lo2);
}

/* A route origin's number looks like an address to ExaBGP. */
static size_t ext_origin2(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s:%u:%u.%u.%u.%u", name, x->hi2, x->p[4],
                            x->p[5], x->p[6], x->p[7]);
}

static double rate(const struct ext *x)
{
    float f;
    memcpy(&f, &x->lo4, sizeof f);
    return f >= 0 && f < 1e18F ? (double)f : 0;
}

static size_t ext_rate(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s:%.0f", name, rate(x));
}

static size_t ext_packets(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s:%.0f:packets", name, rate(x));
}

static size_t ext_action(char *dst, const char *name, const struct ext *x)
{
    static const char *const what[] = {"", " terminal", " sample", " sample-terminal"};
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s%s", name, what[x->p[7] & 3]);
}

static size_t ext_mark(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s %u", name, x->p[7]);
}

static size_t ext_l2info(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s:%u:%u:%u:%u", name, x->p[2], x->p[3],
                            x->lo4 >> 16, x->lo2);
}

static size_t ext_next_hop(char *dst, const char *name, const struct ext *x)
{
    return (size_t)snprintf(dst, EXT_TEXT_MAX, "%s %u.%u.%u.%u", name, x->p[2], x->p[3],
                            x->p[4], x->p[5]);
}

static const struct {
    uint16_t kind;
    const char *name;
    size_t (*text)(char *dst, const char *name, const struct ext *x);
} exts[] = {
    {0x0002, "target", ext_asn2},     {0x0003, "origin", ext_origin2},
    {0x0102, "target", ext_addr},     {0x0103, "origin", ext_addr},
    {0x0202, "target", ext_asn4},     {0x0203, "origin", ext_asn4},
    {0x8006, "rate-limit", ext_rate}, {0x800c, "rate-limit", ext_packets},
    {0x8007, "action", ext_action},   {0x8008, "redirect", ext_asn2},
    {0x8009, "mark", ext_mark},       {0x800a, "l2info", ext_l2info},
    {0x0c00, "mup", ext_asn2},        {0x010c, "redirect-to-nexthop-ietf", ext_next_hop},
};

static size_t ext_text(char *dst, const struct ext *x)
{
    for (size_t i = 0; i < sizeof exts / sizeof exts[0]; i++) {
        if (exts[i].kind == x->kind)
            return exts[i].text(dst, exts[i].name, x);
    }
    dst[0] = '0';
    dst[1] = 'x';
    return 2 + fmt_hex(dst + 2, x->p, EXT_COMMUNITY_LEN);
}

static bool put_extended(struct emit *e, struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    if (c.left % EXT_COMMUNITY_LEN != 0)
        return false;
    emit_array(e, KEY("extended-community"));
    while (c.left > 0) {
        struct cur one, parts;
        struct ext x = {0};
        uint64_t value = 0;
        char text[EXT_TEXT_MAX];
        if (!cur_take(&c, EXT_COMMUNITY_LEN, &one))
            break;
        x.p = one.p;
        parts = one;
        (void)!cur_u64(&parts, &value);
        x.kind = (uint16_t)(value >> 48);
        x.hi2 = (uint16_t)(value >> 32);
        x.lo4 = (uint32_t)value;
        x.hi4 = (uint32_t)(value >> 16);
        x.lo2 = (uint16_t)value;
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("value"), value);
        emit_ascii(e, KEY("string"), text, ext_text(text, &x));
        emit_object_end(e);
    }
    emit_array_end(e);
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
};

static bool is_elsewhere(const struct bgp_attr *a)
{
    return a->code == ATTR_MP_REACH_NLRI || a->code == ATTR_MP_UNREACH_NLRI ||
           a->code == ATTR_NEXT_HOP;
}

static void put_generic(struct emit *e, const struct bgp_attr *a, const uint8_t *p)
{
    char key[32], hex[2 + 2 * 512];
    uint32_t len = a->len < 512 ? a->len : 512;
    int n = snprintf(key, sizeof key, "attribute-0x%02X-0x%02X", a->code, a->flags);
    struct str k = str_at(key, (size_t)n);
    if (a->len > len) {
        emit_hex(e, k, p, a->len);
        return;
    }
    size_t at = 2 + fmt_hex(hex + 2, p, len);
    hex[0] = '0';
    hex[1] = 'x';
    for (size_t i = 2; i < at; i++) {
        if (hex[i] >= 'a')
            hex[i] = (char)(hex[i] - 'a' + 'A');
    }
    emit_ascii(e, k, hex, at);
}

bool exabgp_has_attrs(const struct bgp_update *u)
{
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        if (!is_elsewhere(&u->attr[i]))
            return true;
    }
    return false;
}

void exabgp_attrs(struct emit *e, const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        const struct bgp_attr *a = &u->attr[i];
        struct cur c = cur_at(u->msg + a->off, a->len, a->off);
        bool done = is_elsewhere(a) || bgp_update_attr(u, a->code) != a;
        for (size_t k = 0; k < sizeof values / sizeof values[0] && !done; k++)
            done = values[k].code == a->code && values[k].put(e, c, ctx);
        if (!done)
            put_generic(e, a, u->msg + a->off);
    }
}
