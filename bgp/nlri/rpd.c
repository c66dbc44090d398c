/* SPDX-License-Identifier: BSD-2-Clause */
/* rpd: routing policy distribution (draft-ietf-idr-rpd section 3.1). Floor F1.
 *
 *     +-----------------------------------+
 *     | Length (1 octet)                  |  9 or 21
 *     +-----------------------------------+
 *     | Policy type (1 octet)             |  1 export, 2 import
 *     +-----------------------------------+
 *     | Distinguisher (4 octets)          |
 *     +-----------------------------------+
 *     | Peer address (4 or 16 octets)     |  all zero: every peer
 *     +-----------------------------------+
 */
#include "bgp/nlri/parts.h"

enum { RPD_LEN4 = 9, RPD_LEN6 = 21 };

bool nlri_rpd_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_octets(in, 1, one, fault);
}

int nlri_rpd_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    static const char *const names[] = {[1] = "export", [2] = "import"};
    struct cur c = n->body;
    struct nlri_addr peer;
    uint8_t len, type;
    uint32_t distinguisher;
    if (!cur_u8(&c, &len))
        return nlri_fault_cur(&c, fault);
    if (len != RPD_LEN4 && len != RPD_LEN6)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, n->body.off,
                             len < RPD_LEN4 ? RPD_LEN4 : RPD_LEN6, len);
    if (!cur_u8(&c, &type) || !cur_u32(&c, &distinguisher))
        return nlri_fault_cur(&c, fault);
    emit_u64(e, KEY("policy_type"), type);
    if (type == 1 || type == 2)
        emit_name(e, KEY("policy_type_name"), names[type]);
    emit_u64(e, KEY("distinguisher"), distinguisher);
    if (!nlri_read_last_addr(&c, &peer, fault))
        return -1;
    nlri_emit_addr(e, KEY("peer"), &peer);
    return 0;
}

int nlri_rpd_key(const struct nlri *n, struct wr *w)
{
    struct nlri_fault fault;
    if (nlri_rpd_decode(n, &emit_null, &fault) != 0)
        return -1;
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}
