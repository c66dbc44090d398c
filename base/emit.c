/* SPDX-License-Identifier: BSD-2-Clause */
/* emit: values with one text form everywhere, and the encoder that forgets. Floor F0. */
#include "base/emit.h"

#include "base/fmt.h"

void emit_u32_items(struct emit *e, const uint32_t *v, size_t cnt)
{
    if (e->ops->u32_items != NULL) {
        e->ops->u32_items(e, v, cnt);
        return;
    }
    for (size_t i = 0; i < cnt; i++)
        emit_u64(e, EMIT_ITEM, v[i]);
}

void emit_u32_array(struct emit *e, struct str key, const uint32_t *v, size_t cnt)
{
    if (e->ops->u32_array != NULL) {
        e->ops->u32_array(e, key, v, cnt);
        return;
    }
    emit_array(e, key);
    emit_u32_items(e, v, cnt);
    emit_array_end(e);
}

void emit_ascii_array(struct emit *e, struct str key, const struct emit_items *items)
{
    if (e->ops->ascii_array != NULL) {
        e->ops->ascii_array(e, key, items);
        return;
    }
    emit_array(e, key);
    for (size_t i = 0; i < items->cnt; i++)
        emit_ascii_by(e, EMIT_ITEM, items->fmt, items->p + i * items->item_len, items->max);
    emit_array_end(e);
}

void emit_ascii_objects(struct emit *e, struct str key, const struct emit_items *items)
{
    if (e->ops->ascii_objects != NULL) {
        e->ops->ascii_objects(e, key, items);
        return;
    }
    for (size_t i = 0; i < items->cnt; i++) {
        emit_object(e, EMIT_ITEM);
        emit_ascii_by(e, key, items->fmt, items->p + i * items->item_len, items->max);
        emit_object_end(e);
    }
}

static size_t ipv4_text(char *dst, const void *item)
{
    return fmt_ipv4(dst, (const uint8_t *)item);
}

static size_t ipv6_text(char *dst, const void *item)
{
    return fmt_ipv6(dst, (const uint8_t *)item);
}

void emit_ipv4(struct emit *e, struct str key, const uint8_t *a)
{
    emit_ascii_by(e, key, ipv4_text, a, FMT_IPV4_MAX);
}

void emit_ipv6(struct emit *e, struct str key, const uint8_t *a)
{
    emit_ascii_by(e, key, ipv6_text, a, FMT_IPV6_MAX);
}

void emit_ip(struct emit *e, struct str key, const uint8_t *a, size_t len)
{
    if (len == 4)
        emit_ipv4(e, key, a);
    else if (len == 16)
        emit_ipv6(e, key, a);
    else
        emit_hex(e, key, a, len);
}

static size_t mac_text(char *dst, const void *item)
{
    return fmt_mac(dst, (const uint8_t *)item);
}

static size_t rd_text(char *dst, const void *item)
{
    return fmt_rd(dst, (const uint8_t *)item);
}

void emit_mac(struct emit *e, struct str key, const uint8_t *a)
{
    emit_ascii_by(e, key, mac_text, a, FMT_MAC_MAX);
}

void emit_rd(struct emit *e, struct str key, const uint8_t *rd)
{
    emit_ascii_by(e, key, rd_text, rd, FMT_RD_MAX);
}

void emit_code(struct emit *e, struct str key, uint64_t number)
{
    char s[FMT_U64_MAX];
    emit_ascii(e, key, s, fmt_u64(s, number));
}

static size_t prefix_text(char *dst, size_t n, unsigned bits)
{
    dst[n++] = '/';
    return n + fmt_u8(dst + n, (uint8_t)bits);
}

static size_t prefix4_text(char *dst, const void *item)
{
    const struct emit_prefix *p = (const struct emit_prefix *)item;
    return prefix_text(dst, fmt_ipv4(dst, p->addr), p->bits);
}

static size_t prefix6_text(char *dst, const void *item)
{
    const struct emit_prefix *p = (const struct emit_prefix *)item;
    return prefix_text(dst, fmt_ipv6(dst, p->addr), p->bits);
}

void emit_prefix(struct emit *e, struct str key, const uint8_t *addr, bool v6, unsigned bits)
{
    struct emit_prefix p = {.bits = (uint8_t)bits};
    memcpy(p.addr, addr, v6 ? 16 : 4);
    emit_ascii_by(e, key, v6 ? prefix6_text : prefix4_text, &p, FMT_PREFIX_MAX);
}

void emit_prefix_objects(struct emit *e, struct str key, const struct emit_prefix *p,
                         size_t cnt, bool v6)
{
    const struct emit_items items = {.fmt = v6 ? prefix6_text : prefix4_text,
                                     .max = FMT_PREFIX_MAX,
                                     .p = (const uint8_t *)p,
                                     .item_len = sizeof *p,
                                     .cnt = cnt};
    emit_ascii_objects(e, key, &items);
}

static void null_begin(struct emit *e, struct str key)
{
    (void)e, (void)key;
}

static void null_end(struct emit *e)
{
    (void)e;
}

static void null_u64(struct emit *e, struct str key, uint64_t v)
{
    (void)e, (void)key, (void)v;
}

static void null_i64(struct emit *e, struct str key, int64_t v)
{
    (void)e, (void)key, (void)v;
}

static void null_f64(struct emit *e, struct str key, double v)
{
    (void)e, (void)key, (void)v;
}

static void null_bool(struct emit *e, struct str key, bool v)
{
    (void)e, (void)key, (void)v;
}

static void null_text(struct emit *e, struct str key, const char *s, size_t len)
{
    (void)e, (void)key, (void)s, (void)len;
}

static void null_ascii_by(struct emit *e, struct str key, emit_fmt *fmt, const void *item,
                          size_t max)
{
    (void)e, (void)key, (void)fmt, (void)item, (void)max;
}

static void null_word(struct emit *e, struct str key, struct str text)
{
    (void)e, (void)key, (void)text;
}

static void null_ascii_list(struct emit *e, struct str key, const struct emit_items *items)
{
    (void)e, (void)key, (void)items;
}

static void null_u32_array(struct emit *e, struct str key, const uint32_t *v, size_t cnt)
{
    (void)e, (void)key, (void)v, (void)cnt;
}

static void null_u32_items(struct emit *e, const uint32_t *v, size_t cnt)
{
    (void)e, (void)v, (void)cnt;
}

static void null_hex(struct emit *e, struct str key, const uint8_t *p, size_t len)
{
    (void)e, (void)key, (void)p, (void)len;
}

static struct emit_mark null_mark(const struct emit *e)
{
    (void)e;
    return (struct emit_mark){0};
}

static void null_rollback(struct emit *e, struct emit_mark m)
{
    (void)e, (void)m;
}

static const struct emit_ops null_ops = {
    .object_begin = null_begin,
    .object_end = null_end,
    .array_begin = null_begin,
    .array_end = null_end,
    .u64 = null_u64,
    .i64 = null_i64,
    .f64 = null_f64,
    .boolean = null_bool,
    .null = null_begin,
    .ascii = null_text,
    .ascii_by = null_ascii_by,
    .word = null_word,
    .ascii_array = null_ascii_list,
    .ascii_objects = null_ascii_list,
    .u32_array = null_u32_array,
    .u32_items = null_u32_items,
    .text = null_text,
    .hex = null_hex,
    .time = null_u64,
    .mark = null_mark,
    .rollback = null_rollback,
};

struct emit emit_null = {&null_ops};
