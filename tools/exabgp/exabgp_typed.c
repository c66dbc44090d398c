/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_typed: EVPN, MCAST-VPN and MUP routes as ExaBGP's JSON has them, a row per type. Floor
 * F4.
 *
 * A type without a row, or whose octets aren't what it wants, is there by its code and as hex.
 */
#include "base/fmt.h"
#include "bgp/nlri/parts.h"
#include "tools/exabgp/exabgp.h"

/* Reads what follows the route type and length. */
typedef bool route_fn(struct emit *e, struct cur *c, bool v6);

struct route_row {
    uint16_t code;
    const char *name;
    route_fn *put;
};

/* ---- common fields ---- */

static bool put_rd(struct emit *e, struct cur *c)
{
    const uint8_t *rd = cur_bytes(c, NLRI_RD_LEN);
    if (rd != NULL)
        exabgp_rd(e, rd);
    return rd != NULL;
}

static bool put_esi(struct emit *e, struct cur *c)
{
    static const uint8_t none[NLRI_ESI_LEN];
    const uint8_t *esi = cur_bytes(c, NLRI_ESI_LEN);
    if (esi == NULL)
        return false;
    if (memcmp(esi, none, sizeof none) == 0)
        emit_name(e, KEY("esi"), "-");
    else
        nlri_emit_esi(e, esi);
    return true;
}

static bool put_tag(struct emit *e, struct cur *c)
{
    uint32_t tag;
    if (!cur_u32(c, &tag))
        return false;
    emit_u64(e, KEY("ethernet-tag"), tag);
    return true;
}

static bool put_label(struct emit *e, struct cur *c)
{
    uint32_t raw;
    if (!cur_u24(c, &raw))
        return false;
    emit_array(e, KEY("label"));
    exabgp_label(e, raw);
    emit_array_end(e);
    return true;
}

/* An address behind its length in bits. */
static bool put_addr(struct emit *e, struct cur *c, struct str key, struct str len_key)
{
    struct nlri_addr a;
    struct nlri_fault fault;
    if (!nlri_read_sized_addr(c, false, &a, &fault))
        return false;
    if (len_key.p != NULL)
        emit_u64(e, len_key, 8u * a.len);
    emit_ip(e, key, a.a, a.len);
    return true;
}

/* ---- EVPN (RFC 7432 section 7, RFC 9136 section 3.1) ---- */

static bool put_ethernet_ad(struct emit *e, struct cur *c, bool v6)
{
    (void)v6;
    return put_rd(e, c) && put_esi(e, c) && put_tag(e, c) && put_label(e, c);
}

static bool put_mac(struct emit *e, struct cur *c, bool v6)
{
    uint8_t bits;
    struct nlri_addr ip;
    struct nlri_fault fault;
    (void)v6;
    if (!put_rd(e, c) || !put_esi(e, c) || !put_tag(e, c) || !cur_u8(c, &bits) ||
        bits != 8 * NLRI_MAC_LEN)
        return false;
    const uint8_t *mac = cur_bytes(c, NLRI_MAC_LEN);
    char text[FMT_MAC_MAX];
    if (mac == NULL || !nlri_read_sized_addr(c, true, &ip, &fault))
        return false;
    size_t n = fmt_mac(text, mac);
    for (size_t i = 0; i < n; i++) {
        if (text[i] >= 'a')
            text[i] = (char)(text[i] - 'a' + 'A');
    }
    emit_ascii(e, KEY("mac"), text, n);
    if (!put_label(e, c)) /* a second one is in "raw" alone, as with ExaBGP */
        return false;
    nlri_emit_addr(e, KEY("ip"), &ip);
    return cur_done(c) || (cur_skip(c, NLRI_LABEL_LEN) && cur_done(c));
}

static bool put_multicast(struct emit *e, struct cur *c, bool v6)
{
    (void)v6;
    return put_rd(e, c) && put_tag(e, c) && put_addr(e, c, KEY("ip"), EMIT_ITEM) &&
           cur_done(c);
}

