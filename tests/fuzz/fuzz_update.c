/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_update: whole UPDATEs and single attributes. The first octet holds the context's modes
 * and the kind: a body of an UPDATE as it is, a run of attributes with an UPDATE built round
 * it, or one attribute's value. The record is balanced JSON, the same as Avro by either of the
 * encoder's ways, and decoding without an encoder finds the same. */
#include <stdlib.h>

#include "base/json.h"
#include "bgp/attr_map.h"
#include "bgp/nlri_map.h"
#include "schemas/avro/avro.h"
#include "schemas/record/record.h"
#include "schemas/record/record_memo.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_diags(const struct bgp_diags *d, size_t len)
{
    require(d->cnt <= BGP_DIAGS_MAX);
    for (unsigned i = 0; i < d->cnt; i++) {
        require(d->v[i].off <= len);
        require(d->v[i].reason < BGP_REASON_CNT && d->v[i].action < BGP_ACTION_CNT);
    }
}

/* Returns an UPDATE whose body is `body`, exactly allocated. */
static uint8_t *update_of(const uint8_t *body, size_t len)
{
    uint8_t *msg = malloc(BGP_HEADER_LEN + len);
    require(msg != NULL);
    memset(msg, 0xff, 16);
    msg[16] = (uint8_t)((BGP_HEADER_LEN + len) >> 8);
    msg[17] = (uint8_t)(BGP_HEADER_LEN + len);
    msg[18] = BGP_TYPE_UPDATE;
    if (len > 0)
        memcpy(msg + BGP_HEADER_LEN, body, len);
    return msg;
}

static void put_avro(struct avro *a, struct buf *out, const struct bgp_ctx *ctx,
                     const uint8_t *msg, size_t len, struct record_memo *memo)
{
    const struct record_meta meta = {.source = RECORD_BGP, .time_ns = len};
    const struct record_options options = {.keepalives = true, .memo = memo};
    buf_clear(out);
    require(record_bgp(&a->emit, &meta, ctx, msg, len, &options, NULL) == 1);
    require(avro_take(a, out) == 0);
}

/* The direct encoder's octets are the tape's, also those that it remembers. */
static void check_avro(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len)
{
    static struct record_memo *memo; /* of all inputs, so that it has to tell them apart */
    struct avro direct, tape;
    struct buf ours = {0}, want = {0};
    memo = memo != NULL ? memo : record_memo_new();
    require(memo != NULL);
    avro_init_direct(&direct);
    avro_init(&tape);
    put_avro(&tape, &want, ctx, msg, len, NULL);
    for (int i = 0; i < 2; i++) {
        put_avro(&direct, &ours, ctx, msg, len, memo);
        require(ours.len == want.len && memcmp(ours.p, want.p, want.len) == 0);
    }
    avro_free(&direct);
    avro_free(&tape);
    buf_free(&ours);
    buf_free(&want);
}

static void fuzz_message(const uint8_t *body, size_t len, const struct bgp_ctx *ctx)
{
    uint8_t *msg = update_of(body, len);
    struct record_meta meta = {.source = RECORD_BGP};
    struct record_options options = {.keepalives = true};
    struct bgp_diags diags;
    struct buf out = {0};
    struct json j;
    bgp_diags_init(&diags);
    json_init(&j, &out);
    require(record_bgp(&j.emit, &meta, ctx, msg, BGP_HEADER_LEN + len, &options, &diags) == 1);
    check_json(&out);
    check_diags(&diags, BGP_HEADER_LEN + len);
    buf_free(&out);
    check_avro(ctx, msg, BGP_HEADER_LEN + len);

    struct bgp_update u;
    (void)bgp_update_index(msg, BGP_HEADER_LEN + len, ctx, &u);
    bgp_update_check(&u, ctx, true);
    check_diags(&u.diags, BGP_HEADER_LEN + len);
    free(msg);
}

/* Puts two empty length fields round a run of attributes. */
static void fuzz_run(const uint8_t *run, size_t len, const struct bgp_ctx *ctx)
{
    uint8_t *body = malloc(len + 4);
    require(body != NULL);
    struct wr w = wr_of(body, len + 4);
    wr_u16(&w, 0);
    wr_u16(&w, (uint16_t)len);
    wr_bytes(&w, run, len);
    fuzz_message(body, len + 4, ctx);
    free(body);
}

static bool decode(uint8_t code, const uint8_t *value, size_t len, const struct bgp_ctx *ctx,
                   struct emit *e)
{
    struct bgp_diags diags;
    const struct attr_row *row = attr_row_of(code);
    struct attr_in in = {.code = code,
                         .flags = row->flags,
                         .value = cur_of(value, len),
                         .ctx = ctx,
                         .diags = &diags};
    bgp_diags_init(&diags);
    bool ok = attr_decode(row, &in, e);
    require(ok || row->decode == NULL || diags.cnt > 0);
    check_diags(&diags, len);
    return ok;
}

static void fuzz_value(const uint8_t *p, size_t len, const struct bgp_ctx *ctx)
{
    uint8_t code = attr_map[p[0] % attr_map_cnt].code;
    uint8_t *value = malloc(len);
    struct buf out = {0};
    struct json j;
    require(value != NULL);
    memcpy(value, p + 1, len - 1);
    json_init(&j, &out);
    emit_object(&j.emit, EMIT_ITEM);
    bool ok = decode(code, value, len - 1, ctx, &j.emit);
    emit_object_end(&j.emit);
    check_json(&out);
    require(decode(code, value, len - 1, ctx, &emit_null) == ok);
    buf_free(&out);
    free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bgp_ctx ctx = {0};
    if (len < 2 || len > BGP_MSG_EXT_MAX - 64)
        return 0;
    ctx.asn4 = (data[0] & 4) != 0;
    ctx.ebgp = (data[0] & 8) != 0;
    if (data[0] & 16)
        memset(&ctx.add_path, 0xff, sizeof ctx.add_path);
    ctx.pinned = (data[0] & 32) != 0;
    switch (data[0] & 3) {
    case 0:
        fuzz_message(data + 1, len - 1, &ctx);
        break;
    case 1:
        fuzz_run(data + 1, len - 1, &ctx);
        break;
    default:
        fuzz_value(data + 1, len - 1, &ctx);
        break;
    }
    return 0;
}
