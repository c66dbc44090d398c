/* SPDX-License-Identifier: BSD-2-Clause */
/* test_notify: NOTIFICATION codes, sub-codes and data; ROUTE-REFRESH and its filters. */
#include "tests/unit/bgp/wire.h"

#include "bgp/notify.h"

static const struct vector notifications[] = {
    /* no data */
    {"0400", "{\"code\":4,\"name\":\"hold-timer-expired\",\"subcode\":0}", 0, {0}},
    {"0800", "{\"code\":8,\"name\":\"send-hold-timer-expired\",\"subcode\":0}", 0, {0}},
    {"0602",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":2,\"subcode_name\":\"administrative-"
     "shutdown\"}",
     0,
     {0}},
    {"060a",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":10,\"subcode_name\":\"bfd-down\"}",
     0,
     {0}},
    {"020b",
     "{\"code\":2,\"name\":\"open-message-error\",\"subcode\":11,"
     "\"subcode_name\":\"role-mismatch\"}",
     0,
     {0}},
    /* data that an RFC defines */
    {"0602 05 68656c6c6f",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":2,\"subcode_name\":\"administrative-"
     "shutdown\","
     "\"communication\":\"hello\"}",
     0,
     {0}},
    {"0604 00",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":4,\"subcode_name\":\"administrative-reset\","
     "\"communication\":\"\"}",
     0,
     {0}},
    {"0601 0001 01 000003e8",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":1,"
     "\"subcode_name\":\"maximum-number-of-prefixes-reached\",\"afi\":\"ipv4\","
     "\"safi\":\"unicast\",\"max_prefixes\":1000}",
     0,
     {0}},
    {"0609 0602 02 6869",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":9,\"subcode_name\":\"hard-reset\","
     "\"inner\":{\"code\":6,\"name\":\"cease\",\"subcode\":2,"
     "\"subcode_name\":\"administrative-shutdown\",\"communication\":\"hi\"}}",
     0,
     {0}},
    {"0102 1001",
     "{\"code\":1,\"name\":\"message-header-error\",\"subcode\":2,"
     "\"subcode_name\":\"bad-message-length\",\"length\":4097}",
     0,
     {0}},
    {"0103 07",
     "{\"code\":1,\"name\":\"message-header-error\",\"subcode\":3,"
     "\"subcode_name\":\"bad-message-type\",\"bgp_type\":\"7\"}",
     0,
     {0}},
    {"0501 02",
     "{\"code\":5,\"name\":\"finite-state-machine-error\",\"subcode\":1,"
     "\"subcode_name\":\"unexpected-message-in-opensent\",\"bgp_type\":\"update\"}",
     0,
     {0}},
    {"0201 0004",
     "{\"code\":2,\"name\":\"open-message-error\",\"subcode\":1,"
     "\"subcode_name\":\"unsupported-version-number\",\"version\":4}",
     0,
     {0}},
    {"0207 010400020001 4100",
     "{\"code\":2,\"name\":\"open-message-error\",\"subcode\":7,"
     "\"subcode_name\":\"unsupported-capability\",\"capabilities\":[{\"code\":1,"
     "\"name\":\"multiprotocol\",\"afi\":\"ipv6\",\"safi\":\"unicast\"},{\"code\":65,"
     "\"name\":\"four-octet-as\",\"value\":\"\"}]}",
     0,
     {0}},
    /* data without a definition, unknown codes and sub-codes */
    {"0305 800e03000101",
     "{\"code\":3,\"name\":\"update-message-error\",\"subcode\":5,"
     "\"subcode_name\":\"attribute-length-error\",\"data\":\"800e03000101\"}",
     0,
     {0}},
    {"0701 0001",
     "{\"code\":7,\"name\":\"route-refresh-message-error\",\"subcode\":1,"
     "\"subcode_name\":\"invalid-message-length\",\"data\":\"0001\"}",
     0,
     {0}},
    {"06c8 aa", "{\"code\":6,\"name\":\"cease\",\"subcode\":200,\"data\":\"aa\"}", 0, {0}},
    {"6302 aa", "{\"code\":99,\"subcode\":2,\"data\":\"aa\"}", 0, {0}},
    /* data that break their definition */
    {"0602 06 68656c6c6f",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":2,\"subcode_name\":\"administrative-"
     "shutdown\","
     "\"data\":\"0668656c6c6f\"}",
     -1,
     {BGP_REASON_TRUNCATED, 22, 6, 5}},
    {"0602 04 68656c6c6f",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":2,\"subcode_name\":\"administrative-"
     "shutdown\","
     "\"communication\":\"hell\",\"data\":\"6f\"}",
     -1,
     {BGP_REASON_TRAILING, 26, 0, 1}},
    {"0602 02 c328", /* not UTF-8 */
     "{\"code\":6,\"name\":\"cease\",\"subcode\":2,\"subcode_name\":\"administrative-"
     "shutdown\","
     "\"data\":\"02c328\"}",
     -1,
     {BGP_REASON_VALUE, 22, 0, 2}},
    {"0601 0001 01 0003e8",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":1,"
     "\"subcode_name\":\"maximum-number-of-prefixes-reached\",\"data\":\"0001010003e8\"}",
     -1,
     {BGP_REASON_TRUNCATED, 24, 4, 3}},
    {"0609 0602 03 6869",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":9,\"subcode_name\":\"hard-reset\","
     "\"inner\":{\"code\":6,\"name\":\"cease\",\"subcode\":2,"
     "\"subcode_name\":\"administrative-shutdown\",\"data\":\"036869\"}}",
     -1,
     {BGP_REASON_TRUNCATED, 24, 3, 2}},
    {"0609 06",
     "{\"code\":6,\"name\":\"cease\",\"subcode\":9,\"subcode_name\":\"hard-reset\","
     "\"inner\":{\"code\":6,\"name\":\"cease\"}}",
     -1,
     {BGP_REASON_TRUNCATED, 22, 1, 0}},
    {"0207 0104000200",
     "{\"code\":2,\"name\":\"open-message-error\",\"subcode\":7,"
     "\"subcode_name\":\"unsupported-capability\",\"data\":\"0104000200\"}",
     -1,
     {BGP_REASON_TRUNCATED, 23, 4, 3}},
    {"06", "{\"code\":6,\"name\":\"cease\"}", -1, {BGP_REASON_TRUNCATED, 20, 1, 0}},
    {"", "{}", -1, {BGP_REASON_TRUNCATED, 19, 1, 0}},
};

