/* SPDX-License-Identifier: BSD-2-Clause */
/* walk: what the walks of dissections share. Floor F4; internal to tools/dissect/. */
#ifndef RIBTAPE_TOOLS_DISSECT_TRACED_WALK_H
#define RIBTAPE_TOOLS_DISSECT_TRACED_WALK_H

#include "bgp/update.h"
#include "tools/dissect/dissect.h"

/* Names a next hop's parts. Empty: nothing. */
void walk_next_hop(struct dissect *x, struct cur next_hop);

/* Walks the indexed attributes of an UPDATE or a RIB entry, the routes in them too. */
void walk_attrs(struct dissect *x, struct bgp_update *u, const struct bgp_ctx *ctx);

#endif
