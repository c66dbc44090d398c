/* SPDX-License-Identifier: BSD-2-Clause */
/* pmsi: P-Multicast Service Interface tunnel (RFC 6514 section 5, RFC 7524, 8556, 9574). Floor
 * F1.
 *
 *     +----------+----------------+-------------+----------------
 *     | flags (1)| tunnel type (1)| label (3)   | tunnel identifier
 *     +----------+----------------+-------------+----------------
 */
#include "bgp/attr_map.h"

typedef int id_fn(struct attr_in *in, struct emit *e);

/* Reads an address that fills the rest, or half of it. */
static int emit_addr(struct attr_in *in, struct emit *e, struct str key, uint32_t len)
{
    if (len != 4 && len != 16)
        return attr_fault_at(in, BGP_REASON_LENGTH, in->value.off, 4, len);
    const uint8_t *a = cur_bytes(&in->value, len);
    if (a == NULL)
        return attr_fault_cur(in, &in->value);
    emit_ip(e, key, a, len);
    return 0;
}

static int id_none(struct attr_in *in, struct emit *e)
{
    (void)in, (void)e;
    return 0;
}

static int id_opaque(struct attr_in *in, struct emit *e)
{
    struct cur id = cur_rest(&in->value);
    emit_hex(e, KEY("tunnel_id"), id.p, id.left);
    return 0;
}

static int id_rsvp(struct attr_in *in, struct emit *e)
{
    uint32_t p2mp_id;
    uint16_t reserved, tunnel_id;
    if (!cur_u32(&in->value, &p2mp_id) || !cur_u16(&in->value, &reserved) ||
        !cur_u16(&in->value, &tunnel_id))
        return attr_fault_cur(in, &in->value);
    emit_u64(e, KEY("p2mp_id"), p2mp_id);
    emit_u64(e, KEY("tunnel_id"), tunnel_id);
    return emit_addr(in, e, KEY("extended_tunnel_id"), in->value.left);
}

/* The mLDP FEC element: type, address family, address length, root, opaque length, opaque (RFC
 * 6388 section 2.2). */
static int id_mldp(struct attr_in *in, struct emit *e)
{
    uint8_t fec, addr_len;
    uint16_t family, opaque_len;
    if (!cur_u8(&in->value, &fec) || !cur_u16(&in->value, &family) ||
        !cur_u8(&in->value, &addr_len))
        return attr_fault_cur(in, &in->value);
    emit_u64(e, KEY("fec_type"), fec);
    if (emit_addr(in, e, KEY("root"), addr_len) != 0)
        return -1;
    if (!cur_u16(&in->value, &opaque_len))
        return attr_fault_cur(in, &in->value);
    const uint8_t *opaque = cur_bytes(&in->value, opaque_len);
    if (opaque == NULL)
        return attr_fault_cur(in, &in->value);
    emit_hex(e, KEY("opaque"), opaque, opaque_len);
    return 0;
}

static int id_pim(struct attr_in *in, struct emit *e)
{
    uint32_t half = in->value.left / 2;
    if (emit_addr(in, e, KEY("sender"), half) != 0)
        return -1;
    return emit_addr(in, e, KEY("group"), half);
}

static int id_endpoint(struct attr_in *in, struct emit *e)
{
    return emit_addr(in, e, KEY("endpoint"), in->value.left);
}

static int id_transport(struct attr_in *in, struct emit *e)
{
    uint16_t number;
    if (in->value.left < 2)
        return attr_fault_at(in, BGP_REASON_LENGTH, in->value.off, 6, in->value.left);
    if (emit_addr(in, e, KEY("source"), in->value.left - 2) != 0)
        return -1;
    if (!cur_u16(&in->value, &number))
        return attr_fault_cur(in, &in->value);
    emit_u64(e, KEY("local_number"), number);
    return 0;
}

static int id_bier(struct attr_in *in, struct emit *e)
{
    uint8_t sub_domain;
    uint16_t bfr_id;
    if (!cur_u8(&in->value, &sub_domain) || !cur_u16(&in->value, &bfr_id))
        return attr_fault_cur(in, &in->value);
    emit_u64(e, KEY("sub_domain"), sub_domain);
    emit_u64(e, KEY("bfr_id"), bfr_id);
    return emit_addr(in, e, KEY("bfr_prefix"), in->value.left);
}

static int id_sr_p2mp(struct attr_in *in, struct emit *e)
{
    uint32_t tree_id;
    if (!cur_u32(&in->value, &tree_id))
        return attr_fault_cur(in, &in->value);
    emit_u64(e, KEY("tree_id"), tree_id);
    return emit_addr(in, e, KEY("root"), in->value.left);
}

/* IANA "P-Multicast Service Interface Tunnel (PMSI Tunnel) Tunnel Types" */
static const struct {
    const char *name;
    id_fn *decode;
} tunnels[] = {
    [0] = {"none", id_none},
    [1] = {"rsvp-te-p2mp", id_rsvp},
    [2] = {"mldp-p2mp", id_mldp},
    [3] = {"pim-ssm", id_pim},
    [4] = {"pim-sm", id_pim},
    [5] = {"bidir-pim", id_pim},
    [6] = {"ingress-replication", id_endpoint},
    [7] = {"mldp-mp2mp", id_mldp},
    [8] = {"transport", id_transport},
    [10] = {"assisted-replication", id_endpoint},
    [11] = {"bier", id_bier},
    [12] = {"sr-mpls-p2mp", id_sr_p2mp},
    [13] = {"srv6-p2mp", id_sr_p2mp},
    [255] = {"wildcard", id_opaque},
};

enum { PMSI_COMPOSITE = 0x80, PMSI_COMPOSITE_LAST = 0xfa };

/* Emits the tunnel identifier of a type, or its octets. */
static int emit_tunnel(struct attr_in *in, struct emit *e, uint8_t type)
{
    if (tunnels[type].name != NULL) {
        emit_name(e, KEY("tunnel_name"), tunnels[type].name);
        return tunnels[type].decode(in, e);
    }
    return id_opaque(in, e);
}

/* A composite tunnel (RFC 8317 section 8.1): the high bit of the type is set, and a label for
 * ingress replication (3) stands before the identifier of the tunnel that is left. */
static int emit_composite(struct attr_in *in, struct emit *e, uint8_t type)
{
    uint32_t label;
    if (!cur_u24(&in->value, &label))
        return attr_fault_cur(in, &in->value);
    emit_u64(e, KEY("ingress_replication_label"), label >> 4);
    return emit_tunnel(in, e, type);
}

int attr_pmsi(struct attr_in *in, struct emit *e, struct str key)
{
    uint8_t flags, type;
    uint32_t label;
    if (!cur_u8(&in->value, &flags) || !cur_u8(&in->value, &type) ||
        !cur_u24(&in->value, &label))
        return attr_fault_cur(in, &in->value);
    emit_object(e, key);
    emit_u64(e, KEY("flags"), flags);
    emit_u64(e, KEY("tunnel_type"), type);
    /* an MPLS label is the high 20 bits; a VNI (RFC 8365 section 5.1.3) all 24: both are there
     */
    emit_u64(e, KEY("label"), label >> 4);
    emit_u64(e, KEY("vni"), label);
    uint8_t base = type & (PMSI_COMPOSITE - 1);
    bool composite = type >= PMSI_COMPOSITE && type <= PMSI_COMPOSITE_LAST && base != 0 &&
                     tunnels[base].name != NULL;
    if ((composite ? emit_composite(in, e, base) : emit_tunnel(in, e, type)) != 0)
        return -1;
    emit_object_end(e);
    return 0;
}
