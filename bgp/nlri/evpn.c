/* SPDX-License-Identifier: BSD-2-Clause */
/* evpn: Ethernet VPN routes (RFC 7432 section 7, RFC 9136, RFC 9251 section 9, RFC 9572). Floor
 * F1.
 *
 *     +-----------------------------------+
 *     | Route type (1 octet)              |
 *     +-----------------------------------+
 *     | Length (1 octet)                  |  of what follows
 *     +-----------------------------------+
 *     | Route type specific (variable)    |
 *     +-----------------------------------+
 */
#include "bgp/nlri/parts.h"

/* What a route type's hooks are given. */
struct evpn {
    struct cur c; /* the route type specific part */
    const struct nlri *n;
    struct emit *e;
    struct nlri_fault *fault;
    unsigned depth; /* 1 inside the route key of a Leaf A-D route */
};

struct evpn_type {
    uint8_t type;
    uint8_t key_tail; /* octets at the end that are not part of the key */
    const char *name;
    int (*decode)(struct evpn *v);
    /* NULL: type and value without key_tail. */
    int (*key)(struct cur c, struct wr *w);
};

static int emit_route(struct evpn *v, struct cur body);

/* ---- fields ---- */

static bool take_rd(struct evpn *v)
{
    const uint8_t *rd = cur_bytes(&v->c, NLRI_RD_LEN);
    if (rd == NULL)
        return nlri_fault_cur(&v->c, v->fault) == 0;
    emit_rd(v->e, KEY("rd"), rd);
    return true;
}

static bool take_esi(struct evpn *v)
{
    const uint8_t *esi = cur_bytes(&v->c, NLRI_ESI_LEN);
    if (esi == NULL)
        return nlri_fault_cur(&v->c, v->fault) == 0;
    nlri_emit_esi(v->e, esi);
    return true;
}

static bool take_number(struct evpn *v, struct str key, uint32_t octets)
{
    const uint8_t *p = cur_bytes(&v->c, octets);
    if (p == NULL)
        return nlri_fault_cur(&v->c, v->fault) == 0;
    uint64_t number = 0;
    for (uint32_t i = 0; i < octets; i++)
        number = number << 8 | p[i];
    emit_u64(v->e, key, number);
    return true;
}

static bool take_tag(struct evpn *v)
{
    return take_number(v, KEY("ethernet_tag"), 4);
}

static bool take_addr(struct evpn *v, struct str key, bool may_lack)
{
    struct nlri_addr a;
    if (!nlri_read_sized_addr(&v->c, may_lack, &a, v->fault))
        return false;
    nlri_emit_addr(v->e, key, &a);
    return true;
}

static bool take_originator(struct evpn *v)
{
    return take_addr(v, KEY("originator"), false);
}

/* Lengths of zero are wildcards (RFC 9251 section 9.1). */
static bool take_source_group(struct evpn *v)
{
    return take_addr(v, KEY("source"), true) && take_addr(v, KEY("group"), true);
}

static bool take_mac(struct evpn *v)
{
    uint32_t at = v->c.off;
    uint8_t bits;
    if (!cur_u8(&v->c, &bits))
        return nlri_fault_cur(&v->c, v->fault) == 0;
    if (bits != 8 * NLRI_MAC_LEN)
        return nlri_fault_at(v->fault, BGP_REASON_LENGTH, at, 8 * NLRI_MAC_LEN, bits) == 0;
    const uint8_t *mac = cur_bytes(&v->c, NLRI_MAC_LEN);
    if (mac == NULL)
        return nlri_fault_cur(&v->c, v->fault) == 0;
    emit_mac(v->e, KEY("mac"), mac);
    return true;
}

