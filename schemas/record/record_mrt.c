/* SPDX-License-Identifier: BSD-2-Clause */
/* record_mrt: messages, states, RIB entries and tables of peers out of MRT. Floor F3. */
#include "schemas/record/record_mrt.h"

#include "base/clock.h"
#include "bgp/attr_map.h"

/* What Quagga counts on with after RFC 6396's six states. */
enum { QUAGGA_CLEARING = 7, QUAGGA_DELETED = 8 };

uint64_t record_mrt_time(const struct mrt_record *rec)
{
    return rec->sec * NS_PER_S + (uint64_t)rec->usec * 1000;
}

static struct source_addr addr_of(const struct mrt_peer *p)
{
    struct source_addr a = {.len = p->addr_len};
    memcpy(a.a, p->addr, sizeof a.a);
    return a;
}

void record_mrt_peer(const struct mrt_item *item, struct track_peer *p)
{
    static const uint8_t no_id[4];
    *p = (struct track_peer){.asn = item->peer.asn, .local_asn = item->local.asn};
    p->addr = addr_of(&item->peer);
    p->local = addr_of(&item->local);
    memcpy(p->bgp_id, item->peer.bgp_id, sizeof p->bgp_id);
    p->has_bgp_id = memcmp(p->bgp_id, no_id, sizeof no_id) != 0;
}

struct record_meta record_mrt_meta(const char *collector, const struct mrt_item *item,
                                   const struct track_peer *peer)
{
    return (struct record_meta){.time_ns = record_mrt_time(item->rec),
                                .collector = collector,
                                .source = RECORD_MRT,
                                .peer = item->has_peer ? peer : NULL,
                                .with_local = item->has_local,
                                .sent = item->sent};
}

/* ---- RIB entries ---- */

static bool same_nlri(struct cur in_attr, const struct mrt_rib *rib)
{
    enum { PATH_ID_LEN = 4 };
    if (in_attr.left == rib->nlri.left + PATH_ID_LEN && !cur_skip(&in_attr, PATH_ID_LEN))
        return false;
    return in_attr.left == 0 || (in_attr.left == rib->nlri.left &&
                                 memcmp(in_attr.p, rib->nlri.p, in_attr.left) == 0);
}

/* Takes the next hop of MP_REACH_NLRI. Older RIS files have the attribute as the UPDATE had it,
 * with all its NLRI: then it is also listed as any attribute without named fields is. */
static void take_mp_reach(const struct mrt_rib *rib, struct bgp_update *u, struct cur *next_hop)
{
    struct bgp_section *s = &u->mp_reach;
    if (!s->present)
        return;
    bool full = s->family != BGP_FAMILY_NONE, ours = !full || s->family == rib->family;
    if (ours && next_hop->left == 0)
        *next_hop = bgp_update_cur(u, s->next_hop);
    s->present = ours && same_nlri(bgp_update_cur(u, s->nlri), rib);
}

void record_rib_index(const struct mrt_rib *rib, const struct bgp_ctx *ctx,
                      struct bgp_update *u, struct cur *next_hop)
{
    (void)bgp_attrs_index(rib->attrs.p, rib->attrs.left, ctx, u);
    *next_hop = rib->next_hop;
    take_mp_reach(rib, u, next_hop);
}

/* Returns NEXT_HOP's value when the entry's next hop is there and nowhere else. */
static struct cur plain_next_hop(const struct mrt_rib *rib, const struct bgp_update *u)
{
    const struct bgp_attr *a = bgp_update_attr(u, ATTR_NEXT_HOP);
    if (rib->afi != BGP_AFI_IPV4 || a == NULL || a->len != 4)
        return cur_of(NULL, 0);
    return cur_at(u->msg + a->off, a->len, a->off);
}

static void put_nlri(struct emit *e, const struct mrt_rib *rib, const struct bgp_ctx *ctx,
                     struct bgp_diags *d)
{
    struct nlri_fault fault;
    struct nlri n = {.row = nlri_row_of(rib->family),
                     .body = rib->nlri,
                     .path_id = rib->path_id,
                     .has_path_id = rib->has_path_id,
                     .ctx = ctx};
    if (!nlri_emit(&n, e, EMIT_ITEM, &fault))
        bgp_diag_add(d, (struct bgp_diag){.reason = fault.reason,
                                          .afi = rib->afi,
                                          .safi = rib->safi,
                                          .off = fault.off,
                                          .need = fault.need,
                                          .have = fault.have});
}

static void put_rib(struct emit *e, const struct mrt_item *item, const struct bgp_ctx *ctx,
                    struct bgp_diags *d)
{
    const struct mrt_rib *rib = &item->rib;
    struct bgp_update u;
    struct cur next_hop;
    record_rib_index(rib, ctx, &u, &next_hop);
    struct cur plain = cur_of(NULL, 0);
    if (next_hop.left == 0)
        next_hop = plain = plain_next_hop(rib, &u);
    emit_name(e, KEY("type"), "rib");
    emit_array(e, KEY("announce"));
    emit_object(e, EMIT_ITEM);
    record_family(e, rib->afi, rib->safi);
    record_next_hop(e, next_hop);
    emit_array(e, KEY("nlri"));
    put_nlri(e, rib, ctx, d);
    emit_array_end(e);
    emit_object_end(e);
    emit_array_end(e);
    record_attrs(e, &u, ctx, plain.left > 0);
    if (rib->originated != 0)
        emit_time(e, KEY("originated"), rib->originated * NS_PER_S);
    for (unsigned i = 0; i < u.diags.cnt; i++)
        bgp_diag_add(d, u.diags.v[i]);
    if (item->unknown_peer)
        emit_u64(e, KEY("peer_index"), rib->peer_index);
    if (item->flipped)
        bgp_diag_add(d, (struct bgp_diag){.reason = BGP_REASON_ADD_PATH_MISMATCH,
                                          .afi = rib->afi,
                                          .safi = rib->safi,
                                          .have = item->add_path});
}

