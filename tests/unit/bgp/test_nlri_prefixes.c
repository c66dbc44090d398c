/* SPDX-License-Identifier: BSD-2-Clause */
/* test_nlri_prefixes: a section of prefixes in one go is the same as one by one. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "bgp/nlri_map.h"

static uint32_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

/* Writes the items one at a time. Returns whether that went to the end without doubt. */
static bool one_by_one(struct nlri_iter it, struct emit *e)
{
    struct nlri n;
    struct nlri_fault fault;
    int got;
    while ((got = nlri_iter_next(&it, &n)) > 0) {
        if (nlri_doubtful(&it, &n) || !nlri_emit(&n, e, EMIT_ITEM, &fault))
            return false;
    }
    return got == 0;
}

static bool at_once(struct nlri_iter it, struct emit *e)
{
    return nlri_emit_prefixes(&it, e);
}

/* Runs one way over the section and compares with the other's text. */
static void compare(unsigned family, const uint8_t *p, size_t len)
{
    static const struct bgp_ctx ctx;
    bool (*const ways[2])(struct nlri_iter, struct emit *) = {one_by_one, at_once};
    struct buf out[2] = {{0}};
    bool sure[2];
    for (int way = 0; way < 2; way++) {
        struct json json;
        struct nlri_iter it;
        json_init(&json, &out[way]);
        nlri_iter_init(&it, family, &ctx, cur_of(p, len), false);
        sure[way] = ways[way](it, &json.emit);
    }
    cr_assert_eq(sure[0], sure[1], "%zu octets: %d and %d", len, sure[0], sure[1]);
    if (sure[0]) {
        cr_assert_eq(out[0].len, out[1].len);
        cr_assert(len == 0 || memcmp(out[0].p, out[1].p, out[0].len) == 0, "%.*s, not %.*s",
                  (int)out[1].len, out[1].p, (int)out[0].len, out[0].p);
    }
    for (int way = 0; way < 2; way++)
        buf_free(&out[way]);
}

/* Sound sections for the most part: lengths that fit, now and then too long, cut or with bits
 * after the prefix. */
static size_t make(uint8_t *p, unsigned max_bits)
{
    size_t len = 0;
    for (uint32_t n = draw(6); n > 0; n--) {
        unsigned bits = draw(60) == 0 ? draw(256) : draw(max_bits + 1);
        unsigned octets = (bits + 7) / 8;
        p[len++] = (uint8_t)bits;
        for (unsigned i = 0; i < octets; i++)
            p[len++] = (uint8_t)draw(256);
        if (bits % 8 != 0 && draw(40) != 0)
            p[len - 1] &= (uint8_t)(0xff << (8 - bits % 8));
    }
    return len > 0 && draw(20) == 0 ? len - 1 : len;
}

Test(nlri_prefixes, same_as_one_by_one)
{
    static const struct {
        unsigned family, bits;
    } families[] = {{NLRI_IPV4_UNICAST, 32},
                    {NLRI_IPV4_MULTICAST, 32},
                    {NLRI_IPV6_UNICAST, 128},
                    {NLRI_IPV6_MULTICAST, 128}};
    for (unsigned i = 0; i < 40000; i++) {
        uint8_t p[6 * 33];
        size_t f = i % 4;
        size_t len = make(p, families[f].bits);
        compare(families[f].family, p, len);
    }
}

Test(nlri_prefixes, only_bare_prefixes)
{
    struct bgp_ctx ctx = {0};
    const uint8_t p[] = {8, 10};
    struct nlri_iter it;
    nlri_iter_init(&it, NLRI_IPV4_LABELED, &ctx, cur_of(p, sizeof p), false);
    cr_assert(!nlri_emit_prefixes(&it, &emit_null));
    nlri_iter_init(&it, NLRI_IPV4_UNICAST, &ctx, cur_of(p, sizeof p), false);
    cr_assert(nlri_emit_prefixes(&it, &emit_null));
    cr_assert_eq(it.in.left, sizeof p);
    it.add_path = true;
    cr_assert(!nlri_emit_prefixes(&it, &emit_null));
}
