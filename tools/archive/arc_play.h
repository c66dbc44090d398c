/* SPDX-License-Identifier: BSD-2-Clause */
/* arc_play: an archive's records played into a RIB. Floor F4.
 *
 * Updates go through schemas/rib/rib_update.h, as the collector's do: what a record did to the
 * collector's RIB it does here. MRT names a peer by its address and AS number and the local
 * side's address; a table of peers in a dump has no local side, so that rows which are alike
 * are told apart by what they hold (arc_match.h).
 *
 * A peer is `known` when its whole table is: from a dump on, or from the beginning of a session
 * on. Of others only what was heard is there. */
#ifndef RIBTAPE_TOOLS_ARCHIVE_ARC_PLAY_H
#define RIBTAPE_TOOLS_ARCHIVE_ARC_PLAY_H

#include "base/buf.h"
#include "schemas/rib/rib_update.h"
#include "schemas/track/table.h"
#include "tools/archive/arc.h"

/* One peer, over its sessions. */
struct play_peer {
    struct table_node node;
    struct play_peer *next; /* of all, in the order in which they came up */
    struct mrt_peer who;    /* address, AS number; BGP ID where an OPEN or a dump told it */
    bool has_bgp_id;
    bool has_local;
    uint8_t local[16]; /* of who.addr_len octets */
    bool sent;         /* what was sent to it: Adj-RIB-Out */
    bool heard;        /* it sent UPDATEs */
    bool known;
    bool has_states; /* state changes were recorded */
    bool handshake;  /* of a session that came up step by step: BGP, not BMP */
    bool crossing;   /* was up when a gap began, and has not begun anew since */
    struct rib_update_session updates;
    struct buf own_open; /* ours of the session that comes up, or empty */
    uint64_t dumped;     /* number of the last dump with a row of it (play.dumps); 0: none */
    uint32_t shadow;     /* number in the RIB of what a dump says of it; RIB_PEER_NONE */
    void *user;          /* for who compares; not owned */
};

/* A row of a dump's table. */
struct play_row {
    struct play_peer *peer; /* NULL: alike others, not matched yet */
    uint32_t number;        /* in the RIB, where its routes go */
    struct mrt_peer who;
    bool is_alike; /* another row has the same address and AS number */
};

struct play {
    struct rib *rib;
    struct table table; /* of peers, by address */
    uint64_t key[2];
    struct play_peer *first, *last;
    struct bgp_ctx ctx[2][2]; /* by add_path, asn4 */
    struct mrt_peers peers;   /* of the dump being read */
    struct play_row *rows;    /* owned; of that table */
    uint32_t row_cnt, row_cap;
    struct play_row *alike; /* owned; rows that wait for a match */
    uint32_t alike_cnt, alike_cap;
    uint64_t dumps;    /* how many were begun */
    uint32_t now_s;    /* of the newest record */
    uint64_t no_state; /* sessions that began anew (an OPEN) without a state change */
    uint64_t without_key;
    uint8_t scratch[MRT_SCRATCH_LEN];
    struct rib_update update;
};

struct play *play_new(void); /* NULL when memory runs out */
void play_free(struct play *p);

/* Returns whether a record is an UPDATE, ROUTE-REFRESH or other message, or a state, of a peer,
 * with the item that says so (borrowed until the next call). A record that can't be walked:
 * false with *fault set (reason not 0). */
bool play_look(struct play *p, const struct mrt_record *rec, struct mrt_walk *w);

/* Applies what play_look found. Returns the peer, or NULL: none is named, or memory ran out
 * (*failed). */
struct play_peer *play_item(struct play *p, const struct mrt_item *item, bool *failed);

/* Lets time pass: what is due by then (schemas/rib/restart.h) happens. */
void play_time(struct play *p, uint32_t sec);

/* ---- dumps ---- */

/* What becomes of a dump's routes. */
enum play_mode {
    PLAY_LOAD,    /* they are the table */
    PLAY_COMPARE, /* of known peers they go into shadows beside it; of others as PLAY_LOAD */
};

/* Begins a dump, of one or several files. */
void play_dump_begin(struct play *p);

/* Reads one file of it. Counts add up over files. A further dump in the same file, of another
 * time, is not read (told). Returns 0, or -1 when memory runs out. */
struct play_dump {
    enum play_mode mode;
    arc_tell *tell;
    void *arg;
    uint64_t tables;      /* out: of peers */
    uint64_t routes;      /* out */
    uint64_t peers;       /* out: rows of its tables */
    uint64_t no_peer;     /* out: entries of no row */
    uint64_t odd;         /* out: entries without a key: unknown families, odd content */
    uint8_t collector[4]; /* out */
    char view[256];       /* out */
    uint32_t view_len;    /* out */
};
MUST_USE int play_dump_file(struct play *p, const struct arc_file *f, struct play_dump *d);

/* Gives a row that was alike others its peer; NULL makes a new one of it. The routes of the row
 * become the peer's shadow, or its table when it has none that is known. Returns 0, or -1 when
 * memory runs out. */
MUST_USE int play_settle(struct play *p, struct play_row *row, struct play_peer *peer);

/* Makes a peer's shadow its table, or drops it. */
void play_adopt(struct play *p, struct play_peer *peer);
void play_drop(struct play *p, struct play_peer *peer);

/* Returns the next peer with that address and AS number after `after` (NULL: the first), or
 * NULL.
 */
struct play_peer *play_chain(const struct play *p, const struct mrt_peer *who,
                             struct play_peer *after);

/* Returns a new peer, or NULL when memory runs out. */
struct play_peer *play_peer_new(struct play *p, const struct mrt_peer *who);

#endif
