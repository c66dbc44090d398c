/* SPDX-License-Identifier: BSD-2-Clause */
/* packet_link: what lies before IP. Floor F4. */
#include <pcap/pcap.h>

#include "tools/pcap/packet.h"

enum {
    ETHER_IPV4 = 0x0800,
    ETHER_IPV6 = 0x86dd,
    ETHER_VLAN = 0x8100,
    ETHER_QINQ = 0x88a8,
    ETHER_OLD_QINQ = 0x9100,
    ETHER_MPLS = 0x8847,
    ETHER_MPLS_MULTICAST = 0x8848,
    ETHER_PPPOE = 0x8864,
    TAGS_MAX = 8,
};

/* Label stack entries (RFC 3032 section 2.1) until the bottom. */
static bool pop_labels(struct cur *c)
{
    enum { BOTTOM = 0x100 };
    uint32_t entry = 0;
    for (int i = 0; i < TAGS_MAX && !(entry & BOTTOM); i++) {
        if (!cur_u32(c, &entry))
            return false;
    }
    return entry & BOTTOM;
}

/* Passes over VLAN tags (IEEE 802.1Q: two octets of tag, then the next type). */
static bool pass_tags(struct cur *c, uint16_t *type)
{
    for (int i = 0; i < TAGS_MAX; i++) {
        if (*type != ETHER_VLAN && *type != ETHER_QINQ && *type != ETHER_OLD_QINQ)
            return true;
        if (!cur_skip(c, 2) || !cur_u16(c, type))
            return false;
    }
    return false;
}

/* Behind labels there is IP, or a control word and Ethernet (RFC 4385 section 3, RFC 4448): the
 * first four bits tell. */
static bool mpls(struct cur *c)
{
    uint8_t first = 0;
    uint16_t type;
    if (!pop_labels(c) || !cur_peek(c, 0, &first))
        return false;
    if (first >> 4 != 0)
        return true;
    return cur_skip(c, 4 + 12) && cur_u16(c, &type) && pass_tags(c, &type) &&
           (type == ETHER_IPV4 || type == ETHER_IPV6);
}

/* What follows a PPP protocol number (RFC 1332, RFC 5072, RFC 3032 section 4.3). */
static bool ppp_payload(struct cur *c, uint16_t protocol)
{
    enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281 };
    if (protocol == PPP_MPLS)
        return mpls(c);
    return protocol == PPP_IPV4 || protocol == PPP_IPV6;
}

/* PPPoE (RFC 2516 section 4) and the PPP protocol number. */
static bool pass_pppoe(struct cur *c)
{
    uint16_t protocol;
    return cur_skip(c, 6) && cur_u16(c, &protocol) && ppp_payload(c, protocol);
}

bool packet_type_to_ip(struct cur *c, uint16_t type)
{
    if (!pass_tags(c, &type))
        return false;
    switch (type) {
    case ETHER_IPV4:
    case ETHER_IPV6:
        return true;
    case ETHER_MPLS:
    case ETHER_MPLS_MULTICAST:
        return mpls(c);
    case ETHER_PPPOE:
        return pass_pppoe(c);
    default:
        return false;
    }
}

bool packet_ethernet_to_ip(struct cur *c)
{
    uint16_t type;
    return cur_skip(c, 12) && cur_u16(c, &type) && packet_type_to_ip(c, type);
}

/* Linux cooked capture: the protocol is the last of 16 octets. */
static bool cooked(struct cur *c)
{
    uint16_t type;
    return cur_skip(c, 14) && cur_u16(c, &type) && packet_type_to_ip(c, type);
}

/* Its second version: the protocol is the first of 20 octets. */
static bool cooked2(struct cur *c)
{
    uint16_t type;
    return cur_u16(c, &type) && cur_skip(c, 18) && packet_type_to_ip(c, type);
}

static bool raw(struct cur *c)
{
    return c->left > 0;
}

/* Four octets of address family, in the capturing host's order: the IP version tells enough. */
static bool loopback(struct cur *c)
{
    return cur_skip(c, 4);
}

/* PPP, in HDLC's framing or without (RFC 1662 section 3.1): | 0xff 0x03 | protocol (2) |. */
static bool ppp(struct cur *c)
{
    enum { ALL_STATIONS = 0xff };
    uint16_t protocol;
    uint8_t first = 0;
    if (cur_peek(c, 0, &first) && first == ALL_STATIONS && !cur_skip(c, 2))
        return false;
    return cur_u16(c, &protocol) && ppp_payload(c, protocol);
}

/* Cisco's HDLC: | address | control | Ethernet type (2) |. */
static bool cisco_hdlc(struct cur *c)
{
    uint16_t type;
    return cur_skip(c, 2) && cur_u16(c, &type) && packet_type_to_ip(c, type);
}

/* What Junos puts before a frame: | "MGC" | flags | length, extension (flag) |, then Ethernet,
 * or (flag) four octets and the payload. */
static bool juniper_ethernet(struct cur *c)
{
    enum { MAGIC = 0x4d4743, NO_ETHERNET = 0x02, EXTENSION = 0x80 };
    uint32_t magic;
    uint8_t flags;
    uint16_t len;
    if (!cur_u24(c, &magic) || magic != MAGIC || !cur_u8(c, &flags))
        return false;
    if ((flags & EXTENSION) && (!cur_u16(c, &len) || !cur_skip(c, len)))
        return false;
    return flags & NO_ETHERNET ? cur_skip(c, 4) : packet_ethernet_to_ip(c);
}

static const struct {
    int link;
    bool (*pass)(struct cur *c);
} links[] = {
    {DLT_EN10MB, packet_ethernet_to_ip},
    {DLT_JUNIPER_ETHER, juniper_ethernet},
    {DLT_LINUX_SLL, cooked},
    {DLT_LINUX_SLL2, cooked2},
    {DLT_RAW, raw},
    {DLT_IPV4, raw},
    {DLT_IPV6, raw},
    {DLT_NULL, loopback},
    {DLT_LOOP, loopback},
    {DLT_MPLS, mpls},
    {DLT_PPP, ppp},
    {DLT_PPP_SERIAL, ppp},
    {DLT_C_HDLC, cisco_hdlc},
};

bool packet_link_known(int link)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        if (links[i].link == link)
            return true;
    }
    return false;
}

bool packet_to_ip(int link, struct cur *c)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        if (links[i].link == link)
            return links[i].pass(c);
    }
    return false;
}
