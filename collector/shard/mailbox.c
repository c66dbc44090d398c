/* SPDX-License-Identifier: BSD-2-Clause */
/* mailbox: lets other threads have functions run by an event loop's thread. Floor F4. */
#include "collector/shard/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct letter {
    struct letter *next;
    mailbox_fn *fn;
    void *arg;
    void (*drop)(void *);
    struct buf out;
    bool asked;    /* somebody waits: the waiter frees it */
    bool given_up; /* nobody waits any more: the opener frees it */
    bool opened;
    bool refused;
};

struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    int fd; /* eventfd */
    struct event *ev;
    void *owner;
    struct letter *first, *last;
    unsigned cnt;
    bool closed;
};

static struct letter *take_first(struct mailbox *m)
{
    struct letter *l = m->first;
    if (l == NULL)
        return NULL;
    m->first = l->next;
    if (m->first == NULL)
        m->last = NULL;
    m->cnt--;
    return l;
}

static void letter_free(struct letter *l)
{
    buf_free(&l->out);
    free(l);
}

/* Called with the lock held. */
static void letter_done(struct mailbox *m, struct letter *l)
{
    if (!l->asked || l->given_up) {
        letter_free(l);
        return;
    }
    l->opened = true;
    pthread_cond_broadcast(&m->answered);
}

static void mailbox_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct mailbox *m = (struct mailbox *)arg;
    uint64_t n;
    (void)what;
    (void)!read(fd, &n, sizeof(n)); /* only resets the counter */
    pthread_mutex_lock(&m->lock);
    for (struct letter *l; (l = take_first(m)) != NULL;) {
        pthread_mutex_unlock(&m->lock);
        l->fn(m->owner, l->arg, &l->out);
        pthread_mutex_lock(&m->lock);
        letter_done(m, l);
    }
    pthread_mutex_unlock(&m->lock);
}

static int init_sync(struct mailbox *m)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    errno = pthread_cond_init(&m->answered, &attr);
    pthread_condattr_destroy(&attr);
    if (errno == 0)
        errno = pthread_mutex_init(&m->lock, NULL);
    return errno == 0 ? 0 : -1;
}

struct mailbox *mailbox_new(struct event_base *base, void *owner)
{
    struct mailbox *m = (struct mailbox *)calloc(1, sizeof(*m));
    if (m == NULL)
        return NULL;
    m->owner = owner;
    m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (m->fd < 0 || init_sync(m) != 0)
        goto fail;
    m->ev = event_new(base, m->fd, EV_READ | EV_PERSIST, mailbox_on_event, m);
    if (m->ev == NULL || event_add(m->ev, NULL) != 0)
        goto fail;
    return m;
fail:
    if (m->fd >= 0)
        close(m->fd);
    free(m);
    return NULL;
}

/* Appends a letter; returns NULL when the box takes none. Called with the lock held. */
static struct letter *put_letter(struct mailbox *m, struct letter form)
{
    const uint64_t one = 1;
    struct letter *l = NULL;
    if (!m->closed && m->cnt < MAILBOX_MAX)
        l = (struct letter *)malloc(sizeof(*l));
    if (l == NULL) {
        errno = EAGAIN;
        return NULL;
    }
    *l = form;
    if (m->last != NULL)
        m->last->next = l;
    else
        m->first = l;
    m->last = l;
    m->cnt++;
    (void)!write(m->fd, &one, sizeof(one)); /* can't fail but when already readable */
    return l;
}

int mailbox_post(struct mailbox *m, mailbox_fn *fn, void *arg, void (*drop)(void *))
{
    pthread_mutex_lock(&m->lock);
    struct letter *l = put_letter(m, (struct letter){.fn = fn, .arg = arg, .drop = drop});
    pthread_mutex_unlock(&m->lock);
    if (l == NULL && drop != NULL)
        drop(arg);
    return l != NULL ? 0 : -1;
}

static struct timespec deadline_in(int ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

int mailbox_ask(struct mailbox *m, mailbox_fn *fn, void *arg, struct buf *out, int timeout_ms)
{
    struct timespec by = deadline_in(timeout_ms);
    pthread_mutex_lock(&m->lock);
    struct letter *l = put_letter(m, (struct letter){.fn = fn, .arg = arg, .asked = true});
    if (l == NULL) {
        pthread_mutex_unlock(&m->lock);
        return -1;
    }
    while (!l->opened && !l->given_up)
        if (pthread_cond_timedwait(&m->answered, &m->lock, &by) != 0 && !l->opened)
            l->given_up = true;
    bool ok = l->opened && !l->refused;
    bool mine = l->opened;
    pthread_mutex_unlock(&m->lock);
    if (ok)
        buf_add(out, l->out.p != NULL ? l->out.p : "", l->out.len);
    if (mine)
        letter_free(l);
    if (!ok)
        errno = ETIMEDOUT;
    return ok ? 0 : -1;
}

void mailbox_close(struct mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    m->closed = true;
    for (struct letter *l; (l = take_first(m)) != NULL;) {
        if (l->drop != NULL)
            l->drop(l->arg);
        l->refused = true;
        letter_done(m, l);
    }
    pthread_mutex_unlock(&m->lock);
}

void mailbox_free(struct mailbox *m)
{
    if (m == NULL)
        return;
    mailbox_close(m);
    event_free(m->ev);
    close(m->fd);
    pthread_cond_destroy(&m->answered);
    pthread_mutex_destroy(&m->lock);
    free(m);
}
