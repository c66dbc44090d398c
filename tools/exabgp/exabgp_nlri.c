/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_nlri: one NLRI as ExaBGP's JSON has it, by a table of families. Floor F4. */
#include "base/fmt.h"
#include "bgp/ext_communities.h"
#include "bgp/nlri/parts.h"
#include "tools/exabgp/exabgp.h"

void exabgp_label(struct emit *e, uint32_t raw)
{
    const uint32_t pair[] = {raw >> 4, raw};
    emit_array(e, EMIT_ITEM);
    emit_u32_items(e, pair, 2);
    emit_array_end(e);
}

/* ---- prefixes ---- */

/* Reads labels up to the bottom of the stack (RFC 8277 section 2.3). */
static bool put_labels(struct emit *e, struct cur *c, unsigned *bits)
{
    uint32_t raw = 0;
    emit_array(e, KEY("label"));
    while (*bits >= NLRI_LABEL_BITS && (raw & 1) == 0 && cur_u24(c, &raw)) {
        exabgp_label(e, raw);
        *bits -= NLRI_LABEL_BITS;
        if (raw == NLRI_LABEL_WITHDRAWN || raw == 0)
            break;
    }
    emit_array_end(e);
    return !c->failed;
}

static bool put_prefix(struct emit *e, const struct nlri *n, struct str next_hop)
{
    struct cur c = n->body, labels;
    struct nlri_fault fault;
    uint8_t octet, addr[16];
    const uint8_t *rd = NULL;
    bool v6 = n->row->afi == BGP_AFI_IPV6, vpn = n->row->safi == BGP_SAFI_VPN;
    bool labeled = vpn || n->row->safi == BGP_SAFI_LABELED;
    (void)next_hop;
    if (!cur_u8(&c, &octet))
        return false;
    unsigned bits = octet, all = octet;
    labels = c;
    if (labeled && !put_labels(&emit_null, &c, &bits))
        return false;
    if (vpn) {
        rd = bits >= NLRI_RD_BITS ? cur_bytes(&c, NLRI_RD_LEN) : NULL;
        if (rd == NULL)
            return false;
        bits -= NLRI_RD_BITS;
    }
    if (!nlri_read_addr(&c, bits, v6 ? 16 : 4, addr, &fault))
        return false;
    emit_prefix(e, KEY("nlri"), addr, v6, bits);
    if (labeled)
        (void)put_labels(e, &labels, &all);
    if (rd != NULL)
        exabgp_rd(e, rd);
    return true;
}

/* ---- others without types ---- */

/* RFC 4761 section 3.2.2 */
static bool put_vpls(struct emit *e, const struct nlri *n, struct str next_hop)
{
    struct cur c = n->body;
    uint16_t len, endpoint, offset, size;
    uint32_t label;
    (void)next_hop;
    const uint8_t *rd = cur_u16(&c, &len) ? cur_bytes(&c, NLRI_RD_LEN) : NULL;
    if (rd == NULL || !cur_u16(&c, &endpoint) || !cur_u16(&c, &offset) || !cur_u16(&c, &size) ||
        !cur_u24(&c, &label) || !cur_done(&c))
        return false;
    exabgp_rd(e, rd);
    emit_u64(e, KEY("endpoint"), endpoint);
    emit_u64(e, KEY("base"), label >> 4);
    emit_u64(e, KEY("offset"), offset);
    emit_u64(e, KEY("size"), size);
    return true;
}

/* RFC 4684 section 4: none of it, or all. */
static bool put_rtc(struct emit *e, const struct nlri *n, struct str next_hop)
{
    enum { WHOLE_BITS = 96 };
    struct cur c = n->body;
    uint8_t bits;
    uint32_t origin;
    uint8_t target[EXT_COMMUNITY_LEN];
    char text[EXABGP_EXT_TEXT_MAX];
    (void)next_hop;
    if (!cur_u8(&c, &bits))
        return false;
    if (bits == 0) {
        emit_u64(e, KEY("origin"), 0);
        emit_null_value(e, KEY("route-target"));
        return cur_done(&c);
    }
    if (bits != WHOLE_BITS || !cur_u32(&c, &origin) || !cur_copy(&c, target, sizeof target))
        return false;
    emit_u64(e, KEY("origin"), origin);
    emit_ascii(e, KEY("route-target"), text, exabgp_ext_text(text, target));
    return true;
}

