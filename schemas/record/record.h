/* SPDX-License-Identifier: BSD-2-Clause */
/* record: the normalized record (DESIGN.md section 5), built from BGP, BMP and MRT. Floor F3.
 *
 * One record per wire message; docs/records.md lists every type's members. The builders write
 * through `emit`, so that the same code makes JSON and whatever comes after. They keep no
 * state: one thread per encoder. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_H

#include "base/emit.h"
#include "bgp/update.h"
#include "schemas/track/track.h"

enum { RECORD_VERSION = 1 };

enum record_source { RECORD_BGP, RECORD_BMP, RECORD_MRT, RECORD_PCAP, RECORD_NO_SOURCE };

/* Where a record stands: in which journal its `seq` counts, and in its peer's stream. */
struct record_count {
    bool has_shard;
    unsigned shard;
    uint64_t epoch_us; /* names the session: microseconds since 1970 */
    uint64_t peer_seq; /* from 1 up, gapless in an epoch */
};

/* Who and when: the members every record starts with. Absent values (zero lengths, NULL) are
 * left out. */
struct record_meta {
    bool has_seq;
    uint64_t seq;
    const struct record_count *count; /* may be NULL */
    uint64_t time_ns;                 /* arrival */
    uint64_t router_time_ns;          /* BMP: the router's; 0 absent */
    const char *collector;            /* may be NULL */
    enum record_source source;
    struct source_addr router;
    const char *router_name;         /* may be NULL or "" */
    const char *router_descr;        /* BMP: its sysDescr; may be NULL or "" */
    const struct track_peer *peer;   /* may be NULL */
    bool with_local;                 /* write the peer's local side, too (MRT) */
    bool sent;                       /* a message we sent: "direction":"sent" */
    struct record_head **head;       /* where the unchanging members are kept; NULL: not kept */
    const struct bmp_routes *routes; /* TLVs around the message (BMP version 4); may be NULL */
    struct cur trailing;             /* what follows the BGP message in its frame */
    const struct bgp_diag *diag;     /* what the layer around the message found; may be NULL */
};

struct record_options {
    bool keepalives;         /* write keepalive records */
    bool raw;                /* add "raw":hex of the BGP message */
    bool pcap;               /* frames come from a capture: "source":"pcap" */
    struct bmp_marks *marks; /* path markings for the NLRI of one message; NULL: none */
    struct record_memo *memo; /* keeps what attributes became (record_memo.h); NULL: not kept */
    const struct record_count *count; /* of the next record; NULL: not counted */
};

/* Writes the record of one whole BGP message. Returns 1 when a record was written, 0 when the
 * options suppress it. `diags`: where diagnostics are also left for the caller's counters; may
 * be NULL. */
int record_bgp(struct emit *e, const struct record_meta *m, const struct bgp_ctx *ctx,
               const uint8_t *msg, size_t len, const struct record_options *o,
               struct bgp_diags *diags);

/* Writes the record of one tracked journal frame: dispatches to record_bgp, BMP and state
 * builders. Returns 1 when a record was written, 0 when the frame is nobody's news (a repeat, a
 * BGP source's declaration, a suppressed keepalive). `collector` may be NULL. */
int record_item(struct emit *e, const char *collector, const struct track_item *item,
                const struct record_options *o, struct bgp_diags *diags);

/* The same for a caller that has filled its meta (record_item_meta); the frame is no repeat. */
int record_item_by(struct emit *e, const struct record_meta *m, const struct track_item *item,
                   const struct record_options *o, struct bgp_diags *diags);

/* Returns the `type` of a tracked frame's record. */
const char *record_item_type(const struct track_item *item);

/* Fills who and when of a tracked frame's record. `stranger` is filled, and borrowed by *m,
 * when a BMP message's peer is not tracked. */
void record_item_meta(struct record_meta *m, const char *collector,
                      const struct track_item *item, const struct record_options *o,
                      struct track_peer *stranger);

/* ---- the parts, for other builders (MRT RIB entries, explode) ---- */

/* Opens the record's object and writes the members of *m, up to and without "type". The caller
 * ends the object. */
void record_begin(struct emit *e, const struct record_meta *m);

/* Writes them into the object that is open. */
void record_members(struct emit *e, const struct record_meta *m);

/* Frees the unchanging members that were kept; NULL is allowed. */
void record_head_free(struct record_head *h);

/* Writes "diags" unless the list is empty. */
void record_diags(struct emit *e, const struct bgp_diags *d);

enum { RECORD_REASON_MAX = 64 };

/* Writes a diagnostic's reason at `dst`, the attribute's name before it: `aigp-length`. No NUL;
 * returns how many characters. */
size_t record_reason(char dst[RECORD_REASON_MAX], const struct bgp_diag *d);

/* Writes "type" and the members of one BGP message into the object that is open; its
 * diagnostics go to *d. */
void record_message(struct emit *e, const struct bgp_ctx *ctx, const uint8_t *msg, size_t len,
                    const struct record_options *o, struct bgp_diags *d);

/* Writes "attrs" from an index, unless nothing is left to say. `take_next_hop`: NEXT_HOP is
 * written elsewhere. Adds to u->diags. */
void record_attrs(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                  bool take_next_hop);

/* Writes one indexed attribute under its key. Returns false when it has no named fields, or is
 * malformed (told in u->diags): it belongs into "unknown". */
bool record_attr(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                 const struct bgp_attr *a);

/* Returns NEXT_HOP's value when IPv4 unicast NLRI are announced and it is sound, else an empty
 * cursor. */
struct cur record_own_next_hop(const struct bgp_update *u);

/* Writes "afi" and "safi". */
void record_family(struct emit *e, uint16_t afi, uint8_t safi);

/* Writes "next_hop" (and "next_hop_rd" when not zero) from a network address of next hop (RFC
 * 4760 section 3, 2545, 4364, 4659, 8950); another length: "next_hop_raw". */
void record_next_hop(struct emit *e, struct cur next_hop);

/* Writes the AS_PATH of a two-octet session merged with AS4_PATH (RFC 6793 section 4.2.3) under
 * `key`. Returns false when they must not be merged (nothing written). *agree: AS4_PATH
 * says nothing that the result does not. */
bool record_merged_path(struct emit *e, struct str key, struct cur as_path,
                        struct cur as4_path, bool *agree);

#endif
