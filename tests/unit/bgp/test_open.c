/* SPDX-License-Identifier: BSD-2-Clause */
/* test_open: the index of OPEN, its record, and what two of them agree on. */
#include "tests/unit/bgp/wire.h"

#include "bgp/caps.h"
#include "bgp/nlri_map.h"
#include "bgp/open.h"

#define FIXED "04 fbf4 00b4 c0000209" /* version 4, AS 64500, 180 s, 192.0.2.9 */

static struct octets msg;
static struct bgp_open open_;

static int index_of(const char *body)
{
    message_of(&msg, BGP_TYPE_OPEN, body);
    return bgp_open_index(msg.p, msg.len, &open_);
}

static void expect_diag(unsigned i, uint8_t action, uint8_t reason, uint32_t off, uint32_t need,
                        uint32_t have)
{
    cr_assert_gt(open_.diags.cnt, i, "diagnostic %u is not there", i);
    const struct bgp_diag *d = &open_.diags.v[i];
    cr_assert_eq(d->action, action, "action %s", bgp_action_name(d->action));
    cr_assert_eq(d->reason, reason, "reason %s", bgp_reason_name(d->reason));
    cr_assert(d->off == off && d->need == need && d->have == have, "off %u need %u have %u",
              d->off, d->need, d->have);
}

static void expect_record(const char *json)
{
    struct record r;
    bgp_open_emit(&open_, record_begin(&r));
    cr_assert_str_eq(record_end(&r), json);
    record_free(&r);
}

Test(open, without_parameters)
{
    cr_assert_eq(index_of(FIXED "00"), 0);
    cr_assert(open_.version == 4 && open_.my_as == 64500 && open_.asn == 64500);
    cr_assert(open_.hold_time == 180 && open_.cap_cnt == 0 && open_.diags.cnt == 0);
    expect_record("{\"version\":4,\"asn\":64500,\"hold_time\":180,\"bgp_id\":\"192.0.2.9\","
                  "\"capabilities\":[]}");
}

Test(open, several_capabilities_in_a_parameter_and_several_parameters)
{
    cr_assert_eq(index_of("04 5ba0 00b4 c0000209 16 020e 010400010001 0200 4104fbf0fbf1 "
                          "0204 c70200ff"),
                 0);
    cr_assert_eq(open_.cap_cnt, 4);
    cr_assert_eq(open_.asn, 0xfbf0fbf1u);
    cr_assert(open_.cap[2].code == 65 && open_.cap[2].len == 4 && open_.cap[2].off == 41);
    cr_assert(open_.cap[3].code == 199 && open_.cap[3].len == 2 && open_.cap[3].off == 49);
    cr_assert_eq(open_.diags.cnt, 0);
    expect_record(
        "{\"version\":4,\"asn\":4226874353,\"hold_time\":180,\"bgp_id\":\"192.0.2.9\","
        "\"capabilities\":[{\"code\":1,\"name\":\"multiprotocol\",\"afi\":\"ipv4\","
        "\"safi\":\"unicast\"},{\"code\":2,\"name\":\"route-refresh\"},"
        "{\"code\":65,\"name\":\"four-octet-as\",\"asn\":4226874353},"
        "{\"code\":199,\"value\":\"00ff\"}]}");
}

Test(open, extended_parameters)
{
    /* RFC 9072: whatever the one-octet length says, 255 and 254 and 1 alike */
    static const char *const lens[] = {"ff", "fe", "01"};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        char body[200];
        snprintf(body, sizeof body, FIXED "%s ff 0009 02 0006 010400020001", lens[i]);
        cr_assert_eq(index_of(body), 0);
        cr_assert(open_.ext_params && open_.cap_cnt == 1 && open_.cap[0].off == 37);
        cr_assert_eq(open_.diags.cnt, 0);
    }
    expect_record("{\"version\":4,\"asn\":64500,\"hold_time\":180,\"bgp_id\":\"192.0.2.9\","
                  "\"extended_params\":true,\"capabilities\":[{\"code\":1,"
                  "\"name\":\"multiprotocol\",\"afi\":\"ipv6\",\"safi\":\"unicast\"}]}");
}

