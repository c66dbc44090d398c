/* SPDX-License-Identifier: BSD-2-Clause */
/* test_update: the index pass, End-of-RIB, and RFC 7606 classification of whole UPDATEs. */
#include <criterion/criterion.h>

#include <stdio.h>

#include "base/json.h"
#include "bgp/attr_map.h"
#include "bgp/nlri_map.h"
#include "bgp/update.h"

static const struct bgp_ctx as4 = {.asn4 = true, .ebgp = true};

/* Makes an UPDATE of three sections given as hex; returns its length. */
static size_t from_hex(uint8_t *dst, const char *hex)
{
    size_t n = 0;
    for (; hex[0] && hex[1]; hex += 2) {
        unsigned v;
        cr_assert_eq(sscanf(hex, "%2x", &v), 1);
        dst[n++] = (uint8_t)v;
    }
    return n;
}

static size_t make(uint8_t *msg, const char *withdrawn, const char *attrs, const char *nlri)
{
    memset(msg, 0xff, 16);
    struct wr w = wr_of(msg + 16, 4080);
    wr_u16(&w, 0);
    wr_u8(&w, BGP_TYPE_UPDATE);
    uint8_t tmp[4096];
    size_t n = from_hex(tmp, withdrawn);
    wr_u16(&w, (uint16_t)n);
    wr_bytes(&w, tmp, n);
    n = from_hex(tmp, attrs);
    wr_u16(&w, (uint16_t)n);
    wr_bytes(&w, tmp, n);
    n = from_hex(tmp, nlri);
    wr_bytes(&w, tmp, n);
    msg[16] = (uint8_t)((w.len + 16) >> 8);
    msg[17] = (uint8_t)(w.len + 16);
    return w.len + 16;
}

#define GOOD_ATTRS                                                                             \
    "40010100"                                                                                 \
    "4002060201"                                                                               \
    "0000fde9"                                                                                 \
    "400304c0000201"

Test(update, indexes_sections_and_attributes)
{
    uint8_t msg[4096];
    struct bgp_update u;
    size_t len = make(msg, "18c63364", GOOD_ATTRS, "18cb0071");
    cr_assert_eq(bgp_update_index(msg, len, &as4, &u), 0);
    cr_assert_eq(u.attr_cnt, 3);
    cr_assert_eq(u.attr[1].code, ATTR_AS_PATH);
    cr_assert_eq(u.attr[1].len, 6);
    cr_assert(u.withdrawn.present && u.announced.present);
    cr_assert_eq(u.announced.nlri.len, 4);
    bgp_update_check(&u, &as4, true);
    cr_assert_eq(u.diags.cnt, 0);
}

Test(update, end_of_rib)
{
    uint8_t msg[64];
    struct bgp_update u;
    uint16_t afi;
    uint8_t safi;
    size_t len = make(msg, "", "", "");
    cr_assert_eq(bgp_update_index(msg, len, &as4, &u), 0);
    cr_assert(bgp_update_is_eor(&u, &afi, &safi));
    cr_assert_eq(afi, 1);
    len = make(msg, "", "800f030063c8", ""); /* an unknown family ends too */
    cr_assert_eq(bgp_update_index(msg, len, &as4, &u), 0);
    cr_assert(bgp_update_is_eor(&u, &afi, &safi));
    cr_assert_eq(afi, 99);
    cr_assert_eq(safi, 200);
}

Test(update, every_truncation_is_diagnosed)
{
    uint8_t msg[4096];
    struct bgp_update u;
    size_t len = make(msg, "18c63364", GOOD_ATTRS, "");
    for (size_t cut = BGP_HEADER_LEN; cut < len; cut++) {
        cr_assert_eq(bgp_update_index(msg, cut, &as4, &u), -1, "cut at %zu", cut);
        cr_assert_eq(u.diags.worst, BGP_ACTION_SESSION_RESET);
    }
}

