/* SPDX-License-Identifier: BSD-2-Clause */
/* caps: the table of capabilities and its dispatcher (RFC 5492, RFC 8810). Floor F1. */
#include "bgp/caps.h"

#include "bgp/open.h"

#define cap_decode_raw                           NULL
#define CAP_ROW(value, NAME, text, rfc, decoder) {value, text, rfc, cap_decode_##decoder},

const struct cap_row cap_map[] = {BGP_CAP_MAP(CAP_ROW)};
const unsigned cap_map_cnt = sizeof cap_map / sizeof cap_map[0];

const struct cap_row *cap_row_of(uint8_t code)
{
    for (unsigned i = 0; i < cap_map_cnt; i++) { /* an OPEN is rare: no index is needed */
        if (cap_map[i].code == code)
            return &cap_map[i];
    }
    return NULL;
}

int cap_fault_length(const struct cur *value, uint32_t step, struct nlri_fault *fault)
{
    return nlri_fault_at(fault, BGP_REASON_LENGTH, value->off, step, value->left);
}

int cap_decode(uint8_t code, struct cur value, struct emit *e, struct nlri_fault *fault)
{
    const struct cap_row *row = cap_row_of(code);
    emit_u64(e, KEY("code"), code);
    if (row != NULL)
        emit_name(e, KEY("name"), row->name);
    if (row == NULL || row->decode == NULL) {
        if (row == NULL || value.left > 0)
            emit_hex(e, KEY("value"), value.p, value.left);
        return 0;
    }
    struct emit_mark before = emit_mark(e);
    struct cur c = value;
    int rc = row->decode(&c, e, fault);
    if (rc == 0 && c.left > 0)
        rc = nlri_fault_at(fault, BGP_REASON_TRAILING, c.off, 0, c.left);
    if (rc != 0) {
        emit_rollback(e, before);
        emit_hex(e, KEY("value"), value.p, value.left);
    }
    return rc;
}
