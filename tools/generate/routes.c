/* SPDX-License-Identifier: BSD-2-Clause */
/* routes: made-up routes with the shapes of real tables. Floor F4.
 *
 * Sources of the shapes: RIS bview.20100701.0759 (path lengths), a full-table transfer of 2015
 * (IPv4 lengths, NLRI per UPDATE) and RIS updates.20160811.1600 (attributes, communities,
 * IPv6). */
#include "tools/generate/routes.h"

#include <stddef.h>
#include <string.h>

/* One step of a distribution: up to `upto` ten-thousandths, uniform in lo..hi. */
struct step {
    uint16_t upto;
    uint16_t lo, hi;
};

/* clang-format off */
static const struct step v4_bits[] = {
    {1, 9, 9},       {2, 10, 10},     {4, 11, 11},     {8, 12, 12},     {17, 13, 13},
    {35, 14, 14},    {66, 15, 15},    {295, 16, 16},   {426, 17, 17},   {648, 18, 18},
    {1099, 19, 19},  {1752, 20, 20},  {2446, 21, 21},  {3561, 22, 22},  {4515, 23, 23},
    {10000, 24, 24},
};
static const struct step v6_bits[] = {
    {191, 29, 29},   {2131, 32, 32},  {2299, 33, 33},  {2325, 34, 34},  {2343, 35, 35},
    {2348, 38, 38},  {2559, 40, 40},  {2774, 44, 44},  {2808, 46, 46},  {10000, 48, 48},
};
static const struct step v4_per_update[] = {
    {4958, 1, 1},    {6537, 2, 2},    {7319, 3, 3},    {7863, 4, 4},    {8207, 5, 5},
    {8450, 6, 6},    {8631, 7, 7},    {8803, 8, 8},    {8924, 9, 9},    {9017, 10, 10},
    {9500, 11, 20},  {9900, 21, 79},  {9990, 80, 500}, {10000, 501, 600},
};
static const struct step v6_per_update[] = {
    {7900, 1, 1},    {9000, 2, 2},    {9500, 3, 5},    {9900, 6, 9},    {10000, 10, 14},
};
/* Hops after the peer's own. */
static const struct step path_hops[] = {
    {373, 1, 1},     {2956, 2, 2},    {6860, 3, 3},    {8875, 4, 4},    {9497, 5, 5},
    {9742, 6, 6},    {9851, 7, 7},    {9917, 8, 8},    {9953, 9, 9},    {9985, 10, 11},
    {9998, 12, 14},  {10000, 15, 24},
};
static const struct step communities_per_update[] = {
    {2290, 0, 0},    {2500, 1, 2},    {5000, 3, 3},    {7500, 4, 6},    {9000, 7, 10},
    {9500, 11, 13},  {9900, 14, 24},  {9990, 25, 51},  {10000, 52, 70},
};
/* Changes: RIS updates.20160811.1600. */
static const struct step change_hops[] = {
    {100, 1, 1},     {500, 2, 2},     {2500, 3, 3},    {5000, 4, 4},    {7500, 5, 5},
    {9000, 6, 7},    {9500, 8, 9},    {9900, 10, 13},  {9990, 14, 15},  {10000, 16, 19},
};
static const struct step v4_per_change[] = {
    {6744, 1, 1},    {7959, 2, 2},    {8493, 3, 3},    {8733, 4, 4},    {9057, 5, 5},
    {9300, 6, 7},    {9500, 8, 12},   {9900, 13, 25},  {9990, 26, 68},  {10000, 69, 89},
};
static const struct step v6_per_change[] = {
    {8800, 1, 1},    {9300, 2, 2},    {9500, 3, 5},    {9900, 6, 9},    {10000, 10, 14},
};
static const struct step per_withdrawal[] = {
    {7000, 1, 1},    {7500, 2, 2},    {9000, 3, 7},    {9500, 8, 10},   {9900, 11, 18},
    {10000, 19, 26},
};
/* Messages a second, where the mean is RATE_MEAN hundredths. */
static const struct step per_second[] = {
    {100, 3, 5},     {500, 6, 13},    {2500, 14, 29},  {5000, 30, 47},  {7500, 48, 69},
    {9000, 70, 111}, {9500, 112, 133}, {9900, 134, 247}, {10000, 248, 327},
};
static const struct step origins[] = {{9165, 0, 0}, {9199, 1, 1}, {10000, 2, 2}};
/* clang-format on */

