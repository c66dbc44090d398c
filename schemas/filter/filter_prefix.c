/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_prefix: sets of prefixes, by binary search. Floor F3. */
#include "schemas/filter/filter_prefix.h"

#include <stdlib.h>

static uint64_t octets8(const uint8_t *p, unsigned len)
{
    struct cur c = cur_of(p, 8);
    uint64_t v = 0;
    uint32_t v4 = 0;
    if (len < 8)
        return cur_u32(&c, &v4) ? (uint64_t)v4 << 32 : 0;
    (void)!cur_u64(&c, &v);
    return v;
}

/* Returns a mask of the first `bits` of 64. */
static uint64_t mask(unsigned bits)
{
    return bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
}

static uint64_t mask_hi(unsigned bits)
{
    return mask(bits);
}

static uint64_t mask_lo(unsigned bits)
{
    return mask(bits > 64 ? bits - 64 : 0);
}

struct filter_prefix filter_prefix_of(const uint8_t *addr, unsigned addr_len, unsigned bits)
{
    struct filter_prefix p = {.hi = octets8(addr, addr_len), .bits = (uint8_t)bits};
    if (addr_len == 16)
        p.lo = octets8(addr + 8, 8);
    p.hi &= mask_hi(bits);
    p.lo &= mask_lo(bits);
    return p;
}

static bool holds(const struct filter_prefix *outer, const struct filter_prefix *inner)
{
    return outer->bits <= inner->bits && (inner->hi & mask_hi(outer->bits)) == outer->hi &&
           (inner->lo & mask_lo(outer->bits)) == outer->lo;
}

static int compare(const struct filter_prefix *a, const struct filter_prefix *b)
{
    if (a->hi != b->hi)
        return a->hi < b->hi ? -1 : 1;
    if (a->lo != b->lo)
        return a->lo < b->lo ? -1 : 1;
    return (int)a->bits - (int)b->bits;
}

static int compare_void(const void *a, const void *b)
{
    return compare((const struct filter_prefix *)a, (const struct filter_prefix *)b);
}

static int add(struct filter_prefix_list *l, struct filter_prefix p)
{
    if (l->cnt == l->cap) {
        size_t cap = l->cap > 0 ? 2 * l->cap : 8;
        struct filter_prefix *v = reallocarray(l->v, cap, sizeof *v);
        if (v == NULL)
            return -1;
        l->v = v;
        l->cap = cap;
    }
    l->v[l->cnt++] = p;
    return 0;
}

int filter_prefixes_add(struct filter_prefixes *s, bool v6, struct filter_prefix p)
{
    return add(&s->all[v6], p);
}

enum { INDEX_CNT = 1 << 16, INDEX_FROM = 64 };

/* Makes the index of a sorted list that is worth it. */
static int make_index(struct filter_prefix_list *l)
{
    size_t at = 0;
    if (l->cnt < INDEX_FROM)
        return 0;
    l->first = malloc((INDEX_CNT + 1) * sizeof *l->first);
    if (l->first == NULL)
        return -1;
    for (uint64_t i = 0; i < INDEX_CNT; i++) {
        while (at < l->cnt && l->v[at].hi >> 48 < i)
            at++;
        l->first[i] = (uint32_t)at;
    }
    l->first[INDEX_CNT] = (uint32_t)l->cnt;
    return 0;
}

int filter_prefixes_finish(struct filter_prefixes *s)
{
    for (unsigned v6 = 0; v6 < 2; v6++) {
        struct filter_prefix_list *all = &s->all[v6], *tops = &s->tops[v6];
        if (all->cnt > 1)
            qsort(all->v, all->cnt, sizeof all->v[0], compare_void);
        for (size_t i = 0; i < all->cnt; i++) {
            if (tops->cnt > 0 && holds(&tops->v[tops->cnt - 1], &all->v[i]))
                continue;
            if (add(tops, all->v[i]) != 0)
                return -1;
        }
        if (make_index(all) != 0 || make_index(tops) != 0)
            return -1;
    }
    return 0;
}

