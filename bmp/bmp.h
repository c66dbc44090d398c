/* SPDX-License-Identifier: BSD-2-Clause */
/* bmp: framing and headers of the BGP Monitoring Protocol (RFC 7854 section 4, 8671, 9069).
 * Floor F2. */
#ifndef RIBTAPE_BMP_BMP_H
#define RIBTAPE_BMP_BMP_H

#include "base/emit.h"
#include "bgp/ctx.h"
#include "bgp/diag.h"
#include "bgp/open.h"

/* clang-format off */

/* IANA "BMP Message Types" */
#define BMP_TYPE_MAP(X)                                                                  \
    X(0, ROUTE_MONITORING, "route-monitoring", "RFC 7854")                               \
    X(1, STATISTICS,       "stats",            "RFC 7854")                               \
    X(2, PEER_DOWN,        "peer-down",        "RFC 7854")                               \
    X(3, PEER_UP,          "peer-up",          "RFC 7854")                               \
    X(4, INITIATION,       "initiation",       "RFC 7854")                               \
    X(5, TERMINATION,      "termination",      "RFC 7854")                               \
    X(6, ROUTE_MIRRORING,  "mirror",           "RFC 7854")

/* RIB views of RFC 7854, 8671 and 9069. */
#define BMP_VIEW_MAP(X)                                                                  \
    X(ADJ_RIB_IN_PRE,   "adj-rib-in-pre")                                                \
    X(ADJ_RIB_IN_POST,  "adj-rib-in-post")                                               \
    X(ADJ_RIB_OUT_PRE,  "adj-rib-out-pre")                                               \
    X(ADJ_RIB_OUT_POST, "adj-rib-out-post")                                              \
    X(LOC_RIB,          "loc-rib")

#define BMP_ENUM_TYPE(value, NAME, text, rfc) BMP_TYPE_##NAME = value,
#define BMP_ENUM_VIEW(NAME, text) BMP_VIEW_##NAME,
enum bmp_type { BMP_TYPE_MAP(BMP_ENUM_TYPE) };
enum bmp_view { BMP_VIEW_MAP(BMP_ENUM_VIEW) BMP_VIEW_CNT };

/* clang-format on */

const char *bmp_type_name(uint8_t type); /* NULL: unknown */
const char *bmp_view_name(enum bmp_view view);

enum {
    BMP_HEADER_LEN = 6,
    BMP_PEER_HEADER_LEN = 42,
    BMP_MSG_MAX_DEFAULT = 1 << 20, /* octets; RFC 7854 sets no limit, a station needs one */
    BMP_VERSION_MIN = 3,           /* 1 and 2 were drafts' */
    BMP_VERSION_MAX = 4,           /* draft-ietf-grow-bmp-tlv: the same framing */
    BMP_VERSION_INDEXED = 4,       /* from here on Route Monitoring is TLVs, and all have E */
    BMP_PEER_KEY_LEN = 30,
};

/* Per-peer header flags (RFC 7854 section 4.2, RFC 8671 section 4, RFC 9069 section 4.2). */
enum {
    BMP_FLAG_V = 0x80,
    BMP_FLAG_L = 0x40,
    BMP_FLAG_A = 0x20,
    BMP_FLAG_O = 0x10,
    BMP_FLAG_F = 0x80
};
enum { BMP_PEER_GLOBAL = 0, BMP_PEER_RD = 1, BMP_PEER_LOCAL = 2, BMP_PEER_LOC_RIB = 3 };

struct bmp_peer {
    uint8_t type;
    uint8_t flags;
    uint8_t rd[8];    /* peer distinguisher */
    uint8_t addr[16]; /* as in the message: IPv4 in the last four octets */
    bool v6;          /* addr is IPv6; false for Loc-RIB */
    uint32_t asn;
    uint8_t bgp_id[4];
    uint32_t sec, usec; /* the router's time; 0: not given */
    enum bmp_view view;
};

struct bmp_msg {
    uint8_t version;
    uint8_t type;
    uint32_t len;  /* octets, common header included */
    bool has_peer; /* types 0-3 and 6; unknown types are raw after the common header */
    struct bmp_peer peer;
    struct cur body; /* what follows the headers; offsets from the message's first octet */
};

/* Returns the view a per-peer header's type and flags name. */
enum bmp_view bmp_view_of(uint8_t peer_type, uint8_t flags);

/* Writes what tells one monitored peer from another on a connection: peer type, address
 * family, distinguisher, address, BGP ID. The views of one session share it (RFC 8671
 * section 5: Peer Up and Down are independent of them). */
void bmp_peer_key(const struct bmp_peer *peer, uint8_t key[BMP_PEER_KEY_LEN]);

/* Where the address of `peer` begins and how long it is: 4, 16, or 0 for Loc-RIB. */
const uint8_t *bmp_peer_addr(const struct bmp_peer *peer, uint8_t *len);

/* A framer's result; as bgp_frame_next. BAD: wrong version, or a length below the header's or
 * above `max`. */
enum bgp_frame_result bmp_frame_next(const uint8_t *p, size_t len, uint32_t max,
                                     uint32_t *msg_len, uint32_t *need, struct bgp_diag *diag);

/* Reads a per-peer header where a message of another type has one. Returns false when it is not
 * whole. */
MUST_USE bool bmp_peer_read(struct cur *c, struct bmp_peer *peer);

/* Parses the headers of one whole message. Returns 0, or -1 with *diag. */
MUST_USE int bmp_msg_parse(const uint8_t *msg, size_t len, struct bmp_msg *m,
                           struct bgp_diag *diag);

/* Returns how many octets of `body` are the BGP message that begins it, by the message's own
 * length: senders append TLVs (in Peer Down by version 4's rules, in Route Monitoring by those
 * of its drafts). All, when that length makes no sense. */
uint32_t bmp_message_len(const struct cur *body);

/* Where a Peer Up's parts are (RFC 7854 section 4.10). */
struct bmp_peer_up {
    uint8_t local_addr[16];
    bool local_v6;
    uint16_t local_port, remote_port;
    struct cur sent_open,
        recv_open; /* sent by the monitored router; received from its peer; may be empty */
    struct cur tlvs;
};

/* Parses a Peer Up's body. A missing OPEN (senders that have none: FRRouting/frr#23398) leaves
 * its cursor empty. Returns 0, or -1 with *diag (what parsed stays, the rest is empty). */
MUST_USE int bmp_peer_up_parse(const struct bmp_msg *m, struct bmp_peer_up *up,
                               struct bgp_diag *diag);

#endif