static bool put_segment(struct emit *e, struct cur *c, bool v6)
{
    (void)v6;
    return put_rd(e, c) && put_esi(e, c) && put_addr(e, c, KEY("ip"), EMIT_ITEM) && cur_done(c);
}

static bool put_ip_prefix(struct emit *e, struct cur *c, bool v6)
{
    uint8_t bits;
    (void)v6;
    if (!put_rd(e, c) || !put_esi(e, c) || !put_tag(e, c) || !cur_u8(c, &bits))
        return false;
    uint32_t addr_len = c->left == 2 * 4 + NLRI_LABEL_LEN ? 4 : 16;
    const uint8_t *ip = cur_bytes(c, addr_len), *gateway = cur_bytes(c, addr_len);
    if (gateway == NULL || !put_label(e, c) || !cur_done(c))
        return false;
    emit_ip(e, KEY("ip"), ip, addr_len);
    emit_u64(e, KEY("iplen"), bits);
    emit_ip(e, KEY("gateway"), gateway, addr_len);
    return true;
}

static const struct route_row evpn_rows[] = {
    {1, "Ethernet Auto-Discovery", put_ethernet_ad},
    {2, "MAC/IP advertisement", put_mac},
    {3, "Inclusive Multicast Ethernet Tag", put_multicast},
    {4, "Ethernet Segment", put_segment},
    {5, "IP Prefix Advertisement", put_ip_prefix},
    {0, NULL, NULL},
};

/* ---- MCAST-VPN (RFC 6514 section 4) ---- */

static bool put_source_and_group(struct emit *e, struct cur *c)
{
    return put_addr(e, c, KEY("source"), EMIT_ITEM) &&
           put_addr(e, c, KEY("group"), EMIT_ITEM) && cur_done(c);
}

static bool put_source_active(struct emit *e, struct cur *c, bool v6)
{
    (void)v6;
    return put_rd(e, c) && put_source_and_group(e, c);
}

static bool put_join(struct emit *e, struct cur *c, bool v6)
{
    uint32_t asn;
    (void)v6;
    if (!put_rd(e, c) || !cur_u32(c, &asn))
        return false;
    emit_code(e, KEY("source-as"), asn);
    return put_source_and_group(e, c);
}

static const struct route_row mcast_vpn_rows[] = {
    {5, "Source Active A-D Route", put_source_active},
    {6, "C-Multicast Shared Tree Join route", put_join},
    {7, "C-Multicast Source Tree Join route", put_join},
    {0, NULL, NULL},
};

/* ---- MUP (draft-ietf-bess-mup-safi section 3.1) ---- */

static bool put_mup_prefix(struct emit *e, struct cur *c, bool v6)
{
    uint8_t bits, addr[16];
    struct nlri_fault fault;
    unsigned addr_len = v6 ? 16 : 4;
    if (!cur_u8(c, &bits) || !nlri_read_addr(c, bits, addr_len, addr, &fault))
        return false;
    emit_u64(e, KEY("prefix_ip_len"), bits);
    emit_ip(e, KEY("prefix_ip"), addr, addr_len);
    return true;
}

static bool put_interwork(struct emit *e, struct cur *c, bool v6)
{
    return put_rd(e, c) && put_mup_prefix(e, c, v6) && cur_done(c);
}

static bool put_direct(struct emit *e, struct cur *c, bool v6)
{
    uint32_t addr_len = c->left > NLRI_RD_LEN + 4 ? 16 : 4;
    const uint8_t *addr;
    (void)v6;
    if (!put_rd(e, c) || (addr = cur_bytes(c, addr_len)) == NULL || !cur_done(c))
        return false;
    emit_ip(e, KEY("ip"), addr, addr_len);
    return true;
}