Test(notification, decodes_every_form)
{
    for (size_t i = 0; i < sizeof notifications / sizeof notifications[0]; i++)
        vector_check(bgp_notification_emit, &notifications[i]);
}

Test(notification, every_truncation)
{
    for (size_t i = 0; i < sizeof notifications / sizeof notifications[0]; i++) {
        if (notifications[i].rc == 0)
            vector_truncate(bgp_notification_emit, notifications[i].hex);
    }
}

Test(notification, hard_resets_nest_to_a_depth_and_are_hex_below)
{
    static char hex[400];
    for (int i = 0; i < 90; i++)
        memcpy(hex + 4 * i, "0609", 4);
    struct record r;
    static struct octets body;
    struct nlri_fault fault;
    octets_of(&body, hex);
    cr_assert_eq(bgp_notification_emit(cur_of(body.p, body.len), record_begin(&r), &fault), 0);
    unsigned inner = 0;
    for (const char *p = record_end(&r); (p = strstr(p, "\"inner\"")) != NULL; p++)
        inner++;
    cr_assert_eq(inner, 5);
    cr_assert_not_null(strstr(r.out.p, "\"data\":\"06090609"));
    record_free(&r);
}

Test(notification, names_come_from_the_registry)
{
    cr_assert_str_eq(bgp_error_name(BGP_ERROR_SEND_HOLD), "send-hold-timer-expired");
    cr_assert_null(bgp_error_name(0));
    cr_assert_null(bgp_error_name(200));
    cr_assert_str_eq(bgp_error_sub_name(6, BGP_CEASE_HARD_RESET), "hard-reset");
    cr_assert_str_eq(bgp_error_sub_name(2, BGP_OPEN_ERROR_HOLD_TIME), "unacceptable-hold-time");
    cr_assert_str_eq(bgp_error_sub_name(3, BGP_UPDATE_ERROR_AS_PATH), "malformed-as-path");
    cr_assert_null(bgp_error_sub_name(6, 0));
    cr_assert_null(bgp_error_sub_name(99, 1));
}

