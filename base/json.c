/* SPDX-License-Identifier: BSD-2-Clause */
/* json: fields as JSON text (RFC 8259). Floor F0.
 *
 * No state but the buffer: a comma is due unless the last character opened something. The check
 * is on the bytes already written, so a rollback is a truncation. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "base/utf8.h"

static struct buf *out_of(const struct emit *e)
{
    return ((const struct json *)(const void *)e)->out;
}

/* Copies `n` octets. Nearly all texts here are short, for which calling memcpy costs more than
 * copying. */
static char *copy(char *dst, const char *src, size_t n)
{
    if (n >= 8 && n <= 16) { /* two words that may overlap */
        memcpy(dst, src, 8);
        memcpy(dst + n - 8, src + n - 8, 8);
    } else if (n >= 4 && n < 8) {
        memcpy(dst, src, 4);
        memcpy(dst + n - 4, src + n - 4, 4);
    } else if (n < 4) {
        for (size_t i = 0; i < n; i++)
            dst[i] = src[i];
    } else {
        memcpy(dst, src, n);
    }
    return dst + n;
}

/* Writes a comma where one is due. By branches, which are nearly always foretold: so nothing
 * waits for the octet that was just written. */
static inline char *separate(const struct buf *b, char *p)
{
    if (b->len == 0 || (p[-1] | 0x20) == '{' || p[-1] == '\n') /* '{' or '[' */
        return p;
    *p = ',';
    return p + 1;
}

/* Writes `"name":` of a name that KEY did not make, or a long one. */
static __attribute__((noinline)) char *put_loose_key(char *p, struct str key)
{
    *p++ = '"';
    p = copy(p, key.p, key.len);
    *p++ = '"';
    *p++ = ':';
    return p;
}

/* Writes `"name":`; takes EMIT_KEY_ROOM octets of room beside the name's length. */
static inline char *put_key(char *p, struct str key)
{
    if (!key.quoted)
        return put_loose_key(p, key);
    memcpy(p, key.p - 1, EMIT_KEY_ROOM); /* of a constant size: a few instructions */
    return p + key.len + 3;
}

/* Makes room for separator, key and `n` value bytes, writes the former two, returns where the
 * value goes. The caller ends with b->len = (position after its value) - b->p. */
static inline __attribute__((always_inline)) char *lead(struct buf *b, struct str key, size_t n)
{
    char *p = buf_room(b, key.len + EMIT_KEY_ROOM + 1 + n);
    if (p == NULL)
        return NULL;
    p = separate(b, p);
    return key.p != NULL ? put_key(p, key) : p;
}

static void end_at(struct buf *b, const char *p)
{
    b->len = (size_t)(p - b->p);
}

static void open_with(struct emit *e, struct str key, char c)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, 1);
    if (p == NULL)
        return;
    *p++ = c;
    end_at(b, p);
}

static void json_object_begin(struct emit *e, struct str key)
{
    open_with(e, key, '{');
}

static void json_object_end(struct emit *e)
{
    buf_add_char(out_of(e), '}');
}

static void json_array_begin(struct emit *e, struct str key)
{
    open_with(e, key, '[');
}

static void json_array_end(struct emit *e)
{
    buf_add_char(out_of(e), ']');
}

static void json_u64(struct emit *e, struct str key, uint64_t v)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, FMT_U64_MAX);
    if (p != NULL)
        end_at(b, p + fmt_u64(p, v));
}

static void json_i64(struct emit *e, struct str key, int64_t v)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, FMT_U64_MAX + 1);
    if (p == NULL)
        return;
    uint64_t magnitude = (uint64_t)v;
    if (v < 0) {
        *p++ = '-';
        magnitude = 0 - magnitude;
    }
    end_at(b, p + fmt_u64(p, magnitude));
}

static void json_null(struct emit *e, struct str key)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, 4);
    if (p == NULL)
        return;
    memcpy(p, "null", 4);
    end_at(b, p + 4);
}

static void json_f64(struct emit *e, struct str key, double v)
{
    if (!isfinite(v)) { /* JSON has no word for it */
        json_null(e, key);
        return;
    }
    struct buf *b = out_of(e);
    char *p = lead(b, key, 32);
    if (p != NULL)
        end_at(b, p + snprintf(p, 32, "%.9g", v));
}

static void json_bool(struct emit *e, struct str key, bool v)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, 5);
    if (p == NULL)
        return;
    memcpy(p, v ? "true" : "false", v ? 4 : 5);
    end_at(b, p + (v ? 4 : 5));
}

static void json_ascii(struct emit *e, struct str key, const char *s, size_t len)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, len + 2);
    if (p == NULL)
        return;
    *p++ = '"';
    p = copy(p, s, len);
    *p++ = '"';
    end_at(b, p);
}

static void json_ascii_by(struct emit *e, struct str key, emit_fmt *fmt, const void *item,
                          size_t max)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, max + 2);
    if (p == NULL)
        return;
    *p++ = '"';
    p += fmt(p, item);
    *p++ = '"';
    end_at(b, p);
}

static void json_word(struct emit *e, struct str key, struct str text)
{
    if (!text.quoted) {
        json_ascii(e, key, text.p, text.len);
        return;
    }
    struct buf *b = out_of(e);
    char *p = lead(b, key, EMIT_KEY_ROOM);
    if (p == NULL)
        return;
    memcpy(p, text.p - 1, EMIT_KEY_ROOM);
    end_at(b, p + text.len + 2);
}

