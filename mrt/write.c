/* SPDX-License-Identifier: BSD-2-Clause */
/* write: BGP4MP_ET and BGP4MP records (RFC 6396 sections 3, 4.4; RFC 8050 section 3). Floor F2.
 */
#include "mrt/mrt.h"

#include <assert.h>

#include "base/clock.h"
#include "bgp/iana.h"
#include "bgp/open.h"

/* Subtype by [sent][add_path][asn4]: three choices, eight numbers. */
static const uint16_t message_subtype[2][2][2] = {
    {{BGP4MP_MESSAGE, BGP4MP_MESSAGE_AS4},
     {BGP4MP_MESSAGE_ADDPATH, BGP4MP_MESSAGE_AS4_ADDPATH}},
    {{BGP4MP_MESSAGE_LOCAL, BGP4MP_MESSAGE_AS4_LOCAL},
     {BGP4MP_MESSAGE_LOCAL_ADDPATH, BGP4MP_MESSAGE_AS4_LOCAL_ADDPATH}},
};

/*  0                   1                   2                   3
 * |                       Timestamp, seconds                      |
 * |             Type              |            Subtype            |
 * |      Length: of all that follows, microseconds included       |
 * |                         Microseconds                          |   BGP4MP_ET only
 *
 * Returns the place of the length. */
static size_t write_header(struct wr *w, const struct mrt_bgp4mp_head *h, uint16_t subtype)
{
    wr_u32(w, (uint32_t)(h->time_ns / NS_PER_S));
    wr_u16(w, h->seconds ? MRT_BGP4MP : MRT_BGP4MP_ET);
    wr_u16(w, subtype);
    size_t len_at = wr_mark_u32(w);
    if (!h->seconds)
        wr_u32(w, (uint32_t)(h->time_ns % NS_PER_S / 1000));
    return len_at;
}

static void write_asn(struct wr *w, uint32_t asn, bool four)
{
    if (four)
        wr_u32(w, asn);
    else
        wr_u16(w, asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)asn); /* RFC 6793 section 4.2.2 */
}

/* AS numbers, interface, AFI of the transport, and both addresses in that AFI. */
static void write_peers(struct wr *w, const struct mrt_bgp4mp_head *h, bool four)
{
    assert(h->addr_len == 4 || h->addr_len == 16);
    write_asn(w, h->peer_asn, four);
    write_asn(w, h->local_asn, four);
    wr_u16(w, h->if_index);
    wr_u16(w, h->addr_len == 4 ? BGP_AFI_IPV4 : BGP_AFI_IPV6);
    wr_bytes(w, h->peer, h->addr_len);
    wr_bytes(w, h->local, h->addr_len);
}

void mrt_write_message(struct wr *w, const struct mrt_bgp4mp_head *h,
                       struct mrt_message_kind kind, const uint8_t *msg, size_t len)
{
    uint16_t subtype = message_subtype[kind.sent][kind.add_path][kind.asn4];
    size_t len_at = write_header(w, h, subtype);
    write_peers(w, h, kind.asn4);
    wr_bytes(w, msg, len);
    wr_patch_u32(w, len_at);
}

void mrt_write_state(struct wr *w, const struct mrt_bgp4mp_head *h, enum mrt_state old_state,
                     enum mrt_state new_state)
{
    size_t len_at = write_header(w, h, BGP4MP_STATE_CHANGE_AS4);
    write_peers(w, h, true);
    wr_u16(w, (uint16_t)old_state);
    wr_u16(w, (uint16_t)new_state);
    wr_patch_u32(w, len_at);
}
