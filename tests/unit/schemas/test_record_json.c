/* SPDX-License-Identifier: BSD-2-Clause */
/* record_json: what it writes of an UPDATE, and of each of its routes, is what the builders
 * write through an encoder, on made-up UPDATEs, on each of them with any octet changed, and
 * under every context; and so is what it writes from memory. And what record_sound calls sound
 * has no diagnostics. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"
#include "bgp/msg.h"
#include "schemas/record/record_json.h"
#include "schemas/record/record_route.h"
#include "schemas/record/record_sound.h"
#include "tests/unit/schemas/plain_updates.h"

/* An encoder that writes the same text, but of which record_json can't know. */
struct stranger {
    struct json json;
    struct emit_ops ops;
};

static void encode(struct emit *e, const struct bgp_ctx *ctx, const uint8_t *msg, size_t len,
                   struct record_memo *memo)
{
    const struct record_count count = {len % 3 == 0, (unsigned)len, UINT64_MAX / len,
                                       len * len};
    const struct record_meta meta = {.has_seq = len % 2 == 0,
                                     .seq = UINT64_C(12345678901) * len,
                                     .count = len % 7 == 0 ? NULL : &count,
                                     .time_ns = UINT64_C(1700000000123456789) / (len % 3 + 1),
                                     .router_time_ns = len % 5 * UINT64_C(1000000999),
                                     .collector = "c"};
    const struct record_options options = {.memo = memo};
    (void)record_bgp(e, &meta, ctx, msg, len, &options, NULL);
}

/* Counts the messages that are told to be sound, none of which may be otherwise. */
static unsigned sound(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len)
{
    const struct record_meta meta = {.time_ns = 1};
    const struct record_options options = {.keepalives = true};
    struct bgp_update u;
    struct bgp_diag bad;
    struct bgp_diags d;
    if (bgp_msg_check(msg, len, &bad) != 0)
        return 0;
    (void)bgp_update_index(msg, len, ctx, &u);
    unsigned before = u.diags.cnt;
    bool told = record_sound_update(&u, ctx);
    cr_expect_eq(u.diags.cnt, before);
    (void)record_bgp(&emit_null, &meta, ctx, msg, len, &options, &d);
    cr_expect(!told || d.cnt == 0, "%s of %u", bgp_reason_name(d.v[0].reason), d.v[0].attr);
    return told;
}

/* Counts the messages that went the short way: a test of nothing else would show nothing. */
static unsigned compare(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len)
{
    static struct record_memo *memo; /* one for all, so that it has to tell them apart */
    struct buf fast = {0}, slow = {0}, plain = {0}, again = {0};
    struct json json, own, kept;
    struct stranger s;
    json_init(&json, &fast);
    json_init(&own, &plain);
    json_init(&s.json, &slow);
    s.ops = *s.json.emit.ops;
    s.json.emit.ops = &s.ops;
    cr_assert_null(json_buf(&s.json.emit));
    memo = memo != NULL ? memo : record_memo_new();
    cr_assert_not_null(memo);
    json_init(&kept, &again);
    encode(&json.emit, ctx, msg, len, memo);
    encode(&s.json.emit, ctx, msg, len, NULL);
    encode(&kept.emit, ctx, msg, len, memo);
    bool same = fast.len == slow.len && memcmp(fast.p, slow.p, fast.len) == 0;
    cr_expect(same, "%.*s\n%.*s", (int)fast.len, fast.p, (int)slow.len, slow.p);
    same = fast.len == again.len && memcmp(fast.p, again.p, fast.len) == 0;
    cr_expect(same, "%.*s\n%.*s", (int)fast.len, fast.p, (int)again.len, again.p);
    struct bgp_update u;
    unsigned taken = len >= BGP_HEADER_LEN && bgp_update_index(msg, len, ctx, &u) == 0 &&
                     record_json_update(&own.emit, &u, ctx, NULL);
    buf_free(&fast);
    buf_free(&slow);
    buf_free(&plain);
    buf_free(&again);
    return taken;
}

/* Where the records of routes go. */
struct lane {
    struct json *json;
    struct buf out;
};

static void end_line(void *arg)
{
    buf_add_char(&((struct lane *)arg)->out, '\n');
}

/* A message taken apart, one record per route. */
static void put_routes(struct lane *lane, const struct bgp_ctx *ctx, const uint8_t *msg,
                       size_t len, struct record_memo *memo)
{
    static const struct record_count count = {true, 3, 1763842537123456, 77};
    const struct record_options options = {.memo = memo, .count = &count};
    const struct journal_view f = {.kind = JOURNAL_BGP_RECV, .seq = len, .time = len * 1000};
    const struct track_item item = {
        .frame = &f, .ctx = ctx, .bgp = msg, .bgp_len = (uint32_t)len};
    const struct record_lines l = {
        .e = &lane->json->emit, .end = end_line, .arg = lane, .collector = "c", .o = &options};
    record_routes_item(&l, &item);
}

static void compare_routes(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len)
{
    static struct record_memo *memo;
    struct json json;
    struct stranger s;
    struct lane fast = {.json = &json}, slow = {.json = &s.json};
    json_init(&json, &fast.out);
    json_init(&s.json, &slow.out);
    s.ops = *s.json.emit.ops;
    s.ops.since = NULL;
    s.ops.splice = NULL;
    s.json.emit.ops = &s.ops;
    memo = memo != NULL ? memo : record_memo_new();
    put_routes(&slow, ctx, msg, len, NULL);
    for (int i = 0; i < 2; i++) {
        buf_clear(&fast.out);
        put_routes(&fast, ctx, msg, len, memo);
        bool same = fast.out.len == slow.out.len &&
                    memcmp(fast.out.p, slow.out.p, fast.out.len) == 0;
        cr_expect(same, "%.*s\n%.*s", (int)fast.out.len, fast.out.p, (int)slow.out.len,
                  slow.out.p);
    }
    buf_free(&fast.out);
    buf_free(&slow.out);
}

static unsigned taken_cnt, sound_cnt; /* under the first context */

static void look(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len, int which)
{
    unsigned is_taken = compare(ctx, msg, len), is_sound = sound(ctx, msg, len);
    compare_routes(ctx, msg, len);
    taken_cnt += which == 0 ? is_taken : 0;
    sound_cnt += which == 0 ? is_sound : 0;
}

Test(record_json, made_up_tables)
{
    unsigned all = each_made_up(look);
    cr_expect_eq(taken_cnt, all);
    cr_expect_eq(sound_cnt, all);
}

Test(record_json, any_octet_changed)
{
    each_changed(look);
    cr_expect_gt(taken_cnt, 1000);
    cr_expect_gt(sound_cnt, 1000);
}

Test(record_json, any_length)
{
    each_length(look);
    cr_expect_gt(taken_cnt, 0);
}
