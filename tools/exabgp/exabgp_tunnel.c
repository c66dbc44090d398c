/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_tunnel: the tunnel encapsulation attribute as ExaBGP's JSON has it (RFC 9012, 9830,
 * 9831). Floor F4. */
#include <stdio.h>

#include "tools/exabgp/exabgp.h"

enum { TUNNEL_SR_POLICY = 15 };

/* Takes the next {type, length, value}; types from 128 on have two octets of length. False at
 * the end, or when it is cut: c->failed. */
static bool next_sub(struct cur *c, bool wide, uint8_t *type, struct cur *value)
{
    enum { WIDE_FROM = 128 };
    uint8_t len;
    uint16_t len2;
    if (c->left == 0 || !cur_u8(c, type))
        return false;
    if (wide && *type >= WIDE_FROM)
        return cur_u16(c, &len2) && cur_take(c, len2, value);
    return cur_u8(c, &len) && cur_take(c, len, value);
}

/* ---- segments (RFC 9830 section 2.4.4.2, RFC 9831 section 2) ---- */

enum field_kind { END, NUMBER, IPV4, IPV6 };
enum sid_kind { NO_SID, MPLS, SRV6 };

struct segment {
    uint8_t type;
    char letter;
    uint8_t sid; /* enum sid_kind: what may follow the fields */
    bool algorithm;
    bool whole; /* all of a label's entry is shown */
    struct {
        uint8_t kind; /* enum field_kind */
        const char *name;
    } fields[5];
};

static const struct segment segments[] = {
    {1, 'A', MPLS, false, true, {{END, NULL}}},
    {3, 'C', MPLS, true, true, {{IPV4, "ipv4_node"}}},
    {4, 'D', MPLS, true, false, {{IPV6, "ipv6_node"}}},
    {5, 'E', MPLS, false, false, {{NUMBER, "local_if_id"}, {IPV4, "ipv4_node"}}},
    {6, 'F', MPLS, false, false, {{IPV4, "local_ipv4"}, {IPV4, "remote_ipv4"}}},
    {7,
     'G',
     MPLS,
     false,
     false,
     {{NUMBER, "local_if_id"},
      {IPV6, "local_ipv6"},
      {NUMBER, "remote_if_id"},
      {IPV6, "remote_ipv6"}}},
    {8, 'H', MPLS, false, false, {{IPV6, "local_ipv6"}, {IPV6, "remote_ipv6"}}},
    {13, 'B', SRV6, false, false, {{END, NULL}}},
    {14, 'I', SRV6, true, false, {{IPV6, "ipv6_node"}}},
    {15,
     'J',
     SRV6,
     true,
     false,
     {{NUMBER, "local_if_id"},
      {IPV6, "local_ipv6"},
      {NUMBER, "remote_if_id"},
      {IPV6, "remote_ipv6"}}},
    {16, 'K', SRV6, true, false, {{IPV6, "local_ipv6"}, {IPV6, "remote_ipv6"}}},
};

static bool put_field(struct emit *e, uint8_t kind, const char *name, struct cur *c)
{
    uint32_t v;
    if (kind == NUMBER) {
        if (!cur_u32(c, &v))
            return false;
        emit_u64(e, str_of(name), v);
        return true;
    }
    uint32_t len = kind == IPV4 ? 4 : 16;
    const uint8_t *a = cur_bytes(c, len);
    if (a != NULL)
        emit_ip(e, str_of(name), a, len);
    return a != NULL;
}

static bool put_label(struct emit *e, const struct segment *s, struct cur *c)
{
    enum { TC = 7, BOTTOM = 0x100, TTL = 0xff };
    uint32_t entry;
    if (c->left == 0 && s->fields[0].kind != END)
        return true;
    if (!cur_u32(c, &entry))
        return false;
    emit_u64(e, s->fields[0].kind == END ? KEY("label") : KEY("sid"), entry >> 12);
    if (s->whole) {
        emit_u64(e, KEY("tc"), entry >> 9 & TC);
        emit_bool(e, KEY("s"), entry & BOTTOM);
        emit_u64(e, KEY("ttl"), entry & TTL);
    }
    return true;
}