/* From `least` to `most` label fields, all that is left. */
static bool take_labels(struct evpn *v, uint32_t least, uint32_t most)
{
    uint32_t cnt = v->c.left / NLRI_LABEL_LEN;
    if (cnt < least)
        cnt = least;
    if (cnt > most)
        cnt = most;
    struct cur labels;
    if (!cur_take(&v->c, cnt * NLRI_LABEL_LEN, &labels))
        return nlri_fault_cur(&v->c, v->fault) == 0;
    if (cnt > 0)
        nlri_emit_labels(v->e, labels, true);
    return true;
}

/* ---- route types ---- */

/* RFC 7432 section 7.1: RD (8), ESI (10), Ethernet tag (4), label (3). */
static int decode_auto_discovery(struct evpn *v)
{
    if (!take_rd(v) || !take_esi(v) || !take_tag(v) || !take_labels(v, 1, 1))
        return -1;
    return nlri_end(&v->c, v->fault);
}

/* RFC 7432 section 7.2: RD (8), ESI (10), Ethernet tag (4), MAC length (1, bits), MAC (6), IP
 * length (1, bits), IP (0, 4, 16), label 1 (3), label 2 (0 or 3). */
static int decode_mac_ip(struct evpn *v)
{
    if (!take_rd(v) || !take_esi(v) || !take_tag(v) || !take_mac(v) ||
        !take_addr(v, KEY("ip"), true) || !take_labels(v, 1, 2))
        return -1;
    return nlri_end(&v->c, v->fault);
}

/* The key is Ethernet tag, MAC and IP, with the RD; ESI and labels are not part of it. */
static int key_mac_ip(struct cur c, struct wr *w)
{
    const uint8_t *rd = cur_bytes(&c, NLRI_RD_LEN);
    bool ok = cur_skip(&c, NLRI_ESI_LEN);
    const uint8_t *tag_mac = cur_bytes(&c, 4 + 1 + NLRI_MAC_LEN);
    struct nlri_addr ip;
    struct nlri_fault fault;
    if (!ok || rd == NULL || tag_mac == NULL || !nlri_read_sized_addr(&c, true, &ip, &fault))
        return -1;
    wr_bytes(w, rd, NLRI_RD_LEN);
    wr_bytes(w, tag_mac, 4 + 1 + NLRI_MAC_LEN);
    wr_u8(w, ip.len);
    wr_bytes(w, ip.a, ip.len);
    return 0;
}

/* RFC 7432 section 7.3: RD (8), Ethernet tag (4), IP length (1, bits), originating router's IP.
 */
static int decode_inclusive_multicast(struct evpn *v)
{
    if (!take_rd(v) || !take_tag(v) || !take_originator(v))
        return -1;
    return nlri_end(&v->c, v->fault);
}

/* RFC 7432 section 7.4: RD (8), ESI (10), IP length (1, bits), originating router's IP. */
static int decode_ethernet_segment(struct evpn *v)
{
    if (!take_rd(v) || !take_esi(v) || !take_originator(v))
        return -1;
    return nlri_end(&v->c, v->fault);
}

enum { IP_PREFIX4_LEN = 34, IP_PREFIX6_LEN = 58 }; /* RFC 9136 section 3.1 */

/* Tells the address family of an IP prefix route by its length. */
static bool ip_prefix_family(const struct cur *c, uint32_t *addr_len, struct nlri_fault *fault)
{
    if (c->left != IP_PREFIX4_LEN && c->left != IP_PREFIX6_LEN)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, c->off,
                             c->left < IP_PREFIX6_LEN ? IP_PREFIX4_LEN : IP_PREFIX6_LEN,
                             c->left) == 0;
    *addr_len = c->left == IP_PREFIX4_LEN ? 4 : 16;
    return true;
}

/* Reads a prefix length and an address field of fixed size, zeroes host bits. */
static bool read_ip_prefix(struct cur *c, uint32_t addr_len, uint8_t *bits, uint8_t *addr,
                           struct nlri_fault *fault)
{
    struct cur field;
    if (!cur_u8(c, bits) || !cur_take(c, addr_len, &field))
        return nlri_fault_cur(c, fault) == 0;
    return nlri_read_addr(&field, *bits, addr_len, addr, fault);
}

