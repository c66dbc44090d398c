/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_table: the routes of a RIB dump as UPDATEs. Floor F4.
 *
 * A dump has one prefix after the other with the routes of all peers; an UPDATE has one peer's
 * prefixes with the same attributes. Routes are gathered in a bounded number of UPDATEs; one
 * that is full, or whose place another one needs, goes out. */
#ifndef RIBTAPE_TOOLS_REPLAY_REPLAY_TABLE_H
#define RIBTAPE_TOOLS_REPLAY_REPLAY_TABLE_H

#include "tools/replay/replay_book.h"

struct replay_table;

struct replay_table_hooks {
    /* Takes a whole UPDATE that has `routes` routes. */
    void (*update)(void *arg, struct replay_peer *p, const uint8_t *msg, size_t len,
                   unsigned routes);
    void *arg;
};

/* How the routes of a peer are to be written. */
struct replay_table_form {
    unsigned as_width; /* 2 or 4 */
    bool path_ids;     /* a route without one gets 0 */
    size_t len_max;    /* of a message */
};

struct replay_table *replay_table_new(const struct replay_table_hooks *hooks);
void replay_table_free(struct replay_table *t);

/* Takes one route. Returns REPLAY_SKIP_NONE, or why it can't be written. */
enum replay_skip replay_table_add(struct replay_table *t, struct replay_peer *p,
                                  const struct mrt_rib *rib, const struct bgp_ctx *ctx,
                                  const struct replay_table_form *form);

/* Sends all that was gathered; of one peer alone unless it is NULL. */
void replay_table_flush(struct replay_table *t, const struct replay_peer *p);

#endif
