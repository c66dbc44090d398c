/* SPDX-License-Identifier: BSD-2-Clause */
/* names: codes of the BGP registries as the record shows them. Floor F1.
 *
 * A code is its name where the registry has one and decimal text where it has none, so that a
 * member is text whatever the peer sent. */
#ifndef RIBTAPE_BGP_NAMES_H
#define RIBTAPE_BGP_NAMES_H

#include <stdint.h>

#include "base/emit.h"
#include "bgp/nlri.h"

/* Emits the members "afi" and "safi" into the object that is open in `e`. */
void emit_family(struct emit *e, uint16_t afi, uint8_t safi);

/* Emits `name` under `key`, or `code` as decimal text when `name` is NULL. */
void emit_name_or_code(struct emit *e, struct str key, const char *name, uint64_t code);

/* Emits text from the wire under `key`. Text that isn't UTF-8 would lose bytes: nothing is
 * emitted then, and the result is -1 with *fault (BGP_REASON_VALUE). */
int emit_utf8(struct emit *e, struct str key, const struct cur *text, struct nlri_fault *fault);

#endif
