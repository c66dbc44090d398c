/* SPDX-License-Identifier: BSD-2-Clause */
/* json: the emit encoder that writes JSON text into a buf. Floor F0. */
#ifndef RIBTAPE_BASE_JSON_H
#define RIBTAPE_BASE_JSON_H

#include "base/buf.h"
#include "base/emit.h"

/* `emit` is first, so that &json.emit is what decoders are given. */
struct json {
    struct emit emit;
    struct buf *out; /* borrowed */
};

/* Makes `j` an encoder that appends to `out`. Values at the outermost level are separated by
 * nothing; a caller that writes one object per line appends the line feed itself. */
void json_init(struct json *j, struct buf *out);

/* Returns the buffer an encoder writes to when it is a struct json, else NULL: for builders
 * that know a shorter way to the same text. */
struct buf *json_buf(const struct emit *e);

/* Writes a number of any size, given by its digits, to an encoder that is a struct json. */
void json_digits(struct emit *e, struct str key, const char *digits, size_t len);

#endif