Test(update, attribute_overrun_is_treat_as_withdraw)
{
    uint8_t msg[4096];
    struct bgp_update u;
    size_t len = make(msg, "",
                      "400101004002070201"
                      "0000fde9",
                      "18cb0071");
    cr_assert_eq(bgp_update_index(msg, len, &as4, &u), -1);
    cr_assert_eq(u.diags.worst, BGP_ACTION_TREAT_AS_WITHDRAW);
    cr_assert_eq(u.diags.v[0].reason, BGP_REASON_TRUNCATED);
    cr_assert(u.announced.present, "NLRI are located all the same");
}

Test(update, duplicates_and_missing)
{
    uint8_t msg[4096];
    struct bgp_update u;
    size_t len = make(msg, "", "4001010040010100", "18cb0071");
    cr_assert_eq(bgp_update_index(msg, len, &as4, &u), 0);
    cr_assert_eq(u.diags.v[0].reason, BGP_REASON_DUPLICATE);
    cr_assert_eq(u.diags.v[0].action, BGP_ACTION_ATTRIBUTE_DISCARD);
    bgp_update_check(&u, &as4, false);
    cr_assert_eq(u.diags.cnt, 3); /* and AS_PATH, NEXT_HOP are missing */
    cr_assert_eq(u.diags.v[1].attr, ATTR_AS_PATH);
    cr_assert_eq(u.diags.v[2].attr, ATTR_NEXT_HOP);
}

Test(nlri, add_path_doubt)
{
    /* 10.101.0.0/24 with path id 1, on a session said to have no ADD-PATH */
    static const uint8_t with_id[] = {0, 0, 0, 1, 24, 10, 101, 0, 0, 0, 0, 1, 24, 10, 102, 0};
    struct nlri_iter it;
    nlri_iter_init(&it, NLRI_IPV4_UNICAST, &as4, cur_of(with_id, sizeof with_id), false);
    cr_assert(nlri_settle_add_path(&it));
    cr_assert(it.add_path);
    struct nlri n;
    cr_assert_eq(nlri_iter_next(&it, &n), 1);
    cr_assert_eq(n.path_id, 1);
    cr_assert_eq(nlri_count(it), 1);
    /* and the other way about */
    static const uint8_t plain[] = {24, 10, 101, 0, 24, 10, 102, 0, 16, 10, 103};
    struct bgp_ctx ctx = as4;
    bgp_family_add(&ctx.add_path, NLRI_IPV4_UNICAST);
    nlri_iter_init(&it, NLRI_IPV4_UNICAST, &ctx, cur_of(plain, sizeof plain), false);
    cr_assert(nlri_settle_add_path(&it));
    cr_assert_eq(nlri_count(it), 3);
    ctx.pinned = true;
    nlri_iter_init(&it, NLRI_IPV4_UNICAST, &ctx, cur_of(plain, sizeof plain), false);
    cr_assert_not(nlri_settle_add_path(&it));
    cr_assert_eq(nlri_count(it), -1);
}

Test(nlri, unknown_family_is_raw)
{
    cr_assert_eq(nlri_family_index(99, 200), BGP_FAMILY_NONE);
    static const uint8_t bytes[] = {1, 2, 3};
    struct nlri_iter it;
    struct nlri n;
    nlri_iter_init(&it, BGP_FAMILY_NONE, &as4, cur_of(bytes, 3), false);
    cr_assert_eq(nlri_iter_next(&it, &n), 1);
    struct buf out = {0};
    struct json j;
    struct nlri_fault fault;
    json_init(&j, &out);
    cr_assert(nlri_emit(&n, &j.emit, EMIT_ITEM, &fault));
    buf_add_char(&out, '\0');
    cr_assert_str_eq(out.p, "{\"raw\":\"010203\"}");
    buf_free(&out);
}

