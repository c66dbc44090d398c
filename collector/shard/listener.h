/* SPDX-License-Identifier: BSD-2-Clause */
/* listener: listening sockets and what protects them. Floor F4.
 *
 * With several shards every shard binds the same address (SO_REUSEPORT) and a small classic BPF
 * program picks the socket by the remote address, so that all connections of one peer come to
 * one shard, whatever their ports. Belongs to the shard's thread once it runs. */
#ifndef RIBTAPE_COLLECTOR_SHARD_LISTENER_H
#define RIBTAPE_COLLECTOR_SHARD_LISTENER_H

#include <sys/queue.h>

#include <event2/event.h>

#include "collector/config/config.h"

struct shard;

struct listener {
    struct shard *shard;
    enum source_kind kind;
    struct source_addr addr;  /* as configured; port 0: any free one */
    struct source_addr bound; /* as bound */
    int fd;
    struct event *ev;
    struct event *again; /* after the process ran out of descriptors */
    TAILQ_ENTRY(listener) link;
};

/* Binds, listens, and adds the listener to the shard's list. Returns 0, or -1 with a reason in
 * err. */
MUST_USE int listener_open(struct shard *sh, enum source_kind kind,
                           const struct source_addr *addr, char *err, size_t err_len);

/* Closes and frees. */
void listener_close(struct listener *l);

/* Stops and starts accepting. */
void listener_pause(struct listener *l);
void listener_resume(struct listener *l);

/* Gives the kernel the TCP MD5 keys (RFC 2385) of the configuration's entries and forgets those
 * of `old` (NULL: none) that are gone. The most specific entry's key counts; an entry without a
 * key inside a range with one can't connect. Returns 0, or -1 with errno and the entry's
 * address in *who. */
MUST_USE int listener_set_keys(struct listener *l, const struct config *cfg,
                               const struct config *old, struct source_addr *who);

/* Sets one key on a socket; `bits` of the address count; key NULL removes it. Returns 0 or -1
 * with errno. */
MUST_USE int listener_set_key(int fd, const struct source_addr *addr, uint8_t bits,
                              const char *key);

/* Prepares a connection of a BGP peer: no delay, and GTSM (RFC 5082) when `hops` is not 0:
 * segments from further away are dropped by the kernel. Returns 0 or -1 with errno. */
MUST_USE int listener_secure(int fd, const struct source_addr *remote, uint8_t hops);

#endif
