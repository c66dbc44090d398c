/* SPDX-License-Identifier: BSD-2-Clause */
/* openbmp: the binary messages of OpenBMP's `bmp_raw` topic, version 1.7. Floor F3.
 *
 * Each is a header (whose router and collector readers go by) and one BMP message. BMP goes
 * through octet for octet. BGP sessions and MRT become a monitored router's BMP: the collector
 * is the router, its address is the session's local one; Initiation and Peer Up come before the
 * first route, and where the OPENs were not seen, OPENs that say what the routes are read by.
 * Route Monitoring holds UPDATEs; BMP has no place for the other messages.
 *
 * One thread. */
#ifndef RIBTAPE_SCHEMAS_FOREIGN_OPENBMP_H
#define RIBTAPE_SCHEMAS_FOREIGN_OPENBMP_H

#include "base/buf.h"
#include "schemas/record/record_mrt.h"

struct openbmp;

/* `admin_id`: the collector's name, copied (255 octets of it). NULL when memory runs out. */
struct openbmp *openbmp_new(const char *admin_id);
void openbmp_free(struct openbmp *o); /* NULL is allowed */

/* Has `end` called after each message that was written. Each session then is a stream of its
 * own, with an Initiation: what is read together is not ours to say. */
void openbmp_on_message(struct openbmp *o, void (*end)(void *arg), void *arg);

/* What a stream has said so far of whom a frame is about. */
struct openbmp_said {
    bool router; /* an Initiation */
    bool peer;   /* its Peer Up */
    bool down;   /* and then its Peer Down (BGP) */
};

/* Appends the messages that a frame makes to `out` and brings *said up to date, which its owner
 * keeps by source (router) and session (peer, down). What was not said and is needed comes
 * first: made up for BGP, as the router sent it for BMP (hooks.keep_bmp of the tracker). A BMP
 * connection's end is a Termination. Returns how many messages there are. */
unsigned openbmp_stream(struct openbmp *o, struct buf *out, const struct track_item *item,
                        struct openbmp_said *said);

/* Append the messages that a frame, or an MRT item that is a message or a state, makes to `out`
 * (out->failed when memory runs out), and remember what was said. BMP goes through alone. Each begins with "OBMP" and tells its length; returns how
 * many there are. */
unsigned openbmp_item(struct openbmp *o, struct buf *out, const struct track_item *item);
unsigned openbmp_mrt(struct openbmp *o, struct buf *out, const struct mrt_walk *w,
                     const struct bgp_ctx *ctx);

/* The same for a route of a RIB dump that the caller has made an UPDATE of (`msg`, four-octet
 * AS numbers as `ctx` says). */
unsigned openbmp_rib(struct openbmp *o, struct buf *out, const struct mrt_walk *w,
                     const struct bgp_ctx *ctx, struct cur msg);

#endif
