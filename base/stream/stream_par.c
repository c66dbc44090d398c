/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_par: a ring of blocks between one writer and its compressing threads. Floor F0. */
#include "base/stream/stream_par.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 10, MARGIN = 4096 };

enum phase {
    FREE,    /* the writer's: being filled, or empty */
    WAITING, /* for a thread */
    TAKEN,   /* by a thread */
    DONE,    /* the writer's again: to be taken */
};

struct block {
    enum phase phase;
    uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_len, out_cap;
    bool failed;
};

struct stream_par {
    const struct stream_encoder *encoder;
    size_t block_len;
    unsigned block_cnt, thread_cnt;
    unsigned head;   /* the block being filled */
    unsigned oldest; /* the first one handed over and not taken */
    unsigned next;   /* the first one no thread has */
    bool ending;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t threads[STREAM_THREADS_MAX];
    void *codecs[STREAM_THREADS_MAX];
    struct block blocks[2 * STREAM_THREADS_MAX + 1];
};

/* ---- a thread ---- */

static bool grow(struct block *b)
{
    size_t cap = b->out_cap * 2;
    uint8_t *more = realloc(b->out, cap);
    if (more == NULL)
        return false;
    b->out = more;
    b->out_cap = cap;
    return true;
}

static bool compress_block(const struct stream_encoder *e, void *codec, struct block *b)
{
    struct stream_io io = {.in = b->in, .in_len = b->in_len};
    enum stream_step step = STREAM_STEP_MORE;
    b->out_len = 0;
    if (!e->begin(codec))
        return false;
    while (step == STREAM_STEP_MORE) {
        if (b->out_len == b->out_cap && !grow(b))
            return false;
        io.out = b->out + b->out_len;
        io.out_len = b->out_cap - b->out_len;
        step = e->run(codec, &io, true);
        b->out_len = b->out_cap - io.out_len;
    }
    return step == STREAM_STEP_END;
}

struct start {
    struct stream_par *p;
    void *codec;
};

static void *run(void *arg)
{
    struct start s = *(struct start *)arg;
    struct stream_par *p = s.p;
    free(arg);
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread, on Linux */
    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct block *b = &p->blocks[p->next];
        if (b->phase != WAITING) {
            if (p->ending)
                break;
            pthread_cond_wait(&p->work, &p->lock);
            continue;
        }
        p->next = (p->next + 1) % p->block_cnt;
        b->phase = TAKEN;
        pthread_mutex_unlock(&p->lock);
        bool good = compress_block(p->encoder, s.codec, b);
        pthread_mutex_lock(&p->lock);
        b->failed = !good;
        b->phase = DONE;
        pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* ---- start and end ---- */

static int start_thread(struct stream_par *p, int level)
{
    sigset_t all, old;
    struct start *s = malloc(sizeof *s);
    void *codec = s != NULL ? p->encoder->open(level) : NULL;
    if (codec == NULL) {
        free(s);
        return -1;
    }
    *s = (struct start){p, codec};
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&p->threads[p->thread_cnt], NULL, run, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc != 0) {
        p->encoder->close(codec);
        free(s);
        errno = rc;
        return -1;
    }
    p->codecs[p->thread_cnt++] = codec;
    return 0;
}

static int make_blocks(struct stream_par *p)
{
    for (unsigned i = 0; i < p->block_cnt; i++) {
        struct block *b = &p->blocks[i];
        b->out_cap = p->block_len / 4 + MARGIN;
        b->in = malloc(p->block_len);
        b->out = malloc(b->out_cap);
        if (b->in == NULL || b->out == NULL)
            return -1;
    }
    return 0;
}

struct stream_par *stream_par_open(const struct stream_encoder *encoder, int level,
                                   size_t block, unsigned threads)
{
    struct stream_par *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->encoder = encoder;
    p->block_len = block;
    p->block_cnt = 2 * threads + 1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, NULL);
    int rc = make_blocks(p);
    while (rc == 0 && p->thread_cnt < threads)
        rc = start_thread(p, level);
    if (rc == 0)
        return p;
    int saved = errno;
    stream_par_close(p);
    errno = saved;
    return NULL;
}

void stream_par_close(struct stream_par *p)
{
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->thread_cnt; i++) {
        pthread_join(p->threads[i], NULL);
        p->encoder->close(p->codecs[i]);
    }
    for (unsigned i = 0; i < p->block_cnt; i++) {
        free(p->blocks[i].in);
        free(p->blocks[i].out);
    }
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- the writer ---- */

static enum phase phase_of(struct stream_par *p, const struct block *b)
{
    pthread_mutex_lock(&p->lock);
    enum phase phase = b->phase;
    pthread_mutex_unlock(&p->lock);
    return phase;
}

bool stream_par_end(struct stream_par *p, bool empty)
{
    struct block *b = &p->blocks[p->head];
    if (phase_of(p, b) != FREE)
        return false;
    if (b->in_len == 0 && !empty)
        return true;
    pthread_mutex_lock(&p->lock);
    b->phase = WAITING;
    p->head = (p->head + 1) % p->block_cnt;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
    return true;
}

size_t stream_par_put(struct stream_par *p, const uint8_t *src, size_t len)
{
    struct block *b = &p->blocks[p->head];
    if (phase_of(p, b) != FREE)
        return 0;
    size_t n = p->block_len - b->in_len < len ? p->block_len - b->in_len : len;
    memcpy(b->in + b->in_len, src, n);
    b->in_len += n;
    if (b->in_len == p->block_len)
        (void)stream_par_end(p, false);
    return n;
}

const uint8_t *stream_par_take(struct stream_par *p, size_t *len, bool *failed)
{
    struct block *b = &p->blocks[p->oldest];
    *failed = false;
    pthread_mutex_lock(&p->lock);
    bool none = b->phase == FREE;
    while (!none && b->phase != DONE)
        pthread_cond_wait(&p->done, &p->lock);
    if (!none) {
        b->phase = FREE;
        b->in_len = 0;
        p->oldest = (p->oldest + 1) % p->block_cnt;
    }
    pthread_mutex_unlock(&p->lock);
    if (none)
        return NULL;
    *failed = b->failed;
    *len = b->out_len;
    if (b->failed)
        errno = ENOMEM;
    return b->failed ? NULL : b->out;
}

void stream_par_drop(struct stream_par *p)
{
    size_t len;
    bool failed;
    while (stream_par_take(p, &len, &failed) != NULL || failed)
        ;
    p->blocks[p->head].in_len = 0;
}
