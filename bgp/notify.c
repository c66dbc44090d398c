/* SPDX-License-Identifier: BSD-2-Clause */
/* notify: NOTIFICATION (RFC 4271 sections 4.5 and 6). Floor F1.
 *
 *     19     20        21
 *     +------+---------+----------+
 *     | code | subcode | data ... |
 *     +------+---------+----------+
 */
#include "bgp/notify.h"

#include "bgp/names.h"
#include "bgp/open.h"

/* A hard reset carries a NOTIFICATION (RFC 8538 section 3.1); one that nests deeper than anyone
 * has a use for stays hex. */
enum { HARD_RESETS_MAX = 4 };

/* What a decoder of the data is given. */
struct data_in {
    struct cur value;
    unsigned depth; /* of hard resets */
    struct nlri_fault *fault;
};

typedef int data_decode_fn(struct data_in *in, struct emit *e);

static int notification_emit(struct cur body, unsigned depth, struct emit *e,
                             struct nlri_fault *fault);

/* RFC 4271 section 6.1: the erroneous length. */
static int data_length(struct data_in *in, struct emit *e)
{
    uint16_t len;
    if (!cur_u16(&in->value, &len))
        return nlri_fault_cur(&in->value, in->fault);
    emit_u64(e, KEY("length"), len);
    return 0;
}

/* RFC 4271 section 6.1, RFC 6608 section 3: the erroneous or unexpected message's type. */
static int data_type(struct data_in *in, struct emit *e)
{
    uint8_t type;
    if (!cur_u8(&in->value, &type))
        return nlri_fault_cur(&in->value, in->fault);
    emit_name_or_code(e, KEY("bgp_type"), bgp_type_name(type), type);
    return 0;
}

/* RFC 4271 section 6.2: the largest version that is supported. */
static int data_version(struct data_in *in, struct emit *e)
{
    uint16_t version;
    if (!cur_u16(&in->value, &version))
        return nlri_fault_cur(&in->value, in->fault);
    emit_u64(e, KEY("version"), version);
    return 0;
}

