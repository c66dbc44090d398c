/* SPDX-License-Identifier: BSD-2-Clause */
/* flowspec: flow specifications (RFC 8955 section 4, RFC 8956 section 3, and
 * draft-ietf-idr-flowspec-l2vpn up to revision 12). Floor F1.
 *
 *     +-------------------------------+
 *     | Length (1 or 2 octets)        |  0nn below 240, fnnn up to 4095: of what follows
 *     +-------------------------------+
 *     | Route distinguisher (8)       |  SAFI 134
 *     +-------------------------------+
 *     | Components: type (1), ...     |  in order of type, each once
 *     +-------------------------------+
 *
 *     prefix (1, 2)   length (1, bits), octets; IPv6: length (1), offset (1), octets that hold
 *                     the bits from offset to length
 *     MAC (15, 16)    length (1, octets or bits), address (6)
 *     all others      {operator (1), value (1, 2, 4 or 8)}, the last with the end bit set
 *
 * The record has the components as structure and the whole as one expression, in `expr`: `dst
 * 192.0.2.0/24 && proto =6 && dport >=80&<=90`. It is left out when longer than FLOW_TEXT_MAX.
 */
#include "bgp/nlri/flowspec.h"

#include "base/fmt.h"

enum { LEN_LONG = 0xf0 }; /* a first length octet from here on has a second (section 4.1) */

bool flow_read_len(struct cur *c, uint32_t *len)
{
    uint8_t hi, lo;
    if (!cur_u8(c, &hi))
        return false;
    *len = hi;
    if (hi < LEN_LONG)
        return true;
    if (!cur_u8(c, &lo))
        return false;
    *len = (uint32_t)(hi & 0x0f) << 8 | lo;
    return true;
}

bool nlri_flowspec_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    struct cur ahead = *in;
    uint32_t len;
    if (!flow_read_len(&ahead, &len) || !cur_skip(&ahead, len))
        return nlri_fault_cur(&ahead, fault) == 0;
    return cur_take(in, in->left - ahead.left, one);
}

/* ---- components ---- */

/* Copies `cnt` bits from bit `from` of `src` to bit `to` of `dst`, which is zero. */
static void place_bits(uint8_t *dst, unsigned to, const uint8_t *src, unsigned from,
                       unsigned cnt)
{
    for (unsigned i = 0; i < cnt; i++, to++, from++) {
        unsigned bit = (unsigned)src[from / 8] >> (7 - from % 8) & 1;
        dst[to / 8] |= (uint8_t)(bit << (7 - to % 8));
    }
}

bool flow_read_prefix(struct cur *c, unsigned addr_len, bool whole_patterns,
                      struct flow_prefix *p, struct nlri_fault *fault)
{
    uint32_t at = c->off;
    uint8_t len, skip = 0;
    if (!cur_u8(c, &len) || (addr_len == 16 && !cur_u8(c, &skip)))
        return nlri_fault_cur(c, fault) == 0;
    if (len > addr_len * 8u)
        return nlri_fault_at(fault, BGP_REASON_PREFIX_LENGTH, at, addr_len * 8u, len) == 0;
    if (skip > len || (skip == len && len != 0)) /* RFC 8956 section 3.1 */
        return nlri_fault_at(fault, BGP_REASON_PREFIX_LENGTH, at + 1, len, skip) == 0;
    unsigned from = whole_patterns ? skip : 0, cnt = (unsigned)(len - skip);
    const uint8_t *pattern = cur_bytes_called(c, (from + cnt + 7) / 8, "pattern");
    if (pattern == NULL)
        return nlri_fault_cur(c, fault) == 0;
    memset(p->addr, 0, sizeof p->addr);
    place_bits(p->addr, skip, pattern, from, cnt);
    p->bits = len;
    p->offset = skip;
    return true;
}

static bool take_prefix(struct flow *f)
{
    struct flow_prefix p;
    if (!flow_read_prefix(&f->c, f->addr_len, f->whole_patterns, &p, f->fault))
        return false;
    emit_prefix(f->e, KEY("prefix"), p.addr, f->addr_len == 16, p.bits);
    char s[FMT_IPV6_MAX];
    flow_text_add(f->text, s, f->addr_len == 16 ? fmt_ipv6(s, p.addr) : fmt_ipv4(s, p.addr));
    flow_text_word(f->text, "/");
    flow_text_number(f->text, p.bits);
    if (p.offset != 0) {
        emit_u64(f->e, KEY("prefix_offset"), p.offset);
        flow_text_word(f->text, "-");
        flow_text_number(f->text, p.offset);
    }
    return true;
}

