/* SPDX-License-Identifier: BSD-2-Clause */
/* fmt: table-driven text of integers, addresses and hex. Floor F0. */
#include "base/fmt.h"

#include <string.h>

#include "base/cur.h"

static const char digit_pairs[] = "00010203040506070809"
                                  "10111213141516171819"
                                  "20212223242526272829"
                                  "30313233343536373839"
                                  "40414243444546474849"
                                  "50515253545556575859"
                                  "60616263646566676869"
                                  "70717273747576777879"
                                  "80818283848586878889"
                                  "90919293949596979899";
static const char hex_digits[] = "0123456789abcdef";

/* The first character goes to the lowest address. */
static void store64(char *dst, uint64_t chars)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    chars = __builtin_bswap64(chars);
#endif
    memcpy(dst, &chars, sizeof chars);
}

/* Splits `v`, below 10^8, into eight decimal digits, the first in the lowest octet: halves,
 * then quarters, then digits, all at once. */
static uint64_t digits_of(uint32_t v)
{
    uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32;
    uint64_t q = x * 10486 >> 20 & UINT64_C(0x7f0000007f); /* each half by 100 */
    x = q | (x - 100 * q) << 16;
    q = x * 103 >> 10 & UINT64_C(0x000f000f000f000f); /* each quarter by 10 */
    return q | (x - 10 * q) << 8;
}

static const uint64_t zero_chars = UINT64_C(0x3030303030303030);

/* Writes the last `cnt` of eight digits at most, without leading zeros; at least one. How many
 * those are is anyone's guess: a branch on it would be mispredicted. So all are made, and
 * leading zeros shifted out. */
static size_t put_digits(char *dst, uint64_t digits, unsigned cnt)
{
    unsigned skip = (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 8 * (cnt - 1)) & ~7u;
    store64(dst, (digits | zero_chars) >> skip);
    return cnt - skip / 8;
}

/* Nine or ten digits. */
static __attribute__((noinline)) size_t put_large(char *dst, uint32_t v)
{
    uint32_t first = v / 100000000;
    size_t n = 1 + (first >= 10);
    memcpy(dst, digit_pairs + 2 * first + (first < 10), 2);
    store64(dst + n, digits_of(v % 100000000) | zero_chars);
    return n + 8;
}

size_t fmt_u32(char *dst, uint32_t v)
{
    return v < 100000000 ? put_digits(dst, digits_of(v), 8) : put_large(dst, v);
}

/* As digits_of, for two numbers below 10^4, each in its half. */
static uint64_t two_by_four(uint64_t x)
{
    uint64_t q = x * 5243 >> 19 & UINT64_C(0x7f0000007f); /* by 100 */
    x = q | (x - 100 * q) << 16;
    q = x * 103 >> 10 & UINT64_C(0x000f000f000f000f); /* by 10 */
    return q | (x - 10 * q) << 8;
}

/* Takes eight octets of room. */
size_t fmt_u16(char *dst, uint16_t v)
{
    uint32_t first = v / 10000u;
    return put_digits(dst, first | two_by_four(v % 10000u) << 8, 5);
}

/* The digits of both are made at once. */
size_t fmt_u16_pair(char *dst, uint16_t a, char between, uint16_t b)
{
    uint32_t first_a = a / 10000u, first_b = b / 10000u;
    uint64_t digits =
        two_by_four((a - first_a * 10000) | (uint64_t)(b - first_b * 10000) << 32);
    size_t n = put_digits(dst, first_a | (digits & UINT32_MAX) << 8, 5);
    dst[n++] = between;
    return n + put_digits(dst + n, first_b | digits >> 32 << 8, 5);
}

size_t fmt_u64(char *dst, uint64_t v)
{
    const uint64_t limit = 100000000;
    if (v <= UINT32_MAX)
        return fmt_u32(dst, (uint32_t)v);
    size_t n = fmt_u64(dst, v / limit);
    store64(dst + n, digits_of((uint32_t)(v % limit)) | zero_chars);
    return n + 8;
}

size_t fmt_wide(char *dst, const uint8_t *p, size_t len)
{
    uint8_t left[FMT_WIDE_OCTETS];
    char digits[FMT_WIDE_MAX(FMT_WIDE_OCTETS)];
    size_t n = 0, first = 0;
    memcpy(left, p, len);
    do { /* the last digit first */
        unsigned rest = 0;
        for (size_t i = first; i < len; i++) {
            rest = rest << 8 | left[i];
            left[i] = (uint8_t)(rest / 10);
            rest %= 10;
        }
        digits[n++] = (char)('0' + rest);
        while (first < len && left[first] == 0)
            first++;
    } while (first < len);
    for (size_t i = 0; i < n; i++)
        dst[i] = digits[n - 1 - i];
    return n;
}

/* clang-format off */
#define TEN(tens)                                                                              \
    tens "0.", tens "1.", tens "2.", tens "3.", tens "4.",                                     \
    tens "5.", tens "6.", tens "7.", tens "8.", tens "9."

/* Each octet in decimal, with the dot after it. */
static const char octet_texts[256][4] = {
    TEN(""),   TEN("1"),  TEN("2"),  TEN("3"),  TEN("4"),
    TEN("5"),  TEN("6"),  TEN("7"),  TEN("8"),  TEN("9"),
    TEN("10"), TEN("11"), TEN("12"), TEN("13"), TEN("14"),
    TEN("15"), TEN("16"), TEN("17"), TEN("18"), TEN("19"),
    TEN("20"), TEN("21"), TEN("22"), TEN("23"), TEN("24"),
    "250.", "251.", "252.", "253.", "254.", "255.",
};
/* clang-format on */

