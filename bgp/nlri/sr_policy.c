/* SPDX-License-Identifier: BSD-2-Clause */
/* sr_policy: SR Policy (RFC 9830 section 2.1). Floor F1.
 *
 *     +-------------------+--------------------+-----------+------------------------
 *     | length, bits (1)  | distinguisher (4)  | color (4) | endpoint (4 or 16)
 *     +-------------------+--------------------+-----------+------------------------
 */
#include "bgp/nlri_map.h"

bool nlri_sr_policy_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_bits(in, 192, one, fault);
}

int nlri_sr_policy_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint32_t addr_len = n->row->afi == BGP_AFI_IPV6 ? 16 : 4, distinguisher, color;
    uint8_t bits;
    const uint8_t *endpoint;
    if (!cur_u8(&c, &bits))
        return nlri_fault_cur(&c, fault);
    if (bits != (8 + addr_len) * 8) /* RFC 9830 section 5: other lengths are malformed */
        return nlri_fault_at(fault, BGP_REASON_LENGTH, c.off - 1, (8 + addr_len) * 8, bits);
    if (!cur_u32(&c, &distinguisher) || !cur_u32(&c, &color) ||
        (endpoint = cur_bytes(&c, addr_len)) == NULL)
        return nlri_fault_cur(&c, fault);
    emit_u64(e, KEY("distinguisher"), distinguisher);
    emit_u64(e, KEY("color"), color);
    emit_ip(e, KEY("endpoint"), endpoint, addr_len);
    return 0;
}

int nlri_sr_policy_key(const struct nlri *n, struct wr *w)
{
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}
