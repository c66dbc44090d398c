/* SPDX-License-Identifier: BSD-2-Clause */
/* operational: the OPERATIONAL message (draft-ietf-idr-operational-message section 3). Floor
 * F1.
 *
 *     19     21       23
 *     +------+--------+-----------+
 *     | type | length | value ... |   any number of these
 *     +------+--------+-----------+
 *
 *     advisory       <AFI 2, SAFI 1, UTF-8 ...>
 *     query          <AFI 2, SAFI 1, BGP ID 4, sequence 4>
 *     counter        query, then <count 4>
 *     not satisfied  <AFI 2, SAFI 1, sequence 4, error 2>
 */
#include "bgp/operational.h"

#include "bgp/names.h"

typedef int operational_decode_fn(struct cur *value, struct emit *e, struct nlri_fault *fault);

static int decode_family(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi;
    uint8_t safi;
    if (!cur_u16(value, &afi) || !cur_u8(value, &safi))
        return nlri_fault_cur(value, fault);
    emit_family(e, afi, safi);
    return 0;
}

static int operational_advisory(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    if (decode_family(value, e, fault) != 0)
        return -1;
    struct cur text = cur_rest(value);
    return emit_utf8(e, KEY("text"), &text, fault);
}

static int operational_query(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint8_t bgp_id[4];
    uint32_t sequence;
    if (decode_family(value, e, fault) != 0)
        return -1;
    if (!cur_copy(value, bgp_id, sizeof bgp_id) || !cur_u32(value, &sequence))
        return nlri_fault_cur(value, fault);
    emit_ipv4(e, KEY("bgp_id"), bgp_id);
    emit_u64(e, KEY("sequence"), sequence);
    return 0;
}

static int operational_counter(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint32_t count;
    if (operational_query(value, e, fault) != 0)
        return -1;
    if (!cur_u32(value, &count))
        return nlri_fault_cur(value, fault);
    emit_u64(e, KEY("count"), count);
    return 0;
}

static int operational_not_satisfied(struct cur *value, struct emit *e,
                                     struct nlri_fault *fault)
{
    static const char *const names[] = {
        NULL, "malformed", "unsupported", "maximum", "prohibited", "busy", "not-found",
    };
    uint32_t sequence;
    uint16_t error;
    if (decode_family(value, e, fault) != 0)
        return -1;
    if (!cur_u32(value, &sequence) || !cur_u16(value, &error))
        return nlri_fault_cur(value, fault);
    emit_u64(e, KEY("sequence"), sequence);
    emit_name_or_code(e, KEY("error"),
                      error < sizeof names / sizeof names[0] ? names[error] : NULL, error);
    return 0;
}

struct operational_row {
    uint16_t type;
    const char *name;
    operational_decode_fn *decode;
};

#define operational_raw                             NULL
#define OPERATIONAL_ROW(value, NAME, text, decoder) {value, text, operational_##decoder},

static const struct operational_row rows[] = {BGP_OPERATIONAL_MAP(OPERATIONAL_ROW)};

static const struct operational_row *row_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].type == type)
            return &rows[i];
    }
    return NULL;
}

const char *bgp_operational_name(uint16_t type)
{
    const struct operational_row *row = row_of(type);
    return row != NULL ? row->name : NULL;
}

/* Emits the fields of one TLV, or its value as hex. */
static int emit_fields(const struct operational_row *row, struct cur value, struct emit *e,
                       struct nlri_fault *fault)
{
    if (row == NULL || row->decode == NULL) {
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

static int emit_tlv(uint16_t type, struct cur value, struct emit *e, struct nlri_fault *fault)
{
    const struct operational_row *row = row_of(type);
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("type"), type);
    if (row != NULL)
        emit_name(e, KEY("name"), row->name);
    int rc = emit_fields(row, value, e, fault);
    emit_object_end(e);
    return rc;
}

int bgp_operational_emit(struct cur body, struct emit *e, struct nlri_fault *fault)
{
    int rc = 0;
    struct cur rest = body;
    emit_array(e, KEY("tlvs"));
    while (body.left > 0 && !body.failed) {
        uint16_t type, len;
        struct cur value;
        struct nlri_fault one;
        rest = body;
        if (!cur_u16(&body, &type) || !cur_u16(&body, &len) || !cur_take(&body, len, &value))
            (void)nlri_fault_cur(&body, &one);
        else if (emit_tlv(type, value, e, &one) == 0)
            continue;
        if (rc == 0)
            *fault = one;
        rc = -1;
    }
    emit_array_end(e);
    if (body.failed)
        emit_hex(e, KEY("data"), rest.p, rest.left);
    return rc;
}
