/* SPDX-License-Identifier: BSD-2-Clause */
/* event: Route Event Logging, as tables. Floor F2. */
#include "bmp/event.h"

#include <string.h>

#define ROW(number, KIND, text) {number, BMP_ROUTE_##KIND, text},
static const struct bmp_route_row rows[] = {BMP_EVENT_TLV_MAP(ROW)};
static const struct bmp_route_numbers numbers = {rows, sizeof rows / sizeof rows[0]};

enum { TYPE_MESSAGE = 4, TYPE_REASON = 5, REASON_LEN = 4 };

bool bmp_event_parse(const struct bmp_msg *m, struct bmp_peer *peer, struct bmp_routes *r)
{
    struct cur c = m->body;
    struct bmp_route_tlv t;
    unsigned messages = 0, reasons = 0;
    int got;
    if (m->version < BMP_VERSION_INDEXED || bmp_type_name(m->type) != NULL ||
        !bmp_peer_read(&c, peer) || peer->type > BMP_PEER_LOC_RIB)
        return false;
    /* section 3.1: an event is neither before nor after a policy; these flags mean nothing */
    peer->view = bmp_view_of(peer->type, 0);
    *r = (struct bmp_routes){.numbers = &numbers, .tlvs = cur_rest(&c)};
    for (c = r->tlvs; (got = bmp_route_tlv_next(&c, &t)) > 0;) {
        if (t.type == TYPE_MESSAGE && bmp_begins_with_marker(t.value)) {
            r->message = t.value;
            messages++;
        }
        reasons += t.type == TYPE_REASON && t.value.left == REASON_LEN;
    }
    return got == 0 && messages == 1 && reasons > 0;
}

/* ---- what each type emits ---- */

/* A code's name, or its number where it has none. */
static void emit_named(struct emit *e, struct str key, const char *const *names, size_t cnt,
                       unsigned code)
{
    if (code < cnt && names[code] != NULL)
        emit_name(e, key, names[code]);
    else
        emit_code(e, key, code);
}

#define TEXT_OF(number, text)       [number] = text,
#define TEXT_OF_3(number, NAME, text) [number] = text,
#define NAMED(e, key, names, code)  emit_named(e, key, names, sizeof names / sizeof names[0], code)

bool bmp_event_emit_reason(struct cur value, struct emit *e)
{
#define REASON_ROW(number, text) {number, text},
    static const struct {
        uint32_t bit;
        const char *name;
    } bits[] = {BMP_EVENT_REASON_MAP(REASON_ROW)};
#undef REASON_ROW
    uint32_t reason;
    if (!cur_u32(&value, &reason) || !cur_done(&value))
        return false;
    emit_u64(e, KEY("reason_code"), reason);
    emit_array(e, KEY("reasons"));
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if (reason & bits[i].bit)
            emit_name(e, EMIT_ITEM, bits[i].name);
    }
    emit_array_end(e);
    return true;
}

static bool emit_rest_as_text(struct cur value, struct emit *e, struct str key)
{
    uint32_t len = value.left;
    emit_text(e, key, cur_bytes(&value, len), len);
    return true;
}

static bool emit_unstable(struct cur value, struct emit *e)
{
    uint32_t seconds, count;
    if (value.left == 0)
        return true;
    if (!cur_u32(&value, &seconds) || !cur_u32(&value, &count) || !cur_done(&value))
        return false;
    emit_u64(e, KEY("seconds"), seconds);
    emit_u64(e, KEY("count"), count);
    return true;
}

static bool emit_bound(struct cur value, struct emit *e)
{
    uint32_t threshold;
    if (!cur_u32(&value, &threshold) || !cur_done(&value))
        return false;
    emit_u64(e, KEY("threshold"), threshold);
    return true;
}

bool bmp_event_emit_action(struct cur value, struct emit *e)
{
#define ACTION_CODE(number, NAME, text) ACTION_##NAME = number,
    enum { BMP_EVENT_ACTION_MAP(ACTION_CODE) };
#undef ACTION_CODE
    static const char *const names[] = {BMP_EVENT_ACTION_MAP(TEXT_OF_3)};
    uint8_t code;
    if (!cur_u8(&value, &code))
        return false;
    NAMED(e, KEY("action"), names, code);
    if (code == ACTION_CONFIG)
        return emit_rest_as_text(value, e, KEY("text"));
    if (code == ACTION_UNSTABLE)
        return emit_unstable(value, e);
    if (code == ACTION_WARNING_BOUND || code == ACTION_UPPER_BOUND)
        return emit_bound(value, e);
    emit_hex(e, KEY("raw"), value.p, value.left);
    return true;
}

/* Emits a text that ends in NUL. */
static bool emit_terminated(struct cur *value, struct emit *e, struct str key)
{
    const uint8_t *end = value->left > 0 ? memchr(value->p, 0, value->left) : NULL;
    if (end == NULL)
        return false;
    uint32_t len = (uint32_t)(end - value->p);
    emit_text(e, key, value->p, len);
    return cur_skip(value, len + 1);
}

bool bmp_event_emit_policy(struct cur value, struct emit *e)
{
    enum { STRING = 1, STRUCTURED = 2 };
    uint8_t form;
    if (!cur_u8(&value, &form))
        return false;
    if (form == STRING)
        return emit_rest_as_text(value, e, KEY("text"));
    return form == STRUCTURED && emit_terminated(&value, e, KEY("policy")) &&
           emit_terminated(&value, e, KEY("statement")) && cur_done(&value);
}

bool bmp_event_emit_validation(struct cur value, struct emit *e)
{
    static const char *const names[] = {BMP_EVENT_VALIDATION_MAP(TEXT_OF)};
    static const char *const causes[] = {BMP_EVENT_RPKI_CAUSE_MAP(TEXT_OF)};
    uint8_t code, cause;
    if (!cur_u8(&value, &code))
        return false;
    NAMED(e, KEY("validation"), names, code);
    bool known = code < sizeof names / sizeof names[0] && names[code] != NULL;
    if (known && value.left == 1 && cur_u8(&value, &cause))
        NAMED(e, KEY("cause"), causes, cause);
    else if (value.left > 0)
        emit_hex(e, KEY("raw"), value.p, value.left);
    return true;
}

bool bmp_event_emit_malformed(struct cur value, struct emit *e)
{
    static const char *const names[] = {BMP_EVENT_MALFORMED_MAP(TEXT_OF)};
    uint8_t code;
    if (!cur_u8(&value, &code) || !cur_done(&value))
        return false;
    NAMED(e, KEY("fault"), names, code);
    return true;
}
