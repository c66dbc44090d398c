/* SPDX-License-Identifier: BSD-2-Clause */
/* The RIB's store: sets of attributes, pool, marks, limits, and a random run against a naive
 * one. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgp/nlri_map.h"
#include "schemas/rib/rib.h"

static const struct bgp_ctx plain;

/* ---- pool ---- */

Test(rib_pool, sizes_do_not_overlap)
{
    static uint32_t block[4000];
    static uint16_t len[4000];
    struct rib_pool p = {0};
    uint32_t seed = 7;
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < 4000; i++) {
            seed = seed * 1664525 + 1013904223;
            if (block[i] != 0 && seed >> 31) {
                const uint8_t *q = rib_pool_at(&p, block[i]);
                for (unsigned k = 0; k < len[i]; k++)
                    cr_assert_eq(q[k], (uint8_t)i, "block %u octet %u", i, k);
                rib_pool_put(&p, block[i], len[i]);
                block[i] = 0;
            } else if (block[i] == 0) {
                len[i] = (uint16_t)(1 + (seed >> 16) % (seed % 50 == 0 ? 5000 : 200));
                block[i] = rib_pool_get(&p, len[i]);
                cr_assert_neq(block[i], 0);
                memset(rib_pool_at(&p, block[i]), (int)(uint8_t)i, len[i]);
            }
        }
    }
    for (unsigned i = 0; i < 4000; i++) {
        if (block[i] != 0)
            rib_pool_put(&p, block[i], len[i]);
    }
    cr_assert_eq(p.used, 0);
    rib_pool_drop(&p);
}

Test(rib_pool, every_size_once)
{
    struct rib_pool p = {0};
    for (size_t n = 1; n <= RIB_POOL_MAX; n += n < 300 ? 1 : 97) {
        uint32_t b = rib_pool_get(&p, n);
        cr_assert_neq(b, 0);
        memset(rib_pool_at(&p, b), 0xaa, n);
        cr_assert_geq(p.used, n);
        cr_assert_leq(p.used, n + n / 8 + RIB_POOL_UNIT, "%zu octets take %zu", n,
                      (size_t)p.used);
        rib_pool_put(&p, b, n);
        cr_assert_eq(p.used, 0);
    }
    rib_pool_drop(&p);
}

/* ---- sets of attributes ---- */

Test(rib_attrs, same_octets_same_number)
{
    struct rib_pool p = {0};
    struct rib_attrs a;
    rib_attrs_init(&a, &p);
    uint32_t x = rib_attrs_hold(&a, "abc", 3), y = rib_attrs_hold(&a, "abd", 3);
    uint32_t none = rib_attrs_hold(&a, NULL, 0);
    cr_assert(x != 0 && y != 0 && none != 0 && x != y && none != x);
    cr_assert_eq(rib_attrs_hold(&a, "abc", 3), x);
    cr_assert_eq(rib_attrs_get(&a, none).left, 0);
    rib_attrs_release(&a, x);
    cr_assert_eq(memcmp(rib_attrs_get(&a, x).p, "abc", 3), 0);
    rib_attrs_release(&a, x);
    rib_attrs_release(&a, y);
    rib_attrs_release(&a, none);
    cr_assert_eq(a.cnt, 0);
    cr_assert_eq(p.used, 0);
    rib_attrs_free(&a);
    rib_pool_drop(&p);
}

Test(rib_attrs, many_come_and_go)
{
    enum { N = 20000 };
    static uint32_t id[N];
    struct rib_pool p = {0};
    struct rib_attrs a;
    rib_attrs_init(&a, &p);
    for (uint32_t i = 0; i < N; i++)
        id[i] = rib_attrs_hold(&a, &i, sizeof(i));
    for (uint32_t i = 0; i < N; i += 2)
        rib_attrs_release(&a, id[i]);
    for (uint32_t i = 1; i < N; i += 2) { /* still found where they were */
        cr_assert_eq(rib_attrs_hold(&a, &i, sizeof(i)), id[i]);
        rib_attrs_release(&a, id[i]);
    }
    cr_assert_eq(a.cnt, N / 2);
    for (uint32_t i = 1; i < N; i += 2)
        rib_attrs_release(&a, id[i]);
    cr_assert_eq(p.used, 0);
    rib_attrs_free(&a);
    rib_pool_drop(&p);
}

/* ---- routes ---- */

