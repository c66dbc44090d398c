/* SPDX-License-Identifier: BSD-2-Clause */
/* ls: BGP-LS, BGP-LS-VPN and BGP-LS-SPF (RFC 9552 section 5.2, RFC 9086, 9514, 9857, 9815).
 * Floor F1.
 *
 *     +-----------+-------------+----------------------+-----------------+----------------+-------------
 *     | type (2)  | length (2)  | RD (8), SAFI 72 only | protocol-ID (1) | identifier (8) |
 * descriptors
 *     +-----------+-------------+----------------------+-----------------+----------------+-------------
 */
#include "bgp/ls.h"
#include "bgp/nlri/parts.h"

static const char *const type_names[] = {
    [1] = "node",      [2] = "link",     [3] = "ipv4-prefix", [4] = "ipv6-prefix",
    [5] = "sr-policy", [6] = "srv6-sid", [7] = "stub-link",
};

/* IANA "BGP-LS Protocol-IDs" */
static const char *const protocol_names[] = {
    [1] = "isis-l1", [2] = "isis-l2", [3] = "ospfv2",  [4] = "direct",          [5] = "static",
    [6] = "ospfv3",  [7] = "bgp",     [8] = "rsvp-te", [9] = "segment-routing",
};

static const char *name_of(const char *const *names, size_t cnt, unsigned v)
{
    return v < cnt ? names[v] : NULL;
}

bool nlri_ls_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    struct cur ahead = *in;
    uint16_t type, len;
    if (!cur_u16(&ahead, &type) || !cur_u16(&ahead, &len))
        return nlri_fault_cur(&ahead, fault) == 0;
    if (!cur_take(in, 4u + len, one))
        return nlri_fault_cur(in, fault) == 0;
    return true;
}

static int decode_known(const struct nlri *n, struct cur *c, uint16_t type, struct emit *e,
                        struct nlri_fault *fault)
{
    uint8_t protocol;
    uint64_t identifier;
    if (!cur_u8(c, &protocol) || !cur_u64(c, &identifier))
        return nlri_fault_cur(c, fault);
    const char *name =
        name_of(protocol_names, sizeof protocol_names / sizeof protocol_names[0], protocol);
    emit_u64(e, KEY("protocol_id"), protocol);
    if (name != NULL)
        emit_name(e, KEY("protocol"), name);
    emit_u64(e, KEY("identifier"), identifier);
    struct bgp_diags diags; /* a descriptor that doesn't parse is there as hex, and the NLRI
                               malformed (RFC 9552 section 8.2.2) */
    bgp_diags_init(&diags);
    struct attr_in in = {.ctx = n->ctx, .diags = &diags, .ipv6 = type == 4};
    if (tlv_emit_all(&ls_descriptor_table, c, &in, e, KEY("descriptors")) != 0) {
        *fault = in.fault;
        return -1;
    }
    return nlri_end_partial(&diags, fault);
}

int nlri_ls_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint16_t type, len;
    if (!cur_u16(&c, &type) || !cur_u16(&c, &len))
        return nlri_fault_cur(&c, fault);
    emit_u64(e, KEY("nlri_type"), type);
    const char *name = name_of(type_names, sizeof type_names / sizeof type_names[0], type);
    if (name == NULL) { /* an opaque NLRI type: RFC 9552 section 5.2 */
        emit_hex(e, KEY("raw"), c.p, c.left);
        return 0;
    }
    emit_name(e, KEY("nlri_name"), name);
    if (n->row->safi == BGP_SAFI_LS_VPN) {
        const uint8_t *rd = cur_bytes(&c, 8);
        if (rd == NULL)
            return nlri_fault_cur(&c, fault);
        emit_rd(e, KEY("rd"), rd);
    }
    return decode_known(n, &c, type, e, fault);
}

/* TLVs are in ascending order (RFC 9552 section 5.1), so that the bytes are the key. */
int nlri_ls_key(const struct nlri *n, struct wr *w)
{
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}
