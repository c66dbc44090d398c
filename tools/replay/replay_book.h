/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_book: whose messages a capture holds, and what each session needs. Floor F4.
 *
 * A capture is read twice: first to learn which peers there are, when their sessions went down
 * and came again, and what their UPDATEs need of a session (families, ADD-PATH, the width of AS
 * numbers, long messages); then to replay it. The book turns decode's events into items, the
 * same both times. */
#ifndef RIBTAPE_TOOLS_REPLAY_REPLAY_BOOK_H
#define RIBTAPE_TOOLS_REPLAY_REPLAY_BOOK_H

#include "tools/decode/decode.h"

/* clang-format off */

/* Why something of a capture is not replayed. */
#define REPLAY_SKIP_MAP(X)                                                               \
    X(NONE,      "")                                                                     \
    X(KEEPALIVE, "KEEPALIVEs (sessions send their own)")                                 \
    X(SENT,      "messages to the peers")                                                \
    X(TYPE,      "BGP messages of other types than UPDATE")                              \
    X(REPEATED,  "messages repeated by the journal")                                     \
    X(STRANGER,  "messages of no known peer")                                            \
    X(BMP_OTHER, "BMP messages without routes")                                          \
    X(MIRROR,    "mirrored messages")                                                    \
    X(MRT_OTHER, "MRT records without BGP messages")                                     \
    X(BROKEN,    "records and messages that don't parse")                                \
    X(UNWANTED,  "messages of peers not asked for")                                      \
    X(CROWD,     "messages of peers beyond --peers")                                     \
    X(STOPPED,   "messages gathered when the replay was stopped")                          \
    X(DOWN,      "messages of sessions that did not come up or were lost")               \
    X(FAMILY,    "UPDATEs of families that the receiver does not take")                  \
    X(ADD_PATH,  "UPDATEs with, or without, path identifiers against what was agreed")   \
    X(NEXT_HOP,  "UPDATEs with IPv6 next hops of IPv4 routes that the receiver does not take") \
    X(LONG,      "messages longer than the receiver takes")                              \
    X(WIDTH,     "UPDATEs whose AS numbers can't be written as agreed")

#define REPLAY_ENUM_SKIP(NAME, text) REPLAY_SKIP_##NAME,
enum replay_skip { REPLAY_SKIP_MAP(REPLAY_ENUM_SKIP) REPLAY_SKIP_CNT };

/* clang-format on */

const char *replay_skip_text(enum replay_skip why);

/* What one session, from its coming up to its going down, needs. */
struct replay_need {
    struct bgp_family_set families; /* rows of nlri_map */
    struct bgp_family_set add_path;
    struct bgp_family_set ext_next_hop;
    struct bgp_family_set multi_label;
    uint32_t first_asn; /* the first of the first AS_PATH; 0: none yet */
    bool as2, as4;      /* widths of AS numbers seen */
    bool ext_msg;
    uint8_t *open[2]; /* OPENs captured, owned: the peer's, the other side's; or NULL */
    uint32_t open_len[2];
};

enum { REPLAY_KEY_LEN = 48, REPLAY_NEEDS_MAX = 4096 };

struct replay_peer {
    uint8_t key[REPLAY_KEY_LEN];
    unsigned index;        /* in order of appearance, from 0 */
    struct track_peer who; /* as last seen; no pointers of its tracker in it */
    struct replay_need *need;
    unsigned need_cnt;
    unsigned epoch; /* sessions begun so far in this reading */
    bool open;      /* the last of them is */
    bool moved;     /* it has had UPDATEs */
    uint32_t owner; /* tracker's id of whose messages come; 0: MRT */
    bool crowd;     /* beyond the limit */
    void *session;  /* the target's */
};

struct replay_book;

enum replay_kind { REPLAY_SKIPPED, REPLAY_UPDATE, REPLAY_ROUTE, REPLAY_UP, REPLAY_DOWN };

/* One event, told as a replay needs it. */
struct replay_item {
    enum replay_kind kind;
    enum replay_skip why; /* SKIPPED */
    uint64_t time_ns;
    struct replay_peer *peer; /* not SKIPPED */
    bool began;               /* the first of a session */
    bool restarted;           /* of one that follows another without a word of its end */
    bool sent;                /* UPDATE: to the peer */
    const struct bgp_ctx *ctx;
    const uint8_t *msg; /* UPDATE; DOWN: the NOTIFICATION, or NULL */
    uint32_t len;
    const struct mrt_rib *rib; /* ROUTE */
};

/* Which peers are wanted. */
struct replay_wish {
    struct source_addr addr; /* len 0: by AS */
    uint32_t asn;
};

struct replay_choice {
    struct replay_wish wish[64];
    unsigned wish_cnt; /* 0: all */
    int view;          /* enum bmp_view; -1: all */
    unsigned peers_max;
    bool both; /* messages to the peers are wanted, too */
};

struct replay_book *replay_book_new(const struct replay_choice *choice); /* NULL: no memory */
void replay_book_free(struct replay_book *b);

/* Says what an event is; in the first reading learns from it. Returns 0, or -1 when memory ran
 * out. */
MUST_USE int replay_book_take(struct replay_book *b, const struct decode_event *ev,
                              struct replay_item *item);

/* Begins the second reading. */
void replay_book_rewind(struct replay_book *b);

/* The peers, in order of appearance. */
unsigned replay_book_cnt(const struct replay_book *b);
struct replay_peer *replay_book_peer(const struct replay_book *b, unsigned i);

/* What the session at hand needs; of a peer whose session has not begun: its first. */
const struct replay_need *replay_peer_need(const struct replay_peer *p);

/* Learns what an UPDATE, or a RIB entry, needs. */
void replay_need_update(struct replay_need *n, const uint8_t *msg, size_t len,
                        const struct bgp_ctx *ctx);
void replay_need_route(struct replay_need *n, const struct mrt_rib *rib,
                       const struct bgp_ctx *ctx);

/* Keeps a copy of an OPEN: `side` 0 the peer's, 1 the other's. Returns 0 or -1. */
MUST_USE int replay_need_open(struct replay_need *n, unsigned side, const uint8_t *msg,
                              size_t len);

/* Returns whether a section's NLRI carry path identifiers, judged as the records are. */
bool replay_add_path(const struct bgp_update *u, const struct bgp_section *s,
                     const struct bgp_ctx *ctx, bool withdraw);

/* Writes an address, `1.2.3.4` or `2001:db8::1`, AS and view of a peer for messages; returns
 * dst. */
enum { REPLAY_NAME_MAX = 128 };
const char *replay_peer_name(const struct replay_peer *p, char dst[REPLAY_NAME_MAX]);

#endif
