/* SPDX-License-Identifier: BSD-2-Clause */
/* packet_link: what lies before IP. Floor F4. */
#include <pcap/pcap.h>

#include "tools/packet.h"

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

/* PPPoE (RFC 2516 section 4) and the PPP protocol number. */
static bool pass_pppoe(struct cur *c)
{
    enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057 };
    uint16_t protocol;
    return cur_skip(c, 6) && cur_u16(c, &protocol) &&
           (protocol == PPP_IPV4 || protocol == PPP_IPV6);
}

/* Goes on from an Ethernet type to IP. */
static bool by_type(struct cur *c, uint16_t type)
{
    for (int i = 0; i < TAGS_MAX; i++) {
        switch (type) {
        case ETHER_IPV4:
        case ETHER_IPV6:
            return true;
        case ETHER_MPLS:
        case ETHER_MPLS_MULTICAST:
            return pop_labels(c);
        case ETHER_PPPOE:
            return pass_pppoe(c);
        case ETHER_VLAN: /* IEEE 802.1Q: two octets of tag, then the next type */
        case ETHER_QINQ:
        case ETHER_OLD_QINQ:
            if (!cur_skip(c, 2) || !cur_u16(c, &type))
                return false;
            break;
        default:
            return false;
        }
    }
    return false;
}

static bool ethernet(struct cur *c)
{
    uint16_t type;
    return cur_skip(c, 12) && cur_u16(c, &type) && by_type(c, type);
}

/* Linux cooked capture: the protocol is the last of 16 octets. */
static bool cooked(struct cur *c)
{
    uint16_t type;
    return cur_skip(c, 14) && cur_u16(c, &type) && by_type(c, type);
}

/* Its second version: the protocol is the first of 20 octets. */
static bool cooked2(struct cur *c)
{
    uint16_t type;
    return cur_u16(c, &type) && cur_skip(c, 18) && by_type(c, type);
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

static const struct {
    int link;
    bool (*pass)(struct cur *c);
} links[] = {
    {DLT_EN10MB, ethernet}, {DLT_LINUX_SLL, cooked}, {DLT_LINUX_SLL2, cooked2},
    {DLT_RAW, raw},         {DLT_IPV4, raw},         {DLT_IPV6, raw},
    {DLT_NULL, loopback},   {DLT_LOOP, loopback},
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
