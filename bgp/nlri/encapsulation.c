/* SPDX-License-Identifier: BSD-2-Clause */
/* encapsulation: tunnel end points (RFC 5512 section 3, obsoleted by RFC 9012). Floor F1.
 *
 *     +-------------------------------+
 *     | Length (1 octet, bits)        |  32 or 128, by AFI
 *     +-------------------------------+
 *     | Endpoint address              |
 *     +-------------------------------+
 */
#include "bgp/nlri/parts.h"

/* Reads the address, which is as long as the AFI says. */
static bool read_endpoint(const struct nlri *n, struct nlri_addr *a, struct nlri_fault *fault)
{
    struct cur c = n->body;
    unsigned want = n->row->afi == BGP_AFI_IPV6 ? 128 : 32;
    uint8_t bits;
    if (!cur_u8(&c, &bits))
        return nlri_fault_cur(&c, fault) == 0;
    if (bits != want)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, n->body.off, want, bits) == 0;
    return nlri_read_last_addr(&c, a, fault);
}

bool nlri_encapsulation_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_bits(in, 128, one, fault);
}

int nlri_encapsulation_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct nlri_addr a;
    if (!read_endpoint(n, &a, fault))
        return -1;
    nlri_emit_addr(e, KEY("endpoint"), &a);
    return 0;
}

int nlri_encapsulation_key(const struct nlri *n, struct wr *w)
{
    struct nlri_addr a;
    struct nlri_fault fault;
    if (!read_endpoint(n, &a, &fault))
        return -1;
    wr_bytes(w, a.a, a.len);
    return w->overflow ? -1 : 0;
}
