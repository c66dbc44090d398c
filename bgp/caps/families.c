/* SPDX-License-Identifier: BSD-2-Clause */
/* families: capabilities that are lists of AFI/SAFIs (RFC 4760, 7911, 8205, 8277, 8950). Floor
 * F1. */
#include "bgp/caps.h"

#include "bgp/names.h"

/* Reserved bits that a sender set are kept; they show only then. */
static void emit_reserved(struct emit *e, uint64_t reserved)
{
    if (reserved != 0)
        emit_u64(e, KEY("reserved"), reserved);
}

/* The lists have one entry or more, and nothing after the last. */
static bool holds_entries(const struct cur *value, uint32_t step)
{
    return value->left > 0 && value->left % step == 0;
}

/* RFC 4760 section 8: <AFI 2, reserved 1, SAFI 1>. */
int cap_decode_multiprotocol(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi;
    uint8_t reserved, safi;
    if (value->left != 4)
        return cap_fault_length(value, 4, fault);
    if (!cur_u16(value, &afi) || !cur_u8(value, &reserved) || !cur_u8(value, &safi))
        return nlri_fault_cur(value, fault);
    emit_family(e, afi, safi);
    emit_reserved(e, reserved);
    return 0;
}

/* RFC 8950 section 4: <NLRI AFI 2, NLRI SAFI 2, next hop AFI 2> ... */
int cap_decode_ext_next_hop(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi, safi, next_hop_afi;
    if (!holds_entries(value, 6))
        return cap_fault_length(value, 6, fault);
    emit_array(e, KEY("families"));
    while (value->left > 0) {
        if (!cur_u16(value, &afi) || !cur_u16(value, &safi) || !cur_u16(value, &next_hop_afi))
            return nlri_fault_cur(value, fault);
        const char *safi_name = safi <= UINT8_MAX ? bgp_safi_name((uint8_t)safi) : NULL;
        emit_object(e, EMIT_ITEM);
        emit_name_or_code(e, KEY("afi"), bgp_afi_name(afi), afi);
        emit_name_or_code(e, KEY("safi"), safi_name, safi);
        emit_name_or_code(e, KEY("next_hop_afi"), bgp_afi_name(next_hop_afi), next_hop_afi);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* RFC 8277 section 2.1: <AFI 2, SAFI 1, count 1> ... */
int cap_decode_multi_label(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi;
    uint8_t safi, count;
    if (!holds_entries(value, 4))
        return cap_fault_length(value, 4, fault);
    emit_array(e, KEY("families"));
    while (value->left > 0) {
        if (!cur_u16(value, &afi) || !cur_u8(value, &safi) || !cur_u8(value, &count))
            return nlri_fault_cur(value, fault);
        emit_object(e, EMIT_ITEM);
        emit_family(e, afi, safi);
        emit_u64(e, KEY("count"), count);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

static const char *add_path_mode_name(uint8_t mode)
{
    static const char *const names[] = {NULL, "receive", "send", "both"};
    return mode < sizeof names / sizeof names[0] ? names[mode] : NULL;
}

/* RFC 7911 section 4, draft-ietf-idr-rpd section 4.5: <AFI 2, SAFI 1, send/receive 1> ... */
int cap_decode_add_path(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi;
    uint8_t safi, mode;
    if (!holds_entries(value, 4))
        return cap_fault_length(value, 4, fault);
    emit_array(e, KEY("families"));
    while (value->left > 0) {
        if (!cur_u16(value, &afi) || !cur_u8(value, &safi) || !cur_u8(value, &mode))
            return nlri_fault_cur(value, fault);
        emit_object(e, EMIT_ITEM);
        emit_family(e, afi, safi);
        emit_name_or_code(e, KEY("mode"), add_path_mode_name(mode), mode);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* draft-abraitis-idr-addpath-paths-limit section 3: <AFI 2, SAFI 1, limit 2> ... */
int cap_decode_paths_limit(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi, limit;
    uint8_t safi;
    if (!holds_entries(value, 5))
        return cap_fault_length(value, 5, fault);
    emit_array(e, KEY("families"));
    while (value->left > 0) {
        if (!cur_u16(value, &afi) || !cur_u8(value, &safi) || !cur_u16(value, &limit))
            return nlri_fault_cur(value, fault);
        emit_object(e, EMIT_ITEM);
        emit_family(e, afi, safi);
        emit_u64(e, KEY("limit"), limit);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* RFC 8205 section 2.1: <version 4 bits, direction 1 bit, unassigned 3 bits, AFI 2>. */
int cap_decode_bgpsec(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi;
    uint8_t bits;
    if (value->left != 3)
        return cap_fault_length(value, 3, fault);
    if (!cur_u8(value, &bits) || !cur_u16(value, &afi))
        return nlri_fault_cur(value, fault);
    emit_u64(e, KEY("version"), bits >> 4);
    emit_name(e, KEY("direction"), bits & 0x08 ? "send" : "receive");
    emit_name_or_code(e, KEY("afi"), bgp_afi_name(afi), afi);
    emit_reserved(e, bits & 0x07);
    return 0;
}
