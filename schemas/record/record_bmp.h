/* SPDX-License-Identifier: BSD-2-Clause */
/* record_bmp: the records of BMP messages, and of sessions' states. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_BMP_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_BMP_H

#include "schemas/record/record.h"

/* Writes the members, "type" first, of a BMP message that is not Route Monitoring (or that did
 * not parse) into the object that is open; diagnostics are added to *d. */
void record_bmp(struct emit *e, const struct track_item *item, const struct record_options *o,
                struct bgp_diags *d);

/* Writes the record of a STATE, SOURCE, GONE or LOST frame. Returns 1, or 0 when the frame
 * makes none. */
int record_event(struct emit *e, const struct record_meta *m, const struct track_item *item);

#endif
