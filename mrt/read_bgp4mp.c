/* SPDX-License-Identifier: BSD-2-Clause */
/* read_bgp4mp: messages and state changes (RFC 6396 section 4.4, RFC 8050 section 3), and the
 * withdrawn ENTRY. Floor F2. */
#include "mrt/read_kinds.h"

/* Reads the AFI of the addresses that follow. */
static bool read_afi(struct mrt_walk *w, struct cur *c, uint8_t *addr_len)
{
    uint32_t off = c->off;
    uint16_t afi = 0;
    if (!cur_u16(c, &afi))
        return mrt_fault(w, c) == 0;
    if (afi != BGP_AFI_IPV4 && afi != BGP_AFI_IPV6)
        return nlri_fault_at(&w->fault, BGP_REASON_VALUE, off, BGP_AFI_IPV4, afi) == 0;
    *addr_len = afi == BGP_AFI_IPV4 ? 4 : 16;
    return true;
}

/* |  Peer AS  |  Local AS  | Interface | AFI | Peer address | Local address | */
static int read_peers(struct mrt_walk *w, struct cur *c)
{
    struct mrt_item *it = &w->item;
    uint8_t len = 0;
    uint16_t interface;
    if (!mrt_read_asn(c, it->asn4, &it->peer.asn) ||
        !mrt_read_asn(c, it->asn4, &it->local.asn) || !cur_u16(c, &interface))
        return mrt_fault(w, c);
    if (!read_afi(w, c, &len))
        return -1;
    if (!mrt_read_addr(c, len, it->peer.addr) || !mrt_read_addr(c, len, it->local.addr))
        return mrt_fault(w, c);
    it->peer.addr_len = it->local.addr_len = len;
    it->has_peer = it->has_local = true;
    return 0;
}

/* Old Zebra left out interface, AFI and addresses of a session that was not up yet: both AS
 * numbers (zero), then at once what the record is about. */
static bool read_short(struct mrt_walk *w, struct cur *c)
{
    struct mrt_item *it = &w->item;
    struct cur ahead = *c;
    if (!mrt_read_asn(&ahead, it->asn4, &it->peer.asn) ||
        !mrt_read_asn(&ahead, it->asn4, &it->local.asn))
        return false;
    it->has_peer = it->peer.asn != 0;
    it->has_local = it->local.asn != 0;
    *c = ahead;
    return true;
}

int mrt_start_message(struct mrt_walk *w)
{
    uint8_t high = 0, low = 0;
    uint32_t asns = w->item.asn4 ? 8 : 4;
    bool is_short = cur_peek(&w->c, asns + 2, &high) && cur_peek(&w->c, asns + 3, &low) &&
                    high == 0xff && low == 0xff;
    w->item.kind = MRT_ITEM_MESSAGE;
    if (!is_short || !read_short(w, &w->c)) {
        if (read_peers(w, &w->c) != 0)
            return -1;
    }
    w->item.body = cur_rest(&w->c);
    return 0;
}

int mrt_start_state(struct mrt_walk *w)
{
    w->item.kind = MRT_ITEM_STATE;
    bool is_short = w->c.left == (w->item.asn4 ? 12u : 8u);
    if (is_short ? !read_short(w, &w->c) : read_peers(w, &w->c) != 0)
        return -1;
    if (!cur_u16(&w->c, &w->item.old_state) || !cur_u16(&w->c, &w->item.new_state))
        return mrt_fault(w, &w->c);
    return 0;
}

/* BGP4MP_ENTRY, of drafts before RFC 6396: after the peers
 * | View | Status | Time | AFI | SAFI | next hop length, next hop | prefix | attributes | */
int mrt_start_entry(struct mrt_walk *w)
{
    struct mrt_rib *rib = &w->item.rib;
    struct cur *c = &w->c;
    uint8_t hop_len = 0;
    uint16_t attr_len = 0, view, status;
    w->item.kind = MRT_ITEM_RIB;
    if (read_peers(w, c) != 0)
        return -1;
    if (!cur_u16(c, &view) || !cur_u16(c, &status) || !cur_u32(c, &rib->originated) ||
        !cur_u16(c, &rib->afi) || !cur_u8(c, &rib->safi) || !cur_u8(c, &hop_len) || !cur_take(c, hop_len, &rib->next_hop))
        return mrt_fault(w, c);
    rib->family = nlri_family_index(rib->afi, rib->safi);
    if (rib->family == BGP_FAMILY_NONE) /* where its NLRI would end is unknown */
        return mrt_give_raw(w);
    if (!nlri_row_of(rib->family)->next(c, &rib->nlri, &w->fault))
        return -1;
    if (!cur_u16(c, &attr_len) || !cur_take(c, attr_len, &rib->attrs))
        return mrt_fault(w, c);
    return 0;
}
