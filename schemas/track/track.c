/* SPDX-License-Identifier: BSD-2-Clause */
/* track: sources, and the frames that are about them alone. Floor F3. */
#include "schemas/track/track.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "schemas/record/record.h"
#include "schemas/track/track_impl.h"

struct track *track_new(const struct track_hooks *hooks)
{
    struct track *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    if (hooks != NULL)
        t->hooks = *hooks;
    t->next_id = 1;
    t->assumed = (struct bgp_ctx){.asn4 = true, .assumed = true};
    hash_random_key(t->key);
    return t;
}

void track_set_number(struct track *t, unsigned number)
{
    t->number = number;
}

unsigned track_number(const struct track *t)
{
    return t->number;
}

void track_pin(struct bgp_ctx *ctx, const struct source_info *info)
{
    ctx->flowspec2 = info->flowspec2;
    if (info->pin_asn4 != SOURCE_PIN_NONE)
        ctx->asn4 = info->pin_asn4 == SOURCE_PIN_ON;
    if (info->pin_add_path != SOURCE_PIN_NONE) {
        memset(&ctx->add_path, info->pin_add_path == SOURCE_PIN_ON ? 0xff : 0,
               sizeof ctx->add_path);
        ctx->pinned = true;
    }
}

int track_keep(struct track_copy *c, const uint8_t *p, uint32_t len)
{
    uint8_t *copy = malloc(len);
    if (copy == NULL)
        return -1;
    memcpy(copy, p, len);
    free(c->p);
    c->p = copy;
    c->len = len;
    return 0;
}

void track_peer_changed(struct track_peer *p)
{
    record_head_free(p->head);
    p->head = NULL;
}

void track_peer_end(struct track *t, struct source *s, struct track_peer *p)
{
    if (t->hooks.peer_gone != NULL)
        t->hooks.peer_gone(t->hooks.arg, &s->pub, p);
    track_peer_changed(p);
    free(p);
}

