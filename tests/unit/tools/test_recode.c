/* SPDX-License-Identifier: BSD-2-Clause */
/* AS numbers of the other width (RFC 6793): whole UPDATEs in, whole UPDATEs out. */
#include <criterion/criterion.h>
#include <string.h>

#include "bgp/attr_map.h"
#include "tools/generate/encode.h"
#include "tools/replay/recode.h"

enum { BUF = 4096 };

struct message {
    uint8_t buf[BUF];
    struct wr w;
    size_t start, attrs;
};

static void begin(struct message *m)
{
    m->w = wr_of(m->buf, sizeof m->buf);
    m->start = encode_begin(&m->w, BGP_TYPE_UPDATE);
    wr_u16(&m->w, 3); /* withdrawn: 10.1.0.0/16 */
    wr_bytes(&m->w, (const uint8_t[]){16, 10, 1}, 3);
    m->attrs = wr_mark_u16(&m->w);
}

static void put(struct message *m, uint8_t flags, uint8_t code, const uint8_t *p, size_t len)
{
    wr_u8(&m->w, flags);
    wr_u8(&m->w, code);
    if (flags & BGP_FLAG_EXT_LEN)
        wr_u16(&m->w, (uint16_t)len);
    else
        wr_u8(&m->w, (uint8_t)len);
    wr_bytes(&m->w, p, len);
}

#define PUT(m, flags, code, ...)                                                               \
    put(m, flags, code, (const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__})

static void end(struct message *m)
{
    wr_patch_u16(&m->w, m->attrs);
    wr_bytes(&m->w, (const uint8_t[]){24, 192, 0, 2}, 4);
    encode_end(&m->w, m->start);
    cr_assert_not(m->w.overflow);
}

static int recode(const struct message *in, unsigned from, unsigned to, struct message *out)
{
    struct bgp_ctx ctx = {.asn4 = from == 4};
    struct bgp_update u;
    cr_assert_eq(bgp_update_index(in->buf, in->w.len, &ctx, &u), 0);
    cr_assert_eq(recode_width(&u, &ctx), from);
    out->w = wr_of(out->buf, sizeof out->buf);
    return recode_update(&out->w, &u, from, to);
}

static void check(const struct message *have, const struct message *want)
{
    cr_assert_eq(have->w.len, want->w.len, "%zu octets, not %zu", have->w.len, want->w.len);
    cr_assert_eq(memcmp(have->buf, want->buf, want->w.len), 0);
}

Test(recode, two_octets_become_four)
{
    struct message in, want, out;
    begin(&in);
    PUT(&in, 0x40, ATTR_ORIGIN, 0);
    PUT(&in, 0x40, ATTR_AS_PATH, 2, 2, 0xfc, 0, 0, 1, 1, 1, 0, 7);
    PUT(&in, 0xc0, ATTR_AGGREGATOR, 0, 7, 192, 0, 2, 9);
    end(&in);
    begin(&want);
    PUT(&want, 0x40, ATTR_ORIGIN, 0);
    PUT(&want, 0x50, ATTR_AS_PATH, 2, 2, 0, 0, 0xfc, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 7);
    PUT(&want, 0xc0, ATTR_AGGREGATOR, 0, 0, 0, 7, 192, 0, 2, 9);
    end(&want);
    cr_assert_eq(recode(&in, 2, 4, &out), 0);
    check(&out, &want);
}

/* RFC 6793 section 4.2.3: what AS4_PATH lacks in front comes from AS_PATH. */
Test(recode, as4_path_is_merged)
{
    struct message in, want, out;
    begin(&in);
    PUT(&in, 0x40, ATTR_AS_PATH, 2, 3, 0xfc, 0, 0x5b, 0xa0, 0x5b, 0xa0);
    PUT(&in, 0xc0, ATTR_AGGREGATOR, 0x5b, 0xa0, 192, 0, 2, 9);
    PUT(&in, 0xc0, ATTR_AS4_PATH, 2, 2, 0, 3, 0, 1, 0, 3, 0, 2);
    PUT(&in, 0xc0, ATTR_AS4_AGGREGATOR, 0, 3, 0, 2, 192, 0, 2, 9);
    end(&in);
    begin(&want);
    PUT(&want, 0x50, ATTR_AS_PATH, 2, 1, 0, 0, 0xfc, 0, 2, 2, 0, 3, 0, 1, 0, 3, 0, 2);
    PUT(&want, 0xc0, ATTR_AGGREGATOR, 0, 3, 0, 2, 192, 0, 2, 9);
    end(&want);
    cr_assert_eq(recode(&in, 2, 4, &out), 0);
    check(&out, &want);
}

/* The same section: an AGGREGATOR that is not AS_TRANS, or a longer AS4_PATH, voids AS4_PATH.
 */
