/* SPDX-License-Identifier: BSD-2-Clause */
/* mrt_lanes: batches of records and the threads that decode them. Floor F4. */
#include "tools/decode/mrt_lanes.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum {
    LANES_MAX = 4,
    BATCH_LEN = 256 << 10, /* octets of records; one that is longer has a batch to itself */
    BATCH_RECORDS = 4096,
};

/* A record, its body in the batch's bytes. */
struct entry {
    struct mrt_record rec;
    uint64_t off; /* of the record in the stream */
};

/* Records that follow each other. */
struct batch {
    struct batch *next; /* in the queue, or among the free ones */
    struct outlet_piece *piece;
    uint8_t *bytes; /* owned: BATCH_LEN octets, or the long record's */
    size_t cap, len;
    uint32_t cnt;
    struct entry entries[BATCH_RECORDS];
};

struct lane {
    struct mrt_lanes *all;
    pthread_t thread;
    struct decode d;
    struct mrt_decoder decoder;
};

struct mrt_lanes {
    struct decode *d;   /* the reader's */
    struct batch *open; /* the reader's: being filled */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct batch *free, *first, **last; /* under lock */
    unsigned busy;                      /* under lock: batches queued or being decoded */
    bool ending, failed;                /* under lock */

    unsigned cnt;
    struct lane *lane[LANES_MAX];
};

/* ---- lanes ---- */

static struct batch *take_batch(struct mrt_lanes *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->first == NULL && !l->ending)
        pthread_cond_wait(&l->changed, &l->lock);
    struct batch *b = l->first;
    if (b != NULL) {
        l->first = b->next;
        if (l->first == NULL)
            l->last = &l->first;
    }
    pthread_mutex_unlock(&l->lock);
    return b;
}

