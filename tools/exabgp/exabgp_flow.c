/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_flow: flow specifications as ExaBGP's JSON has them (RFC 8955, 8956). Floor F4.
 *
 * A member per component, an array of texts: what `and` joins is one text. "string" is all of
 * it in ExaBGP's configuration language. */
#include "base/buf.h"
#include "base/fmt.h"
#include "bgp/nlri/flowspec.h"
#include "tools/exabgp/exabgp.h"

struct flow_out {
    struct emit *e;
    struct cur c;
    bool v6, whole_patterns;
    struct buf item;   /* of the array that is open */
    struct buf list;   /* all items of a component */
    struct buf string; /* all components */
};

/* ---- names ---- */

struct value_name {
    uint16_t value;
    const char *name;
};

static const struct value_name protocols[] = {
    {1, "icmp"},   {2, "igmp"}, {6, "tcp"}, {8, "egp"}, {17, "udp"},  {46, "rsvp"}, {47, "gre"},
    {50, "esp"},   {51, "ah"},  {89, "ospf"},           {94, "ipip"}, {103, "pim"},
    {132, "sctp"}, {0, NULL},
};

static const struct value_name icmp_types[] = {
    {0, "echo-reply"},
    {3, "unreachable"},
    {5, "redirect"},
    {8, "echo-request"},
    {9, "router-advertisement"},
    {10, "router-solicit"},
    {11, "time-exceeded"},
    {12, "parameter-problem"},
    {13, "timestamp"},
    {14, "timestamp-reply"},
    {40, "photuris"},
    {41, "experimental-mobility"},
    {42, "extended-echo-request"},
    {43, "extended-echo-reply"},
    {253, "experimental-one"},
    {254, "experimental-two"},
    {0, NULL},
};

static const struct value_name tcp_flags[] = {
    {0x01, "fin"},  {0x02, "syn"}, {0x04, "rst"}, {0x08, "push"}, {0x10, "ack"},
    {0x20, "urg"},  {0x40, "ece"}, {0x80, "cwr"}, {0x100, "ns"},  {0, NULL},
};

static const struct value_name fragments[] = {
    {0x01, "dont-fragment"},
    {0x02, "is-fragment"},
    {0x04, "first-fragment"},
    {0x08, "last-fragment"},
    {0, NULL},
};

static const struct component {
    const char *v4, *v6; /* NULL: the family has it not */
    const struct value_name *names;
    const char *rest;            /* of a bitmask: what bits without a name are bits of */
    uint16_t mask4, mask6;       /* the bits that count; 0: all */
} components[] = {
    [1] = {"destination-ipv4", "destination-ipv6", NULL, NULL, 0, 0},
    [2] = {"source-ipv4", "source-ipv6", NULL, NULL, 0, 0},
    [3] = {"protocol", "next-header", protocols, NULL, 0, 0},
    [4] = {"port", "port", NULL, NULL, 0, 0},
    [5] = {"destination-port", "destination-port", NULL, NULL, 0, 0},
    [6] = {"source-port", "source-port", NULL, NULL, 0, 0},
    [7] = {"icmp-type", "icmp-type", icmp_types, NULL, 0, 0},
    [8] = {"icmp-code", "icmp-code", NULL, NULL, 0, 0},
    [9] = {"tcp-flags", "tcp-flags", tcp_flags, "tcp flag", 0, 0},
    [10] = {"packet-length", "packet-length", NULL, NULL, 0, 0},
    [11] = {"dscp", "traffic-class", NULL, NULL, 0, 0},
    /* RFC 8955 section 4.2.2.12, RFC 8956 section 3.6 */
    [12] = {"fragment", "fragment", fragments, "fragment", 0x0f, 0x0e},
    [13] = {NULL, "flow-label", NULL, NULL, 0, 0},
};

/* ---- values ---- */

static void add_number(struct buf *b, uint64_t v)
{
    char s[FMT_U64_MAX];
    buf_add(b, s, fmt_u64(s, v));
}

static void add_named(struct buf *b, const struct component *k, uint64_t v)
{
    for (const struct value_name *n = k->names; n != NULL && n->name != NULL; n++) {
        if (n->value == v) {
            buf_add_str(b, n->name);
            return;
        }
    }
    add_number(b, v);
}

static void add_bits(struct buf *b, const struct component *k, uint64_t v)
{
    uint64_t left = v;
    const char *between = "";
    for (const struct value_name *n = k->names; n->name != NULL; n++) {
        if (!(left & n->value))
            continue;
        buf_printf(b, "%s%s", between, n->name);
        between = "+";
        left -= n->value;
    }
    if (left != 0)
        buf_printf(b, "%sunknown %s type %llu", between, k->rest, (unsigned long long)v);
}