static void json_ascii_array(struct emit *e, struct str key, const struct emit_items *items)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, 2 + items->cnt * (items->max + 3));
    if (p == NULL)
        return;
    *p++ = '[';
    const uint8_t *item = items->p;
    for (size_t i = 0; i < items->cnt; i++, item += items->item_len) {
        *p++ = '"';
        p += items->fmt(p, item);
        *p++ = '"';
        *p++ = ',';
    }
    p -= items->cnt > 0; /* the last comma */
    *p++ = ']';
    end_at(b, p);
}

static void json_ascii_objects(struct emit *e, struct str key, const struct emit_items *items)
{
    struct buf *b = out_of(e);
    size_t each = key.len + EMIT_KEY_ROOM + items->max + 5;
    char *p = items->cnt > 0 ? lead(b, EMIT_ITEM, items->cnt * each) : NULL;
    if (p == NULL)
        return;
    const uint8_t *item = items->p;
    for (size_t i = 0; i < items->cnt; i++, item += items->item_len) {
        *p++ = '{';
        p = put_key(p, key);
        *p++ = '"';
        p += items->fmt(p, item);
        memcpy(p, "\"},", 3);
        p += 3;
    }
    end_at(b, p - 1);
}

/* Writes numbers with a comma after each. */
static char *put_numbers(char *p, const uint32_t *v, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        p += fmt_u32(p, v[i]);
        *p++ = ',';
    }
    return p;
}

static void json_u32_array(struct emit *e, struct str key, const uint32_t *v, size_t cnt)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, 2 + cnt * (FMT_U64_MAX + 1));
    if (p == NULL)
        return;
    *p++ = '[';
    p = put_numbers(p, v, cnt);
    p -= cnt > 0; /* the last comma */
    *p++ = ']';
    end_at(b, p);
}

static void json_u32_items(struct emit *e, const uint32_t *v, size_t cnt)
{
    struct buf *b = out_of(e);
    char *p = cnt > 0 ? lead(b, EMIT_ITEM, cnt * (FMT_U64_MAX + 1)) : NULL;
    if (p != NULL)
        end_at(b, put_numbers(p, v, cnt) - 1);
}

static char *escape_char(char *p, uint8_t c)
{
    static const char shorts[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    for (const char *s = shorts; *s != '\0'; s += 2) {
        if ((uint8_t)s[0] == c) {
            *p++ = '\\';
            *p++ = s[1];
            return p;
        }
    }
    memcpy(p, "\\u00", 4);
    return p + 4 + fmt_hex(p + 4, &c, 1);
}

static void json_text(struct emit *e, struct str key, const char *s, size_t len)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, 6 * len + 2); /* \u00xx is the longest form of one byte */
    if (p == NULL)
        return;
    const uint8_t *u = (const uint8_t *)s;
    *p++ = '"';
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(u + i, len - i);
        if (n == 0) { /* U+FFFD REPLACEMENT CHARACTER */
            memcpy(p, "\xef\xbf\xbd", 3);
            p += 3;
            i++;
        } else if (n == 1 && (u[i] < 0x20 || u[i] == '"' || u[i] == '\\' || u[i] == 0x7f)) {
            p = escape_char(p, u[i++]);
        } else {
            memcpy(p, u + i, n);
            p += n;
            i += n;
        }
    }
    *p++ = '"';
    end_at(b, p);
}

static void json_hex(struct emit *e, struct str key, const uint8_t *bytes, size_t len)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, 2 * len + 2);
    if (p == NULL)
        return;
    *p++ = '"';
    p += fmt_hex(p, bytes, len);
    *p++ = '"';
    end_at(b, p);
}

static void json_time(struct emit *e, struct str key, uint64_t ns)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, FMT_TIME_MAX);
    if (p != NULL)
        end_at(b, p + fmt_epoch_us(p, ns));
}

static struct emit_mark json_mark(const struct emit *e)
{
    return (struct emit_mark){.at = out_of(e)->len};
}

static void json_rollback(struct emit *e, struct emit_mark m)
{
    out_of(e)->len = m.at;
}

static struct str json_since(const struct emit *e, struct emit_mark m)
{
    const struct buf *b = out_of(e);
    return str_at(b->p + m.at, b->len - m.at);
}

static void json_splice(struct emit *e, struct str members)
{
    buf_add(out_of(e), members.p, members.len);
}

static const struct emit_ops json_ops = {
    .object_begin = json_object_begin,
    .object_end = json_object_end,
    .array_begin = json_array_begin,
    .array_end = json_array_end,
    .u64 = json_u64,
    .i64 = json_i64,
    .f64 = json_f64,
    .boolean = json_bool,
    .null = json_null,
    .ascii = json_ascii,
    .ascii_by = json_ascii_by,
    .word = json_word,
    .ascii_array = json_ascii_array,
    .ascii_objects = json_ascii_objects,
    .u32_array = json_u32_array,
    .u32_items = json_u32_items,
    .text = json_text,
    .hex = json_hex,
    .time = json_time,
    .mark = json_mark,
    .rollback = json_rollback,
    .since = json_since,
    .splice = json_splice,
};

void json_init(struct json *j, struct buf *out)
{
    j->emit.ops = &json_ops;
    j->out = out;
}

struct buf *json_buf(const struct emit *e)
{
    return e->ops == &json_ops ? out_of(e) : NULL;
}

void json_digits(struct emit *e, struct str key, const char *digits, size_t len)
{
    struct buf *b = out_of(e);
    char *p = lead(b, key, len);
    if (p != NULL)
        end_at(b, copy(p, digits, len));
}
