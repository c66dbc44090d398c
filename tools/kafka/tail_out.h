/* SPDX-License-Identifier: BSD-2-Clause */
/* tail_out: `ribtape tail`, what is printed of a message. Floor F4.
 *
 * Records in JSON or Avro are put on a tape (schemas/avro/avro_tape.h); filters, and the formats
 * that want octets, see the frame that a record may have come from (record_wire.h). */
#ifndef RIBTAPE_TOOLS_KAFKA_TAIL_OUT_H
#define RIBTAPE_TOOLS_KAFKA_TAIL_OUT_H

#include "base/kafka/kafka_reader.h"
#include "schemas/filter/filter.h"

enum tail_format {
    TAIL_JSON,
    TAIL_TEXT,
    TAIL_BGPDUMP,
    TAIL_EXABGP,
    TAIL_RIS_LIVE,
    TAIL_SUMMARY,
    TAIL_RAW,
    TAIL_FORMAT_CNT
};

/* Returns the name of a format; NULL from TAIL_FORMAT_CNT on. */
extern const char *const tail_format_names[TAIL_FORMAT_CNT + 1];

struct tail_out_options {
    enum tail_format format;
    bool explode, short_lines, colour;
    const struct filter *filter; /* borrowed; NULL: everything passes */
};

enum tail_printed {
    TAIL_PRINTED,
    TAIL_PASSED_OVER, /* the filter doesn't hold, or the format has nothing for it */
    TAIL_FOREIGN,     /* no JSON object, nor a record in Avro */
    TAIL_OTHER_SCHEMA,
    TAIL_IN_PART, /* the record lacks what the format shows; nothing was printed */
    TAIL_NO_MEMORY,
};

struct tail_out;

struct tail_out *tail_out_new(const struct tail_out_options *o); /* NULL when memory runs out */
void tail_out_free(struct tail_out *t);                          /* NULL is allowed */

/* Prints one message; a part may wait for tail_out_flush. */
enum tail_printed tail_out_message(struct tail_out *t, const struct kafka_message *m);

/* Prints what comes after all messages. */
void tail_out_end(struct tail_out *t);

/* Hands what waits to standard output. Returns whether that is still there. */
bool tail_out_flush(struct tail_out *t);

#endif