static void add_compare(struct buf *b, const struct component *k, const struct flow_type *type,
                        bool joined, uint8_t op, uint64_t v)
{
    uint8_t compares = op & (FLOW_OP_LT | FLOW_OP_GT | FLOW_OP_EQ);
    if (joined)
        buf_add_char(b, '&');
    buf_add_str(b, flow_op_text(type, op));
    if (type->syntax == FLOW_BITMASK)
        add_bits(b, k, v);
    else if (compares != 0 && compares != (FLOW_OP_LT | FLOW_OP_GT | FLOW_OP_EQ))
        add_named(b, k, v);
}

/* ---- components ---- */

/* Ends an item of the array that is open. */
static void end_item(struct flow_out *o)
{
    if (o->list.len > 0)
        buf_add_char(&o->list, ' ');
    buf_add(&o->list, o->item.p, o->item.len);
    emit_text(o->e, EMIT_ITEM, o->item.len > 0 ? o->item.p : "", o->item.len);
    buf_clear(&o->item);
}

static bool put_compares(struct flow_out *o, const struct component *k,
                         const struct flow_type *type)
{
    uint8_t op = 0;
    uint64_t v, mask = o->v6 ? k->mask6 : k->mask4;
    unsigned cnt = 0;
    for (; (op & FLOW_OP_END) == 0; cnt++) {
        if (!flow_read_compare(&o->c, &op, &v))
            return false;
        bool joined = cnt > 0 && (op & FLOW_OP_AND) != 0;
        if (cnt > 0 && !joined)
            end_item(o);
        if (mask != 0)
            v &= mask;
        add_compare(&o->item, k, type, joined, op, v);
    }
    end_item(o);
    buf_add_str(&o->string, cnt > 1 ? "[ " : "");
    buf_add(&o->string, o->list.p, o->list.len);
    buf_add_str(&o->string, cnt > 1 ? " ]" : "");
    return true;
}

static bool put_prefix(struct flow_out *o)
{
    struct flow_prefix p;
    struct nlri_fault fault;
    char s[FMT_IPV6_MAX];
    if (!flow_read_prefix(&o->c, o->v6 ? 16 : 4, o->whole_patterns, &p, &fault))
        return false;
    buf_add(&o->item, s, o->v6 ? fmt_ipv6(s, p.addr) : fmt_ipv4(s, p.addr));
    buf_add_char(&o->item, '/');
    add_number(&o->item, p.bits);
    if (o->v6) {
        buf_add_char(&o->item, '/');
        add_number(&o->item, p.offset);
    }
    buf_add(&o->string, o->item.p, o->item.len);
    end_item(o);
    return true;
}

/* RFC 8955 section 4.2: in order of type, each once. */
static bool put_component(struct flow_out *o, uint8_t *last)
{
    uint8_t code;
    if (!cur_u8(&o->c, &code) || code <= *last ||
        code >= sizeof components / sizeof components[0])
        return false;
    *last = code;
    const struct component *k = &components[code];
    const struct flow_type *type = flow_type_of(code);
    const char *name = o->v6 ? k->v6 : k->v4;
    if (name == NULL || type == NULL)
        return false;
    buf_clear(&o->item);
    buf_clear(&o->list);
    buf_printf(&o->string, " %s ", name);
    emit_array(o->e, str_of(name));
    bool ok = type->syntax == FLOW_PREFIX ? put_prefix(o) : put_compares(o, k, type);
    emit_array_end(o->e);
    return ok;
}

static bool put_flow(struct flow_out *o, const struct nlri *n, struct str next_hop)
{
    uint32_t len;
    uint8_t last = 0;
    const uint8_t *rd = NULL;
    buf_clear(&o->string);
    buf_add_str(&o->string, "flow");
    o->c = n->body;
    if (!flow_read_len(&o->c, &len))
        return false;
    if (n->row->safi == BGP_SAFI_VPN_FLOWSPEC && (rd = cur_bytes(&o->c, NLRI_RD_LEN)) == NULL)
        return false;
    while (o->c.left > 0) {
        if (!put_component(o, &last))
            return false;
    }
    if (rd != NULL) {
        char s[FMT_RD_MAX];
        exabgp_rd(o->e, rd);
        buf_add_str(&o->string, " rd ");
        buf_add(&o->string, s, fmt_rd(s, rd));
    }
    if (next_hop.p != NULL) {
        emit_ascii(o->e, KEY("next-hop"), next_hop.p, next_hop.len);
        buf_add_str(&o->string, " next-hop ");
        buf_add(&o->string, next_hop.p, next_hop.len);
    }
    emit_text(o->e, KEY("string"), o->string.p, o->string.len);
    return last != 0 && !o->string.failed && !o->list.failed && !o->item.failed;
}

bool exabgp_flow(struct emit *e, const struct nlri *n, struct str next_hop)
{
    struct flow_out o = {.e = e, .v6 = n->row->afi == BGP_AFI_IPV6};
    struct emit_mark mark = emit_mark(e);
    bool ok = put_flow(&o, n, next_hop);
    if (!ok && o.v6) {
        emit_rollback(e, mark);
        o.whole_patterns = true;
        ok = put_flow(&o, n, next_hop);
    }
    buf_free(&o.item);
    buf_free(&o.list);
    buf_free(&o.string);
    return ok;
}
