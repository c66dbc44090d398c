/* SPDX-License-Identifier: BSD-2-Clause */
/* tunnel_encap: TUNNEL_ENCAP (RFC 9012): a TLV a tunnel, with sub-TLVs. Floor F1.
 *
 *     +------------------+-------------+---------------------------------------------------------+
 *     | tunnel type (2)  | length (2)  | sub-TLVs: type (1), length (1, from type 128 on 2),
 * ... |
 *     +------------------+-------------+---------------------------------------------------------+
 */
#include "bgp/attr_map.h"
#include "bgp/ext_communities.h"
#include "bgp/sr_policy.h"

/* ---- Encapsulation sub-TLVs (RFC 9012 section 3.2), by tunnel type ---- */

static int encap_vxlan(struct tlv *t,
                       struct emit *e) /* flags, VNI (3), MAC (6), reserved (2) */
{
    uint8_t flags;
    uint32_t vni;
    const uint8_t *mac;
    if (!cur_u8(&t->value, &flags) || !cur_u24(&t->value, &vni) ||
        (mac = cur_bytes(&t->value, 6)) == NULL || !cur_skip(&t->value, 2))
        return tlv_fault(t);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("vni"), vni);
    emit_mac(e, KEY("mac"), mac);
    return 0;
}

static int encap_l2tpv3(struct tlv *t, struct emit *e)
{
    uint32_t session;
    if (!cur_u32(&t->value, &session))
        return tlv_fault(t);
    struct cur cookie = cur_rest(&t->value);
    emit_u64(e, KEY("session_id"), session);
    emit_hex(e, KEY("cookie"), cookie.p, cookie.left);
    return 0;
}

static int encap_gre(struct tlv *t, struct emit *e)
{
    uint32_t gre_key;
    if (!cur_u32(&t->value, &gre_key))
        return tlv_fault(t);
    emit_u64(e, KEY("key"), gre_key);
    return 0;
}

/* ---- other sub-TLVs ---- */

static int color(struct tlv *t,
                 struct emit *e) /* RFC 9012 section 3.4.2: a color extended community */
{
    char s[EXT_COMMUNITY_TEXT_MAX];
    const uint8_t *v = cur_bytes(&t->value, EXT_COMMUNITY_LEN);
    if (v == NULL)
        return tlv_fault(t);
    emit_ascii(e, KEY("value"), s, ext_community_text(s, v));
    return 0;
}

static int egress_endpoint(struct tlv *t, struct emit *e) /* RFC 9012 section 3.1 */
{
    uint16_t afi;
    if (!cur_skip(&t->value, 4) || !cur_u16(&t->value, &afi))
        return tlv_fault(t);
    emit_u64(e, KEY("afi"), afi);
    if (afi == 0 && t->value.left == 0) /* the UPDATE's next hop is meant */
        return 0;
    return tlv_ip(t, e);
}

