/* SPDX-License-Identifier: BSD-2-Clause */
/* publish: the records of one frame, from encoding to the producer. Floor F3. */
#include "schemas/publish/publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "schemas/publish/publish_int.h"
#include "schemas/record/record_memo.h"

/* ---- making and freeing ---- */

static void end_message(void *arg)
{
    publish_end(arg, NULL, 0, false);
}

static enum publish_headers headers_of(const struct publish_topic *t)
{
    enum publish_headers h =
        t->headers != PUBLISH_HEADERS_AUTO ? t->headers : publish_rows[t->format].headers;
    return h != PUBLISH_HEADERS_AUTO ? h : PUBLISH_HEADERS_PACKED;
}

static bool make_openbmp(struct publish *p)
{
    for (unsigned i = 0; i < p->o.topic_cnt; i++) {
        struct publish_slot *slot = &p->slots[i];
        p->by_router |= publish_rows[slot->topic->format].by_router;
        p->has_tables |= slot->topic->format == PUBLISH_STATE;
        if (slot->topic->format != PUBLISH_OPENBMP)
            continue;
        slot->openbmp = openbmp_new(p->o.collector != NULL ? p->o.collector : "ribtape");
        if (slot->openbmp == NULL)
            return false;
        openbmp_on_message(slot->openbmp, end_message, p);
    }
    return true;
}

/* Makes what says by which schema an Avro value is. */
static bool make_frame(struct publish *p)
{
    if (p->o.registry != NULL) {
        avro_schema(&p->schema);
        avro_begin_registered(&p->frame);
    } else {
        avro_begin_single(&p->frame, avro_fingerprint());
    }
    return !p->schema.failed && !p->frame.failed;
}

struct publish *publish_new(const struct publish_options *o)
{
    static const uint64_t key[2] = {0, 0}; /* the same everywhere: it spreads, no more */
    struct publish *p = calloc(1, sizeof *p);
    struct publish_slot *slots = calloc(o->topic_cnt + 1U, sizeof *slots);
    if (p == NULL || slots == NULL) {
        free(p);
        free(slots);
        return NULL;
    }
    p->o = *o;
    p->slots = slots;
    p->due_s = UINT32_MAX;
    for (unsigned i = 0; i < o->topic_cnt; i++) {
        slots[i].topic = &o->topics[i];
        slots[i].fixed = publish_name_is_fixed(o->topics[i].name);
        slots[i].headers = headers_of(&o->topics[i]);
    }
    if (!make_openbmp(p)) {
        publish_free(p);
        return NULL;
    }
    p->options = (struct record_options){.keepalives = o->keepalives,
                                         .raw = o->raw,
                                         .memo = record_memo_new(), /* NULL: without */
                                         .count = &p->count};
    if (o->collector != NULL)
        p->hash_key[0] = hash_sip13(key, o->collector, strlen(o->collector));
    json_init(&p->json, &p->out);
    avro_init_direct(&p->avro);
    if (!make_frame(p)) {
        publish_free(p);
        return NULL;
    }
    return p;
}

void publish_free(struct publish *p)
{
    if (p == NULL)
        return;
    publish_counts_free(p);
    publish_epochs_free(p);
    free(p->due_by_shard);
    buf_free(&p->out);
    buf_free(&p->keys);
    avro_free(&p->avro);
    buf_free(&p->schema);
    buf_free(&p->frame);
    for (unsigned i = 0; i < p->o.topic_cnt; i++)
        openbmp_free(p->slots[i].openbmp);
    record_memo_free(p->options.memo);
    free(p->records);
    free(p->slots);
    free(p);
}

static void forget_records(struct publish *p)
{
    buf_clear(&p->out);
    buf_clear(&p->keys);
    p->record_cnt = p->next = 0;
}

void publish_reset(struct publish *p)
{
    forget_records(p);
    for (unsigned i = 0; i < p->o.topic_cnt; i++)
        p->slots[i].handle = NULL;
}

uint64_t publish_oversize(const struct publish *p)
{
    return p->oversize;
}

/* ---- records ---- */

static struct publish_record *new_record(struct publish *p)
{
    if (p->record_cnt == p->record_cap) {
        size_t cap = p->record_cap != 0 ? 2 * p->record_cap : 16;
        struct publish_record *r = reallocarray(p->records, cap, sizeof *r);
        if (r == NULL) {
            p->no_memory = true;
            return NULL;
        }
        p->records = r;
        p->record_cap = cap;
    }
    return &p->records[p->record_cnt++];
}

/* The line feed is no record's: without it the JSON encoder puts a comma before the next. */
static void begin_value(struct publish *p)
{
    if (p->out.len > 0)
        buf_add_char(&p->out, '\n');
    p->begun = p->out.len;
}

