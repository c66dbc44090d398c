/* SPDX-License-Identifier: BSD-2-Clause */
/* record_sound: whether nothing is wrong with a message, without its record being made. Floor
 * F3.
 *
 * A filter for errors asks it of each message. Nearly all are sound and told so here by a look
 * at lengths; tests/unit/schemas/test_record_json.c holds it against what records say. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_SOUND_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_SOUND_H

#include "schemas/record/record_mrt.h"

/* Returns true when the record of an indexed UPDATE has no diagnostics, for certain; false:
 * make it to know. What lies around the message is not asked. *u is as it was. */
bool record_sound_update(struct bgp_update *u, const struct bgp_ctx *ctx);

/* The same of a RIB's entry that record_rib_index has indexed. */
bool record_sound_rib(const struct mrt_item *item, struct bgp_update *u,
                      const struct bgp_ctx *ctx);

/* The same of a whole frame or item; `u`: the index of the UPDATE at `msg`. */
bool record_sound_item(const struct track_item *item, struct bgp_update *u,
                       const struct bgp_ctx *ctx);
bool record_sound_walk(const struct mrt_walk *w, struct bgp_update *u,
                       const struct bgp_ctx *ctx);

#endif
