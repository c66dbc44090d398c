/* SPDX-License-Identifier: BSD-2-Clause */
/* window: a reading thread, a ring of blocks, and one flat buffer for the reader. Floor F0. */
#include "base/stream/window.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 256 << 10, BLOCK_CNT = 4, FLAT_MIN = 2 * BLOCK_SIZE };

struct block {
    uint8_t *p; /* BLOCK_SIZE octets */
    size_t len;
    uint64_t raw; /* octets of the file read when it was full */
};

struct window {
    struct stream_in *in; /* the thread's, until it is joined */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct block ring[BLOCK_CNT];
    unsigned head, cnt; /* blocks that are filled; under lock */
    bool ended;         /* no block will come any more; under lock */
    bool stop;          /* the reader is gone; under lock */
    bool failed;        /* memory ran out: the reader sees an end */

    uint8_t *flat; /* owned: what the reader looks at */
    size_t cap, at, len;
    uint64_t off; /* of flat[at] */
    void (*watch)(void *arg, uint64_t raw_off);
    void *watch_arg;
};

/* ---- the thread ---- */

/* Fills one block. Returns false at the end of the stream. */
static bool fill(struct window *w, struct block *b)
{
    b->len = 0;
    b->raw = 0;
    while (b->len < BLOCK_SIZE) {
        ssize_t n = stream_in_read(w->in, b->p + b->len, BLOCK_SIZE - b->len);
        if (n <= 0)
            return false;
        b->len += (size_t)n;
        b->raw = stream_in_raw_offset(w->in);
        if (b->len >= BLOCK_SIZE / 4) /* a pipe's reader should not wait for a whole block */
            break;
    }
    return true;
}

static void *read_ahead(void *arg)
{
    struct window *w = arg;
    bool more = true;
    pthread_mutex_lock(&w->lock);
    while (more && !w->stop) {
        if (w->cnt == BLOCK_CNT) {
            pthread_cond_wait(&w->changed, &w->lock);
            continue;
        }
        struct block *b = &w->ring[(w->head + w->cnt) % BLOCK_CNT];
        pthread_mutex_unlock(&w->lock);
        more = fill(w, b);
        pthread_mutex_lock(&w->lock);
        if (b->len > 0)
            w->cnt++;
        w->ended = !more;
        pthread_cond_signal(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- the reader ---- */

static int make_blocks(struct window *w)
{
    for (unsigned i = 0; i < BLOCK_CNT; i++) {
        w->ring[i].p = malloc(BLOCK_SIZE);
        if (w->ring[i].p == NULL)
            return -1;
    }
    w->cap = FLAT_MIN;
    w->flat = malloc(w->cap);
    return w->flat != NULL ? 0 : -1;
}

static void free_blocks(struct window *w)
{
    for (unsigned i = 0; i < BLOCK_CNT; i++)
        free(w->ring[i].p);
    free(w->flat);
    free(w);
}

struct window *window_new(struct stream_in *in)
{
    struct window *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    if (make_blocks(w) != 0) {
        free_blocks(w);
        errno = ENOMEM;
        return NULL;
    }
    w->in = in;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    int rc = pthread_create(&w->thread, NULL, read_ahead, w);
    if (rc != 0) {
        free_blocks(w);
        errno = rc;
        return NULL;
    }
    return w;
}

void window_free(struct window *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    stream_in_close(w->in);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->changed);
    free_blocks(w);
}

/* Makes room for one more block behind what is left. */
static bool make_room(struct window *w, size_t n)
{
    if (w->cap - w->len >= n)
        return true;
    memmove(w->flat, w->flat + w->at, w->len - w->at);
    w->len -= w->at;
    w->at = 0;
    if (w->cap - w->len >= n)
        return true;
    size_t cap = w->cap;
    while (cap - w->len < n)
        cap *= 2;
    uint8_t *flat = realloc(w->flat, cap);
    if (flat == NULL) {
        w->failed = true;
        return false;
    }
    w->flat = flat;
    w->cap = cap;
    return true;
}

/* Waits for a block. Returns NULL when none will come. */
static struct block *first_block(struct window *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->cnt == 0 && !w->ended)
        pthread_cond_wait(&w->changed, &w->lock);
    struct block *b = w->cnt > 0 ? &w->ring[w->head] : NULL;
    pthread_mutex_unlock(&w->lock);
    return b;
}

static void drop_block(struct window *w)
{
    pthread_mutex_lock(&w->lock);
    w->head = (w->head + 1) % BLOCK_CNT;
    w->cnt--;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

size_t window_want(struct window *w, size_t n)
{
    assert(n <= WINDOW_MAX);
    while (w->len - w->at < n && !w->failed) {
        struct block *b = first_block(w);
        if (b == NULL || !make_room(w, b->len))
            break;
        memcpy(w->flat + w->len, b->p, b->len);
        w->len += b->len;
        uint64_t raw = b->raw;
        drop_block(w);
        if (w->watch != NULL)
            w->watch(w->watch_arg, raw);
    }
    return w->len - w->at;
}

void window_watch(struct window *w, void (*fn)(void *arg, uint64_t raw_off), void *arg)
{
    w->watch = fn;
    w->watch_arg = arg;
}

const uint8_t *window_at(const struct window *w)
{
    return w->flat + w->at;
}

void window_skip(struct window *w, size_t n)
{
    assert(n <= w->len - w->at);
    w->at += n;
    w->off += n;
}

uint64_t window_offset(const struct window *w)
{
    return w->off;
}

const char *window_error(const struct window *w)
{
    return w->failed ? "out of memory" : stream_in_error(w->in);
}
