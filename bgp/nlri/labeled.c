/* SPDX-License-Identifier: BSD-2-Clause */
/* labeled: prefixes with MPLS labels, a route distinguisher, or both. Floor F1.
 *
 * Labeled unicast (RFC 8277), VPN unicast (RFC 4364 section 4.3.4, RFC 4659 section 3.2.1),
 * classful transport (RFC 9832), and VPN multicast, which has no label (RFC 6514 section 10).
 *
 *     +---------------------------+
 *     | Length (1 octet, bits)    |  of all that follows
 *     +---------------------------+
 *     | Label (3 octets)          |  20 bits label, 3 bits TC, 1 bit S: bottom of stack;
 *     +---------------------------+  several with the Multiple Labels Capability
 *     | Route distinguisher (8)   |  VPN families
 *     +---------------------------+
 *     | Prefix (variable)         |
 *     +---------------------------+
 */
#include "bgp/nlri/parts.h"

struct shape {
    bool labels;
    bool rd;
    uint8_t addr_len; /* octets */
};

struct route {
    struct cur labels;
    uint8_t rd[NLRI_RD_LEN];
    uint8_t addr[16];
    unsigned bits; /* of prefix */
};

/* Counts label fields up to the bottom of the stack; stops after that, or when no more than
 * `rest` bits would be left. Returns 0 when there is no bottom. */
static unsigned count_stack(struct cur c, unsigned bits, unsigned rest)
{
    uint32_t field;
    for (unsigned cnt = 1; bits >= NLRI_LABEL_BITS + rest && cur_u24(&c, &field); cnt++) {
        bits -= NLRI_LABEL_BITS;
        if ((field & 1) != 0)
            return cnt;
    }
    return 0;
}

/* Finds how many labels precede the prefix. One, whatever its S bit says, unless the Multiple
 * Labels Capability was exchanged (RFC 8277 sections 2.2 and 2.3); a withdrawn route has one
 * field (section 2.4). Speakers of RFC 3107 knew no capability: where what follows one label is
 * longer than any prefix, the stack goes on to its bottom. */
static unsigned count_labels(const struct nlri *n, const struct shape *s, struct cur c,
                             unsigned bits)
{
    unsigned rd_bits = s->rd ? NLRI_RD_BITS : 0;
    unsigned family = nlri_family_index(n->row->afi, n->row->safi);
    bool multi = !n->withdraw && n->ctx != NULL && family != BGP_FAMILY_NONE &&
                 bgp_family_has(&n->ctx->multi_label, family);
    bool too_long = bits - NLRI_LABEL_BITS > rd_bits + s->addr_len * 8u;
    unsigned cnt = multi || too_long ? count_stack(c, bits, rd_bits) : 1;
    return cnt != 0 ? cnt : 1;
}

static bool read_route(const struct nlri *n, const struct shape *s, struct route *r,
                       struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint32_t at = c.off;
    uint8_t bits;
    if (!cur_u8(&c, &bits))
        return nlri_fault_cur(&c, fault) == 0;
    unsigned least = (s->labels ? NLRI_LABEL_BITS : 0u) + (s->rd ? NLRI_RD_BITS : 0u);
    if (bits < least)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, at, least, bits) == 0;
    r->bits = bits;
    unsigned cnt = s->labels ? count_labels(n, s, c, bits) : 0;
    r->bits -= cnt * NLRI_LABEL_BITS;
    if (!cur_take(&c, cnt * NLRI_LABEL_LEN, &r->labels))
        return nlri_fault_cur(&c, fault) == 0;
    if (s->rd) {
        r->bits -= NLRI_RD_BITS;
        if (!cur_copy(&c, r->rd, sizeof r->rd))
            return nlri_fault_cur(&c, fault) == 0;
    }
    return nlri_read_addr(&c, r->bits, s->addr_len, r->addr, fault);
}

/* Returns whether the fields say nothing but a withdrawal: 0x800000 as RFC 8277 section 2.4
 * wants, or 0x000000 as some send. */
static bool labels_void(const struct nlri *n, struct cur labels)
{
    uint32_t field;
    return n->withdraw && labels.left == NLRI_LABEL_LEN && cur_u24(&labels, &field) &&
           (field == NLRI_LABEL_WITHDRAWN || field == 0);
}

/* Returns whether TC is zero everywhere and S is set in the last field alone. */
static bool labels_plain(struct cur labels)
{
    uint32_t field;
    while (cur_u24(&labels, &field)) {
        if ((field & 15) != (labels.left == 0 ? 1u : 0u))
            return false;
    }
    return true;
}

static int decode(const struct nlri *n, const struct shape *s, struct emit *e,
                  struct nlri_fault *fault)
{
    struct route r;
    if (!read_route(n, s, &r, fault))
        return -1;
    if (s->rd)
        emit_rd(e, KEY("rd"), r.rd);
    emit_prefix(e, KEY("prefix"), r.addr, s->addr_len == 16, r.bits);
    if (s->labels && !labels_void(n, r.labels))
        nlri_emit_labels(e, r.labels, !labels_plain(r.labels));
    return 0;
}

/* Distinguisher, address, length: labels are what is said of the route, not the route. */
static int key(const struct nlri *n, const struct shape *s, struct wr *w)
{
    struct route r;
    struct nlri_fault fault;
    if (!read_route(n, s, &r, &fault))
        return -1;
    if (s->rd)
        wr_bytes(w, r.rd, sizeof r.rd);
    wr_bytes(w, r.addr, s->addr_len);
    wr_u8(w, (uint8_t)r.bits);
    return w->overflow ? -1 : 0;
}

#define FAMILY(name, with_labels, with_rd, octets)                                             \
    static const struct shape name = {                                                         \
        .labels = (with_labels), .rd = (with_rd), .addr_len = (octets)};                       \
    bool nlri_##name##_next(struct cur *in, struct cur *one, struct nlri_fault *fault)         \
    {                                                                                          \
        return nlri_take_bits(in, UINT8_MAX, one, fault);                                      \
    }                                                                                          \
    int nlri_##name##_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)   \
    {                                                                                          \
        return decode(n, &name, e, fault);                                                     \
    }                                                                                          \
    int nlri_##name##_key(const struct nlri *n, struct wr *w)                                  \
    {                                                                                          \
        return key(n, &name, w);                                                               \
    }

FAMILY(label4, true, false, 4)
FAMILY(label6, true, false, 16)
FAMILY(vpn4, true, true, 4)
FAMILY(vpn6, true, true, 16)
FAMILY(vpn_mcast4, false, true, 4)
FAMILY(vpn_mcast6, false, true, 16)