/* Takes four octets of room. */
size_t fmt_u8(char *dst, uint8_t v)
{
    memcpy(dst, octet_texts[v], 4);
    return 1u + (v >= 10) + (v >= 100);
}

size_t fmt_ipv4(char *dst, const uint8_t *a)
{
    char *p = dst;
    for (int i = 0; i < 4; i++) {
        memcpy(p, octet_texts[a[i]], 4);
        p += 2u + (a[i] >= 10) + (a[i] >= 100);
    }
    return (size_t)(p - dst) - 1;
}

/* Writes a group without its leading zeros; takes four octets of room. */
static size_t fmt_group(char *dst, uint16_t v)
{
    uint32_t x = (uint32_t)v >> 8 | (uint32_t)(v & 0xff) << 16;
    x = (x >> 4 & 0x000f000f) | (x & 0x000f000f) << 8; /* a nibble an octet, first one lowest */
    unsigned zeros = (unsigned)__builtin_ctz(x | 1u << 24) / 8;
    uint32_t letters = (x + 0x06060606) >> 4 & 0x01010101;
    uint32_t chars = (x + 0x30303030 + letters * ('a' - '0' - 10)) >> 8 * zeros;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    chars = __builtin_bswap32(chars);
#endif
    memcpy(dst, &chars, sizeof chars);
    return 4 - zeros;
}

/* Finds the longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2).
 * `starts` has a bit for each group that is zero. */
static int zero_run(unsigned starts, int *run_len)
{
    unsigned longest = 0; /* a bit where a run begins, of *run_len at least */
    for (*run_len = 0; starts != 0; (*run_len)++) {
        longest = starts;
        starts &= starts >> 1;
    }
    return *run_len < 2 ? -1 : __builtin_ctz(longest);
}

/* Returns a bit for each of the four groups of `x` that is zero, the first one lowest. */
static unsigned zero_groups(uint64_t x)
{
    const uint64_t low = UINT64_C(0x7fff7fff7fff7fff);
    uint64_t zero = ~(((x & low) + low) | x | low) >> 15; /* 1 in groups that are zero */
    return (unsigned)(zero * UINT64_C(0x0008000400020001) >> 48) & 15;
}

static uint64_t half_of(const uint8_t *a)
{
    return (uint64_t)wire_u32(a) << 32 | wire_u32(a + 4);
}

size_t fmt_ipv6(char *dst, const uint8_t *a)
{
    uint64_t half[2] = {half_of(a), half_of(a + 8)};
    int run_len, run = zero_run(zero_groups(half[0]) | zero_groups(half[1]) << 4, &run_len);
    if (run == 0 && run_len == 5 && half[1] >> 32 == 0xffff) { /* IPv4-mapped */
        memcpy(dst, "::ffff:", 7);
        return 7 + fmt_ipv4(dst + 7, a + 12);
    }
    char *p = dst;
    for (int i = 0; i < 8;) {
        if (i == run) {
            if (i == 0)
                *p++ = ':';
            *p++ = ':';
            i += run_len;
            continue;
        }
        p += fmt_group(p, (uint16_t)(half[i / 4] >> 16 * (3 - i % 4)));
        *p++ = ':';
        i++;
    }
    return (size_t)(p - dst) - (run < 0 || run + run_len < 8);
}

size_t fmt_hex(char *dst, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        dst[2 * i] = hex_digits[p[i] >> 4];
        dst[2 * i + 1] = hex_digits[p[i] & 15];
    }
    return 2 * len;
}

size_t fmt_mac(char *dst, const uint8_t *a)
{
    size_t n = fmt_hex(dst, a, 1);
    for (int i = 1; i < 6; i++) {
        dst[n++] = ':';
        n += fmt_hex(dst + n, a + i, 1);
    }
    return n;
}

size_t fmt_rd(char *dst, const uint8_t *rd)
{
    unsigned type = (unsigned)(rd[0] << 8 | rd[1]);
    uint32_t first =
        (uint32_t)rd[2] << 24 | (uint32_t)rd[3] << 16 | (uint32_t)rd[4] << 8 | rd[5];
    uint32_t last16 = (uint32_t)(rd[6] << 8 | rd[7]);
    size_t n;
    switch (type) {
    case 0:
        n = fmt_u32(dst, first >> 16);
        last16 |= first << 16;
        break;
    case 1:
        n = fmt_ipv4(dst, rd + 2);
        break;
    case 2:
        n = fmt_u32(dst, first);
        break;
    default:
        memcpy(dst, "0x", 2);
        n = 2 + fmt_hex(dst + 2, rd, 2);
        dst[n++] = ':';
        return n + fmt_hex(dst + n, rd + 2, 6);
    }
    dst[n++] = ':';
    return n + fmt_u32(dst + n, last16);
}

size_t fmt_epoch_us(char *dst, uint64_t ns)
{
    const uint64_t ns_per_s = 1000000000;
    uint64_t sec = ns / ns_per_s;
    uint32_t us = (uint32_t)(ns - sec * ns_per_s) / 1000;
    size_t n = fmt_u64(dst, sec);
    store64(dst + n, (digits_of(us) | zero_chars) >> 8); /* a digit too many, for the dot */
    dst[n] = '.';
    return n + 7;
}
