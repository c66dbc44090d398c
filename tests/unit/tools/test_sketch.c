/* SPDX-License-Identifier: BSD-2-Clause */
/* test_sketch: what is frequent is found, and counts are bounded on both sides. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "tools/output/sketch.h"

static void count(struct sketch *s, uint32_t what)
{
    uint8_t key[SKETCH_KEY_LEN] = {0};
    memcpy(key, &what, sizeof what);
    sketch_add(s, key);
}

Test(sketch, few_things_are_counted_exactly)
{
    struct sketch *s = calloc(1, sizeof *s);
    for (uint32_t i = 0; i < 100; i++)
        for (uint32_t k = 0; k <= i; k++)
            count(s, i);
    cr_assert_eq(sketch_sort(s), 100);
    for (unsigned i = 0; i < 100; i++) {
        cr_expect_eq(s->entry[i].cnt, 100 - i);
        cr_expect_eq(s->entry[i].over, 0);
    }
    free(s);
}

/* A thousand rare things for each time that a frequent one comes. */
Test(sketch, frequent_ones_survive_a_flood)
{
    enum { FREQUENT = 20, ROUNDS = 2000 };
    struct sketch *s = calloc(1, sizeof *s);
    uint32_t rare = 1000;
    for (unsigned r = 0; r < ROUNDS; r++) {
        for (uint32_t f = 0; f < FREQUENT; f++)
            count(s, f);
        for (unsigned i = 0; i < 100; i++)
            count(s, rare++);
    }
    cr_assert_eq(sketch_sort(s), SKETCH_CNT);
    bool seen[FREQUENT] = {false};
    for (unsigned i = 0; i < FREQUENT; i++) {
        uint32_t what;
        memcpy(&what, s->entry[i].key, sizeof what);
        cr_assert_lt(what, FREQUENT);
        seen[what] = true;
        cr_expect_geq(s->entry[i].cnt, ROUNDS);
        cr_expect_leq(s->entry[i].cnt - s->entry[i].over, ROUNDS);
    }
    for (unsigned i = 0; i < FREQUENT; i++)
        cr_expect(seen[i]);
    free(s);
}
