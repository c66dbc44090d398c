/* SPDX-License-Identifier: BSD-2-Clause */
/* station: one BMP stream from a router (RFC 7854 section 3). Floor F4.
 *
 * A station never sends. It frames, stamps and appends every message whatever its type; of
 * Initiation and Peer Up it keeps a copy for the repeats of new segments. Streams come from
 * listening sockets or from dialling out (dial.h). Belongs to the shard's thread. */
#ifndef RIBTAPE_COLLECTOR_BMP_STATION_H
#define RIBTAPE_COLLECTOR_BMP_STATION_H

#include "collector/shard/shard_int.h"

struct config_router;

/* Takes over an accepted, non-blocking socket and its TLS (NULL: plain); closes them when no
 * entry holds the address or a limit is reached. */
void station_accept(struct shard *sh, int fd, struct tls *tls, const struct source_addr *remote,
                    const struct source_addr *local);

/* Returns why a router may not connect now, or REFUSED_CNT with its entry in *entry. */
enum refused station_refusal(const struct shard *sh, const struct source_addr *remote, bool tls,
                             const struct config_router **entry);

/* Returns whether as many connections are there, or on the way through a door, as may be. */
bool station_is_full(const struct shard *sh);

/* A connected socket, and what passed through it. */
struct station_link {
    int fd;
    struct tls *tls; /* NULL: plain */
    struct source_addr remote, local;
};

/* Takes over a connected socket of a dial-out. `ended` (with `arg`) is called once when the
 * stream is over. Returns the connection, or NULL (socket closed, `ended` not called). */
struct conn *station_start(struct shard *sh, const struct station_link *link,
                           const struct config_router *entry, void (*ended)(void *arg),
                           void *arg);

/* Makes the stream not call `ended` any more. */
void station_forget_dial(struct conn *c);

/* What the metrics say of a stream. */
struct station_view {
    uint64_t messages, octets;
    size_t peers;  /* Peer Ups without Peer Down */
    size_t memory; /* octets held: unfinished messages, Initiation and Peer Ups */
};
void station_look(const struct conn *c, struct station_view *v);

#endif