/* Shares of UPDATEs with an attribute, in ten-thousandths. */
enum { SHARE_MED = 3980, SHARE_AGGREGATOR = 1080, SHARE_ATOMIC = 500, SHARE_PREPENDED = 950 };
/* Of changes: IPv6 where there is both; withdrawals; announcements of what was withdrawn. */
enum { SHARE_V6 = 2790, SHARE_WITHDRAWN = 470, SHARE_BACK = 300, RATE_MEAN = 5500 };

enum {
    RUN_LEN = 4,        /* prefixes come in runs of neighbours, as one network holds them */
    FIRST_OCTETS = 221, /* 1 to 223 without 10 and 127 */
    BITS6_SPACE = 24,   /* IPv6 prefixes of one length: at most 2^24 */
};

/* splitmix64: a counter under a bijective finaliser. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t draw(struct routes *r)
{
    return mix(r->random += UINT64_C(0x9e3779b97f4a7c15));
}

static uint32_t below(struct routes *r, uint32_t n)
{
    return (uint32_t)((draw(r) >> 32) * n >> 32);
}

static uint16_t pick(struct routes *r, const struct step *steps)
{
    uint32_t u = below(r, 10000);
    while (u >= steps->upto)
        steps++;
    return (uint16_t)(steps->lo + below(r, (uint32_t)(steps->hi - steps->lo + 1)));
}

static bool chance(struct routes *r, uint32_t share)
{
    return below(r, 10000) < share;
}

/* Small numbers often, large ones seldom: few networks carry most paths. */
static uint32_t skewed(struct routes *r, uint32_t n)
{
    uint64_t a = below(r, n), b = below(r, n), c = below(r, n);
    return (uint32_t)(a * b / n * c / n);
}

/* The AS number of network `i`: a third of the far ones have four octets. */
static uint32_t asn_of(uint32_t i)
{
    uint64_t h = mix(i + UINT64_C(0x51ed270b));
    if (i > 40 && h % 3 == 0)
        return 196608 + (uint32_t)(h >> 32) % 208000;
    return 1 + (uint32_t)(h >> 32) % 23000;
}

static void make_path(struct routes *r, struct routes_set *set, const struct step *hops_of)
{
    unsigned hops = pick(r, hops_of);
    bool prepended = chance(r, SHARE_PREPENDED);
    unsigned own = prepended && hops > 1 ? 1 + below(r, hops - 1) : 1;
    uint32_t origin = asn_of(100 + below(r, 74000));
    for (unsigned i = 0; i < hops; i++)
        set->path[i] = i + own >= hops ? origin : asn_of(skewed(r, 6000));
    set->path_cnt = hops;
}

