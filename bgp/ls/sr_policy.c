/* SPDX-License-Identifier: BSD-2-Clause */
/* sr_policy: BGP-LS values of SR policies and TE paths: the candidate path's descriptor and its
 * state (RFC 9857 sections 4 and 5, draft-ietf-idr-bgp-ls-te-path). Floor F1. */
#include "bgp/ls.h"
#include "bgp/nlri_map.h"

/* Reads an address of 4 or 16 octets. */
static bool take_ip(struct tlv *t, struct emit *e, struct str key, uint32_t len)
{
    const uint8_t *a = cur_bytes(&t->value, len);
    if (a == NULL)
        return false;
    emit_ip(e, key, a, len);
    return true;
}

static bool take_u8(struct tlv *t, struct emit *e, struct str key)
{
    uint8_t v;
    if (!cur_u8(&t->value, &v))
        return false;
    emit_u64(e, key, v);
    return true;
}

static bool take_u16(struct tlv *t, struct emit *e, struct str key)
{
    uint16_t v;
    if (!cur_u16(&t->value, &v))
        return false;
    emit_u64(e, key, v);
    return true;
}

static bool take_u32(struct tlv *t, struct emit *e, struct str key)
{
    uint32_t v;
    if (!cur_u32(&t->value, &v))
        return false;
    emit_u64(e, key, v);
    return true;
}

static bool reserved(struct tlv *t, uint32_t octets)
{
    return cur_skip(&t->value, octets);
}

/* Emits a SID as it stands in these TLVs: 16 octets, or an MPLS label with TC, S and TTL. */
static bool take_sid(struct tlv *t, struct emit *e, bool srv6, struct str label, struct str sid)
{
    uint32_t entry;
    if (srv6)
        return take_ip(t, e, sid, 16);
    if (!cur_u32(&t->value, &entry))
        return false;
    emit_u64(e, label, entry >> 12);
    return true;
}

static int result(struct tlv *t, bool ok)
{
    return ok ? 0 : tlv_fault(t);
}

/* Sub-TLVs, when any are left. */
static int emit_sub(struct tlv *t, struct emit *e)
{
    return t->value.left == 0 ? 0
                              : tlv_emit_all(&ls_attr_table, &t->value, t->in, e, KEY("tlvs"));
}

int ls_sr_cp_descriptor(struct tlv *t, struct emit *e) /* RFC 9857 section 4 */
{
    enum { ENDPOINT_6 = 0x80, ORIGINATOR_6 = 0x40 };
    uint8_t origin, flags;
    if (!cur_u8(&t->value, &origin) || !cur_u8(&t->value, &flags) || !reserved(t, 2))
        return tlv_fault(t);
    emit_u64(e, KEY("protocol_origin"), origin);
    emit_u64(e, KEY("flags"), flags);
    return result(t, take_ip(t, e, KEY("endpoint"), flags & ENDPOINT_6 ? 16 : 4) &&
                         take_u32(t, e, KEY("color")) &&
                         take_u32(t, e, KEY("originator_asn")) &&
                         take_ip(t, e, KEY("originator"), flags & ORIGINATOR_6 ? 16 : 4) &&
                         take_u32(t, e, KEY("discriminator")));
}

/* Binding SID (section 5.1): flags (2), reserved (2), the SID in use and the one provisioned.
 */
int ls_sr_binding_sid(struct tlv *t, struct emit *e)
{
    enum { DATAPLANE_SRV6 = 0x8000 };
    uint16_t flags;
    if (!cur_u16(&t->value, &flags) || !reserved(t, 2))
        return tlv_fault(t);
    bool srv6 = (flags & DATAPLANE_SRV6) != 0;
    emit_u64(e, KEY("flags"), flags);
    return result(t,
                  take_sid(t, e, srv6, KEY("label"), KEY("sid")) &&
                      take_sid(t, e, srv6, KEY("provisioned_label"), KEY("provisioned_sid")));
}

/* SRv6 Binding SID (section 5.2): the same with SRv6 SIDs, and sub-TLVs. */
int ls_sr_srv6_binding_sid(struct tlv *t, struct emit *e)
{
    if (!take_u16(t, e, KEY("flags")) || !reserved(t, 2) || !take_ip(t, e, KEY("sid"), 16) ||
        !take_ip(t, e, KEY("provisioned_sid"), 16))
        return tlv_fault(t);
    return emit_sub(t, e);
}

