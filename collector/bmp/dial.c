/* SPDX-License-Identifier: BSD-2-Clause */
/* dial: connecting out to routers that listen for stations (RFC 7854 section 3.2). Floor F4. */
#include "collector/bmp/dial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/bmp/door.h"
#include "collector/bmp/station.h"
#include "collector/config/reload.h"
#include "collector/shard/addr.h"
#include "collector/shard/listener.h"
#include "collector/shard/shard_int.h"

enum { BACKOFF_FIRST_S = 1, BACKOFF_MAX_S = 60, CONNECT_TIMEOUT_S = 20 };

struct dial {
    struct shard *shard;
    struct config *cfg; /* holds `entry`; a reference */
    const struct config_router *entry;
    int fd; /* connecting; -1: not */
    struct event *connecting, *retry;
    struct door *door; /* the TLS handshake, while it is under way */
    struct conn *conn; /* the stream, while it is up */
    uint32_t backoff_s;
    TAILQ_ENTRY(dial) link;
};

static void dial_start(struct dial *d);

static void dial_later(struct dial *d, const char *why)
{
    char text[ADDR_TEXT_MAX];
    uint64_t ns = shard_jitter(d->shard, d->backoff_s * NS_PER_S);
    const struct timeval tv = {(time_t)(ns / NS_PER_S), (suseconds_t)(ns % NS_PER_S / 1000)};
    log_line(d->shard->log, LOG_LEVEL_INFO, "router %s: dial: %s, next try in %llu ms",
             addr_port_text(&d->entry->range.addr, text), why,
             (unsigned long long)(ns / 1000000));
    event_add(d->retry, &tv);
    d->backoff_s = d->backoff_s * 2 < BACKOFF_MAX_S ? d->backoff_s * 2 : BACKOFF_MAX_S;
}

static void dial_close(struct dial *d)
{
    if (d->connecting != NULL)
        event_free(d->connecting);
    d->connecting = NULL;
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
}

static void dial_on_end(void *arg)
{
    struct dial *d = (struct dial *)arg;
    if (d->conn->source != 0)
        d->backoff_s = BACKOFF_FIRST_S;
    d->conn = NULL;
    dial_later(d, "stream ended");
}

static void dial_begin(struct dial *d, int fd, struct tls *tls)
{
    struct station_link link = {.fd = fd, .tls = tls, .remote = d->entry->range.addr};
    struct sockaddr_storage ss = {0};
    socklen_t len = sizeof(ss);
    if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
        ss.ss_family = AF_UNSPEC;
    addr_of_sockaddr(&link.local, &ss);
    d->conn = station_start(d->shard, &link, d->entry, dial_on_end, d);
    if (d->conn == NULL)
        dial_later(d, "out of memory");
}

static void dial_on_door(void *arg, int fd, struct tls *tls, const char *why)
{
    struct dial *d = (struct dial *)arg;
    char text[192];
    d->door = NULL;
    if (tls != NULL) {
        dial_begin(d, fd, tls);
        return;
    }
    snprintf(text, sizeof(text), "TLS handshake: %s", why);
    dial_later(d, text);
}

static void dial_connected(struct dial *d)
{
    int fd = d->fd;
    d->fd = -1; /* the stream's or the door's now */
    dial_close(d);
    if (!d->entry->tls) {
        dial_begin(d, fd, NULL);
        return;
    }
    d->door = door_dial(d->shard, fd, d->entry, dial_on_door, d);
    if (d->door == NULL)
        dial_later(d, "no TLS setup is loaded, or out of memory");
}

