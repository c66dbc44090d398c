/* SPDX-License-Identifier: BSD-2-Clause */
/* out_avro: records as an Avro object container file (specification 1.11, "Object Container
 * Files"), which carries its schema. Floor F4.
 *
 *     | "Obj" 1 | metadata, a map of bytes: schema, codec | sync, 16 octets |
 *     | records in the block | octets | records | sync | ...
 */
#include <stdlib.h>

#include "base/hash.h"
#include "schemas/avro/avro.h"
#include "schemas/record/record_route.h"
#include "tools/decode/decode.h"

enum { BLOCK_LEN = 64 * 1024, SYNC_LEN = 16 };

struct out_avro {
    struct avro avro;
    struct buf block;
    uint64_t cnt; /* records in it */
    uint8_t sync[SYNC_LEN];
};

static void put_bytes(struct buf *b, const void *p, size_t len)
{
    avro_put_long(b, (int64_t)len);
    buf_add(b, p, len);
}

/* The marker is the same in every file: so the same input makes the same output. */
static void make_sync(uint8_t sync[SYNC_LEN])
{
    static const uint64_t keys[2][2] = {{0, 0}, {1, 1}};
    const uint64_t print = avro_fingerprint();
    for (unsigned i = 0; i < 2; i++) {
        uint64_t half = hash_sip13(keys[i], &print, sizeof print);
        memcpy(sync + i * sizeof half, &half, sizeof half);
    }
}

static void begin_file(struct out_avro *o, struct buf *out)
{
    struct buf schema = {0};
    avro_schema(&schema);
    buf_add(out, "Obj\1", 4);
    avro_put_long(out, 2);
    put_bytes(out, "avro.schema", 11);
    put_bytes(out, schema.p, schema.len);
    put_bytes(out, "avro.codec", 10);
    put_bytes(out, "null", 4);
    avro_put_long(out, 0);
    make_sync(o->sync);
    buf_add(out, o->sync, SYNC_LEN);
    out->failed |= schema.failed;
    buf_free(&schema);
}

static struct out_avro *state_of(struct decode *d)
{
    struct out_avro *o = d->output_state;
    if (o != NULL)
        return o;
    o = calloc(1, sizeof *o);
    if (o == NULL) {
        d->out.failed = true;
        return NULL;
    }
    avro_init_direct(&o->avro);
    begin_file(o, &d->out);
    d->output_state = o;
    return o;
}

static void end_block(struct decode *d, struct out_avro *o)
{
    if (o->cnt == 0)
        return;
    avro_put_long(&d->out, (int64_t)o->cnt);
    put_bytes(&d->out, o->block.p, o->block.len);
    buf_add(&d->out, o->sync, SYNC_LEN);
    buf_clear(&o->block);
    o->cnt = 0;
}

static void end_record(void *arg)
{
    struct decode *d = arg;
    struct out_avro *o = d->output_state;
    if (avro_take(&o->avro, &o->block) != 0) {
        d->out.failed = true;
        return;
    }
    o->cnt++;
    if (o->block.len >= BLOCK_LEN)
        end_block(d, o);
}

static void write_avro(struct decode *d, const struct decode_event *ev)
{
    struct out_avro *o = state_of(d);
    if (o != NULL && decode_record(d, ev, &o->avro.emit) > 0)
        end_record(d);
}

static void write_routes(struct decode *d, const struct decode_event *ev)
{
    struct out_avro *o = state_of(d);
    if (o != NULL)
        decode_routes(d, ev, &o->avro.emit, end_record);
}

static void end_avro(struct decode *d)
{
    struct out_avro *o = state_of(d);
    if (o != NULL)
        end_block(d, o);
}

static void drop_avro(struct decode *d)
{
    struct out_avro *o = d->output_state;
    if (o == NULL)
        return;
    avro_free(&o->avro);
    buf_free(&o->block);
}

const struct decode_output decode_avro = {
    .name = "avro", .write = write_avro, .end = end_avro, .drop = drop_avro};
const struct decode_output decode_avro_routes = {
    .name = "avro", .write = write_routes, .end = end_avro, .drop = drop_avro, .routes = true};
