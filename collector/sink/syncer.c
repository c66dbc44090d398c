/* SPDX-License-Identifier: BSD-2-Clause */
/* syncer: one thread that calls fdatasync. Floor F4. */
#include "collector/sink/syncer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MS_PER_S = 1000, NS_PER_MS = 1000000, NS_PER_S_INT = 1000000000 };

struct syncer {
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    int fd;    /* to be made durable; -1: nothing is under way */
    int error; /* of the last one, until it is told */
    bool stop;
};

static int sync_file(int fd)
{
    int rc;
    do {
        rc = fdatasync(fd);
    } while (rc != 0 && errno == EINTR);
    return rc == 0 ? 0 : errno;
}

static void *run(void *arg)
{
    struct syncer *s = arg;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (s->fd < 0 && !s->stop)
            pthread_cond_wait(&s->changed, &s->lock);
        if (s->fd < 0)
            break;
        int fd = s->fd;
        pthread_mutex_unlock(&s->lock);
        int error = sync_file(fd);
        pthread_mutex_lock(&s->lock);
        s->error = error;
        s->fd = -1;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

struct syncer *syncer_new(void)
{
    struct syncer *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    int rc = pthread_create(&s->thread, NULL, run, s);
    if (rc == 0)
        return s;
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
    errno = rc;
    return NULL;
}

void syncer_begin(struct syncer *s, int fd)
{
    pthread_mutex_lock(&s->lock);
    assert(s->fd < 0);
    s->fd = fd;
    s->error = 0;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static struct timespec in_ms(int ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / MS_PER_S;
    t.tv_nsec += (long)(ms % MS_PER_S) * NS_PER_MS;
    if (t.tv_nsec >= NS_PER_S_INT) {
        t.tv_sec++;
        t.tv_nsec -= NS_PER_S_INT;
    }
    return t;
}

enum syncer_state syncer_wait(struct syncer *s, int wait_ms)
{
    struct timespec until = in_ms(wait_ms > 0 ? wait_ms : 0);
    int rc = wait_ms == 0 ? ETIMEDOUT : 0;
    pthread_mutex_lock(&s->lock);
    while (s->fd >= 0 && rc == 0)
        rc = wait_ms < 0 ? pthread_cond_wait(&s->changed, &s->lock)
                         : pthread_cond_timedwait(&s->changed, &s->lock, &until);
    enum syncer_state state = s->fd >= 0 ? SYNCER_BUSY
                              : s->error ? SYNCER_FAILED
                                         : SYNCER_DONE;
    int error = s->error;
    s->error = state == SYNCER_FAILED ? 0 : s->error;
    pthread_mutex_unlock(&s->lock);
    if (state == SYNCER_FAILED)
        errno = error;
    return state;
}

void syncer_free(struct syncer *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
