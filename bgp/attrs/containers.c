/* SPDX-License-Identifier: BSD-2-Clause */
/* containers: attributes that are runs of TLVs of their own: SFP, next-hop dependent
 * characteristics, BIER, edge metadata. Floor F1. */
#include "bgp/attr_map.h"
#include "bgp/names.h"
#include "bgp/tlv.h"

/* ---- Service Function Path (RFC 9015 section 3.2.1) ---- */

static int emit_rds(struct tlv *t, struct emit *e)
{
    emit_array(e, KEY("rds"));
    while (t->value.left > 0) {
        const uint8_t *rd = cur_bytes(&t->value, 8);
        if (rd == NULL)
            return tlv_fault(t);
        emit_rd(e, EMIT_ITEM, rd);
    }
    emit_array_end(e);
    return 0;
}

static int sfp_association(struct tlv *t, struct emit *e) /* type (1), SFPR-RD (8), SPI (3) */
{
    uint8_t type;
    uint32_t spi;
    const uint8_t *rd;
    if (!cur_u8(&t->value, &type) || (rd = cur_bytes(&t->value, 8)) == NULL ||
        !cur_u24(&t->value, &spi))
        return tlv_fault(t);
    emit_u64(e, KEY("association_type"), type);
    emit_rd(e, KEY("rd"), rd);
    emit_u64(e, KEY("spi"), spi);
    return 0;
}

static int sfp_sft(struct tlv *t, struct emit *e) /* service function type (2), SFIR-RDs */
{
    uint16_t sft;
    if (!cur_u16(&t->value, &sft))
        return tlv_fault(t);
    emit_u64(e, KEY("sft"), sft);
    return emit_rds(t, e);
}

static const struct tlv_row sfp_hop_rows[] = {
    {3, "sft", "RFC 9015 section 3.2.1.3", sfp_sft, NULL},
    {4, "mpls-swapping", "RFC 9015 section 3.2.1.4", tlv_hex, NULL},
    {5, "sfp-traversal", "RFC 9015 section 3.2.1.5", tlv_hex, NULL},
};
static TLV_TABLE(sfp_hop_table, sfp_hop_rows, 1, 2);

static int sfp_hop(struct tlv *t, struct emit *e) /* service index (1), sub-TLVs */
{
    uint8_t index;
    if (!cur_u8(&t->value, &index))
        return tlv_fault(t);
    emit_u64(e, KEY("service_index"), index);
    return tlv_sub(t, e);
}

static const struct tlv_row sfp_rows[] = {
    {1, "association", "RFC 9015 section 3.2.1.1", sfp_association, NULL},
    {2, "hop", "RFC 9015 section 3.2.1.2", sfp_hop, &sfp_hop_table},
    {4, "mpls-swapping", "RFC 9015 section 3.2.1.4", tlv_hex, NULL},
    {5, "sfp-traversal", "RFC 9015 section 3.2.1.5", tlv_hex, NULL},
};
static TLV_TABLE(sfp_table, sfp_rows, 1, 2);

int attr_sfp(struct attr_in *in, struct emit *e, struct str key)
{
    return tlv_emit_all(&sfp_table, &in->value, in, e, key);
}

/* ---- next-hop dependent characteristics (draft-ietf-idr-nhc): the next hop they depend on,
 * then TLVs ---- */

/* The next hop's BGP ID, then those of the nodes behind it. */
static int next_next_hops(struct tlv *t, struct emit *e)
{
    emit_array(e, KEY("bgp_ids"));
    while (t->value.left > 0) {
        const uint8_t *id = cur_bytes(&t->value, 4);
        if (id == NULL)
            return tlv_fault(t);
        emit_ipv4(e, EMIT_ITEM, id);
    }
    emit_array_end(e);
    return 0;
}

static const struct tlv_row nhc_rows[] = {
    {1, "entropy-label", "draft-ietf-idr-elc", tlv_hex, NULL},
    {2, "next-next-hop-nodes", "draft-ietf-idr-next-next-hop-nodes", next_next_hops, NULL},
    {3, "bgp-id", "draft-ietf-idr-nhc", tlv_ip, NULL},
};
static TLV_TABLE(nhc_table, nhc_rows, 2, 2);

int attr_nhc(struct attr_in *in, struct emit *e, struct str key)
{
    uint16_t afi;
    uint8_t safi, len;
    const uint8_t *next_hop;
    if (!cur_u16(&in->value, &afi) || !cur_u8(&in->value, &safi) || !cur_u8(&in->value, &len) ||
        (next_hop = cur_bytes(&in->value, len)) == NULL)
        return attr_fault_cur(in, &in->value);
    emit_object(e, key);
    emit_family(e, afi, safi);
    emit_ip(e, KEY("next_hop"), next_hop, len);
    int r = tlv_emit_all(&nhc_table, &in->value, in, e, KEY("tlvs"));
    emit_object_end(e);
    return r;
}

/* ---- BIER (RFC 9793): TLV 1 is sub-domain (1), BFR-id (2), reserved (1), sub-TLVs ---- */

static int
bier_encapsulation(struct tlv *t,
                   struct emit *e) /* max SI (1), BS len (4 bits), label or BIFT-id (20 bits) */
{
    uint8_t max_si;
    uint32_t v;
    if (!cur_u8(&t->value, &max_si) || !cur_u24(&t->value, &v))
        return tlv_fault(t);
    emit_u64(e, KEY("max_si"), max_si);
    emit_u64(e, KEY("bs_len"), v >> 20);
    emit_u64(e, t->type == 1 ? KEY("label") : KEY("bift_id"), v & 0xfffff);
    return 0;
}

static const struct tlv_row bier_sub_rows[] = {
    {1, "mpls-encapsulation", "RFC 9793", bier_encapsulation, NULL},
    {2, "non-mpls-encapsulation", "RFC 9793", bier_encapsulation, NULL},
    {3, "nexthop", "RFC 9793", tlv_ip, NULL},
};
static TLV_TABLE(bier_sub_table, bier_sub_rows, 2, 2);

static int bier(struct tlv *t, struct emit *e)
{
    uint8_t sub_domain;
    uint16_t bfr_id;
    if (!cur_u8(&t->value, &sub_domain) || !cur_u16(&t->value, &bfr_id) ||
        !cur_skip(&t->value, 1))
        return tlv_fault(t);
    emit_u64(e, KEY("sub_domain"), sub_domain);
    emit_u64(e, KEY("bfr_id"), bfr_id);
    return tlv_sub(t, e);
}

static const struct tlv_row bier_rows[] = {{1, "bier", "RFC 9793", bier, &bier_sub_table}};
static TLV_TABLE(bier_table, bier_rows, 2, 2);

int attr_bier(struct attr_in *in, struct emit *e, struct str key)
{
    return tlv_emit_all(&bier_table, &in->value, in, e, key);
}

/* ---- Edge Metadata (draft-ietf-idr-5g-edge-service-metadata): sub-TLVs of type (2), length
 * (2) whose codes are not assigned yet ---- */

int attr_edge_metadata(struct attr_in *in, struct emit *e, struct str key)
{
    static const struct tlv_table table = {.type_len = 2, .len_len = 2};
    return tlv_emit_all(&table, &in->value, in, e, key);
}
