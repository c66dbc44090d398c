/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_link: a TCP connection that a replay opens, with bounded retries. Floor F4.
 *
 * Single-threaded, on the caller's event loop. */
#ifndef RIBTAPE_TOOLS_REPLAY_REPLAY_LINK_H
#define RIBTAPE_TOOLS_REPLAY_REPLAY_LINK_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { REPLAY_REASON_MAX = 192, REPLAY_QUEUE_MAX = 256 << 10 /* octets that may wait */ };

enum replay_link_state { REPLAY_LINK_DOWN, REPLAY_LINK_CONNECTING, REPLAY_LINK_UP };

struct bufferevent;

struct replay_link {
    struct event_base *base;
    struct sockaddr_storage to, local;
    socklen_t to_len, local_len; /* local_len 0: any address */
    enum replay_link_state state;
    unsigned connect_s; /* how long to try */
    /* `lost`: tries ended or the connection did; the link is down, `error` 0: by an orderly end. */
    void (*up)(void *arg);
    void (*bytes)(void *arg, struct evbuffer *in);
    void (*lost)(void *arg, const char *reason);
    void *arg;
    int error; /* of the last try, or of the connection */
    struct bufferevent *bev; /* the rest is the link's own */
    struct event *retry;
    uint64_t give_up_ns;
};

/* Reads `HOST:PORT`, `[IPv6]:PORT`; names are resolved. Returns 0, or -1 with *err. */
int replay_link_parse(const char *text, struct sockaddr_storage *to, socklen_t *len,
                      const char **err);

/* Binds it to the i-th address from `first` on. */
void replay_link_local(struct replay_link *l, const struct sockaddr_storage *first, unsigned i);

/* Begins to connect, and goes on trying for connect_s. */
void replay_link_connect(struct replay_link *l);

/* Queues octets. */
void replay_link_send(struct replay_link *l, const void *p, size_t len);

/* Octets not yet taken by the kernel; and those the other side's TCP has not acknowledged. */
size_t replay_link_queued(const struct replay_link *l);
size_t replay_link_unacked(const struct replay_link *l);

/* Sends no more: what is queued must have gone. */
void replay_link_shut(struct replay_link *l);

/* Closes at once, without a call of `lost`. */
void replay_link_close(struct replay_link *l);

#endif
