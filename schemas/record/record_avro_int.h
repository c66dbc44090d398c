/* SPDX-License-Identifier: BSD-2-Clause */
/* record_avro_int: Avro's primitive values (specification 1.11, "Binary Encoding") at a pointer,
 * for schemas/record/record_avro*.c. Floor F3. Each returns where it ended. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_AVRO_INT_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_AVRO_INT_H

#include "schemas/avro/avro_int.h"
#include "schemas/avro/avro_tape.h"
#include "schemas/record/record_avro.h"
#include "schemas/record/record_plain.h"

enum { RECORD_AVRO_ONE_OCTET = 64 }; /* a length below takes one */

/* The schema has field `a` before `b`. */
#define AVRO_ORDER(a, b) _Static_assert((int)AVRO_##a < (int)AVRO_##b, #a " comes before " #b)

/* A long that is not negative: zigzag, then seven bits an octet, least first. */
static inline char *put_long(char *p, uint64_t v)
{
    v <<= 1;
    for (; v >= 0x80; v >>= 7)
        *p++ = (char)(v | 0x80);
    *p++ = (char)v;
    return p;
}

/* The same for a long below 2^55, such as a time: without a branch on its length. Takes eight
 * octets of room. */
static inline char *put_time(char *p, uint64_t us)
{
    uint64_t v = us << 1;
    unsigned len = (unsigned)(70 - __builtin_clzll(v | 1)) / 7;
    v = (v & 0x000000000fffffff) | (v & 0x00fffffff0000000) << 4; /* two of 28 bits, */
    v = (v & 0x00003fff00003fff) | (v & 0x0fffc0000fffc000) << 2; /* four of 14 */
    v = (v & 0x007f007f007f007f) | (v & 0x3f803f803f803f80) << 1;
    v |= ((UINT64_C(1) << 8 * (len - 1)) - 1) & 0x8080808080808080; /* all but the last go on */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(p, &v, sizeof v);
    return p + len;
}

static inline char *put_wide(char *p, uint64_t v)
{
    return v >> 55 == 0 ? put_time(p, v) : put_long(p, v);
}

/* The branch T of a union ["null", T]. */
static inline char *put_branch(char *p)
{
    *p = 2;
    return p + 1;
}

/* Writes a literal below 64 octets. */
#define PUT_TEXT(p, literal) put_text((p), (literal), sizeof(literal) - 1)

static inline char *put_text(char *p, const char *text, size_t len)
{
    *p++ = (char)(2 * len);
    memcpy(p, text, len);
    return p + len;
}

/* Ends a text below 64 octets that was written one octet behind `p`. */
static inline char *end_text(char *p, size_t len)
{
    *p = (char)(2 * len);
    return p + 1 + len;
}

/* Writes the fields from number `from` up to number `to`, exclusively, that have no member: an
 * octet 0 each. */
static inline char *skip(char *p, unsigned from, unsigned to)
{
    memset(p, 0, to - from);
    return p + (to - from);
}

/* Writes the fields of a record from number `from` on, and `other`. */
static inline char *skip_rest(char *p, unsigned from, unsigned cnt)
{
    return skip(p, from, cnt + 1);
}

/* Writes a number's field that is there. */
static inline char *put_number(char *p, uint64_t v)
{
    return put_long(put_branch(p), v);
}

#endif
