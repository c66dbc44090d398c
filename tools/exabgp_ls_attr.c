/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_ls_attr: the BGP-LS attribute as ExaBGP's JSON has it (RFC 9552 section 5.3, RFC 9085,
 * 9514). Floor F4.
 *
 * A TLV without a row, or whose octets aren't what its row wants, is `generic-lsid-TYPE`. So
 * are all but the last of a type that ExaBGP would write twice under one name. */
#include <stdio.h>

#include "base/fmt.h"
#include "tools/exabgp.h"

struct ls_row;
typedef bool ls_put_fn(struct emit *e, const struct ls_row *row, struct cur c);

struct ls_row {
    uint16_t type;
    bool merged; /* `put` writes an item of an array: those of one name are one */
    const char *name;
    ls_put_fn *put;
    const char *const *flags; /* names of eight bits from the highest; NULL: reserved */
};

static struct str key_of(const struct ls_row *row)
{
    return str_of(row->name);
}

/* ---- flags ---- */

enum { BITS = 8 };

#define FLAGS(...) (const char *const[BITS]){__VA_ARGS__}

static void put_bits(struct emit *e, struct str key, const char *const *names, uint8_t octet)
{
    bool reserved = false;
    emit_object(e, key);
    for (int i = 0; i < BITS; i++) {
        if (names[i] != NULL)
            emit_u64(e, str_of(names[i]), octet >> (BITS - 1 - i) & 1);
        reserved |= names[i] == NULL;
    }
    if (reserved)
        emit_u64(e, KEY("RSV"), 0);
    emit_object_end(e);
}

static bool put_flags(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t octet;
    if (!cur_u8(&c, &octet))
        return false;
    put_bits(e, key_of(row), row->flags, octet);
    return true;
}

/* ---- plain values ---- */

static bool put_u32(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint32_t v;
    if (!cur_u32(&c, &v) || !cur_done(&c))
        return false;
    emit_u64(e, key_of(row), v);
    return true;
}

/* Of one, two or three octets (RFC 9552 section 5.3.2.4). */
static bool put_metric(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint32_t v = 0;
    uint8_t octet;
    if (c.left < 1 || c.left > 3)
        return false;
    while (c.left > 0 && cur_u8(&c, &octet))
        v = v << 8 | octet;
    emit_u64(e, key_of(row), v);
    return true;
}

static void put_float(struct emit *e, struct str key, uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    emit_f64(e, key, (double)f);
}

static bool put_f32(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint32_t v;
    if (!cur_u32(&c, &v) || !cur_done(&c))
        return false;
    put_float(e, key_of(row), v);
    return true;
}

/* One for each of eight priorities. */
static bool put_f32s(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint32_t v;
    if (c.left != 8 * 4)
        return false;
    emit_array(e, key_of(row));
    while (c.left > 0 && cur_u32(&c, &v))
        put_float(e, EMIT_ITEM, v);
    emit_array_end(e);
    return true;
}

static bool put_u32s(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint32_t v;
    if (c.left % 4 != 0)
        return false;
    emit_array(e, key_of(row));
    while (c.left > 0 && cur_u32(&c, &v))
        emit_u64(e, EMIT_ITEM, v);
    emit_array_end(e);
    return true;
}

static bool put_u64s(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint64_t v;
    if (c.left % 8 != 0)
        return false;
    emit_array(e, key_of(row));
    while (c.left > 0 && cur_u64(&c, &v))
        emit_u64(e, EMIT_ITEM, v);
    emit_array_end(e);
    return true;
}

static bool put_text(struct emit *e, const struct ls_row *row, struct cur c)
{
    emit_text(e, key_of(row), c.left > 0 ? (const void *)c.p : "", c.left);
    return true;
}

static bool put_ip(struct emit *e, const struct ls_row *row, struct cur c)
{
    if (c.left != 4 && c.left != 16)
        return false;
    emit_ip(e, row->merged ? EMIT_ITEM : key_of(row), c.p, c.left);
    return true;
}

/* An IS-IS area as one number. */
static bool put_area(struct emit *e, const struct ls_row *row, struct cur c)
{
    enum { AREA_MAX = 20 }; /* ISO 8348: an NSAP */
    char text[FMT_WIDE_MAX(AREA_MAX)];
    if (c.left == 0 || c.left > AREA_MAX)
        return false;
    emit_ascii(e, key_of(row), text, fmt_wide(text, c.p, c.left));
    return true;
}

