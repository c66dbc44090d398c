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
#include "bgp/nlri.h"

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
    if (len > 0)
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

typedef int emit_fn(struct cur body, struct emit *e, struct nlri_fault *fault);

/* A body and its record. */
struct vector {
    const char *hex; /* the body, after the header */
    const char *json;
    int rc;
    struct nlri_fault fault; /* when rc is -1 */
};

static inline void vector_check(emit_fn *emit, const struct vector *v)
{
    static struct octets body;
    struct record r;
    struct nlri_fault fault = {0};
    octets_of(&body, v->hex);
    uint8_t *exact = exact_copy(body.p, body.len);
    struct cur c = cur_at(exact, body.len, BGP_HEADER_LEN);
    int rc = emit(c, record_begin(&r), &fault);
    cr_assert_str_eq(record_end(&r), v->json, "%s gives %s", v->hex, r.out.p);
    cr_assert_eq(rc, v->rc, "%s", v->hex);
    if (v->rc != 0) {
        cr_assert_eq(fault.reason, v->fault.reason, "%s: %s", v->hex,
                     bgp_reason_name(fault.reason));
        cr_assert(fault.off == v->fault.off && fault.need == v->fault.need &&
                      fault.have == v->fault.have,
                  "%s: off %u need %u have %u", v->hex, fault.off, fault.need, fault.have);
    }
    record_free(&r);
    free(exact);
}

/* Every prefix of a body emits something well-formed and reads nothing behind its end. */
static inline void vector_truncate(emit_fn *emit, const char *hex)
{
    static struct octets body;
    octets_of(&body, hex);
    for (size_t len = 0; len < body.len; len++) {
        struct record r;
        struct nlri_fault fault = {0};
        uint8_t *exact = exact_copy(body.p, len);
        int rc = emit(cur_at(exact, len, BGP_HEADER_LEN), record_begin(&r), &fault);
        const char *json = record_end(&r);
        cr_assert_eq(json[strlen(json) - 1], '}');
        if (rc != 0) {
            cr_assert_eq(fault.reason, BGP_REASON_TRUNCATED, "%s at %zu", hex, len);
            cr_assert_leq(fault.off, BGP_HEADER_LEN + len);
            cr_assert_lt(fault.have, fault.need);
        }
        record_free(&r);
        free(exact);
    }
}

#endif
