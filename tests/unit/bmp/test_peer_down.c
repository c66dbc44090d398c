/* SPDX-License-Identifier: BSD-2-Clause */
/* test_peer_down: every reason, what follows it, wrong lengths, and version 4's TLVs. */
#include "bmp/peer_down.h"
#include "bmp_wire.h"

enum { BODY = BMP_HEADER_LEN + BMP_PEER_HEADER_LEN };

#define MARKER       "ffffffffffffffffffffffffffffffff"
#define NOTIFICATION MARKER "0015030602"

static const char *down(struct heard *h, uint8_t version, const char *hex)
{
    static struct wire m;
    struct bmp_msg msg;
    struct bgp_diag diag;
    struct emit *e = hear(h);
    wire_begin(&m, version, BMP_TYPE_PEER_DOWN, &(struct wire_peer){.addr = 9});
    wire_hex(&m.w, hex);
    wire_end(&m);
    cr_assert_eq(bmp_msg_parse(m.p, m.w.len, &msg, &diag), 0);
    emit_object(e, EMIT_ITEM);
    bmp_peer_down_emit(&msg, e, &h->diags);
    emit_object_end(e);
    return heard_text(h);
}

static void expect(uint8_t version, const char *hex, const char *want)
{
    struct heard h;
    cr_expect_str_eq(down(&h, version, hex), want);
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
}

Test(peer_down, every_reason)
{
    struct heard h;
    const char *text = down(&h, 3, "01" NOTIFICATION);
    cr_expect_not_null(strstr(text, "\"reason\":\"local-notification\",\"reason_code\":1,"
                                    "\"notification\":{"),
                       "%s", text);
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
    expect(3, "020010",
           "{\"reason\":\"local-no-notification\",\"reason_code\":2,\"fsm_event\":16}");
    expect(3, "04", "{\"reason\":\"remote-no-notification\",\"reason_code\":4}");
    expect(3, "05", "{\"reason\":\"peer-de-configured\",\"reason_code\":5}");
    expect(3, "060003000176",
           "{\"reason\":\"local-system-closed\",\"reason_code\":6,"
           "\"info\":[{\"type\":3,\"name\":\"table-name\",\"value\":\"v\"}]}");
    expect(3, "fb0102", "{\"reason_code\":251,\"data\":\"0102\"}");
}

Test(peer_down, version_4_adds_tlvs_to_any_reason)
{
    expect(4, "040003000176",
           "{\"reason\":\"remote-no-notification\",\"reason_code\":4,"
           "\"info\":[{\"type\":3,\"name\":\"table-name\",\"value\":\"v\"}]}");
    expect(4, "0200108001000500007ed901",
           "{\"reason\":\"local-no-notification\",\"reason_code\":2,\"fsm_event\":16,"
           "\"info\":[{\"type\":1,\"enterprise\":32473,\"raw\":\"01\"}]}");
    struct heard h;
    const char *text = down(&h, 4, "03" NOTIFICATION "0003000176");
    cr_expect_not_null(strstr(text, "},\"info\":[{\"type\":3,"), "%s", text);
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
}

Test(peer_down, nothing_where_a_reason_belongs)
{
    struct heard h;
    cr_expect_str_eq(down(&h, 3, ""), "{}");
    EXPECT_DIAG(&h.diags, 0, TRUNCATED, BODY, 1, 0);
    buf_free(&h.out);
}

Test(peer_down, every_truncation_of_what_follows)
{
    struct heard h;
    down(&h, 3, "0200");
    EXPECT_DIAG(&h.diags, 0, TRUNCATED, BODY + 1, 2, 1);
    buf_free(&h.out);
    for (unsigned n = 0; n < 21; n++) {
        char hex[64] = "01" NOTIFICATION;
        hex[2 + 2 * n] = '\0';
        const char *text = down(&h, n % 2 ? 3 : 4, hex);
        cr_expect_null(strstr(text, "\"notification\":{"), "%s", text);
        cr_expect_eq(strstr(text, "\"data\":") != NULL, n > 0, "%s", text);
        cr_expect_eq(h.diags.cnt, 1);
        cr_expect_eq(h.diags.v[0].action, BGP_ACTION_NOTE);
        buf_free(&h.out);
    }
}

Test(peer_down, octets_after_the_last_field)
{
    struct heard h;
    cr_expect_str_eq(down(&h, 3, "02001001"),
                     "{\"reason\":\"local-no-notification\",\"reason_code\":2,"
                     "\"fsm_event\":16,\"data\":\"01\"}");
    EXPECT_DIAG(&h.diags, 0, TRAILING, BODY + 3, 0, 1);
    buf_free(&h.out);
}
