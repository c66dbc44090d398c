/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as frames again: what is made of the frame is the record; filters see what is said.
 */
#include <criterion/criterion.h>

#include "base/json_read.h"
#include "bgp/ext_communities.h"
#include "schemas/filter/filter.h"
#include "tools/kafka/record_wire.h"

static struct avro tape;
static struct record_wire wire;
static struct buf scratch, out;

static void setup(void)
{
    avro_init(&tape);
}

static void teardown(void)
{
    avro_free(&tape);
    record_wire_free(&wire);
    buf_free(&scratch);
    buf_free(&out);
}

TestSuite(record_wire, .init = setup, .fini = teardown);

static void make(const char *record)
{
    size_t off;
    buf_clear(&tape.tape);
    tape.depth = 0;
    cr_assert_eq(
        json_read(record, strlen(record), EMIT_ITEM, &tape.emit, &scratch, &off), 0, "%s",
        record);
    cr_assert_eq(record_wire_make(&wire, tape_at(tape.tape.p)), 0);
}

/* What decoding the frame makes of it. */
static const char *again(void)
{
    const struct record_options o = {.keepalives = true};
    struct json j;
    buf_clear(&out);
    json_init(&j, &out);
    cr_assert_eq(record_item(&j.emit, NULL, &wire.item, &o, NULL), 1);
    buf_add_char(&out, '\0');
    track_peer_changed(&wire.peer);
    wire.peer.head = NULL;
    return out.p;
}

#define HEAD                                                                                   \
    "{\"v\":1,\"seq\":7,\"time\":1763842537.123456,\"source\":\"bgp\",\"router\":{\"addr\":"   \
    "\"192.0.2.9\",\"name\":\"edge\"},\"peer\":{\"addr\":\"192.0.2.9\",\"asn\":64500,"         \
    "\"bgp_id\":\"1.2.3.4\"},"
#define UPDATE(rest) HEAD "\"type\":\"update\"," rest "}"
#define V4 "\"announce\":[{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"next_hop\":[\"192.0.2.1\"],"  \
           "\"nlri\":[{\"prefix\":\"10.0.0.0/8\"},{\"prefix\":\"10.128.0.0/9\"}]}]"
#define BASICS "\"attrs\":{\"origin\":\"egp\",\"as_path\":[64500,4200000000]"

static const char *const records[] = {
    UPDATE(V4 "," BASICS "}"),
    UPDATE(V4 "," BASICS ",\"med\":0,\"local_pref\":4294967295,\"atomic_aggregate\":true,"
              "\"aggregator\":{\"asn\":4200000000,\"addr\":\"192.0.2.7\"},\"communities\":["
              "\"64500:1\",\"no-export\",\"65535:65535\"],\"ext_communities\":[\"rt:64500:1\","
              "\"rt:1.2.3.4:5\",\"rt:4200000000:6\",\"color:7\",\"0x4f4f:010203040506\","
              "\"origin-validation:not-found\",\"encapsulation:8\",\"router-mac:"
              "00:01:02:03:04:05\"],\"large_communities\":[\"4294967295:0:1\"],\"otc\":9}"),
    UPDATE("\"announce\":[{\"afi\":\"ipv6\",\"safi\":\"unicast\",\"next_hop\":[\"2001:db8::1\","
           "\"fe80::1\"],\"nlri\":[{\"path_id\":7,\"prefix\":\"2001:db8::/32\"},{\"path_id\":8,"
           "\"prefix\":\"::/0\"}]}],\"withdraw\":[{\"afi\":\"ipv4\",\"safi\":\"unicast\","
           "\"nlri\":[{\"prefix\":\"11.0.0.0/8\"}]},{\"afi\":\"ipv6\",\"safi\":\"multicast\","
           "\"nlri\":[{\"prefix\":\"ff00::/8\"}]}]," BASICS "}"),
    UPDATE("\"announce\":[{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"next_hop\":[\"2001:db8::1\"],"
           "\"nlri\":[{\"prefix\":\"10.0.0.0/8\"}]}]," BASICS "}"),
    UPDATE("\"announce\":[{\"afi\":\"ipv4\",\"safi\":\"labeled-unicast\",\"next_hop\":["
           "\"192.0.2.1\"],\"nlri\":[{\"prefix\":\"10.0.0.0/8\",\"labels\":[16,17]}]}]," BASICS "}"),
    UPDATE(V4 ",\"attrs\":{\"origin\":\"igp\",\"as_path\":[{\"confed_sequence\":[1,2]},"
              "{\"confed_set\":[3]},4,5,[6,7],8],\"originator_id\":\"1.1.1.1\",\"cluster_list\":"
              "[\"2.2.2.2\",\"3.3.3.3\"],\"unknown\":[{\"code\":99,\"flags\":224,\"value\":\"0102\"}"
              "]}"),
    UPDATE("\"announce\":[{\"afi\":\"ipv6\",\"safi\":\"vpn\",\"next_hop\":[\"2001:db8::1\"],"
           "\"nlri\":[{\"rd\":\"64500:1\",\"prefix\":\"2001:db8::/32\",\"labels\":[16]},"
           "{\"rd\":\"192.0.2.1:65535\",\"prefix\":\"::/0\",\"labels\":[17]},"
           "{\"rd\":\"4200000000:7\",\"prefix\":\"::/1\",\"labels\":[18]}]}]," BASICS "}"),
    UPDATE("\"announce\":[{\"afi\":\"ipv4\",\"safi\":\"vpn-multicast\",\"next_hop\":["
           "\"192.0.2.1\"],\"nlri\":[{\"rd\":\"64500:1\",\"prefix\":\"10.0.0.0/8\"}]}]," BASICS
           "}"),
    UPDATE("\"eor\":{\"afi\":\"ipv4\",\"safi\":\"unicast\"}"),
    UPDATE("\"eor\":{\"afi\":\"l2vpn\",\"safi\":\"evpn\"}"),
    HEAD "\"type\":\"state\",\"old\":\"open-confirm\",\"new\":\"established\"}",
};

