/* SPDX-License-Identifier: BSD-2-Clause */
/* tlv: information TLVs, as tables. Floor F2. */
#include "bmp/tlv.h"

#include "bmp/bmp.h"

int bmp_tlv_next(struct cur *c, struct bmp_tlv *t)
{
    uint16_t len;
    if (c->left == 0)
        return 0;
    if (!cur_u16(c, &t->type) || !cur_u16(c, &len) || !cur_take(c, len, &t->value))
        return -1;
    return 1;
}

static bool emit_string(struct cur value, struct emit *e)
{
    uint32_t len = value.left;
    emit_text(e, KEY("value"), cur_bytes(&value, len), len);
    return true;
}

static const char *reason_name(uint16_t reason)
{
#define REASON_TEXT(value, NAME, text, rfc) [value] = text,
    static const char *const names[] = {BMP_TERM_REASON_MAP(REASON_TEXT)};
#undef REASON_TEXT
    return reason < sizeof names / sizeof names[0] ? names[reason] : NULL;
}

static bool emit_reason(struct cur value, struct emit *e)
{
    uint16_t reason;
    if (!cur_u16(&value, &reason) || !cur_done(&value))
        return false;
    emit_u64(e, KEY("code"), reason);
    const char *name = reason_name(reason);
    if (name != NULL)
        emit_name(e, KEY("value"), name);
    return true;
}

bool bmp_emit_timestamp(struct cur value, struct emit *e)
{
#define TIMESTAMP_TEXT(value, text) [value] = text,
    static const char *const names[] = {BMP_TIMESTAMP_MAP(TIMESTAMP_TEXT)};
#undef TIMESTAMP_TEXT
    uint8_t kind;
    uint32_t sec, usec;
    if (!cur_u8(&value, &kind) || !cur_u32(&value, &sec) || !cur_u32(&value, &usec) ||
        !cur_done(&value) || usec >= 1000000)
        return false;
    if (kind < sizeof names / sizeof names[0])
        emit_name(e, KEY("kind"), names[kind]);
    else
        emit_code(e, KEY("kind"), kind);
    emit_time(e, KEY("time"), sec * UINT64_C(1000000000) + usec * UINT64_C(1000));
    return true;
}

bool bmp_emit_flags(struct cur value, struct emit *e)
{
#define FLAG_ROW(bit, text) {bit, text},
    static const struct {
        uint8_t bit;
        const char *name;
    } rows[] = {BMP_EXTENDED_FLAG_MAP(FLAG_ROW)};
#undef FLAG_ROW
    uint8_t first;
    if (!cur_peek(&value, 0, &first))
        return false;
    emit_array(e, KEY("flags"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (first & rows[i].bit)
            emit_name(e, EMIT_ITEM, rows[i].name);
    }
    emit_array_end(e);
    emit_hex(e, KEY("raw"), value.p, value.left); /* later octets have no names yet */
    return true;
}

#define STRING_ROW(value, NAME, text, rfc) {value, text, rfc, emit_string},

static const struct bmp_tlv_row info_rows[] = {BMP_INFO_MAP(STRING_ROW)};
static const struct bmp_tlv_row term_rows[] = {
    {BMP_TERM_STRING, "string", "RFC 7854", emit_string},
    {BMP_TERM_REASON, "reason", "RFC 7854", emit_reason},
};

/* By whether types have an E bit. */
#define TABLES(rows)                                                                           \
    {                                                                                          \
        {rows, sizeof rows / sizeof rows[0], false},                                           \
        {                                                                                      \
            rows, sizeof rows / sizeof rows[0], true                                           \
        }                                                                                      \
    }
static const struct bmp_tlv_table info_tables[2] = TABLES(info_rows);
static const struct bmp_tlv_table term_tables[2] = TABLES(term_rows);

const struct bmp_tlv_table *bmp_info_tlvs(uint8_t version)
{
    return &info_tables[version >= BMP_VERSION_INDEXED];
}

const struct bmp_tlv_table *bmp_term_tlvs(uint8_t version)
{
    return &term_tables[version >= BMP_VERSION_INDEXED];
}

static const struct bmp_tlv_row *row_of(const struct bmp_tlv_table *table, uint16_t type)
{
    for (unsigned i = 0; i < table->cnt; i++) {
        if (table->rows[i].type == type)
            return &table->rows[i];
    }
    return NULL;
}

static void emit_raw(struct cur value, struct emit *e)
{
    uint32_t len = value.left;
    emit_hex(e, KEY("raw"), cur_bytes(&value, len), len);
}

/* draft-ietf-grow-bmp-tlv section 4.1: with the E bit the value begins with whose it is. */
void bmp_tlv_emit_enterprise(const struct bmp_tlv *t, struct emit *e)
{
    struct cur value = t->value;
    uint32_t number;
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("type"), t->type & ~(unsigned)BMP_TLV_ENTERPRISE);
    if (value.left >= 4 && cur_u32(&value, &number))
        emit_u64(e, KEY("enterprise"), number);
    emit_raw(value, e);
    emit_object_end(e);
}

static void emit_tlv(const struct bmp_tlv *t, const struct bmp_tlv_table *table, struct emit *e,
                     struct bgp_diags *diags)
{
    if (table->enterprise && t->type & BMP_TLV_ENTERPRISE) {
        bmp_tlv_emit_enterprise(t, e);
        return;
    }
    const struct bmp_tlv_row *row = row_of(table, t->type);
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("type"), t->type);
    if (row != NULL)
        emit_name(e, KEY("name"), row->name);
    if (row == NULL || !row->emit(t->value, e)) {
        emit_raw(t->value, e);
        if (row != NULL)
            bgp_diag_add(diags, (struct bgp_diag){.reason = BGP_REASON_LENGTH,
                                                  .off = t->value.off,
                                                  .have = t->value.left});
    }
    emit_object_end(e);
}

void bmp_tlvs_emit(struct cur tlvs, const struct bmp_tlv_table *table, struct emit *e,
                   struct str key, struct bgp_diags *diags)
{
    if (tlvs.left == 0)
        return;
    struct bmp_tlv t;
    struct cur rest = tlvs;
    int got;
    emit_array(e, key);
    while ((got = bmp_tlv_next(&tlvs, &t)) > 0) {
        emit_tlv(&t, table, e, diags);
        rest = tlvs;
    }
    if (got < 0) {
        bgp_diag_add(diags, (struct bgp_diag){.reason = BGP_REASON_TRUNCATED,
                                              .off = tlvs.fail_off,
                                              .need = tlvs.need,
                                              .have = tlvs.left});
        emit_object(e, EMIT_ITEM);
        emit_raw(rest, e);
        emit_object_end(e);
    }
    emit_array_end(e);
}
