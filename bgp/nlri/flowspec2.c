/* SPDX-License-Identifier: BSD-2-Clause */
/* flowspec2: flow specifications version 2 (draft-ietf-idr-flowspec-v2-02 section 3), as far as
 * that draft goes: IANA has assigned no SAFI, and an operator says which one is read so. Floor
 * F1.
 *
 *     +-------------------------------+
 *     | Length (2 octets)             |  of what follows
 *     +-------------------------------+
 *     | Rules:                        |
 *     |   order (4 octets)            |
 *     |   identifier (4)              |
 *     |   filter type (2)             |
 *     |   length (2), value           |
 *     +-------------------------------+
 *
 * A value begins with AFI and SAFI (3; all but IP rules), a route distinguisher (8; VPN rules),
 * the AFI of layer 3 and the length of the components of layer 2 (2 and 2; layer 2 rules), each
 * where its type has it; then components of type (1), length (1), value, in order of type.
 * Values are version 1's. The length of an IPv4 prefix is in bits and so version 1's own (section
 * 3.1.1); a sender that takes the draft's general words instead, length in octets with version
 * 1's whole value in it, is understood too.
 *
 * The bytes are in the record whatever was understood of them, as `raw`. Filter types of
 * draft-ietf-idr-fsv2-ip-basic have their name. */
#include "bgp/names.h"
#include "bgp/nlri/flowspec.h"

#define ROW(AFI, text)                                                                         \
    {                                                                                          \
        .afi = BGP_AFI_##AFI,                                                                  \
        .name = text,                                                                          \
        .rfc = "draft-ietf-idr-flowspec-v2",                                                   \
        .next = nlri_flowspec2_next,                                                           \
        .decode = nlri_flowspec2_decode,                                                       \
        .key = nlri_flowspec2_key,                                                             \
    }

const struct nlri_row nlri_flowspec2_rows[NLRI_FLOWSPEC2_CNT] = {
    ROW(IPV4, "ipv4-flowspec-v2"),   ROW(IPV6, "ipv6-flowspec-v2"),
    ROW(IEEE_802, "802-flowspec-v2"), ROW(L2VPN, "l2vpn-flowspec-v2"),
    ROW(SFC, "sfc-flowspec-v2"),
};

/* ---- component types (sections 3.1, 3.4 and 3.5) ---- */

struct types {
    const struct flow_type *rows;
    unsigned cnt;
};

/* Those of IP beyond version 1's 1 to 13. */
static const struct flow_type ip_rows[] = {
    {14, FLOW_NUMERIC, "ttl", NULL, 0},        {15, FLOW_OPAQUE, "sid-parts", NULL, 0},
    {16, FLOW_OPAQUE, "mpls-label", NULL, 0},  {17, FLOW_NUMERIC, "mpls-exp", NULL, 0},
    {250, FLOW_OPAQUE, "error-handling", NULL, 0},
};

static const struct flow_type l2_rows[] = {
    {1, FLOW_NUMERIC, "ether-type", NULL, 0},  {2, FLOW_MAC, "src-mac", NULL, 0},
    {3, FLOW_MAC, "dst-mac", NULL, 0},         {4, FLOW_NUMERIC, "llc-dsap", NULL, 0},
    {5, FLOW_NUMERIC, "llc-ssap", NULL, 0},    {6, FLOW_NUMERIC, "llc-control", NULL, 0},
    {7, FLOW_NUMERIC, "snap", NULL, 0},        {8, FLOW_NUMERIC, "vlan", NULL, 0},
    {9, FLOW_NUMERIC, "vlan-pcp", NULL, 0},    {10, FLOW_NUMERIC, "inner-vlan", NULL, 0},
    {11, FLOW_NUMERIC, "inner-vlan-pcp", NULL, 0}, {12, FLOW_NUMERIC, "vlan-dei", NULL, 0},
    {13, FLOW_NUMERIC, "inner-vlan-dei", NULL, 0}, {14, FLOW_OPAQUE, "src-mac-bits", NULL, 0},
    {15, FLOW_OPAQUE, "dst-mac-bits", NULL, 0},
};

static const struct flow_type sfc_rows[] = {
    {1, FLOW_OPAQUE, "sfir-rd-type", NULL, 0}, {2, FLOW_OPAQUE, "sfir-rd", NULL, 0},
    {3, FLOW_OPAQUE, "sfir-pool", NULL, 0},    {4, FLOW_OPAQUE, "sfir-mpls", NULL, 0},
    {5, FLOW_OPAQUE, "sfpr-spi", NULL, 0},     {6, FLOW_OPAQUE, "sfp-attribute", NULL, 0},
};