/* RFC 9136 section 3.1: RD (8), ESI (10), Ethernet tag (4), IP prefix length (1, bits), IP
 * prefix (4 or 16), gateway IP (4 or 16), label (3). */
static int decode_ip_prefix(struct evpn *v)
{
    uint32_t addr_len;
    uint8_t bits = 0, addr[16];
    if (!ip_prefix_family(&v->c, &addr_len, v->fault) || !take_rd(v) || !take_esi(v) ||
        !take_tag(v) || !read_ip_prefix(&v->c, addr_len, &bits, addr, v->fault))
        return -1;
    emit_prefix(v->e, KEY("prefix"), addr, addr_len == 16, bits);
    const uint8_t *gateway = cur_bytes(&v->c, addr_len);
    if (gateway == NULL)
        return nlri_fault_cur(&v->c, v->fault);
    emit_ip(v->e, KEY("gateway"), gateway, addr_len);
    if (!take_labels(v, 1, 1))
        return -1;
    return nlri_end(&v->c, v->fault);
}

static int key_ip_prefix(struct cur c, struct wr *w)
{
    struct nlri_fault fault;
    uint32_t addr_len;
    uint8_t bits = 0, addr[16];
    if (!ip_prefix_family(&c, &addr_len, &fault))
        return -1;
    const uint8_t *rd = cur_bytes(&c, NLRI_RD_LEN);
    bool ok = cur_skip(&c, NLRI_ESI_LEN);
    const uint8_t *tag = cur_bytes(&c, 4);
    if (!ok || rd == NULL || tag == NULL || !read_ip_prefix(&c, addr_len, &bits, addr, &fault))
        return -1;
    wr_bytes(w, rd, NLRI_RD_LEN);
    wr_bytes(w, tag, 4);
    wr_bytes(w, addr, addr_len);
    wr_u8(w, bits);
    return 0;
}

/* RFC 9251 section 9.1: RD (8), Ethernet tag (4), source length (1, bits), source, group length
 * (1), group, originator length (1), originating router's IP, flags (1). */
static int decode_smet(struct evpn *v)
{
    if (!take_rd(v) || !take_tag(v) || !take_source_group(v) || !take_originator(v) ||
        !take_number(v, KEY("flags"), 1))
        return -1;
    return nlri_end(&v->c, v->fault);
}

/* RFC 9251 section 9.2: as 9.1 with an ESI (10) after the RD. */
static int decode_report_synch(struct evpn *v)
{
    if (!take_rd(v) || !take_esi(v) || !take_tag(v) || !take_source_group(v) ||
        !take_originator(v) || !take_number(v, KEY("flags"), 1))
        return -1;
    return nlri_end(&v->c, v->fault);
}

/* RFC 9251 section 9.3: as 9.2, and before the flags reserved (4) and maximum response time
 * (1).
 */
static int decode_leave_synch(struct evpn *v)
{
    if (!take_rd(v) || !take_esi(v) || !take_tag(v) || !take_source_group(v) ||
        !take_originator(v) || !take_number(v, KEY("reserved"), 4) ||
        !take_number(v, KEY("max_response_time"), 1) || !take_number(v, KEY("flags"), 1))
        return -1;
    return nlri_end(&v->c, v->fault);
}

/* RFC 9572 section 3.1: RD (8), Ethernet tag (4), region ID (8, an extended community). */
static int decode_per_region(struct evpn *v)
{
    if (!take_rd(v) || !take_tag(v))
        return -1;
    const uint8_t *region = cur_bytes(&v->c, 8);
    if (region == NULL)
        return nlri_fault_cur(&v->c, v->fault);
    emit_hex(v->e, KEY("region_id"), region, 8);
    return nlri_end(&v->c, v->fault);
}

