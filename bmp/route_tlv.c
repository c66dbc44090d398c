/* SPDX-License-Identifier: BSD-2-Clause */
/* route_tlv: indexed TLVs, as tables. Floor F2.
 *
 *     +-+-------------+---------------+---------------+---------------+
 *     |E|          Type (15)          |          Length (16)          |
 *     +-+-------------+---------------+-------------------------------+
 *     |G|          Index (15)         |
 *     +-+-------------+---------------+-------------------------------+
 *     |       with E: enterprise number (4 octets, of the value)      |
 *     +---------------------------------------------------------------+
 *     |                       value (variable)                        |
 *     +---------------------------------------------------------------+ */
#include "bmp/route_tlv.h"

#include "bgp/caps.h"
#include "bgp/msg.h"
#include "bmp/event.h"

#define ROW(number, KIND, text) {number, BMP_ROUTE_##KIND, text},
static const struct bmp_route_row rows_19[] = {BMP_ROUTE_TLV_19_MAP(ROW)};
static const struct bmp_route_row rows_20[] = {BMP_ROUTE_TLV_20_MAP(ROW)};

static const struct bmp_route_numbers numberings[] = {
    {rows_19, sizeof rows_19 / sizeof rows_19[0]},
    {rows_20, sizeof rows_20 / sizeof rows_20[0]},
};

int bmp_route_tlv_next(struct cur *c, struct bmp_route_tlv *t)
{
    uint16_t len;
    if (c->left == 0)
        return 0;
    if (!cur_u16(c, &t->type) || !cur_u16(c, &len) || !cur_u16(c, &t->index) ||
        !cur_take(c, len, &t->value))
        return -1;
    return 1;
}

/* An enterprise's type has no row: the E bit is part of it. */
static const struct bmp_route_row *row_of(const struct bmp_route_numbers *n, uint16_t type)
{
    for (unsigned i = 0; i < n->cnt; i++) {
        if (n->rows[i].type == type)
            return &n->rows[i];
    }
    return NULL;
}

/* A status has four octets, of which the first two have no bits yet; a name is text. */
static bool looks_like_marking(struct cur value)
{
    uint16_t high;
    return (value.left == 4 || value.left == 6) && cur_u16(&value, &high) && high == 0;
}

static const struct bmp_route_row *row_of_tlv(const struct bmp_routes *r,
                                              const struct bmp_route_tlv *t)
{
    static const struct bmp_route_row marking = {5, BMP_ROUTE_MARKING, "path-marking"};
    const struct bmp_route_row *row = row_of(r->numbers, t->type);
    bool doubtful = row != NULL && row->kind == BMP_ROUTE_NAME_OR_MARKING;
    return doubtful && looks_like_marking(t->value) ? &marking : row;
}

static enum bmp_route_kind kind_of(const struct bmp_routes *r, const struct bmp_route_tlv *t)
{
    const struct bmp_route_row *row = row_of_tlv(r, t);
    return row != NULL ? (enum bmp_route_kind)row->kind : BMP_ROUTE_OPAQUE;
}

bool bmp_begins_with_marker(struct cur c)
{
    uint8_t octet = 0xff;
    unsigned n = 0;
    while (n < 16 && cur_u8(&c, &octet) && octet == 0xff)
        n++;
    return n == 16;
}

int bmp_routes_parse(const struct bmp_msg *m, struct bmp_routes *r, struct bgp_diag *diag)
{
    struct cur c = m->body;
    struct bmp_route_tlv t;
    *r = (struct bmp_routes){.numbers = &numberings[0], .tlvs = m->body};
    int got;
    while ((got = bmp_route_tlv_next(&c, &t)) > 0) {
        for (size_t i = 0; i < sizeof numberings / sizeof numberings[0]; i++) {
            const struct bmp_route_row *row = row_of(&numberings[i], t.type);
            if (row == NULL || row->kind != BMP_ROUTE_MESSAGE || !bmp_begins_with_marker(t.value))
                continue;
            r->numbers = &numberings[i];
            r->message = t.value;
            return 0;
        }
    }
    *diag = (struct bgp_diag){
        .reason = got < 0 ? BGP_REASON_TRUNCATED : BGP_REASON_MISSING,
        .off = got < 0 ? c.fail_off : c.off,
        .need = got < 0 ? c.need : BGP_HEADER_LEN,
        .have = c.left,
    };
    return -1;
}

/* Fetches the next capability of a stateless parsing TLV. */
static bool next_capability(struct cur *c, uint8_t *code, struct cur *value)
{
    uint8_t len;
    return cur_u8(c, code) && cur_u8(c, &len) && cur_take(c, len, value);
}