static bool put_algorithms(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t v = 0;
    emit_array(e, key_of(row));
    if (c.left == 0)
        emit_u64(e, EMIT_ITEM, v);
    while (c.left > 0 && cur_u8(&c, &v))
        emit_u64(e, EMIT_ITEM, v);
    emit_array_end(e);
    return true;
}

/* ---- segment routing (RFC 9085) ---- */

/* SIDs are labels when V and L are set, indexes when none is; else nobody knows. */
static void put_sids(struct emit *e, struct cur c, bool v, bool l, struct str undecoded)
{
    uint32_t sid;
    emit_array(e, KEY("sids"));
    while (v == l && c.left >= (v ? 3 : 4) && (v ? cur_u24(&c, &sid) : cur_u32(&c, &sid)))
        emit_u64(e, EMIT_ITEM, sid);
    emit_array_end(e);
    emit_array(e, undecoded);
    if (c.left > 0)
        exabgp_hex(e, EMIT_ITEM, "0x", c);
    emit_array_end(e);
}

static bool put_capabilities(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags;
    uint32_t range, label;
    uint16_t type, len;
    if (!cur_u8(&c, &flags) || !cur_skip(&c, 1))
        return false;
    put_bits(e, key_of(row), row->flags, flags);
    emit_array(e, KEY("sids"));
    while (c.left > 0) {
        if (!cur_u24(&c, &range) || !cur_u16(&c, &type) || !cur_u16(&c, &len) ||
            !(len == 3 ? cur_u24(&c, &label) : len == 4 && cur_u32(&c, &label)))
            return false;
        const uint32_t pair[] = {range, len == 3 ? label & 0xfffff : label};
        emit_array(e, EMIT_ITEM);
        emit_u32_items(e, pair, 2);
        emit_array_end(e);
    }
    emit_array_end(e);
    return true;
}

enum { ADJ_V = 0x20, ADJ_L = 0x10, PREFIX_V = 0x08, PREFIX_L = 0x04 };

static bool put_adjacency(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags, weight;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &weight) || !cur_skip(&c, 2))
        return false;
    emit_object(e, key_of(row));
    put_bits(e, KEY("flags"), row->flags, flags);
    put_sids(e, c, flags & ADJ_V, flags & ADJ_L, KEY("undecoded-sids"));
    emit_u64(e, KEY("weight"), weight);
    emit_object_end(e);
    return true;
}

static bool put_lan_adjacency(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags, weight;
    const uint8_t *system;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &weight) || !cur_skip(&c, 2) ||
        (system = cur_bytes(&c, 6)) == NULL)
        return false;
    emit_object(e, EMIT_ITEM);
    put_bits(e, KEY("flags"), row->flags, flags);
    emit_u64(e, KEY("weight"), weight);
    emit_hex(e, KEY("system-id"), system, 6);
    put_sids(e, c, flags & ADJ_V, flags & ADJ_L, KEY("undecoded"));
    emit_object_end(e);
    return true;
}

static bool put_prefix_sid(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags, algorithm;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &algorithm) || !cur_skip(&c, 2))
        return false;
    put_bits(e, key_of(row), row->flags, flags);
    put_sids(e, c, flags & PREFIX_V, flags & PREFIX_L, KEY("undecoded-sids"));
    emit_u64(e, KEY("sr-algorithm"), algorithm);
    return true;
}

/* ---- SRv6 (RFC 9514) ---- */

static bool put_srv6_capabilities(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint16_t flags;
    if (!cur_u16(&c, &flags))
        return false;
    emit_object(e, key_of(row));
    emit_object(e, KEY("flags"));
    emit_u64(e, KEY("O"), flags >> 14 & 1); /* section 3.1 */
    emit_object_end(e);
    emit_object_end(e);
    return true;
}

static bool put_structure(struct emit *e, const struct ls_row *row, struct cur c)
{
    static const char *const names[] = {"loc_block_len", "loc_node_len", "func_len", "arg_len"};
    uint8_t v;
    if (c.left < 4)
        return false;
    emit_object(e, key_of(row));
    for (int i = 0; i < 4 && cur_u8(&c, &v); i++)
        emit_u64(e, str_of(names[i]), v);
    emit_object_end(e);
    return true;
}

static bool put_behavior(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint16_t behavior;
    uint8_t flags, algorithm;
    if (!cur_u16(&c, &behavior) || !cur_u8(&c, &flags) || !cur_u8(&c, &algorithm))
        return false;
    emit_object(e, key_of(row));
    emit_u64(e, KEY("endpoint-behavior"), behavior);
    emit_array(e, KEY("flags")); /* none is defined */
    emit_array_end(e);
    emit_u64(e, KEY("algorithm"), algorithm);
    emit_object_end(e);
    return true;
}

