/* SPDX-License-Identifier: BSD-2-Clause */
/* test_json: fields as JSON text, escaping, rollback; and buf below it. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

#include "base/json.h"

static struct buf out;
static struct json json;
static struct emit *e;

static void setup(void)
{
    out = (struct buf){0};
    json_init(&json, &out);
    e = &json.emit;
}

static void teardown(void)
{
    buf_free(&out);
}

TestSuite(json, .init = setup, .fini = teardown);

static void expect(const char *want)
{
    cr_assert(!out.failed);
    cr_assert(out.len == strlen(want) && memcmp(out.p, want, out.len) == 0, "%.*s, not %s",
              (int)out.len, out.p, want);
    buf_clear(&out);
}

Test(json, every_kind_of_value)
{
    static const uint8_t v4[] = {192, 0, 2, 1};
    static const uint8_t v6[16] = {0x20, 1, 0x0d, 0xb8};
    static const uint8_t mac[] = {0, 1, 2, 0xfd, 0xfe, 0xff};
    static const uint8_t rd[] = {0, 0, 0, 1, 0, 0, 0, 2};
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("u"), UINT64_MAX);
    emit_i64(e, KEY("i"), INT64_MIN);
    emit_i64(e, KEY("j"), 5);
    emit_bool(e, KEY("t"), true);
    emit_bool(e, KEY("f"), false);
    emit_null_value(e, KEY("n"));
    emit_name(e, KEY("s"), "igp");
    emit_hex(e, KEY("h"), mac, 3);
    emit_time(e, KEY("time"), 1500000000);
    expect("{\"u\":18446744073709551615,\"i\":-9223372036854775808,\"j\":5,\"t\":true,"
           "\"f\":false,\"n\":null,\"s\":\"igp\",\"h\":\"000102\",\"time\":1.500000");
    emit_array(e, EMIT_ITEM);
    emit_ipv4(e, EMIT_ITEM, v4);
    emit_ipv6(e, EMIT_ITEM, v6);
    emit_ip(e, EMIT_ITEM, v4, 4);
    emit_ip(e, EMIT_ITEM, v6, 16);
    emit_ip(e, EMIT_ITEM, v4, 3);
    emit_mac(e, EMIT_ITEM, mac);
    emit_rd(e, EMIT_ITEM, rd);
    emit_code(e, EMIT_ITEM, 77);
    emit_prefix(e, EMIT_ITEM, v4, false, 32);
    emit_prefix(e, EMIT_ITEM, v6, true, 128);
    emit_array_end(e);
    expect("[\"192.0.2.1\",\"2001:db8::\",\"192.0.2.1\",\"2001:db8::\",\"c00002\","
           "\"00:01:02:fd:fe:ff\",\"1:2\",\"77\",\"192.0.2.1/32\",\"2001:db8::/128\"]");
}

Test(json, digits_are_a_number_of_any_size)
{
    emit_object(e, EMIT_ITEM);
    json_digits(e, KEY("a"), "18446744073709551616", 20);
    json_digits(e, str_at("b", 1), "0", 1);
    emit_object_end(e);
    expect("{\"a\":18446744073709551616,\"b\":0}");
}

Test(json, commas_stand_between)
{
    emit_object(e, EMIT_ITEM);
    emit_array(e, KEY("a"));
    emit_array_end(e);
    emit_array(e, KEY("b"));
    emit_object(e, EMIT_ITEM);
    emit_object_end(e);
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("x"), 1);
    emit_u64(e, KEY("y"), 2);
    emit_object_end(e);
    emit_u64(e, EMIT_ITEM, 3);
    emit_array_end(e);
    emit_text(e, KEY("c"), "{[", 2);
    emit_u64(e, KEY("d"), 4);
    emit_object_end(e);
    expect("{\"a\":[],\"b\":[{},{\"x\":1,\"y\":2},3],\"c\":\"{[\",\"d\":4}");
}

Test(json, one_object_a_line)
{
    for (int i = 0; i < 2; i++) {
        emit_object(e, EMIT_ITEM);
        emit_object_end(e);
        buf_add_char(&out, '\n');
    }
    expect("{}\n{}\n");
}

Test(json, a_rollback_leaves_no_trace)
{
    emit_object(e, EMIT_ITEM);
    struct emit_mark first = emit_mark(e);
    emit_u64(e, KEY("a"), 1);
    emit_rollback(e, first);
    emit_u64(e, KEY("b"), 2);
    struct emit_mark second = emit_mark(e);
    emit_array(e, KEY("c"));
    emit_u64(e, EMIT_ITEM, 3);
    emit_rollback(e, second);
    emit_u64(e, KEY("d"), 4);
    emit_object_end(e);
    expect("{\"b\":2,\"d\":4}");
}

Test(json, numbers_json_has_no_word_for_are_null)
{
    emit_array(e, EMIT_ITEM);
    emit_f64(e, EMIT_ITEM, 0.5);
    emit_f64(e, EMIT_ITEM, -1e30);
    emit_f64(e, EMIT_ITEM, (double)NAN);
    emit_f64(e, EMIT_ITEM, -(double)INFINITY);
    emit_f64(e, EMIT_ITEM, DBL_MAX);
    emit_array_end(e);
    expect("[0.5,-1e+30,null,null,1.79769313e+308]");
}

Test(json, text_is_escaped)
{
    static const struct {
        const char *text;
        size_t len;
        const char *want;
    } texts[] = {
        {"", 0, "\"\""},
        {"plain /", 7, "\"plain /\""},
        {"\"\\", 2, "\"\\\"\\\\\""},
        {"\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\""},
        {"\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\\u007f\""},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        emit_text(e, EMIT_ITEM, texts[i].text, texts[i].len);
        expect(texts[i].want);
    }
}

/* RFC 3629: what is no UTF-8 becomes U+FFFD, one for each octet that begins nothing. */
Test(json, invalid_utf8_is_replaced)
{
#define FFFD "\xef\xbf\xbd"
    static const struct {
        const char *text;
        const char *want;
    } texts[] = {
        {"a\x80z", "\"a" FFFD "z\""},                        /* lone continuation */
        {"\xc0\xaf", "\"" FFFD FFFD "\""},                   /* overlong / */
        {"\xc1\xbf", "\"" FFFD FFFD "\""},                   /* overlong */
        {"\xe0\x9f\xbf", "\"" FFFD FFFD FFFD "\""},          /* overlong */
        {"\xed\xa0\x80", "\"" FFFD FFFD FFFD "\""},          /* surrogate */
        {"\xf0\x8f\xbf\xbf", "\"" FFFD FFFD FFFD FFFD "\""}, /* overlong */
        {"\xf4\x90\x80\x80", "\"" FFFD FFFD FFFD FFFD "\""}, /* beyond U+10FFFF */
        {"\xf5\x80", "\"" FFFD FFFD "\""},                   /* no such lead */
        {"\xff\xfe", "\"" FFFD FFFD "\""},                   /* no such lead */
        {"\xe2\x82", "\"" FFFD FFFD "\""},                   /* cut at the end */
        {"\xe2\x82x", "\"" FFFD FFFD "x\""},                 /* cut in the middle */
        {"\xf0\x9f\x98\"", "\"" FFFD FFFD FFFD "\\\"\""},    /* cut before a quote */
        {"\xf4\x8f\xbf\xbf\xed\x9f\xbf", "\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\""}, /* the edges */
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        emit_text(e, EMIT_ITEM, texts[i].text, strlen(texts[i].text));
        expect(texts[i].want);
    }
}

