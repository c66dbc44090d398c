/* SPDX-License-Identifier: BSD-2-Clause */
/* rib: TABLE_DUMP_V2 records, written (RFC 6396 section 4.3, RFC 8050 section 4). Floor F2. */
#ifndef RIBTAPE_MRT_RIB_H
#define RIBTAPE_MRT_RIB_H

#include "base/cur.h"
#include "base/wr.h"
#include "bgp/update.h"
#include "mrt/mrt.h"

enum {
    MRT_RIB_PEERS_MAX = 65535,         /* in one PEER_INDEX_TABLE */
    MRT_RIB_ENTRIES_MAX = 65535,       /* in one RIB record */
    MRT_RIB_ATTRS_MAX = 65535,         /* octets of one entry's attributes */
    MRT_RIB_HEAD_MAX = 12 + 4 + 3 + 2, /* octets of a RIB record beside NLRI and entries */
    MRT_RIB_ENTRY_MAX = 12,            /* octets of an entry beside its attributes */
    MRT_RIB_PEER_MAX = 25,             /* octets of a peer */
    MRT_RIB_PLACE_LEN = 8,             /* and of its place */
};

/* In degrees; zeros: unknown, written as NaN. */
struct mrt_place {
    float latitude, longitude;
    bool known;
};

struct mrt_rib_peer {
    uint8_t bgp_id[4];
    uint8_t addr_len; /* 4 or 16 */
    uint8_t addr[16];
    uint32_t asn;
    struct mrt_place place;
};

struct mrt_rib_peers {
    uint32_t time_s; /* of the dump */
    uint8_t collector_id[4];
    const char *view;       /* name, "" for none; at most 65,535 octets */
    struct mrt_place place; /* the collector's */
    const struct mrt_rib_peer *peers;
    size_t cnt; /* at most MRT_RIB_PEERS_MAX: split larger sets */
};

struct mrt_rib_entry {
    uint16_t peer; /* index in the peers written last */
    uint32_t time_s;
    uint32_t path_id; /* written by records with add_path */
    struct cur attrs; /* as mrt_rib_attrs wrote them */
};

struct mrt_rib_node {
    uint32_t time_s; /* of the dump */
    uint32_t seq;    /* counts a file's RIB records from 0 */
    uint16_t afi;
    uint8_t safi;
    bool add_path;
    struct cur nlri; /* without path id */
    const struct mrt_rib_entry *entries;
    size_t cnt; /* at most MRT_RIB_ENTRIES_MAX: split larger sets */
};

/* Writes a PEER_INDEX_TABLE. Too many peers set w->overflow, as does a buffer that is too
 * short. */
void mrt_write_rib_peers(struct wr *w, const struct mrt_rib_peers *p);

/* Writes a GEO_PEER_TABLE (RFC 6397 section 2), which follows the PEER_INDEX_TABLE of the same
 * peers. w->overflow as above. */
void mrt_write_rib_places(struct wr *w, const struct mrt_rib_peers *p);

/* Writes one RIB record: the subtype of the family, or RIB_GENERIC. Path ids are in the entries
 * in all ADD-PATH subtypes: RFC 8050 section 4.2 has them in the NLRI of RIB_GENERIC_ADDPATH,
 * but all who write or read it do as for the others. w->overflow as above. */
void mrt_write_rib(struct wr *w, const struct mrt_rib_node *n);

/* Writes an UPDATE's attributes as the entry of a route in it has them: verbatim, but
 * - MP_UNREACH_NLRI out, MP_REACH_NLRI out, or abbreviated to the next hop when the route came
 *   in it (`mp`; RFC 6396 section 4.3.4);
 * - AS_PATH and AGGREGATOR with four-octet AS numbers (RFC 6396 section 4.3.4) where the
 *   session had two (!ctx->asn4). Ones that don't parse stay as they are.
 * Returns 0, or -1 when the run of attributes is broken or doesn't fit. */
MUST_USE int mrt_rib_attrs(struct wr *w, const struct bgp_update *u, bool mp,
                           const struct bgp_ctx *ctx);

#endif
