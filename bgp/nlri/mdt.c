/* SPDX-License-Identifier: BSD-2-Clause */
/* mdt: multicast distribution trees of VPNs (RFC 6037 section 3.5.1). Those of IPv6 VPNs are
 * groups and PEs of the IPv4 core too. Floor F1.
 *
 *     +-------------------------------+
 *     | Length (1 octet, bits): 128   |
 *     +-------------------------------+
 *     | Route distinguisher (8)       |
 *     +-------------------------------+
 *     | PE address (4 octets)         |
 *     +-------------------------------+
 *     | Group address (4 octets)      |
 *     +-------------------------------+
 */
#include "bgp/nlri/parts.h"

enum { MDT_BITS = 128 };

bool nlri_mdt4_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_bits(in, MDT_BITS, one, fault);
}

int nlri_mdt4_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint8_t bits;
    if (!cur_u8(&c, &bits))
        return nlri_fault_cur(&c, fault);
    if (bits != MDT_BITS)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, n->body.off, MDT_BITS, bits);
    const uint8_t *rd = cur_bytes(&c, NLRI_RD_LEN);
    const uint8_t *pe = cur_bytes(&c, 4);
    const uint8_t *group = cur_bytes(&c, 4);
    if (rd == NULL || pe == NULL || group == NULL)
        return nlri_fault_cur(&c, fault);
    emit_rd(e, KEY("rd"), rd);
    emit_ipv4(e, KEY("source"), pe);
    emit_ipv4(e, KEY("group"), group);
    return nlri_end(&c, fault);
}

int nlri_mdt4_key(const struct nlri *n, struct wr *w)
{
    struct nlri_fault fault;
    if (nlri_mdt4_decode(n, &emit_null, &fault) != 0)
        return -1;
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}
