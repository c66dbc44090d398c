/* SPDX-License-Identifier: BSD-2-Clause */
/* vpls: VPLS and its kin, told apart by length. Floor F1.
 *
 * VPLS (RFC 4761 section 3.2.2), 17 octets:
 *
 *     +------------------------------------+
 *     | Length (2 octets)                  |  of what follows
 *     +------------------------------------+
 *     | Route distinguisher (8 octets)     |
 *     +------------------------------------+
 *     | VE ID (2 octets)                   |
 *     +------------------------------------+
 *     | VE block offset (2 octets)         |
 *     +------------------------------------+
 *     | VE block size (2 octets)           |
 *     +------------------------------------+
 *     | Label base (3 octets)              |  the label in the upper 20 bits
 *     +------------------------------------+
 *
 * Auto-discovery (RFC 6074 section 3.2.2.1), 12 octets: distinguisher (8), PE address (4).
 *
 * L2VPN (RFC 6624 section 2.2), 15 octets or 18 and more: distinguisher (8), CE ID (2), label
 * block offset (2), label base (3), TLVs (each 3 octets at least).
 */
#include "bgp/nlri/parts.h"

enum { AD_LEN = 12, L2VPN_LEN = 15, VPLS_LEN = 17 };

struct block {
    uint16_t id;
    uint16_t offset;
    uint16_t size; /* VPLS only */
    uint32_t label_base;
};

static bool read_block(struct cur *c, bool sized, struct block *b)
{
    bool ok = cur_u16(c, &b->id) && cur_u16(c, &b->offset);
    if (sized)
        ok = ok && cur_u16(c, &b->size);
    return ok && cur_u24(c, &b->label_base);
}

static int decode_vpls(struct cur *c, struct emit *e, struct nlri_fault *fault)
{
    struct block b;
    if (!read_block(c, true, &b))
        return nlri_fault_cur(c, fault);
    emit_u64(e, KEY("ve_id"), b.id);
    emit_u64(e, KEY("ve_block_offset"), b.offset);
    emit_u64(e, KEY("ve_block_size"), b.size);
    emit_u64(e, KEY("label_base"), b.label_base >> 4);
    return 0;
}

static int decode_l2vpn(struct cur *c, struct emit *e, struct nlri_fault *fault)
{
    struct block b;
    if (!read_block(c, false, &b))
        return nlri_fault_cur(c, fault);
    emit_u64(e, KEY("ce_id"), b.id);
    emit_u64(e, KEY("label_block_offset"), b.offset);
    emit_u64(e, KEY("label_base"), b.label_base >> 4);
    if (c->left > 0)
        emit_hex(e, KEY("tlvs"), c->p, c->left);
    return 0;
}

static int decode_ad(struct cur *c, struct emit *e, struct nlri_fault *fault)
{
    const uint8_t *pe = cur_bytes(c, 4);
    if (pe == NULL)
        return nlri_fault_cur(c, fault);
    emit_ipv4(e, KEY("pe"), pe);
    return 0;
}

bool nlri_vpls_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 0, 2, one, fault);
}

int nlri_vpls_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint16_t len;
    if (!cur_u16(&c, &len))
        return nlri_fault_cur(&c, fault);
    if (len != AD_LEN && len != L2VPN_LEN && len < VPLS_LEN)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, n->body.off,
                             len < AD_LEN ? AD_LEN : VPLS_LEN, len);
    const uint8_t *rd = cur_bytes(&c, NLRI_RD_LEN);
    if (rd == NULL)
        return nlri_fault_cur(&c, fault);
    emit_rd(e, KEY("rd"), rd);
    if (len == AD_LEN)
        return decode_ad(&c, e, fault);
    return len == VPLS_LEN ? decode_vpls(&c, e, fault) : decode_l2vpn(&c, e, fault);
}

/* Distinguisher, ID and block offset name a block; its size, base and TLVs do not (RFC 4761
 * section 3.2.2, RFC 6624 section 2.2). */
int nlri_vpls_key(const struct nlri *n, struct wr *w)
{
    struct nlri_fault fault;
    struct cur c = n->body;
    uint16_t len;
    if (nlri_vpls_decode(n, &emit_null, &fault) != 0 || !cur_u16(&c, &len))
        return -1;
    wr_u8(w, len == AD_LEN ? AD_LEN : len == VPLS_LEN ? VPLS_LEN : L2VPN_LEN);
    wr_bytes(w, c.p, AD_LEN); /* in each format the first twelve octets */
    return w->overflow ? -1 : 0;
}