void publish_end(struct publish *p, const void *key, size_t key_len, bool tombstone)
{
    struct publish_record *r = new_record(p);
    if (r == NULL)
        return;
    *r = (struct publish_record){.topic = p->topic,
                                 .part = p->slots[p->topic].parts++,
                                 .off = p->begun,
                                 .len = p->out.len - p->begun,
                                 .tombstone = tombstone,
                                 .own_key = {p->keys.len, key_len}};
    buf_add(&p->keys, key, key_len);
    begin_value(p);
}

void publish_end_route(struct publish *p, const void *key, size_t key_len, struct cur nlri,
                       struct publish_span attrs, bool tombstone)
{
    size_t before = p->record_cnt;
    publish_end(p, key, key_len, tombstone);
    if (p->record_cnt == before) /* out of memory */
        return;
    struct publish_record *r = &p->records[before];
    r->nlri = (struct publish_span){p->keys.len, nlri.left};
    r->attrs = attrs;
    buf_add(&p->keys, nlri.p, nlri.left);
}

struct publish_count *publish_other(struct publish *p, const struct track_item *item,
                                    const struct track_source *source, struct track_peer *peer)
{
    const struct publish_who who = {.has_source = true,
                                    .shard = item->shard,
                                    .source = source->id,
                                    .router = &source->info.remote,
                                    .peer = peer};
    struct publish_count *c = peer->user != NULL ? peer->user : publish_count_find(p, &who);
    return c != NULL && c->at[p->topic].epoch_us != 0 ? c : NULL;
}

void publish_end_other(struct publish *p, struct publish_count *c, const struct record_meta *m)
{
    struct publish_slot *slot = &p->slots[p->topic];
    char name[KAFKA_TOPIC_NAME_MAX + 1];
    size_t before = p->record_cnt;
    publish_end(p, c->peer_key, PUBLISH_KEY_LEN, false);
    if (p->record_cnt == before) /* out of memory */
        return;
    struct publish_record *r = &p->records[before];
    slot->others++;
    r->other = c;
    r->at = (struct publish_at){c->at[p->topic].epoch_us, c->at[p->topic].cnt + 1};
    if (slot->fixed)
        return;
    r->own_topic = (struct publish_span){
        p->keys.len, publish_name(name, slot->topic->name, m, p->type)};
    buf_add(&p->keys, name, r->own_topic.len);
}

void publish_undo(struct publish *p, size_t first)
{
    if (first == p->record_cnt)
        return;
    p->out.len = p->begun = p->records[first].off;
    p->record_cnt = first;
    p->slots[p->topic].parts = p->slots[p->topic].others = 0;
}

/* A value that no broker takes becomes one that says so; those of one message become one. */
static void replace_too_large(struct publish *p, const struct record_meta *m, size_t first)
{
    size_t len = 0;
    for (size_t i = first; i < p->record_cnt; i++)
        len = p->records[i].len > len ? p->records[i].len : len;
    if (len <= p->o.value_max)
        return;
    const struct publish_row *row = &publish_rows[p->slots[p->topic].topic->format];
    p->oversize++;
    publish_undo(p, first);
    if (row->too_large != NULL)
        row->too_large(p, m, len);
}

/* ---- one item ---- */

/* What a frame and an MRT item have in common. */
struct subject {
    const struct track_item *item; /* or: */
    const struct mrt_walk *walk;
    const struct bgp_ctx *ctx;
    const struct record_meta *meta;
    struct publish_count *count;
    struct publish_count *router;  /* BMP, where a topic counts by router; else count */
    struct filter_subject *routes; /* the caller's */
    bool due;                      /* the item is no frame's: time brings it */
};

/* Asks the topic's filter. Returns whether the item, or some of its routes, passes. */
static bool passes(struct publish *p, const struct subject *s, const struct publish_topic *t)
{
    if (s->due)
        return publish_rows[t->format].due != NULL;
    p->routes = s->routes;
    if (t->filter == NULL)
        return true;
    enum filter_verdict v = s->item != NULL
                                ? filter_item(t->filter, s->item, s->item->ctx, &p->subject)
                                : filter_walk(t->filter, s->walk, s->ctx, &p->subject);
    if (v == FILTER_SOME && t->by_route)
        p->routes = &p->subject;
    return v == FILTER_ALL || (v == FILTER_SOME && (t->by_route || filter_any(&p->subject)));
}

