/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_ways: the same record by a direct encoder and by one that knows nothing but the tape:
 * their octets must be the same, and the same again from what is kept of attributes and peers.
 */
#ifndef RIBTAPE_TESTS_UNIT_SCHEMAS_AVRO_WAYS_H
#define RIBTAPE_TESTS_UNIT_SCHEMAS_AVRO_WAYS_H

#include <criterion/criterion.h>

#include "schemas/avro/avro.h"
#include "schemas/record/record_memo.h"
#include "schemas/record/record_route.h"

struct avro_way {
    struct avro avro;
    struct buf out;
    struct record_options options;
};

struct avro_ways {
    struct avro_way direct, tape;
    unsigned records;
};

static inline void avro_ways_end(void *arg)
{
    struct avro_way *w = arg;
    cr_assert_eq(avro_take(&w->avro, &w->out), 0);
    buf_add_char(&w->out, '\n');
}

/* One for a whole test, so that what is kept has to be told apart. */
static inline struct avro_ways *avro_ways(void)
{
    static struct avro_ways w;
    if (w.direct.options.memo != NULL)
        return &w;
    w.direct.options.memo = record_memo_new();
    cr_assert_not_null(w.direct.options.memo);
    avro_init_direct(&w.direct.avro);
    avro_init(&w.tape.avro);
    return &w;
}

static inline void avro_ways_compare(struct avro_ways *w)
{
    const struct buf *d = &w->direct.out, *t = &w->tape.out;
    size_t at = 0;
    while (at < d->len && at < t->len && d->p[at] == t->p[at])
        at++;
    cr_expect(at == d->len && at == t->len, "octet %zu of %zu and %zu: \"%.*s\", \"%.*s\"", at,
              d->len, t->len, (int)(d->len - at), d->p + at, (int)(t->len - at), t->p + at);
    w->records++;
}

/* Writes the record of one message both ways, the direct one twice. */
static inline void avro_ways_bgp(const struct record_meta *m, const struct bgp_ctx *ctx,
                                 const uint8_t *msg, size_t len)
{
    struct avro_ways *w = avro_ways();
    w->direct.options.keepalives = w->tape.options.keepalives = true;
    buf_clear(&w->tape.out);
    (void)record_bgp(&w->tape.avro.emit, m, ctx, msg, len, &w->tape.options, NULL);
    avro_ways_end(&w->tape);
    for (int i = 0; i < 2; i++) {
        buf_clear(&w->direct.out);
        (void)record_bgp(&w->direct.avro.emit, m, ctx, msg, len, &w->direct.options, NULL);
        avro_ways_end(&w->direct);
        avro_ways_compare(w);
    }
}

static inline void avro_ways_one(struct avro_way *w, const struct track_item *item,
                                 bool by_route)
{
    const struct record_lines l = {
        .e = &w->avro.emit, .end = avro_ways_end, .arg = w, .collector = "c", .o = &w->options};
    buf_clear(&w->out);
    if (by_route)
        record_routes_item(&l, item);
    else if (record_item(l.e, l.collector, item, l.o, NULL) > 0)
        avro_ways_end(w);
}

/* The same of a tracked frame: one record, and one per route. */
static inline void avro_ways_item(const struct track_item *item)
{
    static const struct record_count count = {true, 3, 1763842537123456, 77};
    struct avro_ways *w = avro_ways();
    w->direct.options.keepalives = w->tape.options.keepalives = true;
    w->direct.options.count = w->tape.options.count = &count;
    for (int by_route = 0; by_route < 2; by_route++) {
        avro_ways_one(&w->tape, item, by_route);
        for (int i = 0; i < 2; i++) {
            avro_ways_one(&w->direct, item, by_route);
            avro_ways_compare(w);
        }
    }
}

#endif
