/* SPDX-License-Identifier: BSD-2-Clause */
/* unreachability: prefixes that somebody can't reach, for information
 * (draft-tantsura-idr-unreachability-safi-06 section 3). Floor F1.
 *
 *     +-----------------------------------+
 *     | Length (2 octets)                 |  of what follows
 *     +-----------------------------------+
 *     | Prefix length (1 octet, bits)     |
 *     +-----------------------------------+
 *     | Prefix (variable)                 |
 *     +-----------------------------------+
 *     | Reporter TLVs: type (1), length   |  type 1: reporter ID (4), its AS (4), sub-TLVs of
 *     | (2), value                        |  the same form: 1 reason (2), 2 seconds since 1970
 * (8)
 *     +-----------------------------------+
 */
#include "bgp/nlri/parts.h"
#include "bgp/tlv.h"

static int reason(struct tlv *t, struct emit *e)
{
    static const char *const names[] = {
        "unspecified",        "policy-blocked",  "security-filtered", "rpki-invalid",
        "no-export-policy",   "martian-address", "bogon-prefix",      "maintenance",
        "local-admin-action", "local-link-down",
    };
    uint16_t code;
    if (!cur_u16(&t->value, &code))
        return tlv_fault(t);
    emit_u64(e, KEY("code"), code);
    if (code < sizeof names / sizeof names[0])
        emit_name(e, KEY("reason"), names[code]);
    return 0;
}

static const struct tlv_row sub_rows[] = {
    {1, "reason", "draft-tantsura-idr-unreachability-safi section 3.5", reason, NULL},
    {2, "timestamp", "draft-tantsura-idr-unreachability-safi section 3.5", tlv_u64, NULL},
};
static TLV_TABLE(sub_table, sub_rows, 1, 2);

static int reporter(struct tlv *t, struct emit *e)
{
    const uint8_t *id = cur_bytes(&t->value, 4);
    uint32_t asn;
    if (id == NULL || !cur_u32(&t->value, &asn))
        return tlv_fault(t);
    emit_ipv4(e, KEY("bgp_id"), id);
    emit_u64(e, KEY("asn"), asn);
    return tlv_sub(t, e);
}

static const struct tlv_row reporter_rows[] = {
    {1, "reporter", "draft-tantsura-idr-unreachability-safi section 3.4", reporter, &sub_table},
};
static TLV_TABLE(reporter_table, reporter_rows, 1, 2);

bool nlri_unreachability_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_octets(in, 2, one, fault);
}

/* Reads length and prefix; `c` then stands before the reporters. */
static bool read_prefix(const struct nlri *n, struct cur *c, uint8_t *bits, uint8_t *addr,
                        struct nlri_fault *fault)
{
    *c = n->body;
    if (!cur_skip_called(c, 2, "length") || !cur_u8(c, bits))
        return nlri_fault_cur(c, fault) == 0;
    return nlri_read_addr(c, *bits, n->row->afi == BGP_AFI_IPV6 ? 16 : 4, addr, fault);
}

int nlri_unreachability_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct cur c;
    uint8_t bits = 0, addr[16];
    if (!read_prefix(n, &c, &bits, addr, fault))
        return -1;
    emit_prefix(e, KEY("prefix"), addr, n->row->afi == BGP_AFI_IPV6, bits);
    if (c.left == 0)
        return 0;
    struct bgp_diags diags; /* a TLV that doesn't parse is there as hex, and said to be */
    bgp_diags_init(&diags);
    struct attr_in in = {.ctx = n->ctx, .diags = &diags};
    if (tlv_emit_all(&reporter_table, &c, &in, e, KEY("reporters")) != 0) {
        *fault = in.fault;
        return -1;
    }
    return nlri_end_partial(&diags, fault);
}

/* What is reported of a prefix is no part of the route's name. */
int nlri_unreachability_key(const struct nlri *n, struct wr *w)
{
    struct cur c;
    struct nlri_fault fault;
    uint8_t bits = 0, addr[16];
    if (!read_prefix(n, &c, &bits, addr, &fault))
        return -1;
    wr_bytes(w, addr, n->row->afi == BGP_AFI_IPV6 ? 16 : 4);
    wr_u8(w, bits);
    return w->overflow ? -1 : 0;
}
