/* SPDX-License-Identifier: BSD-2-Clause */
/* test_route_tlv: version 4's Route Monitoring: the message found, every truncation, both
 * numberings, markings and the bound on their work. The records are in tests/golden. */
#include "bmp/route_tlv.h"
#include "bmp_wire.h"

enum { BODY = BMP_HEADER_LEN + BMP_PEER_HEADER_LEN, HEAD = 6 };

#define EMPTY_UPDATE "ffffffffffffffffffffffffffffffff00170200000000"

static int parse(struct wire *m, const char *hex, struct bmp_routes *r, struct bgp_diag *diag)
{
    struct bmp_msg msg;
    wire_begin(m, 4, BMP_TYPE_ROUTE_MONITORING, &(struct wire_peer){.addr = 9});
    wire_hex(&m->w, hex);
    wire_end(m);
    cr_assert_eq(bmp_msg_parse(m->p, m->w.len, &msg, diag), 0);
    return bmp_routes_parse(&msg, r, diag);
}

Test(route_tlv, the_message_by_either_revision)
{
    static const char *const bodies[] = {"000400170000" EMPTY_UPDATE,
                                         "000700170000" EMPTY_UPDATE};
    for (size_t i = 0; i < 2; i++) {
        struct wire m;
        struct bmp_routes r;
        struct bgp_diag diag;
        cr_assert_eq(parse(&m, bodies[i], &r, &diag), 0);
        cr_expect_eq(r.message.off, BODY + HEAD);
        cr_expect_eq(r.message.left, 23);
    }
}

/* Any other type with a marker in it, an enterprise's above all, is no message. */
Test(route_tlv, no_message)
{
    static const char *const bodies[] = {"", "000300170000" EMPTY_UPDATE,
                                         "800400170000" EMPTY_UPDATE, "00040002000000ff"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct wire m;
        struct bmp_routes r;
        struct bgp_diag diag;
        cr_expect_eq(parse(&m, bodies[i], &r, &diag), -1);
        cr_expect_eq(diag.reason, BGP_REASON_MISSING);
        cr_expect_eq(diag.action, BGP_ACTION_NOTE);
        cr_expect_eq(diag.off, m.w.len);
        cr_expect_eq(r.message.left, 0);
    }
}

Test(route_tlv, every_truncation)
{
    static const char whole[] = "000400170000" EMPTY_UPDATE;
    static const unsigned fields[] = {0, 2, 4, 6, 29};
    static const unsigned needs[] = {2, 2, 2, 23};
    for (unsigned n = 1; n < 29; n++) {
        char cut[sizeof whole];
        struct wire m;
        struct bmp_routes r;
        struct bgp_diag diag;
        unsigned f = 0;
        while (fields[f + 1] <= n)
            f++;
        memcpy(cut, whole, 2 * n);
        cut[2 * n] = '\0';
        cr_expect_eq(parse(&m, cut, &r, &diag), -1);
        cr_expect_eq(diag.reason, BGP_REASON_TRUNCATED);
        cr_expect_eq(diag.off, BODY + fields[f], "%u: offset %u", n, diag.off);
        cr_expect_eq(diag.need, needs[f]);
        cr_expect_eq(diag.have, n - fields[f]);
    }
}

static unsigned marks(struct bmp_marks *m, unsigned index)
{
    struct heard h;
    struct emit *e = hear(&h);
    unsigned cnt = 0;
    emit_object(e, EMIT_ITEM);
    bmp_marks_emit(m, index, e);
    emit_object_end(e);
    for (const char *p = heard_text(&h); (p = strstr(p, "status_code")) != NULL; p++)
        cnt++;
    buf_free(&h.out);
    return cnt;
}

Test(route_tlv, markings_of_one_a_group_and_all)
{
    struct wire m;
    struct bmp_routes r;
    struct bgp_diag diag;
    cr_assert_eq(parse(&m,
                       "000400170000" EMPTY_UPDATE "00050004000100000002" /* of the first */
                       "00020004800100020003"                             /* group 1: 2 and 3 */
                       "00050004800100000008"                             /* of group 1 */
                       "00050006000000000400000c"                         /* of all */
                       "000500030000000004", /* too short: of none */
                       &r, &diag),
                 0);
    struct bmp_marks marked = {.routes = &r, .budget = BMP_MARKS_BUDGET};
    cr_expect_eq(marks(&marked, 1), 2);
    cr_expect_eq(marks(&marked, 2), 2);
    cr_expect_eq(marks(&marked, 3), 2);
    cr_expect_eq(marks(&marked, 4), 1);
    marked.budget = 3; /* ends while it looks at the third TLV */
    cr_expect_eq(marks(&marked, 1), 1);
    cr_expect_eq(marked.budget, 0);
    cr_expect_eq(marks(&marked, 1), 0);
}