/* What RFC 4271 section 6.2, RFC 6286 and RFC 7607 forbid in the fixed part. */
Test(open, checks_the_fixed_fields)
{
    cr_assert_eq(index_of("03 fbf4 00b4 c0000209 00"), 0);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_VERSION, 19, 4, 3);
    cr_assert_eq(index_of("04 0000 00b4 c0000209 00"), 0);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_AS_ZERO, 20, 0, 0);
    cr_assert_eq(index_of("04 fbf4 0002 c0000209 00"), 0);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_HOLD_TIME, 22, 3, 2);
    cr_assert_eq(index_of("04 fbf4 0001 c0000209 00"), 0);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_HOLD_TIME, 22, 3, 1);
    cr_assert_eq(index_of("04 fbf4 0000 c0000209 00"), 0);
    cr_assert_eq(open_.diags.cnt, 0);
    cr_assert_eq(index_of("04 fbf4 0003 00000000 00"), 0);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_BGP_ID, 24, 0, 0);
}

Test(open, takes_the_as_number_from_the_capability)
{
    cr_assert_eq(index_of("04 5ba0 00b4 c0000209 08 0206 4104 00000000"), 0);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_AS_ZERO, 33, 0, 0);
    /* 64501 in the capability, 64500 in the two octets: a note, and both are in the record */
    cr_assert_eq(index_of(FIXED "08 0206 4104 0000fbf5"), 0);
    expect_diag(0, BGP_ACTION_NOTE, BGP_REASON_AS4_MISMATCH, 20, 64501, 64500);
    expect_record("{\"version\":4,\"asn\":64501,\"my_as\":64500,\"hold_time\":180,"
                  "\"bgp_id\":\"192.0.2.9\",\"capabilities\":[{\"code\":65,"
                  "\"name\":\"four-octet-as\",\"asn\":64501}]}");
}

Test(open, roles_that_differ)
{
    cr_assert_eq(index_of(FIXED "08 0206 090103 090103"), 0); /* RFC 9234: one, said twice */
    cr_assert_eq(open_.diags.cnt, 0);
    cr_assert_eq(index_of(FIXED "08 0206 090103 090104"), 0);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_VALUE, 36, 3, 4);
}

Test(open, keeps_parameters_that_are_not_capabilities)
{
    cr_assert_eq(index_of(FIXED "09 0103 01aabb 0202 0200"), 0);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_UNKNOWN, 29, 0, 1);
    cr_assert_eq(open_.cap_cnt, 1);
    expect_record("{\"version\":4,\"asn\":64500,\"hold_time\":180,\"bgp_id\":\"192.0.2.9\","
                  "\"capabilities\":[{\"code\":2,\"name\":\"route-refresh\"}],"
                  "\"parameters\":[{\"type\":1,\"value\":\"01aabb\"}]}");
}

Test(open, notes_a_malformed_capability_and_shows_it_as_hex)
{
    cr_assert_eq(index_of(FIXED "08 0206 4103 000001 0200"),
                 -1); /* one octet over: see below */
    cr_assert_eq(index_of(FIXED "09 0207 4103 000001 0200"), 0);
    expect_diag(0, BGP_ACTION_NOTE, BGP_REASON_LENGTH, 33, 4, 3);
    cr_assert_eq(open_.asn, 64500);
    expect_record("{\"version\":4,\"asn\":64500,\"hold_time\":180,\"bgp_id\":\"192.0.2.9\","
                  "\"capabilities\":[{\"code\":65,\"name\":\"four-octet-as\","
                  "\"value\":\"000001\"},{\"code\":2,\"name\":\"route-refresh\"}]}");
}

Test(open, a_broken_structure_keeps_what_parsed_and_the_bytes)
{
    /* a capability longer than its parameter; the parameter after it still counts */
    cr_assert_eq(index_of(FIXED "0a 0204 0200 4104 0202 4600"), -1);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_TRUNCATED, 35, 4, 0);
    cr_assert_eq(open_.cap_cnt, 2);
    expect_record("{\"version\":4,\"asn\":64500,\"hold_time\":180,\"bgp_id\":\"192.0.2.9\","
                  "\"capabilities\":[{\"code\":2,\"name\":\"route-refresh\"},"
                  "{\"code\":70,\"name\":\"enhanced-route-refresh\"}],"
                  "\"parameters_raw\":\"02040200410402024600\"}");
    /* a parameter longer than the parameters */
    cr_assert_eq(index_of(FIXED "04 0203 0200"), -1);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_TRUNCATED, 31, 3, 2);
    /* parameters longer than the message, and shorter */
    cr_assert_eq(index_of(FIXED "05 0202 0200"), -1);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_TRUNCATED, 29, 5, 4);
    cr_assert_eq(open_.cap_cnt, 1);
    cr_assert_eq(index_of(FIXED "03 0201 02 00"), -1);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_TRAILING, 32, 0, 1);
    cr_assert_eq(index_of(FIXED "00 0202 0200"), -1);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_TRAILING, 29, 0, 4);
    /* a capability without its length */
    cr_assert_eq(index_of(FIXED "03 0201 02"), -1);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_TRUNCATED, 32, 1, 0);
    /* RFC 9072: the length that says more than there is */
    cr_assert_eq(index_of(FIXED "ff ff 0006 02 0002 0200"), -1);
    expect_diag(0, BGP_ACTION_SESSION_RESET, BGP_REASON_TRUNCATED, 32, 6, 5);
}

