/* SPDX-License-Identifier: BSD-2-Clause */
/* record_update: the members of an UPDATE's record. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_UPDATE_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_UPDATE_H

#include "schemas/record/record.h"

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

/* Returns how many NLRI come before a section's on the wire, in whichever section: what BMP
 * version 4 says of single NLRI counts so. */
unsigned record_nlri_before(const struct bgp_update *u, const struct bgp_ctx *ctx,
                            const struct bgp_section *s);

/* Writes one NLRI, the message's number `index`, with what `marks` (may be NULL) say of it.
 * Returns false, with *fault, when it could not be decoded. */
bool record_nlri(struct emit *e, const struct nlri *n, struct bmp_marks *marks, unsigned index,
                 struct nlri_fault *fault);

/* Adds a diagnostic when a message said more of its NLRI than is attached to them. */
void record_marks_spent(const struct bmp_marks *marks, struct bgp_diags *d);

#endif
