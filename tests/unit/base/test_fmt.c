/* SPDX-License-Identifier: BSD-2-Clause */
/* test_fmt: integers, addresses, prefixes, times as text. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/fmt.h"

/* Compares what a function wrote, and that it stayed inside. */
static void expect(const char *got, size_t len, const char *want)
{
    cr_assert_eq(len, strlen(want), "%.*s, not %s", (int)len, got, want);
    cr_assert(memcmp(got, want, len) == 0, "%.*s, not %s", (int)len, got, want);
}

Test(fmt, numbers)
{
    static const uint64_t numbers[] = {
        0,         1,          9,          10,
        11,        99,         100,        101,
        999,       1000,       9999,       10000,
        65535,     4294967295, 4294967296, UINT64_C(9999999999999999),
        INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char got[FMT_U64_MAX + 1], want[32];
        snprintf(want, sizeof want, "%" PRIu64, numbers[i]);
        expect(got, fmt_u64(got, numbers[i]), want);
        if (numbers[i] <= UINT32_MAX)
            expect(got, fmt_u32(got, (uint32_t)numbers[i]), want);
    }
}

Test(fmt, numbers_of_every_length)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 20000; i++) {
        char got[FMT_U64_MAX], want[32];
        v = v * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t n = v >> i % 64;
        snprintf(want, sizeof want, "%" PRIu64, n);
        expect(got, fmt_u64(got, n), want);
        snprintf(want, sizeof want, "%" PRIu32, (uint32_t)n);
        expect(got, fmt_u32(got, (uint32_t)n), want);
    }
}

Test(fmt, wide_numbers)
{
    static const struct {
        size_t len;
        uint8_t octets[FMT_WIDE_OCTETS];
        const char *want;
    } rows[] = {
        {0, {0}, "0"},
        {1, {0}, "0"},
        {3, {0, 0, 9}, "9"},
        {3, {0x49, 0, 1}, "4784129"},
        {8, {255, 255, 255, 255, 255, 255, 255, 255}, "18446744073709551615"},
        {9, {1}, "18446744073709551616"},
        {FMT_WIDE_OCTETS,
         {255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
          255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
         "1461501637330902918203684832716283019655932542975"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char got[FMT_WIDE_MAX(FMT_WIDE_OCTETS)];
        size_t n = fmt_wide(got, rows[i].octets, rows[i].len);
        cr_expect_leq(n, FMT_WIDE_MAX(rows[i].len));
        expect(got, n, rows[i].want);
    }
}

Test(fmt, every_number_of_two_octets)
{
    for (unsigned i = 0; i <= UINT16_MAX; i++) {
        char got[8], want[8];
        snprintf(want, sizeof want, "%u", i);
        expect(got, fmt_u16(got, (uint16_t)i), want);
        if (i <= UINT8_MAX)
            expect(got, fmt_u8(got, (uint8_t)i), want);
    }
}

Test(fmt, every_octet_of_an_ipv4_address)
{
    for (unsigned i = 0; i < 256; i++) {
        const uint8_t a[4] = {(uint8_t)i, 0, (uint8_t)(255 - i), (uint8_t)i};
        char got[FMT_IPV4_MAX], want[32];
        snprintf(want, sizeof want, "%u.0.%u.%u", i, 255 - i, i);
        expect(got, fmt_ipv4(got, a), want);
    }
}

/* The text that RFC 5952 asks for; each is its own canonical form. */
static const char *const canonical[] = {
    "2001:db8::1",             /* section 4.2.1 */
    "2001:db8:0:1:1:1:1:1",    /* 4.2.2: one zero group is not shortened */
    "2001:0:0:1::1",           /* 4.2.3: the longest run */
    "2001:db8::1:0:0:1",       /* 4.2.3: the first of equals */
    "2001:db8::aaaa:0:0:1",    /* 4.2.3 */
    "2001:db8:1:1:1:1:1:aaaa", /* 4.3: lower case */
    "::ffff:192.0.2.1",        /* 5: mixed notation of mapped addresses */
    "::",
    "::1",
    "1::",
    "fe80::",
    "0:1:2:3:4:5:6:7",
    "1:0:3:4:5:6:7:0",
    "::2:3:4:5:6:7",
    "1:2:3:4:5:6::",
    "1:2:3::6:7:8",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "::ffff:0:1:2",
    "64:ff9b::c000:201",
};

Test(fmt, ipv6_addresses)
{
    for (size_t i = 0; i < sizeof canonical / sizeof canonical[0]; i++) {
        uint8_t a[16];
        char got[FMT_IPV6_MAX];
        cr_assert_eq(inet_pton(AF_INET6, canonical[i], a), 1, "%s", canonical[i]);
        expect(got, fmt_ipv6(got, a), canonical[i]);
    }
}

Test(fmt, ipv6_addresses_as_inet_ntop_has_them)
{
    for (unsigned mask = 0; mask < 256; mask++) { /* each pattern of zero groups */
        uint8_t a[16] = {0};
        char got[FMT_IPV6_MAX], want[INET6_ADDRSTRLEN];
        for (unsigned g = 0; g < 8; g++)
            a[2 * g + g % 2] = mask >> g & 1 ? (uint8_t)(17 * (g + 1)) : 0;
        inet_ntop(AF_INET6, a, want, sizeof want);
        if (strchr(want, '.') != NULL) /* ::1.2.3.4, deprecated by RFC 4291 section 2.5.5.1 */
            continue;
        expect(got, fmt_ipv6(got, a), want);
    }
}

Test(fmt, hex_and_mac)
{
    static const uint8_t a[] = {0x00, 0x1f, 0xa0, 0xff, 0x10, 0x09};
    char got[32];
    expect(got, fmt_hex(got, a, 6), "001fa0ff1009");
    expect(got, fmt_hex(got, NULL, 0), "");
    expect(got, fmt_mac(got, a), "00:1f:a0:ff:10:09");
}

Test(fmt, route_distinguishers)
{
    static const struct {
        uint8_t rd[8];
        const char *want;
    } rds[] = {
        {{0, 0, 0xfd, 0xe8, 0, 0, 0, 100}, "65000:100"},
        {{0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "65535:4294967295"},
        {{0, 0, 0, 0, 0, 0, 0, 0}, "0:0"},
        {{0, 1, 192, 0, 2, 1, 0xff, 0xff}, "192.0.2.1:65535"},
        {{0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "4294967295:65535"},
        {{0, 3, 1, 2, 3, 4, 5, 6}, "0x0003:010203040506"},
        {{0xff, 0xff, 1, 2, 3, 4, 5, 6}, "0xffff:010203040506"},
    };
    for (size_t i = 0; i < sizeof rds / sizeof rds[0]; i++) {
        char got[FMT_RD_MAX];
        expect(got, fmt_rd(got, rds[i].rd), rds[i].want);
    }
}

Test(fmt, times)
{
    char got[FMT_TIME_MAX];
    expect(got, fmt_epoch_us(got, UINT64_C(1763842537123456789)), "1763842537.123456");
    expect(got, fmt_epoch_us(got, 0), "0.000000");
    expect(got, fmt_epoch_us(got, 1999), "0.000001");
    expect(got, fmt_epoch_us(got, UINT64_MAX), "18446744073.709551");
}
