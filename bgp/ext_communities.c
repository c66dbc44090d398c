/* SPDX-License-Identifier: BSD-2-Clause */
/* ext_communities: the registry's rows and how each prints its six octets. Floor F1.
 *
 * Rows are sorted by code; look-up is a binary search after a first guess at route targets. A
 * test checks the order. Values print as the RFC's fields, separated by colons or commas, never
 * lossy. */
#include "bgp/ext_communities.h"

#include <string.h>

#include "base/fmt.h"

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)(p[0] << 8 | p[1]);
}

static uint32_t be24(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | be16(p + 1);
}

static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static size_t put(char *dst, const char *s)
{
    size_t n = strlen(s);
    memcpy(dst, s, n);
    return n;
}

/* Writes `text` and a number. */
static size_t put_num(char *dst, const char *text, uint32_t v)
{
    size_t n = put(dst, text);
    return n + fmt_u32(dst + n, v);
}

/* ---- values ---- */

static size_t v_hex(char *dst, const uint8_t *v)
{
    return fmt_hex(dst, v + 2, 6);
}

static size_t v_as2(char *dst, const uint8_t *v) /* RFC 4360 section 3.1 */
{
    size_t n = fmt_u32(dst, be16(v + 2));
    return n + put_num(dst + n, ":", be32(v + 4));
}

static size_t v_ip4(char *dst, const uint8_t *v) /* RFC 4360 section 3.2 */
{
    size_t n = fmt_ipv4(dst, v + 2);
    return n + put_num(dst + n, ":", be16(v + 6));
}

static size_t v_as4(char *dst, const uint8_t *v) /* RFC 5668 section 2 */
{
    size_t n = fmt_u32(dst, be32(v + 2));
    return n + put_num(dst + n, ":", be16(v + 6));
}

/* Writes an IEEE 754 single as octets or packets a second: whole numbers exactly, others with
 * their bits in hex. */
static size_t put_rate(char *dst, const uint8_t *p)
{
    uint32_t bits = be32(p);
    float f;
    memcpy(&f, &bits, sizeof f);
    if (f >= 0 && f < 1.8e19f && f == (float)(uint64_t)f)
        return fmt_u64(dst, (uint64_t)f);
    size_t n = put(dst, "float:");
    return n + fmt_hex(dst + n, p, 4);
}

static size_t
v_as2_rate(char *dst, const uint8_t *v) /* AS (2), rate (4): RFC 8955 section 7.1, RFC 10005 */
{
    size_t n = fmt_u32(dst, be16(v + 2));
    dst[n++] = ':';
    return n + put_rate(dst + n, v + 4);
}

static size_t v_ospf_route_type(char *dst, const uint8_t *v) /* RFC 4577 section 4.2.6 */
{
    size_t n = fmt_ipv4(dst, v + 2);
    n += put_num(dst + n, ":", v[6]);
    return n + put_num(dst + n, ":", v[7]);
}

static size_t v_cost(char *dst, const uint8_t *v) /* draft-ietf-idr-custom-decision */
{
    size_t n = put_num(dst, "poi-", v[2]);
    n += put_num(dst + n, ":", v[3]);
    return n + put_num(dst + n, ":", be32(v + 4));
}

static size_t
v_color(char *dst,
        const uint8_t *v) /* RFC 9012 section 4.3: flags (2), color (4); RFC 9830 the CO bits */
{
    size_t n = fmt_u32(dst, be32(v + 4));
    if (be16(v + 2) == 0)
        return n;
    return n + put_num(dst + n, ":flags-", be16(v + 2));
}

static size_t
v_encap(char *dst, const uint8_t *v) /* RFC 9012 section 4.1: reserved (4), tunnel type (2) */
{
    return fmt_u32(dst, be16(v + 6));
}

static size_t v_none(char *dst, const uint8_t *v)
{
    static const uint8_t zero[6];
    return memcmp(v + 2, zero, 6) == 0 ? 0 : v_hex(dst, v);
}

static size_t v_origin_validation(char *dst, const uint8_t *v) /* RFC 8097 section 2 */
{
    static const char *const states[] = {"valid", "not-found", "invalid"};
    return v[7] < 3 ? put(dst, states[v[7]]) : put_num(dst, "", v[7]);
}

static size_t v_mac_mobility(char *dst, const uint8_t *v) /* RFC 7432 section 7.7 */
{
    size_t n = put_num(dst, v[2] & 1 ? "sticky:" : "", be32(v + 4));
    return (v[2] & ~1) != 0 ? n + put_num(dst + n, ":flags-", v[2]) : n;
}

