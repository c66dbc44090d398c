/* SPDX-License-Identifier: BSD-2-Clause */
/* door: what a connection passes before it may speak BMP. Floor F4. */
#include "collector/bmp/door.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/bmp/proxy.h"
#include "collector/bmp/station.h"
#include "collector/bmp/tls.h"
#include "collector/shard/addr.h"
#include "collector/shard/shard_int.h"

struct door {
    struct shard *shard;
    int fd;
    struct event *rd, *wr, *timer;
    bool wants_tls;
    struct source_addr remote, local;
    uint8_t *head; /* of the PROXY header; NULL: none is awaited (any more) */
    size_t head_len;
    struct tls *tls;
    void (*done)(void *arg, int fd, struct tls *tls, const char *why); /* dialled */
    void *arg;
    TAILQ_ENTRY(door) link;
};

/* Frees all but the socket and the TLS connection, which were handed on. */
static void door_free(struct door *d)
{
    if (d->rd != NULL)
        event_free(d->rd);
    if (d->wr != NULL)
        event_free(d->wr);
    if (d->timer != NULL)
        event_free(d->timer);
    TAILQ_REMOVE(&d->shard->doors, d, link);
    d->shard->door_cnt--;
    free(d->head);
    free(d);
}

void door_close(struct door *d)
{
    tls_free(d->tls);
    close(d->fd);
    door_free(d);
}

void door_close_all(struct shard *sh)
{
    struct door *d;
    while ((d = TAILQ_FIRST(&sh->doors)) != NULL)
        door_close(d);
}

/* ---- how it ends ---- */

static void door_fail(struct door *d, enum refused why, const char *text)
{
    struct shard *sh = d->shard;
    char addr[ADDR_TEXT_MAX], reason[TLS_WHY_MAX];
    uint32_t suppressed;
    metric_add(&sh->refused[why], 1);
    if (d->done != NULL) { /* the dial logs */
        void (*done)(void *, int, struct tls *, const char *) = d->done;
        void *arg = d->arg;
        memccpy(reason, text, '\0', sizeof reason - 1);
        reason[sizeof reason - 1] = '\0';
        door_close(d);
        done(arg, -1, NULL, reason);
        return;
    }
    if (log_allowed(&sh->refused_limit, clock_monotonic_ns(), &suppressed))
        log_line(sh->log, LOG_LEVEL_WARN, "router %s: %s: %s, closed, %u more refused before",
                 addr_text(&d->remote, addr),
                 why == REFUSED_PROXY ? "PROXY header" : "TLS handshake", text, suppressed);
    door_close(d);
}

static void door_passed(struct door *d)
{
    struct shard *sh = d->shard;
    int fd = d->fd;
    struct tls *tls = d->tls;
    struct source_addr remote = d->remote, local = d->local;
    void (*done)(void *, int, struct tls *, const char *) = d->done;
    void *arg = d->arg;
    door_free(d);
    if (done != NULL)
        done(arg, fd, tls, NULL);
    else
        station_accept(sh, fd, tls, &remote, &local);
}

/* ---- TLS ---- */

static void door_shake(struct door *d)
{
    switch (tls_handshake(d->tls)) {
    case TLS_DONE:
        door_passed(d);
        return;
    case TLS_WANT_READ:
        return; /* rd is always on */
    case TLS_WANT_WRITE:
        event_add(d->wr, NULL);
        return;
    case TLS_FAILED:
        door_fail(d, REFUSED_TLS, tls_why(d->tls));
        return;
    }
}

/* The PROXY header is behind us, or there is none: the router's address is known. */
static void door_begin_tls(struct door *d)
{
    struct shard *sh = d->shard;
    const struct config_router *entry = NULL;
    enum refused why = station_refusal(sh, &d->remote, d->wants_tls, &entry);
    if (why != REFUSED_CNT) {
        shard_refuse(sh, why, &d->remote, "BMP");
        door_close(d);
        return;
    }
    if (!d->wants_tls) {
        door_passed(d);
        return;
    }
    d->tls = tls_serve(sh->tls, d->fd, entry->tls_name);
    if (d->tls == NULL)
        door_fail(d, REFUSED_RESOURCES, "no certificate is loaded, or out of memory");
    else
        door_shake(d);
}

/* ---- the PROXY header ---- */

