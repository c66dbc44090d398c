/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_ls: BGP-LS NLRI as ExaBGP's JSON has them (RFC 9552 section 5.2, RFC 9514 section 6).
 * Floor F4.
 *
 * Descriptors without a word of ExaBGP's are there as `generic-tlv-TYPE`, as it has them in
 * SRv6 SID NLRI alone. */
#include <stdio.h>

#include "bgp/nlri/parts.h"
#include "tools/exabgp/exabgp.h"

enum {
    TLV_LOCAL_NODE = 256,
    TLV_REMOTE_NODE = 257,
    TLV_LINK_IDS = 258,
    TLV_INTERFACE_4 = 259,
    TLV_NEIGHBOR_4 = 260,
    TLV_INTERFACE_6 = 261,
    TLV_NEIGHBOR_6 = 262,
    TLV_MT_ID = 263,
    TLV_OSPF_ROUTE_TYPE = 264,
    TLV_REACHABILITY = 265,
    TLV_NODE_AS = 512,
    TLV_NODE_BGPLS_ID = 513,
    TLV_NODE_AREA = 514,
    TLV_NODE_ROUTER_ID = 515,
    TLV_SRV6_SID = 518,
    MT_ID_MASK = 0x0fff,
};

enum { TYPE_NODE = 1, TYPE_LINK = 2, TYPE_PREFIX4 = 3, TYPE_PREFIX6 = 4, TYPE_SRV6_SID = 6 };

/* Takes the next TLV. False at the end, or when it is cut: c->failed. */
static bool next_tlv(struct cur *c, uint16_t *type, struct cur *value)
{
    uint16_t len;
    return c->left > 0 && cur_u16(c, type) && cur_u16(c, &len) && cur_take(c, len, value);
}

/* ---- node descriptors (section 5.2.1.4) ---- */

/* An IGP router: IS-IS system, with a pseudonode's number or without, or OSPF router and
 * designated router's interface. */
static bool put_router_id(struct emit *e, struct cur c)
{
    enum { SYSTEM_LEN = 6 };
    switch (c.left) {
    case SYSTEM_LEN:
    case SYSTEM_LEN + 1:
        emit_hex(e, KEY("router-id"), c.p, c.left);
        if (c.left > SYSTEM_LEN && c.p[SYSTEM_LEN] != 0)
            emit_code(e, KEY("psn"), c.p[SYSTEM_LEN]);
        return true;
    case 4:
    case 8:
        emit_ipv4(e, KEY("router-id"), c.p);
        if (c.left == 8)
            emit_ipv4(e, KEY("designated-router-id"), c.p + 4);
        return true;
    default:
        return false;
    }
}

static bool put_node_member(struct emit *e, uint16_t type, struct cur c)
{
    uint32_t v;
    const uint8_t *a;
    switch (type) {
    case TLV_NODE_AS:
        if (c.left != 4 || !cur_u32(&c, &v))
            return false;
        emit_u64(e, KEY("autonomous-system"), v);
        return true;
    case TLV_NODE_BGPLS_ID:
        if (c.left != 4 || !cur_u32(&c, &v))
            return false;
        emit_code(e, KEY("bgp-ls-identifier"), v);
        return true;
    case TLV_NODE_AREA:
        if ((c.left != 4 && c.left != 16) || (a = cur_bytes(&c, c.left)) == NULL)
            return false;
        emit_ip(e, KEY("ospf-area-id"), a, (size_t)(c.p - a));
        return true;
    case TLV_NODE_ROUTER_ID:
        return put_router_id(e, c);
    default:
        return false;
    }
}

static bool put_node(struct emit *e, struct str key, struct cur c)
{
    uint16_t type;
    struct cur value;
    emit_array(e, key);
    while (next_tlv(&c, &type, &value)) {
        char name[40];
        emit_object(e, EMIT_ITEM);
        if (!put_node_member(e, type, value)) {
            int n = snprintf(name, sizeof name, "generic-node-descriptor-%u", type);
            exabgp_hex(e, str_at(name, (size_t)n), "0x", value);
        }
        emit_object_end(e);
    }
    emit_array_end(e);
    return !c.failed;
}

/* ---- runs of descriptors ---- */

/* Returns the first TLV of a type. */
static bool find_tlv(struct cur c, uint16_t type, struct cur *value)
{
    uint16_t t;
    while (next_tlv(&c, &t, value)) {
        if (t == type)
            return true;
    }
    return false;
}