static size_t
v_esi_label(char *dst,
            const uint8_t *v) /* RFC 7432 section 7.5: flags (1), reserved (2), label (3) */
{
    size_t n = put(dst, v[2] & 1 ? "single-active:" : "all-active:");
    n += fmt_u32(dst + n, be24(v + 5) >> 4);
    return (v[2] & ~1) != 0 ? n + put_num(dst + n, ":flags-", v[2]) : n;
}

static size_t v_mac(char *dst, const uint8_t *v)
{
    return fmt_mac(dst, v + 2);
}

static size_t v_l2_attributes(char *dst,
                              const uint8_t *v) /* RFC 8214 section 3.1: flags (2), MTU (2) */
{
    size_t n = put_num(dst, "flags-", be16(v + 2));
    return n + put_num(dst + n, ":mtu-", be16(v + 4));
}

static size_t
v_etree(char *dst,
        const uint8_t *v) /* RFC 8317 section 6.1: flags (1), reserved (2), label (3) */
{
    size_t n = put(dst, v[2] & 1 ? "leaf:" : "root:");
    return n + fmt_u32(dst + n, be24(v + 5) >> 4);
}

static size_t v_df_election(char *dst,
                            const uint8_t *v) /* RFC 8584 section 2.2: RSV, DF algorithm, bitmap
                                                 (2), preference (RFC 9785) */
{
    size_t n = put_num(dst, "alg-", v[2] & 0x1fu);
    n += put_num(dst + n, ":caps-", be16(v + 3));
    return n + put_num(dst + n, ":pref-", be16(v + 6));
}

static size_t v_flags1(char *dst, const uint8_t *v) /* one octet of flags, the rest reserved */
{
    return put_num(dst, "flags-", v[2]);
}

static size_t v_flags2(char *dst, const uint8_t *v)
{
    return put_num(dst, "flags-", be16(v + 2));
}

static size_t v_number4(char *dst, const uint8_t *v) /* a four-octet number at the end */
{
    return fmt_u32(dst, be32(v + 4));
}

static size_t v_isid(char *dst, const uint8_t *v)
{
    return fmt_u32(dst, be24(v + 5));
}

static size_t
v_service_carving(char *dst,
                  const uint8_t *v) /* RFC 9722: seconds (4), fraction (2), NTP era 0 */
{
    size_t n = fmt_u32(dst, be32(v + 2));
    return n + put_num(dst + n, ":", be16(v + 6));
}

static size_t
v_interface_set(char *dst,
                const uint8_t *v) /* draft-ietf-idr-flowspec-interfaceset: AS, O|I|group */
{
    size_t n = fmt_u32(dst, be32(v + 2));
    n += put(dst + n, v[6] & 0x80 ? ":output" : "");
    n += put(dst + n, v[6] & 0x40 ? ":input" : "");
    return n + put_num(dst + n, ":", be16(v + 6) & 0x3fff);
}

static size_t v_copy(char *dst,
                     const uint8_t *v) /* the C bit in the last octet: mirror, not redirect */
{
    return put(dst, v[7] & 1 ? "copy" : "redirect");
}

static size_t v_redirect_ip4(char *dst,
                             const uint8_t *v) /* draft-ietf-idr-flowspec-redirect-ip */
{
    size_t n = fmt_ipv4(dst, v + 2);
    return n + put(dst + n, v[7] & 1 ? ":copy" : "");
}

static size_t
v_indirection(char *dst,
              const uint8_t *v) /* draft-ietf-idr-flowspec-path-redirect: flags, tid, id */
{
    size_t n = fmt_u32(dst, be32(v + 4));
    n += put_num(dst + n, ":flags-", v[2]);
    return n + put_num(dst + n, ":tid-", v[3]);
}

static size_t
v_traffic_action(char *dst,
                 const uint8_t *v) /* RFC 8955 section 7.2: S and T are the last bits */
{
    size_t n = put(dst, v[7] & 2 ? "sample" : "");
    if (n > 0 && v[7] & 1)
        dst[n++] = ',';
    n += put(dst + n, v[7] & 1 ? "terminal" : "");
    static const uint8_t zero[5];
    if (n == 0 || memcmp(v + 2, zero, 5) != 0 || v[7] > 3)
        return v_hex(dst, v);
    return n;
}