bool bmp_routes_offer(const struct bmp_routes *r, struct bgp_offer *offer)
{
    struct cur c = r->tlvs, value;
    struct bmp_route_tlv t;
    bool add_path = false;
    uint8_t code;
    while (bmp_route_tlv_next(&c, &t) > 0) {
        if (kind_of(r, &t) != BMP_ROUTE_STATELESS)
            continue;
        while (t.value.left > 0 && next_capability(&t.value, &code, &value)) {
            bgp_offer_add(offer, code, value);
            add_path |= code == BGP_CAP_ADD_PATH;
        }
    }
    return add_path;
}

/* ---- what each kind emits; false: malformed, and to be rolled back ---- */

typedef bool emit_fn(struct cur value, struct emit *e);

static bool emit_table_name(struct cur value, struct emit *e)
{
    uint32_t len = value.left;
    emit_text(e, KEY("value"), cur_bytes(&value, len), len);
    return true;
}

static bool emit_number(struct cur value, struct emit *e)
{
    uint32_t low;
    uint64_t v;
    if (value.left == 4 && cur_u32(&value, &low))
        v = low;
    else if (value.left != 8 || !cur_u64(&value, &v))
        return false;
    emit_u64(e, KEY("value"), v);
    return true;
}

static bool emit_group(struct cur value, struct emit *e)
{
    uint16_t index;
    emit_array(e, KEY("value"));
    while (value.left > 0 && cur_u16(&value, &index))
        emit_u64(e, EMIT_ITEM, index);
    emit_array_end(e);
    return cur_done(&value);
}

static bool emit_stateless(struct cur value, struct emit *e)
{
    struct cur one;
    uint8_t code;
    bool sound = true;
    emit_array(e, KEY("capabilities"));
    while (value.left > 0 && next_capability(&value, &code, &one)) {
        struct nlri_fault fault;
        emit_object(e, EMIT_ITEM);
        sound &= cap_decode(code, one, e, &fault) == 0;
        emit_object_end(e);
    }
    emit_array_end(e);
    return sound && cur_done(&value);
}

static const char *path_reason_name(uint16_t reason)
{
#define REASON_TEXT(number, text) [number] = text,
    static const char *const names[] = {BMP_PATH_REASON_MAP(REASON_TEXT)};
#undef REASON_TEXT
    return reason < sizeof names / sizeof names[0] ? names[reason] : NULL;
}

static void emit_status(struct emit *e, uint32_t status)
{
#define STATUS_ROW(number, text) {number, text},
    static const struct {
        uint32_t bit;
        const char *name;
    } bits[] = {BMP_PATH_STATUS_MAP(STATUS_ROW)};
#undef STATUS_ROW
    emit_u64(e, KEY("status_code"), status);
    emit_array(e, KEY("status"));
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if (status & bits[i].bit)
            emit_name(e, EMIT_ITEM, bits[i].name);
    }
    emit_array_end(e);
}

static bool emit_marking(struct cur value, struct emit *e)
{
    uint32_t status;
    uint16_t reason;
    if (!cur_u32(&value, &status))
        return false;
    emit_status(e, status);
    if (value.left == 0)
        return true;
    if (!cur_u16(&value, &reason))
        return false;
    const char *name = path_reason_name(reason);
    if (name != NULL)
        emit_name(e, KEY("reason"), name);
    else
        emit_code(e, KEY("reason"), reason);
    return cur_done(&value);
}

static emit_fn *const emitters[] = {
    [BMP_ROUTE_NUMBER] = emit_number,   [BMP_ROUTE_STATELESS] = emit_stateless,
    [BMP_ROUTE_GROUP] = emit_group,     [BMP_ROUTE_TABLE_NAME] = emit_table_name,
    [BMP_ROUTE_MARKING] = emit_marking, [BMP_ROUTE_NAME_OR_MARKING] = emit_table_name,
    [BMP_ROUTE_FLAGS] = bmp_emit_flags, [BMP_ROUTE_TIMESTAMP] = bmp_emit_timestamp,
    [BMP_ROUTE_EVENT_REASON] = bmp_event_emit_reason,
    [BMP_ROUTE_LOG_ACTION] = bmp_event_emit_action,
    [BMP_ROUTE_POLICY_DISCARD] = bmp_event_emit_policy,
    [BMP_ROUTE_VALIDATION_FAIL] = bmp_event_emit_validation,
    [BMP_ROUTE_MALFORMED_PACKET] = bmp_event_emit_malformed,
};

/* ---- the list of all ---- */

static void note(struct bgp_diags *diags, enum bgp_reason reason, const struct cur *c)
{
    bgp_diag_add(diags, (struct bgp_diag){.reason = (uint8_t)reason,
                                          .off = c->failed ? c->fail_off : c->off,
                                          .need = c->failed ? c->need : 0,
                                          .have = c->left});
}