Test(record_wire, comes_back)
{
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        make(records[i]);
        const char *text = again();
        cr_assert_str_eq(text, records[i], "%s\ninstead of\n%s", text, records[i]);
        cr_assert(wire.whole, "%s", records[i]);
    }
}

Test(record_wire, raw_is_the_message)
{
    make(UPDATE("\"raw\":\"ffffffffffffffffffffffffffffffff001702000000000000\",\"withdraw\":[]"));
    cr_assert_eq(wire.item.bgp_len, 25);
    make(UPDATE("\"raw\":\"fff\""));
    cr_assert_eq(wire.item.bgp_len, 23, "no octets: one is made");
}

Test(record_wire, a_path_of_more_than_a_segment)
{
    struct buf b = {0};
    buf_add_str(&b, UPDATE(V4 ",\"attrs\":{\"origin\":\"igp\",\"as_path\":["));
    b.len -= 1; /* the record's brace */
    for (unsigned i = 0; i < 600; i++)
        buf_printf(&b, "%s%u", i > 0 ? "," : "", 100000 + i);
    buf_add_str(&b, "]}}");
    buf_add_char(&b, '\0');
    make(b.p);
    cr_assert_str_eq(again(), b.p);
    buf_free(&b);
}

Test(record_wire, every_extended_community)
{
    for (unsigned i = 0; i < ext_community_map_cnt; i++) {
        const uint16_t code = ext_community_map[i].code;
        const uint8_t v[8] = {(uint8_t)(code >> 8), (uint8_t)code, 0, 0, 0, 0, 0, 7};
        char text[EXT_COMMUNITY_TEXT_MAX], same[EXT_COMMUNITY_TEXT_MAX];
        uint8_t got[8];
        size_t len = ext_community_text(text, v);
        if (!record_wire_ext_community(text, len, got))
            continue; /* its text says too little */
        cr_assert_eq(ext_community_text(same, got), len);
        cr_assert_arr_eq(same, text, len);
    }
    uint8_t got[8];
    cr_assert(!record_wire_ext_community("rt:", 3, got));
    cr_assert(!record_wire_ext_community("nothing", 7, got));
    cr_assert(!record_wire_ext_community("0xzz00:000000000000", 19, got));
}

/* ---- filters ---- */

static bool passes(const char *expression)
{
    char err[FILTER_ERROR_MAX];
    struct filter_subject s;
    struct filter *f = filter_new(expression, false, err);
    cr_assert_not_null(f, "%s: %s", expression, err);
    const struct filter_known k = {wire.type, &wire.diags};
    enum filter_verdict v = filter_record(f, &wire.item, &k, &s);
    bool yes = v == FILTER_ALL || (v == FILTER_SOME && filter_any(&s));
    filter_free(f);
    return yes;
}

static void hold(const char *const *yes, const char *const *no)
{
    for (; *yes != NULL; yes++)
        cr_assert(passes(*yes), "%s does not hold", *yes);
    for (; *no != NULL; no++)
        cr_assert(!passes(*no), "%s holds", *no);
}

