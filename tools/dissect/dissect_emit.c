/* SPDX-License-Identifier: BSD-2-Clause */
/* dissect_emit: the encoder that the traced codec emits into. Floor F4. */
#include "base/fmt.h"
#include "tools/dissect/dissect_int.h"

static struct dissect *of(struct emit *e)
{
    return (struct dissect *)e;
}

/* Begins a value's text; x->plain writes it. */
static void begin_text(struct dissect *x)
{
    x->plain.depth = 0;
    x->plain.level[0] = (struct text_level){.array = true, .inside = true};
}

static void on_object(struct emit *e, struct str key)
{
    dissect_push(of(e), (struct dissect_node){0}, key.p, key.p != NULL ? key.len : 0);
}

static void on_array(struct emit *e, struct str key)
{
    dissect_push(of(e), (struct dissect_node){.array = true}, key.p,
                 key.p != NULL ? key.len : 0);
}

static void on_end(struct emit *e)
{
    dissect_pop(of(e));
}

#define ON_PLAIN(name, type, op, where)                                                        \
    static void name(struct emit *e, struct str key, type v)                                   \
    {                                                                                          \
        struct dissect *x = of(e);                                                             \
        size_t from = x->text.len;                                                             \
        const struct dissect_origin o = where;                                                 \
        begin_text(x);                                                                         \
        x->plain.emit.ops->op(&x->plain.emit, EMIT_ITEM, v);                                   \
        dissect_add_value(x, key, from, &o);                                                   \
    }
#define BY_NUMBER {.number = &v}
#define BY_NOTHING {0}

ON_PLAIN(on_u64, uint64_t, u64, BY_NUMBER)
ON_PLAIN(on_i64, int64_t, i64, BY_NOTHING)
ON_PLAIN(on_f64, double, f64, BY_NOTHING)
ON_PLAIN(on_bool, bool, boolean, BY_NOTHING)
ON_PLAIN(on_time, uint64_t, time, BY_NOTHING)

static void on_null(struct emit *e, struct str key)
{
    size_t from = of(e)->text.len;
    buf_add_str(&of(e)->text, "none");
    dissect_add_value(of(e), key, from, &(struct dissect_origin){0});
}

static void on_ascii(struct emit *e, struct str key, const char *s, size_t len)
{
    size_t from = of(e)->text.len;
    buf_add(&of(e)->text, s, len);
    dissect_add_value(of(e), key, from, &(struct dissect_origin){0});
}

/* Octets that a text of at most `max` characters is made of: addresses and the like. */
static uint32_t octets_of(size_t max)
{
    static const struct {
        size_t max;
        uint32_t octets;
    } forms[] = {{FMT_IPV4_MAX, 4}, {FMT_IPV6_MAX, 16}, {FMT_MAC_MAX, 6}, {FMT_RD_MAX, 8}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].max == max)
            return forms[i].octets;
    }
    return 0;
}

static void put_by(struct dissect *x, struct str key, emit_fmt *fmt, size_t max,
                   const struct dissect_origin *o)
{
    size_t from = x->text.len;
    char *dst = buf_room(&x->text, max);
    if (dst != NULL)
        x->text.len += fmt(dst, o->p);
    dissect_add_value(x, key, from, o);
}

static void on_ascii_by(struct emit *e, struct str key, emit_fmt *fmt, const void *item,
                        size_t max)
{
    const struct dissect_origin o = {.p = (const uint8_t *)item, .len = octets_of(max)};
    put_by(of(e), key, fmt, max, &o);
}

static void put_items(struct dissect *x, const struct emit_items *items)
{
    for (size_t i = 0; i < items->cnt; i++) {
        const struct dissect_origin o = {.p = items->p + i * items->item_len,
                                 .len = (uint32_t)items->item_len};
        put_by(x, EMIT_ITEM, items->fmt, items->max, &o);
    }
}

static void on_ascii_array(struct emit *e, struct str key, const struct emit_items *items)
{
    on_array(e, key);
    put_items(of(e), items);
    on_end(e);
}

/* Numbers that were read as one block lie in it one after the other. */
static void on_u32_items(struct emit *e, const uint32_t *v, size_t cnt)
{
    struct dissect *x = of(e);
    int block = x->span_cnt > x->floor ? x->span_cnt - 1 : DISSECT_NONE;
    struct dissect_span s = {0};
    if (block != DISSECT_NONE)
        s = x->spans[block];
    bool even = cnt > 0 && (s.len == 2 * cnt || s.len == 4 * cnt);
    x->trace.hint = NULL;
    for (size_t i = 0; i < cnt; i++) {
        struct dissect_origin o = {0};
        size_t from = x->text.len;
        if (even) {
            o.len = (uint32_t)(s.len / cnt);
            o.p = x->base + s.at + i * o.len;
        }
        buf_printf(&x->text, "%u", v[i]);
        dissect_add_value(x, EMIT_ITEM, from, &o);
    }
}

static void on_u32_array(struct emit *e, struct str key, const uint32_t *v, size_t cnt)
{
    on_array(e, key);
    on_u32_items(e, v, cnt);
    on_end(e);
}

static void on_text(struct emit *e, struct str key, const char *s, size_t len)
{
    struct dissect *x = of(e);
    size_t from = x->text.len;
    const struct dissect_origin o = {.p = (const uint8_t *)s, .len = (uint32_t)len};
    begin_text(x);
    x->plain.emit.ops->text(&x->plain.emit, EMIT_ITEM, s, len);
    dissect_add_value(x, key, from, &o);
}

static void on_hex(struct emit *e, struct str key, const uint8_t *p, size_t len)
{
    struct dissect *x = of(e);
    size_t from = x->text.len;
    const struct dissect_origin o = {.p = p, .len = (uint32_t)len};
    begin_text(x);
    x->plain.emit.ops->hex(&x->plain.emit, EMIT_ITEM, p, len);
    dissect_add_value(x, key, from, &o);
}

static struct emit_mark on_mark(const struct emit *e)
{
    const struct dissect *x = (const struct dissect *)e;
    return (struct emit_mark){.at = (size_t)x->value_cnt, .state = (uint32_t)(x->node + 1)};
}

/* Forgets the values since; what was read was read. */
static void on_rollback(struct emit *e, struct emit_mark m)
{
    struct dissect *x = of(e);
    for (int i = (int)m.at; i < x->value_cnt; i++)
        x->values[i].dead = true;
    if (!x->failed)
        x->node = (int)m.state - 1;
}

const struct emit_ops dissect_ops = {
    .object_begin = on_object,
    .object_end = on_end,
    .array_begin = on_array,
    .array_end = on_end,
    .u64 = on_u64,
    .i64 = on_i64,
    .f64 = on_f64,
    .boolean = on_bool,
    .null = on_null,
    .ascii = on_ascii,
    .ascii_by = on_ascii_by,
    .ascii_array = on_ascii_array,
    .u32_array = on_u32_array,
    .u32_items = on_u32_items,
    .text = on_text,
    .hex = on_hex,
    .time = on_time,
    .mark = on_mark,
    .rollback = on_rollback,
};
