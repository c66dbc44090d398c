/* SPDX-License-Identifier: BSD-2-Clause */
/* outlet: the writing thread and its ring of pieces. Floor F4. */
#include "tools/decode/outlet.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct outlet {
    int fd;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned cnt;
    unsigned head, taken; /* under lock: the piece to be written next, and how many are out */
    bool closing;         /* under lock */
    int error;            /* under lock: errno of the first failure; nothing is written then */
    struct outlet_piece ring[];
};

static int write_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Writes what a piece holds and empties it. Returns 0 or an errno. */
static int put_piece(const struct outlet *o, struct outlet_piece *p, bool broken)
{
    int error = broken ? 0 : write_all(o->fd, p->out.p, p->out.len);
    if (p->said.len > 0)
        fwrite(p->said.p, 1, p->said.len, stderr);
    buf_clear(&p->out);
    buf_clear(&p->said);
    return error;
}

static void *write_pieces(void *arg)
{
    struct outlet *o = arg;
    pthread_mutex_lock(&o->lock);
    for (;;) {
        struct outlet_piece *p = &o->ring[o->head];
        if (!p->given && o->closing && o->taken == 0)
            break;
        if (!p->given) {
            pthread_cond_wait(&o->changed, &o->lock);
            continue;
        }
        bool broken = o->error != 0;
        pthread_mutex_unlock(&o->lock);
        int error = put_piece(o, p, broken);
        pthread_mutex_lock(&o->lock);
        if (o->error == 0)
            o->error = error;
        p->given = false;
        if (p->whole) {
            o->head = (o->head + 1) % o->cnt;
            o->taken--;
        }
        pthread_cond_broadcast(&o->changed);
    }
    pthread_mutex_unlock(&o->lock);
    return NULL;
}

struct outlet *outlet_new(int fd, unsigned cnt)
{
    struct outlet *o = calloc(1, sizeof *o + cnt * sizeof o->ring[0]);
    if (o == NULL)
        return NULL;
    o->fd = fd;
    o->cnt = cnt;
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->changed, NULL);
    int rc = pthread_create(&o->thread, NULL, write_pieces, o);
    if (rc == 0)
        return o;
    free(o);
    errno = rc;
    return NULL;
}

struct outlet_piece *outlet_take(struct outlet *o)
{
    pthread_mutex_lock(&o->lock);
    while (o->taken == o->cnt)
        pthread_cond_wait(&o->changed, &o->lock);
    struct outlet_piece *p = &o->ring[(o->head + o->taken) % o->cnt];
    o->taken++;
    pthread_mutex_unlock(&o->lock);
    return p;
}

bool outlet_give(struct outlet *o, struct outlet_piece *p, bool whole)
{
    pthread_mutex_lock(&o->lock);
    p->whole = whole;
    p->given = true;
    pthread_cond_broadcast(&o->changed);
    while (!whole && p->given)
        pthread_cond_wait(&o->changed, &o->lock);
    bool open = o->error == 0;
    pthread_mutex_unlock(&o->lock);
    return open;
}

int outlet_close(struct outlet *o)
{
    if (o == NULL)
        return 0;
    pthread_mutex_lock(&o->lock);
    o->closing = true;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
    pthread_join(o->thread, NULL);
    int error = o->error;
    for (unsigned i = 0; i < o->cnt; i++) {
        buf_free(&o->ring[i].out);
        buf_free(&o->ring[i].said);
    }
    pthread_cond_destroy(&o->changed);
    pthread_mutex_destroy(&o->lock);
    free(o);
    return error;
}