static int label_stack(struct tlv *t,
                       struct emit *e) /* RFC 9012 section 3.6: RFC 3032 entries */
{
    emit_array(e, KEY("labels"));
    while (t->value.left > 0) {
        uint32_t entry;
        if (!cur_u32(&t->value, &entry))
            return tlv_fault(t);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("label"), entry >> 12);
        emit_u64(e, KEY("tc"), entry >> 9 & 7);
        emit_bool(e, KEY("bottom"), (entry >> 8 & 1) != 0);
        emit_u64(e, KEY("ttl"), entry & 255);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

static int prefix_sid_value(struct tlv *t,
                            struct emit *e) /* RFC 9012 section 3.7: attribute 40's TLVs */
{
    return tlv_emit_all(&prefix_sid_table, &t->value, t->in, e, KEY("tlvs"));
}

/* clang-format off */

/* IANA "BGP Tunnel Encapsulation Attribute Sub-TLVs"; how Encapsulation reads depends on the tunnel. */
#define SUB_ROWS(encapsulation)                                                           \
    {1,   "encapsulation",          "RFC 9012 section 3.2",   encapsulation, NULL},       \
    {2,   "protocol-type",          "RFC 9012 section 3.4.1", tlv_u16, NULL},             \
    {3,   "ipsec-authenticator",    "RFC 5566 (deprecated)",  tlv_hex, NULL},             \
    {4,   "color",                  "RFC 9012 section 3.4.2", color, NULL},               \
    {5,   "load-balancing-block",   "RFC 5640",               tlv_u16, NULL},             \
    {6,   "egress-endpoint",        "RFC 9012 section 3.1",   egress_endpoint, NULL},     \
    {7,   "ds-field",               "RFC 9012 section 3.3.1", tlv_u8, NULL},              \
    {8,   "udp-port",               "RFC 9012 section 3.3.2", tlv_u16, NULL},             \
    {9,   "embedded-label-handling", "RFC 9012 section 3.5",  tlv_u8, NULL},              \
    {10,  "label-stack",            "RFC 9012 section 3.6",   label_stack, NULL},         \
    {11,  "prefix-sid",             "RFC 9012 section 3.7",   prefix_sid_value, NULL},    \
    {12,  "preference",             "RFC 9830 section 2.4.1", sr_policy_preference, NULL}, \
    {13,  "binding-sid",            "RFC 9830 section 2.4.2", sr_policy_binding_sid, NULL}, \
    {14,  "explicit-null-policy",   "RFC 9830 section 2.4.5", sr_policy_enlp, NULL},      \
    {15,  "priority",               "RFC 9830 section 2.4.6", sr_policy_priority, NULL},  \
    {16,  "spi-si-representation",  "RFC 9015 section 3.1.3", tlv_number, NULL},             \
    {17,  "ipv6-sid-structure",     "IANA",                   tlv_hex, NULL},             \
    {18,  "ipv4-sid",               "IANA",                   tlv_hex, NULL},             \
    {19,  "ipv6-sid",               "IANA",                   tlv_hex, NULL},             \
    {20,  "srv6-binding-sid",       "RFC 9830 section 2.4.3", sr_policy_srv6_binding_sid, NULL}, \
    {64,  "ipsec-sa-id",            "draft-ietf-idr-sdwan-edge-discovery", tlv_hex, NULL}, \
    {65,  "extended-port-property", "draft-ietf-idr-sdwan-edge-discovery", tlv_hex, NULL}, \
    {66,  "underlay-properties",    "draft-ietf-idr-sdwan-edge-discovery", tlv_hex, NULL}, \
    {67,  "ipsec-sa-nonce",         "draft-ietf-idr-sdwan-edge-discovery", tlv_hex, NULL}, \
    {68,  "ipsec-public-key",       "draft-ietf-idr-sdwan-edge-discovery", tlv_hex, NULL}, \
    {69,  "ipsec-sa-proposal",      "draft-ietf-idr-sdwan-edge-discovery", tlv_hex, NULL}, \
    {70,  "simplified-ipsec-sa",    "draft-ietf-idr-sdwan-edge-discovery", tlv_hex, NULL}, \
    {71,  "ipsec-version",          "IANA",                   tlv_hex, NULL},             \
    {123, "nrp",                    "draft-ietf-idr-sr-policy-nrp", tlv_hex, NULL},       \
    {124, "rpf",                    "draft-ietf-bess-bgp-multicast-controller", tlv_hex, NULL}, \
    {125, "tree-label-stack",       "draft-ietf-bess-bgp-multicast-controller", tlv_hex, NULL}, \
    {128, "segment-list",           "RFC 9830 section 2.4.4", sr_policy_segment_list, NULL}, \
    {129, "candidate-path-name",    "RFC 9830 section 2.4.7", sr_policy_name, NULL},      \
    {130, "policy-name",            "RFC 9830 section 2.4.8", sr_policy_name, NULL},      \
    {192, "wan-id",                 "IANA",                   tlv_hex, NULL},             \
    {193, "bytes",                  "IANA",                   tlv_hex, NULL},             \
    {194, "ipsec-dim",              "IANA",                   tlv_hex, NULL},             \
    {195, "ipsec-key-exchange",     "IANA",                   tlv_hex, NULL},             \
    {196, "ipsec-sa-proposals",     "IANA",                   tlv_hex, NULL},             \
    {197, "service-segment-list",   "IANA",                   tlv_hex, NULL},             \
    {198, "service-vtep",           "IANA",                   tlv_hex, NULL},             \
    {199, "des-adjacency",          "IANA",                   tlv_hex, NULL},

#define SUB_TABLE(name, encapsulation)                                                    \
    static const struct tlv_row name##_rows[] = {SUB_ROWS(encapsulation)};                \
    static const struct tlv_table name = {.rows = name##_rows,                            \
                                          .cnt = sizeof name##_rows / sizeof name##_rows[0], \
                                          .type_len = 1, .len_len = 1, .wide_from = 128}
SUB_TABLE(sub_plain, tlv_hex);
SUB_TABLE(sub_vxlan, encap_vxlan);
SUB_TABLE(sub_l2tpv3, encap_l2tpv3);
SUB_TABLE(sub_gre, encap_gre);

/* IANA "BGP Tunnel Encapsulation Attribute Tunnel Types" */
static const struct tlv_row tunnel_rows[] = {
    {1,  "l2tpv3",                 "RFC 9012", tlv_sub, &sub_l2tpv3},
    {2,  "gre",                    "RFC 9012", tlv_sub, &sub_gre},
    {3,  "transmit-endpoint",      "RFC 5566 (deprecated)", tlv_sub, &sub_plain},
    {4,  "ipsec-tunnel",           "RFC 5566 (deprecated)", tlv_sub, &sub_plain},
    {5,  "ip-in-ip-ipsec",         "RFC 5566 (deprecated)", tlv_sub, &sub_plain},
    {6,  "mpls-in-ip-ipsec",       "RFC 5566 (deprecated)", tlv_sub, &sub_plain},
    {7,  "ip-in-ip",               "RFC 9012", tlv_sub, &sub_plain},
    {8,  "vxlan",                  "RFC 9012", tlv_sub, &sub_vxlan},
    {9,  "nvgre",                  "RFC 9012", tlv_sub, &sub_vxlan},
    {10, "mpls",                   "RFC 9012", tlv_sub, &sub_plain},
    {11, "mpls-in-gre",            "RFC 9012", tlv_sub, &sub_gre},
    {12, "vxlan-gpe",              "RFC 9012", tlv_sub, &sub_plain},
    {13, "mpls-in-udp",            "RFC 7510", tlv_sub, &sub_plain},
    {14, "ipv6-tunnel",            "IANA", tlv_sub, &sub_plain},
    {15, "sr-policy",              "RFC 9830", tlv_sub, &sub_plain},
    {16, "bare",                   "IANA", tlv_sub, &sub_plain},
    {17, "sr-tunnel",              "RFC 9125 (deprecated)", tlv_sub, &sub_plain},
    {18, "cloud-security",         "IANA", tlv_sub, &sub_plain},
    {19, "geneve",                 "RFC 8926", tlv_sub, &sub_plain},
    {20, "any-encapsulation",      "draft-ietf-bess-bgp-multicast-controller", tlv_sub, &sub_plain},
    {21, "gtp",                    "draft-ietf-bess-bgp-srv6-args", tlv_sub, &sub_plain},
    {22, "dps",                    "IANA", tlv_sub, &sub_plain},
    {23, "originating-pe",         "IANA", tlv_sub, &sub_plain},
    {24, "dps-policy",             "IANA", tlv_sub, &sub_plain},
    {25, "sd-wan-hybrid",          "draft-ietf-idr-sdwan-edge-discovery", tlv_sub, &sub_plain},
};
static TLV_TABLE(tunnel_table, tunnel_rows, 2, 2);

/* clang-format on */

int attr_tunnel_encap(struct attr_in *in, struct emit *e, struct str key)
{
    return tlv_emit_all(&tunnel_table, &in->value, in, e, key);
}
