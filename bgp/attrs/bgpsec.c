/* SPDX-License-Identifier: BSD-2-Clause */
/* bgpsec: BGPsec_PATH (RFC 8205 section 3): the secure path, then one or two signature blocks.
 * Floor F1. */
#include "bgp/attr_map.h"

/* Reads a two-octet length that counts itself and cuts out what it covers. */
static bool take_block(struct cur *c, struct cur *block)
{
    uint16_t len;
    if (!cur_u16(c, &len))
        return false;
    if (len < 2)
        return cur_fail(c, 2);
    return cur_take(c, len - 2u, block);
}

static bool emit_secure_path(struct cur *c, struct emit *e)
{
    emit_array(e, KEY("secure_path"));
    while (c->left > 0) {
        uint8_t pcount, flags;
        uint32_t asn;
        if (!cur_u8(c, &pcount) || !cur_u8(c, &flags) || !cur_u32(c, &asn))
            return false;
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("pcount"), pcount);
        emit_u64(e, KEY("flags"), flags);
        emit_u64(e, KEY("asn"), asn);
        emit_object_end(e);
    }
    emit_array_end(e);
    return true;
}

static bool emit_signatures(struct cur *c, struct emit *e)
{
    emit_array(e, KEY("signatures"));
    while (c->left > 0) {
        uint16_t len;
        const uint8_t *ski = cur_bytes(c, 20), *signature = NULL;
        if (ski == NULL || !cur_u16(c, &len) || (signature = cur_bytes(c, len)) == NULL)
            return false;
        emit_object(e, EMIT_ITEM);
        emit_hex(e, KEY("ski"), ski, 20);
        emit_hex(e, KEY("signature"), signature, len);
        emit_object_end(e);
    }
    emit_array_end(e);
    return true;
}

int attr_bgpsec_path(struct attr_in *in, struct emit *e, struct str key)
{
    struct cur block;
    if (!take_block(&in->value, &block))
        return attr_fault_cur(in, &in->value);
    emit_object(e, key);
    if (!emit_secure_path(&block, e))
        return attr_fault_cur(in, &block);
    emit_array(e, KEY("blocks"));
    while (in->value.left > 0) {
        uint8_t algorithm;
        if (!take_block(&in->value, &block))
            return attr_fault_cur(in, &in->value);
        if (!cur_u8(&block, &algorithm))
            return attr_fault_cur(in, &block);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("algorithm_suite"), algorithm);
        if (!emit_signatures(&block, e))
            return attr_fault_cur(in, &block);
        emit_object_end(e);
    }
    emit_array_end(e);
    emit_object_end(e);
    return 0;
}
