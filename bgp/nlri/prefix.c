/* SPDX-License-Identifier: BSD-2-Clause */
/* prefix: IPv4 and IPv6 unicast and multicast (RFC 4271 section 4.3, RFC 4760 section 5). Floor
 * F1.
 *
 *      0                   1
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 ...
 *     +---------------+---------------
 *     | length (bits) | prefix (variable), trailing bits irrelevant
 *     +---------------+---------------
 */
#include "bgp/nlri_map.h"

struct prefix {
    uint8_t bits;
    uint8_t addr[16];
};

static bool read_prefix(const struct nlri *n, unsigned addr_len, struct prefix *p,
                        struct nlri_fault *fault)
{
    struct cur c = n->body;
    if (!cur_u8(&c, &p->bits))
        return nlri_fault_cur(&c, fault) == 0;
    return nlri_read_addr(&c, p->bits, addr_len, p->addr, fault);
}

static int decode(const struct nlri *n, struct emit *e, unsigned addr_len,
                  struct nlri_fault *fault)
{
    struct prefix p;
    if (!read_prefix(n, addr_len, &p, fault))
        return -1;
    emit_prefix(e, KEY("prefix"), p.addr, addr_len == 16, p.bits);
    return 0;
}

/* Address first, then length: memory order is (prefix, length) order. */
static int key(const struct nlri *n, struct wr *w, unsigned addr_len)
{
    struct prefix p;
    struct nlri_fault fault;
    if (!read_prefix(n, addr_len, &p, &fault))
        return -1;
    wr_bytes(w, p.addr, addr_len);
    wr_u8(w, p.bits);
    return w->overflow ? -1 : 0;
}

unsigned nlri_prefix_odd(const struct nlri *n)
{
    uint8_t bits, last;
    if (!cur_peek(&n->body, 0, &bits) || bits == 0)
        return 1;
    if (bits % 8 == 0 || !cur_peek(&n->body, n->body.left - 1, &last))
        return 0;
    return (last & (0xff >> bits % 8)) != 0 ? 2 : 0;
}

/* Reads one prefix of a section. Returns false when it doesn't parse. *odd: how odd it is. */
static bool take_prefix(struct cur *c, unsigned max_bits, struct emit_prefix *p, unsigned *odd)
{
    if (!cur_u8(c, &p->bits) || p->bits > max_bits)
        return false;
    unsigned octets = (p->bits + 7u) / 8;
    const uint8_t *addr = cur_bytes(c, octets);
    if (addr == NULL)
        return false;
    memset(p->addr, 0, sizeof p->addr);
    for (unsigned i = 0; i < octets; i++)
        p->addr[i] = addr[i];
    *odd = p->bits == 0;
    if (p->bits % 8 == 0)
        return true;
    uint8_t beyond = (uint8_t)(0xff >> p->bits % 8);
    *odd = p->addr[octets - 1] & beyond ? 2 : 0;
    p->addr[octets - 1] &= (uint8_t)~beyond;
    return true;
}

/* Of all that a collector hears, nearly everything is such a section. */
bool nlri_emit_prefixes(const struct nlri_iter *it, struct emit *e)
{
    enum { AT_A_TIME = 32 };
    struct emit_prefix some[AT_A_TIME];
    bool v6 = it->row->next == nlri_prefix6_next;
    if (it->add_path || (!v6 && it->row->next != nlri_prefix4_next))
        return false;
    struct cur c;
    cur_set(&c, it->in.p, it->in.left, it->in.off);
    unsigned odd = 0;
    while (c.left > 0) {
        size_t n = 0;
        for (; n < AT_A_TIME && c.left > 0; n++) {
            unsigned one;
            if (!take_prefix(&c, v6 ? 128 : 32, &some[n], &one) ||
                (odd += one) >= NLRI_ODD_LIMIT)
                return false;
        }
        emit_prefix_objects(e, KEY("prefix"), some, n, v6);
    }
    return true;
}

/* Passes one prefix of a section. Returns how odd it is, or NLRI_ODD_LIMIT when it doesn't
 * parse. */
static unsigned pass_prefix(struct cur *c, unsigned max_bits)
{
    uint8_t bits;
    if (!cur_u8(c, &bits) || bits > max_bits)
        return NLRI_ODD_LIMIT;
    const uint8_t *addr = cur_bytes(c, (bits + 7u) / 8);
    if (addr == NULL)
        return NLRI_ODD_LIMIT;
    if (bits % 8 == 0)
        return bits == 0;
    return (addr[bits / 8] & (0xff >> bits % 8)) != 0 ? 2 : 0;
}

long nlri_count_plain(const struct nlri_iter *it)
{
    bool v6 = it->row->next == nlri_prefix6_next;
    if (it->add_path || (!v6 && it->row->next != nlri_prefix4_next))
        return -1;
    struct cur c;
    cur_set(&c, it->in.p, it->in.left, it->in.off);
    unsigned odd = 0;
    long cnt = 0;
    for (; c.left > 0; cnt++) {
        odd += pass_prefix(&c, v6 ? 128 : 32);
        if (odd >= NLRI_ODD_LIMIT)
            return -1;
    }
    return cnt;
}

bool nlri_prefix4_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_bits(in, 32, one, fault);
}

int nlri_prefix4_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    return decode(n, e, 4, fault);
}

int nlri_prefix4_key(const struct nlri *n, struct wr *w)
{
    return key(n, w, 4);
}

bool nlri_prefix6_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_bits(in, 128, one, fault);
}

int nlri_prefix6_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    return decode(n, e, 16, fault);
}

int nlri_prefix6_key(const struct nlri *n, struct wr *w)
{
    return key(n, w, 16);
}
