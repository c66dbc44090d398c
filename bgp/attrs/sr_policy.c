/* SPDX-License-Identifier: BSD-2-Clause */
/* sr_policy: candidate paths of SR Policies and their segments A to K (RFC 9830 section 2.4,
 * RFC 9831 section 2). Floor F1.
 *
 * Every value begins with flags (1) and either a reserved octet or an SR algorithm. */
#include "bgp/sr_policy.h"

/* Reads flags and the octet after them, and emits the flags. */
static bool emit_flags(struct tlv *t, struct emit *e, uint8_t *second)
{
    uint8_t flags;
    if (!cur_u8(&t->value, &flags) || !cur_u8(&t->value, second))
        return false;
    emit_u64(e, KEY("flags"), flags);
    return true;
}

/* Emits a four-octet MPLS label stack entry as its label, with TC, S and TTL when any is set.
 */
static bool emit_label(struct tlv *t, struct emit *e)
{
    uint32_t entry;
    if (!cur_u32(&t->value, &entry))
        return false;
    emit_u64(e, KEY("label"), entry >> 12);
    if ((entry & 0xfff) != 0)
        emit_u64(e, KEY("label_rest"), entry & 0xfff);
    return true;
}

/* Emits an SRv6 SID's endpoint behavior and structure (RFC 9830 section 2.4.4.2.4), when there.
 */
static bool emit_behavior(struct tlv *t, struct emit *e)
{
    static const char *const names[] = {"locator_block_len", "locator_node_len", "function_len",
                                        "argument_len"};
    uint16_t behavior;
    if (t->value.left == 0)
        return true;
    if (!cur_u16(&t->value, &behavior) || !cur_skip(&t->value, 2))
        return false;
    emit_u64(e, KEY("endpoint_behavior"), behavior);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t v;
        if (!cur_u8(&t->value, &v))
            return false;
        emit_u64(e, str_of(names[i]), v);
    }
    return true;
}

static bool emit_srv6_sid(struct tlv *t, struct emit *e)
{
    const uint8_t *sid = cur_bytes(&t->value, 16);
    if (sid == NULL)
        return false;
    emit_ipv6(e, KEY("sid"), sid);
    return emit_behavior(t, e);
}

static int result(struct tlv *t, bool ok)
{
    return ok ? 0 : tlv_fault(t);
}

int sr_policy_preference(struct tlv *t, struct emit *e)
{
    uint8_t reserved;
    uint32_t v;
    if (!emit_flags(t, e, &reserved) || !cur_u32(&t->value, &v))
        return tlv_fault(t);
    emit_u64(e, KEY("preference"), v);
    return 0;
}

int sr_policy_binding_sid(struct tlv *t,
                          struct emit *e) /* none, a label (4) or an SRv6 SID (16) */
{
    uint8_t reserved;
    if (!emit_flags(t, e, &reserved))
        return tlv_fault(t);
    if (t->value.left == 0)
        return 0;
    return result(t, t->value.left == 4 ? emit_label(t, e) : emit_srv6_sid(t, e));
}

int sr_policy_srv6_binding_sid(struct tlv *t, struct emit *e)
{
    uint8_t reserved;
    return result(t, emit_flags(t, e, &reserved) && emit_srv6_sid(t, e));
}

int sr_policy_enlp(struct tlv *t, struct emit *e)
{
    uint8_t reserved, v;
    if (!emit_flags(t, e, &reserved) || !cur_u8(&t->value, &v))
        return tlv_fault(t);
    emit_u64(e, KEY("enlp"), v);
    return 0;
}

int sr_policy_priority(struct tlv *t, struct emit *e) /* priority (1), reserved (1) */
{
    uint8_t v;
    if (!cur_u8(&t->value, &v) || !cur_skip(&t->value, 1))
        return tlv_fault(t);
    emit_u64(e, KEY("priority"), v);
    return 0;
}

int sr_policy_name(struct tlv *t, struct emit *e) /* reserved (1), text */
{
    if (!cur_skip(&t->value, 1))
        return tlv_fault(t);
    return tlv_text(t, e);
}

/* ---- segments ---- */

static int weight(struct tlv *t, struct emit *e)
{
    uint8_t reserved;
    uint32_t v;
    if (!emit_flags(t, e, &reserved) || !cur_u32(&t->value, &v))
        return tlv_fault(t);
    emit_u64(e, KEY("weight"), v);
    return 0;
}

static int segment_a(struct tlv *t, struct emit *e)
{
    uint8_t reserved;
    return result(t, emit_flags(t, e, &reserved) && emit_label(t, e));
}

static int segment_b(struct tlv *t, struct emit *e)
{
    uint8_t reserved;
    return result(t, emit_flags(t, e, &reserved) && emit_srv6_sid(t, e));
}

static bool emit_node(struct tlv *t, struct emit *e, struct str key, uint32_t len)
{
    const uint8_t *a = cur_bytes(&t->value, len);
    if (a == NULL)
        return false;
    emit_ip(e, key, a, len);
    return true;
}

