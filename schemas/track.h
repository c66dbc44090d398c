/* SPDX-License-Identifier: BSD-2-Clause */
/* track: what a reader of frames must remember of each source to decode its messages. Floor F3.
 *
 * Every journal reader (and the CLI, from captures) owns one tracker and feeds it every frame
 * in order. The tracker learns from SOURCE, OPENs in both directions, BMP Initiation and Peer
 * Up/Down, and says of each frame which peer it belongs to and under which context its BGP
 * message decodes. Peers are identified as DESIGN.md says: (router, peer type, distinguisher,
 * address, BGP ID) for BMP; the source for BGP. Not thread-safe; one per thread. */
#ifndef RIBTAPE_SCHEMAS_TRACK_H
#define RIBTAPE_SCHEMAS_TRACK_H

#include "base/journal.h"
#include "bmp/bmp.h"
#include "schemas/source.h"

struct track;

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
    void *user;          /* the owner's; freed by the `drop` hook */
};

struct track_source {
    uint32_t id;
    struct source_info info;
    char sys_name[256]; /* BMP Initiation (RFC 7854 section 4.4), or "" */
    char sys_descr[256];
    void *user;
};

/* What one frame is. */
struct track_item {
    const struct journal_view *frame;
    struct track_source *source; /* NULL: frame without source */
    struct track_peer *peer;     /* NULL: about the source alone */
    const struct bgp_ctx *ctx;   /* for bgp, when there is one */
    const uint8_t *bgp;          /* the BGP message of this frame, or NULL */
    uint32_t bgp_len;
    bool is_bmp;
    struct bmp_msg bmp; /* valid when is_bmp */
    bool bmp_bad;       /* headers did not parse: `diag` says why */
    bool no_peer_up;    /* Route Monitoring without Peer Up: context assumed */
    struct bgp_diag diag;
};

struct track_hooks {
    void (*peer_gone)(void *arg, struct track_source *s,
                      struct track_peer *p);                /* may be NULL */
    void (*source_gone)(void *arg, struct track_source *s); /* may be NULL */
    void *arg;
};

struct track *track_new(const struct track_hooks *hooks); /* NULL when memory runs out */
void track_free(struct track *t);

/* Feeds one frame. Returns 0 with *item, or -1 when memory runs out (errno ENOMEM); feed again
 * later. The effects of the frame (Peer Up, OPEN) are applied before the return; those of its
 * end (Peer Down, GONE) at the next feed, so that the item can name the peer. */
MUST_USE int track_feed(struct track *t, const struct journal_view *frame,
                        struct track_item *item);

/* Walks what is live, for checkpoints and for MRT PEER_INDEX. */
void track_each_peer(struct track *t,
                     void (*fn)(void *arg, struct track_source *, struct track_peer *),
                     void *arg);

#endif
