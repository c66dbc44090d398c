/* SPDX-License-Identifier: BSD-2-Clause */
/* test_bmp: framing, headers and Peer Up: good, every truncation, each wrong length. */
#include "bmp_wire.h"

static enum bgp_frame_result frame(const uint8_t *p, size_t len, uint32_t *msg_len,
                                   uint32_t *need, struct bgp_diag *diag)
{
    return bmp_frame_next(p, len, BMP_MSG_MAX_DEFAULT, msg_len, need, diag);
}

Test(bmp_frame, split_anywhere_asks_for_what_is_missing)
{
    struct wire m;
    struct bgp_diag diag;
    uint32_t len = 0, need = 0;
    wire_routes(&m, &(struct wire_peer){.addr = 9}, "18cb0071");
    for (size_t n = 0; n < m.w.len; n++) {
        cr_expect_eq(frame(m.p, n, &len, &need, &diag), BGP_FRAME_MORE);
        cr_expect_eq(need, n < BMP_HEADER_LEN ? BMP_HEADER_LEN : m.w.len);
    }
    cr_expect_eq(frame(m.p, m.w.len, &len, &need, &diag), BGP_FRAME_OK);
    cr_expect_eq(len, m.w.len);
}

Test(bmp_frame, joined_messages_come_one_by_one)
{
    uint8_t stream[2 * WIRE_MAX];
    struct wire a, b;
    struct bgp_diag diag;
    uint32_t len, need;
    wire_routes(&a, &(struct wire_peer){.addr = 9}, "18cb0071");
    wire_down(&b, &(struct wire_peer){.addr = 9}, 4);
    memcpy(stream, a.p, a.w.len);
    memcpy(stream + a.w.len, b.p, b.w.len);
    cr_expect_eq(frame(stream, a.w.len + b.w.len, &len, &need, &diag), BGP_FRAME_OK);
    cr_expect_eq(len, a.w.len);
    cr_expect_eq(frame(stream + len, b.w.len, &len, &need, &diag), BGP_FRAME_OK);
    cr_expect_eq(len, b.w.len);
}

Test(bmp_frame, bad_version_and_length)
{
    static const struct {
        uint8_t head[6];
        size_t len;
        enum bgp_reason reason;
        uint32_t off, need, have;
    } bad[] = {
        {{1}, 1, BGP_REASON_VERSION, 0, BMP_VERSION_MIN, 1},
        {{2, 0, 0, 0, 48, 0}, 6, BGP_REASON_VERSION, 0, BMP_VERSION_MIN, 2},
        {{5, 0, 0, 0, 48, 0}, 6, BGP_REASON_VERSION, 0, BMP_VERSION_MIN, 5},
        {{3, 0, 0, 0, 5, 4}, 6, BGP_REASON_LENGTH, 1, BMP_HEADER_LEN, 5},
        {{4, 0, 16, 0, 1, 4}, 6, BGP_REASON_LENGTH, 1, BMP_MSG_MAX_DEFAULT, 0x100001},
    };
    uint32_t len, need;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bgp_diag diag = {0};
        cr_expect_eq(frame(bad[i].head, bad[i].len, &len, &need, &diag), BGP_FRAME_BAD);
        cr_expect_eq(diag.reason, bad[i].reason);
        cr_expect_eq(diag.off, bad[i].off);
        cr_expect_eq(diag.need, bad[i].need);
        cr_expect_eq(diag.have, bad[i].have);
    }
}

Test(bmp_msg, views_of_flags_and_types)
{
    static const struct {
        uint8_t type, flags;
        enum bmp_view view;
        bool v6;
    } cases[] = {
        {0, 0, BMP_VIEW_ADJ_RIB_IN_PRE, false},
        {0, BMP_FLAG_V, BMP_VIEW_ADJ_RIB_IN_PRE, true},
        {1, BMP_FLAG_L, BMP_VIEW_ADJ_RIB_IN_POST, false},
        {2, BMP_FLAG_O, BMP_VIEW_ADJ_RIB_OUT_PRE, false},
        {0, BMP_FLAG_O | BMP_FLAG_L, BMP_VIEW_ADJ_RIB_OUT_POST, false},
        {3, BMP_FLAG_F, BMP_VIEW_LOC_RIB, false}, /* F has V's place */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_peer peer = {.type = cases[i].type, .flags = cases[i].flags, .addr = 9};
        struct wire m;
        struct bmp_msg msg;
        struct bgp_diag diag;
        wire_routes(&m, &peer, "18cb0071");
        cr_assert_eq(bmp_msg_parse(m.p, m.w.len, &msg, &diag), 0);
        cr_expect_eq(msg.peer.view, cases[i].view);
        cr_expect_eq(msg.peer.v6, cases[i].v6);
        cr_expect_eq(msg.body.off, BMP_HEADER_LEN + BMP_PEER_HEADER_LEN);
    }
}

