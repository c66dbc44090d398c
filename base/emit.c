/* SPDX-License-Identifier: BSD-2-Clause */
/* emit: values with one text form everywhere, and the encoder that forgets. Floor F0. */
#include "base/emit.h"

#include "base/fmt.h"

void emit_ipv4(struct emit *e, struct str key, const uint8_t *a)
{
    char s[FMT_IPV4_MAX];
    emit_ascii(e, key, s, fmt_ipv4(s, a));
}

void emit_ipv6(struct emit *e, struct str key, const uint8_t *a)
{
    char s[FMT_IPV6_MAX];
    emit_ascii(e, key, s, fmt_ipv6(s, a));
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

void emit_mac(struct emit *e, struct str key, const uint8_t *a)
{
    char s[FMT_MAC_MAX];
    emit_ascii(e, key, s, fmt_mac(s, a));
}

void emit_rd(struct emit *e, struct str key, const uint8_t *rd)
{
    char s[FMT_RD_MAX];
    emit_ascii(e, key, s, fmt_rd(s, rd));
}

void emit_code(struct emit *e, struct str key, uint64_t number)
{
    char s[FMT_U64_MAX];
    emit_ascii(e, key, s, fmt_u64(s, number));
}

void emit_prefix(struct emit *e, struct str key, const uint8_t *addr, bool v6, unsigned bits)
{
    char s[FMT_PREFIX_MAX];
    size_t n = v6 ? fmt_ipv6(s, addr) : fmt_ipv4(s, addr);
    s[n++] = '/';
    n += fmt_u32(s + n, bits);
    emit_ascii(e, key, s, n);
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
    .text = null_text,
    .hex = null_hex,
    .time = null_u64,
    .mark = null_mark,
    .rollback = null_rollback,
};

struct emit emit_null = {&null_ops};