#define TYPES(rows_) {rows_, sizeof(rows_) / sizeof((rows_)[0])}
static const struct types ip_types = TYPES(ip_rows);
static const struct types l2_types = TYPES(l2_rows);
static const struct types sfc_types = TYPES(sfc_rows);

enum { VERSION_1_LAST = 13 };

static const struct flow_type *type_of(const struct types *types, uint8_t code)
{
    if (types == &ip_types && code <= VERSION_1_LAST)
        return flow_type_of(code);
    for (unsigned i = 0; i < types->cnt; i++) {
        if (types->rows[i].type == code)
            return &types->rows[i];
    }
    return NULL;
}

/* ---- filter types ---- */

static const struct filter {
    uint16_t type;
    const char *name;
    const struct types *types; /* NULL: the value is hex */
    bool family;               /* AFI and SAFI come first */
    bool rd;
    bool l2; /* layer 2, then layer 3 */
} filters[] = {
    {1, "ip", &ip_types, false, false, false},
    {2, "l2", &l2_types, true, false, true},
    {3, "sfc", &sfc_types, true, false, false},
    {4, "vpn-sfc", &sfc_types, true, true, false},
    {5, "vpn-ip", &ip_types, true, true, false},
    {6, "vpn-l2", &l2_types, true, true, true},
    /* draft-ietf-idr-fsv2-ip-basic's families of filters */
    {20, "interface", NULL, false, false, false},
    {50, "l2-traffic", NULL, false, false, false},
    {100, "mpls-traffic", NULL, false, false, false},
    {150, "sfc-traffic", NULL, false, false, false},
    {200, "tunneled-traffic", NULL, false, false, false},
    {256, "ip-basic", NULL, false, false, false},
    {280, "ip-extended", NULL, false, false, false},
};

static const struct filter *filter_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        if (filters[i].type == type)
            return &filters[i];
    }
    return NULL;
}

/* ---- components ---- */

/* What is read of a rule's value. */
struct reading {
    struct flow f;
    const struct types *types;
    bool octets; /* prefixes have a length in octets, and version 1's value in it */
    uint8_t last;
};

/* Reads a value of its length: version 1's, or what is shown as hex. */
static bool take_sized(struct flow *f, const struct flow_type *type)
{
    uint8_t len;
    struct cur rest = f->c;
    if (!cur_u8(&rest, &len) || !cur_take(&rest, len, &f->c))
        return nlri_fault_cur(&rest, f->fault) == 0;
    if (type == NULL || type->syntax == FLOW_OPAQUE) {
        emit_hex(f->e, KEY("raw"), f->c.p, f->c.left);
        flow_text_word(f->text, "0x");
        flow_text_hex(f->text, f->c.p, f->c.left);
    } else {
        if (!flow_take_value(f, type))
            return false;
        if (f->c.left > 0)
            return nlri_fault_at(f->fault, BGP_REASON_TRAILING, f->c.off, 0, f->c.left) == 0;
    }
    f->c = rest;
    return true;
}

static bool take_component(struct reading *r)
{
    struct flow *f = &r->f;
    uint32_t at = f->c.off;
    uint8_t code;
    if (!cur_u8(&f->c, &code))
        return nlri_fault_cur(&f->c, f->fault) == 0;
    if (code < r->last) /* section 3.1: in ascending order */
        return nlri_fault_at(f->fault, BGP_REASON_SYNTAX, at, r->last, code) == 0;
    r->last = code;
    const struct flow_type *type = type_of(r->types, code);
    flow_text_word(f->text, f->text->len > 0 ? " && " : "");
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
    /* the length octet of these is the one that version 1 has itself */
    bool own = type != NULL && (type->syntax == FLOW_MAC ||
                                (type->syntax == FLOW_PREFIX && !r->octets));
    if (own ? !flow_take_value(f, type) : !take_sized(f, type))
        return false;
    emit_object_end(f->e);
    return true;
}

static bool take_components(struct reading *r, struct str key)
{
    r->last = 0;
    emit_array(r->f.e, key);
    while (r->f.c.left > 0) {
        if (!take_component(r))
            return false;
    }
    emit_array_end(r->f.e);
    return true;
}

/* ---- rules ---- */

static uint8_t addr_len_of(uint16_t afi)
{
    return afi == BGP_AFI_IPV6 ? 16 : 4;
}

