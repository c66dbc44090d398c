/* SPDX-License-Identifier: BSD-2-Clause */
/* text: the emit encoder that writes indented text for people. Floor F0. */
#include "base/text.h"

#include "base/clock.h"
#include "base/fmt.h"
#include "base/utf8.h"

static struct text *of(struct emit *e)
{
    return (struct text *)e;
}

static struct text_level *top(struct text *t)
{
    return &t->level[t->depth];
}

static void put_indent(struct text *t)
{
    buf_add_char(t->out, '\n');
    for (unsigned i = 0; i < t->indent + 2 * t->depth; i++)
        buf_add_char(t->out, ' ');
}

/* Begins a member or an item: what comes next is its value. */
static void begin(struct text *t, struct str key)
{
    struct text_level *l = top(t);
    if (l->array) {
        if (!l->inside)
            buf_add_char(t->out, ' ');
        else if (l->used)
            buf_add_char(t->out, ',');
        l->used = true;
        return;
    }
    bool after_dash = !l->used && t->depth > 0 && t->level[t->depth - 1].array;
    if (!after_dash)
        put_indent(t);
    l->used = true;
    if (t->colour)
        buf_add(t->out, "\033[36m", 5);
    buf_add(t->out, key.p, key.p != NULL ? key.len : 0);
    if (t->colour)
        buf_add(t->out, "\033[0m", 4);
    buf_add(t->out, ": ", 2);
}

static void push(struct text *t, bool array, bool inside)
{
    if (t->depth + 1 == TEXT_DEPTH_MAX) {
        t->deeper++;
        return;
    }
    t->level[++t->depth] = (struct text_level){.array = array, .inside = inside};
}

static void pop(struct text *t)
{
    if (t->deeper > 0)
        t->deeper--;
    else if (t->depth > 0)
        t->depth--;
}

static void cut_space(struct text *t)
{
    if (t->out->len > 0 && t->out->p[t->out->len - 1] == ' ')
        t->out->len--;
}

static void text_object(struct emit *e, struct str key)
{
    struct text *t = of(e);
    bool item = top(t)->array;
    if (item) {
        top(t)->used = true;
        put_indent(t);
        buf_add(t->out, "- ", 2);
    } else if (key.p != NULL) {
        begin(t, key);
        cut_space(t);
    } else { /* the whole */
        return;
    }
    push(t, false, false);
}

static void text_object_end(struct emit *e)
{
    struct text *t = of(e);
    if (t->depth > 0)
        pop(t);
}

static void text_array(struct emit *e, struct str key)
{
    struct text *t = of(e);
    bool inside = top(t)->array;
    begin(t, key);
    if (inside)
        buf_add_char(t->out, '{');
    else
        cut_space(t);
    push(t, true, inside);
}

static void text_array_end(struct emit *e)
{
    struct text *t = of(e);
    if (t->deeper == 0 && top(t)->inside)
        buf_add_char(t->out, '}');
    pop(t);
}

static void text_ascii(struct emit *e, struct str key, const char *s, size_t len)
{
    begin(of(e), key);
    buf_add(of(e)->out, s, len);
}

static void text_ascii_by(struct emit *e, struct str key, emit_fmt *fmt, const void *item,
                          size_t max)
{
    struct text *t = of(e);
    begin(t, key);
    char *p = buf_room(t->out, max);
    if (p != NULL)
        t->out->len += fmt(p, item);
}

static void text_u64(struct emit *e, struct str key, uint64_t v)
{
    char s[FMT_U64_MAX];
    text_ascii(e, key, s, fmt_u64(s, v));
}

static void text_i64(struct emit *e, struct str key, int64_t v)
{
    begin(of(e), key);
    buf_printf(of(e)->out, "%lld", (long long)v);
}

static void text_f64(struct emit *e, struct str key, double v)
{
    begin(of(e), key);
    buf_printf(of(e)->out, "%.9g", v); /* all that a single-precision number has */
}

static void text_bool(struct emit *e, struct str key, bool v)
{
    text_ascii(e, key, v ? "yes" : "no", v ? 3 : 2);
}

static void text_null(struct emit *e, struct str key)
{
    text_ascii(e, key, "none", 4);
}

/* What a terminal could take for a command shows as \xNN. */
static void text_text(struct emit *e, struct str key, const char *s, size_t len)
{
    const uint8_t *p = (const uint8_t *)s;
    begin(of(e), key);
    while (len > 0) {
        size_t n = utf8_len(p, len);
        if (n == 0 || *p < 0x20 || *p == 0x7f || (n == 2 && *p == 0xc2 && p[1] < 0xa0)) {
            buf_printf(of(e)->out, "\\x%02x", *p);
            n = 1;
        } else {
            buf_add(of(e)->out, p, n);
        }
        p += n;
        len -= n;
    }
}

static void text_hex(struct emit *e, struct str key, const uint8_t *p, size_t len)
{
    begin(of(e), key);
    char *dst = buf_room(of(e)->out, 2 * len + 1);
    if (dst != NULL)
        of(e)->out->len += fmt_hex(dst, p, len);
}

static void text_time(struct emit *e, struct str key, uint64_t ns)
{
    char s[FMT_TIME_MAX];
    text_ascii(e, key, s, fmt_epoch_us(s, ns));
}

static struct emit_mark text_mark(const struct emit *e)
{
    const struct text *t = (const struct text *)e;
    return (struct emit_mark){
        .at = t->out->len, .state = t->deeper << 16 | t->depth << 1 | t->level[t->depth].used};
}

static void text_rollback(struct emit *e, struct emit_mark m)
{
    struct text *t = of(e);
    t->out->len = m.at;
    t->deeper = m.state >> 16;
    t->depth = m.state >> 1 & (TEXT_DEPTH_MAX - 1);
    t->level[t->depth].used = m.state & 1;
}

static const struct emit_ops text_ops = {
    .object_begin = text_object,
    .object_end = text_object_end,
    .array_begin = text_array,
    .array_end = text_array_end,
    .u64 = text_u64,
    .i64 = text_i64,
    .f64 = text_f64,
    .boolean = text_bool,
    .null = text_null,
    .ascii = text_ascii,
    .ascii_by = text_ascii_by,
    .text = text_text,
    .hex = text_hex,
    .time = text_time,
    .mark = text_mark,
    .rollback = text_rollback,
};

void text_init(struct text *t, struct buf *out, unsigned indent, bool colour)
{
    *t = (struct text){.emit = {&text_ops}, .out = out, .indent = indent, .colour = colour};
}
