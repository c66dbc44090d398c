/* SPDX-License-Identifier: BSD-2-Clause */
/* mrt: records of the MRT format, written and read (RFC 6396, 6397, 8050). Floor F2. */
#ifndef RIBTAPE_MRT_MRT_H
#define RIBTAPE_MRT_MRT_H

#include "base/cur.h"
#include "base/wr.h"

/* clang-format off */

/* IANA "MRT Types", those with BGP in them. */
#define MRT_TYPE_MAP(X)                                                                  \
    X(5,  BGP,           "BGP",           "RFC 6396 appendix B.2 (deprecated)")          \
    X(12, TABLE_DUMP,    "TABLE_DUMP",    "RFC 6396 section 4.2")                        \
    X(13, TABLE_DUMP_V2, "TABLE_DUMP_V2", "RFC 6396 section 4.3")                        \
    X(16, BGP4MP,        "BGP4MP",        "RFC 6396 section 4.4")                        \
    X(17, BGP4MP_ET,     "BGP4MP_ET",     "RFC 6396 section 4.4")

/* IANA "BGP4MP Subtype Codes" */
#define MRT_BGP4MP_MAP(X)                                                                \
    X(0,  STATE_CHANGE,              "STATE_CHANGE",              "RFC 6396")            \
    X(1,  MESSAGE,                   "MESSAGE",                   "RFC 6396")            \
    X(2,  ENTRY,                     "ENTRY",                     "deprecated")          \
    X(3,  SNAPSHOT,                  "SNAPSHOT",                  "deprecated")          \
    X(4,  MESSAGE_AS4,               "MESSAGE_AS4",               "RFC 6396")            \
    X(5,  STATE_CHANGE_AS4,          "STATE_CHANGE_AS4",          "RFC 6396")            \
    X(6,  MESSAGE_LOCAL,             "MESSAGE_LOCAL",             "RFC 6396")            \
    X(7,  MESSAGE_AS4_LOCAL,         "MESSAGE_AS4_LOCAL",         "RFC 6396")            \
    X(8,  MESSAGE_ADDPATH,           "MESSAGE_ADDPATH",           "RFC 8050")            \
    X(9,  MESSAGE_AS4_ADDPATH,       "MESSAGE_AS4_ADDPATH",       "RFC 8050")            \
    X(10, MESSAGE_LOCAL_ADDPATH,     "MESSAGE_LOCAL_ADDPATH",     "RFC 8050")            \
    X(11, MESSAGE_AS4_LOCAL_ADDPATH, "MESSAGE_AS4_LOCAL_ADDPATH", "RFC 8050")

#define MRT_ENUM_TYPE(value, NAME, text, rfc) MRT_##NAME = value,
#define MRT_ENUM_BGP4MP(value, NAME, text, rfc) BGP4MP_##NAME = value,
/* IANA "TABLE_DUMP_V2 Subtype Codes": value, NAME, text, RFC. */
#define MRT_RIB_MAP(X)                                                                   \
    X(1,  PEER_INDEX_TABLE,           "PEER_INDEX_TABLE",           "RFC 6396")          \
    X(2,  RIB_IPV4_UNICAST,           "RIB_IPV4_UNICAST",           "RFC 6396")          \
    X(3,  RIB_IPV4_MULTICAST,         "RIB_IPV4_MULTICAST",         "RFC 6396")          \
    X(4,  RIB_IPV6_UNICAST,           "RIB_IPV6_UNICAST",           "RFC 6396")          \
    X(5,  RIB_IPV6_MULTICAST,         "RIB_IPV6_MULTICAST",         "RFC 6396")          \
    X(6,  RIB_GENERIC,                "RIB_GENERIC",                "RFC 6396")          \
    X(7,  GEO_PEER_TABLE,             "GEO_PEER_TABLE",             "RFC 6397")          \
    X(8,  RIB_IPV4_UNICAST_ADDPATH,   "RIB_IPV4_UNICAST_ADDPATH",   "RFC 8050")          \
    X(9,  RIB_IPV4_MULTICAST_ADDPATH, "RIB_IPV4_MULTICAST_ADDPATH", "RFC 8050")          \
    X(10, RIB_IPV6_UNICAST_ADDPATH,   "RIB_IPV6_UNICAST_ADDPATH",   "RFC 8050")          \
    X(11, RIB_IPV6_MULTICAST_ADDPATH, "RIB_IPV6_MULTICAST_ADDPATH", "RFC 8050")          \
    X(12, RIB_GENERIC_ADDPATH,        "RIB_GENERIC_ADDPATH",        "RFC 8050")

#define MRT_ENUM_RIB(value, NAME, text, rfc) MRT_RIB_SUBTYPE_##NAME = value,
enum mrt_type { MRT_TYPE_MAP(MRT_ENUM_TYPE) };
enum mrt_rib_subtype { MRT_RIB_MAP(MRT_ENUM_RIB) };
enum mrt_bgp4mp_subtype { MRT_BGP4MP_MAP(MRT_ENUM_BGP4MP) };

/* clang-format on */

enum { MRT_HEADER_LEN = 12 };

/* FSM states as BGP4MP STATE_CHANGE numbers them (RFC 6396 section 4.4.1). */
enum mrt_state {
    MRT_IDLE = 1,
    MRT_CONNECT,
    MRT_ACTIVE,
    MRT_OPEN_SENT,
    MRT_OPEN_CONFIRM,
    MRT_ESTABLISHED
};

/* One record's frame. */
struct mrt_record {
    uint32_t sec;
    uint32_t usec; /* *_ET; 0 otherwise */
    bool et;
    uint16_t type;
    uint16_t subtype;
    struct cur body; /* after the header and the microseconds */
    struct cur raw;  /* the whole record as it stands in the file, from its header on */
    uint64_t off;    /* of the decompressed stream, where its header is */
};

/* The part that BGP4MP messages and state changes have in common. */
struct mrt_bgp4mp_head {
    uint64_t time_ns; /* since the epoch; microseconds are kept */
    bool seconds; /* plain BGP4MP, for readers that know no *_ET: the fraction is left out */
    uint32_t peer_asn, local_asn;
    uint16_t if_index;
    uint8_t addr_len; /* octets of both addresses: 4 or 16, by the transport's family */
    uint8_t peer[16], local[16];
};

/* The most octets that a record has beside its message. */
enum { MRT_BGP4MP_HEAD_MAX = MRT_HEADER_LEN + 4 + 12 + 32 + 4 };

/* Which of the eight MESSAGE subtypes (RFC 6396 section 4.4.3, RFC 8050 section 3). */
struct mrt_message_kind {
    bool asn4;     /* AS_PATH and AS fields have four octets; else two, AS_TRANS for larger ones
                    */
    bool add_path; /* NLRI carry path identifiers */
    bool sent;     /* *_LOCAL: the local side sent it */
};

/* Writes one BGP4MP_ET record with the message copied verbatim. w->overflow when it does not
 * fit. */
void mrt_write_message(struct wr *w, const struct mrt_bgp4mp_head *h,
                       struct mrt_message_kind kind, const uint8_t *msg, size_t len);

/* Writes one BGP4MP_ET STATE_CHANGE_AS4 record. w->overflow when it does not fit. */
void mrt_write_state(struct wr *w, const struct mrt_bgp4mp_head *h, enum mrt_state old_state,
                     enum mrt_state new_state);

#endif
