/* SPDX-License-Identifier: BSD-2-Clause */
/* sdwan: tunnels that end at the edges of an SD-WAN (draft-ietf-idr-sdwan-edge-discovery
 * section 6). Floor F1.
 *
 *     +-----------------------------------+
 *     | Route type (2 octets)             |
 *     +-----------------------------------+
 *     | Length (2 octets)                 |  of what follows
 *     +-----------------------------------+
 *     | Route type specific (variable)    |
 *     +-----------------------------------+
 *
 * Type 1, properties of a tunnel: port local ID (4), SD-WAN color (4), node address (4 or 16).
 * Type 2, transit gateways of an edge (draft-ietf-rtgwg-multisegment-sdwan): SD-WAN color (4),
 * node address (4 or 16).
 */
#include "bgp/nlri/parts.h"

enum { SDWAN_TUNNEL = 1, SDWAN_GATEWAYS = 2 };

bool nlri_sdwan_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 2, 2, one, fault);
}

static int decode_known(struct cur *c, uint16_t type, struct emit *e, struct nlri_fault *fault)
{
    uint32_t port, color;
    struct nlri_addr node;
    if (type == SDWAN_TUNNEL) {
        if (!cur_u32(c, &port))
            return nlri_fault_cur(c, fault);
        emit_u64(e, KEY("port_local_id"), port);
    }
    if (!cur_u32(c, &color))
        return nlri_fault_cur(c, fault);
    emit_u64(e, KEY("color"), color);
    if (!nlri_read_last_addr(c, &node, fault))
        return -1;
    nlri_emit_addr(e, KEY("node"), &node);
    return 0;
}

int nlri_sdwan_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    static const char *const names[] = {
        [SDWAN_TUNNEL] = "tunnel-properties", [SDWAN_GATEWAYS] = "transit-gateways"};
    struct cur c = n->body;
    uint16_t type;
    if (!cur_u16(&c, &type) || !cur_skip_called(&c, 2, "length"))
        return nlri_fault_cur(&c, fault);
    bool known = type == SDWAN_TUNNEL || type == SDWAN_GATEWAYS;
    nlri_emit_route_type(e, type, known ? names[type] : NULL);
    if (known)
        return decode_known(&c, type, e, fault);
    emit_hex(e, KEY("raw"), c.p, c.left);
    return 0;
}

int nlri_sdwan_key(const struct nlri *n, struct wr *w)
{
    struct nlri_fault fault;
    if (nlri_sdwan_decode(n, &emit_null, &fault) != 0)
        return -1;
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}
