/* SPDX-License-Identifier: BSD-2-Clause */
/* mrt: the walk over an MRT record, or one entry of it, for its dissection. Floor F4; compiled
 * with the traced codec. */
#include "bgp/msg.h"
#include "mrt/read_kinds.h"
#include "tools/dissect/traced/walk.h"

/* RFC 6396 section 2; microseconds: section 3. */
static void walk_head(struct dissect *x, const struct mrt_record *rec)
{
    struct cur c = rec->raw;
    uint32_t timestamp, length, microseconds;
    uint16_t type, subtype;
    dissect_open(x, rec->raw.p, (uint32_t)(rec->raw.left - rec->body.left), "header", NULL);
    if (cur_u32(&c, &timestamp) && cur_u16(&c, &type)) {
        emit_u64(&x->emit, KEY("type"), type);
        if (mrt_type_name(type) != NULL)
            emit_name(&x->emit, KEY("name"), mrt_type_name(type));
        if (cur_u16(&c, &subtype)) {
            emit_u64(&x->emit, KEY("subtype"), subtype);
            if (mrt_subtype_name(type, subtype) != NULL)
                emit_name(&x->emit, KEY("name"), mrt_subtype_name(type, subtype));
        }
    }
    (void)(cur_u32(&c, &length) && rec->et && cur_u32(&c, &microseconds));
    dissect_close(x);
}

static void walk_rib(struct dissect *x, const struct mrt_item *item, const struct bgp_ctx *ctx)
{
    const struct mrt_rib *rib = &item->rib;
    struct nlri_fault fault;
    struct bgp_update u;
    struct nlri n = {.row = nlri_row_of(rib->family),
                     .body = rib->nlri,
                     .path_id = rib->path_id,
                     .has_path_id = rib->has_path_id,
                     .ctx = ctx};
    bool here = rib->nlri.p >= x->base && rib->nlri.p < x->base + x->len;
    if (here) {
        dissect_open(x, rib->nlri.p, rib->nlri.left, "NLRI", n.row->name);
        n.has_path_id = false; /* it is an entry's, and was read with it */
        (void)nlri_emit_members(&n, &x->emit, &fault);
        dissect_close(x);
    }
    walk_next_hop(x, rib->next_hop);
    (void)bgp_attrs_index(rib->attrs.p, rib->attrs.left, ctx, &u);
    walk_attrs(x, &u, ctx);
}

/* A message that the deprecated type BGP has without its header was put together elsewhere: its
 * body is the record's end. */
static void walk_message(struct dissect *x, const struct mrt_item *item)
{
    struct cur here = item->body, all = item->rec->raw;
    bool made = here.p == NULL || here.p < all.p || here.p >= all.p + all.left;
    if (made && here.left >= BGP_HEADER_LEN) {
        uint32_t len = here.left - BGP_HEADER_LEN;
        if (len > all.left || !cur_skip(&all, all.left - len))
            return;
        here = all;
    }
    dissect_name(x, here.p, here.left, "BGP message", "below");
}

static void walk_item(struct dissect *x, const struct mrt_item *item, const struct bgp_ctx *ctx)
{
    x->floor = x->span_cnt;
    switch (item->kind) {
    case MRT_ITEM_RIB:
        walk_rib(x, item, ctx);
        break;
    case MRT_ITEM_MESSAGE:
        walk_message(x, item);
        break;
    case MRT_ITEM_OTHER:
        emit_hex(&x->emit, KEY("value"), item->rec->body.p, item->rec->body.left);
        break;
    case MRT_ITEM_STATE:
    case MRT_ITEM_PEERS:
        break; /* nothing but what the walk reads */
    }
}

/* Fetches the item once more, with the traced reader. An entry after a record's first is read
 * from its place, as the walk would come to it. */
static bool read_again(const struct mrt_walk *walk, bool first, struct mrt_peers *peers,
                       struct mrt_walk *again)
{
    const struct mrt_rib *rib = &walk->item.rib;
    if (first) {
        mrt_walk_init(again, walk->item.rec,
                      walk->item.kind == MRT_ITEM_PEERS ? peers : walk->peers, walk->scratch);
    } else {
        *again = *walk;
        again->kind = mrt_kind_of(walk->item.rec->type, walk->item.rec->subtype);
        again->c = rib->entry;
        again->left = 1;
    }
    return mrt_walk_next(again) > 0;
}

uint32_t dissect_mrt(struct dissect *x, const struct mrt_walk *walk, const struct bgp_ctx *ctx,
                     struct buf *out, bool colour)
{
    const struct mrt_item *item = &walk->item;
    const struct mrt_record *rec = item->rec;
    bool entry = item->kind == MRT_ITEM_RIB && item->rib.entry.left > 0;
    bool first = !entry || item->rib.entry.off == item->rib.first_off;
    struct cur all = rec->raw;
    struct mrt_peers peers = {0};
    struct mrt_walk again;
    if (entry)
        all = first ? cur_at(rec->raw.p, item->rib.entry.off + item->rib.entry.left, 0)
                    : item->rib.entry;
    dissect_begin(x, all.p, all.left, all.off);
    dissect_open(x, all.p, all.left, entry && !first ? "RIB entry" : "MRT record", NULL);
    if (first)
        walk_head(x, rec);
    x->floor = x->span_cnt;
    if (read_again(walk, first, &peers, &again))
        walk_item(x, &again.item, ctx);
    dissect_end();
    mrt_peers_free(&peers);
    uint32_t unread = dissect_print(x, out, colour);
    if (item->kind == MRT_ITEM_MESSAGE)
        unread += dissect_bgp(x, item->body, ctx, out, colour);
    return unread;
}
