/* SPDX-License-Identifier: BSD-2-Clause */
/* test_attr_errors: what RFC 7606 and the attributes' own RFCs ask for, row by row: each
 * attribute with a value or with flags it forbids, and the action that follows. */
#include "tests/unit/bgp/wire.h"

#include "bgp/attr_map.h"

enum { GOOD_FLAGS = 0x100 };

/* clang-format off */
static const struct fault {
    uint8_t code;
    unsigned flags; /* or GOOD_FLAGS */
    const char *hex;
    bool ebgp;
    uint8_t action, reason;
    const char *rfc;
} faults[] = {
    {ATTR_ORIGIN, GOOD_FLAGS, "03", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_VALUE, "RFC 7606 section 7.1"},
    {ATTR_ORIGIN, GOOD_FLAGS, "0000", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.1"},
    {ATTR_AS_PATH, GOOD_FLAGS, "09010000fde9", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_VALUE, "RFC 7606 section 7.2"},
    {ATTR_AS_PATH, GOOD_FLAGS, "02020000fde900", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, "RFC 7606 section 7.2"},
    {ATTR_NEXT_HOP, GOOD_FLAGS, "c00002", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.3"},
    {ATTR_MED, GOOD_FLAGS, "000000", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.4"},
    {ATTR_LOCAL_PREF, GOOD_FLAGS, "000000", false, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.5"},
    {ATTR_LOCAL_PREF, GOOD_FLAGS, "000000", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_LENGTH, "RFC 7606 section 7.5"},
    {ATTR_ATOMIC_AGGREGATE, GOOD_FLAGS, "00", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_LENGTH, "RFC 7606 section 7.6"},
    {ATTR_AGGREGATOR, GOOD_FLAGS, "0000fde9c00002", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_LENGTH, "RFC 7606 section 7.7"},
    {ATTR_COMMUNITIES, GOOD_FLAGS, "fde900", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.8"},
    {ATTR_COMMUNITIES, GOOD_FLAGS, "", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.8"},
    {ATTR_ORIGINATOR_ID, GOOD_FLAGS, "010203", false, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.9"},
    {ATTR_ORIGINATOR_ID, GOOD_FLAGS, "010203", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_LENGTH, "RFC 7606 section 7.9"},
    {ATTR_CLUSTER_LIST, GOOD_FLAGS, "010203", false, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.10"},
    {ATTR_CLUSTER_LIST, GOOD_FLAGS, "010203", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_LENGTH, "RFC 7606 section 7.10"},
    {ATTR_TRAFFIC_ENGINEERING, GOOD_FLAGS, "3301", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.13"},
    {ATTR_EXT_COMMUNITIES, GOOD_FLAGS, "0002fde9000000", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.14"},
    {ATTR_IPV6_EXT_COMMUNITIES, GOOD_FLAGS, "0002", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.15"},
    {ATTR_ATTR_SET, GOOD_FLAGS, "0000fd", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 7606 section 7.16"},
    {ATTR_ATTR_SET, GOOD_FLAGS, "0000fde9400101", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, "RFC 7606 section 7.16"},
    {ATTR_AS4_PATH, GOOD_FLAGS, "02020000fde9", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_TRUNCATED, "RFC 6793 section 6"},
    {ATTR_AS4_AGGREGATOR, GOOD_FLAGS, "0000fde9", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_LENGTH, "RFC 6793 section 6"},
    {ATTR_PMSI_TUNNEL, GOOD_FLAGS, "0006000641c00002", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 6514 section 5"},
    {ATTR_TUNNEL_ENCAP, GOOD_FLAGS, "0008001a0100", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, "RFC 9012 section 13"},
    {ATTR_AIGP, GOOD_FLAGS, "01000a00000000000000", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_LENGTH, "RFC 7311 section 3"},
    {ATTR_AIGP, GOOD_FLAGS, "01000b00000000", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_TRUNCATED, "RFC 7311 section 3"},
    {ATTR_AIGP, 0xc0, "01000b0000000000000064", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_FLAGS, "RFC 7311 section 3"},
    {ATTR_BGP_LS, GOOD_FLAGS, "0402000561", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_TRUNCATED, "RFC 9552 section 8.2.2"},
    {ATTR_LARGE_COMMUNITY, GOOD_FLAGS, "0000fde90000000000", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 8092 section 6"},
    {ATTR_OTC, GOOD_FLAGS, "fde9", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_LENGTH, "RFC 9234 section 5"},
    {ATTR_PREFIX_SID, GOOD_FLAGS, "010006000000000000", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_TRUNCATED, "RFC 8669 section 6"},
    {ATTR_PREFIX_SID, GOOD_FLAGS, "0300070000003e800000", true, BGP_ACTION_ATTRIBUTE_DISCARD, BGP_REASON_TRUNCATED, "RFC 8669 section 6"},
    {ATTR_PREFIX_SID, GOOD_FLAGS, "050000", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, "RFC 9252 section 7: TLV length below one"},
    {ATTR_PREFIX_SID, GOOD_FLAGS, "05000900", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, "RFC 9252 section 7: TLV longer than the attribute"},
    {ATTR_PREFIX_SID, GOOD_FLAGS, "0500050001000900", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, "RFC 9252 section 7: sub-TLV longer than its TLV"},
    {ATTR_PREFIX_SID, GOOD_FLAGS, "05000800010004aabbccdd", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_TRUNCATED, "RFC 9252 section 7: SID Information below 21 octets"},
    {ATTR_COMMUNITIES, 0x40, "fde90001", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_FLAGS, "RFC 7606 section 3 c"},
    {ATTR_ORIGIN, 0xc0, "00", true, BGP_ACTION_TREAT_AS_WITHDRAW, BGP_REASON_FLAGS, "RFC 7606 section 3 c"},
};
/* clang-format on */

static void decode(const struct fault *f, struct bgp_diags *diags)
{
    static struct octets value;
    const struct bgp_ctx ctx = {.asn4 = true, .ebgp = f->ebgp};
    const struct attr_row *row = attr_row_of(f->code);
    octets_of(&value, f->hex);
    uint8_t *exact = exact_copy(value.p, value.len);
    struct attr_in in = {.code = f->code,
                         .flags = (uint8_t)(f->flags == GOOD_FLAGS ? row->flags : f->flags),
                         .value = cur_of(exact, value.len),
                         .ctx = &ctx,
                         .diags = diags};
    bgp_diags_init(diags);
    (void)attr_decode(row, &in, &emit_null);
    free(exact);
}

Test(attr_errors, each_fault_has_the_action_of_its_rfc)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const struct fault *f = &faults[i];
        struct bgp_diags diags;
        decode(f, &diags);
        cr_expect_eq(diags.cnt, 1, "%u %s (%s): %u diagnostics", f->code, f->hex, f->rfc,
                     diags.cnt);
        cr_expect(diags.worst == f->action && diags.v[0].reason == f->reason,
                  "%u %s (%s): %s %s", f->code, f->hex, f->rfc, bgp_action_name(diags.worst),
                  bgp_reason_name(diags.v[0].reason));
    }
}

/* Nobody says which flags belong to an attribute for development (RFC 2042) or to those whose
 * codes were taken without asking (RFC 8093). */
Test(attr_errors, flags_without_a_rule_are_no_fault)
{
    static const uint8_t codes[] = {30, 31, 129, 241, 242, 243, 255};
    static const uint8_t flags[] = {0x40, 0x80, 0xc0};
    for (size_t i = 0; i < sizeof codes * sizeof flags; i++) {
        struct bgp_diags diags;
        uint8_t code = codes[i / sizeof flags];
        cr_assert(attr_row_of(code) != NULL, "attribute %u has no row", code);
        decode(&(struct fault){.code = code, .flags = flags[i % sizeof flags], .hex = "0001"},
               &diags);
        cr_expect_eq(diags.cnt, 0, "attribute %u, flags %u", code, flags[i % sizeof flags]);
    }
}