static void give_back(struct mrt_lanes *l, struct batch *b, bool failed)
{
    pthread_mutex_lock(&l->lock);
    b->next = l->free;
    l->free = b;
    l->busy--;
    l->failed |= failed;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static void *run_lane(void *arg)
{
    struct lane *lane = arg;
    struct batch *b;
    while ((b = take_batch(lane->all)) != NULL) {
        lane->d.piece = b->piece;
        for (uint32_t i = 0; i < b->cnt && !lane->d.out_failed; i++)
            (void)mrt_decoder_record(&lane->decoder, &b->entries[i].rec, b->entries[i].off);
        decode_end_piece(&lane->d);
        give_back(lane->all, b, lane->d.out_failed);
    }
    return NULL;
}

/* ---- the reader ---- */

/* Returns a batch with room for `len` octets, or NULL when there is no memory. */
static struct batch *new_batch(struct mrt_lanes *l, size_t len)
{
    pthread_mutex_lock(&l->lock);
    while (l->free == NULL)
        pthread_cond_wait(&l->changed, &l->lock);
    struct batch *b = l->free;
    l->free = b->next;
    pthread_mutex_unlock(&l->lock);
    size_t cap = len > BATCH_LEN ? len : BATCH_LEN;
    if (cap != b->cap) {
        free(b->bytes);
        b->bytes = malloc(cap);
        b->cap = b->bytes != NULL ? cap : 0;
    }
    b->len = 0;
    b->cnt = 0;
    if (b->bytes != NULL) {
        b->piece = outlet_take(l->d->outlet);
        return b;
    }
    pthread_mutex_lock(&l->lock);
    b->next = l->free;
    l->free = b;
    pthread_mutex_unlock(&l->lock);
    decode_tell(l->d, DECODE_UNREADABLE, "out of memory");
    return NULL;
}

/* Queues the open batch. Returns false when there is no use going on. */
static bool close_batch(struct mrt_lanes *l)
{
    struct batch *b = l->open;
    l->open = NULL;
    pthread_mutex_lock(&l->lock);
    if (b != NULL) {
        b->next = NULL;
        *l->last = b;
        l->last = &b->next;
        l->busy++;
        pthread_cond_broadcast(&l->changed);
    }
    bool go_on = !l->failed;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

/* Sees to an open batch with room for a record of `len` octets. */
static bool open_batch(struct mrt_lanes *l, size_t len)
{
    struct batch *b = l->open;
    if (b != NULL && b->cnt < BATCH_RECORDS && b->cap - b->len >= len)
        return true;
    if (!close_batch(l))
        return false;
    l->open = new_batch(l, len);
    return l->open != NULL;
}

static void wait_idle(struct mrt_lanes *l)
{
    (void)close_batch(l);
    pthread_mutex_lock(&l->lock);
    while (l->busy > 0)
        pthread_cond_wait(&l->changed, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

/* Returns whether records after this one depend on it: it changes what the lanes ask. */
static bool is_shared(const struct mrt_record *rec)
{
    return rec->type == MRT_TABLE_DUMP_V2 &&
           (rec->subtype == MRT_RIB_SUBTYPE_PEER_INDEX_TABLE ||
            rec->subtype == MRT_RIB_SUBTYPE_GEO_PEER_TABLE);
}

bool mrt_lanes_record(struct mrt_lanes *l, const struct mrt_record *rec, uint64_t off)
{
    bool shared = is_shared(rec);
    if (shared)
        wait_idle(l);
    if (!open_batch(l, rec->raw.left))
        return false;
    struct batch *b = l->open;
    struct entry *e = &b->entries[b->cnt++];
    e->rec = *rec;
    e->off = off;
    memcpy(b->bytes + b->len, rec->raw.p, rec->raw.left);
    e->rec.raw.p = b->bytes + b->len;
    e->rec.body.p = e->rec.raw.p + (rec->raw.left - rec->body.left); /* its end */
    b->len += rec->raw.left;
    if (shared)
        wait_idle(l);
    return true;
}

void mrt_lanes_damage(struct mrt_lanes *l, uint64_t off, uint64_t len, const char *reason)
{
    (void)close_batch(l);
    if (open_batch(l, 0))
        l->d->piece = l->open->piece;
    decode_damage(l->d, off, len, reason);
    l->d->piece = NULL;
}

/* ---- life ---- */

static unsigned cpu_cnt(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static bool add_batch(struct mrt_lanes *l)
{
    struct batch *b = calloc(1, sizeof *b);
    if (b == NULL)
        return false;
    b->next = l->free;
    l->free = b;
    return true;
}

static bool add_lane(struct mrt_lanes *l, struct mrt_peers *peers)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return false;
    lane->all = l;
    decode_lane(&lane->d, l->d);
    mrt_decoder_init(&lane->decoder, &lane->d, peers);
    if (pthread_create(&lane->thread, NULL, run_lane, lane) != 0) {
        free(lane);
        return false;
    }
    l->lane[l->cnt++] = lane;
    return true;
}

struct mrt_lanes *mrt_lanes_new(struct decode *d, struct mrt_peers *peers)
{
    unsigned cpus = cpu_cnt();
    if (cpus < 2 || d->outlet == NULL || !d->o.output->apart)
        return NULL;
    struct mrt_lanes *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    l->d = d;
    l->last = &l->first;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    decode_flush(d, true); /* what was written so far comes first */
    bool ok = add_batch(l);
    for (unsigned i = 0; ok && i < cpus && i < LANES_MAX; i++)
        ok = add_batch(l) && add_lane(l, peers);
    if (l->cnt > 0)
        return l;
    mrt_lanes_free(l);
    return NULL;
}

void mrt_lanes_free(struct mrt_lanes *l)
{
    if (l == NULL)
        return;
    wait_idle(l);
    pthread_mutex_lock(&l->lock);
    l->ending = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    for (unsigned i = 0; i < l->cnt; i++) {
        pthread_join(l->lane[i]->thread, NULL);
        decode_join(l->d, &l->lane[i]->d);
        free(l->lane[i]);
    }
    while (l->free != NULL) {
        struct batch *b = l->free;
        l->free = b->next;
        free(b->bytes);
        free(b);
    }
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
