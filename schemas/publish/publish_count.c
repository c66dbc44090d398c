/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_count: keys, and where each peer's records stand. Floor F3.
 *
 * Saved: u8 version, u16 topics, per topic u64 hash of what it is, u32 counters, per counter
 * u64 hash of whom it counts, then per topic u64 epoch and u64 count; u32 marks: u64 hash of
 * whom, u16 topic, u16 AFI, u8 SAFI, u64 from, u64 and u64 floor; epochs (publish_epoch.c, from
 * version 3 on); then what sessions left behind (publish_restart_save.c). Version 1 had marks
 * without the first u64 of their floor, up to the end. */
#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/wr.h"
#include "schemas/publish/publish_int.h"

enum {
    SAVED_VERSION = 3,
    MARK_LEN = 8 + 2 + 2 + 1 + 8 + 16,
    IDENTITY_MAX = 64,
    HEAD_LEN = 9 /* what the key leaves out */
};

/* ---- identity ---- */

static void put_addr(struct wr *w, const struct source_addr *a)
{
    uint8_t len = a != NULL ? a->len : 0;
    wr_u8(w, len);
    if (a != NULL && len > 0)
        wr_bytes(w, a->a, len);
}

/* Writes what identifies a source, then its router, then a peer. *router_end: where the router
 * ends. */
static void put_identity(struct wr *w, const struct publish_who *who, size_t *router_end)
{
    static const uint8_t no_rd[8];
    const struct track_peer *p = who->peer;
    wr_u8(w, who->left ? 2 : who->has_source);
    wr_u32(w, who->shard);
    wr_u32(w, who->source);
    put_addr(w, who->router);
    *router_end = w->len;
    wr_u8(w, p == NULL ? 0 : p->bmp ? 2 : 1);
    if (p == NULL)
        return;
    put_addr(w, &p->addr);
    wr_u8(w, p->bmp ? p->peer_type : 0);
    wr_bytes(w, p->bmp ? p->rd : no_rd, 8);
    wr_u8(w, p->bmp ? (uint8_t)p->view : 0);
}

static void hex_of(char dst[PUBLISH_KEY_LEN], uint64_t v)
{
    uint8_t be[8];
    struct wr w = wr_of(be, sizeof be);
    wr_u64(&w, v);
    fmt_hex(dst, be, sizeof be);
}

static void make_keys(struct publish_count *c, const uint64_t key[2], const struct wr *w,
                      const uint8_t *identity, size_t router_end)
{
    if (c->has_keys)
        return;
    c->has_keys = true;
    hex_of(c->peer_key, hash_sip13(key, identity + HEAD_LEN, w->len - HEAD_LEN));
    hex_of(c->router_key, hash_sip13(key, identity + HEAD_LEN, router_end - HEAD_LEN));
}

/* ---- the table ---- */

struct publish_count *publish_count_of(const struct publish *p, uint64_t hash)
{
    struct table_node *n = table_chain(&p->counts, hash);
    while (n != NULL && n->hash != hash)
        n = n->next;
    return (struct publish_count *)n;
}

static struct publish_count *add(struct publish *p, uint64_t hash)
{
    struct publish_count *c =
        calloc(1, sizeof *c + p->o.topic_cnt * sizeof(struct publish_place));
    if (c == NULL || table_reserve(&p->counts) != 0) {
        free(c);
        errno = ENOMEM;
        return NULL;
    }
    c->node.hash = hash;
    table_add(&p->counts, &c->node);
    return c;
}

struct publish_count *publish_count_get(struct publish *p, const struct publish_who *who)
{
    uint8_t identity[IDENTITY_MAX];
    struct wr w = wr_of(identity, sizeof identity);
    size_t router_end;
    put_identity(&w, who, &router_end);
    uint64_t hash = hash_sip13(p->hash_key, identity, w.len);
    struct publish_count *c = publish_count_of(p, hash);
    if (c == NULL)
        c = add(p, hash);
    if (c != NULL)
        make_keys(c, p->hash_key, &w, identity, router_end);
    return c;
}

struct publish_count *publish_count_find(struct publish *p, const struct publish_who *who)
{
    uint8_t identity[IDENTITY_MAX];
    struct wr w = wr_of(identity, sizeof identity);
    size_t router_end;
    put_identity(&w, who, &router_end);
    struct publish_count *c = publish_count_of(p, hash_sip13(p->hash_key, identity, w.len));
    if (c != NULL)
        make_keys(c, p->hash_key, &w, identity, router_end);
    return c;
}