/* RFC 9830 section 2.1 */
static bool put_sr_policy(struct emit *e, const struct nlri *n, struct str next_hop)
{
    struct cur c = n->body;
    uint8_t bits;
    uint32_t distinguisher, color, addr_len = n->row->afi == BGP_AFI_IPV6 ? 16 : 4;
    (void)next_hop;
    if (!cur_u8(&c, &bits) || !cur_u32(&c, &distinguisher) || !cur_u32(&c, &color))
        return false;
    const uint8_t *addr = cur_bytes(&c, addr_len);
    if (addr == NULL || !cur_done(&c))
        return false;
    emit_u64(e, KEY("distinguisher"), distinguisher);
    emit_u64(e, KEY("color"), color);
    emit_ip(e, KEY("endpoint"), addr, addr_len);
    return true;
}

static bool put_typed(struct emit *e, const struct nlri *n, struct str next_hop)
{
    (void)next_hop;
    return exabgp_typed(e, n);
}

/* ---- all of them ---- */

static const struct {
    unsigned family; /* enum nlri_family */
    bool (*put)(struct emit *e, const struct nlri *n, struct str next_hop);
} families[] = {
    {NLRI_IPV4_UNICAST, put_prefix},       {NLRI_IPV6_UNICAST, put_prefix},
    {NLRI_IPV4_MULTICAST, put_prefix},     {NLRI_IPV6_MULTICAST, put_prefix},
    {NLRI_IPV4_LABELED, put_prefix},       {NLRI_IPV6_LABELED, put_prefix},
    {NLRI_IPV4_VPN, put_prefix},           {NLRI_IPV6_VPN, put_prefix},
    {NLRI_IPV4_FLOWSPEC, exabgp_flow},     {NLRI_IPV6_FLOWSPEC, exabgp_flow},
    {NLRI_IPV4_VPN_FLOWSPEC, exabgp_flow}, {NLRI_IPV6_VPN_FLOWSPEC, exabgp_flow},
    {NLRI_L2VPN_EVPN, put_typed},          {NLRI_L2VPN_VPLS, put_vpls},
    {NLRI_IPV4_MCAST_VPN, put_typed},      {NLRI_IPV6_MCAST_VPN, put_typed},
    {NLRI_IPV4_MUP, put_typed},            {NLRI_IPV6_MUP, put_typed},
    {NLRI_IPV4_RTC, put_rtc},              {NLRI_IPV4_SR_POLICY, put_sr_policy},
    {NLRI_IPV6_SR_POLICY, put_sr_policy},  {NLRI_LS_LS, exabgp_ls},
    {NLRI_LS_LS_VPN, exabgp_ls},
};

static bool put_members(struct emit *e, const struct nlri *n, struct str next_hop)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (&nlri_map[families[i].family] == n->row)
            return families[i].put(e, n, next_hop);
    }
    return false;
}

void exabgp_nlri(struct emit *e, const struct nlri *n, struct str next_hop)
{
    emit_object(e, EMIT_ITEM);
    struct emit_mark mark = emit_mark(e);
    if (!put_members(e, n, next_hop)) {
        emit_rollback(e, mark);
        emit_bool(e, KEY("parsed"), false);
        exabgp_hex(e, KEY("raw"), "", n->body);
    }
    if (n->has_path_id) {
        uint8_t id[4];
        struct wr w = wr_of(id, sizeof id);
        wr_u32(&w, n->path_id);
        emit_ipv4(e, KEY("path-information"), id);
    }
    emit_object_end(e);
}