/* The draft's revisions disagree whether the length counts octets or bits. */
static bool take_mac(struct flow *f)
{
    uint32_t at = f->c.off;
    uint8_t len;
    if (!cur_u8(&f->c, &len))
        return nlri_fault_cur(&f->c, f->fault) == 0;
    if (len != NLRI_MAC_LEN && len != 8 * NLRI_MAC_LEN)
        return nlri_fault_at(f->fault, BGP_REASON_LENGTH, at, NLRI_MAC_LEN, len) == 0;
    const uint8_t *mac = cur_bytes(&f->c, NLRI_MAC_LEN);
    if (mac == NULL)
        return nlri_fault_cur(&f->c, f->fault) == 0;
    emit_mac(f->e, KEY("mac"), mac);
    char s[FMT_MAC_MAX];
    flow_text_add(f->text, s, fmt_mac(s, mac));
    return true;
}

bool flow_read_compare(struct cur *c, uint8_t *op, uint64_t *value)
{
    if (!cur_u8(c, op))
        return false;
    uint32_t len = 1u << (*op >> 4 & 3);
    const uint8_t *p = cur_bytes_called(c, len, "operand");
    if (p == NULL)
        return false;
    *value = 0;
    for (uint32_t i = 0; i < len; i++)
        *value = *value << 8 | p[i];
    return true;
}

static bool take_compares(struct flow *f, const struct flow_type *type)
{
    uint8_t op = 0;
    uint64_t value;
    emit_array(f->e, KEY("match"));
    for (bool first = true; (op & FLOW_OP_END) == 0; first = false) {
        if (!flow_read_compare(&f->c, &op, &value))
            return nlri_fault_cur(&f->c, f->fault) == 0;
        emit_object(f->e, EMIT_ITEM);
        if (!first) /* the first one's AND bit means nothing (section 4.2.1.1) */
            emit_name(f->e, KEY("join"), (op & FLOW_OP_AND) != 0 ? "and" : "or");
        emit_name(f->e, KEY("op"), flow_op_text(type, op));
        emit_u64(f->e, KEY("value"), value);
        emit_object_end(f->e);
        flow_text_compare(f->text, type, first, op, value);
    }
    emit_array_end(f->e);
    return true;
}

/* A type without a row has no end that we know of: the rest of the NLRI is its value. */
static void take_unknown(struct flow *f)
{
    emit_hex(f->e, KEY("raw"), f->c.p, f->c.left);
    flow_text_word(f->text, "0x");
    flow_text_hex(f->text, f->c.p, f->c.left);
    (void)cur_rest(&f->c);
}

bool flow_take_value(struct flow *f, const struct flow_type *type)
{
    if (type->syntax == FLOW_PREFIX)
        return take_prefix(f);
    if (type->syntax == FLOW_MAC)
        return take_mac(f);
    return take_compares(f, type);
}

/* Reads and emits one component. */
static bool take_component(struct flow *f, uint8_t *last)
{
    uint32_t at = f->c.off;
    uint8_t code;
    if (!cur_u8(&f->c, &code))
        return nlri_fault_cur(&f->c, f->fault) == 0;
    if (code <= *last) /* section 4.2: strict order, each type once */
        return nlri_fault_at(f->fault, BGP_REASON_SYNTAX, at, *last + 1u, code) == 0;
    if (*last != 0)
        flow_text_word(f->text, " && ");
    *last = code;
    const struct flow_type *type = flow_type_of(code);
    emit_object(f->e, EMIT_ITEM);
    emit_u64(f->e, KEY("type"), code);
    if (type != NULL) {
        emit_name(f->e, KEY("name"), type->name);
        flow_text_word(f->text, type->name);
    } else {
        flow_text_word(f->text, "type-");
        flow_text_number(f->text, code);
    }
    flow_text_word(f->text, " ");
    if (type == NULL)
        take_unknown(f);
    else if (!flow_take_value(f, type))
        return false;
    emit_object_end(f->e);
    return true;
}

static int decode(const struct nlri *n, bool whole_patterns, struct emit *e,
                  struct nlri_fault *fault)
{
    struct flow_text text;
    text.len = 0;
    text.full = false;
    struct flow f = {.c = n->body,
                     .e = e,
                     .fault = fault,
                     .text = &text,
                     .addr_len = n->row->afi == BGP_AFI_IPV6 ? 16 : 4,
                     .whole_patterns = whole_patterns};
    uint32_t len;
    uint8_t last = 0;
    if (!flow_read_len(&f.c, &len))
        return nlri_fault_cur(&f.c, fault);
    if (n->row->safi == BGP_SAFI_VPN_FLOWSPEC) { /* RFC 8955 section 8 */
        const uint8_t *rd = cur_bytes(&f.c, NLRI_RD_LEN);
        if (rd == NULL)
            return nlri_fault_cur(&f.c, fault);
        emit_rd(e, KEY("rd"), rd);
    }
    emit_array(e, KEY("components"));
    while (f.c.left > 0) {
        if (!take_component(&f, &last))
            return -1;
    }
    emit_array_end(e);
    if (!text.full)
        emit_ascii(e, KEY("expr"), text.s, text.len);
    return 0;
}