static const struct vector refreshes[] = {
    {"0001 00 01", "{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"subtype\":\"refresh\"}", 0, {0}},
    {"0002 01 01", "{\"afi\":\"ipv6\",\"safi\":\"unicast\",\"subtype\":\"borr\"}", 0, {0}},
    {"0019 02 46", "{\"afi\":\"l2vpn\",\"safi\":\"evpn\",\"subtype\":\"eorr\"}", 0, {0}},
    {"4242 ff 63", "{\"afi\":\"16962\",\"safi\":\"99\",\"subtype\":\"255\"}", 0, {0}},
    {"0001 07 01 aabb",
     "{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"subtype\":\"7\",\"data\":\"aabb\"}",
     0,
     {0}},
    /* filters: add a permit, remove a deny, remove all; both codes; IPv6 */
    {"0001 00 01 01 40 0015 00 00000005 10 18 0a 0aff 60 0000000a 00 20 10 c000 80",
     "{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"subtype\":\"refresh\",\"when\":\"immediate\","
     "\"orfs\":[{\"type\":\"address-prefix\",\"entries\":[{\"action\":\"add\","
     "\"match\":\"permit\",\"sequence\":5,\"min_length\":16,\"max_length\":24,"
     "\"prefix\":\"10.192.0.0/10\"},{\"action\":\"remove\",\"match\":\"deny\",\"sequence\":10,"
     "\"min_length\":0,\"max_length\":32,\"prefix\":\"192.0.0.0/16\"},"
     "{\"action\":\"remove-all\",\"match\":\"permit\"}]}]}",
     0,
     {0}},
    {"0002 00 01 02 80 000d 01 00000001 20 30 20 20010db8 80",
     "{\"afi\":\"ipv6\",\"safi\":\"unicast\",\"subtype\":\"refresh\",\"when\":\"defer\","
     "\"orfs\":[{\"type\":\"address-prefix-old\",\"entries\":[{\"action\":\"add\","
     "\"match\":\"permit\",\"reserved\":1,\"sequence\":1,\"min_length\":32,\"max_length\":48,"
     "\"prefix\":\"2001:db8::/32\"},{\"action\":\"remove-all\",\"match\":\"permit\"}]}]}",
     0,
     {0}},
    /* a filter of another type, and of a family without prefixes, is hex */
    {"0001 00 01 01 03 0002 aabb 63 0000",
     "{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"subtype\":\"refresh\",\"when\":\"immediate\","
     "\"orfs\":[{\"type\":\"ext-communities\",\"value\":\"aabb\"},"
     "{\"type\":\"99\",\"value\":\"\"}]}",
     0,
     {0}},
    {"0019 00 46 01 40 0001 80",
     "{\"afi\":\"l2vpn\",\"safi\":\"evpn\",\"subtype\":\"refresh\",\"when\":\"immediate\","
     "\"orfs\":[{\"type\":\"address-prefix\",\"value\":\"80\"}]}",
     0,
     {0}},
    /* broken: too long for its subtype, a bad prefix (the filter after it is unharmed), cut */
    {"0001 01 01 00",
     "{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"subtype\":\"borr\",\"data\":\"00\"}",
     -1,
     {BGP_REASON_LENGTH, 23, 4, 5}},
    {"0001 00 01 01 40 000d 00 00000005 10 18 21 0a000000 00 40 0001 80",
     "{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"subtype\":\"refresh\",\"when\":\"immediate\","
     "\"orfs\":[{\"type\":\"address-prefix\",\"value\":\"00000000051018210a00000000\"},"
     "{\"type\":\"address-prefix\",\"entries\":[{\"action\":\"remove-all\","
     "\"match\":\"permit\"}]}]}",
     -1,
     {BGP_REASON_PREFIX_LENGTH, 34, 32, 33}},
    {"0001 00 01 01 40 0002 80",
     "{\"afi\":\"ipv4\",\"safi\":\"unicast\",\"subtype\":\"refresh\",\"when\":\"immediate\","
     "\"orfs\":[],\"data\":\"40000280\"}",
     -1,
     {BGP_REASON_TRUNCATED, 27, 2, 1}},
    {"0001 00", "{\"data\":\"000100\"}", -1, {BGP_REASON_TRUNCATED, 22, 1, 0}},
};

Test(refresh, decodes_every_form)
{
    for (size_t i = 0; i < sizeof refreshes / sizeof refreshes[0]; i++)
        vector_check(bgp_refresh_emit, &refreshes[i]);
}

Test(refresh, every_truncation)
{
    for (size_t i = 0; i < sizeof refreshes / sizeof refreshes[0]; i++) {
        if (refreshes[i].rc == 0)
            vector_truncate(bgp_refresh_emit, refreshes[i].hex);
    }
}