/* RFC 9830 section 2.4.4.2.4 */
static bool put_behavior_members(struct emit *e, struct cur *c)
{
    static const char *const names[] = {"lb-length", "ln-length", "fun-length", "arg-length"};
    uint16_t behavior;
    uint8_t len;
    if (!cur_u16(c, &behavior) || !cur_skip(c, 2))
        return false;
    emit_u64(e, KEY("behavior"), behavior);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!cur_u8(c, &len))
            return false;
        emit_u64(e, str_of(names[i]), len);
    }
    return true;
}

static bool put_srv6(struct emit *e, const struct segment *s, uint8_t flags, struct cur *c)
{
    enum { HAS_BEHAVIOR = 0x10 };
    if (c->left == 0 && s->fields[0].kind != END)
        return true;
    if (!put_field(e, IPV6, "sid", c))
        return false;
    if (!(flags & HAS_BEHAVIOR) || c->left == 0)
        return true;
    emit_object(e, KEY("endpoint-behavior"));
    bool ok = put_behavior_members(e, c);
    emit_object_end(e);
    return ok;
}

static bool put_segment_members(struct emit *e, const struct segment *s, struct cur c)
{
    uint8_t flags, algorithm;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &algorithm))
        return false;
    emit_ascii(e, KEY("type"), &s->letter, 1);
    for (int i = 0; i < 5 && s->fields[i].kind != END; i++) {
        if (!put_field(e, s->fields[i].kind, s->fields[i].name, &c))
            return false;
    }
    if (s->algorithm)
        emit_u64(e, KEY("algorithm"), algorithm);
    return (s->sid == MPLS ? put_label(e, s, &c) : put_srv6(e, s, flags, &c)) && cur_done(&c);
}

static void put_segment(struct emit *e, uint8_t type, struct cur value)
{
    emit_object(e, EMIT_ITEM);
    struct emit_mark mark = emit_mark(e);
    const struct segment *s = NULL;
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++) {
        if (segments[i].type == type)
            s = &segments[i];
    }
    if (s == NULL || !put_segment_members(e, s, value)) {
        emit_rollback(e, mark);
        emit_u64(e, KEY("type"), type);
        exabgp_hex(e, KEY("raw"), "0x", value);
    }
    emit_object_end(e);
}

/* Section 2.4.4: the weight is 1 where none is told. */
static bool put_segment_list(struct emit *e, struct cur c)
{
    enum { WEIGHT = 9 };
    uint8_t type;
    uint32_t weight = 1;
    struct cur value, again;
    if (!cur_skip(&c, 1))
        return false;
    emit_object(e, EMIT_ITEM);
    emit_array(e, KEY("segments"));
    again = c;
    while (next_sub(&c, false, &type, &value)) {
        if (type != WEIGHT)
            put_segment(e, type, value);
    }
    emit_array_end(e);
    while (next_sub(&again, false, &type, &value)) {
        if (type == WEIGHT && cur_skip(&value, 2))
            (void)!cur_u32(&value, &weight);
    }
    emit_u64(e, KEY("weight"), weight);
    emit_object_end(e);
    return !c.failed;
}

/* ---- SR policies ---- */

static bool put_binding(struct emit *e, struct cur c)
{
    uint32_t entry;
    if (!cur_skip(&c, 2))
        return false;
    if (c.left == 0) {
        emit_null_value(e, KEY("binding-sid"));
        return true;
    }
    if (!cur_u32(&c, &entry) || !cur_done(&c))
        return false;
    emit_object(e, KEY("binding-sid"));
    emit_name(e, KEY("type"), "mpls");
    emit_u64(e, KEY("label"), entry >> 12);
    emit_object_end(e);
    return true;
}

static bool put_srv6_binding(struct emit *e, struct cur c)
{
    enum { HAS_BEHAVIOR = 0x20 };
    uint8_t flags;
    if (!cur_u8(&c, &flags) || !cur_skip(&c, 1))
        return false;
    if (!(flags & HAS_BEHAVIOR))
        return put_field(e, IPV6, "srv6-binding-sid", &c) && cur_done(&c);
    emit_object(e, KEY("srv6-binding-sid"));
    bool ok = put_field(e, IPV6, "sid", &c) && put_behavior_members(e, &c) && cur_done(&c);
    emit_object_end(e);
    return ok;
}