static struct nlri nlri_of(unsigned family, const void *p, size_t len)
{
    return (struct nlri){.row = nlri_row_of(family), .body = cur_of(p, len), .ctx = &plain};
}

/* Announces one NLRI with a set of its own. */
static enum rib_result announce(struct rib *r, uint32_t peer, const struct nlri *n,
                                const char *attrs, uint32_t time_s)
{
    uint32_t id = rib_attrs_hold(rib_attrs_of(r), attrs, strlen(attrs));
    enum rib_result rc = rib_announce(r, peer, n, id, time_s);
    rib_attrs_release(rib_attrs_of(r), id);
    return rc;
}

static uint64_t routes(const struct rib *r)
{
    struct rib_stats s;
    rib_stats(r, &s);
    return s.routes;
}

/* Octets that live routes need. */
static uint64_t used(struct rib *r)
{
    struct rib_stats s;
    cr_assert_not(rib_tidy(r, UINT32_MAX));
    rib_stats(r, &s);
    cr_assert_eq(s.dead, 0);
    return s.used_bytes;
}

Test(rib, announce_replace_withdraw)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0), b = rib_peer_add(r, 0);
    struct nlri n = nlri_of(NLRI_IPV4_UNICAST, "\x18\xc0\x00\x02", 4);
    cr_assert_eq(announce(r, a, &n, "one", 1), RIB_NEW);
    cr_assert_eq(announce(r, b, &n, "one", 1), RIB_NEW);
    cr_assert_eq(announce(r, a, &n, "two", 2), RIB_REPLACED);
    cr_assert_eq(rib_peer_routes(r, a), 1);
    cr_assert_eq(rib_withdraw(r, a, &n), RIB_WITHDRAWN);
    cr_assert_eq(rib_withdraw(r, a, &n), RIB_ABSENT);
    cr_assert_eq(routes(r), 1);
    rib_peer_remove(r, b);
    cr_assert_eq(used(r), 0);
    rib_free(r);
}

/* Numbers are small: those given back are used again, and their routes are gone. */
Test(rib, peer_numbers)
{
    struct rib *r = rib_new();
    struct nlri n = nlri_of(NLRI_IPV4_UNICAST, "\x08\x0a", 2);
    for (uint32_t i = 0; i < 100; i++)
        cr_assert_eq(rib_peer_add(r, 0), i);
    cr_assert_eq(announce(r, 40, &n, "x", 1), RIB_NEW);
    rib_peer_remove(r, 40);
    rib_peer_remove(r, 7);
    cr_assert_eq(routes(r), 0);
    cr_assert_not(rib_tidy(r, UINT32_MAX)); /* until then number 40 is in an entry */
    uint32_t a = rib_peer_add(r, 0), b = rib_peer_add(r, 0);
    cr_assert((a == 7 && b == 40) || (a == 40 && b == 7));
    cr_assert_eq(rib_peer_add(r, 0), 100);
    cr_assert_eq(rib_peer_routes(r, 40), 0);
    cr_assert_eq(rib_withdraw(r, 40, &n), RIB_ABSENT);
    rib_free(r);
}

/* Host bits don't make another route (nlri.h), a path id does, 0 included (RFC 7911). */
Test(rib, keys)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0);
    struct nlri n = nlri_of(NLRI_IPV4_UNICAST, "\x17\xc0\x00\x02", 4);
    struct nlri bits = nlri_of(NLRI_IPV4_UNICAST, "\x17\xc0\x00\x03", 4);
    struct nlri shorter = nlri_of(NLRI_IPV4_UNICAST, "\x10\xc0\x00", 3);
    struct nlri path0 = n, path1 = n;
    path0.has_path_id = path1.has_path_id = true;
    path1.path_id = 1;
    cr_assert_eq(announce(r, a, &n, "x", 1), RIB_NEW);
    cr_assert_eq(announce(r, a, &bits, "x", 1), RIB_REPLACED);
    cr_assert_eq(announce(r, a, &shorter, "x", 1), RIB_NEW);
    cr_assert_eq(announce(r, a, &path0, "x", 1), RIB_NEW);
    cr_assert_eq(announce(r, a, &path1, "x", 1), RIB_NEW);
    cr_assert_eq(rib_withdraw(r, a, &path0), RIB_WITHDRAWN);
    cr_assert_eq(rib_withdraw(r, a, &path0), RIB_ABSENT);
    cr_assert_eq(routes(r), 3);
    rib_free(r);
}

