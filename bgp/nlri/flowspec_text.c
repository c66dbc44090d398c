/* SPDX-License-Identifier: BSD-2-Clause */
/* flowspec_text: component types by name, and the readable expression. Floor F1. */
#include "bgp/nlri/flowspec.h"

#include "base/fmt.h"

static const char *const tcp_flags[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};
static const char *const fragments[] = {"dont-fragment", "is-fragment", "first-fragment",
                                        "last-fragment"};

#define BITS(names) (names), sizeof(names) / sizeof((names)[0])

/* RFC 8955 section 4.2.2, RFC 8956 section 3, draft-ietf-idr-flowspec-l2vpn section 3. */
static const struct flow_type types[] = {
    {1, FLOW_PREFIX, "dst", NULL, 0},
    {2, FLOW_PREFIX, "src", NULL, 0},
    {3, FLOW_NUMERIC, "proto", NULL, 0},
    {4, FLOW_NUMERIC, "port", NULL, 0},
    {5, FLOW_NUMERIC, "dport", NULL, 0},
    {6, FLOW_NUMERIC, "sport", NULL, 0},
    {7, FLOW_NUMERIC, "icmp-type", NULL, 0},
    {8, FLOW_NUMERIC, "icmp-code", NULL, 0},
    {9, FLOW_BITMASK, "tcp-flags", BITS(tcp_flags)},
    {10, FLOW_NUMERIC, "length", NULL, 0},
    {11, FLOW_NUMERIC, "dscp", NULL, 0},
    {12, FLOW_BITMASK, "fragment", BITS(fragments)},
    {13, FLOW_NUMERIC, "flow-label", NULL, 0},
    {14, FLOW_NUMERIC, "ether-type", NULL, 0},
    {15, FLOW_MAC, "src-mac", NULL, 0},
    {16, FLOW_MAC, "dst-mac", NULL, 0},
    {17, FLOW_NUMERIC, "llc-dsap", NULL, 0},
    {18, FLOW_NUMERIC, "llc-ssap", NULL, 0},
    {19, FLOW_NUMERIC, "llc-control", NULL, 0},
    {20, FLOW_NUMERIC, "snap", NULL, 0},
    {21, FLOW_NUMERIC, "vlan", NULL, 0},
    {22, FLOW_NUMERIC, "vlan-pcp", NULL, 0},
    {23, FLOW_NUMERIC, "inner-vlan", NULL, 0},
    {24, FLOW_NUMERIC, "inner-vlan-pcp", NULL, 0},
};

const struct flow_type *flow_type_of(uint8_t type)
{
    if (type == 0 || type > sizeof types / sizeof types[0])
        return NULL;
    return &types[type - 1];
}

void flow_text_add(struct flow_text *t, const char *s, size_t len)
{
    if (t->full || sizeof t->s - t->len < len) {
        t->full = true;
        return;
    }
    memcpy(t->s + t->len, s, len);
    t->len += len;
}

void flow_text_word(struct flow_text *t, const char *s)
{
    flow_text_add(t, s, strlen(s));
}

void flow_text_number(struct flow_text *t, uint64_t v)
{
    char s[FMT_U64_MAX];
    flow_text_add(t, s, fmt_u64(s, v));
}

void flow_text_hex(struct flow_text *t, const uint8_t *p, size_t len)
{
    if (t->full || (sizeof t->s - t->len) / 2 < len) {
        t->full = true;
        return;
    }
    t->len += fmt_hex(t->s + t->len, p, len);
}

const char *flow_op_text(const struct flow_type *type, uint8_t op)
{
    /* RFC 8955 section 4.2.1.1: by lt, gt, eq; section 4.2.1.2: by not, match */
    static const char *const numeric[] = {"false", "=", ">", ">=", "<", "<=", "!=", "true"};
    static const char *const bitmask[] = {"", "=", "!", "!="};
    return type->syntax == FLOW_BITMASK ? bitmask[op & (FLOW_OP_NOT | FLOW_OP_MATCH)]
                                        : numeric[op & (FLOW_OP_LT | FLOW_OP_GT | FLOW_OP_EQ)];
}

/* Appends a bitmask as names joined by `+`, or as 0x.. when it has a bit without name. */
static void add_bits(struct flow_text *t, const struct flow_type *type, uint64_t value)
{
    if (value == 0 || value >> type->bit_cnt != 0) {
        uint8_t octets[8];
        struct wr w = wr_of(octets, sizeof octets);
        wr_u64(&w, value);
        size_t skip = value >> 8 == 0 ? 7 : value >> 16 == 0 ? 6 : value >> 32 == 0 ? 4 : 0;
        flow_text_word(t, "0x");
        flow_text_hex(t, octets + skip, sizeof octets - skip);
        return;
    }
    const char *join = "";
    for (unsigned i = 0; i < type->bit_cnt; i++) {
        if ((value >> i & 1) == 0)
            continue;
        flow_text_word(t, join);
        flow_text_word(t, type->bits[i]);
        join = "+";
    }
}

void flow_text_compare(struct flow_text *t, const struct flow_type *type, bool first,
                       uint8_t op, uint64_t value)
{
    if (!first)
        flow_text_word(t, (op & FLOW_OP_AND) != 0 ? "&" : "|");
    flow_text_word(t, flow_op_text(type, op));
    if (type->syntax == FLOW_BITMASK)
        add_bits(t, type, value);
    else if ((op & 7) != 0 && (op & 7) != 7)
        flow_text_number(t, value);
}
