/* SPDX-License-Identifier: BSD-2-Clause */
/* test_parse: what is an address, a prefix, a number, a time, and what is none. */
#include <criterion/criterion.h>

#include "base/parse.h"

Test(parse, numbers)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
    } rows[] = {
        {"0", 0, true},
        {"1", 0, false},
        {"255", 255, true},
        {"256", 255, false},
        {"18446744073709551615", UINT64_MAX, true},
        {"18446744073709551616", UINT64_MAX, false},
        {"", 9, false},
        {"-1", 9, false},
        {"1 ", 9, false},
    };
    uint64_t v;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(parse_u64(rows[i].text, strlen(rows[i].text), rows[i].max, &v), rows[i].ok,
                     "'%s'", rows[i].text);
}

Test(parse, as_numbers)
{
    static const struct {
        const char *text;
        uint32_t asn; /* 0: none */
    } rows[] = {
        {"64500", 64500}, {"AS64500", 64500}, {"as4200000001", 4200000001},
        {"4294967296", 0}, {"AS", 0},         {"", 0},
        {"A64500", 0},    {"AS 64500", 0},    {"ASAS1", 0},
        {"1.10", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t asn = 0;
        bool ok = parse_asn(rows[i].text, strlen(rows[i].text), &asn);
        cr_expect_eq(ok, rows[i].asn != 0, "'%s'", rows[i].text);
        cr_expect_eq(asn, rows[i].asn, "'%s'", rows[i].text);
    }
}

Test(parse, prefixes)
{
    static const struct {
        const char *text;
        unsigned addr_len, bits;
        uint8_t last; /* octet 3, of IPv6 too */
    } rows[] = {
        {"10.1.2.3", 4, 32, 3},
        {"10.1.2.3/24", 4, 24, 0},
        {"10.1.2.255/31", 4, 31, 254},
        {"0.0.0.0/0", 4, 0, 0},
        {"::/0", 16, 0, 0},
        {"2001:db8::1", 16, 128, 0xb8},
        {"2001:db8::/29", 16, 29, 0xb8},
        {"10.1.2", 0, 0, 0},
        {"10.1.2.3/33", 0, 0, 0},
        {"::/129", 0, 0, 0},
        {"10.1.2.3/", 0, 0, 0},
        {"/8", 0, 0, 0},
        {"", 0, 0, 0},
        {"10.1.2.3/8/8", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t addr[16], bits = 0;
        unsigned len = parse_prefix(rows[i].text, strlen(rows[i].text), addr, &bits);
        cr_expect_eq(len, rows[i].addr_len, "'%s'", rows[i].text);
        if (len == 0)
            continue;
        cr_expect_eq(bits, rows[i].bits, "'%s'", rows[i].text);
        cr_expect_eq(addr[3], rows[i].last, "'%s'", rows[i].text);
    }
}

Test(parse, times)
{
    static const struct {
        const char *text;
        uint64_t ns; /* 0: none */
    } rows[] = {
        {"1763842537", UINT64_C(1763842537000000000)},
        {"1763842537.25", UINT64_C(1763842537250000000)},
        {"1763842537.000000001", UINT64_C(1763842537000000001)},
        {"2025-11-22", UINT64_C(1763769600000000000)},
        {"2025-11-22T20:15", UINT64_C(1763842500000000000)},
        {"2025-11-22 20:15:37Z", UINT64_C(1763842537000000000)},
        {"2025-11-22T20:15:37.5", UINT64_C(1763842537500000000)},
        {"2025-11-22t20:15:37z", UINT64_C(1763842537000000000)},
        {"2025-11-22T22:15:37.5+02:00", UINT64_C(1763842537500000000)},
        {"2025-11-22T14:45-05:30", UINT64_C(1763842500000000000)},
        {"2025-11-22T22:15:37+0200", 0},
        {"2025-11-22T22:15:37+24:00", 0},
        {"2025-11-22T22:15:37+02:00Z", 0},
        {"1970-01-01T00:00:00+00:01", 0}, /* before the epoch */
        {"2025-13-01", 0},
        {"2025-02-30", 0},
        {"2025-11-22T24:00", 0},
        {"2025-11-22T20", 0},
        {"20251122", UINT64_C(20251122000000000)},
        {"1763842537.", 0},
        {"", 0},
        {"now", 0},
        {"1763842537.0000000001", 0},
        {"2025-11-22T20:15:37.", 0},
        {"99999999999999", 0},
        {"18446744072", UINT64_C(18446744072000000000)},
        {"18446744073", 0}, /* in 2554 its nanoseconds no longer fit */
        {"2554-07-21T23:34:32Z", UINT64_C(18446744072000000000)},
        {"2554-07-21T23:34:33Z", 0},
        {"9999-12-31", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t ns = 0;
        bool ok = parse_time(rows[i].text, strlen(rows[i].text), &ns);
        cr_expect_eq(ok, rows[i].ns != 0, "'%s'", rows[i].text);
        if (ok)
            cr_expect_eq(ns, rows[i].ns, "'%s' %llu", rows[i].text, (unsigned long long)ns);
    }
}