static void emit_value(const struct bmp_route_tlv *t, const struct bmp_route_row *row,
                       struct emit *e, struct bgp_diags *diags)
{
    struct cur value = t->value;
    uint32_t enterprise;
    if (t->type & BMP_TLV_ENTERPRISE && value.left >= 4 && cur_u32(&value, &enterprise))
        emit_u64(e, KEY("enterprise"), enterprise);
    emit_fn *emit = row != NULL && row->kind < sizeof emitters / sizeof emitters[0]
                        ? emitters[row->kind]
                        : NULL;
    struct emit_mark mark = emit_mark(e);
    if (emit != NULL && emit(value, e))
        return;
    if (emit != NULL) {
        emit_rollback(e, mark);
        note(diags, BGP_REASON_LENGTH, &t->value);
    }
    emit_hex(e, KEY("raw"), value.p, value.left);
}

static void emit_tlv(const struct bmp_routes *r, const struct bmp_route_tlv *t, struct emit *e,
                     struct bgp_diags *diags)
{
    const struct bmp_route_row *row = row_of_tlv(r, t);
    unsigned number = t->index & ~(unsigned)BMP_ROUTE_INDEX_GROUP;
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("type"), t->type & ~(unsigned)BMP_TLV_ENTERPRISE);
    if (row != NULL)
        emit_name(e, KEY("name"), row->name);
    if (t->index & BMP_ROUTE_INDEX_GROUP)
        emit_u64(e, KEY("group"), number);
    else
        emit_u64(e, KEY("index"), number);
    emit_value(t, row, e, diags);
    emit_object_end(e);
}

/* ---- which NLRI a TLV speaks of ---- */

static bool spend(struct bmp_marks *m)
{
    if (m->budget == 0)
        return false;
    m->budget--;
    return true;
}

static bool group_has(struct bmp_marks *m, uint16_t group, unsigned index)
{
    struct cur c = m->routes->tlvs;
    struct bmp_route_tlv t;
    uint16_t member;
    while (spend(m) && bmp_route_tlv_next(&c, &t) > 0) {
        if (t.index != group || kind_of(m->routes, &t) != BMP_ROUTE_GROUP)
            continue;
        while (t.value.left > 0 && spend(m) && cur_u16(&t.value, &member)) {
            if (member == index)
                return true;
        }
    }
    return false;
}

/* Returns whether a TLV speaks of an NLRI: index 0 of all, a group's of its members. */
static bool speaks_of(struct bmp_marks *m, const struct bmp_route_tlv *t, unsigned index)
{
    if (t->index & BMP_ROUTE_INDEX_GROUP)
        return group_has(m, t->index, index);
    return t->index == 0 || t->index == index;
}

/* ---- all of a message, or those of one NLRI ---- */

/* Emits what does not parse as a TLV any more. */
static void emit_rest(struct emit *e, struct cur rest, const struct cur *failed,
                      struct bgp_diags *diags)
{
    note(diags, BGP_REASON_TRUNCATED, failed);
    emit_object(e, EMIT_ITEM);
    emit_hex(e, KEY("raw"), rest.p, rest.left);
    emit_object_end(e);
}

/* `m`: those that speak of the NLRI alone; NULL: all. */
static void emit_tlvs(const struct bmp_routes *r, struct bmp_marks *m, unsigned index,
                      struct emit *e, struct str key, struct bgp_diags *diags)
{
    struct cur c = r->tlvs, rest = c;
    struct bmp_route_tlv t;
    struct emit_mark mark = emit_mark(e);
    unsigned cnt = 0;
    int got;
    emit_array(e, key);
    while ((got = bmp_route_tlv_next(&c, &t)) > 0) {
        rest = c;
        if (t.value.off == r->message.off || (m != NULL && !(spend(m) && speaks_of(m, &t, index))))
            continue;
        emit_tlv(r, &t, e, diags);
        cnt++;
    }
    if (got < 0 && m == NULL) {
        emit_rest(e, rest, &c, diags);
        cnt++;
    }
    emit_array_end(e);
    if (cnt == 0)
        emit_rollback(e, mark);
}

void bmp_routes_emit(const struct bmp_routes *r, struct emit *e, struct str key,
                     struct bgp_diags *diags)
{
    emit_tlvs(r, NULL, 0, e, key, diags);
}

/* ---- markings ---- */

static bool marking_sound(struct cur value)
{
    return value.left == 4 || value.left == 6;
}

void bmp_marks_emit(struct bmp_marks *m, unsigned index, struct emit *e)
{
    struct cur c = m->routes->tlvs;
    struct bmp_route_tlv t;
    bool any = false;
    while (spend(m) && bmp_route_tlv_next(&c, &t) > 0) {
        if (kind_of(m->routes, &t) != BMP_ROUTE_MARKING || !marking_sound(t.value) ||
            !speaks_of(m, &t, index))
            continue;
        if (!any)
            emit_array(e, KEY("path_marking"));
        any = true;
        emit_object(e, EMIT_ITEM);
        (void)emit_marking(t.value, e);
        emit_object_end(e);
    }
    if (any)
        emit_array_end(e);
}

void bmp_marks_emit_tlvs(struct bmp_marks *m, unsigned index, struct emit *e, struct str key,
                         struct bgp_diags *diags)
{
    emit_tlvs(m->routes, m, index, e, key, diags);
}
