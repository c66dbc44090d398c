/* SPDX-License-Identifier: BSD-2-Clause */
/* parse: addresses, prefixes, numbers and times out of what people write. Floor F0.
 *
 * Text is `len` octets at `s`, no NUL needed; each function takes the whole of it or fails. */
#ifndef RIBTAPE_BASE_PARSE_H
#define RIBTAPE_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

/* Reads a decimal number of at most `max`. Returns whether it is one. */
MUST_USE bool parse_u64(const char *s, size_t len, uint64_t max, uint64_t *v);

/* Reads an IPv4 or IPv6 address (RFC 4291 section 2.2) into 16 octets at `addr`, IPv4 in the
 * first four. Returns 4, 16, or 0 when it is none. */
MUST_USE unsigned parse_addr(const char *s, size_t len, uint8_t *addr);

/* Reads ADDRESS or ADDRESS/BITS; without bits it is the address alone. Bits after the prefix
 * are cleared. Returns as parse_addr. */
MUST_USE unsigned parse_prefix(const char *s, size_t len, uint8_t *addr, uint8_t *bits);

/* Reads an AS number in asplain (RFC 5396), `AS` before it or not. Returns whether it is one. */
MUST_USE bool parse_asn(const char *s, size_t len, uint32_t *asn);

/* Reads a time as nanoseconds since the epoch: seconds since then, or `2025-11-23`,
 * `2025-11-23T06:10`, `2025-11-23T06:10:37`, UTC unless an offset as `+02:00` follows (RFC 3339;
 * `Z` at the end and a space for `T` are welcome); seconds may have up to nine decimals. Returns
 * whether it is one. */
MUST_USE bool parse_time(const char *s, size_t len, uint64_t *ns);

#endif
