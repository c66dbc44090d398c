/* SPDX-License-Identifier: BSD-2-Clause */
/* prefix_sid: BGP Prefix-SID (RFC 8669) with SRv6 services (RFC 9252). Floor F1. */
#include "bgp/attr_map.h"
#include "bgp/sr_policy.h"

static int label_index(struct tlv *t, struct emit *e) /* RFC 8669 section 3.1 */
{
    uint16_t flags;
    uint32_t index;
    if (!cur_skip(&t->value, 1) || !cur_u16(&t->value, &flags) || !cur_u32(&t->value, &index))
        return tlv_fault(t);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("label_index"), index);
    return 0;
}

static int originator_srgb(struct tlv *t, struct emit *e) /* RFC 8669 section 3.2 */
{
    uint16_t flags;
    if (!cur_u16(&t->value, &flags))
        return tlv_fault(t);
    emit_u64(e, KEY("flags"), flags);
    emit_array(e, KEY("ranges"));
    while (t->value.left > 0) {
        uint32_t base, range;
        if (!cur_u24(&t->value, &base) || !cur_u24(&t->value, &range))
            return tlv_fault(t);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("base"), base);
        emit_u64(e, KEY("range"), range);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* A malformed SRv6 service TLV, or a part of it, withdraws the routes (RFC 9252 section 7). */
static uint8_t service_on_error(uint16_t type)
{
    (void)type;
    return BGP_ACTION_TREAT_AS_WITHDRAW;
}

#define SERVICE_TABLE(table_name, table_rows)                                                  \
    const struct tlv_table table_name = {.rows = table_rows,                                   \
                                         .cnt = sizeof(table_rows) / sizeof((table_rows)[0]),  \
                                         .type_len = 1,                                        \
                                         .len_len = 2,                                         \
                                         .on_error = service_on_error}

static int sid_structure(struct tlv *t, struct emit *e) /* RFC 9252 section 3.2.1 */
{
    static const char *const names[] = {"locator_block_len", "locator_node_len",
                                        "function_len",      "argument_len",
                                        "transposition_len", "transposition_offset"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t v;
        if (!cur_u8(&t->value, &v))
            return tlv_fault(t);
        emit_u64(e, str_of(names[i]), v);
    }
    return 0;
}

static const struct tlv_row sub_sub_rows[] = {
    {1, "srv6-sid-structure", "RFC 9252 section 3.2.1", sid_structure, NULL},
};
static SERVICE_TABLE(sub_sub_table, sub_sub_rows);

static int sid_information(struct tlv *t, struct emit *e) /* RFC 9252 section 3.1 */
{
    uint8_t flags;
    uint16_t behavior;
    const uint8_t *sid;
    if (!cur_skip(&t->value, 1) || (sid = cur_bytes(&t->value, 16)) == NULL ||
        !cur_u8(&t->value, &flags) || !cur_u16(&t->value, &behavior) || !cur_skip(&t->value, 1))
        return tlv_fault(t);
    emit_ipv6(e, KEY("sid"), sid);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("endpoint_behavior"), behavior);
    return t->value.left == 0 ? 0 : tlv_emit_all(t->row->sub, &t->value, t->in, e, KEY("tlvs"));
}

static const struct tlv_row service_rows[] = {
    {1, "srv6-sid-information", "RFC 9252 section 3.1", sid_information, &sub_sub_table},
};
static SERVICE_TABLE(service_table, service_rows);

static int srv6_service(struct tlv *t,
                        struct emit *e) /* RFC 9252 section 2: reserved (1), sub-TLVs */
{
    if (!cur_skip(&t->value, 1))
        return tlv_fault(t);
    return tlv_sub(t, e);
}

/* IANA "BGP Prefix-SID TLV Types" */
static const struct tlv_row rows[] = {
    {1, "label-index", "RFC 8669 section 3.1", label_index, NULL},
    {2, "ipv6-sid", "draft-ietf-idr-bgp-prefix-sid (deprecated)", tlv_hex, NULL},
    {3, "originator-srgb", "RFC 8669 section 3.2", originator_srgb, NULL},
    {4, "srv6-vpn-sid", "draft-dawra-idr-srv6-vpn (deprecated)", tlv_hex, NULL},
    {5, "srv6-l3-service", "RFC 9252 section 2", srv6_service, &service_table},
    {6, "srv6-l2-service", "RFC 9252 section 2", srv6_service, &service_table},
};
/* A malformed label index or SRGB discards the attribute (RFC 8669 section 6). */
static uint8_t on_error(uint16_t type)
{
    return type == 5 || type == 6 ? service_on_error(type) : BGP_ACTION_ATTRIBUTE_DISCARD;
}

const struct tlv_table prefix_sid_table = {.rows = rows,
                                           .cnt = sizeof rows / sizeof rows[0],
                                           .type_len = 1,
                                           .len_len = 2,
                                           .on_error = on_error};

int attr_prefix_sid(struct attr_in *in, struct emit *e, struct str key)
{
    return tlv_emit_all(&prefix_sid_table, &in->value, in, e, key);
}
