/* SPDX-License-Identifier: BSD-2-Clause */
/* offer: what an OPEN offers and what two OPENs agree on (RFC 4760 section 8, RFC 5492). Floor
 * F1.
 *
 * A capability whose length its own definition forbids is passed over (RFC 5492 section 5); the
 * index has noted it. Several of one code add up. */
#include "bgp/caps.h"
#include "bgp/open.h"

enum { ADD_PATH_RECEIVE = 1, ADD_PATH_SEND = 2, ADD_PATH_BOTH = 3 };

static void add_family(struct bgp_family_set *s, uint16_t afi, uint8_t safi)
{
    unsigned family = nlri_family_index(afi, safi);
    if (family != BGP_FAMILY_NONE)
        bgp_family_add(s, family);
}

static void read_multiprotocol(struct cur *c, struct bgp_offer *offer)
{
    uint16_t afi;
    uint8_t reserved, safi;
    if (c->left == 4 && cur_u16(c, &afi) && cur_u8(c, &reserved) && cur_u8(c, &safi))
        add_family(&offer->families, afi, safi);
}

/* RFC 8950 section 4: <NLRI AFI, NLRI SAFI in two octets, next hop AFI>. */
static void read_ext_next_hop(struct cur *c, struct bgp_offer *offer)
{
    uint16_t afi, safi, next_hop_afi;
    if (c->left % 6 != 0)
        return;
    while (c->left > 0 && cur_u16(c, &afi) && cur_u16(c, &safi) && cur_u16(c, &next_hop_afi)) {
        if (afi == BGP_AFI_IPV4 && safi <= UINT8_MAX && next_hop_afi == BGP_AFI_IPV6)
            add_family(&offer->ext_next_hop, afi, (uint8_t)safi);
    }
}

/* RFC 7911 section 4; a mode the RFC does not define counts as not offered. */
static void read_add_path(struct cur *c, struct bgp_offer *offer)
{
    uint16_t afi;
    uint8_t safi, mode;
    if (c->left % 4 != 0)
        return;
    while (c->left > 0 && cur_u16(c, &afi) && cur_u8(c, &safi) && cur_u8(c, &mode)) {
        if (mode == ADD_PATH_RECEIVE || mode == ADD_PATH_BOTH)
            add_family(&offer->add_path_rx, afi, safi);
        if (mode == ADD_PATH_SEND || mode == ADD_PATH_BOTH)
            add_family(&offer->add_path_tx, afi, safi);
    }
}

/* RFC 8277 section 2.1: a count of zero or one is as if it weren't there. */
static void read_multi_label(struct cur *c, struct bgp_offer *offer)
{
    uint16_t afi;
    uint8_t safi, count;
    if (c->left % 4 != 0)
        return;
    while (c->left > 0 && cur_u16(c, &afi) && cur_u8(c, &safi) && cur_u8(c, &count)) {
        if (count > 1)
            add_family(&offer->multi_label, afi, safi);
    }
}

static void read_asn4(struct cur *c, struct bgp_offer *offer)
{
    offer->asn4 |= c->left == 4;
}

static void read_route_refresh(struct cur *c, struct bgp_offer *offer)
{
    offer->route_refresh |= c->left == 0;
}

static void read_enhanced_refresh(struct cur *c, struct bgp_offer *offer)
{
    offer->enhanced_refresh |= c->left == 0;
}

static void read_ext_msg(struct cur *c, struct bgp_offer *offer)
{
    offer->ext_msg |= c->left == 0;
}

/* RFC 4724 section 3: flags and time, then <AFI, SAFI, flags>. */
static void read_graceful_restart(struct cur *c, struct bgp_offer *offer)
{
    offer->graceful_restart |= c->left >= 2 && (c->left - 2) % 4 == 0;
}

static const struct {
    uint8_t code;
    void (*read)(struct cur *c, struct bgp_offer *offer);
} readers[] = {
    {BGP_CAP_MULTIPROTOCOL, read_multiprotocol},
    {BGP_CAP_ROUTE_REFRESH, read_route_refresh},
    {BGP_CAP_EXT_NEXT_HOP, read_ext_next_hop},
    {BGP_CAP_EXT_MSG, read_ext_msg},
    {BGP_CAP_MULTI_LABEL, read_multi_label},
    {BGP_CAP_GRACEFUL_RESTART, read_graceful_restart},
    {BGP_CAP_ASN4, read_asn4},
    {BGP_CAP_ADD_PATH, read_add_path},
    {BGP_CAP_ENHANCED_REFRESH, read_enhanced_refresh},
};

void bgp_offer_add(struct bgp_offer *offer, uint8_t code, struct cur value)
{
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (readers[i].code == code)
            readers[i].read(&value, offer);
    }
}

void bgp_offer_of(const struct bgp_open *o, struct bgp_offer *offer)
{
    bool multiprotocol = false;
    *offer = (struct bgp_offer){0};
    for (unsigned i = 0; i < o->cap_cnt; i++) {
        multiprotocol |= o->cap[i].code == BGP_CAP_MULTIPROTOCOL;
        bgp_offer_add(offer, o->cap[i].code,
                      cur_at(o->msg + o->cap[i].off, o->cap[i].len, o->cap[i].off));
    }
    if (!multiprotocol) /* a speaker of RFC 4271 alone */
        add_family(&offer->families, BGP_AFI_IPV4, BGP_SAFI_UNICAST);
}

static struct bgp_family_set both(struct bgp_family_set a, const struct bgp_family_set *b)
{
    for (size_t i = 0; i < sizeof a.bits / sizeof a.bits[0]; i++)
        a.bits[i] &= b->bits[i];
    return a;
}

void bgp_ctx_negotiate(struct bgp_ctx *ctx, const struct bgp_open *from,
                       const struct bgp_open *to)
{
    struct bgp_offer sender, receiver;
    bgp_offer_of(from, &sender);
    bgp_offer_of(to, &receiver);
    *ctx = (struct bgp_ctx){
        .asn4 = sender.asn4 && receiver.asn4,
        /* What a receiver has offered its peer may send, whatever the peer offers itself (RFC
         * 8654 section 4, RFC 8950 section 4). */
        .ext_msg = receiver.ext_msg,
        .ext_next_hop = receiver.ext_next_hop,
        .ebgp = from->asn != to->asn,
        .add_path = both(sender.add_path_tx, &receiver.add_path_rx),
        .multi_label = both(sender.multi_label, &receiver.multi_label),
    };
}