int nlri_flowspec_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct emit_mark mark = emit_mark(e);
    struct nlri_fault again;
    if (decode(n, false, e, fault) == 0)
        return 0;
    if (n->row->afi != BGP_AFI_IPV6)
        return -1;
    emit_rollback(e, mark);
    return decode(n, true, e, &again);
}

/* ---- key ---- */

/* Writes a prefix component with the bits after the prefix zeroed. */
static bool key_prefix(struct flow *f, struct wr *w)
{
    struct flow_prefix p;
    if (!flow_read_prefix(&f->c, f->addr_len, f->whole_patterns, &p, f->fault))
        return false;
    wr_u8(w, p.bits);
    wr_u8(w, p.offset);
    wr_bytes(w, p.addr, (p.bits + 7u) / 8);
    return true;
}

/* Writes comparisons as they came: to BGP they are opaque (RFC 8955 section 4). */
static bool key_compares(struct flow *f, struct wr *w)
{
    uint8_t op = 0;
    while ((op & FLOW_OP_END) == 0) {
        struct cur start = f->c, span;
        uint64_t value;
        if (!flow_read_compare(&f->c, &op, &value) ||
            !cur_take(&start, start.left - f->c.left, &span))
            return false;
        wr_bytes(w, span.p, span.left);
    }
    return true;
}

static bool key_component(struct flow *f, struct wr *w)
{
    uint8_t code, len;
    if (!cur_u8(&f->c, &code))
        return false;
    const struct flow_type *type = flow_type_of(code);
    wr_u8(w, code);
    if (type == NULL) {
        struct cur rest = cur_rest(&f->c);
        wr_bytes(w, rest.p, rest.left);
        return true;
    }
    if (type->syntax == FLOW_PREFIX)
        return key_prefix(f, w);
    if (type->syntax != FLOW_MAC)
        return key_compares(f, w);
    const uint8_t *mac = cur_u8(&f->c, &len) ? cur_bytes(&f->c, NLRI_MAC_LEN) : NULL;
    if (mac == NULL)
        return false;
    wr_bytes(w, mac, NLRI_MAC_LEN);
    return true;
}

/* The bytes of the components without the length, which has two forms. */
int nlri_flowspec_key(const struct nlri *n, struct wr *w)
{
    struct nlri_fault fault;
    struct flow f = {
        .c = n->body, .fault = &fault, .addr_len = n->row->afi == BGP_AFI_IPV6 ? 16 : 4};
    uint32_t len;
    f.whole_patterns = decode(n, false, &emit_null, &fault) != 0;
    if ((f.whole_patterns && decode(n, true, &emit_null, &fault) != 0) ||
        !flow_read_len(&f.c, &len))
        return -1;
    if (n->row->safi == BGP_SAFI_VPN_FLOWSPEC) {
        const uint8_t *rd = cur_bytes(&f.c, NLRI_RD_LEN);
        if (rd == NULL)
            return -1;
        wr_bytes(w, rd, NLRI_RD_LEN);
    }
    while (f.c.left > 0) {
        if (!key_component(&f, w))
            return -1;
    }
    return w->overflow ? -1 : 0;
}

/* ---- layer 2 with layer 3: AFI 6 ---- */

/* draft-ietf-idr-flowspec-l2vpn from revision 13 on has the frame of RFC 8955 and component
 * types of its own in it: shown raw. */
static bool take_body(const struct nlri *n, struct cur *c)
{
    uint32_t len;
    *c = n->body;
    return flow_read_len(c, &len);
}

bool nlri_flowspec_l2_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_flowspec_next(in, one, fault);
}

int nlri_flowspec_l2_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct cur c;
    if (!take_body(n, &c))
        return nlri_fault_cur(&c, fault);
    emit_hex(e, KEY("raw"), c.p, c.left);
    return 0;
}

int nlri_flowspec_l2_key(const struct nlri *n, struct wr *w)
{
    struct cur c;
    if (!take_body(n, &c))
        return -1;
    wr_bytes(w, c.p, c.left);
    return w->overflow ? -1 : 0;
}
