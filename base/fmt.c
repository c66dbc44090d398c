/* SPDX-License-Identifier: BSD-2-Clause */
/* fmt: table-driven text of integers, addresses and hex. Floor F0. */
#include "base/fmt.h"

#include <stdbool.h>
#include <string.h>

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

/* Returns how many digits `v` takes. Small numbers are the common ones. */
static size_t digits_of(uint32_t v)
{
    if (v < 1000)
        return v < 10 ? 1 : v < 100 ? 2 : 3;
    if (v < 1000000)
        return v < 10000 ? 4 : v < 100000 ? 5 : 6;
    if (v < 100000000)
        return v < 10000000 ? 7 : 8;
    return v < 1000000000 ? 9 : 10;
}

/* Writes the last digits of `v`, as many as `n`, so that they end before `end`. */
static void put_digits(char *end, uint32_t v, size_t n)
{
    for (; n >= 2; n -= 2) {
        end -= 2;
        memcpy(end, digit_pairs + 2 * (v % 100), 2);
        v /= 100;
    }
    if (n == 1)
        end[-1] = (char)('0' + v % 10);
}

size_t fmt_u32(char *dst, uint32_t v)
{
    size_t n = digits_of(v);
    put_digits(dst + n, v, n);
    return n;
}

size_t fmt_u64(char *dst, uint64_t v)
{
    const uint64_t billion = 1000000000u;
    if (v <= UINT32_MAX)
        return fmt_u32(dst, (uint32_t)v);
    size_t n = fmt_u64(dst, v / billion);
    put_digits(dst + n + 9, (uint32_t)(v % billion), 9);
    return n + 9;
}

static size_t fmt_octet(char *dst, uint8_t v)
{
    if (v >= 100) {
        dst[0] = (char)('0' + v / 100);
        memcpy(dst + 1, digit_pairs + 2 * (v % 100), 2);
        return 3;
    }
    if (v >= 10) {
        memcpy(dst, digit_pairs + 2 * v, 2);
        return 2;
    }
    dst[0] = (char)('0' + v);
    return 1;
}

size_t fmt_ipv4(char *dst, const uint8_t *a)
{
    size_t n = fmt_octet(dst, a[0]);
    for (int i = 1; i < 4; i++) {
        dst[n++] = '.';
        n += fmt_octet(dst + n, a[i]);
    }
    return n;
}

static size_t fmt_hex16(char *dst, uint16_t v)
{
    size_t n = 0;
    for (int shift = 12; shift > 0; shift -= 4) {
        if (v >> shift || n > 0)
            dst[n++] = hex_digits[v >> shift & 15];
    }
    dst[n++] = hex_digits[v & 15];
    return n;
}

/* Finds the longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2).
 */
static int zero_run(const uint16_t g[8], int *run_len)
{
    int best = -1, best_len = 1;
    for (int i = 0; i < 8;) {
        int j = i;
        while (j < 8 && g[j] == 0)
            j++;
        if (j - i > best_len) {
            best = i;
            best_len = j - i;
        }
        i = j + 1;
    }
    *run_len = best_len;
    return best;
}

size_t fmt_ipv6(char *dst, const uint8_t *a)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(a, mapped, sizeof mapped) == 0) {
        memcpy(dst, "::ffff:", 7);
        return 7 + fmt_ipv4(dst + 7, a + 12);
    }
    uint16_t g[8];
    for (int i = 0; i < 8; i++)
        g[i] = (uint16_t)(a[2 * i] << 8 | a[2 * i + 1]);
    int run_len, run = zero_run(g, &run_len);
    size_t n = 0;
    for (int i = 0; i < 8;) {
        if (i == run) {
            dst[n++] = ':';
            dst[n++] = ':';
            i += run_len;
            continue;
        }
        if (i > 0 && dst[n - 1] != ':')
            dst[n++] = ':';
        n += fmt_hex16(dst + n, g[i]);
        i++;
    }
    return n;
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
    size_t n = fmt_u64(dst, ns / 1000000000u);
    uint32_t us = (uint32_t)(ns % 1000000000u / 1000u);
    dst[n++] = '.';
    memcpy(dst + n, digit_pairs + 2 * (us / 10000), 2);
    memcpy(dst + n + 2, digit_pairs + 2 * (us / 100 % 100), 2);
    memcpy(dst + n + 4, digit_pairs + 2 * (us % 100), 2);
    return n + 6;
}
