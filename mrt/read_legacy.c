/* SPDX-License-Identifier: BSD-2-Clause */
/* read_legacy: the deprecated type BGP of MRTd and early RIS (RFC 6396 appendix B.2): messages
 * without their header. Floor F2. */
#include "bgp/msg.h"
#include "mrt/read_kinds.h"

static bool read_end(struct cur *c, struct mrt_peer *p)
{
    p->addr_len = 4;
    return mrt_read_asn(c, false, &p->asn) && mrt_read_addr(c, 4, p->addr);
}

/* | Peer AS (2) | Peer IP (4) | Local AS (2) | Local IP (4) | message without header |
 *
 * The message is given its header back. */
int mrt_start_legacy(struct mrt_walk *w)
{
    struct wr msg = wr_of(w->scratch, MRT_SCRATCH_LEN);
    w->item.kind = MRT_ITEM_MESSAGE;
    if (!read_end(&w->c, &w->item.peer) || !read_end(&w->c, &w->item.local))
        return mrt_fault(w, &w->c);
    w->item.has_peer = w->item.has_local = true;
    struct cur rest = cur_rest(&w->c);
    if (rest.left > MRT_SCRATCH_LEN - BGP_HEADER_LEN)
        return nlri_fault_at(&w->fault, BGP_REASON_LENGTH, rest.off,
                             MRT_SCRATCH_LEN - BGP_HEADER_LEN, rest.left);
    for (int i = 0; i < 4; i++)
        wr_u32(&msg, UINT32_MAX);
    wr_u16(&msg, (uint16_t)(BGP_HEADER_LEN + rest.left));
    wr_u8(&msg, w->kind->bgp_type);
    wr_bytes(&msg, rest.p, rest.left);
    w->item.body = cur_of(msg.buf, msg.len);
    return 0;
}

int mrt_start_legacy_state(struct mrt_walk *w)
{
    w->item.kind = MRT_ITEM_STATE;
    if (!read_end(&w->c, &w->item.peer) || !cur_u16(&w->c, &w->item.old_state) ||
        !cur_u16(&w->c, &w->item.new_state))
        return mrt_fault(w, &w->c);
    w->item.has_peer = true;
    return 0;
}
