/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_link: a TCP connection that a replay opens. Floor F4. */
#include "tools/replay/replay_link.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cur.h"
#include "base/wr.h"

enum { RETRY_MS = 200, WRITE_MAX = 1 << 20 };

int replay_link_parse(const char *text, struct sockaddr_storage *to, socklen_t *len,
                      const char **err)
{
    char host[256];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const char *colon = strrchr(text, ':');
    bool bracket = text[0] == '[';
    size_t n = colon != NULL ? (size_t)(colon - text) : 0;
    *err = "not HOST:PORT";
    if (colon == NULL || n == 0 || n >= sizeof host || (bracket && (n < 3 || colon[-1] != ']')))
        return -1;
    snprintf(host, sizeof host, "%.*s", (int)(bracket ? n - 2 : n), text + bracket);
    int rc = getaddrinfo(host, colon + 1, &hints, &found);
    if (rc != 0) {
        *err = gai_strerror(rc);
        return -1;
    }
    memcpy(to, found->ai_addr, found->ai_addrlen);
    *len = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

void replay_link_local(struct replay_link *l, const struct sockaddr_storage *first, unsigned i)
{
    uint8_t *tail;
    l->local = *first;
    if (first->ss_family == AF_INET) {
        tail = (uint8_t *)&((struct sockaddr_in *)&l->local)->sin_addr;
        l->local_len = sizeof(struct sockaddr_in);
    } else {
        tail = (uint8_t *)&((struct sockaddr_in6 *)&l->local)->sin6_addr + 12;
        l->local_len = sizeof(struct sockaddr_in6);
    }
    struct cur c = cur_of(tail, 4);
    uint32_t host = 0;
    if (!cur_u32(&c, &host))
        return;
    struct wr w = wr_of(tail, 4);
    wr_u32(&w, host + i);
}

static void drop(struct replay_link *l)
{
    if (l->bev != NULL)
        bufferevent_free(l->bev); /* and the socket */
    l->bev = NULL;
    l->state = REPLAY_LINK_DOWN;
}

void replay_link_close(struct replay_link *l)
{
    drop(l);
    if (l->retry != NULL)
        event_free(l->retry);
    l->retry = NULL;
}

static void lose(struct replay_link *l, const char *reason)
{
    replay_link_close(l);
    l->lost(l->arg, reason);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct replay_link *l = arg;
    l->bytes(l->arg, bufferevent_get_input(bev));
}

/* One try has failed: another one, or the end. */
static void try_later(struct replay_link *l)
{
    char reason[REPLAY_REASON_MAX];
    struct timeval tv = {.tv_usec = RETRY_MS * 1000};
    drop(l);
    l->state = REPLAY_LINK_CONNECTING;
    if (clock_monotonic_ns() < l->give_up_ns && event_add(l->retry, &tv) == 0)
        return;
    snprintf(reason, sizeof reason, "no connection within %u s: %s", l->connect_s,
             strerror(l->error));
    lose(l, reason);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct replay_link *l = arg;
    int error = EVUTIL_SOCKET_ERROR();
    (void)bev;
    if (what & BEV_EVENT_CONNECTED) {
        l->state = REPLAY_LINK_UP;
        l->up(l->arg);
    } else if (l->state == REPLAY_LINK_CONNECTING) {
        l->error = error;
        try_later(l);
    } else {
        l->error = what & BEV_EVENT_EOF ? 0 : error;
        l->bytes(l->arg, bufferevent_get_input(l->bev)); /* its last words */
        if (l->state == REPLAY_LINK_UP)
            lose(l, l->error == 0 ? "closed by the receiver" : strerror(error));
    }
}

/* Opens a socket of our address. Returns it, or -1. */
static int open_socket(const struct replay_link *l)
{
    int one = 1;
    int fd = socket(l->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (l->local_len == 0 || bind(fd, (const struct sockaddr *)&l->local, l->local_len) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void on_retry(evutil_socket_t none, short what, void *arg)
{
    struct replay_link *l = arg;
    (void)none, (void)what;
    int fd = open_socket(l);
    l->error = errno;
    if (fd >= 0) {
        l->bev = bufferevent_socket_new(l->base, fd,
                                        BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
        if (l->bev == NULL)
            close(fd);
    }
    if (l->bev == NULL) {
        try_later(l);
        return;
    }
    bufferevent_setcb(l->bev, on_read, NULL, on_event, l);
    bufferevent_set_max_single_write(l->bev, WRITE_MAX);
    bufferevent_enable(l->bev, EV_READ | EV_WRITE);
    if (bufferevent_socket_connect(l->bev, (struct sockaddr *)&l->to, (int)l->to_len) != 0)
        l->error = errno; /* on_event hears of it, too */
}

void replay_link_connect(struct replay_link *l)
{
    struct timeval now = {0};
    l->state = REPLAY_LINK_CONNECTING;
    l->error = ETIMEDOUT;
    l->give_up_ns = clock_monotonic_ns() + l->connect_s * NS_PER_S;
    if (l->retry == NULL)
        l->retry = event_new(l->base, -1, 0, on_retry, l);
    if (l->retry == NULL || event_add(l->retry, &now) != 0)
        lose(l, "out of memory");
}

void replay_link_send(struct replay_link *l, const void *p, size_t len)
{
    if (l->bev == NULL || bufferevent_write(l->bev, p, len) == 0)
        return;
    l->error = ENOMEM;
    lose(l, "out of memory");
}

size_t replay_link_queued(const struct replay_link *l)
{
    return l->bev != NULL ? evbuffer_get_length(bufferevent_get_output(l->bev)) : 0;
}

size_t replay_link_unacked(const struct replay_link *l)
{
    int n = 0;
    if (l->bev == NULL || ioctl(bufferevent_getfd(l->bev), SIOCOUTQ, &n) != 0)
        return 0;
    return (size_t)n;
}

void replay_link_shut(struct replay_link *l)
{
    if (l->bev != NULL)
        (void)shutdown(bufferevent_getfd(l->bev), SHUT_WR);
}