void filter_prefixes_free(struct filter_prefixes *s)
{
    for (unsigned v6 = 0; v6 < 2; v6++) {
        free(s->all[v6].v);
        free(s->all[v6].first);
        free(s->tops[v6].v);
        free(s->tops[v6].first);
    }
}

/* Returns how many of a sorted list come before `p`. */
static size_t rank(const struct filter_prefix_list *l, const struct filter_prefix *p)
{
    size_t low = 0, high = l->cnt;
    if (l->first != NULL) {
        low = l->first[p->hi >> 48];
        high = l->first[(p->hi >> 48) + 1];
    }
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare(&l->v[mid], p) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* The set holds one that holds `p`. */
static bool is_more(const struct filter_prefixes *s, bool v6, const struct filter_prefix *p)
{
    const struct filter_prefix_list *l = &s->tops[v6];
    size_t at = rank(l, p);
    if (at < l->cnt && compare(&l->v[at], p) == 0)
        return true;
    return at > 0 && holds(&l->v[at - 1], p);
}

static bool is_less(const struct filter_prefixes *s, bool v6, const struct filter_prefix *p)
{
    const struct filter_prefix_list *l = &s->all[v6];
    size_t at = rank(l, p);
    return at < l->cnt && holds(p, &l->v[at]);
}

bool filter_prefixes_match(const struct filter_prefixes *s, enum filter_prefix_mode mode,
                           bool v6, struct filter_prefix p)
{
    const struct filter_prefix_list *l = &s->all[v6];
    size_t at;
    switch (mode) {
    case FILTER_PREFIX_EXACT:
        at = rank(l, &p);
        return at < l->cnt && compare(&l->v[at], &p) == 0;
    case FILTER_PREFIX_MORE:
        return is_more(s, v6, &p);
    case FILTER_PREFIX_LESS:
        return is_less(s, v6, &p);
    case FILTER_PREFIX_ANY:
        return is_more(s, v6, &p) || is_less(s, v6, &p);
    case FILTER_PREFIX_MODE_CNT:
        break;
    }
    return false;
}

/* Their canonical keys end with the address and the length. */
static bool has_prefix(const struct nlri_row *row)
{
    static const uint8_t safis[] = {BGP_SAFI_UNICAST, BGP_SAFI_MULTICAST,     BGP_SAFI_LABELED,
                                    BGP_SAFI_VPN,     BGP_SAFI_VPN_MULTICAST, BGP_SAFI_CT};
    if (row->afi != BGP_AFI_IPV4 && row->afi != BGP_AFI_IPV6)
        return false;
    for (size_t i = 0; i < sizeof safis; i++) {
        if (row->safi == safis[i])
            return true;
    }
    return false;
}

/* Most NLRI are nothing but a prefix. */
static bool read_plain(const struct nlri *n, bool *v6, struct filter_prefix *p)
{
    struct cur c = n->body;
    uint8_t addr[16] = {0}, bits = 0;
    unsigned addr_len = n->row->afi == BGP_AFI_IPV6 ? 16 : 4;
    if (!cur_u8(&c, &bits) || bits > 8 * addr_len || !cur_copy(&c, addr, (bits + 7u) / 8))
        return false;
    *v6 = addr_len == 16;
    *p = filter_prefix_of(addr, addr_len, bits);
    return true;
}

bool filter_prefix_of_nlri(const struct nlri *n, bool *v6, struct filter_prefix *p)
{
    enum { KEY_MAX = 8 + 16 + 1 };
    uint8_t key[KEY_MAX];
    struct wr w = wr_of(key, sizeof key);
    if (has_prefix(n->row) &&
        (n->row->safi == BGP_SAFI_UNICAST || n->row->safi == BGP_SAFI_MULTICAST))
        return read_plain(n, v6, p);
    if (!has_prefix(n->row) || n->row->key(n, &w) != 0 || w.overflow)
        return false;
    unsigned addr_len = n->row->afi == BGP_AFI_IPV6 ? 16 : 4;
    if (w.len < addr_len + 1)
        return false;
    *v6 = addr_len == 16;
    *p = filter_prefix_of(key + w.len - 1 - addr_len, addr_len, key[w.len - 1]);
    return true;
}
