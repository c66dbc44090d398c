/* SPDX-License-Identifier: BSD-2-Clause */
/* generate_format: made-up messages as they are, as MRT and as BMP. Floor F4. */
#include <string.h>

#include "mrt/mrt.h"
#include "tools/generate/generate.h"

static void updates_message(struct generate *g, struct wr *w, unsigned i, const uint8_t *msg,
                            size_t len)
{
    (void)g, (void)i;
    wr_bytes(w, msg, len);
}

/* ---- MRT ---- */

static struct mrt_bgp4mp_head mrt_head(const struct generate *g, const struct encode_peer *p)
{
    struct mrt_bgp4mp_head h = {.time_ns = g->time_us * 1000,
                                .peer_asn = p->asn,
                                .local_asn = p->router_asn,
                                .addr_len = 4};
    memcpy(h.peer, p->addr, 4);
    memcpy(h.local, p->router_addr, 4);
    return h;
}

static void mrt_begin(struct generate *g, struct wr *w, unsigned i)
{
    struct encode_peer p = generate_peer(g, i);
    struct mrt_bgp4mp_head h = mrt_head(g, &p);
    mrt_write_state(w, &h, MRT_OPEN_CONFIRM, MRT_ESTABLISHED);
}

static void mrt_message(struct generate *g, struct wr *w, unsigned i, const uint8_t *msg,
                        size_t len)
{
    struct encode_peer p = generate_peer(g, i);
    struct mrt_bgp4mp_head h = mrt_head(g, &p);
    mrt_write_message(w, &h, (struct mrt_message_kind){.asn4 = true, .add_path = p.add_path},
                      msg, len);
}

/* ---- BMP ---- */

static void bmp_begin(struct generate *g, struct wr *w, unsigned i)
{
    uint8_t sent[ENCODE_MESSAGE_MAX], recv[ENCODE_MESSAGE_MAX];
    struct wr s = wr_of(sent, sizeof sent), r = wr_of(recv, sizeof recv);
    struct encode_peer p = generate_peer(g, i);
    struct encode_bmp_peer b = encode_bmp_peer_of(&p, g->time_us);
    if (i == 0)
        encode_bmp_initiation(w, "ribtape generate " RIBTAPE_VERSION, "generated");
    encode_peer_open(&s, &p, true);
    encode_peer_open(&r, &p, false);
    encode_bmp_peer_up(w, &b, cur_of(sent, s.len), cur_of(recv, r.len));
}

static void bmp_message(struct generate *g, struct wr *w, unsigned i, const uint8_t *msg,
                        size_t len)
{
    struct encode_peer p = generate_peer(g, i);
    struct encode_bmp_peer b = encode_bmp_peer_of(&p, g->time_us);
    encode_bmp_route(w, &b, msg, len);
}

const struct generate_format generate_updates = {.name = "updates", .message = updates_message};
const struct generate_format generate_mrt = {
    .name = "mrt", .begin = mrt_begin, .message = mrt_message};
const struct generate_format generate_bmp = {
    .name = "bmp", .begin = bmp_begin, .message = bmp_message};
