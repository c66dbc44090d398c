/* SPDX-License-Identifier: BSD-2-Clause */
/* parse: addresses, prefixes, numbers and times out of what people write. Floor F0. */
#include "base/parse.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

bool parse_u64(const char *s, size_t len, uint64_t max, uint64_t *v)
{
    uint64_t n = 0;
    if (len == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(s[i] - '0');
        if (s[i] < '0' || digit > 9 || n > (max - digit) / 10 || digit > max)
            return false;
        n = 10 * n + digit;
    }
    *v = n;
    return true;
}

unsigned parse_addr(const char *s, size_t len, uint8_t *addr)
{
    char text[INET6_ADDRSTRLEN];
    if (len >= sizeof text || memchr(s, '\0', len) != NULL)
        return 0;
    memcpy(text, s, len);
    text[len] = '\0';
    memset(addr, 0, 16);
    if (inet_pton(AF_INET, text, addr) == 1)
        return 4;
    return inet_pton(AF_INET6, text, addr) == 1 ? 16 : 0;
}

static void clear_host_bits(uint8_t *addr, unsigned addr_len, unsigned bits)
{
    for (unsigned i = bits / 8; i < addr_len; i++)
        addr[i] = (uint8_t)(i == bits / 8 ? addr[i] & 0xff00u >> bits % 8 : 0);
}

unsigned parse_prefix(const char *s, size_t len, uint8_t *addr, uint8_t *bits)
{
    const char *slash = memchr(s, '/', len);
    size_t addr_text = slash != NULL ? (size_t)(slash - s) : len;
    unsigned addr_len = parse_addr(s, addr_text, addr);
    uint64_t n = 8 * addr_len;
    if (addr_len == 0 ||
        (slash != NULL && !parse_u64(slash + 1, len - addr_text - 1, 8 * addr_len, &n)))
        return 0;
    *bits = (uint8_t)n;
    clear_host_bits(addr, addr_len, *bits);
    return addr_len;
}

bool parse_asn(const char *s, size_t len, uint32_t *asn)
{
    uint64_t n;
    size_t at = len >= 2 && (s[0] == 'A' || s[0] == 'a') && (s[1] == 'S' || s[1] == 's') ? 2 : 0;
    if (!parse_u64(s + at, len - at, UINT32_MAX, &n))
        return false;
    *asn = (uint32_t)n;
    return true;
}

/* ---- times ---- */

#define SECONDS_MAX (UINT64_MAX / NS_PER_S - 1) /* in 2554 */

/* What is left of a text. */
struct rest {
    const char *s;
    size_t len;
};

static bool skip(struct rest *r, char c)
{
    if (r->len == 0 || *r->s != c)
        return false;
    r->s++;
    r->len--;
    return true;
}

static bool take_digits(struct rest *r, size_t digits, int *v)
{
    uint64_t n;
    if (r->len < digits || !parse_u64(r->s, digits, INT32_MAX, &n))
        return false;
    *v = (int)n;
    r->s += digits;
    r->len -= digits;
    return true;
}

/* Takes `.` and up to nine digits, if there. */
static bool take_fraction(struct rest *r, uint64_t *ns)
{
    uint64_t unit = NS_PER_S / 10;
    *ns = 0;
    if (!skip(r, '.'))
        return true;
    int digit;
    size_t cnt = 0;
    for (; cnt < 9 && take_digits(r, 1, &digit); cnt++, unit /= 10)
        *ns += (uint64_t)digit * unit;
    return cnt > 0;
}

static bool take_clock(struct rest *r, struct tm *tm, uint64_t *fraction)
{
    if (!skip(r, 'T') && !skip(r, 't') && !skip(r, ' '))
        return true;
    if (!take_digits(r, 2, &tm->tm_hour) || !skip(r, ':') || !take_digits(r, 2, &tm->tm_min))
        return false;
    return !skip(r, ':') || (take_digits(r, 2, &tm->tm_sec) && take_fraction(r, fraction));
}

/* Takes the offset of RFC 3339 section 5.6, if there: `Z`, or hours and minutes east of UTC. */
static bool take_offset(struct rest *r, int64_t *east_s)
{
    int hours, minutes;
    *east_s = 0;
    if (r->len == 0 || skip(r, 'Z') || skip(r, 'z'))
        return true;
    int sign = skip(r, '+') ? 1 : skip(r, '-') ? -1 : 0;
    if (sign == 0 || !take_digits(r, 2, &hours) || !skip(r, ':') ||
        !take_digits(r, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *east_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool in_range(const struct tm *tm)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return tm->tm_year >= 70 && tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 &&
           tm->tm_mday <= days[tm->tm_mon] && tm->tm_hour < 24 && tm->tm_min < 60 &&
           tm->tm_sec <= 60;
}

static bool parse_date(struct rest r, uint64_t *ns)
{
    struct tm tm = {0};
    uint64_t fraction = 0;
    int64_t east_s;
    if (!take_digits(&r, 4, &tm.tm_year) || !skip(&r, '-') || !take_digits(&r, 2, &tm.tm_mon) ||
        !skip(&r, '-') || !take_digits(&r, 2, &tm.tm_mday) ||
        !take_clock(&r, &tm, &fraction) || !take_offset(&r, &east_s))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    if (r.len > 0 || !in_range(&tm))
        return false;
    int64_t s = (int64_t)timegm(&tm) - east_s;
    if (s < 0 || (uint64_t)s > SECONDS_MAX)
        return false;
    *ns = (uint64_t)s * NS_PER_S + fraction;
    return true;
}

bool parse_time(const char *s, size_t len, uint64_t *ns)
{
    const char *dot = memchr(s, '.', len);
    size_t whole = dot != NULL ? (size_t)(dot - s) : len;
    struct rest r = {.s = s + whole, .len = len - whole};
    uint64_t sec, fraction;
    if (!parse_u64(s, whole, SECONDS_MAX, &sec))
        return parse_date((struct rest){.s = s, .len = len}, ns);
    if (!take_fraction(&r, &fraction) || r.len > 0)
        return false;
    *ns = sec * NS_PER_S + fraction;
    return true;
}
