/* SPDX-License-Identifier: BSD-2-Clause */
/* packet_tunnel: GRE, ERSPAN, VXLAN and IP in IP. Floor F4. */
#include "tools/pcap/packet.h"

enum {
    GRE_ETHERNET = 0x6558, /* RFC 1701: transparent Ethernet bridging */
    GRE_ERSPAN = 0x88be,   /* draft-foschiano-erspan types I and II */
    GRE_ERSPAN3 = 0x22eb,
    VXLAN_PORT = 4789,
    VXLAN_OLD_PORT = 8472, /* before IANA's */
};

/* Type II has a header of eight octets, type I has none; the sequence number tells them apart
 * (draft-foschiano-erspan section 4.1). */
static bool erspan(struct cur *c, bool sequence)
{
    return (!sequence || cur_skip(c, 8)) && packet_ethernet_to_ip(c);
}

/* Twelve octets, the last bit of which says that eight more follow (section 4.3). */
static bool erspan3(struct cur *c)
{
    uint8_t last = 0;
    return cur_skip(c, 11) && cur_u8(c, &last) && (!(last & 1) || cur_skip(c, 8)) &&
           packet_ethernet_to_ip(c);
}

/* | flags, version (2) | type (2) | checksum (4, C) | key (4, K) | sequence (4, S) |
 *                                                          RFC 2784 section 2, RFC 2890 */
static bool gre(struct cur *c)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, VERSION = 7 };
    uint16_t flags, type;
    if (!cur_u16(c, &flags) || !cur_u16(c, &type) || (flags & (ROUTING | VERSION)) != 0)
        return false;
    bool sequence = flags & SEQUENCE;
    uint32_t optional =
        (flags & CHECKSUM ? 4u : 0) + (flags & KEY ? 4u : 0) + (sequence ? 4u : 0);
    if (!cur_skip(c, optional))
        return false;
    switch (type) {
    case GRE_ETHERNET:
        return packet_ethernet_to_ip(c);
    case GRE_ERSPAN:
        return erspan(c, sequence);
    case GRE_ERSPAN3:
        return erspan3(c);
    default:
        return packet_type_to_ip(c, type);
    }
}

/* | source port | destination port | length | checksum | and RFC 7348 section 5:
 * | flags (I must be set) | reserved (3) | VNI (3) | reserved |, an Ethernet frame */
static bool vxlan(struct cur *c)
{
    enum { VNI_VALID = 0x08 };
    uint16_t from, to;
    uint8_t flags;
    return cur_u16(c, &from) && cur_u16(c, &to) && (to == VXLAN_PORT || to == VXLAN_OLD_PORT) &&
           cur_skip(c, 4) && cur_u8(c, &flags) && (flags & VNI_VALID) && cur_skip(c, 7) &&
           packet_ethernet_to_ip(c);
}

bool packet_tunnel(uint8_t protocol, struct cur *c)
{
    switch (protocol) {
    case PACKET_IPV4:
    case PACKET_IPV6:
        return c->left > 0;
    case PACKET_UDP:
        return vxlan(c);
    case PACKET_GRE:
        return gre(c);
    default:
        return false;
    }
}
