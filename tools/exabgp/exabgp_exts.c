/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_exts: extended communities as ExaBGP's JSON has them (RFC 4360, 5701, 8955). Floor
 * F4. */
#include <stdio.h>

#include "base/fmt.h"
#include "base/json.h"
#include "bgp/ext_communities.h"
#include "tools/exabgp/exabgp.h"

/* One community's parts: after type and sub-type, two octets and four, or four and two. */
struct ext {
    uint16_t kind; /* type << 8 | sub-type */
    uint16_t hi2, lo2;
    uint32_t hi4, lo4;
    const uint8_t *p; /* all eight octets */
};

typedef size_t ext_fn(char *dst, const char *name, const struct ext *x);

#define PRINT(...) ((size_t)snprintf(dst, EXABGP_EXT_TEXT_MAX, __VA_ARGS__))

static size_t ext_asn2(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%u:%u", name, x->hi2, x->lo4);
}

static size_t ext_addr(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%u.%u.%u.%u:%u", name, x->p[2], x->p[3], x->p[4], x->p[5], x->lo2);
}

static size_t ext_asn4(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%u:%u", name, x->hi4, x->lo2);
}

/* A route origin's number looks like an address to ExaBGP. */
static size_t ext_origin2(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%u:%u.%u.%u.%u", name, x->hi2, x->p[4], x->p[5], x->p[6], x->p[7]);
}

static double rate(const struct ext *x)
{
    float f;
    memcpy(&f, &x->lo4, sizeof f);
    return f >= 0 && f < 1e18F ? (double)f : 0;
}

static size_t ext_rate(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%llu", name, (unsigned long long)rate(x));
}

static size_t ext_packets(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%llu:packets", name, (unsigned long long)rate(x));
}

static size_t ext_bandwidth(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%u:%.0f", name, x->hi2, rate(x));
}

static size_t ext_action(char *dst, const char *name, const struct ext *x)
{
    static const char *const what[] = {"", "terminal", "sample", "sample-terminal"};
    return PRINT("%s %s", name, what[x->p[7] & 3]);
}

static size_t ext_mark(char *dst, const char *name, const struct ext *x)
{
    enum { DSCP = 0x3f };
    return PRINT("%s %u", name, x->p[7] & DSCP);
}

static size_t ext_l2info(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%u:%u:%u:%u", name, x->p[2], x->p[3], x->lo4 >> 16, x->lo2);
}

static size_t ext_next_hop(char *dst, const char *name, const struct ext *x)
{
    bool copy = x->lo2 & 1;
    return PRINT("%s%s %u.%u.%u.%u%s", copy ? "copy" : "redirect", name, x->p[2], x->p[3],
                 x->p[4], x->p[5], copy ? " (with copy)" : "");
}

static size_t ext_next_hop_here(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s%s", x->p[7] & 1 ? "copy" : "redirect", name);
}

static size_t ext_encapsulation(char *dst, const char *name, const struct ext *x)
{
    static const char *const types[] = {
        [0] = "Default", [1] = "L2TPv3", [2] = "GRE",        [7] = "IP-in-IP",    [8] = "VXLAN",
        [9] = "NVGRE",   [10] = "MPLS",  [12] = "VXLAN-GPE", [13] = "MPLS-in-UDP",
    };
    const char *type = x->lo2 < sizeof types / sizeof types[0] ? types[x->lo2] : NULL;
    return type != NULL ? PRINT("%s:%s", name, type)
                        : PRINT("%s:%s:UNKNOWN-%u", name, name, x->lo2);
}

static size_t ext_order(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%u", name, x->hi4);
}

/* RFC 7432 section 7.7 */
static size_t ext_mobility(char *dst, const char *name, const struct ext *x)
{
    return PRINT("%s:%u%s", name, x->lo4, x->p[2] == 1 ? ":sticky" : "");
}

/* draft-ietf-idr-flowspec-interfaceset */
static size_t ext_interfaces(char *dst, const char *name, const struct ext *x)
{
    static const char *const directions[] = {"0", "input", "output", "input-output"};
    enum { GROUP = 0x1fff };
    return PRINT("%s:%s:%u:%u", name, directions[x->lo2 >> 14], x->hi4, x->lo2 & GROUP);
}