/* RFC 5492 section 5: the capabilities that were missed, as an OPEN has them. */
static int data_capabilities(struct data_in *in, struct emit *e)
{
    uint8_t code, len;
    struct cur value;
    emit_array(e, KEY("capabilities"));
    while (in->value.left > 0) {
        if (!cur_u8(&in->value, &code) || !cur_u8(&in->value, &len) ||
            !cur_take(&in->value, len, &value))
            return nlri_fault_cur(&in->value, in->fault);
        /* A code alone, without the fields it needs, is what many senders mean. */
        struct nlri_fault ignored;
        emit_object(e, EMIT_ITEM);
        (void)cap_decode(code, value, e, &ignored);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

/* RFC 4486 section 4: <AFI 2, SAFI 1, upper bound 4>. */
static int data_max_prefixes(struct data_in *in, struct emit *e)
{
    uint16_t afi;
    uint8_t safi;
    uint32_t max;
    if (!cur_u16(&in->value, &afi) || !cur_u8(&in->value, &safi) || !cur_u32(&in->value, &max))
        return nlri_fault_cur(&in->value, in->fault);
    emit_family(e, afi, safi);
    emit_u64(e, KEY("max_prefixes"), max);
    return 0;
}

/* RFC 9003 section 2: <length 1, UTF-8>. */
static int data_communication(struct data_in *in, struct emit *e)
{
    uint8_t len;
    struct cur text;
    if (!cur_u8(&in->value, &len) || !cur_take(&in->value, len, &text))
        return nlri_fault_cur(&in->value, in->fault);
    return emit_utf8(e, KEY("communication"), &text, in->fault);
}

static int data_hard_reset(struct data_in *in, struct emit *e)
{
    struct cur inner = cur_rest(&in->value);
    emit_object(e, KEY("inner"));
    int rc = notification_emit(inner, in->depth + 1, e, in->fault);
    emit_object_end(e);
    return rc;
}

struct sub_row {
    uint8_t code;
    uint8_t sub;
    const char *name;
    data_decode_fn *data;
};

#define data_raw                                  NULL
#define ROW(CODE, value, text, data)              {BGP_ERROR_##CODE, value, text, data_##data},
#define HEADER_ROW(value, NAME, text, rfc, data)  ROW(HEADER, value, text, data)
#define OPEN_ROW(value, NAME, text, rfc, data)    ROW(OPEN, value, text, data)
#define UPDATE_ROW(value, NAME, text, rfc, data)  ROW(UPDATE, value, text, data)
#define FSM_ROW(value, NAME, text, rfc, data)     ROW(FSM, value, text, data)
#define CEASE_ROW(value, NAME, text, rfc, data)   ROW(CEASE, value, text, data)
#define REFRESH_ROW(value, NAME, text, rfc, data) ROW(REFRESH, value, text, data)

/* clang-format off */
static const struct sub_row subs[] = {
    BGP_HEADER_ERROR_MAP(HEADER_ROW)
    BGP_OPEN_ERROR_MAP(OPEN_ROW)
    BGP_UPDATE_ERROR_MAP(UPDATE_ROW)
    BGP_FSM_ERROR_MAP(FSM_ROW)
    BGP_CEASE_MAP(CEASE_ROW)
    BGP_REFRESH_ERROR_MAP(REFRESH_ROW)
};
/* clang-format on */

static const struct sub_row *sub_row_of(uint8_t code, uint8_t sub)
{
    for (size_t i = 0; i < sizeof subs / sizeof subs[0]; i++) {
        if (subs[i].code == code && subs[i].sub == sub)
            return &subs[i];
    }
    return NULL;
}

#define CASE_TEXT(value, NAME, text, rfc)                                                      \
    case value:                                                                                \
        return text;

const char *bgp_error_name(uint8_t code)
{
    switch (code) {
        BGP_ERROR_MAP(CASE_TEXT)
    default:
        return NULL;
    }
}

const char *bgp_error_sub_name(uint8_t code, uint8_t sub)
{
    const struct sub_row *row = sub_row_of(code, sub);
    return row != NULL ? row->name : NULL;
}

/* Emits the data, by their definition or as hex. No data are legal everywhere: the RFCs say
 * SHOULD and MAY. */
static int data_emit(const struct sub_row *row, struct cur data, unsigned depth, struct emit *e,
                     struct nlri_fault *fault)
{
    if (data.left == 0)
        return 0;
    if (row == NULL || row->data == NULL || depth > HARD_RESETS_MAX) {
        emit_hex(e, KEY("data"), data.p, data.left);
        return 0;
    }
    struct emit_mark before = emit_mark(e);
    struct data_in in = {.value = data, .depth = depth, .fault = fault};
    int rc = row->data(&in, e);
    if (rc != 0 && row->data != data_hard_reset) { /* that one leaves an object of sense */
        emit_rollback(e, before);
        emit_hex(e, KEY("data"), data.p, data.left);
    } else if (in.value.left > 0) {
        emit_hex(e, KEY("data"), in.value.p, in.value.left);
        rc = nlri_fault_at(fault, BGP_REASON_TRAILING, in.value.off, 0, in.value.left);
    }
    return rc;
}

static int notification_emit(struct cur body, unsigned depth, struct emit *e,
                             struct nlri_fault *fault)
{
    uint8_t code, sub;
    if (!cur_u8(&body, &code))
        return nlri_fault_cur(&body, fault);
    emit_u64(e, KEY("code"), code);
    if (bgp_error_name(code) != NULL)
        emit_name(e, KEY("name"), bgp_error_name(code));
    if (!cur_u8(&body, &sub))
        return nlri_fault_cur(&body, fault);
    emit_u64(e, KEY("subcode"), sub);
    const struct sub_row *row = sub_row_of(code, sub);
    if (row != NULL)
        emit_name(e, KEY("subcode_name"), row->name);
    return data_emit(row, body, depth, e, fault);
}

int bgp_notification_emit(struct cur body, struct emit *e, struct nlri_fault *fault)
{
    return notification_emit(body, 0, e, fault);
}
