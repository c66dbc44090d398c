/* SPDX-License-Identifier: BSD-2-Clause */
/* json_read: a reader without recursion. Floor F0. */
#include "base/json_read.h"

#include <stdlib.h>

#include "base/parse.h"

#define MINUS_MAX ((uint64_t)INT64_MAX + 1)

enum { NUMBER_MAX = 64, NS_PER_US = 1000, US_PER_S = 1000000, TIME_DECIMALS = 6 };

struct reader {
    const char *p, *end;
    struct emit *e;
    struct buf *scratch;
    bool object[JSON_READ_DEPTH_MAX]; /* what is open: object or array */
    unsigned depth;
};

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
        r->p++;
}

static bool take(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(r->end - r->p) < len || memcmp(r->p, word, len) != 0)
        return false;
    r->p += len;
    return true;
}

/* ---- texts ---- */

/* Finds the end of a text whose opening quote is passed. */
static bool span_text(struct reader *r, struct str *s, bool *escaped)
{
    const char *from = r->p;
    *escaped = false;
    for (; r->p < r->end && *r->p != '"'; r->p++) {
        if ((unsigned char)*r->p < 0x20)
            return false;
        if (*r->p != '\\')
            continue;
        *escaped = true;
        if (++r->p == r->end)
            return false;
    }
    *s = str_at(from, (size_t)(r->p - from));
    return take(r, '"');
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool read_unit(const char *p, const char *end, uint32_t *unit)
{
    *unit = 0;
    if (end - p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return false;
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return true;
}

static void put_utf8(struct buf *b, uint32_t c)
{
    if (c < 0x80) {
        buf_add_char(b, (char)c);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};
    buf_add_char(b, (char)(first[more] | c >> 6 * more));
    while (more-- > 0)
        buf_add_char(b, (char)(0x80 | (c >> 6 * more & 0x3f)));
}

/* Reads what follows \u, both halves of a surrogate pair. Half a pair is U+FFFD. Returns where
 * it ends, or NULL. */
static const char *unescape_unit(struct buf *b, const char *p, const char *end)
{
    uint32_t c, low;
    if (!read_unit(p, end, &c))
        return NULL;
    p += 4;
    if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
        read_unit(p + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    put_utf8(b, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    return p;
}

static bool unescape(struct buf *b, struct str s)
{
    static const char shorts[] = "b\bf\fn\nr\rt\t\"\"\\\\//";
    const char *p = s.p, *end = s.p + s.len;
    buf_clear(b);
    while (p < end) {
        if (*p != '\\') {
            buf_add_char(b, *p++);
            continue;
        }
        const char *one = shorts;
        while (*one != '\0' && *one != p[1])
            one += 2;
        if (*one != '\0') {
            buf_add_char(b, one[1]);
            p += 2;
        } else if (p[1] != 'u' || (p = unescape_unit(b, p + 2, end)) == NULL) {
            return false;
        }
    }
    return !b->failed;
}

static bool read_text(struct reader *r, struct str key)
{
    struct str s;
    bool escaped;
    if (!span_text(r, &s, &escaped))
        return false;
    if (!escaped) {
        emit_text(r->e, key, s.p, s.len);
        return true;
    }
    if (!unescape(r->scratch, s))
        return false;
    emit_text(r->e, key, r->scratch->p, r->scratch->len);
    return true;
}

/* ---- numbers ---- */

/* Passes over digits, at least one. Returns how many. */
static size_t span_digits(struct reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return (size_t)(r->p - from);
}

static bool emit_whole(struct reader *r, struct str key, struct str n)
{
    uint64_t v;
    bool minus = n.p[0] == '-';
    if (!parse_u64(n.p + minus, n.len - minus, minus ? MINUS_MAX : UINT64_MAX, &v))
        return false;
    if (minus)
        emit_i64(r->e, key, (int64_t)(0 - v));
    else
        emit_u64(r->e, key, v);
    return true;
}

static bool emit_decimal(struct reader *r, struct str key, struct str n)
{
    char text[NUMBER_MAX + 1];
    memcpy(text, n.p, n.len);
    text[n.len] = '\0';
    emit_f64(r->e, key, strtod(text, NULL));
    return true;
}

/* Seconds with six decimals. Returns false when it is no time. */
static bool emit_moment(struct reader *r, struct str key, struct str n, size_t whole)
{
    uint64_t s, us;
    if (!parse_u64(n.p, whole, UINT32_MAX, &s) ||
        !parse_u64(n.p + whole + 1, TIME_DECIMALS, US_PER_S, &us))
        return false;
    emit_time(r->e, key, (s * US_PER_S + us) * NS_PER_US);
    return true;
}

static bool read_number(struct reader *r, struct str key)
{
    struct str n = {.p = r->p};
    size_t decimals = 0;
    bool minus = take(r, '-'), zero = r->p < r->end && *r->p == '0';
    size_t whole = span_digits(r);
    if (whole == 0 || (zero && whole > 1))
        return false;
    bool dot = take(r, '.');
    if (dot && (decimals = span_digits(r)) == 0)
        return false;
    bool power = r->p < r->end && (*r->p == 'e' || *r->p == 'E');
    if (power) {
        r->p++;
        if (!take(r, '+'))
            (void)take(r, '-');
        if (span_digits(r) == 0)
            return false;
    }
    n.len = (uint32_t)(r->p - n.p);
    if (n.len > NUMBER_MAX)
        return false;
    if (!dot && !power && emit_whole(r, key, n))
        return true;
    if (!power && !minus && decimals == TIME_DECIMALS && emit_moment(r, key, n, whole))
        return true;
    return emit_decimal(r, key, n);
}

/* ---- the whole ---- */

static bool open(struct reader *r, struct str key, bool object)
{
    if (r->depth == JSON_READ_DEPTH_MAX)
        return false;
    r->object[r->depth++] = object;
    if (object)
        emit_object(r->e, key);
    else
        emit_array(r->e, key);
    return true;
}

static bool read_value(struct reader *r, struct str key)
{
    if (take(r, '{'))
        return open(r, key, true);
    if (take(r, '['))
        return open(r, key, false);
    if (take(r, '"'))
        return read_text(r, key);
    bool yes = take_word(r, "true");
    if (yes || take_word(r, "false")) {
        emit_bool(r->e, key, yes);
        return true;
    }
    if (!take_word(r, "null"))
        return read_number(r, key);
    emit_null_value(r->e, key);
    return true;
}

/* Reads the next member or item of what is open, after its comma. */
static bool read_member(struct reader *r)
{
    struct str key = EMIT_ITEM;
    bool escaped;
    if (!r->object[r->depth - 1])
        return read_value(r, key);
    if (!take(r, '"') || !span_text(r, &key, &escaped))
        return false;
    skip_space(r);
    if (!take(r, ':'))
        return false;
    skip_space(r);
    return read_value(r, key);
}

static void close_one(struct reader *r)
{
    if (r->object[--r->depth])
        emit_object_end(r->e);
    else
        emit_array_end(r->e);
}

/* One step within what is open. `fresh`: nothing of it was read yet. */
static bool step(struct reader *r, bool *fresh)
{
    bool first = *fresh;
    *fresh = false;
    skip_space(r);
    if (take(r, r->object[r->depth - 1] ? '}' : ']')) {
        close_one(r);
        return true;
    }
    if (!first && !take(r, ','))
        return false;
    skip_space(r);
    unsigned depth = r->depth;
    if (!read_member(r))
        return false;
    *fresh = r->depth > depth;
    return true;
}

int json_read(const char *text, size_t len, struct str key, struct emit *e,
              struct buf *scratch, size_t *off)
{
    struct reader r = {.p = text, .end = text + len, .e = e, .scratch = scratch};
    bool fresh = true;
    skip_space(&r);
    bool ok = read_value(&r, key);
    while (ok && r.depth > 0)
        ok = step(&r, &fresh);
    if (ok)
        skip_space(&r);
    *off = (size_t)(r.p - text);
    return ok && r.p == r.end ? 0 : -1;
}
