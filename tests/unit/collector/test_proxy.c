/* SPDX-License-Identifier: BSD-2-Clause */
/* PROXY headers: good ones, each truncation, each wrong part. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/hash.h"
#include "collector/bmp/proxy.h"

static const uint8_t signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                      0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

/* Writes a header of `len` octets behind the fixed part; returns the length of all. */
static size_t make(uint8_t *p, uint8_t version_command, uint8_t family, const void *rest,
                   size_t len)
{
    memcpy(p, signature, sizeof signature);
    p[12] = version_command;
    p[13] = family;
    p[14] = (uint8_t)(len >> 8);
    p[15] = (uint8_t)len;
    memcpy(p + 16, rest, len);
    return 16 + len;
}

static const uint8_t v4[12] = {198, 51, 100, 7, 192, 0, 2, 250, 0xc0, 0x01, 0x2b, 0x0b};

static enum proxy_result parse(const uint8_t *p, size_t len, struct proxy_header *h,
                               const char **why)
{
    size_t need;
    return proxy_parse(p, len, h, &need, why);
}

static void expect_bad(const uint8_t *p, size_t len, const char *want)
{
    struct proxy_header h;
    const char *why = "";
    cr_assert_eq(parse(p, len, &h, &why), PROXY_BAD);
    cr_assert(strstr(why, want) != NULL, "%s", why);
}

Test(proxy, names_both_ends_of_a_connection_over_ipv4)
{
    uint8_t m[64];
    struct proxy_header h;
    const char *why = "";
    cr_assert_eq(parse(m, make(m, 0x21, 0x11, v4, sizeof v4), &h, &why), PROXY_DONE, "%s", why);
    cr_assert(h.named);
    cr_assert_eq(h.remote.len, 4);
    cr_assert_eq(memcmp(h.remote.a, v4, 4), 0);
    cr_assert_eq(h.remote.port, 0xc001);
    cr_assert_eq(memcmp(h.local.a, v4 + 4, 4), 0);
    cr_assert_eq(h.local.port, 11019);
}

Test(proxy, names_both_ends_of_a_connection_over_ipv6)
{
    uint8_t m[64], rest[36] = {0x20, 0x01, 0x0d, 0xb8};
    struct proxy_header h;
    const char *why = "";
    rest[15] = 7;
    rest[31] = 8;
    rest[33] = 9;
    rest[35] = 10;
    cr_assert_eq(parse(m, make(m, 0x21, 0x21, rest, 36), &h, &why), PROXY_DONE, "%s", why);
    cr_assert(h.named && h.remote.len == 16 && h.remote.a[15] == 7 && h.remote.port == 9);
    cr_assert(h.local.len == 16 && h.local.a[15] == 8 && h.local.port == 10);
}

Test(proxy, asks_for_exactly_the_octets_of_the_header)
{
    uint8_t m[64];
    struct proxy_header h;
    const char *why = "";
    size_t len = make(m, 0x21, 0x11, v4, sizeof v4), need;
    for (size_t n = 0; n < len; n++) {
        cr_assert_eq(proxy_parse(m, n, &h, &need, &why), PROXY_MORE, "after %zu octets", n);
        cr_assert_eq(need, n < 16 ? 16 : len, "after %zu octets: %zu", n, need);
    }
}

Test(proxy, takes_the_connections_own_address_for_local_and_unspec)
{
    uint8_t m[64];
    struct proxy_header h = {.named = true};
    const char *why = "";
    cr_assert_eq(parse(m, make(m, 0x20, 0x11, v4, sizeof v4), &h, &why), PROXY_DONE);
    cr_assert(!h.named);
    h.named = true;
    cr_assert_eq(parse(m, make(m, 0x20, 0x00, "", 0), &h, &why), PROXY_DONE);
    cr_assert(!h.named);
    h.named = true;
    cr_assert_eq(parse(m, make(m, 0x21, 0x00, "", 0), &h, &why), PROXY_DONE);
    cr_assert(!h.named);
}

Test(proxy, passes_over_unknown_tlvs)
{
    uint8_t m[64], rest[12 + 5 + 3];
    struct proxy_header h;
    const char *why = "";
    memcpy(rest, v4, 12);
    memcpy(rest + 12, "\xee\x00\x02hi\x02\x00\x00", 8);
    cr_assert_eq(parse(m, make(m, 0x21, 0x11, rest, sizeof rest), &h, &why), PROXY_DONE, "%s",
                 why);
    cr_assert(h.named);
}

Test(proxy, declines_a_tlv_beyond_the_header)
{
    uint8_t m[64], rest[12 + 5];
    memcpy(rest, v4, 12);
    memcpy(rest + 12, "\xee\x00\x03hi", 5);
    expect_bad(m, make(m, 0x21, 0x11, rest, sizeof rest), "TLV");
    expect_bad(m, make(m, 0x21, 0x11, rest, 14), "TLV");
}

Test(proxy, checks_the_checksum)
{
    uint8_t m[64], rest[12 + 7];
    struct proxy_header h;
    const char *why = "";
    memcpy(rest, v4, 12);
    memcpy(rest + 12, "\x03\x00\x04\0\0\0\0", 7);
    size_t len = make(m, 0x21, 0x11, rest, sizeof rest);
    uint32_t crc = hash_crc32c(0, m, len);
    for (int i = 0; i < 4; i++)
        m[len - 4 + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
    cr_assert_eq(parse(m, len, &h, &why), PROXY_DONE, "%s", why);
    m[17] ^= 1;
    expect_bad(m, len, "checksum");
}

Test(proxy, declines_what_is_none_as_soon_as_it_shows)
{
    uint8_t m[64];
    expect_bad((const uint8_t *)"\x03\0\0", 3, "not there");
    expect_bad((const uint8_t *)"\x16\x03\x01", 3, "not there");
    expect_bad((const uint8_t *)"PROXY TCP4 192.0.2.1", 20, "version 1");
    size_t len = make(m, 0x11, 0x11, v4, sizeof v4);
    expect_bad(m, len, "version or command");
    expect_bad(m, make(m, 0x22, 0x11, v4, sizeof v4), "version or command");
    expect_bad(m, make(m, 0x21, 0x12, v4, sizeof v4), "family");
    expect_bad(m, make(m, 0x21, 0x31, v4, sizeof v4), "family");
    expect_bad(m, make(m, 0x21, 0x11, v4, 11), "addresses");
    expect_bad(m, make(m, 0x21, 0x21, v4, sizeof v4), "addresses");
    make(m, 0x21, 0x11, v4, sizeof v4);
    m[14] = 0x40;
    expect_bad(m, 16, "longer");
}
