/* SPDX-License-Identifier: BSD-2-Clause */
/* track_impl: what the tracker's files share and nobody else includes. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_TRACK_TRACK_IMPL_H
#define RIBTAPE_SCHEMAS_TRACK_TRACK_IMPL_H

#include <stddef.h>

#include "schemas/track/table.h"
#include "schemas/track/track.h"

enum { SESSION_KEY_LEN = 4 + BMP_PEER_KEY_LEN };

/* A stored message. */
struct track_copy {
    uint8_t *p;
    uint32_t len;
};

/* One session that a BMP source monitors. `node` is first: the table hands it back. */
struct session {
    struct table_node node;
    struct session *next, *prev; /* of its source */
    uint8_t key[SESSION_KEY_LEN];
    struct track_peer base; /* what all views share; id, view and user don't count */
    struct track_peer *views[BMP_VIEW_CNT];
    struct track_copy peer_up; /* with hooks.keep_bmp */
    uint8_t up_views; /* bit per view in whose header a Peer Up came */
    uint32_t up_sec;  /* the router's time of the last Peer Up, in seconds; 0: none */
    bool told_zero_time, told_old_time;
    bool stale; /* not named again since track_skipped */
};

/* What UPDATEs say of a session whose OPENs were not seen: votes of those that parse in one
 * mode only. */
struct track_evidence {
    int16_t asn4;                       /* for AS numbers of four octets, less those for two */
    int16_t add_path[BGP_FAMILIES_MAX]; /* for path identifiers, less those against */
};

/* One source. `node` is first. */
struct source {
    struct table_node node;
    struct source *next, *prev;
    struct track_source pub;
    struct track_peer *peer; /* BGP */
    struct track_evidence *evidence; /* BGP: two, received and sent; NULL: not needed yet */
    struct track_copy sent_open, recv_open;
    struct track_copy initiation; /* with hooks.keep_bmp */
    struct session *sessions; /* BMP */
    uint32_t session_cnt;
    struct session *last; /* of the last frame: most come in runs */
    bool stale;
};

struct track {
    struct track_hooks hooks;
    struct table sources, sessions;
    struct source *first;
    uint64_t key[2];
    uint32_t next_id;
    unsigned number;
    struct source *ending_source; /* ended by the last frame */
    struct session *ending_session;
    struct source *ending_session_of;
    bool skipped;
    const uint8_t *fresh; /* the copy that was made of the last frame */
    struct bgp_ctx stateless; /* of the last frame, when it told how to parse it */
    struct bgp_ctx assumed;   /* for frames of peers that are not tracked */
};

/* Replaces a stored message. Returns 0, or -1 with errno ENOMEM and nothing changed. */
int track_keep(struct track_copy *c, const uint8_t *p, uint32_t len);

/* Calls the peer_gone hook. */
void track_peer_end(struct track *t, struct source *s, struct track_peer *p);

/* Forgets a session and its views, hooks called. */
void track_session_end(struct track *t, struct source *s, struct session *ss);

/* Returns the source whose public part is given. */
static inline const struct source *track_source_of(const struct track_source *s)
{
    return (const struct source *)(const void *)((const char *)s - offsetof(struct source, pub));
}

/* Learns from an UPDATE, in item->bgp, how its direction's context must be; notes in *item what
 * was inferred. */
void track_infer(struct track_evidence *v, struct bgp_ctx *ctx, struct track_item *item);

/* Learns from the one OPEN of a session that was seen: what it does not offer is not used. */
void track_infer_open(struct track_evidence *v, struct bgp_ctx *ctx,
                      const struct bgp_open *open);

/* Apply one frame. Return 0, or -1 with errno ENOMEM and nothing changed. `s` may be NULL. */
int track_bmp(struct track *t, struct source *s, struct track_item *item);
int track_bgp(struct track *t, struct source *s, struct track_item *item);

/* Makes the one peer of a BGP source. */
int track_bgp_declare(struct track *t, struct source *s);

#endif
