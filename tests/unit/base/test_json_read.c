/* SPDX-License-Identifier: BSD-2-Clause */
/* test_json_read: JSON text in, the same out; what is no JSON, and where. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "base/json_read.h"

static struct buf out, scratch;
static struct json json;
static size_t off;

static int read_text(const char *text)
{
    buf_clear(&out);
    json_init(&json, &out);
    /* without a NUL behind it: a read too far shows */
    char *copy = malloc(strlen(text) + 1);
    memcpy(copy, text, strlen(text));
    int rc = json_read(copy, strlen(text), EMIT_ITEM, &json.emit, &scratch, &off);
    free(copy);
    return rc;
}

static void expect(const char *text, const char *want)
{
    cr_assert_eq(read_text(text), 0, "%s: wrong at %zu", text, off);
    cr_assert(out.len == strlen(want) && memcmp(out.p, want, out.len) == 0, "%.*s, not %s",
              (int)out.len, out.p, want);
}

static void expect_wrong(const char *text, size_t where)
{
    cr_assert_eq(read_text(text), -1, "%s: taken", text);
    cr_assert_eq(off, where, "%s: wrong at %zu, not %zu", text, off, where);
}

static void done(void)
{
    buf_free(&out);
    buf_free(&scratch);
}

TestSuite(json_read, .fini = done);

Test(json_read, comes_back_as_it_was)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "[[],{}]",
        "{\"u\":18446744073709551615,\"i\":-9223372036854775808,\"z\":0,\"n\":null}",
        "{\"t\":true,\"f\":false,\"time\":1763842537.012345,\"s\":\"igp\"}",
        "{\"as_path\":[64500,[64501,64502],{\"confed_set\":[1]}],\"latitude\":-12.5}",
        "{\"text\":\"a\\\"\\\\b\\n\\u0001\xc3\xa9\"}",
        "{\"a\\\"b\":1}",
        "\"\"",
        "7",
        "1e+30",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect(texts[i], texts[i]);
}

Test(json_read, other_spellings)
{
    expect(" { \"a\" : [ 1 , 2 ] , \"b\" : { } } \r\n", "{\"a\":[1,2],\"b\":{}}");
    expect("\"\\u0041\\/\\b\\f\\t\\u00e9\\u20ac\"",
           "\"A/\\b\\f\\t\xc3\xa9\xe2\x82\xac\"");
    expect("\"\\uD83D\\ude00\"", "\"\xf0\x9f\x98\x80\"");
    expect("\"\\ud83d\\n\"", "\"\xef\xbf\xbd\\n\""); /* half a pair */
    expect("\"\\udE00\"", "\"\xef\xbf\xbd\"");
    expect("1.50", "1.5");
    expect("18446744073709551616", "1.84467441e+19");
    expect("-0.000001", "-1e-06");
    expect("2E3", "2000");
}

Test(json_read, what_is_no_json)
{
    expect_wrong("", 0);
    expect_wrong("{", 1);
    expect_wrong("{\"a\"}", 4);
    expect_wrong("{\"a\":}", 5);
    expect_wrong("{\"a\":1,}", 7);
    expect_wrong("{\"a\":1 \"b\":2}", 7);
    expect_wrong("{a:1}", 1);
    expect_wrong("[1,]", 3);
    expect_wrong("[1 2]", 3);
    expect_wrong("[1}", 2);
    expect_wrong("{} {}", 3);
    expect_wrong("nul", 0);
    expect_wrong("01", 2);
    expect_wrong("-", 1);
    expect_wrong("1.", 2);
    expect_wrong("1e", 2);
    expect_wrong("\"a", 2);
    expect_wrong("\"a\nb\"", 2);
    expect_wrong("\"\\q\"", 4);
    expect_wrong("\"\\u12g4\"", 8);
    expect_wrong("\"\\u12\"", 6);
    expect_wrong("\"\\", 2);
}

Test(json_read, depth_has_a_limit)
{
    char text[2 * JSON_READ_DEPTH_MAX + 3];
    memset(text, '[', JSON_READ_DEPTH_MAX);
    memset(text + JSON_READ_DEPTH_MAX, ']', JSON_READ_DEPTH_MAX);
    text[2 * JSON_READ_DEPTH_MAX] = '\0';
    expect(text, text);
    memset(text, '[', JSON_READ_DEPTH_MAX + 1);
    memset(text + JSON_READ_DEPTH_MAX + 1, ']', JSON_READ_DEPTH_MAX + 1);
    text[2 * JSON_READ_DEPTH_MAX + 2] = '\0';
    expect_wrong(text, JSON_READ_DEPTH_MAX + 1);
}

/* Every beginning of a record is wrong at its end, or somewhere within what it cuts. */
Test(json_read, every_truncation)
{
    static const char text[] = "{\"v\":1,\"a\":[{\"b\":\"\\u00e9\"},-1.5,true]}";
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        char *cut = malloc(n + 1);
        memcpy(cut, text, n);
        buf_clear(&out);
        json_init(&json, &out);
        cr_assert_eq(json_read(cut, n, EMIT_ITEM, &json.emit, &scratch, &off), -1, "%zu octets taken", n);
        cr_assert_leq(off, n);
        free(cut);
    }
}
