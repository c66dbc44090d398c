/* SPDX-License-Identifier: BSD-2-Clause */
/* test_operational: the TLVs of OPERATIONAL (draft-ietf-idr-operational-message). */
#include "tests/unit/bgp/wire.h"

#include "bgp/operational.h"

#define QUERY "0001 01 c0000209 00000007"

static const struct vector vectors[] = {
    {"", "{\"tlvs\":[]}", 0, {0}},
    {"0001 0008 0001 01 68656c6c6f",
     "{\"tlvs\":[{\"type\":1,\"name\":\"advisory-demand\",\"afi\":\"ipv4\",\"safi\":"
     "\"unicast\","
     "\"text\":\"hello\"}]}",
     0,
     {0}},
    {"0002 0003 0002 01",
     "{\"tlvs\":[{\"type\":2,\"name\":\"advisory-static\",\"afi\":\"ipv6\",\"safi\":"
     "\"unicast\","
     "\"text\":\"\"}]}",
     0,
     {0}},
    {"0003 000b " QUERY,
     "{\"tlvs\":[{\"type\":3,\"name\":\"reachable-prefix-count-request\",\"afi\":\"ipv4\","
     "\"safi\":\"unicast\",\"bgp_id\":\"192.0.2.9\",\"sequence\":7}]}",
     0,
     {0}},
    {"0004 000f " QUERY "000f4240 0005 000b " QUERY,
     "{\"tlvs\":[{\"type\":4,\"name\":\"reachable-prefix-count-reply\",\"afi\":\"ipv4\","
     "\"safi\":\"unicast\",\"bgp_id\":\"192.0.2.9\",\"sequence\":7,\"count\":1000000},"
     "{\"type\":5,\"name\":\"adj-rib-out-prefix-count-request\",\"afi\":\"ipv4\","
     "\"safi\":\"unicast\",\"bgp_id\":\"192.0.2.9\",\"sequence\":7}]}",
     0,
     {0}},
    {"ffff 0009 0001 01 00000007 0005",
     "{\"tlvs\":[{\"type\":65535,\"name\":\"not-satisfied\",\"afi\":\"ipv4\","
     "\"safi\":\"unicast\",\"sequence\":7,\"error\":\"busy\"}]}",
     0,
     {0}},
    {"ffff 0009 0001 01 00000007 0100",
     "{\"tlvs\":[{\"type\":65535,\"name\":\"not-satisfied\",\"afi\":\"ipv4\","
     "\"safi\":\"unicast\",\"sequence\":7,\"error\":\"256\"}]}",
     0,
     {0}},
    /* without fields of their own, and unknown */
    {"000c 0002 aabb 1234 0001 cc",
     "{\"tlvs\":[{\"type\":12,\"name\":\"malformed-update-dump\",\"value\":\"aabb\"},"
     "{\"type\":4660,\"value\":\"cc\"}]}",
     0,
     {0}},
    /* a broken TLV does not hide the next */
    {"0003 000a 0001 01 c0000209 000007 0001 0003 0001 01",
     "{\"tlvs\":[{\"type\":3,\"name\":\"reachable-prefix-count-request\","
     "\"value\":\"000101c0000209000007\"},{\"type\":1,\"name\":\"advisory-demand\","
     "\"afi\":\"ipv4\",\"safi\":\"unicast\",\"text\":\"\"}]}",
     -1,
     {BGP_REASON_TRUNCATED, 30, 4, 3}},
    {"0003 000c " QUERY "00",
     "{\"tlvs\":[{\"type\":3,\"name\":\"reachable-prefix-count-request\","
     "\"value\":\"000101c00002090000000700\"}]}",
     -1,
     {BGP_REASON_TRAILING, 34, 0, 1}},
    {"0001 0004 0001 01 ff",
     "{\"tlvs\":[{\"type\":1,\"name\":\"advisory-demand\",\"value\":\"000101ff\"}]}",
     -1,
     {BGP_REASON_VALUE, 26, 0, 1}},
    {"0001 0008 0001 01",
     "{\"tlvs\":[],\"data\":\"00010008000101\"}",
     -1,
     {BGP_REASON_TRUNCATED, 23, 8, 3}},
    {"0001 00", "{\"tlvs\":[],\"data\":\"000100\"}", -1, {BGP_REASON_TRUNCATED, 21, 2, 1}},
};

Test(operational, decodes_every_form)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        vector_check(bgp_operational_emit, &vectors[i]);
}

Test(operational, every_truncation)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        if (vectors[i].rc == 0)
            vector_truncate(bgp_operational_emit, vectors[i].hex);
    }
}

/* Each TLV that has fields refuses every shorter value, one octet more, and shows it as hex. */
Test(operational, every_wrong_length_of_a_tlv)
{
    static const struct {
        uint16_t type;
        uint8_t len;
    } fixed[] = {{3, 11}, {4, 15}, {5, 11}, {6, 15}, {7, 11}, {8, 15}, {65535, 9}};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        for (unsigned len = 0; len <= fixed[i].len + 1u; len++) {
            uint8_t body[4 + 16] = {(uint8_t)(fixed[i].type >> 8), (uint8_t)fixed[i].type, 0,
                                    (uint8_t)len};
            struct record r;
            struct nlri_fault fault;
            int rc = bgp_operational_emit(cur_of(body, 4 + len), record_begin(&r), &fault);
            cr_assert_eq(rc, len == fixed[i].len ? 0 : -1, "type %u length %u", fixed[i].type,
                         len);
            bool raw = strstr(record_end(&r), "\"value\"") != NULL;
            cr_assert_eq(raw, len != fixed[i].len);
            if (len < fixed[i].len)
                cr_assert_eq(fault.reason, BGP_REASON_TRUNCATED);
            if (len > fixed[i].len)
                cr_assert(fault.reason == BGP_REASON_TRAILING &&
                          fault.off == 4u + fixed[i].len);
            record_free(&r);
        }
    }
}

Test(operational, names)
{
    cr_assert_str_eq(bgp_operational_name(BGP_OPERATIONAL_NS), "not-satisfied");
    cr_assert_null(bgp_operational_name(0));
}
