/* SPDX-License-Identifier: BSD-2-Clause */
/* small: attributes of a few fields each. Floor F1. */
#include "base/fmt.h"
#include "bgp/attr_map.h"
#include "bgp/tlv.h"

/* A malformed AIGP is discarded, and so is one whose TLV has another length than eleven (RFC
 * 7311 section 3). */
static uint8_t aigp_on_error(uint16_t type)
{
    (void)type;
    return BGP_ACTION_ATTRIBUTE_DISCARD;
}

/* AIGP (RFC 7311 section 3): TLVs of type (1), length (2, of the whole), value; type 1 holds
 * the metric. */
int attr_aigp(struct attr_in *in, struct emit *e, struct str key)
{
    static const struct tlv_row rows[] = {{1, "aigp", "RFC 7311 section 3", tlv_u64, NULL}};
    static const struct tlv_table table = {.rows = rows,
                                           .cnt = 1,
                                           .type_len = 1,
                                           .len_len = 2,
                                           .len_is_total = true,
                                           .on_error = aigp_on_error};
    return tlv_emit_all(&table, &in->value, in, e, key);
}

/* D-PATH (RFC 10039): segments of a count (1) and that many domains of global (4), local (2),
 * ISF SAFI type (1). */
int attr_d_path(struct attr_in *in, struct emit *e, struct str key)
{
    emit_array(e, key);
    while (in->value.left > 0) {
        uint8_t cnt;
        if (!cur_u8(&in->value, &cnt))
            return attr_fault_cur(in, &in->value);
        if (cnt == 0)
            return attr_fault_at(in, BGP_REASON_VALUE, in->value.off - 1, 1, 0);
        emit_array(e, EMIT_ITEM);
        for (unsigned i = 0; i < cnt; i++) {
            uint32_t global;
            uint16_t local;
            uint8_t isf;
            if (!cur_u32(&in->value, &global) || !cur_u16(&in->value, &local) ||
                !cur_u8(&in->value, &isf))
                return attr_fault_cur(in, &in->value);
            char s[2 * FMT_U64_MAX];
            size_t n = fmt_u32(s, global);
            s[n++] = ':';
            n += fmt_u32(s + n, local);
            emit_object(e, EMIT_ITEM);
            emit_ascii(e, KEY("domain"), s, n);
            emit_u64(e, KEY("isf_safi"), isf);
            emit_object_end(e);
        }
        emit_array_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* BFD Discriminator (RFC 9026 section 3.1.6): mode (1), discriminator (4), TLVs of type (1),
 * length (1). */
int attr_bfd_discriminator(struct attr_in *in, struct emit *e, struct str key)
{
    static const struct tlv_row rows[] = {
        {1, "source-ip", "RFC 9026 section 3.1.6", tlv_ip, NULL}};
    static TLV_TABLE(table, rows, 1, 1);
    uint8_t mode;
    uint32_t discriminator;
    if (!cur_u8(&in->value, &mode) || !cur_u32(&in->value, &discriminator))
        return attr_fault_cur(in, &in->value);
    emit_object(e, key);
    emit_u64(e, KEY("mode"), mode);
    emit_u64(e, KEY("discriminator"), discriminator);
    int r = in->value.left == 0 ? 0 : tlv_emit_all(&table, &in->value, in, e, KEY("tlvs"));
    emit_object_end(e);
    return r;
}

/* PE Distinguisher Labels (RFC 6514 section 8): {PE address, label (3)} each. The address
 * length is that of the session's address family, which the length tells unless it is a
 * multiple of both 7 and 19. */
int attr_pe_distinguisher_labels(struct attr_in *in, struct emit *e, struct str key)
{
    uint32_t addr_len = in->value.left % 7 == 0 ? 4 : 16;
    emit_array(e, key);
    while (in->value.left > 0) {
        const uint8_t *addr = cur_bytes(&in->value, addr_len);
        uint32_t label;
        if (addr == NULL || !cur_u24(&in->value, &label))
            return attr_fault_cur(in, &in->value);
        emit_object(e, EMIT_ITEM);
        emit_ip(e, KEY("pe"), addr, addr_len);
        emit_u64(e, KEY("label"), label >> 4);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* Traffic Engineering (RFC 5543 section 3): switching capability (1), encoding (1), reserved
 * (2), eight bandwidths as IEEE singles, then information specific to the capability. */
int attr_traffic_engineering(struct attr_in *in, struct emit *e, struct str key)
{
    uint8_t capability, encoding;
    if (!cur_u8(&in->value, &capability) || !cur_u8(&in->value, &encoding) ||
        !cur_skip(&in->value, 2))
        return attr_fault_cur(in, &in->value);
    emit_object(e, key);
    emit_u64(e, KEY("switching_capability"), capability);
    emit_u64(e, KEY("encoding"), encoding);
    emit_array(e, KEY("max_lsp_bandwidth"));
    for (int i = 0; i < 8; i++) {
        uint32_t bits;
        float f;
        if (!cur_u32(&in->value, &bits))
            return attr_fault_cur(in, &in->value);
        memcpy(&f, &bits, sizeof f);
        emit_f64(e, EMIT_ITEM, (double)f);
    }
    emit_array_end(e);
    struct cur rest = cur_rest(&in->value);
    if (rest.left > 0)
        emit_hex(e, KEY("specific"), rest.p, rest.left);
    emit_object_end(e);
    return 0;
}

/* AS_PATHLIMIT (draft-ietf-idr-as-pathlimit): upper bound (1), AS (4). */
int attr_as_pathlimit(struct attr_in *in, struct emit *e, struct str key)
{
    uint8_t bound;
    uint32_t asn;
    if (!cur_u8(&in->value, &bound) || !cur_u32(&in->value, &asn))
        return attr_fault_cur(in, &in->value);
    emit_object(e, key);
    emit_u64(e, KEY("upper_bound"), bound);
    emit_u64(e, KEY("asn"), asn);
    emit_object_end(e);
    return 0;
}

/* Connector (RFC 6037 section 5.2.1): type (2), then the originating PE's address for type 1.
 */
int attr_connector(struct attr_in *in, struct emit *e, struct str key)
{
    uint16_t type;
    if (!cur_u16(&in->value, &type))
        return attr_fault_cur(in, &in->value);
    struct cur value = cur_rest(&in->value);
    emit_object(e, key);
    emit_u64(e, KEY("type"), type);
    emit_ip(e, KEY("value"), value.p, value.left);
    emit_object_end(e);
    return 0;
}
