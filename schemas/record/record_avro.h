/* SPDX-License-Identifier: BSD-2-Clause */
/* record_avro: nearly all UPDATEs, straight as Avro's octets. Floor F3.
 *
 * The same for a direct encoder (avro.h) as record_json is for JSON: what is plain is put onto
 * the tape as fields that are ready, without a token for each member; everything else goes the
 * usual way, next to it. Where a field stands is asked of the schema's list (avro_fields.h).
 * tests/unit/schemas/test_record_avro.c holds both ways against each other. Each returns
 * false, and has written nothing, when `e` is no direct encoder or what is to be written is not
 * plain. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_AVRO_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_AVRO_H

#include "schemas/record/record.h"
#include "schemas/record/record_memo.h"

/* Writes the members that begin a record, "v" to "router_time", into the object that was just
 * opened. */
bool record_avro_times(struct emit *e, const struct record_meta *m);

/* Writes "type": plain characters. */
bool record_avro_type(struct emit *e, struct str type);

/* Writes announce and withdraw of an indexed UPDATE. */
bool record_avro_routes(struct emit *e, const struct bgp_update *u, const struct bgp_ctx *ctx);

/* Writes attrs of an indexed UPDATE, unless nothing is left to say. `memo`: where they are
 * kept; may be NULL. */
bool record_avro_attrs(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                       struct record_memo *memo);

/* Writes announce or withdraw with nothing but one route. `next_hop`: of network addresses, as
 * record_next_hop takes it. */
bool record_avro_route(struct emit *e, const struct nlri *n, struct cur next_hop);

#endif