void publish_count_name(const struct publish *p, const struct publish_who *who,
                        struct publish_count *c)
{
    uint8_t identity[IDENTITY_MAX];
    struct wr w = wr_of(identity, sizeof identity);
    size_t router_end;
    put_identity(&w, who, &router_end);
    make_keys(c, p->hash_key, &w, identity, router_end);
}

static void count_free(struct publish *p, struct publish_count *c)
{
    publish_restart_drop(p, c);
    for (unsigned i = 0; i < p->o.topic_cnt; i++)
        free(c->at[i].marks);
    free(c);
}

void publish_count_drop(struct publish *p, const struct publish_who *who,
                        struct publish_count *c)
{
    if (c == NULL) /* one that a checkpoint told of, and that said nothing since */
        c = publish_count_find(p, who);
    if (c == NULL)
        return;
    table_del(&p->counts, &c->node);
    count_free(p, c);
}

void publish_counts_free(struct publish *p)
{
    for (size_t i = 0; i < p->counts.cap; i++) {
        struct table_node *next;
        for (struct table_node *n = p->counts.bucket[i]; n != NULL; n = next) {
            next = n->next;
            count_free(p, (struct publish_count *)n);
        }
    }
    table_free(&p->counts);
}

/* ---- saving ---- */

static uint64_t topic_hash(const struct publish *p, unsigned i)
{
    const struct publish_topic *t = &p->o.topics[i];
    const uint64_t key[2] = {(uint64_t)t->format, t->by_route};
    return hash_sip13(key, t->name, strlen(t->name));
}

static void save_marks(const struct publish *p, const struct publish_count *c, struct buf *b)
{
    for (unsigned t = 0; t < p->o.topic_cnt; t++) {
        for (unsigned i = 0; i < c->at[t].mark_cnt; i++) {
            const struct publish_mark *m = &c->at[t].marks[i];
            char *room = buf_room(b, MARK_LEN);
            if (room == NULL)
                return;
            struct wr w = wr_of(room, MARK_LEN);
            wr_u64(&w, c->node.hash);
            wr_u16(&w, (uint16_t)t);
            wr_u16(&w, m->afi);
            wr_u8(&w, m->safi);
            wr_u64(&w, m->from);
            wr_u64(&w, m->floor.epoch_us);
            wr_u64(&w, m->floor.peer_seq);
            b->len += w.len;
        }
    }
}

static uint32_t count_marks(const struct publish *p, const struct publish_count *c)
{
    uint32_t sum = 0;
    for (unsigned t = 0; t < p->o.topic_cnt; t++)
        sum += c->at[t].mark_cnt;
    return sum;
}

typedef void each_fn(const struct publish *p, const struct publish_count *c, struct buf *b);

static void save_each(const struct publish *p, each_fn *fn, struct buf *b)
{
    for (size_t i = 0; i < p->counts.cap; i++) {
        for (struct table_node *n = p->counts.bucket[i]; n != NULL; n = n->next)
            fn(p, (const struct publish_count *)n, b);
    }
}

static void save_u32(struct buf *b, uint32_t v)
{
    uint8_t be[4];
    struct wr w = wr_of(be, sizeof be);
    wr_u32(&w, v);
    buf_add(b, be, sizeof be);
}

static void save_count(const struct publish *p, const struct publish_count *c, struct buf *b)
{
    size_t len = 8 + 16 * (size_t)p->o.topic_cnt;
    char *room = buf_room(b, len);
    if (room == NULL)
        return;
    struct wr w = wr_of(room, len);
    wr_u64(&w, c->node.hash);
    for (unsigned t = 0; t < p->o.topic_cnt; t++) {
        wr_u64(&w, c->at[t].epoch_us);
        wr_u64(&w, c->at[t].cnt);
    }
    b->len += w.len;
}

void publish_save(const struct publish *p, struct buf *b)
{
    size_t len = 1 + 2 + 8 * (size_t)p->o.topic_cnt;
    char *room = buf_room(b, len);
    if (room == NULL)
        return;
    struct wr w = wr_of(room, len);
    wr_u8(&w, SAVED_VERSION);
    wr_u16(&w, (uint16_t)p->o.topic_cnt);
    for (unsigned i = 0; i < p->o.topic_cnt; i++)
        wr_u64(&w, topic_hash(p, i));
    b->len += w.len;
    save_u32(b, (uint32_t)p->counts.cnt);
    save_each(p, save_count, b);
    uint32_t marks = 0;
    for (size_t i = 0; i < p->counts.cap; i++) {
        for (struct table_node *n = p->counts.bucket[i]; n != NULL; n = n->next)
            marks += count_marks(p, (const struct publish_count *)n);
    }
    save_u32(b, marks);
    save_each(p, save_marks, b);
    publish_epochs_save(p, b);
    save_each(p, publish_restart_save, b);
}

