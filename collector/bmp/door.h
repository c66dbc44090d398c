/* SPDX-License-Identifier: BSD-2-Clause */
/* door: what a connection passes before it may speak BMP: the PROXY header of a load balancer,
 * then the TLS handshake, each only where the configuration asks for it. Floor F4.
 *
 * A door is one such connection. All of them end within bmp.tls.handshake_timeout; what fails
 * is counted, told in one line, and closed. Belongs to the shard's thread. */
#ifndef RIBTAPE_COLLECTOR_BMP_DOOR_H
#define RIBTAPE_COLLECTOR_BMP_DOOR_H

#include "collector/config/config.h"

struct door;
struct shard;
struct tls;

/* Takes over an accepted, non-blocking socket of a listener with these rules; hands it to
 * station_accept when it has passed. */
void door_open(struct shard *sh, int fd, const struct config_listener *how,
               const struct source_addr *remote, const struct source_addr *local);

/* Begins the handshake on a socket that was dialled. `done` (with `arg`) is called once: with
 * the connection, which is the callee's then, or with NULL and the reason, socket closed. Not
 * called after door_close. Returns NULL when memory runs out (socket closed, `done` not
 * called).
 */
struct door *door_dial(struct shard *sh, int fd, const struct config_router *entry,
                       void (*done)(void *arg, int fd, struct tls *tls, const char *why),
                       void *arg);

/* Closes the socket and frees. */
void door_close(struct door *d);
void door_close_all(struct shard *sh);

#endif
