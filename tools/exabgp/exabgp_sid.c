/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_sid: the BGP Prefix-SID attribute as ExaBGP's JSON has it (RFC 8669, RFC 9252). Floor
 * F4. */
#include <stdio.h>

#include "tools/exabgp/exabgp.h"

enum { TLV_LABEL_INDEX = 1, TLV_SRGB = 3, TLV_L3_SERVICE = 5, TLV_L2_SERVICE = 6 };

/* Takes the next {type (1), length (2), value}. False at the end, or when it is cut:
 * c->failed. */
static bool next_tlv(struct cur *c, uint8_t *type, struct cur *value)
{
    uint16_t len;
    return c->left > 0 && cur_u8(c, type) && cur_u16(c, &len) && cur_take(c, len, value);
}

static void put_unknown(struct emit *e, uint8_t type, struct cur value)
{
    char name[40];
    int n = snprintf(name, sizeof name, "attribute-not-implemented-%u", type);
    exabgp_hex(e, str_at(name, (size_t)n), "0x", value);
}

static bool put_label_index(struct emit *e, struct cur c)
{
    uint32_t index;
    if (!cur_skip(&c, 3) || !cur_u32(&c, &index) || !cur_done(&c))
        return false;
    emit_u64(e, KEY("sr-label-index"), index);
    return true;
}

static bool put_srgb(struct emit *e, struct cur c)
{
    uint32_t pair[2];
    if (!cur_skip(&c, 2) || c.left % 6 != 0)
        return false;
    emit_array(e, KEY("sr-srgbs"));
    while (c.left > 0 && cur_u24(&c, &pair[0]) && cur_u24(&c, &pair[1])) {
        emit_array(e, EMIT_ITEM);
        emit_u32_items(e, pair, 2);
        emit_array_end(e);
    }
    emit_array_end(e);
    return true;
}

/* RFC 9252 section 3.2.1 */
static bool put_structure(struct emit *e, struct cur c)
{
    static const char *const names[] = {"locator-block-length",  "locator-node-length",
                                        "function-length",       "argument-length",
                                        "transposition-length", "transposition-offset"};
    uint8_t v;
    if (c.left != sizeof names / sizeof names[0])
        return false;
    emit_object(e, KEY("structure"));
    for (size_t i = 0; i < sizeof names / sizeof names[0] && cur_u8(&c, &v); i++)
        emit_u64(e, str_of(names[i]), v);
    emit_object_end(e);
    return true;
}

/* Section 3.1 */
static bool put_sid(struct emit *e, struct cur c)
{
    enum { STRUCTURE = 1 };
    uint16_t behavior;
    uint8_t type;
    struct cur value;
    const uint8_t *sid = cur_skip(&c, 1) ? cur_bytes(&c, 16) : NULL;
    if (sid == NULL || !cur_skip(&c, 1) || !cur_u16(&c, &behavior) || !cur_skip(&c, 1))
        return false;
    emit_ipv6(e, KEY("sid"), sid);
    emit_u64(e, KEY("flags"), 0); /* none is defined */
    emit_u64(e, KEY("endpoint_behavior"), behavior);
    while (next_tlv(&c, &type, &value)) {
        if (type != STRUCTURE || !put_structure(e, value))
            put_unknown(e, type, value);
    }
    return !c.failed;
}

/* Section 2 */
static bool put_service(struct emit *e, struct str key, struct cur c)
{
    enum { SID_INFORMATION = 1 };
    uint8_t type;
    struct cur value;
    if (!cur_skip(&c, 1))
        return false;
    emit_array(e, key);
    while (next_tlv(&c, &type, &value)) {
        emit_object(e, EMIT_ITEM);
        struct emit_mark mark = emit_mark(e);
        if (type != SID_INFORMATION || !put_sid(e, value)) {
            emit_rollback(e, mark);
            put_unknown(e, type, value);
        }
        emit_object_end(e);
    }
    emit_array_end(e);
    return !c.failed;
}

static bool put_tlv(struct emit *e, uint8_t type, struct cur value)
{
    switch (type) {
    case TLV_LABEL_INDEX:
        return put_label_index(e, value);
    case TLV_SRGB:
        return put_srgb(e, value);
    case TLV_L3_SERVICE:
        return put_service(e, KEY("l3-service"), value);
    case TLV_L2_SERVICE:
        return put_service(e, KEY("l2-service"), value);
    default:
        return false;
    }
}

bool exabgp_prefix_sid(struct emit *e, struct cur c)
{
    uint8_t type;
    struct cur value;
    uint8_t seen[32] = {0};
    emit_object(e, KEY("bgp-prefix-sid"));
    while (next_tlv(&c, &type, &value)) {
        struct emit_mark mark = emit_mark(e);
        if (seen[type / 8] >> type % 8 & 1) /* RFC 8669 section 3: the first counts */
            continue;
        seen[type / 8] |= (uint8_t)(1 << type % 8);
        if (!put_tlv(e, type, value)) {
            emit_rollback(e, mark);
            put_unknown(e, type, value);
        }
    }
    emit_object_end(e);
    return !c.failed;
}
