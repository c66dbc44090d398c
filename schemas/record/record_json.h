/* SPDX-License-Identifier: BSD-2-Clause */
/* record_json: nearly all UPDATEs, straight as JSON text. Floor F3.
 *
 * Of what a collector hears, nearly every UPDATE announces or withdraws IPv4 or IPv6 unicast
 * prefixes and has nothing wrong with it. Its members are written here without the encoder's
 * calls, field by field the same text; everything else goes the usual way, and so does any
 * attribute that is not worth a function here. tests/unit/schemas/test_record_json.c holds both
 * ways against each other. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_JSON_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_JSON_H

#include "schemas/record/record.h"
#include "schemas/record/record_memo.h"

/* Writes the members that begin a record, "v" to "router_time", into the object that was just
 * opened. Returns as record_json_update. */
bool record_json_times(struct emit *e, const struct record_meta *m);

/* Writes announce, withdraw and attrs of an indexed UPDATE into the object that is open, when
 * `e` writes JSON and the UPDATE is plain. `memo`: where attributes' text is kept; may be NULL.
 * Returns false, and has written nothing, when it is not. */
bool record_json_update(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                        struct record_memo *memo);

/* The same for attrs alone, and for announce or withdraw with nothing but one route.
 * `next_hop`: of network addresses, as record_next_hop takes it. */
bool record_json_attrs(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                       struct record_memo *memo);
bool record_json_route(struct emit *e, const struct nlri *n, struct cur next_hop);

#endif