Test(record_wire, filters_of_an_update)
{
    make(records[1]);
    static const char *const yes[] = {"peer 192.0.2.0/24", "peer-as 64500", "router-name edge",
                                      "type update", "type announce", "prefix more 10.0.0.0/8",
                                      "prefix 10.128.0.0/9", "origin-as 4200000000",
                                      "as-path ^64500_", "community 64500:1",
                                      "community no-export", "community rt:64500:*",
                                      "community 4294967295:0:1", "family ipv4-unicast",
                                      "start 2025-11-22 end 2025-11-23", "direction received",
                                      NULL};
    static const char *const no[] = {"peer 192.0.2.1", "type withdraw", "type rib", "error",
                                     "prefix 10.0.0.0/9", "community 64500:2", "rib loc-rib",
                                     "family ipv6-unicast", "direction sent", NULL};
    hold(yes, no);
}

/* Zeros stand for what isn't a prefix: its family is right, and nothing is called wrong. */
Test(record_wire, filters_of_other_families)
{
    make(UPDATE("\"announce\":[{\"afi\":\"l2vpn\",\"safi\":\"evpn\",\"next_hop\":[\"192.0.2.1\"],"
                "\"nlri\":[{\"route_type\":2,\"mac\":\"00:01:02:03:04:05\"},{\"route_type\":3}]}],"
                BASICS "}"));
    static const char *const yes[] = {"family l2vpn-evpn", "type announce", "as 64500",
                                      "not error", NULL};
    static const char *const no[] = {"family ipv4-unicast", "prefix any 0.0.0.0/0", NULL};
    hold(yes, no);
    cr_assert_eq(wire.route_cnt, 2);
    cr_assert(!wire.whole);
}

/* Each family takes zeros for one NLRI, or is one of unknown octets. */
Test(record_wire, every_family_has_a_blank)
{
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        uint8_t octets[320];
        struct wr w = wr_of(octets, sizeof octets);
        const struct token none = {.kind = TOKEN_OBJECT, .size = sizeof none};
        record_wire_put_nlri(&w, f, &none);
        struct cur in = cur_of(octets, (uint32_t)w.len), one;
        struct nlri_fault fault;
        cr_assert(w.len > 0 && nlri_map[f].next(&in, &one, &fault) && in.left == 0, "%s",
                  nlri_map[f].name);
    }
}

Test(record_wire, filters_of_other_records)
{
    make("{\"v\":1,\"time\":1.000000,\"source\":\"bmp\",\"router\":{\"name\":\"pe1\"},\"peer\":{"
         "\"addr\":\"2001:db8::9\",\"asn\":1,\"rib\":\"adj-rib-in-post\",\"table\":\"red\"},"
         "\"type\":\"stats\",\"diags\":[{\"action\":\"note\",\"reason\":\"width\",\"offset\":1},"
         "{\"action\":\"treat-as-withdraw\",\"reason\":\"origin-length\",\"attr\":1}]}");
    static const char *const yes[] = {"type stats", "rib adj-rib-in-post", "peer-name red",
                                      "router-name pe*", "peer 2001:db8::/32", "error",
                                      "error note", "error width", "error treat-as-withdraw",
                                      "error origin-length", NULL};
    static const char *const no[] = {"type update", "rib loc-rib", "error session-reset",
                                     "prefix any 0.0.0.0/0", NULL};
    hold(yes, no);
    make("{\"type\":\"ledger\",\"time\":5.000000}");
    cr_assert(!passes("type stats") && passes("not type stats") && passes("start 5"));
    make("{}");
    cr_assert(!passes("type update"));
    make(HEAD "\"type\":\"notification\",\"raw\":"
              "\"ffffffffffffffffffffffffffffffff0015030602\"}");
    cr_assert(wire.item.bgp_len == 21 && wire.whole && passes("type notification"));
}

Test(record_wire, what_is_not_whole)
{
    static const char *const parts[] = {
        UPDATE(V4 "," BASICS ",\"ext_communities\":[\"rt:1:1\",\"what:ever\"]}"),
        UPDATE(V4 "," BASICS ",\"aigp\":[{\"type\":1}]}"),
        UPDATE(V4 ",\"attrs\":{\"origin\":7}"),
        UPDATE(V4 "," BASICS ",\"unknown\":[{\"code\":14,\"flags\":128,\"value\":\"00\"}]}"),
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        make(parts[i]);
        cr_assert(!wire.whole && wire.item.bgp != NULL, "%s", parts[i]);
    }
}