static bool emit_interface(struct tlv *t, struct emit *e, struct str key)
{
    uint32_t id;
    if (!cur_u32(&t->value, &id))
        return false;
    emit_u64(e, key, id);
    return true;
}

/* Segments with an algorithm and a node address: C (IPv4), D (IPv6), I (IPv6, SRv6 SID). */
static int segment_node(struct tlv *t, struct emit *e, uint32_t len, bool srv6)
{
    uint8_t algorithm;
    if (!emit_flags(t, e, &algorithm))
        return tlv_fault(t);
    emit_u64(e, KEY("algorithm"), algorithm);
    bool ok = emit_node(t, e, KEY("node"), len);
    if (ok && t->value.left > 0)
        ok = srv6 ? emit_srv6_sid(t, e) : emit_label(t, e);
    return result(t, ok);
}

static int segment_c(struct tlv *t, struct emit *e)
{
    return segment_node(t, e, 4, false);
}

static int segment_d(struct tlv *t, struct emit *e)
{
    return segment_node(t, e, 16, false);
}

static int segment_i(struct tlv *t, struct emit *e)
{
    return segment_node(t, e, 16, true);
}

static int segment_e(struct tlv *t,
                     struct emit *e) /* local interface (4), IPv4 node, optional SID */
{
    uint8_t reserved;
    bool ok = emit_flags(t, e, &reserved) && emit_interface(t, e, KEY("local_interface")) &&
              emit_node(t, e, KEY("node"), 4);
    if (ok && t->value.left > 0)
        ok = emit_label(t, e);
    return result(t, ok);
}

/* Segments with the addresses of an adjacency: F (IPv4), H (IPv6), K (IPv6, SRv6 SID). */
static int segment_adjacency(struct tlv *t, struct emit *e, uint32_t len, bool srv6)
{
    uint8_t second;
    bool ok = emit_flags(t, e, &second) && emit_node(t, e, KEY("local"), len) &&
              emit_node(t, e, KEY("remote"), len);
    if (ok && t->value.left > 0)
        ok = srv6 ? emit_srv6_sid(t, e) : emit_label(t, e);
    return result(t, ok);
}

static int segment_f(struct tlv *t, struct emit *e)
{
    return segment_adjacency(t, e, 4, false);
}

static int segment_h(struct tlv *t, struct emit *e)
{
    return segment_adjacency(t, e, 16, false);
}

static int segment_k(struct tlv *t, struct emit *e)
{
    return segment_adjacency(t, e, 16, true);
}

/* Segments with interface and address of both ends: G, and J with an SRv6 SID. */
static int segment_interfaces(struct tlv *t, struct emit *e, bool srv6)
{
    uint8_t second;
    bool ok = emit_flags(t, e, &second) && emit_interface(t, e, KEY("local_interface")) &&
              emit_node(t, e, KEY("local"), 16) &&
              emit_interface(t, e, KEY("remote_interface")) &&
              emit_node(t, e, KEY("remote"), 16);
    if (ok && t->value.left > 0)
        ok = srv6 ? emit_srv6_sid(t, e) : emit_label(t, e);
    return result(t, ok);
}

static int segment_g(struct tlv *t, struct emit *e)
{
    return segment_interfaces(t, e, false);
}

static int segment_j(struct tlv *t, struct emit *e)
{
    return segment_interfaces(t, e, true);
}

/* IANA "SR Policy Segment List Sub-TLVs" */
static const struct tlv_row segment_rows[] = {
    {1, "segment-a", "RFC 9830 section 2.4.4.2.1", segment_a, NULL},
    {3, "segment-c", "RFC 9831 section 2.1", segment_c, NULL},
    {4, "segment-d", "RFC 9831 section 2.2", segment_d, NULL},
    {5, "segment-e", "RFC 9831 section 2.3", segment_e, NULL},
    {6, "segment-f", "RFC 9831 section 2.4", segment_f, NULL},
    {7, "segment-g", "RFC 9831 section 2.5", segment_g, NULL},
    {8, "segment-h", "RFC 9831 section 2.6", segment_h, NULL},
    {9, "weight", "RFC 9830 section 2.4.4.1", weight, NULL},
    {13, "segment-b", "RFC 9830 section 2.4.4.2.2", segment_b, NULL},
    {14, "segment-i", "RFC 9831 section 2.7", segment_i, NULL},
    {15, "segment-j", "RFC 9831 section 2.8", segment_j, NULL},
    {16, "segment-k", "RFC 9831 section 2.9", segment_k, NULL},
    {17, "entropy-label-position", "draft-ietf-idr-bgp-sr-mpls-elp", tlv_hex, NULL},
};
static TLV_TABLE(segment_table, segment_rows, 1, 1);

int sr_policy_segment_list(struct tlv *t, struct emit *e) /* reserved (1), sub-TLVs */
{
    if (!cur_skip(&t->value, 1))
        return tlv_fault(t);
    return tlv_emit_all(&segment_table, &t->value, t->in, e, KEY("segments"));
}
