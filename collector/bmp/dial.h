/* SPDX-License-Identifier: BSD-2-Clause */
/* dial: connecting out to routers that listen for stations (RFC 7854 section 3.2). Floor F4.
 *
 * One dial per entry with `dial`; exponential back-off from 1 s to 60 s with jitter, back to 1
 * s after a stream that delivered a message. With several shards an entry belongs to one of
 * them, by its address. Belongs to the shard's thread. */
#ifndef RIBTAPE_COLLECTOR_BMP_DIAL_H
#define RIBTAPE_COLLECTOR_BMP_DIAL_H

struct shard;

/* Starts the dials that the shard's configuration has and the list has not, ends those that are
 * not in it any more. Returns 0, or -1 when memory runs out. */
int dial_reconcile(struct shard *sh);

/* Ends all; streams stay. */
void dial_stop_all(struct shard *sh);

#endif