static bool put_locator(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags, algorithm;
    uint32_t metric;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &algorithm) || !cur_skip(&c, 2) ||
        !cur_u32(&c, &metric))
        return false;
    emit_object(e, key_of(row));
    put_bits(e, KEY("flags"), row->flags, flags);
    emit_u64(e, KEY("algorithm"), algorithm);
    emit_u64(e, KEY("metric"), metric);
    emit_object_end(e);
    return true;
}

static const struct ls_row structure_row = {
    .type = 1252, .name = "srv6-sid-structure", .put = put_structure};

/* `unknown` names a sub-TLV of a type without a row. */
static bool put_sub_tlvs(struct emit *e, struct cur c, const char *before, const char *behind)
{
    uint16_t type, len;
    struct cur v;
    while (c.left > 0) {
        char name[40];
        if (!cur_u16(&c, &type) || !cur_u16(&c, &len) || !cur_take(&c, len, &v))
            return false;
        if (type == structure_row.type && put_structure(e, &structure_row, v))
            continue;
        int n = snprintf(name, sizeof name, "%s%u%s", before, type, behind);
        exabgp_hex(e, str_at(name, (size_t)n), "0x", v);
    }
    return true;
}

enum { LAN_ISIS = 1107, LAN_OSPF = 1108 };

static bool put_end_x(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint16_t behavior;
    uint8_t flags, algorithm, weight;
    uint32_t id_len = row->type == LAN_ISIS ? 6 : row->type == LAN_OSPF ? 4 : 0;
    if (!cur_u16(&c, &behavior) || !cur_u8(&c, &flags) || !cur_u8(&c, &algorithm) ||
        !cur_u8(&c, &weight) || !cur_skip(&c, 1))
        return false;
    const uint8_t *id = cur_bytes(&c, id_len), *sid = cur_bytes(&c, 16);
    if (sid == NULL)
        return false;
    emit_object(e, EMIT_ITEM);
    put_bits(e, KEY("flags"), row->flags, flags);
    if (row->type == LAN_ISIS)
        emit_hex(e, KEY("neighbor-id"), id, id_len);
    else if (row->type == LAN_OSPF)
        emit_ipv4(e, KEY("neighbor-id"), id);
    emit_u64(e, KEY("behavior"), behavior);
    emit_u64(e, KEY("algorithm"), algorithm);
    emit_u64(e, KEY("weight"), weight);
    emit_ipv6(e, KEY("sid"), sid);
    bool ok = id_len == 0 ? put_sub_tlvs(e, c, "subtlv-not-implemented-", "")
                          : put_sub_tlvs(e, c, "", "-undecoded");
    emit_object_end(e);
    return ok;
}

/* ---- all of them ---- */

#define ADJ_FLAGS FLAGS("F", "B", "V", "L", "S", "P")
#define END_FLAGS FLAGS("B", "S", "P")

