/* SPDX-License-Identifier: BSD-2-Clause */
/* shard: one ingest thread with its event loop, listening sockets, sessions and journal. Floor
 * F4.
 *
 * The thread accepts, runs FSMs, frames messages, stamps and appends; it decodes no UPDATE.
 * Shards share nothing. */
#ifndef RIBTAPE_COLLECTOR_SHARD_SHARD_H
#define RIBTAPE_COLLECTOR_SHARD_SHARD_H

#include "base/buf.h"
#include "base/journal/journal.h"
#include "base/log.h"
#include "collector/config/config.h"

struct shard;

/* Opens the journal DATA_DIR/journal/INDEX. Holds a reference to cfg. NULL with a reason in
 * err. */
struct shard *shard_open(struct config *cfg, unsigned index, unsigned shards,
                         const struct log *log, char *err, size_t err_len);

/* Binds the listening sockets (SO_REUSEPORT when there are several shards) and starts the
 * thread; when all shards are open, so that what their journals tell of the past comes before
 * anything new. Returns 0, or -1 with a reason in err. */
int shard_start(struct shard *sh, char *err, size_t err_len);

/* The shard's journal, for attaching readers; lives until shard_free. */
struct journal *shard_journal(struct shard *s);

/* Fills `out` with up to `max` addresses as bound (a configured port 0 is the one that the
 * kernel chose) in the order of the configuration. Returns how many. Before the first
 * shard_reload. */
unsigned shard_listening(struct shard *s, enum source_kind kind, struct source_addr *out,
                         unsigned max);

/* Hands over a new configuration (any thread): listeners and dial-outs are compared and
 * changed, sessions whose entry changed or is gone are closed with Cease/Other Configuration
 * Change or Peer De-configured, others stay up. */
void shard_reload(struct shard *s, struct config *cfg);

/* Ends all sessions with Cease/Administrative Shutdown and `message` as shutdown communication
 * (RFC 9003), stops the thread. The journal stays open. Returns within `deadline_ms`. */
void shard_stop(struct shard *s, const char *message, int deadline_ms);

/* Closes the journal and frees all; after shard_stop and after all readers are gone. */
void shard_free(struct shard *s);

/* Append Prometheus samples, and JSON objects of peers and routers separated by commas. Any
 * thread; answered by the shard's thread within `timeout_ms`, else -1. */
int shard_metrics(struct shard *s, struct buf *b, int timeout_ms);
int shard_peers(struct shard *s, struct buf *b, int timeout_ms);

#endif
