/* SPDX-License-Identifier: BSD-2-Clause */
/* ups: the Peer Ups of one BMP stream that a new journal segment must repeat. Floor F4.
 *
 * Keyed by per-peer header: type, flags, distinguisher, address, BGP identifier (RFC 7854
 * section 4.2). Bounded in number. Not thread-safe. */
#ifndef RIBTAPE_COLLECTOR_BMP_UPS_H
#define RIBTAPE_COLLECTOR_BMP_UPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bmp/bmp.h"

enum { UPS_MAX = 16384 }; /* peers of one router */

struct ups;

struct ups_item {
    uint64_t time; /* arrival, ns */
    uint32_t len;
    const uint8_t *msg;
};

/* Makes an empty table under a secret hash key. NULL when memory runs out. */
struct ups *ups_new(const uint64_t key[2]);
void ups_free(struct ups *u); /* NULL is allowed */

/* Keeps a copy of a Peer Up, in the place of an earlier one of the same peer. Returns false
 * when the table is full or memory runs out. */
bool ups_put(struct ups *u, const struct bmp_peer *peer, uint64_t time, const uint8_t *msg,
             uint32_t len);

/* Forgets a peer (Peer Down): the same header, or when none is there every view of the peer. */
void ups_del(struct ups *u, const struct bmp_peer *peer);

size_t ups_cnt(const struct ups *u);
size_t ups_octets(const struct ups *u); /* of the messages kept */

/* Calls fn for each; fn returns false to stop. */
void ups_each(const struct ups *u, bool (*fn)(void *arg, const struct ups_item *item),
              void *arg);

#endif
