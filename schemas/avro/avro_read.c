/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_read: Avro's binary encoding (specification 1.11, "Binary Encoding") read by the
 * schema's tables. Floor F3. */
#include "schemas/avro/avro_read.h"

#include "base/json_read.h"
#include "schemas/avro/avro_int.h"

enum { FINGERPRINT_LEN = 8, SCHEMA_ID_LEN = 4, NS_PER_US = 1000, VARINT_BITS_MAX = 63 };

struct reader {
    struct cur in;
    struct emit *e;
    struct buf *scratch;
};

static bool read_record(struct reader *r, const struct avro_record *record);

/* ---- primitive values ---- */

static bool read_long(struct reader *r, int64_t *v)
{
    uint64_t z = 0;
    uint8_t octet = 0x80;
    for (unsigned bits = 0; octet & 0x80; bits += 7) {
        if (bits > VARINT_BITS_MAX || !cur_u8(&r->in, &octet))
            return false;
        z |= (uint64_t)(octet & 0x7f) << bits;
    }
    *v = (int64_t)(z >> 1 ^ (z & 1 ? UINT64_MAX : 0));
    return true;
}

static bool read_text(struct reader *r, struct str *s)
{
    struct cur text;
    int64_t len;
    if (!read_long(r, &len) || len < 0 || len > UINT32_MAX ||
        !cur_take(&r->in, (uint32_t)len, &text))
        return false;
    *s = str_at((const char *)text.p, text.left);
    return true;
}

static void put_long(struct emit *e, struct str key, int64_t v)
{
    if (v < 0)
        emit_i64(e, key, v);
    else
        emit_u64(e, key, (uint64_t)v);
}

/* Begins a block of an array or a map. *cnt: how many items are in it, 0 after the last block.
 */
static bool read_block(struct reader *r, int64_t *cnt)
{
    int64_t octets;
    if (!read_long(r, cnt))
        return false;
    if (*cnt >= 0)
        return true;
    if (*cnt == INT64_MIN || !read_long(r, &octets)) /* how long it is, for who skips it */
        return false;
    *cnt = -*cnt;
    return true;
}

/* ---- items of arrays ---- */

typedef bool item_fn(struct reader *r, const struct avro_field *f);

static bool read_long_item(struct reader *r, const struct avro_field *f)
{
    int64_t v;
    (void)f;
    if (!read_long(r, &v))
        return false;
    put_long(r->e, EMIT_ITEM, v);
    return true;
}

static bool read_text_item(struct reader *r, const struct avro_field *f)
{
    struct str s;
    (void)f;
    if (!read_text(r, &s))
        return false;
    emit_text(r->e, EMIT_ITEM, s.p, s.len);
    return true;
}

static bool read_record_item(struct reader *r, const struct avro_field *f)
{
    emit_object(r->e, EMIT_ITEM);
    bool ok = read_record(r, f->of);
    emit_object_end(r->e);
    return ok;
}

/* The items of the array that is open. `cnt`: of the first block. */
static bool read_items(struct reader *r, const struct avro_field *f, item_fn *item, int64_t cnt)
{
    while (cnt > 0) {
        for (; cnt > 0; cnt--) {
            if (!item(r, f))
                return false;
        }
        if (!read_block(r, &cnt))
            return false;
    }
    return true;
}

static bool read_array(struct reader *r, struct str key, const struct avro_field *f,
                       item_fn *item)
{
    int64_t cnt;
    if (!read_block(r, &cnt))
        return false;
    if (cnt == 0)
        return true;
    emit_array(r->e, key);
    bool ok = read_items(r, f, item, cnt);
    emit_array_end(r->e);
    return ok;
}

/* A segment of an AS path as the record has it: a sequence's numbers stand in the path itself,
 * a set is an array, a confederation's an object of one. */
static bool read_segment(struct reader *r, const struct avro_field *f)
{
    static const char sequence[] = "sequence", set[] = "set";
    struct str type;
    int64_t cnt;
    if (!read_text(r, &type) || !read_block(r, &cnt))
        return false;
    if (type.len == sizeof sequence - 1 && memcmp(type.p, sequence, type.len) == 0)
        return read_items(r, f, read_long_item, cnt);
    bool is_set = type.len == sizeof set - 1 && memcmp(type.p, set, type.len) == 0;
    if (!is_set)
        emit_object(r->e, EMIT_ITEM);
    emit_array(r->e, is_set ? EMIT_ITEM : type);
    bool ok = read_items(r, f, read_long_item, cnt);
    emit_array_end(r->e);
    if (!is_set)
        emit_object_end(r->e);
    return ok;
}

