/* SPDX-License-Identifier: BSD-2-Clause */
/* recode: UPDATEs of a session with AS numbers of one width for a session with the other (RFC
 * 6793). Floor F4.
 *
 * From two octets to four, AS4_PATH and AS4_AGGREGATOR are merged as section 4.2.3 says and
 * left out; from four to two, they are added where AS_TRANS hides a number. All other octets
 * stay as they are. */
#ifndef RIBTAPE_TOOLS_REPLAY_RECODE_H
#define RIBTAPE_TOOLS_REPLAY_RECODE_H

#include "base/wr.h"
#include "bgp/update.h"

/* Returns how wide AS numbers are in an UPDATE's AS_PATH or AGGREGATOR, judged by its octets as
 * the records are: 2 or 4; 0: nothing in it tells. */
unsigned recode_width(const struct bgp_update *u, const struct bgp_ctx *ctx);

/* Writes the attributes of an indexed UPDATE, or of a RIB entry, whose AS numbers have `from`
 * octets, with `to` octets; without those codes whose bit is set in `leave` (codes below 64).
 * Returns 0, or -1 when they don't parse or don't fit. */
MUST_USE int recode_attrs(struct wr *w, const struct bgp_update *u, unsigned from, unsigned to,
                          uint64_t leave);

/* Writes the whole message so. Returns as recode_attrs. */
MUST_USE int recode_update(struct wr *w, const struct bgp_update *u, unsigned from,
                           unsigned to);

#endif
