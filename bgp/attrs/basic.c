/* SPDX-License-Identifier: BSD-2-Clause */
/* basic: attributes that are one number, address or nothing (RFC 4271 section 5.1, RFC 4456
 * section 8, RFC 9234 section 5). Floor F1. */
#include "bgp/attr_map.h"

int attr_origin(struct attr_in *in, struct emit *e, struct str key)
{
    static const struct str names[] = {KEY_INIT("igp"), KEY_INIT("egp"),
                                       KEY_INIT("incomplete")};
    uint32_t off = in->value.off;
    uint8_t v;
    if (!cur_u8(&in->value, &v))
        return attr_fault_cur(in, &in->value);
    if (v >= sizeof names / sizeof names[0])
        return attr_fault_at(in, BGP_REASON_VALUE, off, 2, v);
    emit_word(e, key, names[v]);
    return 0;
}

int attr_next_hop(struct attr_in *in, struct emit *e, struct str key)
{
    const uint8_t *a = cur_bytes(&in->value, 4);
    if (a == NULL)
        return attr_fault_cur(in, &in->value);
    emit_ipv4(e, key, a);
    return 0;
}

int attr_number(struct attr_in *in, struct emit *e, struct str key)
{
    uint32_t v;
    if (!cur_u32(&in->value, &v))
        return attr_fault_cur(in, &in->value);
    emit_u64(e, key, v);
    return 0;
}

int attr_presence(struct attr_in *in, struct emit *e, struct str key)
{
    (void)in;
    emit_bool(e, key, true);
    return 0;
}

int attr_bgp_id(struct attr_in *in, struct emit *e, struct str key)
{
    return attr_next_hop(in, e, key);
}

int attr_bgp_ids(struct attr_in *in, struct emit *e, struct str key)
{
    emit_array(e, key);
    while (in->value.left > 0) {
        if (attr_next_hop(in, e, EMIT_ITEM) != 0)
            return -1;
    }
    emit_array_end(e);
    return 0;
}

/* AGGREGATOR has a two- or four-octet AS by the session (RFC 6793 section 3); the length tells
 * which was really sent. A length that isn't the session's is malformed (RFC 7606 section 7.7),
 * yet readable. */
int attr_aggregator(struct attr_in *in, struct emit *e, struct str key)
{
    bool asn4 = in->value.left == 8;
    bool want4 = in->code == ATTR_AS4_AGGREGATOR || in->ctx->asn4;
    if (asn4 != want4)
        bgp_diag_add(in->diags, (struct bgp_diag){.action = BGP_ACTION_ATTRIBUTE_DISCARD,
                                                  .reason = BGP_REASON_LENGTH,
                                                  .attr = in->code,
                                                  .off = in->value.off,
                                                  .need = want4 ? 8 : 6,
                                                  .have = in->value.left});
    uint32_t asn;
    uint16_t asn2 = 0;
    bool ok = asn4 ? cur_u32(&in->value, &asn) : cur_u16(&in->value, &asn2);
    const uint8_t *addr = cur_bytes(&in->value, 4);
    if (!ok || addr == NULL)
        return attr_fault_cur(in, &in->value);
    emit_object(e, key);
    emit_u64(e, KEY("asn"), asn4 ? asn : asn2);
    emit_ipv4(e, KEY("addr"), addr);
    emit_object_end(e);
    return 0;
}
