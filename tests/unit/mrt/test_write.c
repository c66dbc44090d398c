/* SPDX-License-Identifier: BSD-2-Clause */
/* BGP4MP_ET records, octet by octet (RFC 6396 section 4.4, RFC 8050 section 3). */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "mrt/mrt.h"

static const uint8_t keepalive[19] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                      255, 255, 255, 255, 255, 255, 0,   19,  4};

/* 2025-11-22 20:18:57.123456789 UTC */
static const struct mrt_bgp4mp_head v4 = {
    .time_ns = UINT64_C(1763842737123456789),
    .peer_asn = 4200000001,
    .local_asn = 64500,
    .addr_len = 4,
    .peer = {192, 0, 2, 9},
    .local = {192, 0, 2, 1},
};

static void expect(const struct wr *w, const char *hex)
{
    static char got[2048];
    got[fmt_hex(got, w->buf, w->len)] = '\0';
    cr_assert(!w->overflow);
    cr_assert_str_eq(got, hex);
}

static struct wr message(uint8_t *buf, struct mrt_message_kind kind)
{
    struct wr w = wr_of(buf, 512);
    mrt_write_message(&w, &v4, kind, keepalive, sizeof(keepalive));
    return w;
}

#define MARKER "ffffffffffffffffffffffffffffffff"

Test(mrt_write, message_as4)
{
    uint8_t buf[512];
    struct wr w = message(buf, (struct mrt_message_kind){.asn4 = true});
    expect(&w, "69221ab1"
               "0011"
               "0004"
               "0000002b"
               "0001e240"
               "fa56ea01"
               "0000fbf4"
               "0000"
               "0001"
               "c0000209"
               "c0000201" MARKER "001304");
}

/* An AS number that two octets can't hold becomes AS_TRANS (RFC 6793 section 4.2.2). */
Test(mrt_write, message_as2)
{
    uint8_t buf[512];
    struct wr w = message(buf, (struct mrt_message_kind){0});
    expect(&w, "69221ab1"
               "0011"
               "0001"
               "00000027"
               "0001e240"
               "5ba0"
               "fbf4"
               "0000"
               "0001"
               "c0000209"
               "c0000201" MARKER "001304");
}

/* Plain BGP4MP: no microseconds, and a length without them. */
Test(mrt_write, seconds)
{
    uint8_t buf[512];
    struct mrt_bgp4mp_head h = v4;
    struct wr w = wr_of(buf, sizeof(buf));
    h.seconds = true;
    mrt_write_message(&w, &h, (struct mrt_message_kind){.asn4 = true}, keepalive,
                      sizeof(keepalive));
    expect(&w, "69221ab1"
               "0010"
               "0004"
               "00000027"
               "fa56ea01"
               "0000fbf4"
               "0000"
               "0001"
               "c0000209"
               "c0000201" MARKER "001304");
}

Test(mrt_write, subtypes)
{
    static const uint16_t want[8] = {1, 4, 8, 9, 6, 7, 10, 11};
    for (unsigned i = 0; i < 8; i++) {
        uint8_t buf[512];
        struct mrt_message_kind k = {.asn4 = i & 1, .add_path = i & 2, .sent = i & 4};
        struct wr w = message(buf, k);
        cr_assert_eq(buf[6] << 8 | buf[7], want[i], "asn4 %d add_path %d sent %d", k.asn4,
                     k.add_path, k.sent);
        cr_assert(!w.overflow);
    }
}

Test(mrt_write, state_v6)
{
    struct mrt_bgp4mp_head h = v4;
    uint8_t buf[512];
    struct wr w = wr_of(buf, sizeof(buf));
    h.addr_len = 16;
    memset(h.peer, 0x20, 16);
    memset(h.local, 0x30, 16);
    mrt_write_state(&w, &h, MRT_OPEN_CONFIRM, MRT_ESTABLISHED);
    expect(&w, "69221ab1"
               "0011"
               "0005"
               "00000034"
               "0001e240"
               "fa56ea01"
               "0000fbf4"
               "0000"
               "0002"
               "20202020202020202020202020202020"
               "30303030303030303030303030303030"
               "0005"
               "0006");
}

Test(mrt_write, head_max_is_enough)
{
    static uint8_t buf[MRT_BGP4MP_HEAD_MAX + 65535], msg[65535];
    struct mrt_bgp4mp_head h = v4;
    h.addr_len = 16;
    struct wr w = wr_of(buf, sizeof(buf));
    mrt_write_message(&w, &h, (struct mrt_message_kind){.asn4 = true}, msg, sizeof(msg));
    cr_assert(!w.overflow);
}

Test(mrt_write, every_short_buffer_overflows)
{
    uint8_t buf[512];
    size_t whole = message(buf, (struct mrt_message_kind){.asn4 = true}).len;
    for (size_t cap = 0; cap < whole; cap++) {
        struct wr w = wr_of(buf, cap);
        mrt_write_message(&w, &v4, (struct mrt_message_kind){.asn4 = true}, keepalive,
                          sizeof(keepalive));
        cr_assert(w.overflow, "cap %zu", cap);
    }
}