Test(recode, a_void_as4_path_is_left_out)
{
    struct message in, want, out;
    for (int longer = 0; longer < 2; longer++) {
        begin(&in);
        PUT(&in, 0x40, ATTR_AS_PATH, 2, 1, 0x5b, 0xa0);
        if (longer) {
            PUT(&in, 0xc0, ATTR_AS4_PATH, 2, 2, 0, 3, 0, 1, 0, 3, 0, 2);
        } else {
            PUT(&in, 0xc0, ATTR_AGGREGATOR, 0, 7, 192, 0, 2, 9);
            PUT(&in, 0xc0, ATTR_AS4_PATH, 2, 1, 0, 3, 0, 1);
            PUT(&in, 0xc0, ATTR_AS4_AGGREGATOR, 0, 3, 0, 2, 192, 0, 2, 9);
        }
        end(&in);
        begin(&want);
        PUT(&want, 0x50, ATTR_AS_PATH, 2, 1, 0, 0, 0x5b, 0xa0);
        if (!longer)
            PUT(&want, 0xc0, ATTR_AGGREGATOR, 0, 0, 0, 7, 192, 0, 2, 9);
        end(&want);
        cr_assert_eq(recode(&in, 2, 4, &out), 0);
        check(&out, &want);
    }
}

Test(recode, four_octets_become_two)
{
    struct message in, want, out;
    begin(&in);
    PUT(&in, 0x40, ATTR_AS_PATH, 3, 1, 0, 0, 0, 9, 2, 2, 0, 0, 0xfc, 0, 0, 3, 0, 1);
    PUT(&in, 0xc0, ATTR_AGGREGATOR, 0, 3, 0, 1, 192, 0, 2, 9);
    end(&in);
    begin(&want);
    PUT(&want, 0x50, ATTR_AS_PATH, 3, 1, 0, 9, 2, 2, 0xfc, 0, 0x5b, 0xa0);
    PUT(&want, 0xd0, ATTR_AS4_PATH, 2, 2, 0, 0, 0xfc, 0, 0, 3, 0, 1); /* no confederation */
    PUT(&want, 0xc0, ATTR_AGGREGATOR, 0x5b, 0xa0, 192, 0, 2, 9);
    PUT(&want, 0xc0, ATTR_AS4_AGGREGATOR, 0, 3, 0, 1, 192, 0, 2, 9);
    end(&want);
    cr_assert_eq(recode(&in, 4, 2, &out), 0);
    check(&out, &want);
}

Test(recode, there_and_back)
{
    struct message in, narrow, back;
    struct routes r;
    struct routes_set set;
    struct encode_peer p = encode_peer_of(3);
    routes_init(&r, 7, 3000, 500, 0);
    while (routes_next(&r, &set)) {
        struct bgp_update a, b;
        struct bgp_ctx ctx = {.asn4 = true};
        in.w = wr_of(in.buf, sizeof in.buf);
        encode_update(&in.w, &set, &p);
        if (recode(&in, 4, 2, &narrow) != 0 || recode(&narrow, 2, 4, &back) != 0)
            cr_assert_fail("neither there nor back");
        cr_assert_eq(bgp_update_index(in.buf, in.w.len, &ctx, &a), 0);
        cr_assert_eq(bgp_update_index(back.buf, back.w.len, &ctx, &b), 0);
        const struct bgp_attr *x = bgp_update_attr(&a, ATTR_AS_PATH);
        const struct bgp_attr *y = bgp_update_attr(&b, ATTR_AS_PATH);
        cr_assert_eq(x->len, y->len);
        cr_assert_eq(memcmp(in.buf + x->off, back.buf + y->off, x->len), 0);
        cr_assert_eq(a.attr_cnt, b.attr_cnt);
    }
}

Test(recode, what_does_not_parse_is_refused)
{
    struct message in, out;
    struct bgp_ctx ctx = {.asn4 = true};
    struct bgp_update u;
    begin(&in);
    PUT(&in, 0x40, ATTR_AS_PATH, 2, 2, 0, 0, 0);
    end(&in);
    cr_assert_eq(bgp_update_index(in.buf, in.w.len, &ctx, &u), 0);
    out.w = wr_of(out.buf, sizeof out.buf);
    cr_assert_eq(recode_update(&out.w, &u, 4, 2), -1);
    out.w = wr_of(out.buf, 30); /* no room */
    begin(&in);
    PUT(&in, 0x40, ATTR_AS_PATH, 2, 1, 0, 0, 0, 1);
    end(&in);
    cr_assert_eq(bgp_update_index(in.buf, in.w.len, &ctx, &u), 0);
    cr_assert_eq(recode_update(&out.w, &u, 4, 2), -1);
}
