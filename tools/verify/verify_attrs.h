/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_attrs: whether two sets of attributes say the same, in whatever octets. Floor F4.
 *
 * Each is made into its record's JSON (schemas/record/record.h): order, flags of length, the form of
 * MP_REACH_NLRI, AS numbers of two octets with AS4_PATH disappear there, and nothing else. */
#ifndef RIBTAPE_TOOLS_VERIFY_VERIFY_ATTRS_H
#define RIBTAPE_TOOLS_VERIFY_VERIFY_ATTRS_H

#include "base/buf.h"
#include "schemas/rib/rib.h"

enum verify_attrs_sameness {
    VERIFY_ATTRS_SAME,
    VERIFY_ATTRS_LEFT_OUT, /* the dump has fewer of them, and these are the same */
    VERIFY_ATTRS_DIFFER,
};

enum { VERIFY_ATTRS_CACHE = 1 << 14 };

/* Answers that were given, by the sets' numbers: good while the RIB stays as it is. */
struct verify_attrs {
    struct buf text[2];
    struct {
        uint32_t updates, dump; /* 0: free */
        uint8_t sameness;
        uint8_t family;
    } * cache; /* owned; may be NULL */
};

void verify_attrs_begin(struct verify_attrs *a);
void verify_attrs_end(struct verify_attrs *a);

enum verify_attrs_sameness verify_attrs_same(struct verify_attrs *a, unsigned family,
                                             const struct rib_route *updates,
                                             const struct rib_route *dump);

/* Return JSON, malloc'ed: of a route's next hop and attributes, of an NLRI. NULL when memory
 * runs out. */
char *verify_attrs_text(struct verify_attrs *a, unsigned family, const struct rib_route *r);
char *verify_attrs_nlri(const struct nlri *n);

#endif
