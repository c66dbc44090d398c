/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_ls_sr: segment routing in the BGP-LS attribute as ExaBGP's JSON has it (RFC 9085, 9514).
 * Floor F4. */
#include <stdio.h>

#include "tools/exabgp/exabgp_ls_attr.h"

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

bool ls_put_capabilities(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags;
    uint32_t range, label;
    uint16_t type, len;
    if (!cur_u8(&c, &flags) || !cur_skip(&c, 1))
        return false;
    ls_put_bits(e, ls_key_of(row), row->flags, flags);
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

bool ls_put_adjacency(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags, weight;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &weight) || !cur_skip(&c, 2))
        return false;
    emit_object(e, ls_key_of(row));
    ls_put_bits(e, KEY("flags"), row->flags, flags);
    put_sids(e, c, flags & ADJ_V, flags & ADJ_L, KEY("undecoded-sids"));
    emit_u64(e, KEY("weight"), weight);
    emit_object_end(e);
    return true;
}

bool ls_put_lan_adjacency(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags, weight;
    const uint8_t *system;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &weight) || !cur_skip(&c, 2) ||
        (system = cur_bytes(&c, 6)) == NULL)
        return false;
    emit_object(e, EMIT_ITEM);
    ls_put_bits(e, KEY("flags"), row->flags, flags);
    emit_u64(e, KEY("weight"), weight);
    emit_hex(e, KEY("system-id"), system, 6);
    put_sids(e, c, flags & ADJ_V, flags & ADJ_L, KEY("undecoded"));
    emit_object_end(e);
    return true;
}

bool ls_put_prefix_sid(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags, algorithm;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &algorithm) || !cur_skip(&c, 2))
        return false;
    ls_put_bits(e, ls_key_of(row), row->flags, flags);
    put_sids(e, c, flags & PREFIX_V, flags & PREFIX_L, KEY("undecoded-sids"));
    emit_u64(e, KEY("sr-algorithm"), algorithm);
    return true;
}

/* ---- SRv6 (RFC 9514) ---- */

bool ls_put_srv6_capabilities(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint16_t flags;
    if (!cur_u16(&c, &flags))
        return false;
    emit_object(e, ls_key_of(row));
    emit_object(e, KEY("flags"));
    emit_u64(e, KEY("O"), flags >> 14 & 1); /* section 3.1 */
    emit_object_end(e);
    emit_object_end(e);
    return true;
}

bool ls_put_structure(struct emit *e, const struct ls_row *row, struct cur c)
{
    static const char *const names[] = {"loc_block_len", "loc_node_len", "func_len", "arg_len"};
    uint8_t v;
    if (c.left < 4)
        return false;
    emit_object(e, ls_key_of(row));
    for (int i = 0; i < 4 && cur_u8(&c, &v); i++)
        emit_u64(e, str_of(names[i]), v);
    emit_object_end(e);
    return true;
}

bool ls_put_behavior(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint16_t behavior;
    uint8_t flags, algorithm;
    if (!cur_u16(&c, &behavior) || !cur_u8(&c, &flags) || !cur_u8(&c, &algorithm))
        return false;
    emit_object(e, ls_key_of(row));
    emit_u64(e, KEY("endpoint-behavior"), behavior);
    emit_array(e, KEY("flags")); /* none is defined */
    emit_array_end(e);
    emit_u64(e, KEY("algorithm"), algorithm);
    emit_object_end(e);
    return true;
}

bool ls_put_locator(struct emit *e, const struct ls_row *row, struct cur c)
{
    uint8_t flags, algorithm;
    uint32_t metric;
    if (!cur_u8(&c, &flags) || !cur_u8(&c, &algorithm) || !cur_skip(&c, 2) ||
        !cur_u32(&c, &metric))
        return false;
    emit_object(e, ls_key_of(row));
    ls_put_bits(e, KEY("flags"), row->flags, flags);
    emit_u64(e, KEY("algorithm"), algorithm);
    emit_u64(e, KEY("metric"), metric);
    emit_object_end(e);
    return true;
}

static const struct ls_row structure_row = {
    .type = 1252, .name = "srv6-sid-structure", .put = ls_put_structure};

/* `unknown` names a sub-TLV of a type without a row. */
static bool put_sub_tlvs(struct emit *e, struct cur c, const char *before, const char *behind)
{
    uint16_t type, len;
    struct cur v;
    while (c.left > 0) {
        char name[40];
        if (!cur_u16(&c, &type) || !cur_u16(&c, &len) || !cur_take(&c, len, &v))
            return false;
        if (type == structure_row.type && ls_put_structure(e, &structure_row, v))
            continue;
        int n = snprintf(name, sizeof name, "%s%u%s", before, type, behind);
        exabgp_hex(e, str_at(name, (size_t)n), "0x", v);
    }
    return true;
}

enum { LAN_ISIS = 1107, LAN_OSPF = 1108 };

bool ls_put_end_x(struct emit *e, const struct ls_row *row, struct cur c)
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
    ls_put_bits(e, KEY("flags"), row->flags, flags);
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