Test(rib, without_key)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0);
    struct nlri n = nlri_of(BGP_FAMILY_NONE, "\x18\xc0\x00\x02", 4);
    cr_assert_eq(announce(r, a, &n, "x", 1), RIB_NO_KEY);
    cr_assert_eq(rib_withdraw(r, a, &n), RIB_NO_KEY);
    struct nlri cut = nlri_of(NLRI_IPV4_UNICAST, "\x18\xc0", 2);
    cr_assert_eq(announce(r, a, &cut, "x", 1), RIB_NO_KEY);
    cr_assert_eq(used(r), 0);
    rib_free(r);
}

static int keep_one(void *arg, const struct rib_node_view *v)
{
    *(struct rib_route *)arg = v->routes[0];
    return 0;
}

/* A label is no part of the key, but what came last is kept as it came (RFC 8277). */
Test(rib, labels)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0);
    struct nlri n = nlri_of(NLRI_IPV4_LABELED, "\x30\x00\x01\x01\xc0\x00\x02", 7);
    struct nlri again = nlri_of(NLRI_IPV4_LABELED, "\x30\x00\x02\x01\xc0\x00\x02", 7);
    struct rib_route route = {0};
    cr_assert_eq(announce(r, a, &n, "x", 1), RIB_NEW);
    cr_assert_eq(announce(r, a, &again, "y", 2), RIB_REPLACED);
    cr_assert_eq(rib_walk(r, NLRI_IPV4_LABELED, keep_one, &route), 0);
    cr_assert_eq(route.nlri.left, 7);
    cr_assert_eq(memcmp(route.nlri.p, again.body.p, 7), 0);
    cr_assert_eq(rib_withdraw(r, a, &n), RIB_WITHDRAWN);
    cr_assert_eq(used(r), 0);
    rib_free(r);
}

Test(rib, limit)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 2);
    struct nlri n1 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x01", 2);
    struct nlri n2 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x02", 2);
    struct nlri n3 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x03", 2);
    cr_assert_eq(announce(r, a, &n1, "x", 1), RIB_NEW);
    cr_assert_eq(announce(r, a, &n2, "x", 1), RIB_NEW);
    cr_assert_eq(announce(r, a, &n3, "x", 1), RIB_FULL);
    cr_assert_eq(announce(r, a, &n2, "y", 1), RIB_REPLACED);
    cr_assert_eq(rib_peer_refused(r, a), 1);
    rib_withdraw(r, a, &n1);
    cr_assert_eq(announce(r, a, &n3, "x", 1), RIB_NEW);
    rib_clear(r, a, RIB_ALL_FAMILIES);
    cr_assert_eq(rib_peer_refused(r, a), 0);
    cr_assert_eq(used(r), 0);
    rib_free(r);
}

/* What is announced again loses its mark; the sweep takes one family, one peer, one mark. */
Test(rib, mark_and_sweep)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0), b = rib_peer_add(r, 0);
    struct nlri n1 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x01", 2);
    struct nlri n2 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x02", 2);
    struct nlri n6 = nlri_of(NLRI_IPV6_UNICAST, "\x10\x20\x01", 3);
    announce(r, a, &n1, "x", 1);
    announce(r, a, &n2, "x", 1);
    announce(r, a, &n6, "x", 1);
    announce(r, b, &n1, "x", 1);
    rib_mark(r, a, NLRI_IPV4_UNICAST, RIB_MARK_REFRESH);
    cr_assert_eq(rib_sweep(r, a, RIB_ALL_FAMILIES, RIB_MARK_STALE), 0);
    announce(r, a, &n1, "x", 2);
    cr_assert_eq(rib_sweep(r, a, NLRI_IPV4_UNICAST, RIB_MARK_REFRESH), 1);
    cr_assert_eq(rib_withdraw(r, a, &n2), RIB_ABSENT);
    rib_mark(r, a, RIB_ALL_FAMILIES, RIB_MARK_STALE);
    cr_assert_eq(rib_sweep(r, a, NLRI_IPV6_UNICAST, RIB_MARK_STALE), 1);
    cr_assert_eq(rib_sweep(r, a, RIB_ALL_FAMILIES, RIB_MARK_STALE), 1);
    cr_assert_eq(routes(r), 1);
    cr_assert_eq(rib_peer_routes(r, b), 1);
    rib_free(r);
}

