/* SPDX-License-Identifier: BSD-2-Clause */
/* test_source: a source's payload and state changes, there and back; which frames are context.
 */
#include "../bmp/bmp_wire.h"
#include "schemas/track/source.h"

static const struct source_info whole = {
    .kind = SOURCE_BMP,
    .remote = {.len = 4, .a = {192, 0, 2, 9}, .port = 40001},
    .local = {.len = 16, .a = {0x20, 1, 0xd, 0xb8, [15] = 1}, .port = 1790},
    .local_asn = 64496,
    .remote_asn = 4200000000,
    .name = "edge1",
    .pin_asn4 = SOURCE_PIN_ON,
    .pin_add_path = SOURCE_PIN_OFF,
    .flowspec2 = {250, 251},
};

static size_t encode(const struct source_info *s, uint8_t p[SOURCE_PAYLOAD_MAX])
{
    struct wr w = wr_of(p, SOURCE_PAYLOAD_MAX);
    source_encode(s, &w);
    cr_assert(!w.overflow);
    return w.len;
}

Test(source, there_and_back)
{
    uint8_t p[SOURCE_PAYLOAD_MAX], again[SOURCE_PAYLOAD_MAX];
    struct source_info back;
    size_t len = encode(&whole, p);
    cr_assert_eq(source_decode(p, len, &back), 0);
    cr_expect_eq(back.kind, SOURCE_BMP);
    cr_expect_eq(back.remote.port, 40001);
    cr_expect_eq(back.remote_asn, 4200000000);
    cr_expect_str_eq(back.name, "edge1");
    cr_expect_eq(back.pin_asn4, SOURCE_PIN_ON);
    cr_expect_eq(back.pin_add_path, SOURCE_PIN_OFF);
    cr_expect_eq(back.flowspec2.safi, 250);
    cr_expect_eq(back.flowspec2.vpn_safi, 251);
    cr_expect_eq(encode(&back, again), len);
    cr_expect_eq(memcmp(p, again, len), 0);
}

/* A cut between two members is a shorter payload; one inside a member is refused. */
Test(source, every_truncation)
{
    uint8_t p[SOURCE_PAYLOAD_MAX];
    struct source_info back;
    size_t len = encode(&whole, p);
    for (size_t n = 0; n < len; n++) {
        struct cur c = cur_of(p, n);
        uint8_t type;
        uint16_t value_len;
        while (c.left > 0 && cur_u8(&c, &type) && cur_u16(&c, &value_len) &&
               cur_skip(&c, value_len))
            ;
        uint8_t *copy = malloc(n + 1); /* so that sanitizers see the end */
        memcpy(copy, p, n);
        int got = source_decode(copy, n, &back);
        if (c.failed)
            cr_expect_eq(got, -1, "cut at %zu", n);
        free(copy);
    }
}

Test(source, members_of_newer_journals_are_skipped)
{
    uint8_t p[SOURCE_PAYLOAD_MAX + 5];
    struct source_info back;
    size_t len = encode(&whole, p);
    static const uint8_t newer[] = {250, 0, 2, 1, 2};
    memcpy(p + len, newer, sizeof newer);
    cr_assert_eq(source_decode(p, len + sizeof newer, &back), 0);
    cr_expect_str_eq(back.name, "edge1");
}

Test(source, too_little_room)
{
    uint8_t p[8];
    struct wr w = wr_of(p, sizeof p);
    source_encode(&whole, &w);
    cr_expect(w.overflow);
}

Test(source, state_there_and_back)
{
    uint8_t p[64];
    struct source_change back,
        change = {SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE, "hold time", 9};
    struct wr w = wr_of(p, sizeof p);
    source_state_encode(&change, &w);
    cr_assert_eq(source_state_decode(p, w.len, &back), 0);
    cr_expect_eq(back.old_state, SOURCE_STATE_ESTABLISHED);
    cr_expect_eq(back.new_state, SOURCE_STATE_IDLE);
    cr_expect_eq(back.reason_len, 9);
    cr_expect_eq(memcmp(back.reason, "hold time", 9), 0);
    cr_expect_eq(source_state_decode(p, 2, &back), 0);
    cr_expect_eq(back.reason_len, 0);
    cr_expect_eq(source_state_decode(p, 1, &back), -1);
    cr_expect_eq(source_state_decode(p, 0, &back), -1);
}

Test(source, state_names)
{
    cr_expect_str_eq(source_state_name(SOURCE_STATE_OPEN_SENT), "open-sent");
    cr_expect_null(source_state_name(0));
    cr_expect_null(source_state_name(7));
}

Test(source, which_frames_are_context)
{
    struct wire m;
    struct wire_peer peer = {.addr = 9};
    m.w = wr_of(m.p, sizeof m.p);
    wire_open(&m.w, 0);
    cr_expect_eq(source_context_of(JOURNAL_BGP_RECV, m.p, m.w.len), SOURCE_CONTEXT_OPEN_RECV);
    cr_expect_eq(source_context_of(JOURNAL_BGP_SENT, m.p, m.w.len), SOURCE_CONTEXT_OPEN_SENT);
    cr_expect_eq(source_context_of(JOURNAL_BGP_RECV, m.p, 18), SOURCE_CONTEXT_NONE);
    cr_expect_eq(source_context_of(JOURNAL_STATE, m.p, 2), SOURCE_CONTEXT_STATE);
    wire_up(&m, &peer, 0, 0);
    cr_expect_eq(source_context_of(JOURNAL_BMP, m.p, m.w.len), SOURCE_CONTEXT_PEER_UP);
    wire_down(&m, &peer, 4);
    cr_expect_eq(source_context_of(JOURNAL_BMP, m.p, m.w.len), SOURCE_CONTEXT_PEER_DOWN);
    wire_routes(&m, &peer, "18cb0071");
    cr_expect_eq(source_context_of(JOURNAL_BMP, m.p, m.w.len), SOURCE_CONTEXT_NONE);
    wire_begin(&m, 4, BMP_TYPE_INITIATION, NULL);
    wire_end(&m);
    cr_expect_eq(source_context_of(JOURNAL_BMP, m.p, m.w.len), SOURCE_CONTEXT_INITIATION);
    cr_expect_eq(source_context_of(JOURNAL_BMP, m.p, 5), SOURCE_CONTEXT_NONE);
}

Test(source, slots_are_sessions)
{
    uint8_t a[BMP_PEER_KEY_LEN], b[BMP_PEER_KEY_LEN];
    struct wire m;
    wire_up(&m, &(struct wire_peer){.addr = 9}, 0, 0);
    cr_assert_eq(source_context_key(m.p, m.w.len, a), 0);
    wire_down(&m, &(struct wire_peer){.addr = 9}, 4);
    cr_assert_eq(source_context_key(m.p, m.w.len, b), 0);
    cr_expect_eq(memcmp(a, b, sizeof a), 0);
    cr_expect_eq(source_context_key(m.p, 20, b), -1);
}
