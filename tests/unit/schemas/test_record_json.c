/* SPDX-License-Identifier: BSD-2-Clause */
/* record_json: what it writes of an UPDATE is what the builders write through an encoder, on
 * made-up UPDATEs, on each of them with any octet changed, and under every context; and so is
 * what it writes from memory. And what record_sound calls sound has no diagnostics. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "bgp/msg.h"
#include "bgp/nlri_map.h"
#include "schemas/record_json.h"
#include "schemas/record_sound.h"
#include "tools/encode.h"

/* An encoder that writes the same text, but of which record_json can't know. */
struct stranger {
    struct json json;
    struct emit_ops ops;
};

static void encode(struct emit *e, const struct bgp_ctx *ctx, const uint8_t *msg, size_t len,
                   struct record_memo *memo)
{
    const struct record_meta meta = {.has_seq = len % 2 == 0,
                                     .seq = UINT64_C(12345678901) * len,
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

static void make_contexts(struct bgp_ctx ctx[6])
{
    memset(ctx, 0, 6 * sizeof ctx[0]);
    for (int i = 0; i < 6; i++)
        ctx[i].asn4 = i != 1;
    ctx[2].ebgp = true;
    ctx[3].pinned = true;
    bgp_family_add(&ctx[4].add_path, NLRI_IPV4_UNICAST);
    bgp_family_add(&ctx[5].add_path, NLRI_IPV6_UNICAST);
}

Test(record_json, made_up_tables)
{
    struct routes routes;
    struct routes_set set;
    struct bgp_ctx ctx[6];
    struct encode_peer peer = encode_peer_of(3);
    unsigned taken = 0, sound_cnt = 0, all = 0;
    make_contexts(ctx);
    routes_init(&routes, 5, 4000, 1500, 0);
    for (; routes_next(&routes, &set); all++) {
        uint8_t buf[ENCODE_MESSAGE_MAX];
        struct wr w = wr_of(buf, sizeof buf);
        encode_update(&w, &set, &peer);
        taken += compare(&ctx[0], buf, w.len);
        sound_cnt += sound(&ctx[0], buf, w.len);
        for (int i = 1; i < 6; i++)
            (void)compare(&ctx[i], buf, w.len);
    }
    cr_expect_eq(taken, all);
    cr_expect_eq(sound_cnt, all);
}

/* UPDATEs' bodies: withdrawn, attributes, NLRI. */
static const char *const bodies[] = {
    /* a withdrawal */
    "0007 18c63364 0a0080 0000",
    /* everything that has a function here, and what has none */
    "0000 0081 400101 01 400210 0202 0000fde8 00010000 0201 ffffffff 400304 c0000201"
    " 800404 00000064 400504 00000000 400600 c00708 0000fde8 c0000205"
    " c0080c fde80001 ffffff01 ffff029a 800904 c0000206 800a08 c0000207 c0000208"
    " c01008 0002fde800000064"
    " c02018 0000fde80000000100000002 0000fde80000000300000004 18cb0071 20c0000201",
    /* sets and confederations, the default route */
    "0000 002a 400101 00"
    " 40021c 0201 0000fde8 0102 00000001 00000002 0301 0000fde9 0401 0000fdea"
    " 400304 c0000201 00",
    /* IPv6 with a link-local next hop, withdrawals of both families */
    "0004 18c63364 0054 400101 02 400206 0201 00000001"
    " 800e32 0002 01 20 20010db8000000000000000000000001"
    " fe800000000000000000000000000001 00 2020010db8 3020010db80001 00"
    " 800f0f 0002 01 1d20010db8 2f20010db8ff02",
    /* two-octet AS numbers with AS4_PATH and AS4_AGGREGATOR */
    "0000 0035 400101 00 400206 0202 5ba0 fde8 400304 c0000201 c00706 5ba0 c0000205"
    " c0110a 0202 00010000 0000fde8 c01208 00010000 c0000205 080a",
    /* an IPv6 next hop for IPv4 (RFC 8950), an unknown attribute, an IPv6 default route */
    "0000 003b 400101 00 400206 0201 00000001"
    " 800e1d 0001 01 10 20010db8000000000000000000000001 00 18c63364 18cb0071"
    " c0d504 deadbeef 800f04 0002 01 00",
    /* another family */
    "0000 0017 400101 00 400200 800e0d 0001 02 04 c0000201 00 18c63364",
    /* End-of-RIB */
    "0000 0000",
    /* no NLRI */
    "0000 000a 800f03 0001 02 400101 00",
};

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Makes the message of a body, every length in it as it is. */
static size_t make(uint8_t *msg, const char *body)
{
    size_t len = BGP_HEADER_LEN;
    memset(msg, 0xff, 16);
    msg[18] = BGP_TYPE_UPDATE;
    for (; *body != '\0'; body++) {
        if (*body == ' ')
            continue;
        msg[len++] = (uint8_t)(nibble(body[0]) << 4 | nibble(body[1]));
        body++;
    }
    msg[16] = (uint8_t)(len >> 8);
    msg[17] = (uint8_t)len;
    return len;
}

Test(record_json, any_octet_changed)
{
    static const uint8_t values[] = {0,  1,  2,  3,  4,   8,   14,  15,
                                     17, 24, 33, 64, 127, 128, 254, 255};
    struct bgp_ctx ctx[6];
    unsigned taken = 0, sound_cnt = 0;
    make_contexts(ctx);
    for (size_t b = 0; b < sizeof bodies / sizeof bodies[0]; b++) {
        uint8_t msg[512];
        size_t len = make(msg, bodies[b]);
        for (size_t at = BGP_HEADER_LEN; at < len; at++) {
            uint8_t was = msg[at];
            for (size_t v = 0; v <= sizeof values; v++) {
                msg[at] = v < sizeof values ? values[v] : was ^ 1;
                for (int i = 0; i < 6; i++) {
                    taken += compare(&ctx[i], msg, len);
                    sound_cnt += sound(&ctx[i], msg, len);
                }
            }
            msg[at] = was;
        }
    }
    cr_expect_gt(taken, 5000);
    cr_expect_gt(sound_cnt, 5000);
}

Test(record_json, any_length)
{
    struct bgp_ctx ctx[6];
    make_contexts(ctx);
    for (size_t b = 0; b < sizeof bodies / sizeof bodies[0]; b++) {
        uint8_t msg[512];
        size_t len = make(msg, bodies[b]);
        for (size_t cut = BGP_HEADER_LEN; cut <= len; cut++) {
            uint8_t *copy = malloc(cut); /* so that a read beyond is found */
            cr_assert_not_null(copy);
            memcpy(copy, msg, cut);
            copy[16] = (uint8_t)(cut >> 8);
            copy[17] = (uint8_t)cut;
            for (int i = 0; i < 6; i++) {
                (void)compare(&ctx[i], copy, cut);
                (void)sound(&ctx[i], copy, cut);
            }
            free(copy);
        }
    }
}