/* Routes that are gone leave memory that the same routes take again. */
Test(rib, a_flapping_peer_takes_no_more)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0);
    struct rib_stats before, after;
    for (unsigned round = 0; round < 400; round++) { /* more than there are epochs */
        for (unsigned i = 0; i < 50; i++) {
            uint8_t body[] = {16, 10, (uint8_t)i};
            struct nlri n = nlri_of(NLRI_IPV4_UNICAST, body, sizeof(body));
            cr_assert_eq(announce(r, a, &n, "x", round), RIB_NEW);
        }
        rib_stats(r, round == 0 ? &before : &after);
        cr_assert_eq(rib_clear(r, a, RIB_ALL_FAMILIES), 50);
        cr_assert_eq(rib_peer_routes(r, a), 0);
    }
    cr_assert_eq(after.used_bytes, before.used_bytes);
    cr_assert_eq(used(r), 0);
    rib_free(r);
}

/* Marks outlive any number of further ones. */
Test(rib, marks_and_epochs)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0);
    struct nlri n1 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x01", 2);
    struct nlri n2 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x02", 2);
    struct rib_route route;
    announce(r, a, &n1, "x", 1);
    announce(r, a, &n2, "x", 1);
    rib_mark(r, a, NLRI_IPV4_UNICAST, RIB_MARK_STALE);
    for (unsigned i = 0; i < 1000; i++) {
        rib_mark(r, a, NLRI_IPV4_UNICAST, RIB_MARK_REFRESH);
        cr_assert_eq(announce(r, a, &n1, "x", 1), RIB_REPLACED);
        cr_assert(rib_find(r, a, &n1, &route));
        cr_assert_eq(route.marks, 0);
        cr_assert(rib_find(r, a, &n2, &route));
        cr_assert_eq(route.marks, RIB_MARK_STALE | RIB_MARK_REFRESH);
    }
    cr_assert_eq(rib_sweep(r, a, NLRI_IPV4_UNICAST, RIB_MARK_STALE), 1);
    cr_assert(rib_find(r, a, &n1, &route));
    cr_assert_not(rib_find(r, a, &n2, &route));
    cr_assert_eq(rib_withdraw(r, a, &n2), RIB_ABSENT);
    rib_free(r);
}

/* The number of a peer whose routes are not all freed is nobody else's. */
Test(rib, dead_routes_belong_to_nobody)
{
    struct rib *r = rib_new();
    struct nlri n = nlri_of(NLRI_IPV4_UNICAST, "\x08\x01", 2);
    uint32_t a = rib_peer_add(r, 1);
    announce(r, a, &n, "x", 1);
    rib_peer_remove(r, a);
    uint32_t b = rib_peer_add(r, 1);
    cr_assert_neq(a, b);
    struct rib_route route;
    cr_assert_not(rib_find(r, b, &n, &route));
    cr_assert_eq(announce(r, b, &n, "y", 1), RIB_NEW);
    cr_assert_not(rib_tidy(r, UINT32_MAX));
    cr_assert(rib_find(r, b, &n, &route));
    cr_assert_eq(rib_peer_add(r, 0), a);
    rib_free(r);
}

/* Much that is dead is freed while others announce. */
Test(rib, tidies_while_it_works)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0), b = rib_peer_add(r, 0);
    struct rib_stats s;
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t body[] = {24, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        struct nlri n = nlri_of(NLRI_IPV4_UNICAST, body, sizeof(body));
        announce(r, a, &n, "x", 1);
    }
    rib_clear(r, a, RIB_ALL_FAMILIES);
    rib_stats(r, &s);
    cr_assert_eq(s.dead, 200000);
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t body[] = {24, 100, (uint8_t)(i >> 8), (uint8_t)i};
        struct nlri n = nlri_of(NLRI_IPV4_UNICAST, body, sizeof(body));
        announce(r, b, &n, "x", 1);
    }
    rib_stats(r, &s);
    cr_assert_eq(s.dead, 0);
    cr_assert_eq(s.routes, 20000);
    cr_assert_eq(s.nodes, 20000);
    rib_free(r);
}

static bool begins_with_no(void *arg, struct cur attrs)
{
    ++*(unsigned *)arg;
    return attrs.left >= 2 && memcmp(attrs.p, "no", 2) == 0;
}

