/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_terms: the terms of the language, a row each. Floor F3. */
#include "base/parse.h"
#include "bgp/names.h"
#include "schemas/filter/filter_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int filter_say(char *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err, FILTER_ERROR_MAX, fmt, ap);
    va_end(ap);
    return -1;
}

static int no_value(char *err, const char *s, size_t len, const char *what)
{
    return filter_say(err, "'%.*s' is no %s", (int)(len < 80 ? len : 80), s, what);
}

/* ---- lists ---- */

bool filter_read_range(const char *s, size_t len, uint32_t max, struct filter_range *r)
{
    const char *dash = memchr(s, '-', len);
    size_t n = dash != NULL ? (size_t)(dash - s) : len;
    uint64_t first = 0, last = max;
    if (len == 1 && s[0] == '*') {
        *r = (struct filter_range){.first = 0, .last = UINT32_MAX};
        return true;
    }
    if (!parse_u64(s, n, max, &first))
        return false;
    last = first;
    if (dash != NULL && (!parse_u64(dash + 1, len - n - 1, max, &last) || last < first))
        return false;
    *r = (struct filter_range){.first = (uint32_t)first, .last = (uint32_t)last};
    return true;
}

static int take_asn(struct filter_term *t, const char *s, size_t len, char *err)
{
    struct filter_range r;
    size_t skip = len > 2 && (memcmp(s, "AS", 2) == 0 || memcmp(s, "as", 2) == 0) ? 2 : 0;
    if (!filter_read_range(s + skip, len - skip, UINT32_MAX, &r))
        return no_value(err, s, len, "AS number, nor FIRST-LAST");
    struct filter_range *v = reallocarray(t->ranges, t->range_cnt + 1, sizeof *v);
    if (v == NULL)
        return filter_say(err, "out of memory");
    t->ranges = v;
    v[t->range_cnt++] = r;
    return 0;
}

static int compare_ranges(const void *a, const void *b)
{
    uint32_t x = ((const struct filter_range *)a)->first;
    uint32_t y = ((const struct filter_range *)b)->first;
    return x < y ? -1 : x > y;
}

/* Sorts, and joins those that touch. */
static void settle_ranges(struct filter_term *t)
{
    size_t kept = 0;
    if (t->range_cnt < 2)
        return;
    qsort(t->ranges, t->range_cnt, sizeof t->ranges[0], compare_ranges);
    for (size_t i = 1; i < t->range_cnt; i++) {
        struct filter_range *last = &t->ranges[kept], one = t->ranges[i];
        if (one.first <= last->last)
            last->last = one.last > last->last ? one.last : last->last;
        else
            t->ranges[++kept] = one;
    }
    t->range_cnt = kept + 1;
}

bool filter_in_ranges(const struct filter_term *t, uint32_t v)
{
    size_t low = 0, high = t->range_cnt;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (t->ranges[mid].last < v)
            low = mid + 1;
        else
            high = mid;
    }
    return low < t->range_cnt && t->ranges[low].first <= v;
}

int filter_add_glob(struct filter_term *t, const char *s, size_t len, char *err)
{
    char **v = reallocarray(t->globs, t->glob_cnt + 1, sizeof *v);
    if (v == NULL)
        return filter_say(err, "out of memory");
    t->globs = v;
    v[t->glob_cnt] = strndup(s, len);
    if (v[t->glob_cnt] == NULL)
        return filter_say(err, "out of memory");
    t->glob_cnt++;
    return 0;
}

