/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_ls_attr: the BGP-LS attribute as ExaBGP's JSON has it (RFC 9552 section 5.3, RFC 9085,
 * 9514). Floor F4.
 *
 * A TLV without a row, or whose octets aren't what its row wants, is `generic-lsid-TYPE`. So
 * are all but the last of a type that ExaBGP would write twice under one name. */
#include <stdio.h>

#include "base/fmt.h"
#include "tools/exabgp/exabgp_ls_attr.h"

/* ---- flags ---- */

#define FLAGS(...) (const char *const[LS_BITS]){__VA_ARGS__}

void ls_put_bits(struct emit *e, struct str key, const char *const *names, uint8_t octet)
{
    bool reserved = false;
    emit_object(e, key);
    for (int i = 0; i < LS_BITS; i++) {
        if (names[i] != NULL)
            emit_u64(e, str_of(names[i]), octet >> (LS_BITS - 1 - i) & 1);
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
    ls_put_bits(e, ls_key_of(row), row->flags, octet);
    return true;
}

/* ---- plain values ---- */

static bool put_u32(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint32_t v;
    if (!cur_u32(&c, &v) || !cur_done(&c))
        return false;
    emit_u64(e, ls_key_of(row), v);
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
    emit_u64(e, ls_key_of(row), v);
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
    put_float(e, ls_key_of(row), v);
    return true;
}

/* One for each of eight priorities. */
static bool put_f32s(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint32_t v;
    if (c.left != 8 * 4)
        return false;
    emit_array(e, ls_key_of(row));
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
    emit_array(e, ls_key_of(row));
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
    emit_array(e, ls_key_of(row));
    while (c.left > 0 && cur_u64(&c, &v))
        emit_u64(e, EMIT_ITEM, v);
    emit_array_end(e);
    return true;
}

static bool put_text(struct emit *e, const struct ls_row *row, struct cur c)
{
    emit_text(e, ls_key_of(row), c.left > 0 ? (const void *)c.p : "", c.left);
    return true;
}

static bool put_ip(struct emit *e, const struct ls_row *row, struct cur c)
{
    if (c.left != 4 && c.left != 16)
        return false;
    emit_ip(e, row->merged ? EMIT_ITEM : ls_key_of(row), c.p, c.left);
    return true;
}

/* An IS-IS area as one number. */
static bool put_area(struct emit *e, const struct ls_row *row, struct cur c)
{
    enum { AREA_MAX = 20 }; /* ISO 8348: an NSAP */
    char text[FMT_WIDE_MAX(AREA_MAX)];
    if (c.left == 0 || c.left > AREA_MAX)
        return false;
    emit_ascii(e, ls_key_of(row), text, fmt_wide(text, c.p, c.left));
    return true;
}

static bool put_algorithms(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t v = 0;
    emit_array(e, ls_key_of(row));
    if (c.left == 0)
        emit_u64(e, EMIT_ITEM, v);
    while (c.left > 0 && cur_u8(&c, &v))
        emit_u64(e, EMIT_ITEM, v);
    emit_array_end(e);
    return true;
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
    {1034, false, "sr-capability-flags", ls_put_capabilities, FLAGS("I", "V")},
    {1035, false, "sr-algorithms", put_algorithms, NULL},
    {1038, false, "srv6-capabilities", ls_put_srv6_capabilities, NULL},
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
    {1099, false, "sr-adj", ls_put_adjacency, ADJ_FLAGS},
    {1100, true, "sr-adj-lan-sids", ls_put_lan_adjacency, ADJ_FLAGS},
    {1106, true, "srv6-endx", ls_put_end_x, END_FLAGS},
    {1107, true, "srv6-lan-endx-isis", ls_put_end_x, END_FLAGS},
    {1108, true, "srv6-lan-endx-ospf", ls_put_end_x, END_FLAGS},
    {1152, false, "igp-flags", put_flags, FLAGS("D", "N", "L", "P")},
    {1153, false, "igp-route-tags", put_u32s, NULL},
    {1154, false, "igp-extended-route-tags", put_u64s, NULL},
    {1155, false, "prefix-metric", put_u32, NULL},
    {1156, false, "ospf-forwarding-address", put_ip, NULL},
    {1157, false, "opaque-prefix", put_text, NULL},
    {1158, false, "sr-prefix-flags", ls_put_prefix_sid, FLAGS("R", "N", "P", "E", "V", "L")},
    {1162, false, "srv6-locator", ls_put_locator, FLAGS("D")},
    {1170, false, "sr-prefix-attribute-flags", put_flags, FLAGS("X", "R", "N")},
    {1171, false, "sr-source-router-id", put_ip, NULL},
    {1250, false, "srv6-endpoint-behavior", ls_put_behavior, NULL},
    {1252, false, "srv6-sid-structure", ls_put_structure, NULL},
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
            emit_array(e, ls_key_of(first->row));
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
