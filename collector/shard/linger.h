/* SPDX-License-Identifier: BSD-2-Clause */
/* linger: closing a socket so that the last bytes sent still arrive. Floor F4.
 *
 * close(2) with unread input makes the kernel reset the connection, which may take a
 * NOTIFICATION with it. So our direction is shut, and what still comes is discarded until the
 * peer closes or the time is over. */
#ifndef RIBTAPE_COLLECTOR_SHARD_LINGER_H
#define RIBTAPE_COLLECTOR_SHARD_LINGER_H

#include <sys/queue.h>

#include <event2/event.h>

enum { LINGER_MAX = 256, LINGER_S = 2 };

struct farewell {
    int fd;
    struct event *ev;
    TAILQ_ENTRY(farewell) link;
    struct linger_list *list;
};

struct linger_list {
    TAILQ_HEAD(, farewell) head;
    unsigned cnt;
};

/* Makes the list empty. */
void linger_init(struct linger_list *l);

/* Takes over `fd`. Beyond LINGER_MAX sockets, or without memory, it is closed at once. */
void linger_add(struct linger_list *l, struct event_base *base, int fd);

/* Closes all. */
void linger_close_all(struct linger_list *l);

#endif
