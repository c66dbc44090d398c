/* SPDX-License-Identifier: BSD-2-Clause */
/* wide: BGP Community Container and the wide communities in it
 * (draft-ietf-idr-wide-bgp-communities sections 3 and 4). Floor F1.
 *
 *     +-----------+------------+---------------+-------------+---------------------------------
 *     | type (2)  | flags (1)  | reserved (1)  | length (2)  | type 1: community, source AS and
 *     +-----------+------------+---------------+-------------+ context AS (4 each), TLVs of
 * atoms
 */
#include "bgp/attr_map.h"
#include "bgp/nlri_map.h"
#include "bgp/tlv.h"

#define WIDE "draft-ietf-idr-wide-bgp-communities"

/* Prefixes as in NLRI: length in bits, octets. */
static int prefixes(struct tlv *t, struct emit *e, bool v6)
{
    emit_array(e, KEY("values"));
    while (t->value.left > 0) {
        uint8_t bits, addr[16];
        if (!cur_u8(&t->value, &bits))
            return tlv_fault(t);
        if (!nlri_read_addr(&t->value, bits, v6 ? 16 : 4, addr, &t->in->fault))
            return -1;
        emit_prefix(e, EMIT_ITEM, addr, v6, bits);
    }
    emit_array_end(e);
    return 0;
}

static int prefixes4(struct tlv *t, struct emit *e)
{
    return prefixes(t, e, false);
}

static int prefixes6(struct tlv *t, struct emit *e)
{
    return prefixes(t, e, true);
}

static int floats(struct tlv *t, struct emit *e)
{
    emit_array(e, KEY("values"));
    while (t->value.left > 0) {
        uint32_t bits;
        float f;
        if (!cur_u32(&t->value, &bits))
            return tlv_fault(t);
        memcpy(&f, &bits, sizeof f);
        emit_f64(e, EMIT_ITEM, (double)f);
    }
    emit_array_end(e);
    return 0;
}

static const struct tlv_row atom_rows[] = {
    {1, "as-numbers", WIDE, tlv_u32s, NULL},     {2, "ipv4-prefixes", WIDE, prefixes4, NULL},
    {3, "ipv6-prefixes", WIDE, prefixes6, NULL}, {4, "integers", WIDE, tlv_u32s, NULL},
    {5, "floats", WIDE, floats, NULL},           {6, "neighbor-classes", WIDE, tlv_u32s, NULL},
    {7, "user-classes", WIDE, tlv_u32s, NULL},   {8, "text", WIDE, tlv_text, NULL},
};
static TLV_TABLE(atom_table, atom_rows, 1, 2);

static const struct tlv_row wide_rows[] = {
    {1, "targets", WIDE, tlv_sub, &atom_table},
    {2, "exclude-targets", WIDE, tlv_sub, &atom_table},
    {3, "parameters", WIDE, tlv_sub, &atom_table},
};
static TLV_TABLE(wide_table, wide_rows, 1, 2);

static int wide_community(struct attr_in *in, struct cur *c, struct emit *e)
{
    uint32_t community, source_as, context_as;
    if (!cur_u32(c, &community) || !cur_u32(c, &source_as) || !cur_u32(c, &context_as))
        return attr_fault_cur(in, c);
    emit_u64(e, KEY("community"), community);
    emit_u64(e, KEY("source_as"), source_as);
    emit_u64(e, KEY("context_as"), context_as);
    return c->left == 0 ? 0 : tlv_emit_all(&wide_table, c, in, e, KEY("tlvs"));
}

enum { CONTAINER_HEADER = 6, CONTAINER_WIDE = 1 };

struct container {
    uint16_t type;
    uint8_t flags;
    struct cur body;
};

/* Cuts one container off `c`. `whole`: its length counts the header too. */
static bool next_container(struct cur *c, bool whole, struct container *one)
{
    uint16_t len;
    if (!cur_u16(c, &one->type) || !cur_u8(c, &one->flags) || !cur_skip(c, 1) ||
        !cur_u16(c, &len))
        return false;
    uint32_t header = whole ? CONTAINER_HEADER : 0;
    if (len < header)
        return cur_fail(c, header);
    return cur_take(c, len - header, &one->body);
}

static bool containers_fit(struct cur c, bool whole)
{
    struct container one;
    while (c.left > 0) {
        if (!next_container(&c, whole, &one))
            return false;
    }
    return true;
}

/* The draft's "total length of a given container" is read with and without its header: what
 * ends where the attribute does is what was meant. */
int attr_community_container(struct attr_in *in, struct emit *e, struct str key)
{
    bool whole = containers_fit(in->value, true) || !containers_fit(in->value, false);
    emit_array(e, key);
    while (in->value.left > 0) {
        struct container one;
        if (!next_container(&in->value, whole, &one))
            return attr_fault_cur(in, &in->value);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("type"), one.type);
        emit_u64(e, KEY("flags"), one.flags);
        if (one.type != CONTAINER_WIDE)
            emit_hex(e, KEY("value"), one.body.p, one.body.left);
        else if (wide_community(in, &one.body, e) != 0)
            return -1;
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}