/* Source ids are the journal's own numbers, not a peer's: multiplying spreads them enough. */
static uint64_t id_hash(uint32_t id)
{
    return (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}

static struct source *source_find(const struct track *t, uint32_t id)
{
    uint64_t hash = id_hash(id);
    for (struct table_node *n = table_chain(&t->sources, hash); n != NULL; n = n->next) {
        struct source *s = (struct source *)n;
        if (s->pub.id == id)
            return s;
    }
    return NULL;
}

static void source_end(struct track *t, struct source *s)
{
    while (s->sessions != NULL)
        track_session_end(t, s, s->sessions);
    if (s->peer != NULL)
        track_peer_end(t, s, s->peer);
    if (t->hooks.source_gone != NULL)
        t->hooks.source_gone(t->hooks.arg, &s->pub);
    table_del(&t->sources, &s->node);
    if (s->next != NULL)
        s->next->prev = s->prev;
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        t->first = s->next;
    free(s->sent_open.p);
    free(s->recv_open.p);
    free(s->initiation.p);
    free(s->evidence);
    free(s);
}

static struct source *source_add(struct track *t, uint32_t id, const struct source_info *info)
{
    struct source *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->pub.id = id;
    s->pub.shard = t->hooks.shard;
    s->pub.info = *info;
    s->node.hash = id_hash(id);
    if (table_reserve(&t->sources) != 0 ||
        (info->kind == SOURCE_BGP && track_bgp_declare(t, s) != 0)) {
        free(s);
        return NULL;
    }
    table_add(&t->sources, &s->node);
    s->next = t->first;
    if (s->next != NULL)
        s->next->prev = s;
    t->first = s;
    return s;
}

static int feed_source(struct track *t, struct source *s, struct track_item *item)
{
    const struct journal_view *f = item->frame;
    struct source_info info;
    if (source_decode(f->p, f->len, &info) != 0) {
        item->has_diag = true;
        item->diag = (struct bgp_diag){.reason = BGP_REASON_SYNTAX, .have = f->len};
        return 0;
    }
    if (s == NULL)
        s = source_add(t, f->source, &info);
    if (s == NULL)
        return -1;
    s->pub.info = info;
    s->stale = false;
    if (s->peer != NULL)
        track_peer_changed(s->peer);
    item->source = &s->pub;
    item->peer = s->peer;
    return 0;
}

static int feed_gone(struct track *t, struct source *s, struct track_item *item)
{
    if (s != NULL)
        item->peer = s->peer; /* BGP: whose session may end here, unsaid until now */
    t->ending_source = s;
    return 0;
}

/* A loss is the source's at most; an unknown kind is a newer writer's. */
static int feed_other(struct track *t, struct source *s, struct track_item *item)
{
    (void)t, (void)s, (void)item;
    return 0;
}

typedef int feed_fn(struct track *t, struct source *s, struct track_item *item);

static feed_fn *const feeders[] = {
    [JOURNAL_SOURCE] = feed_source, [JOURNAL_GONE] = feed_gone,  [JOURNAL_BGP_RECV] = track_bgp,
    [JOURNAL_BGP_SENT] = track_bgp, [JOURNAL_STATE] = track_bgp, [JOURNAL_BMP] = track_bmp,
    [JOURNAL_LOST] = feed_other,
};

/* Applies what the frame before has ended. */
static void finish(struct track *t)
{
    if (t->ending_session != NULL)
        track_session_end(t, t->ending_session_of, t->ending_session);
    if (t->ending_source != NULL)
        source_end(t, t->ending_source);
    t->ending_session = NULL;
    t->ending_source = NULL;
}

/* Ends what the repeated frames after a gap did not name. */
static void sweep(struct track *t)
{
    struct source *next;
    for (struct source *s = t->first; s != NULL; s = next) {
        next = s->next;
        struct session *next_session;
        for (struct session *ss = s->sessions; ss != NULL; ss = next_session) {
            next_session = ss->next;
            if (ss->stale)
                track_session_end(t, s, ss);
        }
        if (s->stale)
            source_end(t, s);
    }
    t->skipped = false;
}

void track_skipped(struct track *t)
{
    finish(t);
    for (struct source *s = t->first; s != NULL; s = s->next) {
        s->stale = true;
        for (struct session *ss = s->sessions; ss != NULL; ss = ss->next)
            ss->stale = true;
    }
    t->skipped = true;
}

int track_feed(struct track *t, const struct journal_view *frame, struct track_item *item)
{
    finish(t);
    t->fresh = NULL;
    if (t->skipped && !(frame->flags & JOURNAL_REPEAT))
        sweep(t);
    memset(item, 0, sizeof *item);
    item->frame = frame;
    item->shard = t->hooks.shard;
    struct source *s = source_find(t, frame->source);
    if (s != NULL)
        item->source = &s->pub;
    feed_fn *feed = feed_other;
    if ((size_t)frame->kind < sizeof feeders / sizeof feeders[0] &&
        feeders[frame->kind] != NULL)
        feed = feeders[frame->kind];
    return feed(t, s, item);
}

void track_each_peer(struct track *t,
                     void (*fn)(void *arg, struct track_source *, struct track_peer *),
                     void *arg)
{
    for (struct source *s = t->first; s != NULL; s = s->next) {
        if (s->peer != NULL)
            fn(arg, &s->pub, s->peer);
        for (struct session *ss = s->sessions; ss != NULL; ss = ss->next) {
            for (int v = 0; v < BMP_VIEW_CNT; v++) {
                if (ss->views[v] != NULL)
                    fn(arg, &s->pub, ss->views[v]);
            }
        }
    }
}

void track_free(struct track *t)
{
    if (t == NULL)
        return;
    t->ending_session = NULL;
    t->ending_source = NULL;
    while (t->first != NULL)
        source_end(t, t->first);
    table_free(&t->sources);
    table_free(&t->sessions);
    free(t);
}
