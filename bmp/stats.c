/* SPDX-License-Identifier: BSD-2-Clause */
/* stats: Statistics Report, as a table of types. Floor F2.
 *
 *     +-------------------------------+-------------------------------+
 *     |          stat type (2)        |         stat length (2)       |
 *     +-------------------------------+-------------------------------+
 *     |                     stat data (variable)                      |
 *     +---------------------------------------------------------------+ */
#include "bmp/stats.h"

#define ROW(number, kind, text, source) {number, BMP_STAT_##kind, text, source},
static const struct bmp_stat_row rows[] = {BMP_STAT_MAP(ROW)};

/* Octets by the RFCs. */
static const uint8_t shape_lens[] = {
    [BMP_STAT_COUNTER] = 4, [BMP_STAT_GAUGE] = 8, [BMP_STAT_FAMILY] = 11};

const struct bmp_stat_row *bmp_stat_row_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].type == type)
            return &rows[i];
    }
    return NULL;
}

static void note(struct bgp_diags *diags, enum bgp_reason reason, const struct cur *c,
                 uint32_t need, uint32_t have)
{
    bgp_diag_add(diags, (struct bgp_diag){.action = BGP_ACTION_NOTE,
                                          .reason = (uint8_t)reason,
                                          .off = c->failed ? c->fail_off : c->off,
                                          .need = need,
                                          .have = have});
}

/* A number of four or eight octets. */
static bool read_number(struct cur *c, uint64_t *v)
{
    uint32_t v32;
    if (c->left == 8)
        return cur_u64(c, v);
    if (c->left != 4 || !cur_u32(c, &v32))
        return false;
    *v = v32;
    return true;
}

static void read_value(struct bmp_stat *s)
{
    struct cur c = s->raw;
    bool family = s->row != NULL && s->row->shape == BMP_STAT_FAMILY;
    if (family && !(cur_u16(&c, &s->afi) && cur_u8(&c, &s->safi)))
        return;
    s->has_value = read_number(&c, &s->value);
    s->has_family = family && s->has_value;
}

/* A number and at least something of its own. */
static bool is_enterprise(const struct bmp_stat *s)
{
    const uint32_t number_len = 4;
    return (s->type & BMP_TLV_ENTERPRISE) != 0 && s->type != UINT16_MAX &&
           s->raw.left > number_len;
}

int bmp_stat_next(uint8_t version, struct cur *c, struct bmp_stat *s)
{
    uint16_t len;
    *s = (struct bmp_stat){0};
    if (c->left == 0)
        return 0;
    if (!cur_u16(c, &s->type) || !cur_u16(c, &len) || !cur_take(c, len, &s->raw))
        return -1;
    if (version >= BMP_VERSION_INDEXED && is_enterprise(s)) {
        s->type &= (uint16_t)~BMP_TLV_ENTERPRISE;
        s->has_enterprise = cur_u32(&s->raw, &s->enterprise);
    } else {
        s->row = bmp_stat_row_of(s->type);
    }
    read_value(s);
    return 1;
}

static void emit_name_or_code(struct emit *e, struct str key, const char *name, unsigned code)
{
    if (name != NULL)
        emit_name(e, key, name);
    else
        emit_code(e, key, code);
}

static void emit_stat(const struct bmp_stat *s, struct emit *e, struct bgp_diags *diags)
{
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("type"), s->type);
    if (s->row != NULL)
        emit_name(e, KEY("name"), s->row->name);
    else if (s->has_enterprise)
        emit_u64(e, KEY("enterprise"), s->enterprise);
    else if (s->type >= BMP_STAT_EXPERIMENTAL_FIRST && s->type <= BMP_STAT_EXPERIMENTAL_LAST)
        emit_name(e, KEY("name"), "experimental");
    if (s->has_family) {
        emit_name_or_code(e, KEY("afi"), bgp_afi_name(s->afi), s->afi);
        emit_name_or_code(e, KEY("safi"), bgp_safi_name(s->safi), s->safi);
    }
    if (s->has_value)
        emit_u64(e, KEY("value"), s->value);
    else
        emit_hex(e, KEY("raw"), s->raw.p, s->raw.left);
    if (s->row != NULL && s->raw.left != shape_lens[s->row->shape])
        note(diags, s->has_value ? BGP_REASON_WIDTH : BGP_REASON_LENGTH, &s->raw,
             shape_lens[s->row->shape], s->raw.left);
    emit_object_end(e);
}

enum { TLV_STATS = 1, TLV_FLAGS = 2, TLV_TIMESTAMP = 3 };

static bool emit_elsewhere(struct cur value, struct emit *e)
{
    (void)value, (void)e; /* under "stats" */
    return true;
}

static const struct bmp_tlv_row tlv_rows[] = {
    {TLV_STATS, "stats", "draft-ietf-grow-bmp-tlv-20", emit_elsewhere},
    {TLV_FLAGS, "extended-flags", "draft-ietf-grow-bmp-tlv-20", bmp_emit_flags},
    {TLV_TIMESTAMP, "timestamp", "draft-ietf-grow-bmp-tlv-20", bmp_emit_timestamp}};
static const struct bmp_tlv_table tlv_table = {tlv_rows, sizeof tlv_rows / sizeof tlv_rows[0],
                                               true};

/* Finds the statistics in a version 4 body. Without TLVs it begins with a count, whose upper
 * half is 0: no TLV has that type. Returns whether there is anything beside them. */
static bool unwrap(struct cur *body)
{
    struct cur c = *body, all = *body, stats = {0};
    struct bmp_tlv t;
    uint16_t first;
    unsigned cnt = 0;
    if (!cur_u16(&c, &first) || first == 0)
        return false;
    for (c = all; bmp_tlv_next(&c, &t) > 0; cnt++) {
        if (t.type == TLV_STATS)
            stats = t.value;
    }
    *body = stats;
    return cnt != 1 || stats.p == NULL || c.failed;
}

static void emit_stats(uint8_t version, struct cur body, struct emit *e,
                       struct bgp_diags *diags)
{
    uint32_t told, cnt = 0;
    struct bmp_stat s;
    struct cur rest;
    int got;
    if (!cur_u32(&body, &told)) {
        note(diags, BGP_REASON_TRUNCATED, &body, body.need, body.left);
        return;
    }
    struct cur count_at = body;
    rest = body;
    emit_array(e, KEY("stats"));
    while ((got = bmp_stat_next(version, &body, &s)) > 0) {
        emit_stat(&s, e, diags);
        rest = body;
        cnt++;
    }
    if (got < 0) {
        note(diags, BGP_REASON_TRUNCATED, &body, body.need, body.left);
        emit_object(e, EMIT_ITEM);
        emit_hex(e, KEY("raw"), rest.p, rest.left);
        emit_object_end(e);
    }
    emit_array_end(e);
    if (told != cnt)
        note(diags, BGP_REASON_VALUE, &count_at, cnt, told);
}

void bmp_stats_emit(uint8_t version, struct cur body, struct emit *e, struct bgp_diags *diags)
{
    struct cur all = body;
    bool more = version >= BMP_VERSION_INDEXED && unwrap(&body);
    if (body.p != NULL)
        emit_stats(version, body, e, diags);
    else
        note(diags, BGP_REASON_MISSING, &all, sizeof(uint32_t), all.left);
    if (more)
        bmp_tlvs_emit(all, &tlv_table, e, KEY("tlvs"), diags);
}
