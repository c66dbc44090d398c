/* SPDX-License-Identifier: BSD-2-Clause */
/* out_feeds: what other collectors' readers expect: RIS Live's JSON, OpenBMP's binary. Floor
 * F4. */
#include <stdlib.h>

#include "base/json.h"
#include "bgp/attr_map.h"
#include "schemas/foreign/openbmp.h"
#include "schemas/foreign/ris_live.h"
#include "tools/decode/decode.h"
#include "tools/generate/encode.h"

/* ---- RIS Live ---- */

/* What a walk over the sessions of a router that is gone needs. */
struct gone {
    struct decode *d;
    const struct track_item *item;
};

static void write_down(void *arg, struct track_peer *peer)
{
    const struct gone *g = arg;
    struct json j;
    json_init(&j, &g->d->out);
    ris_live_down(&j.emit, NULL, g->item, peer);
    buf_add_char(&g->d->out, '\n');
}

static void write_ris_live(struct decode *d, const struct decode_event *ev)
{
    struct json j;
    struct gone g = {d, ev->item};
    int cnt = 0;
    json_init(&j, &d->out);
    if (ev->walk != NULL) {
        cnt = ris_live_mrt(&j.emit, NULL, d->o.record.raw, ev->walk, ev->ctx);
    } else if (ev->item != NULL) {
        struct track_item item = *ev->item;
        item.ctx = ev->ctx;
        cnt = ris_live_item(&j.emit, NULL, d->o.record.raw, &item);
        ris_live_each_down(ev->track, ev->item, write_down, &g);
    }
    if (cnt > 0)
        buf_add_char(&d->out, '\n');
}

const struct decode_output decode_ris_live = {
    .name = "ris-live", .write = write_ris_live, .apart = true};

/* ---- OpenBMP ---- */

struct state {
    struct openbmp *o;
};

static struct openbmp *openbmp_of(struct decode *d)
{
    struct state *s = d->output_state;
    if (s == NULL)
        s = d->output_state = calloc(1, sizeof *s);
    if (s != NULL && s->o == NULL)
        s->o = openbmp_new("ribtape");
    if (s == NULL || s->o == NULL)
        d->out.failed = true;
    return s != NULL ? s->o : NULL;
}

/* Writes MP_REACH_NLRI (RFC 4760 section 3) with one route. */
static void put_mp_reach(struct wr *w, const struct mrt_rib *rib, struct cur next_hop)
{
    wr_u8(w, BGP_FLAG_OPTIONAL | BGP_FLAG_EXT_LEN);
    wr_u8(w, ATTR_MP_REACH_NLRI);
    size_t at = wr_mark_u16(w);
    wr_u16(w, rib->afi);
    wr_u8(w, rib->safi);
    bool with_rd = rib->safi == BGP_SAFI_VPN && next_hop.left == 4; /* a NEXT_HOP's */
    wr_u8(w, (uint8_t)(next_hop.left + (with_rd ? 8 : 0)));
    if (with_rd)
        wr_u64(w, 0); /* RFC 4364 section 4.3.2 */
    wr_bytes(w, next_hop.p, next_hop.left);
    wr_u8(w, 0);
    if (rib->has_path_id)
        wr_u32(w, rib->path_id);
    wr_bytes(w, rib->nlri.p, rib->nlri.left);
    wr_patch_u16(w, at);
}

/* Makes an UPDATE of a RIB's route: its attributes but MP_REACH_NLRI, which RIB dumps cut to
 * the next hop (RFC 6396 section 4.3.4). */
bool decode_rib_update(struct wr *w, const struct mrt_rib *rib, struct bgp_ctx *ctx)
{
    struct bgp_update u;
    struct cur next_hop, c = rib->attrs;
    struct attr_in in;
    bool plain = rib->afi == BGP_AFI_IPV4 && rib->safi == BGP_SAFI_UNICAST;
    record_rib_index(rib, ctx, &u, &next_hop);
    plain &= next_hop.left == 0;
    const struct bgp_attr *own = bgp_update_attr(&u, ATTR_NEXT_HOP);
    bool move = !plain && next_hop.left == 0 && own != NULL; /* some dumps have only that */
    if (move)
        next_hop = cur_at(u.msg + own->off, own->len, own->off);
    size_t start = encode_begin(w, BGP_TYPE_UPDATE);
    wr_u16(w, 0);
    size_t attrs = wr_mark_u16(w);
    for (const uint8_t *p = c.p; attr_next(&c, &in) > 0; p = c.p) {
        bool out = in.code == ATTR_MP_REACH_NLRI || in.code == ATTR_MP_UNREACH_NLRI ||
                   (move && in.code == ATTR_NEXT_HOP);
        if (!out)
            wr_bytes(w, p, (size_t)(c.p - p));
    }
    if (!plain)
        put_mp_reach(w, rib, next_hop);
    wr_patch_u16(w, attrs);
    if (plain && rib->has_path_id)
        wr_u32(w, rib->path_id);
    if (plain)
        wr_bytes(w, rib->nlri.p, rib->nlri.left);
    encode_end(w, start);
    if (rib->has_path_id && rib->family != BGP_FAMILY_NONE)
        bgp_family_add(&ctx->add_path, rib->family);
    return !w->overflow;
}

static void write_rib(struct decode *d, struct openbmp *o, const struct decode_event *ev)
{
    const struct mrt_rib *rib = &ev->walk->item.rib;
    struct bgp_ctx ctx = *ev->ctx;
    uint8_t *msg = malloc(BGP_MSG_EXT_MAX);
    if (msg == NULL) {
        d->out.failed = true;
        return;
    }
    struct wr w = wr_of(msg, BGP_MSG_EXT_MAX);
    if (!decode_rib_update(&w, rib, &ctx))
        decode_tell(d, DECODE_DAMAGED, "a route's attributes don't fit an UPDATE; left out");
    else
        (void)openbmp_rib(o, &d->out, ev->walk, &ctx, cur_of(msg, w.len));
    free(msg);
}

static void write_openbmp(struct decode *d, const struct decode_event *ev)
{
    struct openbmp *o = openbmp_of(d);
    if (o == NULL)
        return;
    if (ev->walk != NULL && ev->walk->item.kind == MRT_ITEM_RIB) {
        write_rib(d, o, ev);
    } else if (ev->walk != NULL) {
        (void)openbmp_mrt(o, &d->out, ev->walk, ev->ctx);
    } else if (ev->item != NULL) {
        struct track_item item = *ev->item;
        item.ctx = ev->ctx;
        (void)openbmp_item(o, &d->out, &item);
    }
}

static void drop_openbmp(struct decode *d)
{
    struct state *s = d->output_state;
    if (s != NULL)
        openbmp_free(s->o);
}

const struct decode_output decode_openbmp = {
    .name = "openbmp", .write = write_openbmp, .drop = drop_openbmp};
