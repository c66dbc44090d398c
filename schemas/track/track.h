/* SPDX-License-Identifier: BSD-2-Clause */
/* track: what a reader of frames must remember of each source to decode its messages. Floor F3.
 *
 * Every journal reader (and the CLI, from captures) owns one tracker and feeds it every frame
 * in order. The tracker learns from SOURCE, OPENs in both directions, BMP Initiation and Peer
 * Up/Down, and says of each frame which peer it belongs to and under which context its BGP
 * message decodes. Peers are identified as DESIGN.md says: (router, peer type, distinguisher,
 * address, BGP ID) for BMP; the source for BGP. Not thread-safe; one per thread.
 *
 * The RIB views of a monitored session (Adj-RIB-In and -Out, pre and post policy; RFC 8671
 * section 5) share what its Peer Up said, whatever the flags in that Peer Up's header, and end
 * together with its Peer Down; yet each view that shows up is a track_peer of its own, so that
 * routes of two views are never mixed.
 *
 * One tracker serves one journal (source ids are a journal's). A reader that starts in the
 * middle of a segment feeds it from the segment's first frame and ignores the items before its
 * place; one that goes back starts with a new tracker; one that was told
 * JOURNAL_READ_SKIPPED calls track_skipped. Frames with JOURNAL_REPEAT teach and are nobody's
 * news: sinks feed them and write nothing. */
#ifndef RIBTAPE_SCHEMAS_TRACK_TRACK_H
#define RIBTAPE_SCHEMAS_TRACK_TRACK_H

#include "base/journal/journal.h"
#include "bmp/bmp.h"
#include "bmp/route_tlv.h"
#include "schemas/track/source.h"

struct track;
struct record_head;

/* Monitored sessions of one BMP source; the frames of further ones come as items without peer,
 * with a diagnostic. */
enum { TRACK_PEERS_MAX = 16384 };

/* One peer whose BGP messages come through a source. Borrowed from the tracker; valid until the
 * peer or source is gone and the next frame is fed. */
struct track_peer {
    uint32_t id;              /* unique in this tracker, small, reused never */
    struct source_addr addr;  /* the peer's */
    struct source_addr local; /* the collector's, or the monitored router's */
    uint32_t asn;
    uint32_t local_asn;
    uint8_t bgp_id[4];
    bool has_bgp_id;
    bool bmp; /* by BMP: the fields below count */
    uint8_t peer_type;
    uint8_t rd[8];
    enum bmp_view view;
    char table[64];      /* VRF or table name (RFC 9069, RFC 9736), or "" */
    struct bgp_ctx recv; /* decodes what the peer sent */
    struct bgp_ctx sent; /* decodes what was sent to it (Adj-RIB-Out) */
    bool up;             /* OPENs of both directions, or a Peer Up, were seen */
    uint8_t state; /* BGP: the last STATE frame's new state (schemas/track/source.h), 0: none seen */
    struct cur recv_open, sent_open; /* BGP: as they came, borrowed; empty: not seen */
    struct cur peer_up; /* BMP: the last message, borrowed; empty: none, or hooks.keep_bmp not set */
    void *user;                      /* the owner's; the peer_gone hook frees it */
    /* The members of its records that stay the same, as encoders made them (record.h); the
     * tracker frees it, and does so when what it knows of the peer changes. */
    struct record_head *head;
    /* BMP: the views of this session by enum bmp_view, NULL where not seen; else NULL */
    struct track_peer *const *views;
};

struct track_source {
    uint32_t id;
    struct source_info info;
    char sys_name[256]; /* BMP Initiation (RFC 7854 section 4.4), or "" */
    char sys_descr[256];
    struct cur initiation; /* likewise the last Initiation */
    unsigned shard; /* whose journal it is in: the hooks' */
    void *user;     /* the owner's; the source_gone hook frees it */
};

/* What one frame is. */
struct track_item {
    const struct journal_view *frame;
    unsigned shard;              /* whose journal it is in: the hooks' */
    struct track_source *source; /* NULL: frame without source, or one never declared */
    struct track_peer *peer;     /* NULL: about the source alone, or an unknown peer */
    const struct bgp_ctx *ctx;   /* for bgp and for what a Route Mirroring holds */
    const uint8_t *bgp;          /* the BGP message of this frame, or NULL; what follows it in
                                  * a version 3 Route Monitoring is at its end, in bmp.body */
    uint32_t bgp_len;
    bool is_bmp;
    struct bmp_msg bmp;       /* valid when is_bmp */
    bool has_routes;          /* version 4's Route Monitoring, with a message: */
    bool has_event;           /* a routing event (bmp/event.h): bmp.peer and `routes` are its */
    struct bmp_routes routes; /* its TLVs */
    bool bmp_bad;             /* headers did not parse: `diag` says why */
    bool after_loss;          /* set by readers that know: frames before this one are gone */
    bool no_peer_up; /* Route Monitoring or Mirroring without Peer Up: context assumed */
    bool has_diag;   /* the headers, Peer Up or peer deserve a word: */
    struct bgp_diag diag;
};

struct track_hooks {
    void (*peer_gone)(void *arg, struct track_source *s,
                      struct track_peer *p);                /* may be NULL */
    void (*source_gone)(void *arg, struct track_source *s); /* may be NULL */
    void *arg;
    unsigned shard; /* which of several journals the tracker is for */
    bool keep_bmp;  /* remember each source's Initiation and each session's Peer Up */
};

struct track *track_new(const struct track_hooks *hooks); /* NULL when memory runs out */
void track_free(struct track *t);

/* A number that the owner gives the tracker, to tell its journal from others; 0 at first. */
void track_set_number(struct track *t, unsigned number);
unsigned track_number(const struct track *t);

/* Feeds one frame. Returns 0 with *item, or -1 when memory runs out (errno ENOMEM); feed again
 * later. The effects of the frame (Peer Up, OPEN) are applied before the return; those of its
 * end (Peer Down, GONE) at the next feed, so that the item can name the peer. */
MUST_USE int track_feed(struct track *t, const struct journal_view *frame,
                        struct track_item *item);

/* Tells that frames were lost between the last one fed and the next: what the next repeated
 * frames don't name again is gone (the hooks are called at the first frame that is no repeat).
 */
void track_skipped(struct track *t);

/* Overrides a negotiated context by what the operator pinned. */
void track_pin(struct bgp_ctx *ctx, const struct source_info *info);

/* Throws away a peer's record head. */
void track_peer_changed(struct track_peer *p);

/* Makes a peer, not of any tracker, from a per-peer header alone. */
void track_peer_of_header(const struct bmp_peer *h, struct track_peer *p);

/* Calls `fn` with what a reader must know to make sense of a BMP source's next messages: its last
 * Initiation and its live sessions' last Peer Ups, octet for octet and in the sessions' order, but
 * for a message that is the last frame fed itself. Nothing without hooks.keep_bmp. Stops at, and
 * returns, the first result that is not 0. */
int track_each_context(const struct track *t, const struct track_source *s,
                       int (*fn)(void *arg, const uint8_t *msg, uint32_t len), void *arg);

/* Walks what is live, for checkpoints and for MRT PEER_INDEX. */
void track_each_peer(struct track *t,
                     void (*fn)(void *arg, struct track_source *, struct track_peer *),
                     void *arg);

#endif
