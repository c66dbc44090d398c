/* SPDX-License-Identifier: BSD-2-Clause */
/* sr: BGP-LS values of segment routing, MPLS and SRv6, and flexible algorithms (RFC 9085, 9086,
 * 9351, 9514). Floor F1. */
#include "bgp/ls.h"

/* Emits a SID of 3 octets (label in the low 20 bits) or 4 (index), or 16. */
static int emit_sid(struct tlv *t, struct emit *e)
{
    uint32_t v;
    if (t->value.left == 3) {
        if (!cur_u24(&t->value, &v))
            return tlv_fault(t);
        emit_u64(e, KEY("label"), v & 0xfffff);
        return 0;
    }
    if (!cur_u32(&t->value, &v))
        return tlv_fault(t);
    emit_u64(e, KEY("index"), v);
    return 0;
}

/* Emits sub-TLVs when any are left; every BGP-LS sub-TLV's code comes from the one registry. */
static int emit_sub(struct tlv *t, struct emit *e)
{
    if (t->value.left == 0)
        return 0;
    return tlv_emit_all(&ls_attr_table, &t->value, t->in, e, KEY("tlvs"));
}

int ls_sid_label(struct tlv *t, struct emit *e) /* RFC 9085 section 2.1.1 */
{
    return emit_sid(t, e);
}

/* SR Capabilities and SR Local Block (RFC 9085 sections 2.1.2, 2.1.4): flags, reserved, {size
 * (3), SID/Label TLV}. */
int ls_sr_capabilities(struct tlv *t, struct emit *e)
{
    uint8_t flags;
    if (!cur_u8(&t->value, &flags) || !cur_skip(&t->value, 1))
        return tlv_fault(t);
    emit_u64(e, KEY("flags"), flags);
    emit_array(e, KEY("ranges"));
    while (t->value.left > 0) {
        uint32_t size;
        uint16_t type, len;
        struct tlv sid = {.in = t->in};
        if (!cur_u24(&t->value, &size) || !cur_u16(&t->value, &type) ||
            !cur_u16(&t->value, &len) || !cur_take(&t->value, len, &sid.value))
            return tlv_fault(t);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("size"), size);
        if (emit_sid(&sid, e) != 0)
            return -1;
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* Emits the flags and weight that adjacency and peer SIDs begin with. */
static bool emit_flags_weight(struct tlv *t, struct emit *e)
{
    uint8_t flags, weight;
    if (!cur_u8(&t->value, &flags) || !cur_u8(&t->value, &weight) || !cur_skip(&t->value, 2))
        return false;
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("weight"), weight);
    return true;
}

int ls_adj_sid(struct tlv *t, struct emit *e) /* RFC 9085 section 2.2.1 */
{
    return emit_flags_weight(t, e) ? emit_sid(t, e) : tlv_fault(t);
}

int ls_peer_sid(struct tlv *t, struct emit *e) /* RFC 9086 section 5 */
{
    return ls_adj_sid(t, e);
}

/* LAN Adjacency SID (RFC 9085 section 2.2.2): the neighbour is a 4-octet OSPF or 6-octet IS-IS
 * id; the SID after it has 3 or 4 octets, so that what is left tells: 7 or 8 with OSPF, 9 or 10
 * with IS-IS. */
int ls_lan_adj_sid(struct tlv *t, struct emit *e)
{
    if (!emit_flags_weight(t, e))
        return tlv_fault(t);
    uint32_t id_len = t->value.left >= 9 ? 6 : 4;
    const uint8_t *id = cur_bytes(&t->value, id_len);
    if (id == NULL)
        return tlv_fault(t);
    if (id_len == 4)
        emit_ipv4(e, KEY("neighbor"), id);
    else
        emit_hex(e, KEY("neighbor"), id, id_len);
    return emit_sid(t, e);
}

int ls_prefix_sid(struct tlv *t, struct emit *e) /* RFC 9085 section 2.3.1 */
{
    uint8_t flags, algorithm;
    if (!cur_u8(&t->value, &flags) || !cur_u8(&t->value, &algorithm) || !cur_skip(&t->value, 2))
        return tlv_fault(t);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("algorithm"), algorithm);
    return emit_sid(t, e);
}

int ls_range(struct tlv *t, struct emit *e) /* RFC 9085 section 2.3.5 */
{
    uint8_t flags;
    uint16_t size;
    if (!cur_u8(&t->value, &flags) || !cur_skip(&t->value, 1) || !cur_u16(&t->value, &size))
        return tlv_fault(t);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("size"), size);
    return emit_sub(t, e);
}

/* Emits what SRv6 SIDs of an adjacency begin with (RFC 9514 section 4.1): behavior, flags,
 * algorithm, weight, reserved. */
static bool emit_end_x(struct tlv *t, struct emit *e)
{
    uint16_t behavior;
    uint8_t flags, algorithm, weight;
    if (!cur_u16(&t->value, &behavior) || !cur_u8(&t->value, &flags) ||
        !cur_u8(&t->value, &algorithm) || !cur_u8(&t->value, &weight) ||
        !cur_skip(&t->value, 1))
        return false;
    emit_u64(e, KEY("endpoint_behavior"), behavior);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("algorithm"), algorithm);
    emit_u64(e, KEY("weight"), weight);
    return true;
}

