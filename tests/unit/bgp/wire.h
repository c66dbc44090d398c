/* SPDX-License-Identifier: BSD-2-Clause */
/* wire: makes messages from hex and records from messages, for the tests of bgp/. */
#ifndef RIBTAPE_TESTS_UNIT_BGP_WIRE_H
#define RIBTAPE_TESTS_UNIT_BGP_WIRE_H

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/wr.h"
#include "bgp/msg.h"

struct octets {
    size_t len;
    uint8_t p[70000];
};

/* Reads hex, spaces allowed, into `o`. */
static inline void octets_of(struct octets *o, const char *hex)
{
    o->len = 0;
    for (; *hex != '\0'; hex++) {
        unsigned v;
        if (*hex == ' ')
            continue;
        cr_assert(sscanf(hex, "%2x", &v) == 1 && hex[1] != '\0', "odd hex at `%s`", hex);
        cr_assert_lt(o->len, sizeof o->p);
        o->p[o->len++] = (uint8_t)v;
        hex++;
    }
}

/* Makes a whole message of `type` whose body is `hex`; `o` has exactly its octets. */
static inline void message_of(struct octets *o, uint8_t type, const char *hex)
{
    static struct octets body;
    octets_of(&body, hex);
    memset(o->p, 0xff, 16);
    struct wr w = wr_of(o->p + 16, sizeof o->p - 16);
    wr_u16(&w, (uint16_t)(BGP_HEADER_LEN + body.len));
    wr_u8(&w, type);
    wr_bytes(&w, body.p, body.len);
    o->len = 16 + w.len;
}

/* Returns a copy of the first `len` octets with nothing behind them, so that a read past the
 * end is seen by AddressSanitizer. The caller frees it. */
static inline uint8_t *exact_copy(const uint8_t *p, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    cr_assert_not_null(copy);
    memcpy(copy, p, len);
    return copy;
}

/* A JSON encoder with one object open. */
struct record {
    struct buf out;
    struct json json;
};

static inline struct emit *record_begin(struct record *r)
{
    r->out = (struct buf){0};
    json_init(&r->json, &r->out);
    emit_object(&r->json.emit, EMIT_ITEM);
    return &r->json.emit;
}

/* Closes the object and returns its text; record_free after. */
static inline const char *record_end(struct record *r)
{
    emit_object_end(&r->json.emit);
    buf_add_char(&r->out, '\0');
    cr_assert(!r->out.failed);
    return r->out.p;
}

static inline void record_free(struct record *r)
{
    buf_free(&r->out);
}

#endif
