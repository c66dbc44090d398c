/* SPDX-License-Identifier: BSD-2-Clause */
/* ris_live: messages as RIPE RIS Live has them (ris-live.ripe.net, "ris_message"). Floor F3.
 *
 * IPv4 and IPv6 unicast, and the attributes that RIS Live shows; the rest is in `raw`. An entry
 * of a RIB is an UPDATE. BMP Peer Up and Down, and a session's ups and downs, are
 * RIS_PEER_STATE. */
#ifndef RIBTAPE_SCHEMAS_FOREIGN_RIS_LIVE_H
#define RIBTAPE_SCHEMAS_FOREIGN_RIS_LIVE_H

#include "bgp/open.h"
#include "schemas/record/record_mrt.h"

/* Writes one object. `host`: the collector's name; NULL or "": the router's name or address, or
 * "ribtape". `raw`: with the message as hex. Return 1, or 0 when RIS Live has nothing like it.
 */
int ris_live_item(struct emit *e, const char *host, bool raw, const struct track_item *item);
int ris_live_mrt(struct emit *e, const char *host, bool raw, const struct mrt_walk *w,
                 const struct bgp_ctx *ctx);

/* A BMP connection's end (JOURNAL_GONE) is a "down" of each session that is up behind it: calls
 * `fn` with the first view of each. */
void ris_live_each_down(struct track *t, const struct track_item *item,
                        void (*fn)(void *arg, struct track_peer *peer), void *arg);

/* Writes that "down". */
void ris_live_down(struct emit *e, const char *host, const struct track_item *item,
                   struct track_peer *peer);

#endif
