/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_read: a record in Avro's binary encoding told to an encoder again. Floor F3.
 *
 * The record comes back as the builder wrote it but for the order of members: that of the
 * schema, then those of `other`. */
#ifndef RIBTAPE_SCHEMAS_AVRO_AVRO_READ_H
#define RIBTAPE_SCHEMAS_AVRO_AVRO_READ_H

#include "schemas/avro/avro.h"

enum avro_framing {
    AVRO_FRAMING_NONE,       /* begins as none of ours does */
    AVRO_FRAMING_SINGLE,     /* single-object encoding, of this schema */
    AVRO_FRAMING_REGISTERED, /* Confluent's: which schema it is only the registry knows */
    AVRO_FRAMING_FOREIGN,    /* single-object encoding, of another schema */
};

/* Looks at how a value begins, and passes over it. `fingerprint`: avro_fingerprint's. */
enum avro_framing avro_framing_of(struct cur *value, uint64_t fingerprint);

/* Tells `e` the record that `value` is from its first octet to its last, as an item without a
 * name. Keys are borrowed from the schema and from the value; *scratch is used during the call.
 * Returns 0, or -1 when it is no such record (another schema's) or memory ran out in *scratch
 * (failed): what `e` was told until then is for the caller to roll back. */
MUST_USE int avro_read(struct cur value, struct emit *e, struct buf *scratch);

#endif
