/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_openbmp: topics of OpenBMP's raw messages: a BMP router's stream, or one that each BGP
 * session is made into (docs/kafka.md). Floor F3.
 *
 * What was said of a router or session in a topic is what its counters say: they go with
 * checkpoints, so that what is published again after a crash is the same. */
#include <stdlib.h>

#include "bgp/msg.h"
#include "schemas/publish/publish_int.h"

/* ---- what was said ---- */

static bool spoke_of(const struct publish *p, const struct publish_count *c)
{
    return c != NULL && c->at[p->topic].epoch_us != 0;
}

static bool spoke_of_view(struct publish *p, const struct track_item *item,
                          struct track_peer *view)
{
    const struct publish_who who = {.has_source = item->source != NULL,
                                    .shard = item->shard,
                                    .source = item->source != NULL ? item->source->id : 0,
                                    .router = item->source != NULL ? &item->source->info.remote
                                                                   : NULL,
                                    .peer = view};
    return spoke_of(p, view->user != NULL ? view->user : publish_count_find(p, &who));
}

/* The views of a monitored session have one Peer Up. */
static bool spoke_of_session(struct publish *p, const struct track_item *item)
{
    if (item->peer == NULL)
        return false;
    if (spoke_of(p, p->whose))
        return true;
    for (unsigned v = 0; item->peer->views != NULL && v < BMP_VIEW_CNT; v++) {
        if (item->peer->views[v] != NULL && spoke_of_view(p, item, item->peer->views[v]))
            return true;
    }
    return false;
}

/* A BGP session's Peer Down, or a router's Termination, is noted as a mark that no family has:
 * `from` is the number of its record, `floor` that of what began anew after it. A number that is
 * the next one's was noted in vain: that frame is made into records again. */
static bool said_end(const struct publish *p)
{
    const struct publish_mark *m = publish_mark_get(p->place, 0, 0, false);
    uint64_t next = p->count.peer_seq;
    if (m == NULL || m->from == 0 || m->from >= next)
        return false;
    return m->floor.peer_seq < m->from || m->floor.peer_seq >= next;
}

/* Whether another session of the same peer, or connection of the same router, has begun since:
 * an old one's end, which may come late, is not the end of that. */
static bool is_replaced(const struct publish *p)
{
    const struct publish_count *c = p->counting;
    for (size_t i = 0; i < p->counts.cap; i++) {
        for (struct table_node *n = p->counts.bucket[i]; n != NULL; n = n->next) {
            const struct publish_count *o = (const struct publish_count *)n;
            if (o != c && o->has_keys && o->at[p->topic].epoch_us > p->place->epoch_us &&
                memcmp(o->peer_key, c->peer_key, PUBLISH_KEY_LEN) == 0)
                return true;
        }
    }
    return false;
}

static void note(struct publish *p, bool end)
{
    struct publish_mark *m = publish_mark_get(p->place, 0, 0, true);
    if (m == NULL)
        p->no_memory = true;
    else if (end)
        m->from = p->count.peer_seq;
    else
        m->floor.peer_seq = p->count.peer_seq;
}

static bool is_bmp(const struct track_item *item)
{
    return item->is_bmp || (item->source != NULL && item->source->info.kind == SOURCE_BMP);
}

/* ---- frames ---- */

/* What ends, or changes how the rest is read, belongs to what was said before. */
bool publish_openbmp_needs(struct publish *p, const struct track_item *item)
{
    bool begun = p->place->epoch_us != 0;
    uint8_t type = 0;
    if (!begun)
        return false;
    if (item->frame->kind == JOURNAL_GONE || item->frame->kind == JOURNAL_STATE)
        return true;
    if (!is_bmp(item)) {
        struct cur msg = cur_of(item->bgp, item->bgp != NULL ? item->bgp_len : 0);
        return cur_peek(&msg, BGP_HEADER_LEN - 1, &type) && type == BGP_TYPE_NOTIFICATION;
    }
    if (item->bmp_bad)
        return false;
    if (item->bmp.type == BMP_TYPE_PEER_UP || item->bmp.type == BMP_TYPE_PEER_DOWN)
        return spoke_of_session(p, item);
    return item->bmp.type == BMP_TYPE_INITIATION || item->bmp.type == BMP_TYPE_TERMINATION;
}

static bool is_type(const struct track_item *item, uint8_t type)
{
    return item->is_bmp && !item->bmp_bad && item->bmp.type == type;
}

static void take_bmp(struct publish *p, const struct track_item *item)
{
    struct openbmp_said said = {.router = p->place->epoch_us != 0,
                                .peer = spoke_of_session(p, item)};
    bool gone = item->frame->kind == JOURNAL_GONE, ended = said_end(p);
    if (gone && (ended /* by the router's own Termination */ || is_replaced(p)))
        return;
    unsigned cnt = openbmp_stream(p->slots[p->topic].openbmp, &p->out, item, &said);
    if ((gone && cnt > 0) || is_type(item, BMP_TYPE_TERMINATION))
        note(p, true);
    else if (ended && is_type(item, BMP_TYPE_INITIATION))
        note(p, false);
}

static void take_bgp(struct publish *p, const struct track_item *item)
{
    bool begun = p->place->epoch_us != 0, ended = said_end(p);
    struct openbmp_said said = {.router = begun, .peer = begun, .down = ended};
    size_t before = p->record_cnt;
    (void)openbmp_stream(p->slots[p->topic].openbmp, &p->out, item, &said);
    if (said.down && !ended && is_replaced(p))
        publish_undo(p, before);
    else if (said.down != ended)
        note(p, said.down);
}

void publish_openbmp_item(struct publish *p, const struct track_item *item)
{
    if (is_bmp(item))
        take_bmp(p, item);
    else
        take_bgp(p, item);
}

/* ---- MRT ---- */

static void put_rib(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx)
{
    struct bgp_ctx read_by = *ctx;
    uint8_t *msg = malloc(BGP_MSG_EXT_MAX);
    if (msg == NULL) {
        p->no_memory = true;
        return;
    }
    struct wr m = wr_of(msg, BGP_MSG_EXT_MAX);
    if (p->o.rib_update(&m, &w->item.rib, &read_by))
        (void)openbmp_rib(p->slots[p->topic].openbmp, &p->out, w, &read_by,
                          cur_of(msg, m.len));
    free(msg);
}

void publish_openbmp_mrt(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx)
{
    if (w->item.kind != MRT_ITEM_RIB)
        (void)openbmp_mrt(p->slots[p->topic].openbmp, &p->out, w, ctx);
    else if (p->o.rib_update != NULL)
        put_rib(p, w, ctx);
}