/* ---- states and peers ---- */

static void put_state(struct emit *e, struct str key, uint16_t state)
{
    const char *name = state <= UINT8_MAX ? source_state_name((uint8_t)state) : NULL;
    if (state == QUAGGA_CLEARING)
        name = "clearing";
    else if (state == QUAGGA_DELETED)
        name = "deleted";
    if (name != NULL)
        emit_name(e, key, name);
    else
        emit_code(e, key, state);
}

/* RFC 6397 section 2: IEEE 754 single precision, degrees; NaN when the place is private. */
static void put_degrees(struct emit *e, struct str key, uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    if (f >= -180.0F && f <= 180.0F)
        emit_f64(e, key, (double)f);
}

static void put_place(struct emit *e, bool there, uint32_t latitude, uint32_t longitude)
{
    if (!there)
        return;
    put_degrees(e, KEY("latitude"), latitude);
    put_degrees(e, KEY("longitude"), longitude);
}

static void put_peers(struct emit *e, const struct mrt_peers *peers)
{
    emit_name(e, KEY("type"), "peer-index");
    emit_ipv4(e, KEY("bgp_id"), peers->collector);
    if (peers->view_len > 0)
        emit_text(e, KEY("view"), peers->view, peers->view_len);
    put_place(e, peers->has_place, peers->latitude, peers->longitude);
    emit_array(e, KEY("peers"));
    for (uint32_t i = 0; i < peers->cnt; i++) {
        const struct mrt_peer *p = &peers->v[i];
        emit_object(e, EMIT_ITEM);
        emit_ip(e, KEY("addr"), p->addr, p->addr_len);
        emit_u64(e, KEY("asn"), p->asn);
        emit_ipv4(e, KEY("bgp_id"), p->bgp_id);
        put_place(e, p->has_place, p->latitude, p->longitude);
        emit_object_end(e);
    }
    emit_array_end(e);
}

/* ---- records ---- */

static void put_raw(struct emit *e, const struct mrt_record *rec)
{
    emit_name(e, KEY("type"), "mrt");
    emit_u64(e, KEY("mrt_type"), rec->type);
    emit_u64(e, KEY("mrt_subtype"), rec->subtype);
    emit_hex(e, KEY("value"), rec->body.p, rec->body.left);
}

int record_mrt_raw(struct emit *e, const char *collector, const struct mrt_record *rec,
                   const struct nlri_fault *fault)
{
    struct bgp_diags d;
    bgp_diags_init(&d);
    struct record_meta m = {
        .time_ns = record_mrt_time(rec), .collector = collector, .source = RECORD_MRT};
    bgp_diag_add(&d, (struct bgp_diag){.reason = fault->reason,
                                       .off = fault->off,
                                       .need = fault->need,
                                       .have = fault->have});
    record_begin(e, &m);
    put_raw(e, rec);
    record_diags(e, &d);
    emit_object_end(e);
    return 1;
}

static void put_item(struct emit *e, const struct mrt_walk *w, const struct bgp_ctx *ctx,
                     struct bgp_diags *d)
{
    const struct mrt_item *item = &w->item;
    switch (item->kind) {
    case MRT_ITEM_RIB:
        put_rib(e, item, ctx, d);
        break;
    case MRT_ITEM_STATE:
        emit_name(e, KEY("type"), "state");
        put_state(e, KEY("old"), item->old_state);
        put_state(e, KEY("new"), item->new_state);
        break;
    case MRT_ITEM_PEERS:
        put_peers(e, w->peers);
        break;
    case MRT_ITEM_OTHER:
    case MRT_ITEM_MESSAGE: /* record_mrt has seen to it */
        put_raw(e, item->rec);
        break;
    }
}

int record_mrt(struct emit *e, const char *collector, const struct mrt_walk *w,
               const struct bgp_ctx *ctx, const struct record_options *o,
               struct bgp_diags *diags)
{
    const struct mrt_item *item = &w->item;
    struct bgp_diags own;
    struct bgp_diags *d = diags != NULL ? diags : &own;
    struct track_peer peer;
    record_mrt_peer(item, &peer);
    struct record_meta m = record_mrt_meta(collector, item, &peer);
    m.count = o->count;
    if (item->kind == MRT_ITEM_MESSAGE)
        return record_bgp(e, &m, ctx, item->body.p, item->body.left, o, d);
    bgp_diags_init(d);
    record_begin(e, &m);
    put_item(e, w, ctx, d);
    record_diags(e, d);
    emit_object_end(e);
    return 1;
}