static size_t v_dscp(char *dst, const uint8_t *v) /* RFC 8955 section 7.5 */
{
    return put_num(dst, "dscp-", v[7] & 0x3fu);
}

static size_t
v_layer2_info(char *dst,
              const uint8_t *v) /* RFC 4761 section 3.2.4: encaps, flags, MTU, preference */
{
    size_t n = put_num(dst, "encaps-", v[2]);
    n += put_num(dst + n, ":flags-", v[3]);
    n += put_num(dst + n, ":mtu-", be16(v + 4));
    return n + put_num(dst + n, ":pref-", be16(v + 6));
}

static size_t
v_transport_class(char *dst,
                  const uint8_t *v) /* draft-ietf-idr-bgp-ct: reserved (2), class (4) */
{
    return fmt_u32(dst, be32(v + 4));
}

static size_t v_sfir_pool(char *dst, const uint8_t *v) /* RFC 9015 section 3.2.1 */
{
    return fmt_hex(dst, v + 2, 6);
}

static size_t
v_sfc_classifier(char *dst,
                 const uint8_t *v) /* RFC 9015 section 7.4: SPI (3), SI (1), SFT (2) */
{
    size_t n = put_num(dst, "spi-", be24(v + 2));
    n += put_num(dst + n, ":si-", v[5]);
    return n + put_num(dst + n, ":sft-", be16(v + 6));
}

static size_t v_label_space(
    char *dst,
    const uint8_t *v) /* draft-ietf-bess-mvpn-evpn-aggregation-label: type (2), value (4) */
{
    size_t n = fmt_u32(dst, be16(v + 2));
    return n + put_num(dst + n, ":", be32(v + 4));
}

static size_t
v_link_bandwidth6(char *dst,
                  const uint8_t *v) /* EVPN link bandwidth: units (1), reserved, value (4) */
{
    size_t n = fmt_u32(dst, be32(v + 4));
    return n + put_num(dst + n, ":units-", v[2]);
}

/* ---- rows ---- */

