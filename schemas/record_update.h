/* SPDX-License-Identifier: BSD-2-Clause */
/* record_update: the members of an UPDATE's record. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_RECORD_UPDATE_H
#define RIBTAPE_SCHEMAS_RECORD_UPDATE_H

#include "schemas/record.h"

/* One whole UPDATE. */
struct update_wire {
    const struct bgp_ctx *ctx;
    const uint8_t *msg;
    size_t len;
    struct bmp_marks *marks;  /* path markings for its NLRI; may be NULL */
    struct record_memo *memo; /* may be NULL */
};

/* Writes announce, withdraw, attrs or eor into the object that is open; diagnostics are added
 * to *d. Returns false when some bytes were not understood, or only in a mode that the session
 * did not negotiate: the record then wants the message as hex, too. */
bool record_update(struct emit *e, const struct update_wire *w, struct bgp_diags *d);

#endif