static void truncate_everywhere(const char *body)
{
    cr_assert_eq(index_of(body), 0);
    static struct bgp_open cut;
    for (size_t len = 0; len < msg.len; len++) {
        uint8_t *exact = exact_copy(msg.p, len);
        struct record r;
        cr_assert_eq(bgp_open_index(exact, len, &cut), -1, "at %zu", len);
        cr_assert_eq(cut.diags.worst, BGP_ACTION_SESSION_RESET);
        cr_assert_eq(cut.diags.v[0].reason, BGP_REASON_TRUNCATED, "at %zu: %s", len,
                     bgp_reason_name(cut.diags.v[0].reason));
        cr_assert_leq(cut.diags.v[0].off, len);
        cr_assert_lt(cut.diags.v[0].have, cut.diags.v[0].need);
        bgp_open_emit(&cut, record_begin(&r));
        record_end(&r);
        record_free(&r);
        free(exact);
    }
}

Test(open, every_truncation)
{
    truncate_everywhere(FIXED "10 0208 010400010001 0200 0204 c70200ff");
    truncate_everywhere(FIXED "ff ff 0009 02 0006 010400020001");
}

Test(open, more_capabilities_than_the_index_holds)
{
    static char body[4 * BGP_MSG_MAX];
    size_t n = (size_t)snprintf(body, sizeof body, FIXED "ff ff 0259 02 0256");
    for (int i = 0; i < 299; i++)
        n += (size_t)snprintf(body + n, sizeof body - n, "0200");
    cr_assert_eq(index_of(body), 0);
    cr_assert_eq(open_.cap_cnt, BGP_CAPS_MAX);
    cr_assert_eq(open_.cap_lost, 299 - BGP_CAPS_MAX);
    expect_diag(0, BGP_ACTION_NOTE, BGP_REASON_TOO_MANY, 32, BGP_CAPS_MAX, 299);
    struct record r; /* the record has them all */
    bgp_open_emit(&open_, record_begin(&r));
    unsigned cnt = 0;
    for (const char *p = record_end(&r); (p = strstr(p, "route-refresh")) != NULL; p++)
        cnt++;
    cr_assert_eq(cnt, 299);
    record_free(&r);
}

/* ---- offers ---- */

static bool has(const struct bgp_family_set *s, uint16_t afi, uint8_t safi)
{
    unsigned family = nlri_family_index(afi, safi);
    cr_assert_neq(family, BGP_FAMILY_NONE);
    return bgp_family_has(s, family);
}

/* An OPEN with the capabilities given as hex, in a parameter of its own. */
static void open_of(struct bgp_open *o, struct octets *bytes, const char *as, const char *caps)
{
    static struct octets list;
    char body[1024];
    octets_of(&list, caps);
    cr_assert_lt(list.len, 250);
    snprintf(body, sizeof body, "04 %s 00b4 c0000209 %02zx 02%02zx %s", as, list.len + 2,
             list.len, caps);
    message_of(bytes, BGP_TYPE_OPEN, body);
    cr_assert_eq(bgp_open_index(bytes->p, bytes->len, o), 0);
}

static struct bgp_offer offer_of(const char *caps)
{
    struct bgp_offer offer;
    open_of(&open_, &msg, "fbf4", caps);
    bgp_offer_of(&open_, &offer);
    return offer;
}

Test(offer, no_multiprotocol_capability_means_ipv4_unicast)
{
    struct bgp_offer o = offer_of("0200");
    cr_assert(has(&o.families, 1, 1) && !has(&o.families, 2, 1));
    cr_assert(o.route_refresh && !o.enhanced_refresh && !o.asn4 && !o.ext_msg);
    o = offer_of("0104 0002 00 01");
    cr_assert(!has(&o.families, 1, 1) && has(&o.families, 2, 1));
    o = offer_of("0104 4242 00 42"); /* a family without a row is one all the same */
    cr_assert(!has(&o.families, 1, 1));
}

