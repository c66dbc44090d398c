/* SPDX-License-Identifier: BSD-2-Clause */
/* json_read: JSON text (RFC 8259) told to an encoder. Floor F0.
 *
 * What base/json.h writes comes back as the builder said it, but for two things that the text
 * doesn't tell: a hex text is a text, and a number with six decimals is taken for a time (its
 * text stays the same either way). Foreign JSON is read as well; numbers are exact up to 64
 * bits. */
#ifndef RIBTAPE_BASE_JSON_READ_H
#define RIBTAPE_BASE_JSON_READ_H

#include "base/buf.h"
#include "base/cur.h"
#include "base/emit.h"

enum { JSON_READ_DEPTH_MAX = 60 };

/* Tells `e` one value, all of the `len` octets at `text` but white space, under `key`
 * (EMIT_ITEM: none). Keys are borrowed from `text` as they stand there (an escaped key stays escaped); texts
 * go through *scratch, which is only used during the call. Returns 0, or -1 with *off, where
 * the text is wrong, nested deeper than JSON_READ_DEPTH_MAX, or memory ran out: what `e` was
 * told until then is for the caller to roll back. */
MUST_USE int json_read(const char *text, size_t len, struct str key, struct emit *e,
                       struct buf *scratch, size_t *off);

#endif
