/* SPDX-License-Identifier: BSD-2-Clause */
/* read_table: TABLE_DUMP (RFC 6396 section 4.2). Floor F2.
 *
 * | View (2) | Sequence (2) | then, in early files more than once:
 * | Prefix (4, 16) | Length (1) | Status (1) | Originated (4) | Peer IP (4, 16) | Peer AS (2,
 * 4) | | Attribute length (2) | attributes | */
#include "mrt/read_kinds.h"

int mrt_start_table(struct mrt_walk *w)
{
    struct mrt_rib *rib = &w->item.rib;
    uint16_t view, sequence;
    w->item.kind = MRT_ITEM_RIB;
    rib->afi = w->kind->afi;
    rib->safi = w->kind->safi;
    rib->family = nlri_family_index(rib->afi, rib->safi);
    w->item.has_peer = true;
    w->item.peer.addr_len = rib->afi == BGP_AFI_IPV4 ? 4 : 16;
    if (!cur_u16(&w->c, &view) || !cur_u16(&w->c, &sequence))
        return mrt_fault(w, &w->c);
    rib->first_off = w->c.off;
    return 0;
}

int mrt_next_table(struct mrt_walk *w)
{
    struct mrt_peer *peer = &w->item.peer;
    struct mrt_rib *rib = &w->item.rib;
    uint8_t prefix[16], bits = 0, status;
    uint16_t attr_len = 0;
    if (w->left == 0 || w->c.left == 0)
        return 0;
    uint32_t bits_off = w->c.off + peer->addr_len;
    struct cur from = w->c;
    if (!mrt_read_addr(&w->c, peer->addr_len, prefix) || !cur_u8(&w->c, &bits) ||
        !cur_u8(&w->c, &status) || !cur_u32(&w->c, &rib->originated) ||
        !mrt_read_addr(&w->c, peer->addr_len, peer->addr) ||
        !mrt_read_asn(&w->c, w->item.asn4, &peer->asn) || !cur_u16(&w->c, &attr_len) ||
        !cur_take(&w->c, attr_len, &rib->attrs)) {
        w->left = 0;
        return mrt_fault(w, &w->c);
    }
    if (bits > 8 * peer->addr_len) {
        w->left = 0;
        return nlri_fault_at(&w->fault, BGP_REASON_PREFIX_LENGTH, bits_off, 8u * peer->addr_len,
                             bits);
    }
    cur_set(&rib->entry, from.p, from.left - w->c.left, from.off);
    struct wr nlri = wr_of(w->scratch, MRT_SCRATCH_LEN);
    wr_u8(&nlri, bits);
    wr_bytes(&nlri, prefix, (bits + 7u) / 8);
    rib->nlri = cur_of(nlri.buf, nlri.len);
    return 1;
}