static bool put_sub(struct emit *e, uint8_t type, struct cur c)
{
    enum { PREFERENCE = 12, BINDING = 13, ENLP = 14, PRIORITY = 15, SRV6_BINDING = 20 };
    enum { PATH_NAME = 129, POLICY_NAME = 130 };
    uint32_t number;
    uint8_t octet;
    switch (type) {
    case PREFERENCE:
        if (!cur_skip(&c, 2) || !cur_u32(&c, &number) || !cur_done(&c))
            return false;
        emit_u64(e, KEY("preference"), number);
        return true;
    case BINDING:
        return put_binding(e, c);
    case ENLP:
        if (!cur_skip(&c, 2) || !cur_u8(&c, &octet) || !cur_done(&c))
            return false;
        emit_u64(e, KEY("enlp"), octet);
        return true;
    case PRIORITY:
        if (!cur_u8(&c, &octet))
            return false;
        emit_u64(e, KEY("priority"), octet);
        return true;
    case SRV6_BINDING:
        return put_srv6_binding(e, c);
    case PATH_NAME:
    case POLICY_NAME:
        if (!cur_skip(&c, 1))
            return false;
        emit_text(e, type == PATH_NAME ? KEY("candidate-path-name") : KEY("policy-name"),
                  c.left > 0 ? (const void *)c.p : "", c.left);
        return true;
    default:
        return false;
    }
}

/* The first of a kind counts (RFC 9012 section 13). */
static bool put_policy(struct emit *e, struct cur c)
{
    enum { SEGMENT_LIST = 128 };
    uint8_t type, seen[32] = {0};
    struct cur value, again = c;
    bool lists = false, ok = true;
    emit_object(e, KEY("sr-policy"));
    while (next_sub(&c, true, &type, &value)) {
        lists |= type == SEGMENT_LIST;
        if (type == SEGMENT_LIST || (seen[type / 8] >> type % 8 & 1))
            continue;
        seen[type / 8] |= (uint8_t)(1 << type % 8);
        struct emit_mark mark = emit_mark(e);
        if (put_sub(e, type, value))
            continue;
        char name[24];
        emit_rollback(e, mark);
        int n = snprintf(name, sizeof name, "unknown-subtlv-%u", type);
        exabgp_hex(e, str_at(name, (size_t)n), "0x", value);
    }
    if (lists)
        emit_array(e, KEY("segment-lists"));
    while (lists && next_sub(&again, true, &type, &value)) {
        if (type == SEGMENT_LIST)
            ok &= put_segment_list(e, value);
    }
    if (lists)
        emit_array_end(e);
    emit_object_end(e);
    return ok && !c.failed;
}

static bool comes_again(struct cur rest, uint16_t of)
{
    uint16_t type, len;
    while (rest.left > 0 && cur_u16(&rest, &type) && cur_u16(&rest, &len) &&
           cur_skip(&rest, len)) {
        if (type == of)
            return true;
    }
    return false;
}

/* One of a type: of SR policies there is no more (RFC 9830 section 2.4), and what ExaBGP would
 * write twice under a name stays hex. */
bool exabgp_tunnel(struct emit *e, struct cur c)
{
    uint16_t type, len;
    struct cur value;
    emit_object(e, KEY("tunnel-encap"));
    while (c.left > 0) {
        char name[24];
        if (!cur_u16(&c, &type) || !cur_u16(&c, &len) || !cur_take(&c, len, &value) ||
            comes_again(c, type) || (type == TUNNEL_SR_POLICY && !put_policy(e, value)))
            return false;
        int n = snprintf(name, sizeof name, "tunnel-type-%u", type);
        if (type != TUNNEL_SR_POLICY)
            exabgp_hex(e, str_at(name, (size_t)n), "0x", value);
    }
    emit_object_end(e);
    return true;
}