static int emit_sid6(struct tlv *t, struct emit *e)
{
    const uint8_t *sid = cur_bytes(&t->value, 16);
    if (sid == NULL)
        return tlv_fault(t);
    emit_ipv6(e, KEY("sid"), sid);
    return emit_sub(t, e);
}

int ls_srv6_end_x(struct tlv *t, struct emit *e)
{
    return emit_end_x(t, e) ? emit_sid6(t, e) : tlv_fault(t);
}

static int lan_end_x(struct tlv *t, struct emit *e, uint32_t id_len)
{
    const uint8_t *id;
    if (!emit_end_x(t, e) || (id = cur_bytes(&t->value, id_len)) == NULL)
        return tlv_fault(t);
    if (id_len == 4)
        emit_ipv4(e, KEY("neighbor"), id);
    else
        emit_hex(e, KEY("neighbor"), id, id_len);
    return emit_sid6(t, e);
}

int ls_srv6_lan_end_x_isis(struct tlv *t, struct emit *e) /* RFC 9514 section 4.2 */
{
    return lan_end_x(t, e, 6);
}

int ls_srv6_lan_end_x_ospf(struct tlv *t, struct emit *e)
{
    return lan_end_x(t, e, 4);
}

int ls_srv6_locator(struct tlv *t, struct emit *e) /* RFC 9514 section 5.1 */
{
    uint8_t flags, algorithm;
    uint32_t metric;
    if (!cur_u8(&t->value, &flags) || !cur_u8(&t->value, &algorithm) ||
        !cur_skip(&t->value, 2) || !cur_u32(&t->value, &metric))
        return tlv_fault(t);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("algorithm"), algorithm);
    emit_u64(e, KEY("metric"), metric);
    return emit_sub(t, e);
}

int ls_srv6_behavior(struct tlv *t, struct emit *e) /* RFC 9514 section 7.1 */
{
    uint16_t behavior;
    uint8_t flags, algorithm;
    if (!cur_u16(&t->value, &behavior) || !cur_u8(&t->value, &flags) ||
        !cur_u8(&t->value, &algorithm))
        return tlv_fault(t);
    emit_u64(e, KEY("endpoint_behavior"), behavior);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("algorithm"), algorithm);
    return 0;
}

int ls_srv6_peer_node_sid(struct tlv *t, struct emit *e) /* RFC 9514 section 7.2 */
{
    uint32_t asn;
    const uint8_t *id;
    if (!emit_flags_weight(t, e) || !cur_u32(&t->value, &asn) ||
        (id = cur_bytes(&t->value, 4)) == NULL)
        return tlv_fault(t);
    emit_u64(e, KEY("peer_asn"), asn);
    emit_ipv4(e, KEY("peer_bgp_id"), id);
    return 0;
}

int ls_srv6_structure(struct tlv *t, struct emit *e) /* RFC 9514 section 8 */
{
    static const char *const names[] = {"locator_block_len", "locator_node_len", "function_len",
                                        "argument_len"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t v;
        if (!cur_u8(&t->value, &v))
            return tlv_fault(t);
        emit_u64(e, str_of(names[i]), v);
    }
    return 0;
}

int ls_srv6_sid(struct tlv *t, struct emit *e) /* RFC 9514 section 6.1 */
{
    return emit_sid6(t, e);
}

int ls_flex_algo(struct tlv *t, struct emit *e) /* RFC 9351 section 3 */
{
    static const char *const names[] = {"flex_algo", "metric_type", "calc_type", "priority"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t v;
        if (!cur_u8(&t->value, &v))
            return tlv_fault(t);
        emit_u64(e, str_of(names[i]), v);
    }
    return emit_sub(t, e);
}

int ls_flex_metric(struct tlv *t, struct emit *e) /* RFC 9351 section 4 */
{
    uint8_t algo, flags;
    uint32_t metric;
    if (!cur_u8(&t->value, &algo) || !cur_u8(&t->value, &flags) || !cur_skip(&t->value, 2) ||
        !cur_u32(&t->value, &metric))
        return tlv_fault(t);
    emit_u64(e, KEY("flex_algo"), algo);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("metric"), metric);
    return 0;
}

int ls_flex_unsupported(struct tlv *t, struct emit *e) /* RFC 9351 section 3.6 */
{
    uint8_t protocol;
    if (!cur_u8(&t->value, &protocol))
        return tlv_fault(t);
    emit_u64(e, KEY("protocol"), protocol);
    emit_array(e, KEY("sub_tlv_types"));
    while (t->value.left > 0) {
        uint16_t type;
        uint8_t small;
        bool two = protocol != 1 && protocol != 2; /* IS-IS has one-octet types, OSPF two */
        if (two ? !cur_u16(&t->value, &type) : !cur_u8(&t->value, &small))
            return tlv_fault(t);
        emit_u64(e, EMIT_ITEM, two ? type : small);
    }
    emit_array_end(e);
    return 0;
}
