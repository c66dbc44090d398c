/* SPDX-License-Identifier: BSD-2-Clause */
/* avro: the record as Apache Avro (specification 1.11), by the schema schemas/record.avsc.
 * Floor F3.
 *
 * Builders write a record to &a->emit as they write JSON. Avro wants fields in the schema's
 * order and counts before items, so the encoder notes what it is told on a tape and writes the
 * record when it is whole. Members that the schema has no field for, or of another type than
 * their field, go to the map `other` of their record, as JSON text: nothing is lost.
 *
 * One that is direct takes fields of the record as octets, too, which are then on the tape as
 * they are: plain UPDATEs' (record_avro.h), and members that stay the same from record to
 * record (emit.h: since, splice). The octets of a record are the same either way. */
#ifndef RIBTAPE_SCHEMAS_AVRO_AVRO_H
#define RIBTAPE_SCHEMAS_AVRO_AVRO_H

#include "base/buf.h"
#include "base/cur.h"
#include "base/emit.h"
#include "base/json.h"

#define AVRO_NAMESPACE "ribtape.v1" /* its record is Record */

enum { AVRO_DEPTH_MAX = 64, AVRO_MEMO_BITS = 8 };

/* The field that a name was found to be: the encoder's own. */
struct avro_memo {
    const struct avro_record *record;
    const char *key;
    const struct avro_field *field;
};

/* `emit` is first, so that &a->emit is what builders are given. */
struct avro {
    struct emit emit;
    struct buf tape;
    size_t open[AVRO_DEPTH_MAX]; /* where the open objects and arrays begin on the tape */
    unsigned depth;
    size_t ready_at;   /* on the tape: the token of fields being written, */
    size_t ready_last; /* and the last one when it is of fields and may go on; else none */
    struct buf text;  /* of one member of `other` */
    struct buf ready; /* what `since` returned, or a value on its way to the tape */
    struct json json;
    struct avro_memo memo[1 << AVRO_MEMO_BITS];
};

void avro_init(struct avro *a);
void avro_init_direct(struct avro *a);
void avro_free(struct avro *a);

/* Appends the record that was written since the last call, in Avro's binary encoding, to *out.
 * Returns 0, or -1 when memory ran out (errno ENOMEM) and the record is forgotten. */
MUST_USE int avro_take(struct avro *a, struct buf *out);

/* Appends the schema as JSON: as it is published, or in Parsing Canonical Form. */
void avro_schema(struct buf *out);
void avro_schema_canonical(struct buf *out);

/* Returns the schema's fingerprint, CRC-64-AVRO of its canonical form, which a single-object
 * encoding names the schema by; 0 when memory runs out. */
uint64_t avro_fingerprint(void);

/* Appends a number, for framings that are Avro themselves. */
void avro_put_long(struct buf *out, int64_t v);

/* Starts a value of the single-object encoding (ten octets), or one that names its schema by
 * the number a registry gave it (five octets; avro_set_registered puts the number in). */
void avro_begin_single(struct buf *out, uint64_t fingerprint);
void avro_begin_registered(struct buf *out);
void avro_set_registered(char value[5], uint32_t schema_id);

#endif