static bool take_layers(struct reading *r)
{
    struct cur rest;
    uint16_t l3_afi, l2_len;
    if (!cur_u16(&r->f.c, &l3_afi) || !cur_u16(&r->f.c, &l2_len))
        return nlri_fault_cur(&r->f.c, r->f.fault) == 0;
    emit_u64(r->f.e, KEY("l3_afi"), l3_afi);
    rest = r->f.c;
    if (!cur_take(&rest, l2_len, &r->f.c))
        return nlri_fault_cur(&rest, r->f.fault) == 0;
    if (!take_components(r, KEY("components")))
        return false;
    r->f.c = rest;
    if (rest.left == 0)
        return true;
    r->types = &ip_types;
    r->f.addr_len = addr_len_of(l3_afi);
    return take_components(r, KEY("l3_components"));
}

static bool take_value(struct reading *r, const struct filter *filter)
{
    struct flow *f = &r->f;
    if (filter->family) {
        uint16_t afi;
        uint8_t safi;
        if (!cur_u16(&f->c, &afi) || !cur_u8(&f->c, &safi))
            return nlri_fault_cur(&f->c, f->fault) == 0;
        emit_family(f->e, afi, safi);
        f->addr_len = addr_len_of(afi);
    }
    if (filter->rd) {
        const uint8_t *rd = cur_bytes(&f->c, NLRI_RD_LEN);
        if (rd == NULL)
            return nlri_fault_cur(&f->c, f->fault) == 0;
        emit_rd(f->e, KEY("rd"), rd);
    }
    if (!(filter->l2 ? take_layers(r) : take_components(r, KEY("components"))))
        return false;
    if (!f->text->full)
        emit_ascii(f->e, KEY("expr"), f->text->s, f->text->len);
    return true;
}

/* Emits a rule's value in the way that fits, or as hex. Returns false with *fault when neither
 * did. */
static bool take_fields(const struct filter *filter, struct cur value, uint16_t afi,
                        struct emit *e, struct nlri_fault *fault)
{
    struct emit_mark mark = emit_mark(e);
    struct nlri_fault faults[2];
    for (int octets = 0; filter != NULL && filter->types != NULL && octets < 2; octets++) {
        struct flow_text text;
        text.len = 0;
        text.full = false;
        struct reading r = {.types = filter->types, .octets = octets == 1};
        r.f = (struct flow){.c = value,
                            .e = e,
                            .fault = &faults[octets],
                            .text = &text,
                            .addr_len = addr_len_of(afi)};
        if (take_value(&r, filter))
            return true;
        emit_rollback(e, mark);
    }
    emit_hex(e, KEY("raw"), value.p, value.left);
    if (filter == NULL || filter->types == NULL)
        return true;
    *fault = faults[0];
    return false;
}

/* Emits one rule. Returns 0, 1 with *fault when its value is there as hex because it doesn't
 * parse, or -1 when its frame doesn't. */
static int take_rule(const struct nlri *n, struct cur *c, struct emit *e,
                     struct nlri_fault *fault)
{
    uint32_t order, identifier;
    uint16_t type, len;
    struct cur value;
    if (!cur_u32(c, &order) || !cur_u32(c, &identifier) || !cur_u16(c, &type) ||
        !cur_u16(c, &len) || !cur_take(c, len, &value))
        return nlri_fault_cur(c, fault);
    const struct filter *filter = filter_of(type);
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("order"), order);
    emit_u64(e, KEY("identifier"), identifier);
    emit_u64(e, KEY("filter_type"), type);
    if (filter != NULL)
        emit_name(e, KEY("filter_name"), filter->name);
    bool ok = take_fields(filter, value, n->row->afi, e, fault);
    emit_object_end(e);
    return ok ? 0 : 1;
}

bool nlri_flowspec2_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_octets(in, 2, one, fault);
}

int nlri_flowspec2_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct nlri_fault first = {0}, later;
    struct cur c = n->body;
    int result = 0;
    if (!cur_skip(&c, 2))
        return nlri_fault_cur(&c, fault);
    emit_array(e, KEY("rules"));
    while (c.left > 0) {
        int r = take_rule(n, &c, e, result == 0 ? &first : &later);
        if (r < 0) {
            *fault = result == 0 ? first : later;
            return -1;
        }
        result |= r;
    }
    emit_array_end(e);
    emit_hex(e, KEY("raw"), n->body.p, n->body.left);
    *fault = first;
    return result;
}

int nlri_flowspec2_key(const struct nlri *n, struct wr *w)
{
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}