/* ExaBGP doesn't look at the upper half of a type; here each is what IANA says. */
static const struct {
    uint16_t kind;
    const char *name;
    ext_fn *text;
} exts[] = {
    {0x0002, "target", ext_asn2},
    {0x0003, "origin", ext_origin2},
    {0x0004, "bandwith", ext_bandwidth},
    {0x4004, "bandwith", ext_bandwidth},
    {0x0013, "rtrecord", ext_asn2},
    {0x0102, "target", ext_addr},
    {0x0103, "origin", ext_addr},
    {0x010c, "-to-nexthop-ietf", ext_next_hop},
    {0x0113, "rtrecord", ext_addr},
    {0x0202, "target", ext_asn4},
    {0x0203, "origin", ext_asn4},
    {0x0213, "rtrecord", ext_asn4},
    {0x030c, "encap", ext_encapsulation},
    {0x0314, "consistentHashSortOrder", ext_order},
    {0x0600, "mac-mobility", ext_mobility},
    {0x0702, "interface-set", ext_interfaces},
    {0x4702, "interface-set", ext_interfaces},
    {0x0800, "-to-nexthop", ext_next_hop_here},
    {0x0c00, "mup", ext_asn2},
    {0x8006, "rate-limit", ext_rate},
    {0x8007, "action", ext_action},
    {0x8008, "redirect", ext_asn2},
    {0x8108, "redirect", ext_addr},
    {0x8208, "redirect", ext_asn4},
    {0x8009, "mark", ext_mark},
    {0x800a, "l2info", ext_l2info},
    {0x800c, "rate-limit", ext_packets},
};

static size_t hex_text(char *dst, const uint8_t *p, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t n = 0;
    dst[n++] = '0';
    dst[n++] = 'x';
    for (size_t i = 0; i < len; i++) {
        dst[n++] = digits[p[i] >> 4];
        dst[n++] = digits[p[i] & 15];
    }
    return n;
}

size_t exabgp_ext_text(char dst[EXABGP_EXT_TEXT_MAX], const uint8_t *v)
{
    struct ext x = {
        .kind = wire_u16(v),
        .hi2 = wire_u16(v + 2),
        .hi4 = wire_u32(v + 2),
        .lo4 = wire_u32(v + 4),
        .lo2 = wire_u16(v + 6),
        .p = v,
    };
    for (size_t i = 0; i < sizeof exts / sizeof exts[0]; i++) {
        if (exts[i].kind == x.kind)
            return exts[i].text(dst, exts[i].name, &x);
    }
    return hex_text(dst, v, EXT_COMMUNITY_LEN);
}

bool exabgp_ext_communities(struct emit *e, struct cur c)
{
    if (c.left % EXT_COMMUNITY_LEN != 0)
        return false;
    emit_array(e, KEY("extended-community"));
    while (c.left > 0) {
        struct cur one;
        uint64_t value;
        char text[EXABGP_EXT_TEXT_MAX];
        if (!cur_take(&c, EXT_COMMUNITY_LEN, &one))
            break;
        const uint8_t *p = one.p;
        (void)!cur_u64(&one, &value);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("value"), value);
        emit_ascii(e, KEY("string"), text, exabgp_ext_text(text, p));
        emit_object_end(e);
    }
    emit_array_end(e);
    return true;
}

/* RFC 5701: an address with two octets behind it. */
static size_t ext6_text(char dst[EXABGP_EXT_TEXT_MAX], const uint8_t *v)
{
    char addr[FMT_IPV6_MAX + 1];
    uint16_t number = wire_u16(v + 18);
    addr[fmt_ipv6(addr, v + 2)] = '\0';
    switch (wire_u16(v)) {
    case 0x0002:
        return PRINT("target:%s:%u", addr, number);
    case 0x0003:
        return PRINT("origin:%s:%u", addr, number);
    case 0x000b: /* RFC 8956 section 6.1 */
    case 0x800b:
        return PRINT("redirect %s:%u", addr, number);
    case 0x000c:
        return number & 1 ? PRINT("copy-to-nexthop-ietf %s (with copy)", addr)
                          : PRINT("redirect-to-nexthop-ietf %s", addr);
    default:
        return hex_text(dst, v, EXT_COMMUNITY6_LEN);
    }
}

bool exabgp_ext_communities6(struct emit *e, struct cur c)
{
    if (c.left % EXT_COMMUNITY6_LEN != 0)
        return false;
    emit_array(e, KEY("extended-community-ipv6"));
    while (c.left > 0) {
        struct cur one;
        char number[FMT_WIDE_MAX(EXT_COMMUNITY6_LEN)], text[EXABGP_EXT_TEXT_MAX];
        if (!cur_take(&c, EXT_COMMUNITY6_LEN, &one))
            break;
        emit_object(e, EMIT_ITEM);
        json_digits(e, KEY("value"), number, fmt_wide(number, one.p, EXT_COMMUNITY6_LEN));
        emit_ascii(e, KEY("string"), text, ext6_text(text, one.p));
        emit_object_end(e);
    }
    emit_array_end(e);
    return true;
}