/* ---- fields ---- */

static bool read_time(struct reader *r, struct str key)
{
    int64_t us;
    if (!read_long(r, &us) || us < 0 || us > INT64_MAX / NS_PER_US)
        return false;
    emit_time(r->e, key, (uint64_t)us * NS_PER_US);
    return true;
}

static bool read_bool(struct reader *r, struct str key)
{
    uint8_t octet;
    if (!cur_u8(&r->in, &octet) || octet > 1)
        return false;
    emit_bool(r->e, key, octet == 1);
    return true;
}

static bool read_single(struct reader *r, const struct avro_field *f)
{
    struct str s;
    int64_t v;
    if (f->type == AVRO_LONG) {
        if (!read_long(r, &v))
            return false;
        put_long(r->e, f->name, v);
    } else if (f->type == AVRO_TEXT) {
        if (!read_text(r, &s))
            return false;
        emit_text(r->e, f->name, s.p, s.len);
    } else if (f->type == AVRO_RECORD) {
        emit_object(r->e, f->name);
        bool ok = read_record(r, f->of);
        emit_object_end(r->e);
        return ok;
    } else {
        return f->type == AVRO_TIME ? read_time(r, f->name) : read_bool(r, f->name);
    }
    return true;
}

static bool read_field(struct reader *r, const struct avro_field *f)
{
    static item_fn *const items[] = {[AVRO_LONGS] = read_long_item,
                                     [AVRO_TEXTS] = read_text_item,
                                     [AVRO_RECORDS] = read_record_item,
                                     [AVRO_PATH] = read_segment};
    int64_t branch = 1;
    if (avro_is_array(f->type))
        return read_array(r, f->name, f, items[f->type]);
    if (!f->required && !read_long(r, &branch))
        return false;
    if (branch == 0)
        return true;
    return branch == 1 && read_single(r, f);
}

/* The map `other`: JSON texts by name. */
static bool read_other(struct reader *r)
{
    struct str key, text;
    size_t off;
    int64_t cnt;
    if (!read_block(r, &cnt))
        return false;
    while (cnt > 0) {
        for (; cnt > 0; cnt--) {
            if (!read_text(r, &key) || !read_text(r, &text) ||
                json_read(text.p, text.len, key, r->e, r->scratch, &off) != 0)
                return false;
        }
        if (!read_block(r, &cnt))
            return false;
    }
    return true;
}

/* Members of the object that is open. */
static bool read_record(struct reader *r, const struct avro_record *record)
{
    for (unsigned i = 0; i < record->field_cnt; i++) {
        if (!read_field(r, &record->fields[i]))
            return false;
    }
    return record->closed || read_other(r);
}

int avro_read(struct cur value, struct emit *e, struct buf *scratch)
{
    struct reader r = {.in = value, .e = e, .scratch = scratch};
    emit_object(e, EMIT_ITEM);
    bool ok = read_record(&r, &avro_root);
    emit_object_end(e);
    return ok && r.in.left == 0 ? 0 : -1;
}

/* ---- framings ---- */

static uint64_t little_endian(struct cur c)
{
    uint64_t v = 0;
    uint8_t octet;
    for (unsigned i = 0; i < FINGERPRINT_LEN && cur_u8(&c, &octet); i++)
        v |= (uint64_t)octet << 8 * i;
    return v;
}

enum avro_framing avro_framing_of(struct cur *value, uint64_t fingerprint)
{
    struct cur c = *value;
    uint8_t first, second;
    if (!cur_u8(&c, &first))
        return AVRO_FRAMING_NONE;
    if (first == 0 && cur_skip(&c, SCHEMA_ID_LEN)) {
        *value = c;
        return AVRO_FRAMING_REGISTERED;
    }
    if (first != 0xc3 || !cur_u8(&c, &second) || second != 1 || c.left < FINGERPRINT_LEN)
        return AVRO_FRAMING_NONE;
    bool ours = little_endian(c) == fingerprint;
    if (!cur_skip(&c, FINGERPRINT_LEN))
        return AVRO_FRAMING_NONE;
    *value = c;
    return ours ? AVRO_FRAMING_SINGLE : AVRO_FRAMING_FOREIGN;
}
