/* SPDX-License-Identifier: BSD-2-Clause */
/* test_nlri_partial: an NLRI with a TLV that doesn't parse is decoded but for that TLV, which
 * is there as hex, and says where the fault is. */
#include "bgp/nlri_map.h"
#include "wire.h"

static void expect_partial(uint16_t afi, uint8_t safi, const char *hex, const char *json,
                           enum bgp_reason reason, uint32_t off)
{
    static struct octets wire;
    static const struct bgp_ctx ctx;
    struct nlri_fault fault = {0};
    struct nlri_iter it;
    struct record r = {0};
    struct nlri n;
    octets_of(&wire, hex);
    json_init(&r.json, &r.out);
    nlri_iter_init(&it, nlri_family_index(afi, safi), &ctx, cur_of(wire.p, wire.len), false);
    cr_assert_eq(nlri_iter_next(&it, &n), 1);
    cr_expect(!nlri_emit(&n, &r.json.emit, EMIT_ITEM, &fault), "%s: no fault", hex);
    buf_add_char(&r.out, '\0');
    cr_expect_str_eq(r.out.p, json);
    cr_expect_eq(fault.reason, reason);
    cr_expect_eq(fault.off, off, "at %u", fault.off);
    record_free(&r);
}

Test(nlri_partial, unreachability)
{
    expect_partial(1, 81, "001a 18cb0071 010013c0000201fa56ea00 01000107 02000469221900",
                   "{\"prefix\":\"203.0.113.0/24\",\"reporters\":[{\"type\":1,\"name\":\"reporter\","
                   "\"bgp_id\":\"192.0.2.1\",\"asn\":4200000000,\"tlvs\":[{\"type\":1,\"name\":"
                   "\"reason\",\"value\":\"07\"},{\"type\":2,\"name\":\"timestamp\",\"value\":"
                   "\"69221900\"}]}]}",
                   BGP_REASON_TRUNCATED, 20);
}

Test(nlri_partial, link_state)
{
    expect_partial(16388, 71, "0001 0014 02 0000000000000000 0100 0007 0200 0003 00fde9",
                   "{\"nlri_type\":1,\"nlri_name\":\"node\",\"protocol_id\":2,\"protocol\":"
                   "\"isis-l2\",\"identifier\":0,\"descriptors\":[{\"type\":256,\"name\":"
                   "\"local-node\",\"tlvs\":[{\"type\":512,\"name\":\"as-number\",\"value\":"
                   "\"00fde9\"}]}]}",
                   BGP_REASON_LENGTH, 21);
}
