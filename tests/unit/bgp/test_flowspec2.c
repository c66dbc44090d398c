/* SPDX-License-Identifier: BSD-2-Clause */
/* test_flowspec2: flow specifications version 2: read as such where an operator says so and
 * nowhere else, each rule to its fields or as hex, the bytes always beside it. */
#include <stdlib.h>

#include "bgp/nlri_map.h"
#include "wire.h"

enum { SAFI = 250, VPN_SAFI = 251 };

static const struct bgp_ctx given = {.flowspec2 = {SAFI, VPN_SAFI}};

struct outcome {
    struct record r;
    bool ok;
    struct nlri_fault fault;
};

static void run(uint16_t afi, uint8_t safi, const uint8_t *p, size_t len, struct outcome *o)
{
    struct nlri_iter it;
    struct nlri n;
    memset(o, 0, sizeof *o);
    json_init(&o->r.json, &o->r.out);
    nlri_iter_init(&it, nlri_family_of(&given, afi, safi), &given, cur_of(p, len), false);
    int got = nlri_iter_next(&it, &n);
    o->fault = it.fault;
    o->ok = got == 1 && nlri_emit(&n, &o->r.json.emit, EMIT_ITEM, &o->fault);
    buf_add_char(&o->r.out, '\0');
}

/* `hex` is the NLRI; `rules` what its rules are in JSON. */
static void expect_rules(uint16_t afi, const char *hex, const char *rules, bool ok)
{
    static struct octets wire;
    struct outcome o;
    octets_of(&wire, hex);
    char *want = malloc(strlen(rules) + 2 * wire.len + 64), *end;
    end = want + sprintf(want, "{\"rules\":[%s],\"raw\":\"", rules);
    for (size_t i = 0; i < wire.len; i++)
        end += sprintf(end, "%02x", wire.p[i]);
    strcpy(end, "\"}");
    run(afi, SAFI, wire.p, wire.len, &o);
    cr_expect_str_eq(o.r.out.p, want, "%s\n gives %s\n  not %s", hex, o.r.out.p, want);
    cr_expect_eq(o.ok, ok, "%s", hex);
    record_free(&o.r);
    free(want);
}

Test(flowspec2, ip_rule)
{
    expect_rules(1,
                 "001f 00000064 00000007 0001 0013 0118cb0071 0209c000 03028106 0504 0350c55a",
                 "{\"order\":100,\"identifier\":7,\"filter_type\":1,\"filter_name\":\"ip\","
                 "\"components\":[{\"type\":1,\"name\":\"dst\",\"prefix\":\"203.0.113.0/24\"},"
                 "{\"type\":2,\"name\":\"src\",\"prefix\":\"192.0.0.0/9\"},"
                 "{\"type\":3,\"name\":\"proto\",\"match\":[{\"op\":\"=\",\"value\":6}]},"
                 "{\"type\":5,\"name\":\"dport\",\"match\":[{\"op\":\">=\",\"value\":80},"
                 "{\"join\":\"and\",\"op\":\"<=\",\"value\":90}]}],\"expr\":"
                 "\"dst 203.0.113.0/24 && src 192.0.0.0/9 && proto =6 && dport >=80&<=90\"}",
                 true);
}

Test(flowspec2, ipv6_rule)
{
    expect_rules(2, "0017 00000001 00000000 0001 000b 01200020010db8 0d028105",
                 "{\"order\":1,\"identifier\":0,\"filter_type\":1,\"filter_name\":\"ip\","
                 "\"components\":[{\"type\":1,\"name\":\"dst\",\"prefix\":\"2001:db8::/32\"},"
                 "{\"type\":13,\"name\":\"flow-label\",\"match\":[{\"op\":\"=\",\"value\":5}]}],"
                 "\"expr\":\"dst 2001:db8::/32 && flow-label =5\"}",
                 true);
}

/* A prefix whose sub-TLV has its length in octets, as the draft's general words have it. */
Test(flowspec2, prefix_in_octets)
{
    expect_rules(1, "0016 00000001 00000002 0001 000a 010418cb0071 03028106",
                 "{\"order\":1,\"identifier\":2,\"filter_type\":1,\"filter_name\":\"ip\","
                 "\"components\":[{\"type\":1,\"name\":\"dst\",\"prefix\":\"203.0.113.0/24\"},"
                 "{\"type\":3,\"name\":\"proto\",\"match\":[{\"op\":\"=\",\"value\":6}]}],"
                 "\"expr\":\"dst 203.0.113.0/24 && proto =6\"}",
                 true);
}

Test(flowspec2, components_beyond_version_1)
{
    expect_rules(1,
                 "001f 00000001 00000002 0001 0013 0e028140 100480000640 6301ab fa020102 ff00",
                 "{\"order\":1,\"identifier\":2,\"filter_type\":1,\"filter_name\":\"ip\","
                 "\"components\":["
                 "{\"type\":14,\"name\":\"ttl\",\"match\":[{\"op\":\"=\",\"value\":64}]},"
                 "{\"type\":16,\"name\":\"mpls-label\",\"raw\":\"80000640\"},"
                 "{\"type\":99,\"raw\":\"ab\"},"
                 "{\"type\":250,\"name\":\"error-handling\",\"raw\":\"0102\"},"
                 "{\"type\":255,\"raw\":\"\"}],"
                 "\"expr\":\"ttl =64 && mpls-label 0x80000640 && type-99 0xab && "
                 "error-handling 0x0102 && type-255 0x\"}",
                 true);
}

