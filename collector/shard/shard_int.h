/* SPDX-License-Identifier: BSD-2-Clause */
/* shard_int: what the files of one shard share. Floor F4.
 *
 * All of it belongs to the shard's thread once that runs. */
#ifndef RIBTAPE_COLLECTOR_SHARD_SHARD_INT_H
#define RIBTAPE_COLLECTOR_SHARD_SHARD_INT_H

#include <pthread.h>

#include "collector/shard/conn.h"
#include "collector/shard/linger.h"
#include "collector/shard/mailbox.h"
#include "collector/shard/shard.h"

/* clang-format off */

/* Why a connection was refused or ended before it was established: NAME, label. */
#define REFUSED_MAP(X)                            \
    X(NO_ENTRY,     "no-entry")                   \
    X(MAX_SESSIONS, "max-sessions")               \
    X(MAX_RANGE,    "max-sessions-of-range")      \
    X(RESOURCES,    "resources")                  \
    X(OPEN_TIMEOUT, "open-timeout")               \
    X(BAD_AS,       "bad-peer-as")                \
    X(BAD_OPEN,     "bad-open")                   \
    X(COLLISION,    "collision")                  \
    X(GARBAGE,      "garbage")                    \
    X(PROXY,        "proxy-header")               \
    X(TLS,          "tls-handshake")              \
    X(NEEDS_TLS,    "needs-tls")                  \
    X(MAX_PEERS,    "max-peers")                  \
    X(MAX_MEMORY,   "max-memory")

#define REFUSED_ENUM(NAME, text) REFUSED_##NAME,
enum refused { REFUSED_MAP(REFUSED_ENUM) REFUSED_CNT };

/* clang-format on */

struct dial;
struct door;
struct listener;

TAILQ_HEAD(listener_list, listener);
TAILQ_HEAD(dial_list, dial);
TAILQ_HEAD(door_list, door);

struct shard {
    unsigned index, shards;
    struct config *cfg; /* the one in force */
    const struct log *log;
    struct journal *journal;
    struct gate gate;
    struct ledger *tally; /* frames by address; NULL: the journal is being opened */
    struct event_base *base;
    struct event *retry; /* after a block of the journal */
    struct mailbox *mail;
    pthread_t thread;
    bool started; /* the thread was made and not joined */
    bool stopping;
    uint64_t stop_by_ns; /* monotonic; valid when stopping */
    bool paused;         /* reading is off because the journal is blocked */

    uint8_t *scratch;  /* CONN_READ_MAX + SCRATCH_KEEP octets */
    uint64_t event_ns; /* realtime of the octets that are worked on; 0: none are */
    struct conn_list sessions, stations, dead;
    unsigned session_cnt, station_cnt;
    struct listener_list listeners;
    struct dial_list dials;
    struct door_list doors;
    unsigned door_cnt;
    struct tls_setup *tls; /* of cfg */
    struct linger_list lingers;

    char host[64];       /* for automatic BGP identifiers */
    uint64_t random;     /* xorshift state, for jitter */
    uint64_t sip_key[2]; /* for tables whose keys routers choose */
    size_t ups_octets;   /* Peer Ups kept for repeats */
    size_t keep_octets;  /* unfinished messages of all connections */
    size_t peer_cnt;     /* monitored peers that are up */
    struct log_limit refused_limit;

    struct metric accepted[2]; /* BGP, BMP */
    struct metric refused[REFUSED_CNT];
    struct metric bgp_messages[8]; /* by type; 0: others */
    struct metric bgp_octets;
    struct metric bmp_messages[8]; /* by type; 7: others */
    struct metric bmp_octets;
    struct metric established;   /* BGP sessions that came up, ever */
    struct metric went_down;     /* established BGP sessions that ended, ever */
    struct metric ups_forgotten; /* Peer Ups beyond the limits of memory */
};

enum { SCRATCH_KEEP = 4096 }; /* octets of an unfinished message that move into the scratch */

/* Counts a refusal and logs it, rate limited: `who` is the remote address. */
void shard_refuse(struct shard *sh, enum refused why, const struct source_addr *who,
                  const char *detail);

/* Returns this shard's share, rounded up, of a limit that is the collector's (0: no limit). */
unsigned shard_share(const struct shard *sh, uint32_t limit);

/* Returns the next value of the shard's generator (not for secrets). */
uint64_t shard_random(struct shard *sh);

/* Returns `ns` shortened by up to a quarter (RFC 4271 section 10). */
uint64_t shard_jitter(struct shard *sh, uint64_t ns);

/* Takes notice that the gate may just have blocked: stops reading everywhere, once. */
void shard_check_gate(struct shard *sh);

#endif
