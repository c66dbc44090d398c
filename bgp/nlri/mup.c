/* SPDX-License-Identifier: BSD-2-Clause */
/* mup: Mobile User Plane (draft-ietf-bess-mup-safi section 3.1), architecture 1, 3GPP 5G. Floor
 * F1.
 *
 *     +-------------------+----------------+-------------+---------------------
 *     | architecture (1)  | route type (2) | length (1)  | route type specific
 *     +-------------------+----------------+-------------+---------------------
 */
#include "bgp/nlri_map.h"

struct mup {
    uint8_t architecture;
    uint16_t type;
    uint32_t addr_len; /* of the AFI */
    struct cur value;
};

enum { MUP_ISD = 1, MUP_DSD, MUP_T1ST, MUP_T2ST };

bool nlri_mup_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    struct cur ahead = *in;
    uint8_t len;
    if (!cur_skip(&ahead, 3) || !cur_u8(&ahead, &len))
        return nlri_fault_cur(&ahead, fault) == 0;
    if (!cur_take(in, 4u + len, one))
        return nlri_fault_cur(in, fault) == 0;
    return true;
}

static int read_head(const struct nlri *n, struct mup *m, struct nlri_fault *fault)
{
    m->value = n->body;
    m->addr_len = n->row->afi == BGP_AFI_IPV6 ? 16 : 4;
    if (!cur_u8(&m->value, &m->architecture) || !cur_u16(&m->value, &m->type) ||
        !cur_skip_called(&m->value, 1, "length"))
        return nlri_fault_cur(&m->value, fault);
    return 0;
}

static int emit_rd_of(struct mup *m, struct emit *e, struct nlri_fault *fault)
{
    const uint8_t *rd = cur_bytes(&m->value, 8);
    if (rd == NULL)
        return nlri_fault_cur(&m->value, fault);
    emit_rd(e, KEY("rd"), rd);
    return 0;
}

static int emit_prefix_of(struct mup *m, struct emit *e, struct nlri_fault *fault)
{
    uint8_t bits, addr[16];
    if (!cur_u8(&m->value, &bits))
        return nlri_fault_cur(&m->value, fault);
    if (!nlri_read_addr(&m->value, bits, m->addr_len, addr, fault))
        return -1;
    emit_prefix(e, KEY("prefix"), addr, m->addr_len == 16, bits);
    return 0;
}

static int emit_addr(struct mup *m, struct emit *e, struct str key, uint32_t len,
                     struct nlri_fault *fault)
{
    uint32_t off = m->value.off;
    const uint8_t *a = cur_bytes(&m->value, len);
    if (a == NULL)
        return nlri_fault_cur(&m->value, fault);
    if (len != 4 && len != 16)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, off, m->addr_len, len);
    emit_ip(e, key, a, len);
    return 0;
}

/* An address after its length in bits. */
static int emit_sized_addr(struct mup *m, struct emit *e, struct str key,
                           struct nlri_fault *fault)
{
    uint8_t bits;
    if (!cur_u8(&m->value, &bits))
        return nlri_fault_cur(&m->value, fault);
    return emit_addr(m, e, key, bits / 8, fault);
}

static int decode_isd(struct mup *m, struct emit *e, struct nlri_fault *fault)
{
    return emit_prefix_of(m, e, fault);
}

static int decode_dsd(struct mup *m, struct emit *e, struct nlri_fault *fault)
{
    return emit_addr(m, e, KEY("ip"), m->value.left, fault);
}

static int decode_t1st(struct mup *m, struct emit *e, struct nlri_fault *fault)
{
    uint32_t teid;
    uint8_t qfi;
    if (emit_prefix_of(m, e, fault) != 0)
        return -1;
    if (!cur_u32(&m->value, &teid) || !cur_u8(&m->value, &qfi))
        return nlri_fault_cur(&m->value, fault);
    emit_u64(e, KEY("teid"), teid);
    emit_u64(e, KEY("qfi"), qfi);
    if (emit_sized_addr(m, e, KEY("endpoint"), fault) != 0)
        return -1;
    if (m->value.left == 0) /* the source is optional */
        return 0;
    uint8_t bits;
    if (cur_peek(&m->value, 0, &bits) && bits == 0)
        return cur_skip_called(&m->value, 1, "bits") ? 0 : nlri_fault_cur(&m->value, fault);
    return emit_sized_addr(m, e, KEY("source"), fault);
}

/* The endpoint length counts the address and as many bits of the TEID as are given. */
static int decode_t2st(struct mup *m, struct emit *e, struct nlri_fault *fault)
{
    uint8_t bits;
    if (!cur_u8(&m->value, &bits))
        return nlri_fault_cur(&m->value, fault);
    if (bits < m->addr_len * 8 || bits > m->addr_len * 8 + 32)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, m->value.off - 1, m->addr_len * 8, bits);
    emit_u64(e, KEY("endpoint_length"), bits);
    if (emit_addr(m, e, KEY("endpoint"), m->addr_len, fault) != 0)
        return -1;
    uint32_t teid = 0, octets = (bits - m->addr_len * 8 + 7) / 8;
    for (uint32_t i = 0; i < 4; i++) {
        uint8_t octet = 0;
        if (i < octets && !cur_u8(&m->value, &octet))
            return nlri_fault_cur(&m->value, fault);
        teid = teid << 8 | octet;
    }
    emit_u64(e, KEY("teid"), teid);
    return 0;
}

static const struct {
    const char *name;
    int (*decode)(struct mup *m, struct emit *e, struct nlri_fault *fault);
} route_types[] = {
    [MUP_ISD] = {"interwork-segment-discovery", decode_isd},
    [MUP_DSD] = {"direct-segment-discovery", decode_dsd},
    [MUP_T1ST] = {"type-1-session-transformed", decode_t1st},
    [MUP_T2ST] = {"type-2-session-transformed", decode_t2st},
};

int nlri_mup_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct mup m;
    if (read_head(n, &m, fault) != 0)
        return -1;
    emit_u64(e, KEY("architecture"), m.architecture);
    emit_u64(e, KEY("route_type"), m.type);
    if (m.architecture != 1 || m.type < MUP_ISD || m.type > MUP_T2ST) {
        emit_hex(e, KEY("raw"), m.value.p, m.value.left);
        return 0;
    }
    emit_name(e, KEY("route_type_name"), route_types[m.type].name);
    if (emit_rd_of(&m, e, fault) != 0 || route_types[m.type].decode(&m, e, fault) != 0)
        return -1;
    if (m.value.left > 0)
        return nlri_fault_at(fault, BGP_REASON_TRAILING, m.value.off, 0, m.value.left);
    return 0;
}

/* Type 1 session transformed routes are told apart by RD and prefix alone (section 3.1.3); the
 * others by all they hold. */
int nlri_mup_key(const struct nlri *n, struct wr *w)
{
    struct mup m;
    struct nlri_fault fault;
    if (read_head(n, &m, &fault) != 0)
        return -1;
    wr_u8(w, m.architecture);
    wr_u16(w, m.type);
    uint32_t len = m.value.left;
    uint8_t bits;
    if (m.architecture == 1 && m.type == MUP_T1ST) {
        if (!cur_peek(&m.value, 8, &bits) || 9u + (bits + 7u) / 8 > len)
            return -1;
        len = 9u + (bits + 7u) / 8;
    }
    wr_bytes(w, m.value.p, len);
    return w->overflow ? -1 : 0;
}