/* Goes back to the last star alone: at worst the product of both lengths. */
static bool glob_matches(const char *glob, const char *s, size_t len)
{
    const char *star = NULL;
    size_t at = 0, retry = 0;
    while (at < len) {
        if (*glob == '*') {
            star = ++glob;
            retry = at;
        } else if (*glob == '?' || (*glob != '\0' && *glob == s[at])) {
            glob++;
            at++;
        } else if (star != NULL) {
            glob = star;
            at = ++retry;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

bool filter_globs_match(const struct filter_term *t, const char *s, size_t len)
{
    for (size_t i = 0; i < t->glob_cnt; i++) {
        if (glob_matches(t->globs[i], s, len))
            return true;
    }
    return false;
}

static int take_prefix(struct filter_term *t, const char *s, size_t len, char *err)
{
    uint8_t addr[16], bits;
    unsigned addr_len = parse_prefix(s, len, addr, &bits);
    if (addr_len == 0)
        return no_value(err, s, len, "address or prefix");
    struct filter_prefix p = filter_prefix_of(addr, addr_len, bits);
    return filter_prefixes_add(&t->prefixes, addr_len == 16, p) == 0
               ? 0
               : filter_say(err, "out of memory");
}

static bool test_addr(const struct filter_term *t, const struct source_addr *a)
{
    if (a->len != 4 && a->len != 16)
        return false;
    struct filter_prefix p = filter_prefix_of(a->a, a->len, 8u * a->len);
    return filter_prefixes_match(&t->prefixes, FILTER_PREFIX_MORE, a->len == 16, p);
}

int filter_term_finish(struct filter_term *t)
{
    settle_ranges(t);
    return filter_prefixes_finish(&t->prefixes);
}

void filter_term_clear(struct filter_term *t)
{
    for (size_t i = 0; i < t->glob_cnt; i++)
        free(t->globs[i]);
    for (size_t i = 0; i < t->path_cnt; i++)
        path_regex_free(t->paths[i]);
    free(t->globs);
    free(t->paths);
    free(t->ranges);
    free(t->communities);
    filter_prefixes_free(&t->prefixes);
}

/* ---- names ---- */

/* Adds the bit of each name that a glob matches. Returns 0, or -1 when there is none. */
static int take_name(struct filter_term *t, const char *const *names, unsigned cnt,
                     const char *s, size_t len)
{
    char glob[64];
    uint64_t before = t->bits;
    if (len >= sizeof glob)
        return -1;
    memcpy(glob, s, len);
    glob[len] = '\0';
    for (unsigned i = 0; i < cnt; i++) {
        if (glob_matches(glob, names[i], strlen(names[i])))
            t->bits |= UINT64_C(1) << i;
    }
    return t->bits != before ? 0 : -1;
}

#define TEXT(NAME, text) text,

static const char *const type_names[] = {FILTER_TYPE_MAP(TEXT)};
static const char *const view_names[] = {BMP_VIEW_MAP(TEXT)};
static const char *const direction_names[] = {"received", "sent"};

uint64_t filter_type_named(struct str name)
{
    for (unsigned i = 0; i < FILTER_TYPE_ANNOUNCE; i++) {
        if (strlen(type_names[i]) == name.len && memcmp(type_names[i], name.p, name.len) == 0)
            return FILTER_BIT(i);
    }
    return 0;
}

static int take_type(struct filter_term *t, const char *s, size_t len, char *err)
{
    if (take_name(t, type_names, FILTER_TYPE_CNT, s, len) != 0)
        return no_value(err, s, len, "type of message or route");
    return 0;
}

static int take_rib(struct filter_term *t, const char *s, size_t len, char *err)
{
    if (take_name(t, view_names, BMP_VIEW_CNT, s, len) != 0)
        return no_value(err, s, len, "RIB that BMP knows");
    return 0;
}

static int take_direction(struct filter_term *t, const char *s, size_t len, char *err)
{
    if (take_name(t, direction_names, 2, s, len) != 0)
        return no_value(err, s, len, "direction (received or sent)");
    return 0;
}

/* Reads AFI/SAFI numbers. */
static bool take_family_numbers(struct filter_term *t, const char *s, size_t len)
{
    const char *slash = memchr(s, '/', len);
    uint64_t afi, safi;
    if (slash == NULL || !parse_u64(s, (size_t)(slash - s), UINT16_MAX, &afi) ||
        !parse_u64(slash + 1, len - 1 - (size_t)(slash - s), UINT8_MAX, &safi))
        return false;
    unsigned family = nlri_family_index((uint16_t)afi, (uint8_t)safi);
    if (family == BGP_FAMILY_NONE)
        return false;
    bgp_family_add(&t->families, family);
    return true;
}

static int take_family(struct filter_term *t, const char *s, size_t len, char *err)
{
    char glob[64];
    bool any = take_family_numbers(t, s, len);
    if (len < sizeof glob) {
        memcpy(glob, s, len);
        glob[len] = '\0';
        for (unsigned i = 0; i < nlri_map_cnt; i++) {
            if (!glob_matches(glob, nlri_map[i].name, strlen(nlri_map[i].name)))
                continue;
            bgp_family_add(&t->families, i);
            any = true;
        }
        if (glob_matches(glob, "unknown", strlen("unknown")))
            t->other_families = any = true;
    }
    return any ? 0 : no_value(err, s, len, "family");
}

static int take_time(struct filter_term *t, const char *s, size_t len, char *err)
{
    return parse_time(s, len, &t->time_ns)
               ? 0
               : no_value(err, s, len, "time (seconds since 1970, or 2025-11-23T06:10:00)");
}

/* ---- tests ---- */

static bool test_peer(const struct filter_term *t, struct filter_subject *s,
                      const struct nlri *n)
{
    (void)n;
    return s->peer != NULL && test_addr(t, &s->peer->addr);
}

static bool test_peer_as(const struct filter_term *t, struct filter_subject *s,
                         const struct nlri *n)
{
    (void)n;
    return s->peer != NULL && filter_in_ranges(t, s->peer->asn);
}

static bool test_name(const struct filter_term *t, const char *name)
{
    return name != NULL && name[0] != '\0' && filter_globs_match(t, name, strlen(name));
}

/* A BGP peer's configured name; of a monitored peer, its table's or VRF's. */
static bool test_peer_name(const struct filter_term *t, struct filter_subject *s,
                           const struct nlri *n)
{
    (void)n;
    if (s->peer != NULL && s->peer->bmp)
        return test_name(t, s->peer->table);
    return test_name(t, s->router_name);
}

static bool test_router(const struct filter_term *t, struct filter_subject *s,
                        const struct nlri *n)
{
    (void)n;
    return test_addr(t, &s->router);
}

static bool test_router_name(const struct filter_term *t, struct filter_subject *s,
                             const struct nlri *n)
{
    (void)n;
    return test_name(t, s->router_name);
}

static bool test_rib(const struct filter_term *t, struct filter_subject *s,
                     const struct nlri *n)
{
    (void)n;
    return s->peer != NULL && s->peer->bmp && t->bits >> s->peer->view & 1;
}

static bool test_direction(const struct filter_term *t, struct filter_subject *s,
                           const struct nlri *n)
{
    (void)n;
    return s->sent ? t->bits & 2 : t->bits & 1;
}

static bool test_start(const struct filter_term *t, struct filter_subject *s,
                       const struct nlri *n)
{
    (void)n;
    return s->time_ns >= t->time_ns;
}

static bool test_end(const struct filter_term *t, struct filter_subject *s,
                     const struct nlri *n)
{
    (void)n;
    return s->time_ns < t->time_ns;
}

/* filter.c answers for messages; here, for routes. */
static bool test_type(const struct filter_term *t, struct filter_subject *s,
                      const struct nlri *n)
{
    enum filter_type route =
        n != NULL && n->withdraw ? FILTER_TYPE_WITHDRAW : FILTER_TYPE_ANNOUNCE;
    return t->bits & (s->type | (n != NULL ? FILTER_BIT(route) : 0));
}

static bool test_family(const struct filter_term *t, struct filter_subject *s,
                        const struct nlri *n)
{
    (void)s;
    if (n == NULL)
        return false;
    unsigned family = nlri_family_index(n->row->afi, n->row->safi);
    return family != BGP_FAMILY_NONE ? bgp_family_has(&t->families, family) : t->other_families;
}

static bool test_prefix(const struct filter_term *t, struct filter_subject *s,
                        const struct nlri *n)
{
    struct filter_prefix p;
    bool v6;
    (void)s;
    return n != NULL && filter_prefix_of_nlri(n, &v6, &p) &&
           filter_prefixes_match(&t->prefixes, t->mode, v6, p);
}

/* ---- the language ---- */

const struct filter_row filter_rows[] = {
    {.name = "peer", .values = "ADDRESS[/BITS]", .take = take_prefix, .test = test_peer},
    {.name = "peer-as", .values = "AS[-AS]", .take = take_asn, .test = test_peer_as},
    {.name = "peer-name", .values = "NAME", .take = filter_add_glob, .test = test_peer_name},
    {.name = "router", .values = "ADDRESS[/BITS]", .take = take_prefix, .test = test_router},
    {.name = "router-name",
     .values = "NAME",
     .take = filter_add_glob,
     .test = test_router_name},
    {.name = "rib", .values = "NAME", .take = take_rib, .test = test_rib},
    {.name = "direction",
     .values = "received|sent",
     .take = take_direction,
     .test = test_direction},
    {.name = "start", .values = "TIME", .one = true, .take = take_time, .test = test_start},
    {.name = "end", .values = "TIME", .one = true, .take = take_time, .test = test_end},
    {.name = "type",
     .values = "NAME",
     .cost = FILTER_COST_INDEX,
     .take = take_type,
     .test = test_type},
    {.name = "family",
     .values = "NAME|AFI/SAFI",
     .cost = FILTER_COST_INDEX,
     .take = take_family,
     .test = test_family},
    {.name = "prefix",
     .values = "[exact|more|less|any] PREFIX",
     .cost = FILTER_COST_NLRI,
     .has_modes = true,
     .take = take_prefix,
     .test = test_prefix},
    {.name = "origin-as",
     .values = "AS[-AS]",
     .cost = FILTER_COST_ATTR,
     .take = take_asn,
     .test = filter_test_origin},
    {.name = "as",
     .values = "AS[-AS]",
     .cost = FILTER_COST_ATTR,
     .take = take_asn,
     .test = filter_test_as},
    {.name = "as-path",
     .values = "EXPRESSION",
     .cost = FILTER_COST_ATTR,
     .one = true,
     .raw = true,
     .take = filter_take_path,
     .test = filter_test_path},
    {.name = "community",
     .values = "PATTERN",
     .cost = FILTER_COST_ATTR,
     .take = filter_take_community,
     .test = filter_test_community},
    {.name = "error",
     .values = "[CLASS|REASON]",
     .cost = FILTER_COST_RECORD,
     .bare = true,
     .take = filter_take_error,
     .test = filter_test_error},
};
const unsigned filter_row_cnt = sizeof filter_rows / sizeof filter_rows[0];

const char *filter_term_name(unsigned i)
{
    return i < filter_row_cnt ? filter_rows[i].name : NULL;
}

const char *filter_term_values(unsigned i)
{
    return i < filter_row_cnt ? filter_rows[i].values : NULL;
}
