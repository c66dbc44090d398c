/* SPDX-License-Identifier: BSD-2-Clause */
/* evpn: Ethernet VPN routes (RFC 7432 section 7, RFC 9136, RFC 9251 section 9, RFC 9572). Floor
 * F1.
 *
 * The packet is drawn in bgp/nlri/routes.h; each decoder tells its type specific part. */
#include "bgp/nlri/routes.h"

/* ---- fields ---- */

static bool take_tag(struct route *r)
{
    return route_take_number(r, KEY("ethernet_tag"), 4);
}

static bool take_originator(struct route *r)
{
    return route_take_addr(r, KEY("originator"), false);
}

static bool take_mac(struct route *r)
{
    uint32_t at = r->c.off;
    uint8_t bits;
    if (!cur_u8(&r->c, &bits))
        return nlri_fault_cur(&r->c, r->fault) == 0;
    if (bits != 8 * NLRI_MAC_LEN)
        return nlri_fault_at(r->fault, BGP_REASON_LENGTH, at, 8 * NLRI_MAC_LEN, bits) == 0;
    const uint8_t *mac = cur_bytes(&r->c, NLRI_MAC_LEN);
    if (mac == NULL)
        return nlri_fault_cur(&r->c, r->fault) == 0;
    emit_mac(r->e, KEY("mac"), mac);
    return true;
}

/* From `least` to `most` label fields, all that is left. */
static bool take_labels(struct route *r, uint32_t least, uint32_t most)
{
    uint32_t cnt = r->c.left / NLRI_LABEL_LEN;
    if (cnt < least)
        cnt = least;
    if (cnt > most)
        cnt = most;
    struct cur labels;
    if (!cur_take(&r->c, cnt * NLRI_LABEL_LEN, &labels))
        return nlri_fault_cur(&r->c, r->fault) == 0;
    if (cnt > 0)
        nlri_emit_labels(r->e, labels, true);
    return true;
}

/* ---- route types ---- */

/* RFC 7432 section 7.1: RD (8), ESI (10), Ethernet tag (4), label (3). */
static int decode_auto_discovery(struct route *r)
{
    if (!route_take_rd(r) || !route_take_esi(r) || !take_tag(r) || !take_labels(r, 1, 1))
        return -1;
    return route_end(r);
}

/* RFC 7432 section 7.2: RD (8), ESI (10), Ethernet tag (4), MAC length (1, bits), MAC (6), IP
 * length (1, bits), IP (0, 4, 16), label 1 (3), label 2 (0 or 3). */
static int decode_mac_ip(struct route *r)
{
    if (!route_take_rd(r) || !route_take_esi(r) || !take_tag(r) || !take_mac(r) ||
        !route_take_addr(r, KEY("ip"), true) || !take_labels(r, 1, 2))
        return -1;
    return route_end(r);
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
static int decode_inclusive_multicast(struct route *r)
{
    if (!route_take_rd(r) || !take_tag(r) || !take_originator(r))
        return -1;
    return route_end(r);
}

/* RFC 7432 section 7.4: RD (8), ESI (10), IP length (1, bits), originating router's IP. */
static int decode_ethernet_segment(struct route *r)
{
    if (!route_take_rd(r) || !route_take_esi(r) || !take_originator(r))
        return -1;
    return route_end(r);
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
    return nlri_read_addr(&field, *bits, addr_len, addr, fault) &&
           cur_skip_called(&field, field.left, "host bits");
}

/* RFC 9136 section 3.1: RD (8), ESI (10), Ethernet tag (4), IP prefix length (1, bits), IP
 * prefix (4 or 16), gateway IP (4 or 16), label (3). */
static int decode_ip_prefix(struct route *r)
{
    uint32_t addr_len = 0;
    uint8_t bits = 0, addr[16];
    if (!ip_prefix_family(&r->c, &addr_len, r->fault) || !route_take_rd(r) ||
        !route_take_esi(r) || !take_tag(r) ||
        !read_ip_prefix(&r->c, addr_len, &bits, addr, r->fault))
        return -1;
    emit_prefix(r->e, KEY("prefix"), addr, addr_len == 16, bits);
    const uint8_t *gateway = cur_bytes(&r->c, addr_len);
    if (gateway == NULL)
        return nlri_fault_cur(&r->c, r->fault);
    emit_ip(r->e, KEY("gateway"), gateway, addr_len);
    if (!take_labels(r, 1, 1))
        return -1;
    return route_end(r);
}

static int key_ip_prefix(struct cur c, struct wr *w)
{
    struct nlri_fault fault;
    uint32_t addr_len = 0;
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
static int decode_smet(struct route *r)
{
    if (!route_take_rd(r) || !take_tag(r) || !route_take_source_group(r) ||
        !take_originator(r) || !route_take_number(r, KEY("flags"), 1))
        return -1;
    return route_end(r);
}

/* RFC 9251 section 9.2: as 9.1 with an ESI (10) after the RD. */
static int decode_report_synch(struct route *r)
{
    if (!route_take_rd(r) || !route_take_esi(r) || !take_tag(r) ||
        !route_take_source_group(r) || !take_originator(r) ||
        !route_take_number(r, KEY("flags"), 1))
        return -1;
    return route_end(r);
}

/* RFC 9251 section 9.3: as 9.2, and before the flags reserved (4) and maximum response time
 * (1).
 */
static int decode_leave_synch(struct route *r)
{
    if (!route_take_rd(r) || !route_take_esi(r) || !take_tag(r) ||
        !route_take_source_group(r) || !take_originator(r) ||
        !route_take_number(r, KEY("reserved"), 4) ||
        !route_take_number(r, KEY("max_response_time"), 1) ||
        !route_take_number(r, KEY("flags"), 1))
        return -1;
    return route_end(r);
}

/* RFC 9572 section 3.1: RD (8), Ethernet tag (4), region ID (8, an extended community). */
static int decode_per_region(struct route *r)
{
    if (!route_take_rd(r) || !take_tag(r))
        return -1;
    const uint8_t *region = cur_bytes(&r->c, 8);
    if (region == NULL)
        return nlri_fault_cur(&r->c, r->fault);
    emit_hex(r->e, KEY("region_id"), region, 8);
    return route_end(r);
}

/* RFC 9572 section 3.2: RD (8), Ethernet tag (4), source length (1, bits), source, group length
 * (1), group, originator length (1), originating router's IP. */
static int decode_s_pmsi(struct route *r)
{
    if (!route_take_rd(r) || !take_tag(r) || !route_take_source_group(r) || !take_originator(r))
        return -1;
    return route_end(r);
}

/* RFC 9572 section 3.3: route key (the NLRI that the leaf answers), originator length (1,
 * bits), originating router's IP. */
static int decode_leaf(struct route *r)
{
    return route_take_route_key(r) && take_originator(r) ? route_end(r) : -1;
}

static const struct route_type types[] = {
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
    {0, 0, NULL, NULL, NULL},
};

bool nlri_evpn_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 1, 1, one, fault);
}

int nlri_evpn_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    return routes_decode(n, types, e, fault);
}

int nlri_evpn_key(const struct nlri *n, struct wr *w)
{
    return routes_key(n, types, w);
}