Test(rib, filter_by_attributes)
{
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0), b = rib_peer_add(r, 0);
    struct nlri n1 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x01", 2);
    struct nlri n2 = nlri_of(NLRI_IPV4_UNICAST, "\x08\x02", 2);
    unsigned asked = 0;
    announce(r, a, &n1, "no", 1);
    announce(r, a, &n2, "yes", 1);
    announce(r, b, &n1, "no", 1);
    cr_assert_eq(rib_filter(r, a, NLRI_IPV6_UNICAST, begins_with_no, &asked), 0);
    cr_assert_eq(rib_filter(r, a, RIB_ALL_FAMILIES, begins_with_no, &asked), 1);
    cr_assert_eq(asked, 2);
    cr_assert_eq(rib_peer_routes(r, a), 1);
    cr_assert_eq(rib_peer_routes(r, b), 1);
    cr_assert_eq(rib_sweep(r, a, RIB_ALL_FAMILIES, RIB_MARK_STALE), 0);
    rib_free(r);
}

static int collect_order(void *arg, const struct rib_node_view *v)
{
    char *text = arg;
    for (size_t i = 0; i < v->cnt; i++) {
        size_t len = strlen(text);
        snprintf(text + len, 400 - len, "%u.%u/%u:%u ", v->routes[i].nlri.p[1],
                 v->routes[i].nlri.left > 2 ? v->routes[i].nlri.p[2] : 0,
                 v->routes[i].nlri.p[0], v->routes[i].peer);
    }
    return 0;
}

Test(rib, walk_is_sorted)
{
    static const char *const prefix[] = {"\x10\x0a\x01", "\x08\x0b", "\x08\x0a",
                                         "\x10\x0a\x00"};
    struct rib *r = rib_new();
    uint32_t a = rib_peer_add(r, 0), b = rib_peer_add(r, 0);
    char text[400] = "";
    for (unsigned i = 0; i < 4; i++) {
        struct nlri n = nlri_of(NLRI_IPV4_UNICAST, prefix[i], 1 + (size_t)prefix[i][0] / 8);
        announce(r, b, &n, "x", 1);
        announce(r, a, &n, "x", 1);
    }
    cr_assert_eq(rib_walk(r, NLRI_IPV4_UNICAST, collect_order, text), 0);
    cr_assert_str_eq(text, "10.0/8:0 10.0/8:1 10.0/16:0 10.0/16:1 10.1/16:0 10.1/16:1 "
                           "11.0/8:0 11.0/8:1 ");
    rib_free(r);
}

/* ---- against a naive store ---- */

enum { PEERS = 5, FAMILIES = 3, NLRIS = 40, PATHS = 3 };

/* path 0: without path id */
struct model {
    struct {
        bool there;
        uint8_t marks;
        char attrs[8];
        uint32_t time_s;
    } at[PEERS][FAMILIES][NLRIS][PATHS];
    uint32_t seed;
    struct rib *r;
    size_t seen;
};

static const unsigned families[FAMILIES] = {NLRI_IPV4_UNICAST, NLRI_IPV6_UNICAST,
                                            NLRI_IPV4_LABELED};

static uint32_t draw(struct model *m, uint32_t below)
{
    m->seed = m->seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)m->seed * below >> 32);
}

/* NLRI number `i` of family `f`: 16 bits of prefix, of which the number is the last octet. */
static struct nlri model_nlri(unsigned f, unsigned i, unsigned path, uint8_t body[8])
{
    size_t len = 0;
    body[len++] = f == 2 ? 40 : 16;
    if (f == 2) {
        memcpy(body + len, "\x00\x01\x01", 3);
        len += 3;
    }
    body[len++] = 32;
    body[len++] = (uint8_t)i;
    struct nlri n = nlri_of(families[f], body, len);
    n.has_path_id = path > 0;
    n.path_id = path;
    return n;
}

static int check_node(void *arg, const struct rib_node_view *v)
{
    struct model *m = arg;
    unsigned f = 0;
    while (families[f] != v->family)
        f++;
    for (size_t i = 0; i < v->cnt; i++) {
        const struct rib_route *t = &v->routes[i];
        unsigned path = t->has_path_id ? t->path_id : 0;
        unsigned number = t->nlri.p[t->nlri.left - 1];
        cr_assert(path < PATHS && number < NLRIS && t->peer < PEERS);
        cr_assert(m->at[t->peer][f][number][path].there);
        cr_assert_eq(m->at[t->peer][f][number][path].marks, t->marks);
        cr_assert_eq(m->at[t->peer][f][number][path].time_s, t->time_s);
        const char *attrs = m->at[t->peer][f][number][path].attrs;
        cr_assert(strlen(attrs) == t->attrs.left &&
                  memcmp(attrs, t->attrs.p, t->attrs.left) == 0);
        m->seen++;
    }
    return 0;
}

