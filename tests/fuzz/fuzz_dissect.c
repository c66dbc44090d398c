/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_dissect: BGP messages as `--output text -v` shows them. The first octet holds the
 * context's modes, the second the message's type. Every octet is in one leaf, whatever was
 * read. */
#include <stdlib.h>

#include "bgp/msg.h"
#include "tests/fuzz/check.h"
#include "tools/dissect/dissect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_leaves(const struct dissect *x, uint32_t len)
{
    uint32_t at = 0;
    for (int i = 0; i < x->leaf_cnt; i++) {
        const struct dissect_leaf *l = &x->leaves[i];
        require(l->at == at && l->len > 0 && l->len <= len - at);
        require(l->span >= DISSECT_NONE && l->span < x->span_cnt);
        require(l->node >= 0 && l->node < x->node_cnt);
        at += l->len;
    }
    require(at == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct cur c = cur_of(data, len);
    uint8_t modes, type;
    if (len > BGP_MSG_MAX || !cur_u8(&c, &modes) || !cur_u8(&c, &type))
        return 0;
    struct bgp_ctx ctx = {.asn4 = modes & 1, .ebgp = modes & 2};
    if (modes & 4)
        memset(&ctx.add_path, 0xff, sizeof ctx.add_path);
    size_t msg_len = BGP_HEADER_LEN + c.left;
    uint8_t *msg = malloc(msg_len);
    require(msg != NULL);
    struct wr w = wr_of(msg, msg_len);
    for (int i = 0; i < 4; i++)
        wr_u32(&w, UINT32_MAX);
    wr_u16(&w, (uint16_t)msg_len);
    wr_u8(&w, type % 8);
    wr_bytes(&w, c.p, c.left);
    struct dissect x = {0};
    struct buf out = {0};
    (void)dissect_bgp(&x, cur_of(msg, msg_len), &ctx, &out, modes & 8);
    check_leaves(&x, (uint32_t)msg_len);
    require(!out.failed && out.len > 0);
    buf_free(&out);
    dissect_free(&x);
    free(msg);
    return 0;
}
