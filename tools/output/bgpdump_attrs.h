/* SPDX-License-Identifier: BSD-2-Clause */
/* bgpdump_attrs: attributes as the columns of bgpdump's lines. Floor F4. */
#ifndef RIBTAPE_TOOLS_OUTPUT_BGPDUMP_ATTRS_H
#define RIBTAPE_TOOLS_OUTPUT_BGPDUMP_ATTRS_H

#include "base/buf.h"
#include "bgp/update.h"

/* Replaces the content of `b` by `|AS path|origin|next hop|local pref|MED|communities|AG|
 * aggregator|`, or with `short_lines` by `|AS path|origin`. `next_hop`: of MP_REACH_NLRI;
 * empty: NEXT_HOP's. */
void bgpdump_attrs(struct buf *b, const struct bgp_update *u, const struct bgp_ctx *ctx,
                   struct cur next_hop, bool short_lines);

#endif
