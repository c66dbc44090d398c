/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_words: families by ExaBGP's names, octets by its digits. Floor F4. */
#include <stdio.h>

#include "bgp/nlri_map.h"
#include "tools/exabgp/exabgp.h"

const char *exabgp_afi(char text[EXABGP_NAME_MAX], uint16_t afi)
{
    switch (afi) {
    case BGP_AFI_IPV4:
        return "ipv4";
    case BGP_AFI_IPV6:
        return "ipv6";
    case BGP_AFI_L2VPN:
        return "l2vpn";
    case BGP_AFI_LS:
        return "bgp-ls";
    default:
        snprintf(text, EXABGP_NAME_MAX, "unknown afi %u", afi);
        return text;
    }
}

const char *exabgp_safi(char text[EXABGP_NAME_MAX], uint8_t safi)
{
    static const struct {
        uint8_t safi;
        const char *name;
    } names[] = {
        {BGP_SAFI_UNICAST, "unicast"},
        {BGP_SAFI_MULTICAST, "multicast"},
        {BGP_SAFI_LABELED, "nlri-mpls"},
        {BGP_SAFI_MCAST_VPN, "mcast-vpn"},
        {BGP_SAFI_VPLS, "vpls"},
        {BGP_SAFI_EVPN, "evpn"},
        {BGP_SAFI_LS, "bgp-ls"},
        {BGP_SAFI_LS_VPN, "bgp-ls-vpn"},
        {BGP_SAFI_SR_POLICY, "sr-policy"},
        {BGP_SAFI_MUP, "mup"},
        {BGP_SAFI_VPN, "mpls-vpn"},
        {BGP_SAFI_RTC, "rtc"},
        {BGP_SAFI_FLOWSPEC, "flow"},
        {BGP_SAFI_VPN_FLOWSPEC, "flow-vpn"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].safi == safi)
            return names[i].name;
    }
    snprintf(text, EXABGP_NAME_MAX, "unknown safi %u", safi);
    return text;
}

size_t exabgp_family(char dst[EXABGP_FAMILY_MAX], uint16_t afi, char between, uint8_t safi)
{
    char a[EXABGP_NAME_MAX], s[EXABGP_NAME_MAX];
    return (size_t)snprintf(dst, EXABGP_FAMILY_MAX, "%s%c%s", exabgp_afi(a, afi), between,
                            exabgp_safi(s, safi));
}

struct octets {
    const char *prefix;
    struct cur c;
};

static size_t write_octets(char *dst, const void *item)
{
    static const char digits[] = "0123456789ABCDEF";
    const struct octets *o = item;
    size_t n = strlen(o->prefix);
    memcpy(dst, o->prefix, n);
    for (uint32_t i = 0; i < o->c.left; i++) {
        dst[n++] = digits[o->c.p[i] >> 4];
        dst[n++] = digits[o->c.p[i] & 15];
    }
    return n;
}

void exabgp_hex(struct emit *e, struct str key, const char *prefix, struct cur c)
{
    const struct octets o = {prefix, c};
    emit_ascii_by(e, key, write_octets, &o, strlen(prefix) + 2 * (size_t)c.left);
}

void exabgp_rd(struct emit *e, const uint8_t *rd)
{
    enum { RD_LEN = 8, KNOWN_TYPES = 3 };
    if (wire_u16(rd) < KNOWN_TYPES)
        emit_rd(e, KEY("rd"), rd);
    else
        exabgp_hex(e, KEY("rd"), "0x", cur_of(rd, RD_LEN));
}