/* RFC 9572 section 3.2: RD (8), Ethernet tag (4), source length (1, bits), source, group length
 * (1), group, originator length (1), originating router's IP. */
static int decode_s_pmsi(struct evpn *v)
{
    if (!take_rd(v) || !take_tag(v) || !take_source_group(v) || !take_originator(v))
        return -1;
    return nlri_end(&v->c, v->fault);
}

/* RFC 9572 section 3.3: route key (the NLRI that the leaf answers), originator length (1,
 * bits), originating router's IP. */
static int decode_leaf(struct evpn *v)
{
    struct cur body;
    if (!nlri_take_typed(&v->c, 1, 1, &body, v->fault))
        return -1;
    if (v->depth > 0) /* no leaf answers a leaf */
        return nlri_fault_at(v->fault, BGP_REASON_SYNTAX, body.off, 0, 0);
    struct evpn inner = {.n = v->n, .e = v->e, .fault = v->fault, .depth = v->depth + 1};
    emit_object(v->e, KEY("route_key"));
    if (emit_route(&inner, body) != 0)
        return -1;
    emit_object_end(v->e);
    if (!take_originator(v))
        return -1;
    return nlri_end(&v->c, v->fault);
}

static const struct evpn_type types[] = {
    {1, NLRI_LABEL_LEN, "ethernet-auto-discovery", decode_auto_discovery, NULL},
    {2, 0, "mac-ip-advertisement", decode_mac_ip, key_mac_ip},
    {3, 0, "inclusive-multicast-ethernet-tag", decode_inclusive_multicast, NULL},
    {4, 0, "ethernet-segment", decode_ethernet_segment, NULL},
    {5, 0, "ip-prefix", decode_ip_prefix, key_ip_prefix},
    {6, 1, "selective-multicast-ethernet-tag", decode_smet, NULL},
    {7, 1, "multicast-membership-report-synch", decode_report_synch, NULL},
    {8, 6, "multicast-leave-synch", decode_leave_synch, NULL},
    {9, 0, "per-region-i-pmsi-auto-discovery", decode_per_region, NULL},
    {10, 0, "s-pmsi-auto-discovery", decode_s_pmsi, NULL},
    {11, 0, "leaf-auto-discovery", decode_leaf, NULL},
};

static const struct evpn_type *type_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == type)
            return &types[i];
    }
    return NULL;
}

/* Emits the members of one whole route; an unknown type's as hex. */
static int emit_route(struct evpn *v, struct cur body)
{
    uint8_t type;
    if (!cur_u8(&body, &type) || !cur_skip(&body, 1))
        return nlri_fault_cur(&body, v->fault);
    const struct evpn_type *t = type_of(type);
    nlri_emit_route_type(v->e, type, t != NULL ? t->name : NULL);
    if (t == NULL) {
        emit_hex(v->e, KEY("raw"), body.p, body.left);
        return 0;
    }
    v->c = body;
    return t->decode(v);
}

bool nlri_evpn_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 1, 1, one, fault);
}

int nlri_evpn_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct evpn v = {.n = n, .e = e, .fault = fault};
    return emit_route(&v, n->body);
}

int nlri_evpn_key(const struct nlri *n, struct wr *w)
{
    struct nlri_fault fault;
    if (nlri_evpn_decode(n, &emit_null, &fault) != 0) /* keys of sound routes only */
        return -1;
    struct cur c = n->body;
    uint8_t type;
    if (!cur_u8(&c, &type) || !cur_skip(&c, 1))
        return -1;
    const struct evpn_type *t = type_of(type);
    wr_u8(w, type);
    if (t != NULL && t->key != NULL)
        return t->key(c, w) != 0 || w->overflow ? -1 : 0;
    wr_bytes(w, c.p, c.left - (t != NULL ? t->key_tail : 0));
    return w->overflow ? -1 : 0;
}