/* clang-format off */
const struct ext_community_row ext_community_map[] = {
    {0x0002, "rt",                       "RFC 4360", v_as2},
    {0x0003, "soo",                      "RFC 4360", v_as2},
    {0x0004, "link-bandwidth",           "RFC 10005", v_as2_rate},
    {0x0005, "ospf-domain-id",           "RFC 4577", v_as2},
    {0x0008, "bgp-data-collection",      "RFC 4384", v_as2},
    {0x0009, "source-as",                "RFC 6514", v_as2},
    {0x000a, "l2vpn-id",                 "RFC 6074", v_as2},
    {0x0010, "cisco-vpn-distinguisher",  "IANA", v_as2},
    {0x0013, "rt-record",                "draft-ietf-bess-service-chaining", v_as2},
    {0x0015, "rt-derived",               "draft-zzhang-idr-rt-derived-community", v_as2},
    {0x0080, "vni",                      "draft-drao-bgp-l3vpn-virtual-network-overlays", v_as2},
    {0x0102, "rt",                       "RFC 4360", v_ip4},
    {0x0103, "soo",                      "RFC 4360", v_ip4},
    {0x0105, "ospf-domain-id",           "RFC 4577", v_ip4},
    {0x0107, "ospf-router-id",           "RFC 4577", v_ip4},
    {0x0109, "node-target",              "draft-ietf-idr-node-target-ext-comm", v_ip4},
    {0x010a, "l2vpn-id",                 "RFC 6074", v_ip4},
    {0x010b, "vrf-route-import",         "RFC 6514", v_ip4},
    {0x010c, "flowspec-redirect-ip",     "draft-ietf-idr-flowspec-redirect-ip", v_redirect_ip4},
    {0x0110, "cisco-vpn-distinguisher",  "IANA", v_ip4},
    {0x0112, "p2mp-segmented-next-hop",  "RFC 7524", v_ip4},
    {0x0113, "rt-record",                "draft-ietf-bess-service-chaining", v_ip4},
    {0x0114, "vrf-recursive-next-hop",   "IANA", v_ip4},
    {0x0115, "rt-derived",               "draft-zzhang-idr-rt-derived-community", v_ip4},
    {0x0120, "mvpn-sa-rp",               "RFC 9081", v_ip4},
    {0x0202, "rt",                       "RFC 5668", v_as4},
    {0x0203, "soo",                      "RFC 5668", v_as4},
    {0x0204, "generic",                  "draft-ietf-idr-as4octet-extcomm-generic-subtype", v_as4},
    {0x0205, "ospf-domain-id",           "RFC 4577", v_as4},
    {0x0208, "bgp-data-collection",      "RFC 4384", v_as4},
    {0x0209, "source-as",                "RFC 6514", v_as4},
    {0x020a, "l2vpn-id",                 "RFC 6074", v_as4},
    {0x0210, "cisco-vpn-distinguisher",  "IANA", v_as4},
    {0x0213, "rt-record",                "draft-ietf-bess-service-chaining", v_as4},
    {0x0215, "rt-derived",               "draft-zzhang-idr-rt-derived-community", v_as4},
    {0x0301, "cost",                     "draft-ietf-idr-custom-decision", v_cost},
    {0x0303, "cp-orf",                   "RFC 7543", v_none},
    {0x0304, "extranet-source",          "RFC 7900", v_none},
    {0x0305, "extranet-separation",      "RFC 7900", v_none},
    {0x0306, "ospf-route-type",          "RFC 4577", v_ospf_route_type},
    {0x0307, "pmsi-flags",               "RFC 7902", v_hex},
    {0x0308, "context-label-space",      "RFC 9573", v_label_space},
    {0x0309, "upa",                      "draft-krierhorn-idr-upa", v_hex},
    {0x030b, "color",                    "RFC 9012", v_color},
    {0x030c, "encapsulation",            "RFC 9012", v_encap},
    {0x030d, "default-gateway",          "RFC 7432", v_none},
    {0x030e, "ppmp-label",               "draft-rosen-bess-pta-label", v_hex},
    {0x0314, "consistent-hash-sort-order", "draft-ietf-bess-service-chaining", v_number4},
    {0x03aa, "load-balance",             "draft-ietf-bess-service-chaining", v_hex},
    {0x0400, "qos-marking",              "IANA", v_hex},
    {0x0500, "cos-capability",           "IANA", v_hex},
    {0x0600, "mac-mobility",             "RFC 7432", v_mac_mobility},
    {0x0601, "esi-label",                "RFC 7432", v_esi_label},
    {0x0602, "es-import",                "RFC 7432", v_mac},
    {0x0603, "router-mac",               "RFC 9135", v_mac},
    {0x0604, "l2-attributes",            "RFC 8214", v_l2_attributes},
    {0x0605, "e-tree",                   "RFC 8317", v_etree},
    {0x0606, "df-election",              "RFC 8584", v_df_election},
    {0x0607, "i-sid",                    "draft-sajassi-bess-evpn-virtual-eth-segment", v_isid},
    {0x0608, "arp-nd",                   "RFC 9047", v_flags1},
    {0x0609, "multicast-flags",          "RFC 9251", v_flags2},
    {0x060a, "evi-rt",                   "RFC 9251", v_as2},
    {0x060b, "evi-rt",                   "RFC 9251", v_ip4},
    {0x060c, "evi-rt",                   "RFC 9251", v_as4},
    {0x060d, "evi-rt6",                  "RFC 9251", v_hex},
    {0x060e, "attachment-circuit",       "draft-sajassi-bess-evpn-ac-aware-bundling", v_number4},
    {0x060f, "service-carving-time",     "RFC 9722", v_service_carving},
    {0x0610, "evpn-link-bandwidth",      "draft-ietf-bess-evpn-unequal-lb", v_link_bandwidth6},
    {0x0615, "rt-derived",               "draft-zzhang-idr-rt-derived-community", v_hex},
    {0x0702, "interface-set",            "draft-ietf-idr-flowspec-interfaceset", v_interface_set},
    {0x0800, "redirect-to-next-hop",     "draft-simpson-idr-flowspec-redirect", v_copy},
    {0x0900, "redirect-indirection-id",  "draft-ietf-idr-flowspec-path-redirect", v_indirection},
    {0x0a02, "transport-class",          "draft-ietf-idr-bgp-ct", v_transport_class},
    {0x0b01, "sfir-pool",                "RFC 9015", v_sfir_pool},
    {0x0b02, "sfc-mpls",                 "RFC 9015", v_hex},
    {0x0c00, "mup",                      "draft-ietf-bess-mup-safi", v_as2},
    {0x4004, "link-bandwidth",           "RFC 10005", v_as2_rate},
    {0x4080, "vni",                      "draft-drao-bgp-l3vpn-virtual-network-overlays", v_as2},
    {0x4109, "node-target",              "draft-ietf-idr-node-target-ext-comm", v_ip4},
    {0x4204, "generic",                  "draft-ietf-idr-as4octet-extcomm-generic-subtype", v_as4},
    {0x4300, "origin-validation",        "RFC 8097", v_origin_validation},
    {0x4301, "cost",                     "draft-ietf-idr-custom-decision", v_cost},
    {0x4400, "qos-marking",              "IANA", v_hex},
    {0x4702, "interface-set",            "draft-ietf-idr-flowspec-interfaceset", v_interface_set},
    {0x4a02, "transport-class",          "draft-ietf-idr-bgp-ct", v_transport_class},
    {0x8000, "ospf-route-type",          "RFC 4577 (deprecated code)", v_ospf_route_type},
    {0x8001, "ospf-router-id",           "RFC 4577 (deprecated code)", v_ip4},
    {0x8004, "security-group",           "draft-smith-kandula-sxp", v_hex},
    {0x8005, "ospf-domain-id",           "RFC 4577 (deprecated code)", v_as2},
    {0x8006, "rate-limit-bytes",         "RFC 8955", v_as2_rate},
    {0x8007, "traffic-action",           "RFC 8955", v_traffic_action},
    {0x8008, "redirect",                 "RFC 8955", v_as2},
    {0x8009, "mark",                     "RFC 8955", v_dscp},
    {0x800a, "layer2-info",              "RFC 4761", v_layer2_info},
    {0x800b, "e-tree-info",              "RFC 7796", v_hex},
    {0x800c, "rate-limit-packets",       "RFC 8955", v_as2_rate},
    {0x800d, "sfc-classifier",           "RFC 9015", v_sfc_classifier},
    {0x8084, "tag",                      "IANA", v_hex},
    {0x8085, "origin-sub-cluster",       "IANA", v_hex},
    {0x8108, "redirect",                 "RFC 8955", v_ip4},
    {0x8204, "security-group",           "draft-smith-kandula-sxp", v_hex},
    {0x8208, "redirect",                 "RFC 8955", v_as4},
    {0x8284, "tag",                      "IANA", v_hex},
    {0x8285, "origin-sub-cluster",       "IANA", v_hex},
};
/* clang-format on */

