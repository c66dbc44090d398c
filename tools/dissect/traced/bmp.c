/* SPDX-License-Identifier: BSD-2-Clause */
/* bmp: the walk over a BMP message for its dissection. Floor F4; compiled with the traced codec.
 */
#include "bgp/msg.h"
#include "bmp/mirror.h"
#include "bmp/peer_down.h"
#include "bmp/stats.h"
#include "tools/dissect/traced/walk.h"

enum { INNER_MAX = 64 };

/* The BGP messages in one BMP message, which are dissected after it, with offsets of their own.
 */
struct inner {
    const struct bgp_ctx *ctx;
    unsigned cnt;
    struct cur v[INNER_MAX];
    struct bgp_diags diags; /* the record has told of them */
};

typedef void walk_fn(struct dissect *x, const struct bmp_msg *m, const struct track_item *item,
                     struct inner *in);

static void add_inner(struct dissect *x, struct inner *in, struct cur msg)
{
    if (msg.left == 0 || in->cnt == INNER_MAX)
        return;
    dissect_name(x, msg.p, msg.left, "BGP message", "below");
    in->v[in->cnt++] = msg;
}

static void walk_routes(struct dissect *x, const struct bmp_msg *m,
                        const struct track_item *item, struct inner *in)
{
    struct cur c = m->body, rest;
    if (!item->has_routes) {
        uint32_t len = bmp_message_len(&c);
        if (cur_take(&c, len, &rest))
            add_inner(x, in, rest);
        if (c.left > 0)
            emit_hex(&x->emit, KEY("trailing"), c.p, c.left);
        return;
    }
    struct bmp_route_tlv t;
    struct bmp_routes routes = item->routes;
    while (bmp_route_tlv_next(&c, &t) > 0)
        ;
    bmp_routes_emit(&routes, &x->emit, KEY("tlvs"), &in->diags);
    add_inner(x, in, routes.message);
}

static void walk_stats(struct dissect *x, const struct bmp_msg *m,
                       const struct track_item *item, struct inner *in)
{
    (void)item;
    bmp_stats_emit(m->version, m->body, &x->emit, &in->diags);
}

static void walk_peer_down(struct dissect *x, const struct bmp_msg *m,
                           const struct track_item *item, struct inner *in)
{
    (void)item;
    bmp_peer_down_emit(m, &x->emit, &in->diags);
}

static void walk_peer_up(struct dissect *x, const struct bmp_msg *m,
                         const struct track_item *item, struct inner *in)
{
    struct bmp_peer_up up;
    struct bgp_diag diag;
    (void)item;
    if (bmp_peer_up_parse(m, &up, &diag) != 0) {
        emit_hex(&x->emit, KEY("raw"), m->body.p, m->body.left);
        return;
    }
    add_inner(x, in, up.sent_open);
    add_inner(x, in, up.recv_open);
    x->floor = x->span_cnt;
    bmp_tlvs_emit(up.tlvs, bmp_info_tlvs(m->version), &x->emit, KEY("info"), &in->diags);
}

static void walk_initiation(struct dissect *x, const struct bmp_msg *m,
                            const struct track_item *item, struct inner *in)
{
    (void)item;
    bmp_tlvs_emit(m->body, bmp_info_tlvs(m->version), &x->emit, KEY("info"), &in->diags);
}

static void walk_termination(struct dissect *x, const struct bmp_msg *m,
                             const struct track_item *item, struct inner *in)
{
    (void)item;
    bmp_tlvs_emit(m->body, bmp_term_tlvs(m->version), &x->emit, KEY("info"), &in->diags);
}

static void walk_mirror(struct dissect *x, const struct bmp_msg *m,
                        const struct track_item *item, struct inner *in)
{
    struct cur c = m->body;
    struct bmp_tlv t;
    uint16_t information;
    (void)item;
    while (bmp_tlv_next(&c, &t) > 0) {
        if (t.type == BMP_MIRROR_MESSAGE)
            add_inner(x, in, t.value);
        else if (t.type == BMP_MIRROR_INFORMATION && t.value.left == 2 &&
                 cur_u16(&t.value, &information))
            continue;
        else
            emit_hex(&x->emit, KEY("value"), t.value.p, t.value.left);
    }
}

static walk_fn *const walks[] = {
    [BMP_TYPE_ROUTE_MONITORING] = walk_routes, [BMP_TYPE_STATISTICS] = walk_stats,
    [BMP_TYPE_PEER_DOWN] = walk_peer_down,     [BMP_TYPE_PEER_UP] = walk_peer_up,
    [BMP_TYPE_INITIATION] = walk_initiation,   [BMP_TYPE_TERMINATION] = walk_termination,
    [BMP_TYPE_ROUTE_MIRRORING] = walk_mirror,
};

static void walk_body(struct dissect *x, const struct bmp_msg *m, const struct track_item *item,
                      struct inner *in)
{
    x->floor = x->span_cnt;
    if (m->type < sizeof walks / sizeof walks[0] && walks[m->type] != NULL)
        walks[m->type](x, m, item, in);
    else if (m->body.left > 0)
        emit_hex(&x->emit, KEY("value"), m->body.p, m->body.left);
}

/* Says what the per-peer header's octets stand for. */
static void name_peer(struct dissect *x, const struct bmp_peer *peer)
{
    uint8_t len;
    const uint8_t *addr = bmp_peer_addr(peer, &len);
    emit_name(&x->emit, KEY("flags"), bmp_view_name(peer->view));
    emit_rd(&x->emit, KEY("rd"), peer->rd);
    if (len > 0)
        emit_ip(&x->emit, KEY("addr"), addr, len);
}

uint32_t dissect_bmp(struct dissect *x, const struct track_item *item, const struct bgp_ctx *ctx,
                     struct buf *out, bool colour)
{
    static const struct bgp_ctx none = {0};
    struct inner in = {.ctx = ctx != NULL ? ctx : &none};
    struct bmp_msg m;
    struct bgp_diag diag;
    const struct journal_view *f = item->frame;
    bgp_diags_init(&in.diags);
    dissect_begin(x, f->p, f->len, 0);
    dissect_open(x, f->p, f->len, "BMP message", NULL);
    if (bmp_msg_parse(f->p, f->len, &m, &diag) == 0) {
        if (m.has_peer)
            name_peer(x, &m.peer);
        dissect_open(x, m.body.p, m.body.left, "body", bmp_type_name(m.type));
        walk_body(x, &m, item, &in);
        dissect_close(x);
    }
    dissect_end();
    uint32_t unread = dissect_print(x, out, colour);
    for (unsigned i = 0; i < in.cnt; i++) {
        buf_printf(out, "\n  BGP message at offset %u", in.v[i].off);
        unread += dissect_bgp(x, in.v[i], in.ctx, out, colour);
    }
    return unread;
}