/* Reads one counter; map[i]: which of our topics the saved topic i is, or -1. */
static bool restore_one(struct publish *p, struct cur *in, const int *map, unsigned topics)
{
    uint64_t hash;
    if (!cur_u64(in, &hash))
        return false;
    struct publish_count *c = publish_count_of(p, hash);
    if (c == NULL)
        c = add(p, hash);
    for (unsigned i = 0; c != NULL && i < topics; i++) {
        uint64_t epoch_us, cnt;
        if (!cur_u64(in, &epoch_us) || !cur_u64(in, &cnt))
            return false;
        if (map[i] < 0)
            continue;
        c->at[map[i]].epoch_us = epoch_us;
        c->at[map[i]].cnt = cnt;
        c->at[map[i]].floor = (struct publish_at){epoch_us, 0};
    }
    return c != NULL;
}

struct publish_mark *publish_mark_get(struct publish_place *at, uint16_t afi, uint8_t safi,
                                      bool make)
{
    for (unsigned i = 0; i < at->mark_cnt; i++) {
        if (at->marks[i].afi == afi && at->marks[i].safi == safi)
            return &at->marks[i];
    }
    if (!make)
        return NULL;
    struct publish_mark *marks = reallocarray(at->marks, at->mark_cnt + 1, sizeof *marks);
    if (marks == NULL)
        return NULL;
    at->marks = marks;
    marks[at->mark_cnt] = (struct publish_mark){.afi = afi, .safi = safi};
    return &marks[at->mark_cnt++];
}

static bool restore_mark(struct publish *p, struct cur *in, const int *map, unsigned topics,
                         uint8_t version)
{
    uint64_t hash;
    uint16_t topic;
    struct publish_mark v = {0};
    if (!cur_u64(in, &hash) || !cur_u16(in, &topic) || !cur_u16(in, &v.afi) ||
        !cur_u8(in, &v.safi) || !cur_u64(in, &v.from) ||
        (version > 1 && !cur_u64(in, &v.floor.epoch_us)) || !cur_u64(in, &v.floor.peer_seq) ||
        topic >= topics)
        return false;
    struct publish_count *c = publish_count_of(p, hash);
    if (c == NULL || map[topic] < 0)
        return c != NULL;
    struct publish_place *at = &c->at[map[topic]];
    struct publish_mark *m = publish_mark_get(at, v.afi, v.safi, true);
    if (m == NULL)
        return false;
    *m = v;
    if (version == 1)
        m->floor.epoch_us = at->epoch_us;
    return true;
}

static bool read_map(const struct publish *p, struct cur *in, int *map, unsigned topics)
{
    for (unsigned i = 0; i < topics; i++) {
        uint64_t hash;
        if (!cur_u64(in, &hash))
            return false;
        map[i] = -1;
        for (unsigned k = 0; k < p->o.topic_cnt && map[i] < 0; k++)
            map[i] = topic_hash(p, k) == hash ? (int)k : -1;
    }
    return true;
}

/* What follows the counters. */
static bool restore_rest(struct publish *p, struct cur *in, const int *map, unsigned topics,
                         uint8_t version)
{
    uint32_t marks = 0;
    bool ok = version == 1 || cur_u32(in, &marks);
    while (ok && version == 1 && !cur_done(in))
        ok = restore_mark(p, in, map, topics, version);
    for (uint32_t i = 0; ok && i < marks; i++)
        ok = restore_mark(p, in, map, topics, version);
    if (ok && version > 2)
        ok = publish_epochs_restore(p, in);
    while (ok && !cur_done(in))
        ok = publish_restart_restore(p, in, map, topics);
    return ok;
}

int publish_restore(struct publish *p, const void *state, size_t len)
{
    struct cur in = cur_of(state, len);
    uint8_t version;
    uint16_t topics;
    uint32_t cnt;
    if (len == 0)
        return 0;
    errno = EINVAL;
    if (!cur_u8(&in, &version) || version == 0 || version > SAVED_VERSION ||
        !cur_u16(&in, &topics))
        return -1;
    int *map = calloc((size_t)topics + 1, sizeof *map);
    bool ok = map != NULL && read_map(p, &in, map, topics) && cur_u32(&in, &cnt);
    for (uint32_t i = 0; ok && i < cnt; i++)
        ok = restore_one(p, &in, map, topics);
    ok = ok && restore_rest(p, &in, map, topics, version);
    free(map);
    return ok && cur_done(&in) ? 0 : -1;
}
