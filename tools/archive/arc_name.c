/* SPDX-License-Identifier: BSD-2-Clause */
/* arc_name: what paths of archive files say: times and groups. Floor F4. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "tools/archive/arc.h"

enum { YEAR_LEN = 4, DAY_LEN = 8, MINUTE_LEN = 12, SECOND_LEN = 14, EPOCH_LEN = 10 };

/* ---- times ---- */

static int number(const char *digits, unsigned len)
{
    int n = 0;
    for (unsigned i = 0; i < len; i++)
        n = n * 10 + (digits[i] - '0');
    return n;
}

/* Returns the time of YYYYMMDDHHMM[SS], 0 when it can't be one. */
static uint64_t time_of(const char *digits, unsigned len)
{
    struct tm tm = {.tm_year = number(digits, 4) - 1900,
                    .tm_mon = number(digits + 4, 2) - 1,
                    .tm_mday = number(digits + 6, 2),
                    .tm_hour = number(digits + 8, 2),
                    .tm_min = number(digits + 10, 2)};
    if (len == SECOND_LEN)
        tm.tm_sec = number(digits + MINUTE_LEN, 2);
    if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
        tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
        return 0;
    time_t t = timegm(&tm);
    return t > 0 ? (uint64_t)t : 0;
}

static size_t run_len(const char *p)
{
    size_t n = 0;
    while (isdigit((unsigned char)p[n]))
        n++;
    return n;
}

static bool begins_year(const char *p)
{
    return run_len(p) >= YEAR_LEN && (strncmp(p, "19", 2) == 0 || strncmp(p, "20", 2) == 0);
}

/* Gathers the digits from `p` on as far as they can be a time. */
static uint64_t time_at(const char *p)
{
    char digits[SECOND_LEN];
    unsigned len = 0;
    while (*p != '\0') {
        size_t n = run_len(p);
        bool seconds = len == MINUTE_LEN && n == 2;
        if (n > 0 && (len + n > SECOND_LEN || (len >= MINUTE_LEN && !seconds)))
            break;
        memcpy(digits + len, p, n);
        len += (unsigned)n;
        p += n > 0 ? n : 1;
    }
    return len == MINUTE_LEN || len == SECOND_LEN ? time_of(digits, len) : 0;
}

/* Looks for a time, the start of a run of digits being the start of a year. */
static uint64_t search(const char *p)
{
    while (*p != '\0') {
        size_t n = run_len(p);
        uint64_t t = begins_year(p) ? time_at(p) : 0;
        if (t != 0)
            return t;
        if (n == EPOCH_LEN && *p == '1')
            return strtoull(p, NULL, 10);
        p += n > 0 ? n : 1;
    }
    return 0;
}

static bool ends_in(const char *s, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);
    return len >= n && strncasecmp(s + len - n, suffix, n) == 0;
}

uint64_t arc_named_time(const char *path)
{
    static const char *const suffixes[] = {".part", ".gz", ".bz2", ".zst", ".xz"};
    char *s = strdup(path);
    if (s == NULL)
        return 0;
    size_t len = strlen(s);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (ends_in(s, len, suffixes[i]))
            s[len -= strlen(suffixes[i])] = '\0';
    }
    const char *slash = strrchr(s, '/');
    uint64_t t = search(slash != NULL ? slash + 1 : s);
    if (t == 0)
        t = search(s);
    free(s);
    return t;
}

/* ---- groups ---- */

/* Returns whether a folder's name is a date or a part of one: 2026, 2026.11, 2026-11-22. */
static bool is_date(const char *p, size_t len)
{
    size_t at = 0;
    if (len < YEAR_LEN || !begins_year(p))
        return false;
    at = YEAR_LEN;
    while (at < len) {
        if (strchr("._-", p[at]) != NULL)
            at++;
        if (at + 2 > len || !isdigit((unsigned char)p[at]) ||
            !isdigit((unsigned char)p[at + 1]))
            return false;
        at += 2;
    }
    return len <= DAY_LEN + 2;
}

/* Returns whether a folder's name is a number as long as those of dates: 11, 322, 1105,
 * 20261122. Five and more digits are AS numbers rather. */
static bool is_part_of_date(const char *p, size_t len)
{
    return run_len(p) == len &&
           ((len >= 2 && len <= 4) || len == DAY_LEN || len == MINUTE_LEN || len == SECOND_LEN);
}

static bool is_kind(const char *p, size_t len)
{
    static const char *const words[] = {"updates", "update", "ribs",  "rib",   "bview",
                                        "bviews",  "dump",   "dumps", "table", "tables"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == len && strncasecmp(p, words[i], len) == 0)
            return true;
    }
    return false;
}

void arc_group_name(char *dst, const char *path)
{
    size_t len = 0;
    for (const char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        size_t n = (size_t)(slash - path);
        bool date = is_date(path, n) || is_part_of_date(path, n);
        if (date || is_kind(path, n))
            continue;
        memcpy(dst + len, path, n + 1);
        len += n + 1;
    }
    dst[len] = '\0';
}

/* Returns a group's view, "" for adj-rib-in-pre; *len: of the name without it. */
static const char *view_of(const char *name, size_t *len)
{
    static const char *const views[] = {"adj-rib-in-post/", "adj-rib-out-pre/",
                                        "adj-rib-out-post/", "loc-rib/"};
    *len = strlen(name);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        size_t n = strlen(views[i]);
        if (*len >= n && strcmp(name + *len - n, views[i]) == 0) {
            *len -= n;
            return views[i];
        }
    }
    return "";
}

bool arc_group_is_below(const char *name, const char *above)
{
    size_t len, above_len;
    const char *view = view_of(name, &len), *above_view = view_of(above, &above_len);
    return strcmp(view, above_view) == 0 && len > above_len &&
           strncmp(name, above, above_len) == 0;
}