int ls_sr_cp_state(struct tlv *t, struct emit *e) /* section 5.3 */
{
    return result(t, take_u8(t, e, KEY("priority")) && reserved(t, 1) &&
                         take_u16(t, e, KEY("flags")) && take_u32(t, e, KEY("preference")));
}

/* Flags (2), reserved (2), topology (2), algorithm (1), reserved (1): how constraints and
 * segment lists begin. */
static bool take_scope(struct tlv *t, struct emit *e)
{
    return take_u16(t, e, KEY("flags")) && reserved(t, 2) && take_u16(t, e, KEY("mt_id")) &&
           take_u8(t, e, KEY("algorithm")) && reserved(t, 1);
}

int ls_sr_constraints(struct tlv *t, struct emit *e) /* section 5.6 */
{
    return take_scope(t, e) ? emit_sub(t, e) : tlv_fault(t);
}

static bool take_groups(struct tlv *t, struct emit *e, struct str key, unsigned cnt)
{
    emit_array(e, key);
    for (unsigned i = 0; i < cnt; i++) {
        if (!take_u32(t, e, EMIT_ITEM))
            return false;
    }
    emit_array_end(e);
    return true;
}

/* Affinity (section 5.6.1): three sizes in words, reserved (1), the three extended admin
 * groups. */
int ls_sr_affinity(struct tlv *t, struct emit *e)
{
    uint8_t exclude_any, include_any, include_all;
    if (!cur_u8(&t->value, &exclude_any) || !cur_u8(&t->value, &include_any) ||
        !cur_u8(&t->value, &include_all) || !reserved(t, 1))
        return tlv_fault(t);
    return result(t, take_groups(t, e, KEY("exclude_any"), exclude_any) &&
                         take_groups(t, e, KEY("include_any"), include_any) &&
                         take_groups(t, e, KEY("include_all"), include_all));
}

int ls_sr_disjoint(struct tlv *t, struct emit *e) /* section 5.6.4 */
{
    if (!take_u8(t, e, KEY("request_flags")) || !take_u8(t, e, KEY("status_flags")) ||
        !reserved(t, 2))
        return tlv_fault(t);
    struct cur group = cur_rest(&t->value);
    emit_hex(e, KEY("group"), group.p, group.left);
    return 0;
}

int ls_sr_bidirectional(struct tlv *t, struct emit *e) /* section 5.6.5 */
{
    if (!take_u16(t, e, KEY("flags")) || !reserved(t, 2))
        return tlv_fault(t);
    struct cur group = cur_rest(&t->value);
    emit_hex(e, KEY("group"), group.p, group.left);
    return 0;
}

/* Metric (sections 5.6.6 and 5.7.2): type, flags, reserved (2), margin, bound, and of a segment
 * list its value. */
static bool take_metric(struct tlv *t, struct emit *e)
{
    return take_u8(t, e, KEY("metric_type")) && take_u8(t, e, KEY("flags")) && reserved(t, 2) &&
           take_u32(t, e, KEY("margin")) && take_u32(t, e, KEY("bound"));
}

int ls_sr_metric_constraint(struct tlv *t, struct emit *e)
{
    return result(t, take_metric(t, e));
}

int ls_sr_segment_list_metric(struct tlv *t, struct emit *e)
{
    return result(t, take_metric(t, e) && take_u32(t, e, KEY("value")));
}

int ls_sr_segment_list(struct tlv *t, struct emit *e) /* section 5.7 */
{
    return take_scope(t, e) && take_u32(t, e, KEY("weight")) ? emit_sub(t, e) : tlv_fault(t);
}

/* What describes a segment of each type after its SID (section 5.7.1.1). */
enum { SEG_ALGORITHM = 1, SEG_NODE, SEG_NODE_INTERFACE, SEG_ADJACENCY, SEG_INTERFACES };

static const struct segment {
    uint8_t shape;
    uint8_t addr_len;
    bool srv6;
    const char *name;
} segments[] = {
    [1] = {SEG_ALGORITHM, 0, false, "a"},      [2] = {SEG_ALGORITHM, 0, true, "b"},
    [3] = {SEG_NODE, 4, false, "c"},           [4] = {SEG_NODE, 16, false, "d"},
    [5] = {SEG_NODE_INTERFACE, 4, false, "e"}, [6] = {SEG_ADJACENCY, 4, false, "f"},
    [7] = {SEG_INTERFACES, 16, false, "g"},    [8] = {SEG_ADJACENCY, 16, false, "h"},
    [9] = {SEG_NODE, 16, true, "i"},           [10] = {SEG_INTERFACES, 16, true, "j"},
    [11] = {SEG_ADJACENCY, 16, true, "k"},
};