Test(bmp_msg, every_truncation_of_the_headers)
{
    /* where the fields of both headers begin, and their lengths */
    static const uint8_t fields[][2] = {{0, 1},   {1, 4},  {5, 1},  {6, 1},  {7, 1}, {8, 8},
                                        {16, 16}, {32, 4}, {36, 4}, {40, 4}, {44, 4}};
    struct wire m;
    wire_routes(&m, &(struct wire_peer){.addr = 9}, "18cb0071");
    for (unsigned n = 0; n < BMP_HEADER_LEN + BMP_PEER_HEADER_LEN; n++) {
        struct bmp_msg msg;
        struct bgp_diag diag;
        unsigned f = 0;
        while (fields[f][0] + fields[f][1] <= n)
            f++;
        m.p[3] = 0;
        m.p[4] = (uint8_t)n;
        cr_expect_eq(bmp_msg_parse(m.p, n, &msg, &diag), -1);
        cr_expect_eq(diag.reason, BGP_REASON_TRUNCATED);
        cr_expect_eq(diag.off, fields[f][0], "%u: offset %u", n, diag.off);
        cr_expect_eq(diag.need, fields[f][1]);
        cr_expect_eq(diag.have, n - fields[f][0]);
    }
}

Test(bmp_msg, length_must_be_the_frames)
{
    struct wire m;
    struct bmp_msg msg;
    struct bgp_diag diag;
    wire_down(&m, &(struct wire_peer){.addr = 9}, 4);
    cr_expect_eq(bmp_msg_parse(m.p, m.w.len - 1, &msg, &diag), -1);
    cr_expect_eq(diag.reason, BGP_REASON_LENGTH);
    cr_expect_eq(diag.off, 1);
    cr_expect_eq(diag.need, m.w.len);
    cr_expect_eq(diag.have, m.w.len - 1);
}

Test(bmp_msg, unknown_types_have_no_peer)
{
    struct wire m;
    struct bmp_msg msg;
    struct bgp_diag diag;
    wire_begin(&m, 3, 253, NULL);
    wire_hex(&m.w, "0102");
    wire_end(&m);
    cr_expect_eq(bmp_msg_parse(m.p, m.w.len, &msg, &diag), 0);
    cr_expect(!msg.has_peer);
    cr_expect_eq(msg.body.left, 2);
}

static int parse_up(const struct wire *m, size_t len, struct bmp_peer_up *up,
                    struct bgp_diag *diag)
{
    struct bmp_msg msg;
    struct wire copy = *m;
    copy.p[3] = (uint8_t)(len >> 8);
    copy.p[4] = (uint8_t)len;
    cr_assert_eq(bmp_msg_parse(copy.p, len, &msg, diag), 0);
    return bmp_peer_up_parse(&msg, up, diag);
}

Test(bmp_peer_up, whole_and_every_truncation)
{
    enum { BODY = 48, OPENS = BODY + 20, OPEN_LEN = 43 };
    struct wire m;
    struct bmp_peer_up up;
    struct bgp_diag diag;
    wire_up(&m, &(struct wire_peer){.addr = 9}, 0, 0);
    cr_assert_eq(m.w.len, OPENS + 2 * OPEN_LEN);
    cr_assert_eq(parse_up(&m, m.w.len, &up, &diag), 0);
    cr_expect_eq(up.local_port, 179);
    cr_expect_eq(up.remote_port, 0x9c41);
    cr_expect_eq(up.sent_open.left, OPEN_LEN);
    cr_expect_eq(up.recv_open.left, OPEN_LEN);
    cr_expect_eq(up.tlvs.left, 0);
    for (unsigned len = BODY; len < m.w.len; len++) {
        cr_expect_eq(parse_up(&m, len, &up, &diag), -1);
        bool fixed = len < OPENS, none = len == OPENS || len == OPENS + OPEN_LEN;
        cr_expect_eq(diag.action, BGP_ACTION_NOTE);
        cr_expect_eq(diag.reason, fixed  ? BGP_REASON_TRUNCATED
                                  : none ? BGP_REASON_MISSING
                                         : BGP_REASON_SYNTAX);
        if (!fixed)
            cr_expect_eq(diag.off, len < OPENS + OPEN_LEN ? OPENS : OPENS + OPEN_LEN);
    }
}

Test(bmp_key, tells_sessions_apart_and_views_not)
{
    static const struct wire_peer peers[] = {
        {.addr = 9},
        {.addr = 10},
        {.addr = 9, .type = 1, .rd = 1},
        {.addr = 9, .type = 1, .rd = 2},
        {.addr = 9, .flags = BMP_FLAG_V},
        {.type = 3},
        {.type = 3, .rd = 1},
    };
    enum { CNT = sizeof peers / sizeof peers[0] };
    uint8_t keys[CNT][BMP_PEER_KEY_LEN], post[BMP_PEER_KEY_LEN];
    struct wire m;
    struct bmp_msg msg;
    struct bgp_diag diag;
    for (unsigned i = 0; i < CNT; i++) {
        wire_down(&m, &peers[i], 4);
        cr_assert_eq(bmp_msg_parse(m.p, m.w.len, &msg, &diag), 0);
        bmp_peer_key(&msg.peer, keys[i]);
        for (unsigned k = 0; k < i; k++)
            cr_expect_neq(memcmp(keys[i], keys[k], BMP_PEER_KEY_LEN), 0, "%u and %u", i, k);
    }
    wire_down(&m, &(struct wire_peer){.addr = 9, .flags = BMP_FLAG_L | BMP_FLAG_O}, 4);
    cr_assert_eq(bmp_msg_parse(m.p, m.w.len, &msg, &diag), 0);
    bmp_peer_key(&msg.peer, post);
    cr_expect_eq(memcmp(post, keys[0], BMP_PEER_KEY_LEN), 0);
}