/* Decodes one attribute to JSON text; borrowed until the next call. */
static const char *attr_json(uint8_t code, uint8_t flags, const char *hex,
                             const struct bgp_ctx *ctx, struct bgp_diags *diags)
{
    static struct buf out;
    static uint8_t value[256];
    struct json j;
    buf_clear(&out);
    json_init(&j, &out);
    bgp_diags_init(diags);
    size_t len = from_hex(value, hex);
    struct attr_in in = {
        .code = code, .flags = flags, .value = cur_of(value, len), .ctx = ctx, .diags = diags};
    emit_object(&j.emit, EMIT_ITEM);
    attr_decode(attr_row_of(code), &in, &j.emit);
    emit_object_end(&j.emit);
    buf_add_char(&out, '\0');
    return out.p;
}

Test(attr, values)
{
    static const struct bgp_ctx as2 = {.ebgp = true};
    static const struct {
        uint8_t code, flags;
        const struct bgp_ctx *ctx;
        const char *hex, *json;
        unsigned diags;
    } rows[] = {
        {1, 0x40, &as4, "02", "{\"origin\":\"incomplete\"}", 0},
        {1, 0x40, &as4, "03", "{}", 1},
        {2, 0x40, &as4, "", "{\"as_path\":[]}", 0},
        {2, 0x40, &as4, "02020000fde90000fdea01020000fdeb0000fdec",
         "{\"as_path\":[65001,65002,[65003,65004]]}", 0},
        {2, 0x40, &as4, "03010000fde904010000fdea",
         "{\"as_path\":[{\"confed_sequence\":[65001]},{\"confed_set\":[65002]}]}", 0},
        {2, 0x40, &as2, "0202fde9fdea", "{\"as_path\":[65001,65002]}", 0},
        {2, 0x40, &as4, "0202fde9fdea", "{\"as_path\":[65001,65002]}", 1},
        {2, 0x40, &as4, "020100000000", "{\"as_path\":[0]}", 1},
        {2, 0x40, &as4, "0200", "{}", 1},
        {4, 0x80, &as4, "00000000", "{\"med\":0}", 0},
        {6, 0x40, &as4, "", "{\"atomic_aggregate\":true}", 0},
        {7, 0xc0, &as4, "0000fde9c0000207",
         "{\"aggregator\":{\"asn\":65001,\"addr\":\"192.0.2.7\"}}", 0},
        {7, 0xc0, &as2, "fde9c0000207",
         "{\"aggregator\":{\"asn\":65001,\"addr\":\"192.0.2.7\"}}", 0},
        {8, 0xc0, &as4, "fde90001ffffff01ffff029a",
         "{\"communities\":[\"65001:1\",\"no-export\",\"blackhole\"]}", 0},
        {9, 0x80, &as4, "01020304", "{\"originator_id\":\"1.2.3.4\"}", 0},
        {10, 0x80, &as4, "0102030405060708", "{\"cluster_list\":[\"1.2.3.4\",\"5.6.7.8\"]}", 0},
        {10, 0x80, &as4, "010203", "{}", 1},
        {16, 0xc0, &as4, "0002fde900000001030b000000000064",
         "{\"ext_communities\":[\"rt:65001:1\",\"color:100\"]}", 0},
        {32, 0xc0, &as4, "0000fde90000000100000002", "{\"large_communities\":[\"65001:1:2\"]}",
         0},
        {35, 0xc0, &as4, "0000fde9", "{\"otc\":65001}", 0},
        {1, 0x00, &as4, "00", "{\"origin\":\"igp\"}", 1}, /* flags wrong, value right */
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bgp_diags diags;
        const char *got =
            attr_json(rows[i].code, rows[i].flags, rows[i].hex, rows[i].ctx, &diags);
        cr_expect_str_eq(got, rows[i].json, "row %u: %s", i, got);
        cr_expect_eq(diags.cnt, rows[i].diags, "row %u: %u diags", i, diags.cnt);
    }
}