static void dial_on_connect(evutil_socket_t fd, short what, void *arg)
{
    struct dial *d = (struct dial *)arg;
    int error = ETIMEDOUT;
    socklen_t len = sizeof(error);
    if ((what & EV_WRITE) != 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    if (error == 0) {
        dial_connected(d);
        return;
    }
    dial_close(d);
    dial_later(d, strerror(error));
}

/* Returns 0 when connecting, or -1 with errno. */
static int dial_connect(struct dial *d)
{
    const struct timeval limit = {CONNECT_TIMEOUT_S, 0};
    const struct source_addr *to = &d->entry->range.addr;
    struct sockaddr_storage ss;
    socklen_t len = addr_to_sockaddr(to, &ss);
    d->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (d->fd < 0)
        return -1;
    if (d->entry->md5 != NULL &&
        listener_set_key(d->fd, to, (uint8_t)(8 * to->len), d->entry->md5) != 0)
        return -1;
    if (connect(d->fd, (struct sockaddr *)&ss, len) != 0 && errno != EINPROGRESS)
        return -1;
    d->connecting = event_new(d->shard->base, d->fd, EV_WRITE, dial_on_connect, d);
    if (d->connecting == NULL || event_add(d->connecting, &limit) != 0) {
        errno = ENOMEM;
        return -1;
    }
    return 0;
}

static void dial_start(struct dial *d)
{
    if (dial_connect(d) == 0)
        return;
    int error = errno;
    dial_close(d);
    dial_later(d, strerror(error));
}

static void dial_on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    dial_start((struct dial *)arg);
}

/* ---- the list ---- */

static void dial_free(struct dial *d)
{
    if (d->conn != NULL)
        station_forget_dial(d->conn);
    if (d->door != NULL)
        door_close(d->door);
    dial_close(d);
    if (d->retry != NULL)
        event_free(d->retry);
    config_unref(d->cfg);
    free(d);
}

static int dial_new(struct shard *sh, const struct config_router *entry)
{
    struct dial *d = (struct dial *)calloc(1, sizeof(*d));
    if (d == NULL)
        return -1;
    *d = (struct dial){.shard = sh,
                       .cfg = config_ref(sh->cfg),
                       .entry = entry,
                       .fd = -1,
                       .backoff_s = BACKOFF_FIRST_S};
    d->retry = evtimer_new(sh->base, dial_on_retry, d);
    if (d->retry == NULL) {
        dial_free(d);
        return -1;
    }
    TAILQ_INSERT_TAIL(&sh->dials, d, link);
    dial_start(d);
    return 0;
}

static bool is_ours(const struct shard *sh, const struct config_router *r)
{
    unsigned sum = r->range.addr.port;
    for (unsigned i = 0; i < r->range.addr.len; i++)
        sum += r->range.addr.a[i];
    return r->dial && sum % sh->shards == sh->index;
}

static const struct config_router *find_entry(const struct shard *sh,
                                              const struct config_router *like)
{
    const struct config *cfg = sh->cfg;
    for (size_t i = 0; i < cfg->bmp.routers_cnt; i++)
        if (is_ours(sh, &cfg->bmp.routers[i]) && config_router_same(&cfg->bmp.routers[i], like))
            return &cfg->bmp.routers[i];
    return NULL;
}

static bool is_dialled(const struct shard *sh, const struct config_router *entry)
{
    const struct dial *d;
    TAILQ_FOREACH(d, &sh->dials, link)
    if (d->entry == entry)
        return true;
    return false;
}

int dial_reconcile(struct shard *sh)
{
    struct dial *d = TAILQ_FIRST(&sh->dials);
    while (d != NULL) {
        struct dial *next = TAILQ_NEXT(d, link);
        const struct config_router *entry = find_entry(sh, d->entry);
        if (entry == NULL) {
            TAILQ_REMOVE(&sh->dials, d, link);
            dial_free(d);
        } else {
            config_unref(d->cfg);
            d->cfg = config_ref(sh->cfg);
            d->entry = entry;
        }
        d = next;
    }
    for (size_t i = 0; i < sh->cfg->bmp.routers_cnt; i++) {
        const struct config_router *r = &sh->cfg->bmp.routers[i];
        if (is_ours(sh, r) && !is_dialled(sh, r) && dial_new(sh, r) != 0)
            return -1;
    }
    return 0;
}

void dial_stop_all(struct shard *sh)
{
    struct dial *d;
    while ((d = TAILQ_FIRST(&sh->dials)) != NULL) {
        TAILQ_REMOVE(&sh->dials, d, link);
        dial_free(d);
    }
}