static void encode_topic(struct publish *p, const struct subject *s, unsigned topic)
{
    struct publish_slot *slot = &p->slots[topic];
    const struct publish_row *row = &publish_rows[slot->topic->format];
    struct publish_count *c = row->by_router ? s->router : s->count;
    struct publish_place *at = &c->at[topic];
    size_t first = p->record_cnt;
    p->topic = topic;
    p->counting = c;
    p->place = at;
    begin_value(p);
    slot->parts = slot->others = 0;
    memcpy(slot->key, c->peer_key, sizeof slot->key);
    if (!passes(p, s, slot->topic) &&
        (s->due || s->item == NULL || row->needs == NULL || !row->needs(p, s->item)))
        return;
    p->count.epoch_us = at->epoch_us != 0 ? at->epoch_us : publish_epoch(p, c, s->meta->time_ns);
    p->count.peer_seq = at->cnt + 1;
    if (s->due)
        row->due(p, s->item);
    else if (s->item != NULL)
        row->item(p, s->item);
    else if (row->mrt != NULL)
        row->mrt(p, s->walk, s->ctx);
    p->out.len = p->begun; /* an encoder may have thought better of it */
    if (slot->parts > 0)
        replace_too_large(p, s->meta, first);
    if (slot->parts == 0)
        return;
    slot->epoch_us = p->count.epoch_us;
    slot->peer_seq = p->count.peer_seq;
    if (slot->fixed && slot->name_len > 0)
        return;
    char name[KAFKA_TOPIC_NAME_MAX + 1];
    size_t len = publish_name(name, slot->topic->name, s->meta, p->type);
    if (len != slot->name_len || memcmp(name, slot->name, len) != 0) {
        memcpy(slot->name, name, len + 1);
        slot->name_len = len;
        slot->handle = NULL;
    }
}

/* Counts what was made, now that nothing can fail any more. */
static void count_topics(struct publish *p, const struct subject *s)
{
    for (unsigned i = 0; i < p->o.topic_cnt; i++) {
        bool by_router = publish_rows[p->slots[i].topic->format].by_router;
        struct publish_count *c = by_router ? s->router : s->count;
        struct publish_place *at = &c->at[i];
        if (p->slots[i].parts == p->slots[i].others)
            continue;
        if (at->epoch_us == 0) {
            at->epoch_us = p->slots[i].epoch_us;
            publish_epoch_keep(p, c, at->epoch_us);
        }
        at->cnt++;
        if (s->count->at[i].epoch_us == 0) /* there, the peer's: it was spoken of */
            s->count->at[i].epoch_us = at->epoch_us;
    }
    for (size_t i = 0; i < p->record_cnt; i++) {
        if (p->records[i].other != NULL)
            p->records[i].other->at[p->records[i].topic].cnt++;
    }
}

static int encode(struct publish *p, const struct subject *s)
{
    forget_records(p);
    p->no_memory = false;
    p->time_ms = s->meta->time_ns / 1000000;
    memcpy(p->peer_key, s->count->peer_key, sizeof p->peer_key);
    p->whose = s->count;
    p->meta = s->meta;
    p->has_seq = s->meta->has_seq;
    p->seq = s->meta->seq;
    p->shard = p->count.shard;
    for (unsigned i = 0; i < p->o.topic_cnt; i++)
        encode_topic(p, s, i);
    p->meta = NULL;
    if (p->no_memory || p->out.failed || p->keys.failed) {
        p->out.failed = p->keys.failed = false;
        forget_records(p);
        errno = ENOMEM;
        return -1;
    }
    count_topics(p, s);
    return (int)p->record_cnt;
}

/* The counters hang on what the tracker knows; what it doesn't is looked up each time. */
static struct publish_count *count_of(struct publish *p, const struct track_item *item,
                                      const struct track_peer *peer)
{
    void **user = peer != NULL && peer == item->peer       ? &item->peer->user
                  : peer == NULL && item->source != NULL ? &item->source->user
                                                         : NULL;
    if (user != NULL && *user != NULL)
        return *user;
    const struct publish_who who = {.has_source = item->source != NULL,
                                    .shard = item->shard,
                                    .source = item->source != NULL ? item->source->id : 0,
                                    .router = item->source != NULL ? &item->source->info.remote
                                                                   : NULL,
                                    .peer = peer};
    struct publish_count *c = publish_count_get(p, &who);
    if (user != NULL)
        *user = c;
    return c;
}

void publish_track(struct publish *p, struct track *t)
{
    p->track = t;
}

void publish_pcap(struct publish *p, bool pcap)
{
    p->options.pcap = pcap;
}