/* Revision 20's table name and path marking share a type. */
Test(route_tlv, a_name_or_a_marking_by_its_value)
{
    struct wire m;
    struct bmp_routes r;
    struct bgp_diag diag;
    struct heard h;
    cr_assert_eq(parse(&m,
                       "000700170000" EMPTY_UPDATE "0005000400000000"
                       "0002" /* best */
                       "0005000600000000040200"
                       "03" /* stale, best */
                       "000500040000"
                       "626c7565" /* blue */
                       "000500060000"
                       "76726639"
                       "3939" /* vrf999 */
                       "000100040000"
                       "00000007", /* sequence */
                       &r, &diag),
                 0);
    struct emit *e = hear(&h);
    emit_object(e, EMIT_ITEM);
    bmp_routes_emit(&r, e, KEY("tlvs"), &h.diags);
    emit_object_end(e);
    const char *text = heard_text(&h);
    cr_expect_str_eq(
        text,
        "{\"tlvs\":[{\"type\":5,\"name\":\"path-marking\",\"index\":0,\"status_code\":2,"
        "\"status\":"
        "[\"best\"]},{\"type\":5,\"name\":\"path-marking\",\"index\":0,\"status_code\":1026,"
        "\"status\":[\"best\",\"stale\"],\"reason\":\"local-pref\"},{\"type\":5,\"name\":"
        "\"table-name\",\"index\":0,\"value\":\"blue\"},{\"type\":5,\"name\":\"table-name\","
        "\"index\":0,\"value\":\"vrf999\"},{\"type\":1,\"name\":\"sequence\",\"index\":0,"
        "\"value\":7}]}");
    cr_expect_eq(h.diags.cnt, 0);
    buf_free(&h.out);
    struct bmp_marks marked = {.routes = &r, .budget = BMP_MARKS_BUDGET};
    cr_expect_eq(marks(&marked, 1), 2);
}

/* Time stamps and extended flags, sound and not (revision 20 section 5.6). */
Test(route_tlv, time_stamps_and_flags_have_names)
{
    struct wire m;
    struct bmp_routes r;
    struct bgp_diag diag;
    struct heard h;
    cr_assert_eq(parse(&m,
                       "000700170000" EMPTY_UPDATE "00030009000000"
                       "692219e20003d090" /* trigger */
                       "00030009000109692219e200000000"
                       "0003000900000000000001000f4240" /* a million microseconds */
                       "000300080000000000000100000f"
                       "00020001000098" /* ipv6, adj-rib-out, filtered */
                       "0002000200006001"
                       "000200000000",
                       &r, &diag),
                 0);
    struct emit *e = hear(&h);
    emit_object(e, EMIT_ITEM);
    bmp_routes_emit(&r, e, KEY("tlvs"), &h.diags);
    emit_object_end(e);
    cr_expect_str_eq(
        heard_text(&h),
        "{\"tlvs\":[{\"type\":3,\"name\":\"timestamp\",\"index\":0,\"kind\":\"trigger\","
        "\"time\":1763842530.250000},{\"type\":3,\"name\":\"timestamp\",\"index\":1,"
        "\"kind\":\"9\",\"time\":1763842530.000000},{\"type\":3,\"name\":\"timestamp\","
        "\"index\":0,\"raw\":\"0000000001000f4240\"},{\"type\":3,\"name\":\"timestamp\","
        "\"index\":0,\"raw\":\"000000000100000f\"},{\"type\":2,\"name\":\"extended-flags\","
        "\"index\":0,\"flags\":[\"ipv6\",\"adj-rib-out\",\"filtered\"],\"raw\":\"98\"},"
        "{\"type\":2,\"name\":\"extended-flags\",\"index\":0,\"flags\":[\"post-policy\","
        "\"as2-path\"],\"raw\":\"6001\"},{\"type\":2,\"name\":\"extended-flags\",\"index\":0,"
        "\"raw\":\"\"}]}");
    cr_expect_eq(h.diags.cnt, 3);
    buf_free(&h.out);
}
