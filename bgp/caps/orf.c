/* SPDX-License-Identifier: BSD-2-Clause */
/* orf: the outbound route filtering capability (RFC 5291 section 5). Floor F1. */
#include "bgp/caps.h"

#include "bgp/names.h"

enum { ORF_ENTRY_MIN = 5 };

const char *bgp_orf_type_name(uint8_t type)
{
    static const struct {
        uint8_t type;
        const char *name;
    } names[] = {
        {2, "communities"},          /* draft-ietf-idr-route-filter */
        {3, "ext-communities"},      /* draft-ietf-idr-route-filter */
        {64, "address-prefix"},      /* RFC 5292 */
        {65, "cp-orf"},              /* RFC 7543 */
        {128, "address-prefix-old"}, /* before RFC 5292 had a code */
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].type == type)
            return names[i].name;
    }
    return NULL;
}

/* Emits `cnt` ORFs of <type 1, send/receive 1>. */
static int decode_orfs(struct cur *value, unsigned cnt, struct emit *e,
                       struct nlri_fault *fault)
{
    static const char *const modes[] = {NULL, "receive", "send", "both"};
    uint8_t type, mode;
    emit_array(e, KEY("orfs"));
    while (cnt-- > 0) {
        if (!cur_u8(value, &type) || !cur_u8(value, &mode))
            return nlri_fault_cur(value, fault);
        emit_object(e, EMIT_ITEM);
        emit_name_or_code(e, KEY("type"), bgp_orf_type_name(type), type);
        emit_name_or_code(e, KEY("mode"),
                          mode < sizeof modes / sizeof modes[0] ? modes[mode] : NULL, mode);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* {AFI 2, reserved 1, SAFI 1, count 1, count times <type 1, send/receive 1>} ..., one or more
 */
int cap_decode_orf(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi;
    uint8_t reserved, safi, cnt;
    if (value->left < ORF_ENTRY_MIN)
        return cap_fault_length(value, ORF_ENTRY_MIN, fault);
    emit_array(e, KEY("families"));
    while (value->left > 0) {
        if (!cur_u16(value, &afi) || !cur_u8(value, &reserved) || !cur_u8(value, &safi) ||
            !cur_u8(value, &cnt))
            return nlri_fault_cur(value, fault);
        emit_object(e, EMIT_ITEM);
        emit_family(e, afi, safi);
        if (reserved != 0)
            emit_u64(e, KEY("reserved"), reserved);
        if (decode_orfs(value, cnt, e, fault) != 0)
            return -1;
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}