Test(flowspec2, vpn_rule)
{
    expect_rules(1, "0020 00000001 00000002 0005 0014 0001fb 0000fbf400000064 0118cb0071 03028111",
                 "{\"order\":1,\"identifier\":2,\"filter_type\":5,\"filter_name\":\"vpn-ip\","
                 "\"afi\":\"ipv4\",\"safi\":\"251\",\"rd\":\"64500:100\",\"components\":["
                 "{\"type\":1,\"name\":\"dst\",\"prefix\":\"203.0.113.0/24\"},"
                 "{\"type\":3,\"name\":\"proto\",\"match\":[{\"op\":\"=\",\"value\":17}]}],"
                 "\"expr\":\"dst 203.0.113.0/24 && proto =17\"}",
                 true);
}

Test(flowspec2, layer_2_rule)
{
    expect_rules(6,
                 "0029 00000001 00000002 0002 001d 0006fa 0001 0011 0103910800 0206aabbccddeeff 08028105 0118cb0071",
                 "{\"order\":1,\"identifier\":2,\"filter_type\":2,\"filter_name\":\"l2\","
                 "\"afi\":\"802\",\"safi\":\"250\",\"l3_afi\":1,\"components\":["
                 "{\"type\":1,\"name\":\"ether-type\",\"match\":[{\"op\":\"=\",\"value\":2048}]},"
                 "{\"type\":2,\"name\":\"src-mac\",\"mac\":\"aa:bb:cc:dd:ee:ff\"},"
                 "{\"type\":8,\"name\":\"vlan\",\"match\":[{\"op\":\"=\",\"value\":5}]}],"
                 "\"l3_components\":[{\"type\":1,\"name\":\"dst\",\"prefix\":\"203.0.113.0/24\"}],"
                 "\"expr\":\"ether-type =2048 && src-mac aa:bb:cc:dd:ee:ff && vlan =5 && "
                 "dst 203.0.113.0/24\"}",
                 true);
}

Test(flowspec2, rules_one_after_the_other)
{
    expect_rules(1,
                 "002c 00000001 00000002 0001 0004 03028106 00000002 00000003 0100 0002 abcd 00000003 00000004 03e7 0002 ef01",
                 "{\"order\":1,\"identifier\":2,\"filter_type\":1,\"filter_name\":\"ip\","
                 "\"components\":[{\"type\":3,\"name\":\"proto\",\"match\":[{\"op\":\"=\","
                 "\"value\":6}]}],\"expr\":\"proto =6\"},"
                 "{\"order\":2,\"identifier\":3,\"filter_type\":256,\"filter_name\":\"ip-basic\","
                 "\"raw\":\"abcd\"},"
                 "{\"order\":3,\"identifier\":4,\"filter_type\":999,\"raw\":\"ef01\"}",
                 true);
}

/* Components out of order, and one that ends before its operators do (section 3.1). */
Test(flowspec2, bad_values_are_hex)
{
    expect_rules(1, "0014 00000001 00000002 0001 0008 04028119 03028106",
                 "{\"order\":1,\"identifier\":2,\"filter_type\":1,\"filter_name\":\"ip\","
                 "\"raw\":\"0402811903028106\"}",
                 false);
    expect_rules(1, "0010 00000001 00000002 0001 0004 03020106",
                 "{\"order\":1,\"identifier\":2,\"filter_type\":1,\"filter_name\":\"ip\","
                 "\"raw\":\"03020106\"}",
                 false);
}

Test(flowspec2, off_unless_given)
{
    static const struct bgp_ctx plain;
    cr_expect_eq(nlri_family_of(&plain, 1, SAFI), BGP_FAMILY_NONE);
    cr_expect_eq(nlri_family_of(&plain, 1, 0), BGP_FAMILY_NONE);
    cr_expect_eq(nlri_family_of(&given, 1, 249), BGP_FAMILY_NONE);
    cr_expect_eq(nlri_family_of(&given, 3, SAFI), BGP_FAMILY_NONE);
    cr_expect_eq(nlri_family_of(&given, 1, 1), NLRI_IPV4_UNICAST);
    cr_expect_str_eq(nlri_row_of(nlri_family_of(&given, 2, SAFI))->name, "ipv6-flowspec-v2");
    cr_expect_str_eq(nlri_row_of(nlri_family_of(&given, 25, VPN_SAFI))->name,
                     "l2vpn-flowspec-v2");
    cr_expect_str_eq(nlri_row_of(BGP_FAMILY_NONE)->name, "unknown");
}

/* Whatever the octets: a record, and never a read past the end. */
Test(flowspec2, changed_and_cut_octets_are_survived)
{
    static const char *const wires[] = {
        "001f 00000064 00000007 0001 0013 0118cb0071 0209c000 03028106 0504 0350c55a",
        "0020 00000001 00000002 0005 0014 0001fb 0000fbf400000064 0118cb0071 03028111",
        "0029 00000001 00000002 0002 001d 0006fa 0001 0011 0103910800 0206aabbccddeeff 08028105 0118cb0071",
    };
    static struct octets wire;
    struct outcome o;
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++) {
        octets_of(&wire, wires[i]);
        for (size_t cut = 0; cut < wire.len; cut++) {
            uint8_t *copy = exact_copy(wire.p, cut);
            run(1, SAFI, copy, cut, &o);
            cr_expect(!o.ok, "%s cut at %zu", wires[i], cut);
            record_free(&o.r);
            free(copy);
        }
        uint8_t *copy = exact_copy(wire.p, wire.len);
        for (size_t at = 0; at < wire.len; at++) {
            for (unsigned step = 1; step < 256; step += 2) {
                copy[at] = (uint8_t)(wire.p[at] + step);
                run(1, SAFI, copy, wire.len, &o);
                cr_expect(o.ok || o.fault.off <= wire.len);
                record_free(&o.r);
            }
            copy[at] = wire.p[at];
        }
        free(copy);
    }
}
