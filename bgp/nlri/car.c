/* SPDX-License-Identifier: BSD-2-Clause */
/* car: Color-Aware Routing and VPN CAR (RFC 9871 section 2.9). Floor F1.
 *
 *     +-------------+-----------------+----------+------------+----------------
 *     | length (1)  | key length (1)  | type (1) | key fields | non-key TLVs
 *     +-------------+-----------------+----------+------------+----------------
 *
 * The length leaves itself out; the key length counts the key fields alone. A non-key TLV
 * begins with R, T and a six-bit type. VPN CAR (SAFI 84) puts an RD first in the key. */
#include "bgp/nlri_map.h"

enum { CAR_COLOR = 1, CAR_PREFIX = 2 };

bool nlri_car_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_octets(in, 1, one, fault);
}

/* Cuts a NLRI into type, key fields and TLVs. */
static int split(const struct nlri *n, uint8_t *type, struct cur *fields, struct cur *tlvs,
                 struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint8_t len, key_len;
    if (!cur_u8(&c, &len) || !cur_u8(&c, &key_len) || !cur_u8(&c, type) ||
        !cur_take(&c, key_len, fields))
        return nlri_fault_cur(&c, fault);
    *tlvs = c;
    return 0;
}

static int emit_key_fields(const struct nlri *n, uint8_t type, struct cur c, struct emit *e,
                           struct nlri_fault *fault)
{
    bool v6 = n->row->afi == BGP_AFI_IPV6;
    uint8_t bits, addr[16];
    uint32_t color;
    if (n->row->safi == BGP_SAFI_VPN_CAR) {
        const uint8_t *rd = cur_bytes(&c, 8);
        if (rd == NULL)
            return nlri_fault_cur(&c, fault);
        emit_rd(e, KEY("rd"), rd);
    }
    if (!cur_u8(&c, &bits))
        return nlri_fault_cur(&c, fault);
    if (!nlri_read_addr(&c, bits, v6 ? 16 : 4, addr, fault))
        return -1;
    emit_prefix(e, KEY("prefix"), addr, v6, bits);
    if (type == CAR_COLOR) {
        if (!cur_u32(&c, &color))
            return nlri_fault_cur(&c, fault);
        emit_u64(e, KEY("color"), color);
    }
    if (c.left > 0)
        return nlri_fault_at(fault, BGP_REASON_TRAILING, c.off, 0, c.left);
    return 0;
}

static int emit_labels(struct cur v, struct emit *e, struct nlri_fault *fault)
{
    emit_array(e, KEY("labels"));
    while (v.left > 0) {
        uint32_t label;
        if (!cur_u24(&v, &label))
            return nlri_fault_cur(&v, fault);
        emit_u64(e, EMIT_ITEM, label >> 4);
    }
    emit_array_end(e);
    return 0;
}

static int emit_label_index(struct cur v, struct emit *e, struct nlri_fault *fault)
{
    uint16_t flags;
    uint32_t index;
    if (!cur_skip(&v, 1) || !cur_u16(&v, &flags) || !cur_u32(&v, &index))
        return nlri_fault_cur(&v, fault);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("label_index"), index);
    return 0;
}

static int emit_tlv(uint8_t type, struct cur v, struct emit *e, struct nlri_fault *fault)
{
    switch (type & 0x3f) {
    case 1:
        return emit_labels(v, e, fault);
    case 2:
        return emit_label_index(v, e, fault);
    case 3:
        if (v.left == 16) {
            emit_ipv6(e, KEY("sid"), v.p);
            return 0;
        }
        break; /* a transposed part of a SID, or several */
    default:
        break;
    }
    emit_hex(e, KEY("value"), v.p, v.left);
    return 0;
}

static int emit_tlvs(struct cur c, struct emit *e, struct nlri_fault *fault)
{
    static const char *const names[] = {NULL, "label", "label-index", "srv6-sid"};
    emit_array(e, KEY("tlvs"));
    while (c.left > 0) {
        uint8_t type, len;
        struct cur v;
        if (!cur_u8(&c, &type) || !cur_u8(&c, &len) || !cur_take(&c, len, &v))
            return nlri_fault_cur(&c, fault);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("type"), type & 0x3f);
        if ((type & 0x3f) >= 1 && (type & 0x3f) <= 3)
            emit_name(e, KEY("name"), names[type & 0x3f]);
        emit_bool(e, KEY("transitive"), (type & 0x40) != 0);
        if (emit_tlv(type, v, e, fault) != 0)
            return -1;
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

int nlri_car_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    uint8_t type = 0;
    struct cur fields = {0}, tlvs = {0};
    if (split(n, &type, &fields, &tlvs, fault) != 0)
        return -1;
    emit_u64(e, KEY("nlri_type"), type);
    if (type != CAR_COLOR &&
        type != CAR_PREFIX) { /* RFC 9871 section 2.11: carried, not understood */
        emit_hex(e, KEY("key"), fields.p, fields.left);
        emit_hex(e, KEY("raw"), tlvs.p, tlvs.left);
        return 0;
    }
    emit_name(e, KEY("nlri_name"), type == CAR_COLOR ? "color-aware" : "ip-prefix");
    if (emit_key_fields(n, type, fields, e, fault) != 0)
        return -1;
    return tlvs.left == 0 ? 0 : emit_tlvs(tlvs, e, fault);
}

int nlri_car_key(const struct nlri *n, struct wr *w)
{
    uint8_t type = 0;
    struct cur fields = {0}, tlvs = {0};
    struct nlri_fault fault;
    if (split(n, &type, &fields, &tlvs, &fault) != 0)
        return -1;
    wr_u8(w, type);
    wr_bytes(w, fields.p, fields.left);
    return w->overflow ? -1 : 0;
}
