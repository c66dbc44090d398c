/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_open: the messages that are not UPDATEs: OPEN (index, record, offer, negotiation),
 * NOTIFICATION, ROUTE-REFRESH, OPERATIONAL.
 *
 * Input: one octet that chooses, then the message's body (OPEN: two of them, split in the
 * middle). Whatever the bytes are, nothing is read outside them and the record is balanced. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "bgp/notify.h"
#include "bgp/open.h"
#include "bgp/operational.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The body with a header before it, exactly allocated. The caller frees it. */
static uint8_t *message_of(uint8_t type, const uint8_t *body, size_t len)
{
    uint8_t *msg = malloc(BGP_HEADER_LEN + len);
    require(msg != NULL);
    memset(msg, 0xff, BGP_HEADER_LEN);
    msg[16] = (uint8_t)((BGP_HEADER_LEN + len) >> 8);
    msg[17] = (uint8_t)(BGP_HEADER_LEN + len);
    msg[18] = type;
    if (len > 0)
        memcpy(msg + BGP_HEADER_LEN, body, len);
    return msg;
}

static void emit_open(const struct bgp_open *o)
{
    struct buf out = {0};
    struct json j;
    json_init(&j, &out);
    emit_object(&j.emit, EMIT_ITEM);
    bgp_open_emit(o, &j.emit);
    emit_object_end(&j.emit);
    check_json(&out);
    buf_free(&out);
}

static void index_open(const uint8_t *msg, size_t len, struct bgp_open *o)
{
    int rc = bgp_open_index(msg, len, o);
    require(rc == 0 || o->diags.worst == BGP_ACTION_SESSION_RESET);
    require((rc != 0) == o->broken || o->params_off == 0);
    require(o->diags.cnt <= BGP_DIAGS_MAX && o->cap_cnt <= BGP_CAPS_MAX);
    for (unsigned i = 0; i < o->cap_cnt; i++)
        require(o->cap[i].off + o->cap[i].len <= len);
    for (unsigned i = 0; i < o->diags.cnt; i++)
        require(o->diags.v[i].off <= len);
    emit_open(o);
}

static void fuzz_open(const uint8_t *p, size_t len)
{
    static struct bgp_open from, to;
    struct bgp_ctx ctx;
    size_t half = len / 2;
    uint8_t *a = message_of(BGP_TYPE_OPEN, p, half);
    uint8_t *b = message_of(BGP_TYPE_OPEN, p + half, len - half);
    index_open(a, BGP_HEADER_LEN + half, &from);
    index_open(b, BGP_HEADER_LEN + len - half, &to);
    bgp_ctx_negotiate(&ctx, &from, &to);
    bgp_ctx_negotiate(&ctx, &to, &from);
    free(a);
    free(b);
}

typedef int emit_fn(struct cur body, struct emit *e, struct nlri_fault *fault);

static void fuzz_emit(emit_fn *emit, const uint8_t *p, size_t len)
{
    struct nlri_fault fault = {.off = UINT32_MAX};
    struct buf out = {0};
    struct json j;
    uint8_t *msg = message_of(0, p, len);
    struct cur body = cur_at(msg + BGP_HEADER_LEN, len, BGP_HEADER_LEN);
    json_init(&j, &out);
    emit_object(&j.emit, EMIT_ITEM);
    int rc = emit(body, &j.emit, &fault);
    emit_object_end(&j.emit);
    check_json(&out);
    require(rc == 0 || fault.off <= BGP_HEADER_LEN + len);
    require(emit(body, &emit_null, &fault) == rc); /* the syntax check agrees */
    buf_free(&out);
    free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static emit_fn *const emits[] = {bgp_notification_emit, bgp_refresh_emit,
                                     bgp_operational_emit};
    if (len == 0 || len > BGP_MSG_EXT_MAX - BGP_HEADER_LEN)
        return 0;
    unsigned choice = data[0] % 4;
    if (choice == 3)
        fuzz_open(data + 1, len - 1);
    else
        fuzz_emit(emits[choice], data + 1, len - 1);
    return 0;
}