static void check_all(struct model *m)
{
    size_t there = 0;
    for (unsigned p = 0; p < PEERS; p++) {
        uint32_t of_peer = 0;
        for (unsigned i = 0; i < FAMILIES * NLRIS * PATHS; i++)
            of_peer += m->at[p][i / PATHS / NLRIS][i / PATHS % NLRIS][i % PATHS].there;
        cr_assert_eq(rib_peer_routes(m->r, p), of_peer);
        there += of_peer;
    }
    m->seen = 0;
    for (unsigned f = 0; f < FAMILIES; f++)
        cr_assert_eq(rib_walk(m->r, families[f], check_node, m), 0);
    cr_assert_eq(m->seen, there);
    cr_assert_eq(routes(m->r), there);
}

static void one_route(struct model *m, unsigned p, unsigned f)
{
    uint8_t body[8];
    unsigned i = draw(m, NLRIS), path = draw(m, PATHS);
    struct nlri n = model_nlri(f, i, path, body);
    bool there = m->at[p][f][i][path].there;
    if (draw(m, 3) == 0) {
        cr_assert_eq(rib_withdraw(m->r, p, &n), there ? RIB_WITHDRAWN : RIB_ABSENT);
        m->at[p][f][i][path].there = false;
        return;
    }
    snprintf(m->at[p][f][i][path].attrs, 8, "%u", draw(m, 30));
    m->at[p][f][i][path].time_s = draw(m, 1000);
    m->at[p][f][i][path].marks = 0;
    m->at[p][f][i][path].there = true;
    cr_assert_eq(announce(m->r, p, &n, m->at[p][f][i][path].attrs, m->at[p][f][i][path].time_s),
                 there ? RIB_REPLACED : RIB_NEW);
}

/* Clears, marks or sweeps one peer's routes, of one family or of all. */
static void many_routes(struct model *m, unsigned p, unsigned what)
{
    unsigned f = draw(m, FAMILIES + 1);
    unsigned family = f < FAMILIES ? families[f] : RIB_ALL_FAMILIES;
    uint8_t mark = draw(m, 2) ? RIB_MARK_STALE : RIB_MARK_REFRESH;
    uint32_t gone = 0, got = 0;
    for (unsigned i = 0; i < FAMILIES * NLRIS * PATHS; i++) {
        unsigned g = i / PATHS / NLRIS, nlri = i / PATHS % NLRIS, path = i % PATHS;
        if ((f < FAMILIES && g != f) || !m->at[p][g][nlri][path].there)
            continue;
        if (what == 0)
            m->at[p][g][nlri][path].marks |= mark;
        if (what == 2 || (what == 1 && (m->at[p][g][nlri][path].marks & mark))) {
            m->at[p][g][nlri][path].there = false;
            gone++;
        }
    }
    if (what == 0)
        rib_mark(m->r, p, family, mark);
    else
        got = what == 1 ? rib_sweep(m->r, p, family, mark) : rib_clear(m->r, p, family);
    cr_assert_eq(got, gone);
}

Test(rib, against_a_naive_store)
{
    static struct model m;
    for (uint32_t run = 1; run <= 8; run++) {
        memset(&m, 0, sizeof(m));
        m.seed = run;
        m.r = rib_new();
        for (unsigned p = 0; p < PEERS; p++)
            cr_assert_eq(rib_peer_add(m.r, 0), p);
        for (unsigned step = 0; step < 6000; step++) {
            unsigned p = draw(&m, PEERS);
            if (draw(&m, 200) == 0)
                (void)rib_tidy(m.r, draw(&m, 300));
            if (draw(&m, 100) == 0)
                many_routes(&m, p, draw(&m, 3));
            else
                one_route(&m, p, draw(&m, FAMILIES));
            if (step % 500 == 0)
                check_all(&m);
        }
        check_all(&m);
        for (unsigned p = 0; p < PEERS; p++)
            rib_peer_remove(m.r, p);
        cr_assert_eq(used(m.r), 0, "all blocks are free again");
        rib_free(m.r);
    }
}