Test(offer, reads_every_capability_it_knows)
{
    struct bgp_offer o =
        offer_of("0104 00010001 0104 00020001 0200 4600 0600 4104 0000fbf4 4006 8078 00010180 "
                 "0506 000100010002 0804 00010102 4508 00010101 00020102 4504 00010203");
    cr_assert(o.route_refresh && o.enhanced_refresh && o.ext_msg && o.asn4 &&
              o.graceful_restart);
    cr_assert(has(&o.families, 1, 1) && has(&o.families, 2, 1));
    cr_assert(has(&o.ext_next_hop, 1, 1) && !has(&o.ext_next_hop, 2, 1));
    cr_assert(has(&o.multi_label, 1, 1));
    cr_assert(has(&o.add_path_rx, 1, 1) && !has(&o.add_path_tx, 1, 1));
    cr_assert(!has(&o.add_path_rx, 2, 1) && has(&o.add_path_tx, 2, 1));
    cr_assert(has(&o.add_path_rx, 1, 2) && has(&o.add_path_tx, 1, 2));
}

Test(offer, passes_over_what_is_malformed_or_undefined)
{
    struct bgp_offer o = offer_of("4103 00fbf4 0601 00 4503 000101 4504 00010104 0804 00010101 "
                                  "0505 0001000100 4003 807800 4200 8000");
    cr_assert(!o.asn4 && !o.ext_msg && !o.graceful_restart && !o.route_refresh);
    cr_assert(!has(&o.add_path_rx, 1, 1) && !has(&o.add_path_tx, 1, 1));
    cr_assert(!has(&o.multi_label, 1, 1) && !has(&o.ext_next_hop, 1, 1));
}

static struct bgp_ctx negotiate(const char *from_caps, const char *to_caps)
{
    static struct octets from_bytes, to_bytes;
    static struct bgp_open from, to;
    struct bgp_ctx ctx;
    open_of(&from, &from_bytes, "fbf4", from_caps);
    open_of(&to, &to_bytes, "fbf4", to_caps);
    bgp_ctx_negotiate(&ctx, &from, &to);
    return ctx;
}

Test(negotiate, add_path_needs_a_sender_and_a_receiver)
{
    static const bool want[4][4] = {
        /* the receiver's mode: none, receive, send, both; per the sender's */
        {false, false, false, false}, /* none */
        {false, false, false, false}, /* receive */
        {false, true, false, true},   /* send */
        {false, true, false, true},   /* both */
    };
    for (unsigned from = 0; from < 4; from++) {
        for (unsigned to = 0; to < 4; to++) {
            char a[32], b[32];
            snprintf(a, sizeof a, "4504 000201%02x", from);
            snprintf(b, sizeof b, "4504 000201%02x", to);
            struct bgp_ctx ctx = negotiate(a, b);
            cr_assert_eq(has(&ctx.add_path, 2, 1), want[from][to], "%u to %u", from, to);
            cr_assert(!has(&ctx.add_path, 1, 1));
        }
    }
}

Test(negotiate, four_octet_as_needs_both)
{
    cr_assert(negotiate("4104 0000fbf4", "4104 0000fbf4").asn4);
    cr_assert(!negotiate("4104 0000fbf4", "0200").asn4);
    cr_assert(!negotiate("0200", "4104 0000fbf4").asn4);
}

Test(negotiate, what_a_receiver_offers_its_peer_may_use)
{
    cr_assert(negotiate("0200", "0600").ext_msg);
    cr_assert(!negotiate("0600", "0200").ext_msg);
    struct bgp_ctx ctx = negotiate("0200", "0506 000100010002");
    cr_assert(has(&ctx.ext_next_hop, 1, 1));
    ctx = negotiate("0804 00010102", "0804 00010103");
    cr_assert(has(&ctx.multi_label, 1, 1));
    ctx = negotiate("0804 00010102", "0200");
    cr_assert(!has(&ctx.multi_label, 1, 1));
}

Test(negotiate, external_when_the_as_numbers_differ)
{
    cr_assert(!negotiate("0200", "0200").ebgp);
    cr_assert(negotiate("4104 0000fbf5", "0200").ebgp);
    cr_assert(!negotiate("4104 0000fbf4", "0200").ebgp);
    struct bgp_ctx ctx = negotiate("0200", "0200");
    cr_assert(!ctx.assumed && !ctx.pinned);
}
