/* SPDX-License-Identifier: BSD-2-Clause */
/* read: MRT files, read record by record and item by item (RFC 6396, 6397, 8050). Floor F2.
 *
 * Two layers. A reader finds whole records in a stream and, after damage, the next believable
 * header. A walk yields what one record holds: a message, a state change, a table of peers, or
 * the entries of a RIB record one after the other. Nothing is allocated per record. */
#ifndef RIBTAPE_MRT_READ_H
#define RIBTAPE_MRT_READ_H

#include "base/stream/window.h"
#include "bgp/nlri.h"
#include "mrt/mrt.h"

/* clang-format off */

/* Subtypes of the deprecated type BGP (RFC 6396 appendix B.2). */
#define MRT_LEGACY_MAP(X)                                                                \
    X(0, NULL,         "BGP_NULL",         "RFC 6396 appendix B.2.1")                    \
    X(1, UPDATE,       "BGP_UPDATE",       "RFC 6396 appendix B.2.2")                    \
    X(2, PREF_UPDATE,  "BGP_PREF_UPDATE",  "RFC 6396 appendix B.2.3")                    \
    X(3, STATE_CHANGE, "BGP_STATE_CHANGE", "RFC 6396 appendix B.2.4")                    \
    X(4, SYNC,         "BGP_SYNC",         "RFC 6396 appendix B.2.5")                    \
    X(5, OPEN,         "BGP_OPEN",         "RFC 6396 appendix B.2.6")                    \
    X(6, NOTIFY,       "BGP_NOTIFY",       "RFC 6396 appendix B.2.7")                    \
    X(7, KEEPALIVE,    "BGP_KEEPALIVE",    "RFC 6396 appendix B.2.8")

#define MRT_ENUM_LEGACY(value, NAME, text, rfc) MRT_LEGACY_##NAME = value,
enum mrt_legacy_subtype { MRT_LEGACY_MAP(MRT_ENUM_LEGACY) };

/* clang-format on */

/* ---- records ---- */

enum { MRT_BODY_MAX = 8 << 20 }; /* octets; a longer record is damage */

/* One stretch of the stream that was passed over. */
struct mrt_damage {
    uint64_t off; /* of the decompressed stream, where it begins */
    uint64_t len; /* octets */
    const char *reason;
};

struct mrt_reader {
    struct window *in;                                     /* borrowed */
    void (*damage)(void *arg, const struct mrt_damage *d); /* may be NULL */
    void *arg;
    uint32_t last_sec; /* of the last record; 0: none yet */
    uint32_t held;     /* octets of the record handed out, skipped at the next call */
    uint64_t off;      /* of the record handed out */
};

/* Fetches the next record into *rec (borrowed until the next call). Passes over what can't be a
 * record, telling r->damage. Returns 1, or 0 at the end (window_error tells whether the stream
 * itself broke). */
int mrt_reader_next(struct mrt_reader *r, struct mrt_record *rec);

/* Returns whether 12 octets can begin a record: a type IANA or its history knows, a subtype of
 * it, a length that fits. */
bool mrt_header_believable(const uint8_t *p, size_t len);

/* ---- items ---- */

/* One row of a peer table (RFC 6396 section 4.3.1; RFC 6397 section 2.1.1). */
struct mrt_peer {
    uint8_t addr_len; /* 4 or 16 */
    uint8_t addr[16];
    uint8_t bgp_id[4];
    uint32_t asn;
    bool has_place;               /* from a GEO_PEER_TABLE */
    uint32_t latitude, longitude; /* IEEE 754 single precision, as in the file */
};

/* The peers the RIB entries of a file refer to. Zero-initialised: empty. */
struct mrt_peers {
    struct mrt_peer *v; /* owned */
    uint32_t cnt, cap;
    uint8_t collector[4];
    char view[256]; /* name; what is longer is cut */
    uint32_t view_len;
    bool has_place;
    uint32_t latitude, longitude; /* the collector's */
};

void mrt_peers_free(struct mrt_peers *p);

enum mrt_item_kind {
    MRT_ITEM_MESSAGE, /* a whole BGP message */
    MRT_ITEM_STATE,   /* old_state, new_state */
    MRT_ITEM_RIB,     /* one route of one peer */
    MRT_ITEM_PEERS,   /* a table of peers was read */
    MRT_ITEM_OTHER,   /* a record without BGP in it, or of an unknown kind: raw */
};

/* One route of a RIB dump. */
struct mrt_rib {
    uint16_t afi;
    uint8_t safi;
    unsigned family; /* index in nlri_map or BGP_FAMILY_NONE */
    struct cur nlri; /* one NLRI without path identifier */
    bool has_path_id;
    uint32_t path_id;
    uint32_t originated; /* seconds since the epoch; 0: not given */
    struct cur next_hop; /* BGP4MP_ENTRY has it outside the attributes; else empty */
    struct cur attrs;
    struct cur entry;    /* TABLE_DUMP, TABLE_DUMP_V2: all of it */
    uint32_t first_off;  /* of the record's first entry; offsets count from its header */
    uint16_t peer_index; /* TABLE_DUMP_V2 */
    bool v2;
};

struct mrt_item {
    enum mrt_item_kind kind;
    const struct mrt_record *rec;
    bool asn4;     /* AS_PATH has four octets per AS */
    bool add_path; /* NLRI carry path identifiers */
    bool sent;     /* *_LOCAL */
    bool has_peer, has_local;
    bool unknown_peer; /* the peer index names none: peer is empty */
    struct mrt_peer peer, local;
    struct cur body; /* MESSAGE: from its marker on; OTHER: all */
    uint16_t old_state, new_state;
    struct mrt_rib rib;
    bool flipped; /* entries parse with path identifiers only, whatever the subtype says */
};

struct mrt_kind;

/* A walk over one record. */
struct mrt_walk {
    const struct mrt_record *rec;
    struct mrt_peers *peers;
    const struct mrt_kind *kind;
    struct mrt_item item; /* the item */
    struct cur c;
    uint32_t left;       /* entries still to come */
    bool started;        /* what stands before the items was read */
    bool ids_in_entries; /* each RIB entry has a path identifier */
    struct nlri_fault fault;
    uint8_t *scratch; /* MRT_SCRATCH_LEN octets of the caller's, for messages without header */
};

enum { MRT_SCRATCH_LEN = 65535 };

/* Begins a walk. `peers` is filled by peer tables and asked by RIB entries; `scratch` has
 * MRT_SCRATCH_LEN octets. */
void mrt_walk_init(struct mrt_walk *w, const struct mrt_record *rec, struct mrt_peers *peers,
                   uint8_t *scratch);

/* Fetches the next item into w->item (borrowed from the record, or from `scratch`, until the
 * next call). Returns 1, 0 at the end, -1 when the record's bytes don't parse (w->fault;
 * offsets count from the record's header) or, with errno ENOMEM, when memory ran out for a
 * table of peers. Ends the walk. */
int mrt_walk_next(struct mrt_walk *w);

/* Returns the text of a type, and of a subtype of it, or NULL. */
const char *mrt_type_name(uint16_t type);
const char *mrt_subtype_name(uint16_t type, uint16_t subtype);

#endif