static bool put_node_of(struct emit *e, struct str key, struct cur c, uint16_t type)
{
    struct cur value;
    return put_node(e, key, find_tlv(c, type, &value) ? value : cur_of(NULL, 0));
}

static void put_addrs(struct emit *e, struct str key, struct cur c, uint16_t type4,
                      uint16_t type6)
{
    uint16_t t;
    struct cur v;
    emit_array(e, key);
    while (next_tlv(&c, &t, &v)) {
        if ((t == type4 || t == type6) && (v.left == 4 || v.left == 16))
            emit_ip(e, EMIT_ITEM, v.p, v.left);
    }
    emit_array_end(e);
}

/* `text`: as texts, which is how ExaBGP has them in SRv6 SID NLRI. */
static void put_topologies(struct emit *e, struct cur c, bool text)
{
    uint16_t t, id;
    struct cur v;
    emit_array(e, KEY("multi-topology-ids"));
    while (next_tlv(&c, &t, &v)) {
        while (t == TLV_MT_ID && cur_u16(&v, &id)) {
            if (text)
                emit_code(e, EMIT_ITEM, id & MT_ID_MASK);
            else
                emit_u64(e, EMIT_ITEM, id & MT_ID_MASK);
        }
    }
    emit_array_end(e);
}

static void put_link_ids(struct emit *e, struct cur c)
{
    uint16_t t;
    struct cur v;
    uint32_t local, remote;
    emit_array(e, KEY("link-identifiers"));
    while (next_tlv(&c, &t, &v)) {
        if (t != TLV_LINK_IDS || !cur_u32(&v, &local) || !cur_u32(&v, &remote))
            continue;
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("link-local-id"), local);
        emit_u64(e, KEY("link-remote-id"), remote);
        emit_object_end(e);
    }
    emit_array_end(e);
}

static bool is_known(uint16_t nlri_type, uint16_t tlv)
{
    switch (nlri_type) {
    case TYPE_NODE:
        return tlv == TLV_LOCAL_NODE;
    case TYPE_LINK:
        return tlv >= TLV_LOCAL_NODE && tlv <= TLV_MT_ID;
    case TYPE_SRV6_SID:
        return tlv == TLV_LOCAL_NODE || tlv == TLV_MT_ID || tlv == TLV_SRV6_SID;
    default:
        return tlv == TLV_LOCAL_NODE || tlv == TLV_OSPF_ROUTE_TYPE || tlv == TLV_REACHABILITY ||
               tlv == TLV_MT_ID;
    }
}

/* Each type once, with all of its values. */
static void put_others(struct emit *e, struct cur all, uint16_t nlri_type)
{
    struct cur c = all, v, again, other;
    uint16_t t, t2;
    while (next_tlv(&c, &t, &v)) {
        char name[24];
        if (is_known(nlri_type, t) || !find_tlv(all, t, &again) || again.p != v.p)
            continue;
        int n = snprintf(name, sizeof name, "generic-tlv-%u", t);
        emit_array(e, str_at(name, (size_t)n));
        for (again = all; next_tlv(&again, &t2, &other);) {
            if (t2 == t)
                exabgp_hex(e, EMIT_ITEM, "0x", other);
        }
        emit_array_end(e);
    }
}

/* ---- NLRI ---- */

static bool put_reachability(struct emit *e, struct cur c, bool v6)
{
    struct cur v;
    struct nlri_fault fault;
    uint8_t bits, addr[16];
    if (!find_tlv(c, TLV_REACHABILITY, &v) || !cur_u8(&v, &bits) ||
        !nlri_read_addr(&v, bits, v6 ? 16 : 4, addr, &fault))
        return false;
    emit_ip(e, KEY("ip-reachability-tlv"), addr, v6 ? 16 : 4);
    emit_prefix(e, KEY("ip-reach-prefix"), addr, v6, bits);
    return true;
}

static void put_next_hop(struct emit *e, struct str next_hop)
{
    if (next_hop.p != NULL)
        emit_ascii(e, KEY("nexthop"), next_hop.p, next_hop.len);
    else
        emit_name(e, KEY("nexthop"), "None"); /* ExaBGP's, of withdrawn routes */
}