static bool put_session_1(struct emit *e, struct cur *c, bool v6)
{
    uint32_t teid;
    uint8_t qfi;
    if (!put_rd(e, c) || !put_mup_prefix(e, c, v6) || !cur_u32(c, &teid) || !cur_u8(c, &qfi))
        return false;
    emit_code(e, KEY("teid"), teid);
    emit_code(e, KEY("qfi"), qfi);
    if (!put_addr(e, c, KEY("endpoint_ip"), KEY("endpoint_ip_len")))
        return false;
    if (c->left > 0)
        return put_addr(e, c, KEY("source_ip"), KEY("source_ip_len")) && cur_done(c);
    emit_u64(e, KEY("source_ip_len"), 0);
    emit_name(e, KEY("source_ip"), "b''"); /* how ExaBGP prints none */
    return true;
}

static bool put_session_2(struct emit *e, struct cur *c, bool v6)
{
    uint32_t addr_len = v6 ? 16 : 4;
    uint64_t teid = 0;
    uint8_t bits, octet;
    const uint8_t *addr;
    if (!put_rd(e, c) || !cur_u8(c, &bits) || (addr = cur_bytes(c, addr_len)) == NULL ||
        c->left > 4)
        return false;
    while (c->left > 0 && cur_u8(c, &octet))
        teid = teid << 8 | octet;
    emit_u64(e, KEY("endpoint_len"), bits);
    emit_ip(e, KEY("endpoint_ip"), addr, addr_len);
    emit_code(e, KEY("teid"), teid);
    return true;
}

static const struct route_row mup_rows[] = {
    {1, "InterworkSegmentDiscoveryRoute", put_interwork},
    {2, "DirectSegmentDiscoveryRoute", put_direct},
    {3, "Type1SessionTransformedRoute", put_session_1},
    {4, "Type2SessionTransformedRoute", put_session_2},
    {0, NULL, NULL},
};

/* ---- all of them ---- */

static const struct route_row *row_of(uint8_t safi, uint16_t code)
{
    const struct route_row *r = safi == BGP_SAFI_EVPN        ? evpn_rows
                                : safi == BGP_SAFI_MCAST_VPN ? mcast_vpn_rows
                                                             : mup_rows;
    while (r->put != NULL && r->code != code)
        r++;
    return r->put != NULL ? r : NULL;
}

static void put_unknown(struct emit *e, const struct nlri *n, bool mup, uint8_t arch,
                        uint16_t code)
{
    if (mup)
        emit_u64(e, KEY("arch"), arch);
    emit_u64(e, KEY("code"), code);
    if (!mup)
        emit_bool(e, KEY("parsed"), false);
    exabgp_hex(e, KEY("raw"), "", n->body);
}

bool exabgp_typed(struct emit *e, const struct nlri *n)
{
    enum { ARCH_5G = 1 };
    struct cur c = n->body;
    bool mup = n->row->safi == BGP_SAFI_MUP, v6 = n->row->afi == BGP_AFI_IPV6;
    uint8_t arch = 0, octet, len;
    uint16_t code;
    struct emit_mark mark = emit_mark(e);
    bool head = mup ? cur_u8(&c, &arch) && cur_u16(&c, &code) : cur_u8(&c, &octet);
    if (!head || !cur_u8(&c, &len))
        return false;
    if (!mup)
        code = octet;
    const struct route_row *row =
        mup && arch != ARCH_5G ? NULL : row_of(n->row->safi, code);
    if (row != NULL) {
        emit_name(e, KEY("name"), row->name);
        if (mup)
            emit_u64(e, KEY("arch"), arch);
        emit_u64(e, KEY("code"), code);
        if (!mup)
            emit_bool(e, KEY("parsed"), true);
        if (row->put(e, &c, v6)) {
            exabgp_hex(e, KEY("raw"), "", n->body);
            return true;
        }
        emit_rollback(e, mark);
    }
    put_unknown(e, n, mup, arch, code);
    return true;
}
