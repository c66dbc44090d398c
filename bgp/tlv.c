/* SPDX-License-Identifier: BSD-2-Clause */
/* tlv: the walk over {type, length, value}, and values that many tables share. Floor F1. */
#include "bgp/tlv.h"

/* Sub-TLVs nest no deeper than any RFC has them; a table that recursed would otherwise follow
 * the sender. */
enum { TLV_DEPTH_MAX = 8 };

const struct tlv_row *tlv_row_of(const struct tlv_table *table, uint16_t type)
{
    unsigned lo = 0, hi = table->cnt;
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (table->rows[mid].type < type)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < table->cnt && table->rows[lo].type == type ? &table->rows[lo] : NULL;
}

static bool read_number(struct cur *c, unsigned octets, uint16_t *number)
{
    uint8_t small;
    if (octets == 2)
        return cur_u16(c, number);
    if (!cur_u8(c, &small))
        return false;
    *number = small;
    return true;
}

/* Reads one header and cuts out the value. */
static bool next_tlv(const struct tlv_table *table, struct cur *c, struct tlv *t)
{
    uint16_t len;
    uint32_t start = c->off;
    if (!read_number(c, table->type_len, &t->type))
        return false;
    bool wide = table->wide_from != 0 && t->type >= table->wide_from;
    if (!read_number(c, wide ? 2 : table->len_len, &len))
        return false;
    uint32_t header = table->len_is_total ? c->off - start : 0;
    if (len < header)
        return cur_fail(c, header);
    return cur_take(c, len - header, &t->value);
}

static void emit_value_hex(struct emit *e, struct cur value)
{
    emit_hex(e, KEY("value"), value.p, value.left);
}

static uint8_t action_of(const struct tlv_table *table, const struct tlv *t)
{
    return table->on_error != NULL ? table->on_error(t->type) : BGP_ACTION_NOTE;
}

static void emit_one(const struct tlv_table *table, struct tlv *t, struct emit *e)
{
    struct cur whole = t->value;
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("type"), t->type);
    if (t->row == NULL) {
        emit_value_hex(e, whole);
        emit_object_end(e);
        return;
    }
    emit_name(e, KEY("name"), t->row->name);
    struct emit_mark mark = emit_mark(e);
    int r = t->row->decode(t, e);
    if (r == 0 && t->value.left > 0)
        r = attr_fault_at(t->in, BGP_REASON_TRAILING, t->value.off, 0, t->value.left);
    if (r != 0) {
        emit_rollback(e, mark);
        emit_value_hex(e, whole);
        bgp_diag_add(t->in->diags, (struct bgp_diag){.action = action_of(table, t),
                                                     .reason = t->in->fault.reason,
                                                     .attr = t->in->code,
                                                     .off = t->in->fault.off,
                                                     .need = t->in->fault.need,
                                                     .have = t->in->fault.have});
    }
    emit_object_end(e);
}

int tlv_emit_all(const struct tlv_table *table, struct cur *c, struct attr_in *in,
                 struct emit *e, struct str key)
{
    if (in->depth >= TLV_DEPTH_MAX)
        return attr_fault_at(in, BGP_REASON_TOO_MANY, c->off, TLV_DEPTH_MAX, in->depth);
    in->depth++;
    emit_array(e, key);
    while (c->left > 0) {
        struct tlv t = {.in = in};
        if (!next_tlv(table, c, &t)) {
            uint8_t action = action_of(table, &t);
            in->depth--;
            in->at_least = action > in->at_least ? action : in->at_least;
            return attr_fault_cur(in, c);
        }
        t.row = tlv_row_of(table, t.type);
        emit_one(table, &t, e);
    }
    emit_array_end(e);
    in->depth--;
    return 0;
}

int tlv_fault(struct tlv *t)
{
    return attr_fault_cur(t->in, &t->value);
}

int tlv_number(struct tlv *t, struct emit *e)
{
    uint32_t len = t->value.left;
    if (len == 0 || len > 8)
        return attr_fault_at(t->in, BGP_REASON_LENGTH, t->value.off, 8, len);
    uint64_t v = 0;
    const uint8_t *p = cur_bytes(&t->value, len);
    for (uint32_t i = 0; p != NULL && i < len; i++)
        v = v << 8 | p[i];
    emit_u64(e, KEY("value"), v);
    return 0;
}

static int fixed_number(struct tlv *t, struct emit *e, uint32_t octets)
{
    if (t->value.left != octets)
        return attr_fault_at(t->in, BGP_REASON_LENGTH, t->value.off, octets, t->value.left);
    return tlv_number(t, e);
}

int tlv_u8(struct tlv *t, struct emit *e)
{
    return fixed_number(t, e, 1);
}

int tlv_u16(struct tlv *t, struct emit *e)
{
    return fixed_number(t, e, 2);
}

int tlv_u24(struct tlv *t, struct emit *e)
{
    return fixed_number(t, e, 3);
}

int tlv_u32(struct tlv *t, struct emit *e)
{
    return fixed_number(t, e, 4);
}

int tlv_u64(struct tlv *t, struct emit *e)
{
    return fixed_number(t, e, 8);
}

int tlv_f32(struct tlv *t, struct emit *e)
{
    uint32_t bits;
    float f;
    if (!cur_u32(&t->value, &bits))
        return tlv_fault(t);
    memcpy(&f, &bits, sizeof f);
    emit_f64(e, KEY("value"), (double)f);
    return 0;
}

int tlv_ip(struct tlv *t, struct emit *e)
{
    uint32_t len = t->value.left;
    const uint8_t *a = cur_bytes(&t->value, len);
    if (a == NULL || (len != 4 && len != 16))
        return attr_fault_at(t->in, BGP_REASON_LENGTH, t->value.off, 4, len);
    emit_ip(e, KEY("value"), a, len);
    return 0;
}

int tlv_text(struct tlv *t, struct emit *e)
{
    struct cur all = cur_rest(&t->value);
    emit_text(e, KEY("value"), all.p, all.left);
    return 0;
}

int tlv_hex(struct tlv *t, struct emit *e)
{
    struct cur all = cur_rest(&t->value);
    emit_hex(e, KEY("value"), all.p, all.left);
    return 0;
}

int tlv_u32s(struct tlv *t, struct emit *e)
{
    emit_array(e, KEY("values"));
    while (t->value.left > 0) {
        uint32_t v;
        if (!cur_u32(&t->value, &v))
            return tlv_fault(t);
        emit_u64(e, EMIT_ITEM, v);
    }
    emit_array_end(e);
    return 0;
}

int tlv_u64s(struct tlv *t, struct emit *e)
{
    emit_array(e, KEY("values"));
    while (t->value.left > 0) {
        uint64_t v;
        if (!cur_u64(&t->value, &v))
            return tlv_fault(t);
        emit_u64(e, EMIT_ITEM, v);
    }
    emit_array_end(e);
    return 0;
}

int tlv_sub(struct tlv *t, struct emit *e)
{
    return tlv_emit_all(t->row->sub, &t->value, t->in, e, KEY("tlvs"));
}