static bool take_descriptor(struct tlv *t, struct emit *e, const struct segment *s)
{
    if (s->shape == SEG_ALGORITHM)
        return take_u8(t, e, KEY("algorithm"));
    if (s->shape == SEG_NODE)
        return take_u8(t, e, KEY("algorithm")) && take_ip(t, e, KEY("node"), s->addr_len);
    if (s->shape == SEG_NODE_INTERFACE)
        return take_ip(t, e, KEY("node"), s->addr_len) &&
               take_u32(t, e, KEY("local_interface"));
    if (s->shape == SEG_ADJACENCY)
        return take_ip(t, e, KEY("local"), s->addr_len) &&
               take_ip(t, e, KEY("remote"), s->addr_len);
    return take_ip(t, e, KEY("local"), s->addr_len) && take_u32(t, e, KEY("local_interface")) &&
           take_ip(t, e, KEY("remote"), s->addr_len) && take_u32(t, e, KEY("remote_interface"));
}

/* Segment (section 5.7.1): type (1), reserved (1), flags (2), SID, descriptor, sub-TLVs. */
int ls_sr_segment(struct tlv *t, struct emit *e)
{
    uint8_t type;
    if (!cur_u8(&t->value, &type) || !reserved(t, 1))
        return tlv_fault(t);
    emit_u64(e, KEY("segment_type"), type);
    if (type == 0 || type >= sizeof segments / sizeof segments[0]) {
        struct cur rest = cur_rest(&t->value);
        emit_hex(e, KEY("raw"), rest.p, rest.left);
        return 0;
    }
    const struct segment *s = &segments[type];
    emit_name(e, KEY("segment"), s->name);
    if (!take_u16(t, e, KEY("flags")) || !take_sid(t, e, s->srv6, KEY("label"), KEY("sid")) ||
        !take_descriptor(t, e, s))
        return tlv_fault(t);
    return emit_sub(t, e);
}

/* ---- TE paths (draft-ietf-idr-bgp-ls-te-path section 3) ---- */

static const struct tlv_row cross_connect_rows[] = {
    {556, "mpls-cross-connect-interface", "draft-ietf-idr-bgp-ls-te-path",
     ls_te_cross_connect_interface, NULL},
    {557, "mpls-cross-connect-fec", "draft-ietf-idr-bgp-ls-te-path", ls_te_cross_connect_fec,
     NULL},
};
static TLV_TABLE(cross_connect_table, cross_connect_rows, 2, 2);

int ls_te_cross_connect(struct tlv *t, struct emit *e) /* labels in and out, sub-TLVs */
{
    if (!take_u32(t, e, KEY("incoming_label")) || !take_u32(t, e, KEY("outgoing_label")))
        return tlv_fault(t);
    return t->value.left == 0
               ? 0
               : tlv_emit_all(&cross_connect_table, &t->value, t->in, e, KEY("tlvs"));
}

/* Flags (1), local interface (4), its address (4 or 16). */
int ls_te_cross_connect_interface(struct tlv *t, struct emit *e)
{
    if (!take_u8(t, e, KEY("flags")) || !take_u32(t, e, KEY("local_interface")))
        return tlv_fault(t);
    return result(t, take_ip(t, e, KEY("local"), t->value.left > 4 ? 16 : 4));
}

/* Flags (1), mask length (1), prefix: IPv4 when the first flag is set. */
int ls_te_cross_connect_fec(struct tlv *t, struct emit *e)
{
    uint8_t flags, bits, addr[16] = {0};
    if (!cur_u8(&t->value, &flags) || !cur_u8(&t->value, &bits))
        return tlv_fault(t);
    bool v6 = (flags & 0x80) == 0;
    emit_u64(e, KEY("flags"), flags);
    if (!nlri_read_addr(&t->value, bits, v6 ? 16 : 4, addr, &t->in->fault))
        return -1;
    emit_prefix(e, KEY("prefix"), addr, v6, bits);
    return 0;
}

/* MPLS-TE path state: where the objects come from (1), address family (1), reserved (2),
 * RSVP-TE or PCEP objects. */
int ls_te_path_state(struct tlv *t, struct emit *e)
{
    if (!take_u8(t, e, KEY("object_origin")) || !take_u8(t, e, KEY("address_family")) ||
        !reserved(t, 2))
        return tlv_fault(t);
    struct cur objects = cur_rest(&t->value);
    emit_hex(e, KEY("objects"), objects.p, objects.left);
    return 0;
}