/* Takes exactly the header's octets from the socket: what follows is not ours. */
static void door_read_head(struct door *d)
{
    struct proxy_header h;
    const char *why = "";
    size_t need = PROXY_FIXED_LEN;
    enum proxy_result r = PROXY_MORE;
    while ((r = proxy_parse(d->head, d->head_len, &h, &need, &why)) == PROXY_MORE) {
        ssize_t n = read(d->fd, d->head + d->head_len, need - d->head_len);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            door_fail(d, REFUSED_PROXY,
                      n < 0             ? strerror(errno)
                      : d->head_len > 0 ? "the connection ended in the middle of it"
                                        : "the connection ended before it");
            return;
        }
        d->head_len += (size_t)n;
    }
    if (r == PROXY_BAD) {
        door_fail(d, REFUSED_PROXY, why);
        return;
    }
    free(d->head);
    d->head = NULL;
    if (h.named) {
        d->remote = h.remote;
        d->local = h.local;
    }
    door_begin_tls(d);
}

/* ---- events ---- */

static void door_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct door *d = (struct door *)arg;
    (void)fd;
    (void)what;
    if (d->head != NULL)
        door_read_head(d);
    else
        door_shake(d);
}

static void door_on_timeout(evutil_socket_t fd, short what, void *arg)
{
    struct door *d = (struct door *)arg;
    (void)fd;
    (void)what;
    door_fail(d, d->head != NULL ? REFUSED_PROXY : REFUSED_TLS, "it took too long");
}

static struct door *door_new(struct shard *sh, int fd)
{
    const struct timeval limit = {sh->cfg->bmp.tls.handshake_timeout_s, 0};
    struct door *d = (struct door *)calloc(1, sizeof(*d));
    if (d == NULL)
        return NULL;
    *d = (struct door){.shard = sh, .fd = fd};
    TAILQ_INSERT_TAIL(&sh->doors, d, link);
    sh->door_cnt++;
    d->rd = event_new(sh->base, fd, EV_READ | EV_PERSIST, door_on_event, d);
    d->wr = event_new(sh->base, fd, EV_WRITE, door_on_event, d);
    d->timer = evtimer_new(sh->base, door_on_timeout, d);
    if (d->rd != NULL && d->wr != NULL && d->timer != NULL && event_add(d->rd, NULL) == 0 &&
        event_add(d->timer, &limit) == 0)
        return d;
    door_free(d);
    return NULL;
}

static bool trusts(const struct config_listener *how, const struct source_addr *who)
{
    bool held = false;
    for (size_t i = 0; i < how->proxy_from_cnt && !held; i++)
        held = config_prefix_holds(&how->proxy_from[i], who);
    return held;
}

void door_open(struct shard *sh, int fd, const struct config_listener *how,
               const struct source_addr *remote, const struct source_addr *local)
{
    bool proxied = how->proxy_from_cnt > 0;
    enum refused why = proxied && !trusts(how, remote) ? REFUSED_NO_ENTRY
                       : station_is_full(sh)           ? REFUSED_MAX_SESSIONS
                                                       : REFUSED_CNT;
    struct door *d = why == REFUSED_CNT ? door_new(sh, fd) : NULL;
    if (d == NULL) {
        shard_refuse(sh, why == REFUSED_CNT ? REFUSED_RESOURCES : why, remote,
                     proxied ? "PROXY" : "BMP");
        close(fd);
        return;
    }
    d->remote = *remote;
    d->local = *local;
    d->wants_tls = how->tls;
    if (!proxied) {
        door_begin_tls(d);
        return;
    }
    d->head = (uint8_t *)malloc(PROXY_HEADER_MAX);
    if (d->head == NULL)
        door_fail(d, REFUSED_RESOURCES, "out of memory");
}

struct door *door_dial(struct shard *sh, int fd, const struct config_router *entry,
                       void (*done)(void *arg, int fd, struct tls *tls, const char *why),
                       void *arg)
{
    struct door *d = door_new(sh, fd);
    if (d == NULL) {
        close(fd);
        return NULL;
    }
    d->remote = entry->range.addr;
    d->tls = tls_dial(sh->tls, fd, entry->tls_name, &entry->range.addr);
    if (d->tls == NULL) {
        door_close(d);
        return NULL;
    }
    d->done = done;
    d->arg = arg;
    event_add(d->wr, NULL); /* not at once: `done` may not be called before we return */
    return d;
}