static void make_attrs(struct routes *r, struct routes_set *set, const struct step *hops_of)
{
    set->origin = (uint8_t)pick(r, origins);
    make_path(r, set, hops_of);
    set->has_med = chance(r, SHARE_MED);
    set->med = set->has_med ? below(r, 5000) : 0;
    set->has_aggregator = chance(r, SHARE_AGGREGATOR);
    set->atomic = chance(r, SHARE_ATOMIC);
    set->community_cnt = pick(r, communities_per_update);
    uint32_t tagger = 0;
    for (unsigned i = 0; i < set->community_cnt; i++) {
        if (i % 4 == 0)
            tagger = 1 + skewed(r, 64000);
        set->communities[i] = tagger << 16 | (below(r, 1000) * 4 + i % 4);
    }
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* Gives the n-th of `space` places in an order that jumps about but visits each once: runs of
 * RUN_LEN neighbours, the runs permuted by a step that is prime to their count. */
static uint32_t scatter(uint32_t n, uint32_t space)
{
    uint32_t runs = space / RUN_LEN;
    if (n >= runs * RUN_LEN)
        return n;
    uint32_t step = UINT32_C(2654435761) % runs;
    while (gcd(step, runs) != 1)
        step++;
    return (uint32_t)((uint64_t)(n / RUN_LEN) * step % runs) * RUN_LEN + n % RUN_LEN;
}

/* Skips 10 and 127, which receivers may take for bogus. */
static uint8_t first_octet(uint32_t i)
{
    uint32_t octet = i + 1;
    octet += octet >= 10;
    octet += octet >= 127;
    return (uint8_t)octet;
}

/* Makes the n-th prefix of a length. */
static void prefix_of(struct routes_prefix *p, unsigned bits, uint32_t n)
{
    uint32_t place = scatter(n, (uint32_t)FIRST_OCTETS << (bits - 8));
    uint32_t rest = (place & ((UINT32_C(1) << (bits - 8)) - 1)) << (32 - bits);
    memset(p->addr, 0, sizeof(p->addr));
    p->addr[0] = first_octet(place >> (bits - 8));
    p->addr[1] = (uint8_t)(rest >> 16);
    p->addr[2] = (uint8_t)(rest >> 8);
    p->addr[3] = (uint8_t)rest;
    p->bits = (uint8_t)bits;
}

static void make_prefix(struct routes *r, struct routes_prefix *p)
{
    unsigned bits = pick(r, v4_bits);
    while (r->used[bits] >= (uint32_t)FIRST_OCTETS << (bits - 8))
        bits++; /* a table so large that short prefixes run out; ROUTES_MAX /24 always fit */
    prefix_of(p, bits, r->used[bits]++);
}

static unsigned space6_of(unsigned bits)
{
    return bits - 12 < BITS6_SPACE ? bits - 12 : BITS6_SPACE;
}

/* The place goes into the last bits of the prefix, under 2000::/12; what lies between is
 * filled from the place too, so that neighbours spread as real ones do. */
static void prefix6_of(struct routes_prefix *p, unsigned bits, uint32_t n)
{
    unsigned space = space6_of(bits);
    uint64_t place = scatter(n, UINT32_C(1) << space);
    uint64_t between = mix(place / RUN_LEN) & ((UINT64_C(1) << (bits - 12 - space)) - 1);
    uint64_t top =
        UINT64_C(0x200) << 52 | between << (64 - bits + space) | place << (64 - bits);
    memset(p->addr, 0, sizeof(p->addr));
    for (int i = 0; i < 8; i++)
        p->addr[i] = (uint8_t)(top >> (56 - 8 * i));
    p->bits = (uint8_t)bits;
}

static void make_prefix6(struct routes *r, struct routes_prefix *p)
{
    unsigned bits = pick(r, v6_bits);
    if (r->used6[bits] >= UINT32_C(1) << space6_of(bits))
        bits = 48;
    prefix6_of(p, bits, r->used6[bits]++);
}

void routes_init(struct routes *r, uint64_t seed, uint32_t cnt, uint32_t cnt6, unsigned paths)
{
    memset(r, 0, sizeof(*r));
    r->random = mix(seed);
    r->left = cnt;
    r->left6 = cnt6;
    r->paths = paths;
}

/* Makes another path of the set's prefixes. */
static void make_path_id(struct routes *r, struct routes_set *set)
{
    set->path_id = r->paths > 0 ? r->paths - --r->paths_left : 0;
}

bool routes_next(struct routes *r, struct routes_set *set)
{
    if (r->paths_left > 0) {
        make_attrs(r, set, path_hops);
        make_path_id(r, set);
        return true;
    }
    if (r->left == 0 && r->left6 == 0)
        return false;
    set->v6 = r->left == 0;
    set->withdraw = false;
    uint32_t *left = set->v6 ? &r->left6 : &r->left;
    unsigned cnt = pick(r, set->v6 ? v6_per_update : v4_per_update);
    if (r->paths > 0 && cnt > ROUTES_PATHS_PREFIXES_MAX)
        cnt = ROUTES_PATHS_PREFIXES_MAX;
    set->prefix_cnt = cnt > *left ? *left : cnt;
    *left -= set->prefix_cnt;
    make_attrs(r, set, path_hops);
    for (unsigned i = 0; i < set->prefix_cnt; i++) {
        if (set->v6)
            make_prefix6(r, &set->prefixes[i]);
        else
            make_prefix(r, &set->prefixes[i]);
    }
    r->paths_left = r->paths;
    make_path_id(r, set);
    return true;
}

/* ---- changes ---- */

/* Picks a prefix that was given out: the shorter ones as often as they are there. */
static void pick_prefix(struct routes *r, bool v6, struct routes_prefix *p)
{
    const uint32_t *used = v6 ? r->used6 : r->used;
    unsigned bits = pick(r, v6 ? v6_bits : v4_bits), last = v6 ? 64 : 32;
    while (used[bits] == 0)
        bits = bits < last ? bits + 1 : 1;
    uint32_t n = below(r, used[bits]);
    if (v6)
        prefix6_of(p, bits, n);
    else
        prefix_of(p, bits, n);
}

/* Returns whether a set of the same prefix twice would come of it. */
static bool has_prefix(const struct routes_set *set, const struct routes_prefix *p)
{
    for (unsigned i = 0; i < set->prefix_cnt; i++) {
        if (set->prefixes[i].bits == p->bits &&
            memcmp(set->prefixes[i].addr, p->addr, sizeof p->addr) == 0)
            return true;
    }
    return false;
}

static void remember_gone(struct routes *r, const struct routes_set *set)
{
    for (unsigned i = 0; i < set->prefix_cnt; i++) {
        r->gone[(r->gone_at + r->gone_cnt) % ROUTES_GONE_MAX] =
            (struct routes_gone){set->v6, set->path_id, set->prefixes[i]};
        if (r->gone_cnt < ROUTES_GONE_MAX)
            r->gone_cnt++;
        else
            r->gone_at = (r->gone_at + 1) % ROUTES_GONE_MAX;
    }
}

/* Announces again what was withdrawn longest ago. */
static void bring_back(struct routes *r, struct routes_set *set)
{
    const struct routes_gone *g = &r->gone[r->gone_at];
    set->v6 = g->v6;
    set->path_id = g->path_id;
    set->prefixes[0] = g->prefix;
    set->prefix_cnt = 1;
    r->gone_at = (r->gone_at + 1) % ROUTES_GONE_MAX;
    r->gone_cnt--;
}

void routes_change(struct routes *r, struct routes_set *set)
{
    bool has4 = false, has6 = false;
    for (unsigned bits = 0; bits <= 32; bits++)
        has4 |= r->used[bits] > 0;
    for (unsigned bits = 0; bits <= 64; bits++)
        has6 |= r->used6[bits] > 0;
    set->withdraw = chance(r, SHARE_WITHDRAWN);
    if (!set->withdraw)
        make_attrs(r, set, change_hops);
    if (!set->withdraw && r->gone_cnt > 0 && chance(r, SHARE_BACK)) {
        bring_back(r, set);
        return;
    }
    set->v6 = has6 && (!has4 || chance(r, SHARE_V6));
    set->path_id = r->paths > 0 ? 1 + below(r, r->paths) : 0;
    unsigned cnt = pick(r, set->withdraw ? per_withdrawal
                           : set->v6     ? v6_per_change
                                         : v4_per_change);
    set->prefix_cnt = 0;
    for (unsigned i = 0; i < cnt; i++) {
        struct routes_prefix p;
        pick_prefix(r, set->v6, &p);
        if (!has_prefix(set, &p))
            set->prefixes[set->prefix_cnt++] = p;
    }
    if (set->withdraw)
        remember_gone(r, set);
}

uint32_t routes_rate(struct routes *r, uint32_t rate)
{
    uint64_t n = (uint64_t)pick(r, per_second) * rate * 100 / RATE_MEAN;
    return n > 0 ? (uint32_t)n : 1;
}

uint32_t routes_peer(struct routes *r, unsigned peers)
{
    return below(r, peers);
}
