/* SPDX-License-Identifier: BSD-2-Clause */
/* linger: closing a socket so that the last bytes sent still arrive. Floor F4. */
#include "collector/shard/linger.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void linger_init(struct linger_list *l)
{
    TAILQ_INIT(&l->head);
    l->cnt = 0;
}

static void linger_drop(struct farewell *one)
{
    struct linger_list *l = one->list;
    TAILQ_REMOVE(&l->head, one, link);
    l->cnt--;
    event_free(one->ev);
    close(one->fd);
    free(one);
}

static void linger_on_event(evutil_socket_t fd, short what, void *arg)
{
    char sink[16384];
    if ((what & EV_TIMEOUT) == 0) {
        ssize_t n = read(fd, sink, sizeof(sink));
        if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
            return;
    }
    linger_drop((struct farewell *)arg);
}

void linger_add(struct linger_list *l, struct event_base *base, int fd)
{
    /* The event is not EV_PERSIST with a moving timeout: the two seconds are in all. */
    const struct timeval limit = {LINGER_S, 0};
    struct farewell *one =
        l->cnt < LINGER_MAX ? (struct farewell *)calloc(1, sizeof(*one)) : NULL;
    if (one == NULL || shutdown(fd, SHUT_WR) != 0) {
        free(one);
        close(fd);
        return;
    }
    one->fd = fd;
    one->list = l;
    one->ev = event_new(base, fd, EV_READ | EV_PERSIST, linger_on_event, one);
    if (one->ev == NULL || event_add(one->ev, &limit) != 0) {
        if (one->ev != NULL)
            event_free(one->ev);
        free(one);
        close(fd);
        return;
    }
    TAILQ_INSERT_TAIL(&l->head, one, link);
    l->cnt++;
}

void linger_close_all(struct linger_list *l)
{
    struct farewell *one;
    while ((one = TAILQ_FIRST(&l->head)) != NULL)
        linger_drop(one);
}