const unsigned ext_community_map_cnt = sizeof ext_community_map / sizeof ext_community_map[0];

static const struct ext_community_row *find_row(uint16_t code)
{
    unsigned lo = 0, hi = ext_community_map_cnt;
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (ext_community_map[mid].code < code)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < ext_community_map_cnt && ext_community_map[lo].code == code
               ? &ext_community_map[lo]
               : NULL;
}

size_t ext_community_text(char *dst, const uint8_t *v)
{
    const struct ext_community_row *row = find_row((uint16_t)be16(v));
    size_t n;
    if (row == NULL) {
        n = put(dst, "0x");
        n += fmt_hex(dst + n, v, 2);
        dst[n++] = ':';
        return n + v_hex(dst + n, v);
    }
    n = put(dst, row->name);
    dst[n++] = ':';
    size_t value = row->value(dst + n, v);
    return value > 0 ? n + value : n - 1;
}

/* IANA "Transitive IPv6-Address-Specific Extended Community Types" */
static const char *name6(unsigned code)
{
    static const struct {
        uint16_t code;
        const char *name;
    } rows[] = {
        {0x0002, "rt"},
        {0x0003, "soo"},
        {0x0004, "ospfv3-route-attributes"},
        {0x000b, "vrf-route-import"},
        {0x000c, "flowspec-redirect-ip"},
        {0x000d, "flowspec-rt-redirect"},
        {0x0010, "cisco-vpn-distinguisher"},
        {0x0011, "uuid-route-target"},
        {0x0012, "p2mp-segmented-next-hop"},
        {0x0014, "vrf-recursive-next-hop"},
        {0x0015, "rt-derived"},
        {0x800b, "redirect"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code)
            return rows[i].name;
    }
    return NULL;
}

size_t ext_community6_text(char *dst, const uint8_t *v)
{
    const char *name = name6(be16(v));
    size_t n;
    if (name != NULL) {
        n = put(dst, name);
    } else {
        n = put(dst, "0x");
        n += fmt_hex(dst + n, v, 2);
    }
    dst[n++] = ':';
    n += fmt_ipv6(dst + n, v + 2);
    return n + put_num(dst + n, ":", be16(v + 18));
}