static bool put_link(struct emit *e, struct cur c)
{
    if (!put_node_of(e, KEY("local-node-descriptors"), c, TLV_LOCAL_NODE) ||
        !put_node_of(e, KEY("remote-node-descriptors"), c, TLV_REMOTE_NODE))
        return false;
    put_addrs(e, KEY("interface-addresses"), c, TLV_INTERFACE_4, TLV_INTERFACE_6);
    put_addrs(e, KEY("neighbor-addresses"), c, TLV_NEIGHBOR_4, TLV_NEIGHBOR_6);
    put_topologies(e, c, false);
    put_link_ids(e, c);
    return true;
}

static bool put_prefix(struct emit *e, struct cur c, bool v6, struct str next_hop)
{
    struct cur v;
    uint8_t type;
    if (!put_node_of(e, KEY("node-descriptors"), c, TLV_LOCAL_NODE) ||
        !put_reachability(e, c, v6))
        return false;
    put_next_hop(e, next_hop);
    if (find_tlv(c, TLV_OSPF_ROUTE_TYPE, &v) && cur_u8(&v, &type))
        emit_u64(e, KEY("ospf-route-type"), type);
    if (find_tlv(c, TLV_MT_ID, &v))
        put_topologies(e, c, false);
    return true;
}

static bool put_srv6_sid(struct emit *e, struct cur c)
{
    struct cur v;
    if (!put_node_of(e, KEY("node-descriptors"), c, TLV_LOCAL_NODE))
        return false;
    emit_object(e, KEY("srv6-sid-descriptors"));
    put_topologies(e, c, true);
    if (find_tlv(c, TLV_SRV6_SID, &v) && v.left == 16)
        emit_ipv6(e, KEY("srv6-sid"), v.p);
    put_others(e, c, TYPE_SRV6_SID);
    emit_object_end(e);
    return true;
}

static bool put_descriptors(struct emit *e, uint16_t type, struct cur c, struct str next_hop)
{
    bool ok;
    switch (type) {
    case TYPE_NODE:
        ok = put_node_of(e, KEY("node-descriptors"), c, TLV_LOCAL_NODE);
        put_next_hop(e, next_hop);
        break;
    case TYPE_LINK:
        ok = put_link(e, c);
        break;
    case TYPE_SRV6_SID:
        return put_srv6_sid(e, c);
    default:
        ok = put_prefix(e, c, type == TYPE_PREFIX6, next_hop);
        break;
    }
    if (ok)
        put_others(e, c, type);
    return ok;
}

/* Returns whether TLVs follow each other to the end. */
static bool is_whole(struct cur c)
{
    uint16_t type;
    struct cur value;
    while (next_tlv(&c, &type, &value))
        continue;
    return !c.failed && c.left == 0;
}

static bool put_known(struct emit *e, const struct nlri *n, uint16_t type, const char *name,
                      struct cur c, struct str next_hop)
{
    bool vpn = n->row->safi == BGP_SAFI_LS_VPN;
    const uint8_t *rd = vpn ? cur_bytes(&c, NLRI_RD_LEN) : NULL;
    uint8_t protocol;
    uint64_t identifier;
    if ((vpn && rd == NULL) || !cur_u8(&c, &protocol) || !cur_u64(&c, &identifier) ||
        !is_whole(c))
        return false;
    emit_name(e, KEY("ls-nlri-type"), name);
    emit_u64(e, KEY("l3-routing-topology"), identifier);
    emit_u64(e, KEY("protocol-id"), protocol);
    if (!put_descriptors(e, type, c, next_hop))
        return false;
    if (rd != NULL)
        exabgp_rd(e, rd);
    return true;
}

bool exabgp_ls(struct emit *e, const struct nlri *n, struct str next_hop)
{
    static const char *const names[] = {
        [TYPE_NODE] = "bgpls-node",          [TYPE_LINK] = "bgpls-link",
        [TYPE_PREFIX4] = "bgpls-prefix-v4",  [TYPE_PREFIX6] = "bgpls-prefix-v6",
        [TYPE_SRV6_SID] = "bgpls-srv6sid",
    };
    struct cur c = n->body;
    uint16_t type, len;
    struct emit_mark mark = emit_mark(e);
    if (!cur_u16(&c, &type) || !cur_u16(&c, &len))
        return false;
    const char *name = type < sizeof names / sizeof names[0] ? names[type] : NULL;
    if (name != NULL && put_known(e, n, type, name, c, next_hop))
        return true;
    emit_rollback(e, mark);
    emit_u64(e, KEY("code"), type);
    emit_bool(e, KEY("parsed"), false);
    exabgp_hex(e, KEY("raw"), "", n->body);
    return true;
}
