/* SPDX-License-Identifier: BSD-2-Clause */
/* test_cur: every read, good and failing, and what the cursor remembers. */
#include <criterion/criterion.h>

#include "base/cur.h"

static const uint8_t bytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x10};

static bool read_u8(struct cur *c, uint64_t *v)
{
    uint8_t x = 0xee;
    bool ok = cur_u8(c, &x);
    *v = x;
    return ok;
}

static bool read_u16(struct cur *c, uint64_t *v)
{
    uint16_t x = 0xee;
    bool ok = cur_u16(c, &x);
    *v = x;
    return ok;
}

static bool read_u24(struct cur *c, uint64_t *v)
{
    uint32_t x = 0xee;
    bool ok = cur_u24(c, &x);
    *v = x;
    return ok;
}

static bool read_u32(struct cur *c, uint64_t *v)
{
    uint32_t x = 0xee;
    bool ok = cur_u32(c, &x);
    *v = x;
    return ok;
}

static bool read_u64(struct cur *c, uint64_t *v)
{
    *v = 0xee;
    return cur_u64(c, v);
}

static const struct {
    bool (*read)(struct cur *c, uint64_t *v);
    uint32_t len;
    uint64_t value;
} reads[] = {
    {read_u8, 1, 0x01},
    {read_u16, 2, 0x0123},
    {read_u24, 3, 0x012345},
    {read_u32, 4, 0x01234567},
    {read_u64, 8, UINT64_C(0x0123456789abcdef)},
};

Test(cur, integers_are_big_endian)
{
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        struct cur c = cur_at(bytes, sizeof bytes, 100);
        uint64_t v;
        cr_assert(reads[i].read(&c, &v));
        cr_assert_eq(v, reads[i].value);
        cr_assert_eq(c.off, 100 + reads[i].len);
        cr_assert_eq(c.left, sizeof bytes - reads[i].len);
        cr_assert(!c.failed && !cur_done(&c));
    }
}

Test(cur, every_short_read_fails_at_its_place)
{
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        for (uint32_t have = 0; have < reads[i].len; have++) {
            struct cur c = cur_at(bytes, have, 7);
            uint64_t v;
            cr_assert(!reads[i].read(&c, &v));
            cr_assert_eq(v, 0xee, "the result was touched");
            cr_assert(c.failed && c.fail_off == 7 && c.need == reads[i].len);
            cr_assert(c.left == have && c.off == 7);
        }
    }
}

Test(cur, the_first_failure_is_remembered)
{
    struct cur c = cur_of(bytes, 3);
    uint16_t v16;
    uint32_t v32;
    uint8_t v8 = 0;
    cr_assert(cur_u16(&c, &v16));
    cr_assert(!cur_u32(&c, &v32));
    cr_assert(!cur_u8(&c, &v8)); /* one octet is left, but the cursor has failed */
    cr_assert(!cur_u16(&c, &v16) && !cur_skip(&c, 0) && !cur_peek(&c, 0, &v8));
    cr_assert(c.fail_off == 2 && c.need == 4);
    cr_assert(!cur_done(&c));
}

Test(cur, bytes_copy_and_skip)
{
    struct cur c = cur_of(bytes, 9);
    cr_assert_eq(cur_bytes(&c, 2), bytes);
    uint8_t got[3];
    cr_assert(cur_copy(&c, got, 3));
    cr_assert(memcmp(got, bytes + 2, 3) == 0);
    cr_assert(cur_skip(&c, 4) && cur_done(&c));
    cr_assert(cur_skip(&c, 0) && cur_bytes(&c, 0) != NULL && cur_done(&c));
    memset(got, 0xee, 3);
    cr_assert(!cur_copy(&c, got, 1) && got[0] == 0xee);
    cr_assert(c.fail_off == 9 && c.need == 1);
    c = cur_of(bytes, 9);
    cr_assert(!cur_skip(&c, UINT32_MAX) && c.need == UINT32_MAX && c.left == 9);
    c = cur_of(bytes, 9);
    cr_assert_null(cur_bytes(&c, 10));
}

Test(cur, an_empty_cursor_may_be_null)
{
    struct cur c = cur_of(NULL, 0);
    cr_assert(cur_done(&c));
    cr_assert_not_null(cur_bytes(&c, 0));
    struct cur child;
    cr_assert(cur_take(&c, 0, &child) && cur_done(&child));
    child = cur_rest(&c);
    cr_assert(cur_done(&child) && cur_done(&c));
    uint8_t v;
    cr_assert(!cur_u8(&c, &v) && c.need == 1);
}

Test(cur, a_child_sees_its_own_bytes_only)
{
    struct cur c = cur_at(bytes, 9, 50), child;
    uint8_t v8;
    uint64_t v64;
    cr_assert(cur_u8(&c, &v8));
    cr_assert(cur_take(&c, 4, &child));
    cr_assert(child.off == 51 && child.left == 4 && c.off == 55 && c.left == 4);
    cr_assert(!cur_u64(&child, &v64));
    cr_assert(child.fail_off == 51 && child.need == 8);
    cr_assert(!c.failed); /* the parent goes on behind it */
    struct cur rest = cur_rest(&c);
    cr_assert(rest.off == 55 && rest.left == 4 && rest.p == bytes + 5 && cur_done(&c));
}

Test(cur, a_child_longer_than_the_parent_is_refused)
{
    struct cur c = cur_of(bytes, 4), child = {.left = 77};
    cr_assert(!cur_take(&c, 5, &child));
    cr_assert(child.left == 77 && c.failed && c.need == 5);
}

Test(cur, peek_consumes_nothing)
{
    struct cur c = cur_of(bytes, 3);
    uint8_t v = 0xee;
    cr_assert(cur_peek(&c, 2, &v) && v == 0x45 && c.left == 3);
    cr_assert(!cur_peek(&c, 3, &v) && v == 0x45 && !c.failed);
}

Test(cur, a_failure_can_be_set)
{
    struct cur c = cur_at(bytes, 3, 9);
    cr_assert(!cur_fail(&c, 12) && c.failed && c.need == 12 && c.fail_off == 9);
    cr_assert(!cur_fail(&c, 13) && c.need == 12);
}

Test(cur, a_length_over_32_bits_is_not_folded)
{
    struct cur c = cur_of(bytes, (size_t)UINT32_MAX + 3);
    cr_assert_eq(c.left, UINT32_MAX);
}
