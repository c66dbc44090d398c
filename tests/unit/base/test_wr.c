/* SPDX-License-Identifier: BSD-2-Clause */
/* test_wr: what fits, what does not, and lengths patched in behind. */
#include <criterion/criterion.h>

#include "base/cur.h"
#include "base/wr.h"

static void put_u8(struct wr *w)
{
    wr_u8(w, 0x01);
}

static void put_u16(struct wr *w)
{
    wr_u16(w, 0x0123);
}

static void put_u24(struct wr *w)
{
    wr_u24(w, 0x012345);
}

static void put_u32(struct wr *w)
{
    wr_u32(w, 0x01234567);
}

static void put_u64(struct wr *w)
{
    wr_u64(w, UINT64_C(0x0123456789abcdef));
}

static void put_bytes(struct wr *w)
{
    wr_bytes(w, "\x01\x23\x45\x67\x89", 5);
}

static const struct {
    void (*put)(struct wr *w);
    size_t len;
} puts_[] = {{put_u8, 1},  {put_u16, 2}, {put_u24, 3},
             {put_u32, 4}, {put_u64, 8}, {put_bytes, 5}};

Test(wr, what_fits_is_written_what_does_not_is_not)
{
    static const uint8_t want[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    for (size_t i = 0; i < sizeof puts_ / sizeof puts_[0]; i++) {
        for (size_t cap = 0; cap <= puts_[i].len; cap++) {
            uint8_t out[16];
            memset(out, 0xee, sizeof out);
            struct wr w = wr_of(out, cap);
            puts_[i].put(&w);
            bool fits = cap == puts_[i].len;
            cr_assert_eq(w.overflow, !fits);
            cr_assert_eq(w.len, fits ? cap : 0);
            for (size_t k = 0; k < sizeof out; k++)
                cr_assert_eq(out[k], fits && k < cap ? want[k] : 0xee);
        }
    }
}

Test(wr, overflow_stays)
{
    uint8_t out[4];
    struct wr w = wr_of(out, sizeof out);
    wr_u64(&w, 1);
    wr_u8(&w, 1); /* would fit */
    cr_assert(w.overflow && w.len == 0);
    cr_assert_null(wr_room(&w, 0));
}

Test(wr, no_bytes_from_nowhere)
{
    uint8_t out[1];
    struct wr w = wr_of(out, sizeof out);
    wr_bytes(&w, NULL, 0);
    cr_assert(!w.overflow && w.len == 0);
}

Test(wr, lengths_are_patched_in)
{
    uint8_t out[64];
    struct wr w = wr_of(out, sizeof out);
    size_t a = wr_mark_u32(&w), b = wr_mark_u16(&w), c = wr_mark_u8(&w);
    wr_bytes(&w, "abc", 3);
    wr_patch_u8(&w, c);
    wr_patch_u16(&w, b);
    wr_patch_u32(&w, a);
    struct cur r = cur_of(out, w.len);
    uint32_t v32;
    uint16_t v16;
    uint8_t v8;
    cr_assert(cur_u32(&r, &v32) && cur_u16(&r, &v16) && cur_u8(&r, &v8));
    cr_assert(v32 == 6 && v16 == 4 && v8 == 3 && r.left == 3 && !w.overflow);
}

Test(wr, a_length_is_never_truncated)
{
    static uint8_t out[70000];
    struct wr w = wr_of(out, sizeof out);
    size_t at = wr_mark_u8(&w);
    cr_assert_not_null(wr_room(&w, 255));
    wr_patch_u8(&w, at);
    cr_assert(!w.overflow && out[0] == 255);
    cr_assert_not_null(wr_room(&w, 1));
    wr_patch_u8(&w, at);
    cr_assert(w.overflow && out[0] == 255);
    w = wr_of(out, sizeof out);
    at = wr_mark_u16(&w);
    cr_assert_not_null(wr_room(&w, 65535));
    wr_patch_u16(&w, at);
    cr_assert(!w.overflow && out[0] == 255 && out[1] == 255);
    cr_assert_not_null(wr_room(&w, 1));
    wr_patch_u16(&w, at);
    cr_assert(w.overflow);
    wr_patch_u16(&w, at); /* after an overflow nothing is touched */
    wr_patch_u8(&w, at);
    wr_patch_u32(&w, at);
    cr_assert(out[0] == 255 && out[1] == 255);
}