Test(json, every_pair_of_octets_is_one_string)
{
    for (unsigned v = 0; v < 65536; v++) {
        const uint8_t s[2] = {(uint8_t)(v >> 8), (uint8_t)v};
        emit_text(e, EMIT_ITEM, s, 2);
        cr_assert(out.p[0] == '"' && out.p[out.len - 1] == '"' && out.len >= 4);
        for (size_t i = 1; i + 1 < out.len; i++) {
            cr_assert_geq((uint8_t)out.p[i], 0x20);
            if (out.p[i] == '\\')
                i++;
            else
                cr_assert_neq(out.p[i], '"');
        }
        buf_clear(&out);
    }
}

Test(json, the_null_encoder_takes_all)
{
    struct emit *n = &emit_null;
    emit_object(n, EMIT_ITEM);
    emit_array(n, KEY("a"));
    struct emit_mark m = emit_mark(n);
    emit_u64(n, KEY("u"), 1);
    emit_i64(n, KEY("i"), 1);
    emit_f64(n, KEY("f"), 1);
    emit_bool(n, KEY("b"), true);
    emit_null_value(n, KEY("n"));
    emit_text(n, KEY("t"), "x", 1);
    emit_hex(n, KEY("h"), NULL, 0);
    emit_time(n, KEY("t"), 1);
    emit_rollback(n, m);
    emit_array_end(n);
    emit_object_end(n);
}

Test(json, a_buffer_grows_and_says_when_it_can_not)
{
    for (int i = 0; i < 10000; i++)
        buf_printf(&out, "%d,", i % 10);
    cr_assert(out.len == 20000 && !out.failed && out.p[19998] == '9');
    cr_assert(!buf_grow(&out, SIZE_MAX / 2));
    cr_assert(out.failed && out.len == 20000);
    buf_add_str(&out, "this would fit, but something before it is missing");
    buf_add_char(&out, 'x');
    emit_text(e, EMIT_ITEM, "x", 1);
    cr_assert_eq(out.len, 20000);
    buf_free(&out);
    buf_add(&out, NULL, 0);
    buf_add_str(&out, "again");
    expect("again");
}
