/* SPDX-License-Identifier: BSD-2-Clause */
/* ms_pw: attachment points of multi-segment pseudowires (RFC 7267 section 6.1). Floor F1.
 *
 *     +-----------------------------------+
 *     | Length (1 octet, bits)            |  of what follows; 160, or less for an aggregate
 *     +-----------------------------------+
 *     | Route distinguisher (8 octets)    |
 *     +-----------------------------------+
 *     | Global ID (4 octets)              |
 *     +-----------------------------------+
 *     | Prefix (4 octets)                 |
 *     +-----------------------------------+
 *     | AC ID (4 octets)                  |
 *     +-----------------------------------+
 */
#include "bgp/nlri/parts.h"

enum { AII_LEN = 12, AII_BITS = 8 * AII_LEN };

struct ms_pw {
    const uint8_t *rd;
    unsigned bits; /* of the attachment identifier */
    uint8_t aii[AII_LEN];
};

static bool read_ms_pw(const struct nlri *n, struct ms_pw *m, struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint8_t bits;
    if (!cur_u8(&c, &bits))
        return nlri_fault_cur(&c, fault) == 0;
    if (bits < NLRI_RD_BITS)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, n->body.off, NLRI_RD_BITS, bits) == 0;
    m->rd = cur_bytes(&c, NLRI_RD_LEN);
    if (m->rd == NULL)
        return nlri_fault_cur(&c, fault) == 0;
    m->bits = bits - NLRI_RD_BITS;
    return nlri_read_addr(&c, m->bits, AII_LEN, m->aii, fault);
}

bool nlri_ms_pw_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_bits(in, NLRI_RD_BITS + AII_BITS, one, fault);
}

int nlri_ms_pw_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct ms_pw m;
    if (!read_ms_pw(n, &m, fault))
        return -1;
    struct cur aii = cur_of(m.aii, AII_LEN);
    uint32_t global, ac;
    const uint8_t *prefix;
    if (!cur_u32(&aii, &global) || (prefix = cur_bytes(&aii, 4)) == NULL || !cur_u32(&aii, &ac))
        return nlri_fault_cur(&aii, fault);
    emit_rd(e, KEY("rd"), m.rd);
    emit_u64(e, KEY("global_id"), global);
    emit_ipv4(e, KEY("aii_prefix"), prefix);
    emit_u64(e, KEY("ac_id"), ac);
    emit_u64(e, KEY("aii_length"), m.bits);
    return 0;
}

int nlri_ms_pw_key(const struct nlri *n, struct wr *w)
{
    struct ms_pw m;
    struct nlri_fault fault;
    if (!read_ms_pw(n, &m, &fault))
        return -1;
    wr_bytes(w, m.rd, NLRI_RD_LEN);
    wr_bytes(w, m.aii, AII_LEN);
    wr_u8(w, (uint8_t)m.bits);
    return w->overflow ? -1 : 0;
}