int publish_item(struct publish *p, const struct track_item *item,
                 struct filter_subject *routes)
{
    struct track_peer stranger;
    struct record_meta m;
    if (item->frame->flags & JOURNAL_REPEAT)
        return 0;
    record_item_meta(&m, p->o.collector, item, &p->options, &stranger);
    struct subject s = {
        .item = item, .meta = &m, .count = count_of(p, item, m.peer), .routes = routes};
    bool bmp = item->is_bmp || (item->source != NULL && item->source->info.kind == SOURCE_BMP);
    s.router = p->by_router && bmp ? count_of(p, item, NULL) : s.count;
    if (s.count == NULL || s.router == NULL)
        return -1;
    p->count.has_shard = p->o.has_shard;
    p->count.shard = item->shard;
    p->type = record_item_type(item);
    if (publish_restart_begin(p, item, s.count) != 0)
        return -1;
    int made = encode(p, &s);
    return made >= 0 && publish_restart_end(p, item, s.count) != 0 ? -1 : made;
}

static int make_due(struct publish *p, struct publish_overdue *o)
{
    struct track_peer stranger;
    struct record_meta m;
    record_item_meta(&m, p->o.collector, &o->item, &p->options, &stranger);
    const struct subject s = {
        .item = &o->item, .meta = &m, .count = o->count, .router = o->count, .due = true};
    p->count.has_shard = p->o.has_shard;
    p->count.shard = o->item.shard;
    p->type = record_item_type(&o->item);
    int made = encode(p, &s);
    publish_restart_done(p, o);
    return made;
}

int publish_due(struct publish *p, const struct track_item *next, uint64_t now_ns)
{
    struct publish_overdue o;
    int made = 0, found;
    while (made == 0 && (found = publish_restart_next(p, next, now_ns, &o)) != 0)
        made = found > 0 ? make_due(p, &o) : -1;
    return made;
}

static const char *mrt_type(const struct mrt_item *item)
{
    static const char *const names[] = {[MRT_ITEM_STATE] = "state",
                                        [MRT_ITEM_RIB] = "rib",
                                        [MRT_ITEM_PEERS] = "peer-index",
                                        [MRT_ITEM_OTHER] = "mrt"};
    uint8_t type = 0;
    if (item->kind != MRT_ITEM_MESSAGE)
        return names[item->kind];
    struct cur look = item->body;
    const char *name = cur_peek(&look, BGP_HEADER_LEN - 1, &type) ? bgp_type_name(type) : NULL;
    return name != NULL ? name : "bgp";
}

int publish_mrt(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx,
                struct filter_subject *routes)
{
    struct track_peer peer;
    record_mrt_peer(&w->item, &peer);
    struct record_meta m = record_mrt_meta(p->o.collector, &w->item, &peer);
    m.count = &p->count;
    const struct publish_who who = {.peer = &peer};
    struct subject s = {.walk = w,
                        .ctx = ctx,
                        .meta = &m,
                        .count = publish_count_get(p, &who),
                        .routes = routes};
    if (s.count == NULL)
        return -1;
    s.router = s.count;
    p->type = mrt_type(&w->item);
    return encode(p, &s);
}

int publish_extra(struct publish *p, const char *type, uint64_t time_ns, const void *value,
                  size_t len)
{
    const struct record_meta m = {.collector = p->o.collector, .time_ns = time_ns};
    const struct publish_who who = {.has_source = false};
    struct publish_count *c = publish_count_get(p, &who);
    if (c == NULL)
        return -1;
    forget_records(p);
    p->no_memory = p->has_seq = false;
    p->type = type;
    p->time_ms = time_ns / 1000000;
    for (p->topic = 0; p->topic < p->o.topic_cnt; p->topic++) {
        struct publish_slot *slot = &p->slots[p->topic];
        if (slot->topic->format != PUBLISH_JSON)
            continue;
        slot->name_len = publish_name(slot->name, slot->topic->name, &m, type);
        slot->handle = NULL;
        memcpy(slot->key, c->router_key, sizeof slot->key);
        slot->parts = slot->others = 0;
        slot->epoch_us = 0;
        p->begun = p->out.len;
        buf_add(&p->out, value, len);
        publish_end(p, NULL, 0, false);
    }
    if (p->no_memory || p->out.failed) {
        p->out.failed = false;
        forget_records(p);
        return -1;
    }
    return (int)p->record_cnt;
}

/* ---- the tracker's hooks ---- */

void publish_peer_gone(struct publish *p, struct track_source *s, struct track_peer *peer)
{
    const struct publish_who who = {.has_source = true,
                                    .shard = s->shard,
                                    .source = s->id,
                                    .router = &s->info.remote,
                                    .peer = peer};
    publish_count_drop(p, &who, peer->user);
    peer->user = NULL;
}

void publish_source_gone(struct publish *p, struct track_source *s)
{
    const struct publish_who who = {
        .has_source = true, .shard = s->shard, .source = s->id, .router = &s->info.remote};
    publish_count_drop(p, &who, s->user);
    s->user = NULL;
}
