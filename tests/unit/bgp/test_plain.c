/* SPDX-License-Identifier: BSD-2-Clause */
/* test_plain: what a look finds plain, decoding finds nothing wrong with. Values come from a
 * generator that likes small numbers, so that both kinds are met often. */
#include <criterion/criterion.h>

#include "bgp/attr_map.h"
#include "bgp/nlri_map.h"
#include "bgp/update.h"

enum { ROUNDS = 200000 };

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void fill(uint8_t *dst, unsigned len, uint32_t *seed)
{
    for (unsigned i = 0; i < len; i++) {
        uint32_t r = next_random(seed);
        dst[i] = (uint8_t)(r % 4 == 0 ? r >> 8 : (r >> 8) % 5);
    }
}

static void one_attribute(uint32_t *seed, unsigned *plain)
{
    static const uint8_t codes[] = {1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 32, 35};
    struct bgp_ctx ctx = {.asn4 = next_random(seed) % 2, .ebgp = next_random(seed) % 2};
    const struct attr_row *row = attr_row_of(codes[next_random(seed) % sizeof codes]);
    uint8_t value[32];
    unsigned len = next_random(seed) % 4 * (next_random(seed) % 9);
    struct bgp_diags diags;
    fill(value, len, seed);
    uint8_t flags = next_random(seed) % 4 ? row->flags : (uint8_t)(next_random(seed) % 4 << 6);
    if (!attr_is_plain(row, flags, cur_at(value, len, 0), &ctx))
        return;
    ++*plain;
    bgp_diags_init(&diags);
    struct attr_in in = {.code = row->code,
                         .flags = flags,
                         .value = cur_at(value, len, 0),
                         .ctx = &ctx,
                         .diags = &diags};
    bool sound = attr_decode(row, &in, &emit_null);
    cr_assert_eq(diags.cnt, 0, "%s: %s", row->name, bgp_reason_name(diags.v[0].reason));
    cr_assert(sound || row->decode == NULL, "%s", row->name);
}

Test(plain, attributes)
{
    uint32_t seed = 1;
    unsigned plain = 0;
    for (int i = 0; i < ROUNDS; i++)
        one_attribute(&seed, &plain);
    cr_assert_gt(plain, ROUNDS / 10);
    cr_assert_lt(plain, ROUNDS / 10 * 9);
}

static void one_section(uint32_t *seed, unsigned *plain)
{
    static const unsigned families[] = {NLRI_IPV4_UNICAST, NLRI_IPV6_UNICAST,
                                        NLRI_IPV4_MULTICAST, NLRI_IPV4_VPN};
    uint8_t bytes[24];
    unsigned len = next_random(seed) % sizeof bytes;
    unsigned family = families[next_random(seed) % 4];
    struct bgp_ctx ctx = {.asn4 = true};
    struct nlri_iter it;
    struct nlri n;
    fill(bytes, len, seed);
    for (unsigned i = 0; i < len; i += 4)
        bytes[i] = (uint8_t)(next_random(seed) % 34); /* often a prefix length */
    nlri_iter_init(&it, family, &ctx, cur_at(bytes, len, 0), next_random(seed) % 2);
    it.add_path = next_random(seed) % 8 == 0;
    long cnt = nlri_count_plain(&it);
    if (cnt < 0)
        return;
    ++*plain;
    cr_assert_not(nlri_settle_add_path(&it));
    cr_assert_eq(nlri_count(it), cnt);
    while (nlri_iter_next(&it, &n) > 0) {
        struct nlri_fault fault;
        cr_assert_eq(n.row->decode(&n, &emit_null, &fault), 0);
    }
}

Test(plain, sections)
{
    uint32_t seed = 2;
    unsigned plain = 0;
    for (int i = 0; i < ROUNDS; i++)
        one_section(&seed, &plain);
    cr_assert_gt(plain, ROUNDS / 50);
    cr_assert_lt(plain, ROUNDS / 2);
}
