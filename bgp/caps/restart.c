/* SPDX-License-Identifier: BSD-2-Clause */
/* restart: graceful restart and its long-lived kin (RFC 4724, 8538, 9494). Floor F1. */
#include "bgp/caps.h"

#include "bgp/names.h"

enum {
    GR_RESTART = 0x8,      /* R: the sender has restarted */
    GR_NOTIFICATION = 0x4, /* N: NOTIFICATION keeps the routes (RFC 8538 section 2) */
    FAMILY_FORWARDING = 0x80,
    FAMILY_RESERVED = 0x7f,
};

/* Emits one family's members up to its flags, which both capabilities share. */
static int decode_family(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi;
    uint8_t safi, flags;
    if (!cur_u16(value, &afi) || !cur_u8(value, &safi) || !cur_u8(value, &flags))
        return nlri_fault_cur(value, fault);
    emit_family(e, afi, safi);
    emit_bool(e, KEY("forwarding"), (flags & FAMILY_FORWARDING) != 0);
    if ((flags & FAMILY_RESERVED) != 0)
        emit_u64(e, KEY("reserved"), flags & FAMILY_RESERVED);
    return 0;
}

/* RFC 4724 section 3: <flags 4 bits, restart time 12 bits, {AFI 2, SAFI 1, flags 1} ...>. */
int cap_decode_graceful_restart(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t head;
    if (value->left < 2 || (value->left - 2) % 4 != 0)
        return cap_fault_length(value, value->left < 2 ? 2 : 4, fault);
    if (!cur_u16(value, &head))
        return nlri_fault_cur(value, fault);
    unsigned flags = head >> 12;
    emit_bool(e, KEY("restarting"), (flags & GR_RESTART) != 0);
    emit_bool(e, KEY("notification"), (flags & GR_NOTIFICATION) != 0);
    if ((flags & 0x3) != 0)
        emit_u64(e, KEY("reserved"), flags & 0x3);
    emit_u64(e, KEY("restart_time"), head & 0x0fff);
    emit_array(e, KEY("families"));
    while (value->left > 0) {
        emit_object(e, EMIT_ITEM);
        if (decode_family(value, e, fault) != 0)
            return -1;
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* RFC 9494 section 3.1: {AFI 2, SAFI 1, flags 1, stale time 3} ... */
int cap_decode_llgr(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint32_t stale_time;
    if (value->left % 7 != 0)
        return cap_fault_length(value, 7, fault);
    emit_array(e, KEY("families"));
    while (value->left > 0) {
        emit_object(e, EMIT_ITEM);
        if (decode_family(value, e, fault) != 0)
            return -1;
        if (!cur_u24(value, &stale_time))
            return nlri_fault_cur(value, fault);
        emit_u64(e, KEY("stale_time"), stale_time);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}