/* clang-format off */
static const struct ls_row rows[] = {
    {1024, false, "node-flags", put_flags, FLAGS("O", "T", "E", "B", "R", "V")},
    {1025, false, "opaque", put_text, NULL},
    {1026, false, "node-name", put_text, NULL},
    {1027, false, "area-id", put_area, NULL},
    {1028, true, "local-te-router-ids", put_ip, NULL},
    {1029, true, "local-te-router-ids", put_ip, NULL},
    {1030, false, "remote-te-router-id", put_ip, NULL},
    {1031, false, "remote-te-router-id", put_ip, NULL},
    {1034, false, "sr-capability-flags", put_capabilities, FLAGS("I", "V")},
    {1035, false, "sr-algorithms", put_algorithms, NULL},
    {1038, false, "srv6-capabilities", put_srv6_capabilities, NULL},
    {1088, false, "admin-group-mask", put_u32, NULL},
    {1089, false, "maximum-link-bandwidth", put_f32, NULL},
    {1090, false, "maximum-reservable-link-bandwidth", put_f32, NULL},
    {1091, false, "unreserved-bandwidth", put_f32s, NULL},
    {1092, false, "te-metric", put_u32, NULL},
    /* RFC 5307 section 1.2, whose bits count from the lowest */
    {1093, false, "link-protection-flags", put_flags,
     FLAGS(NULL, NULL, "Enhanced", "Dedicated 1+1", "Dedicated 1:1", "Shared", "Unprotected",
           "ExtraTrafic")},
    {1094, false, "mpls-mask", put_flags, FLAGS("LDP", "RSVP-TE")},
    {1095, false, "igp-metric", put_metric, NULL},
    {1096, false, "shared-risk-link-groups", put_u32s, NULL},
    {1097, false, "opaque-link", put_text, NULL},
    {1098, false, "link-name", put_text, NULL},
    {1099, false, "sr-adj", put_adjacency, ADJ_FLAGS},
    {1100, true, "sr-adj-lan-sids", put_lan_adjacency, ADJ_FLAGS},
    {1106, true, "srv6-endx", put_end_x, END_FLAGS},
    {1107, true, "srv6-lan-endx-isis", put_end_x, END_FLAGS},
    {1108, true, "srv6-lan-endx-ospf", put_end_x, END_FLAGS},
    {1152, false, "igp-flags", put_flags, FLAGS("D", "N", "L", "P")},
    {1153, false, "igp-route-tags", put_u32s, NULL},
    {1154, false, "igp-extended-route-tags", put_u64s, NULL},
    {1155, false, "prefix-metric", put_u32, NULL},
    {1156, false, "ospf-forwarding-address", put_ip, NULL},
    {1157, false, "opaque-prefix", put_text, NULL},
    {1158, false, "sr-prefix-flags", put_prefix_sid, FLAGS("R", "N", "P", "E", "V", "L")},
    {1162, false, "srv6-locator", put_locator, FLAGS("D")},
    {1170, false, "sr-prefix-attribute-flags", put_flags, FLAGS("X", "R", "N")},
    {1171, false, "sr-source-router-id", put_ip, NULL},
    {1250, false, "srv6-endpoint-behavior", put_behavior, NULL},
    {1252, false, "srv6-sid-structure", put_structure, NULL},
};
/* clang-format on */

static const struct ls_row *row_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].type == type)
            return &rows[i];
    }
    return NULL;
}

struct tlv_at {
    uint16_t type;
    struct cur value;
    const struct ls_row *row; /* NULL: generic */
};

static bool next_tlv(struct cur *c, struct tlv_at *t)
{
    uint16_t len;
    if (c->left == 0 || !cur_u16(c, &t->type) || !cur_u16(c, &len) ||
        !cur_take(c, len, &t->value))
        return false;
    t->row = row_of(t->type);
    if (t->row != NULL && !t->row->put(&emit_null, t->row, t->value))
        t->row = NULL;
    return true;
}

/* Returns whether one of the same name follows. */
static bool comes_again(struct cur rest, const struct ls_row *row)
{
    struct tlv_at t;
    while (next_tlv(&rest, &t)) {
        if (t.row != NULL && strcmp(t.row->name, row->name) == 0)
            return true;
    }
    return false;
}

static bool is_generic(const struct tlv_at *t, struct cur rest)
{
    return t->row == NULL || (!t->row->merged && comes_again(rest, t->row));
}

/* Writes all of a name's items, unless an earlier one did that. */
static void put_merged(struct emit *e, struct cur all, const struct tlv_at *first)
{
    struct tlv_at t;
    bool open = false;
    while (next_tlv(&all, &t)) {
        if (t.row == NULL || strcmp(t.row->name, first->row->name) != 0)
            continue;
        if (!open && t.value.p != first->value.p)
            return;
        if (!open)
            emit_array(e, key_of(first->row));
        open = true;
        (void)t.row->put(e, t.row, t.value);
    }
    if (open)
        emit_array_end(e);
}

/* Likewise, of a type's generic ones. */
static void put_generic(struct emit *e, struct cur all, const struct tlv_at *first)
{
    struct tlv_at t;
    bool open = false;
    char name[24];
    while (next_tlv(&all, &t)) {
        if (t.type != first->type || !is_generic(&t, all))
            continue;
        if (!open && t.value.p != first->value.p)
            return;
        if (!open)
            emit_array(e, str_at(name, (size_t)snprintf(name, sizeof name, "generic-lsid-%u",
                                                        first->type)));
        open = true;
        exabgp_hex(e, EMIT_ITEM, "0x", t.value);
    }
    if (open)
        emit_array_end(e);
}

bool exabgp_ls_attr(struct emit *e, struct cur c)
{
    struct cur all = c;
    struct tlv_at t;
    emit_object(e, KEY("bgp-ls"));
    while (next_tlv(&c, &t)) {
        if (is_generic(&t, c))
            put_generic(e, all, &t);
        else if (t.row->merged)
            put_merged(e, all, &t);
        else
            (void)t.row->put(e, t.row, t.value);
    }
    emit_object_end(e);
    return !c.failed && c.left == 0;
}
