/* SPDX-License-Identifier: BSD-2-Clause */
/* conn: one TCP connection that feeds the journal: what BGP sessions and BMP streams share.
 * Floor F4.
 *
 * Bytes are read in large reads into the shard's scratch buffer, framed there by the owner, and
 * copied once, into the journal. What is left of an unfinished message is kept in a buffer of
 * the connection's own, never larger than one message and one read. One read per turn of the
 * event loop: no socket can starve another. A connection is declared in the journal (SOURCE) at
 * its first whole message, so that a port scanner leaves nothing. Belongs to the shard's
 * thread. */
#ifndef RIBTAPE_COLLECTOR_SHARD_CONN_H
#define RIBTAPE_COLLECTOR_SHARD_CONN_H

#include <sys/queue.h>

#include <event2/event.h>

#include "base/emit.h"
#include "collector/shard/gate.h"
#include "schemas/track/source.h"

struct shard;
struct conn;
struct tls;

enum {
    CONN_READ_MAX = 256 << 10, /* octets taken from one socket in one turn */
    CONN_OUT_MAX = 16 << 10,   /* octets that may wait for a peer that does not read */
    CONN_REASON_MAX = 160,
};

struct conn_ops {
    enum journal_kind kind; /* of received messages */
    /* Returns the length of the whole message at `p`, or 0 when none is there. */
    size_t (*frame_len)(const struct conn *c, const uint8_t *p, size_t len);
    /* Takes whole messages from `len` octets at `p`. Returns the octets taken; the rest comes
     * again with more behind it. Sets c->need to the length in octets of the unfinished message
     * (0: not known). May end the connection. */
    size_t (*consume)(struct conn *c, const uint8_t *p, size_t len, uint64_t time);
    /* Returns whether the connection may hold `cap` octets of unfinished messages; NULL: it
     * may.
     */
    bool (*may_hold)(const struct conn *c, size_t cap);
    /* The peer closed (error 0), the socket failed (errno; EPROTO: tls_why says more), or what
     * is unfinished may not be held (EDQUOT). Ends the connection. */
    void (*lost)(struct conn *c, int error);
    /* The journal takes frames again after a block. */
    void (*resumed)(struct conn *c);
    /* Appends what a segment's start must repeat, SOURCE excepted (conn does that). */
    void (*repeat)(struct conn *c);
    /* The entry of the configuration that the connection lives by was re-read. */
    void (*reload)(struct conn *c);
    /* The daemon stops; `message` is the shutdown communication. Ends the connection. */
    void (*stop)(struct conn *c, const char *message);
    /* Emits the members of its /peers object. */
    void (*emit)(const struct conn *c, struct emit *e);
    /* Frees what the owner holds, then the owner itself. */
    void (*destroy)(struct conn *c);
};

TAILQ_HEAD(conn_list, conn);

/* First member of struct session and struct station. */
struct conn {
    const struct conn_ops *ops;
    struct shard *shard;
    struct source_info info;
    uint32_t source; /* id in the journal; 0: not declared */
    uint64_t *count; /* the frames of its address (collector/sink/tally.h); with source */
    bool ended;
    int fd;
    struct tls *tls; /* NULL: plain TCP */
    struct event *rd, *wr;
    uint8_t *keep; /* an unfinished message, or what a blocked journal did not take */
    size_t keep_len, keep_cap;
    size_t need;
    uint8_t *out; /* what the socket did not take; NULL: nothing */
    size_t out_len;
    uint64_t start_ns;    /* realtime of the accept */
    uint64_t recv_ns;     /* monotonic time of the last octets received */
    uint64_t recv_octets; /* in whole messages */
    TAILQ_ENTRY(conn) link;
};

/* Takes over a connected non-blocking socket and its TLS (NULL: none): c->ops and c->info must
 * be filled. Returns 0, or -1 with errno when memory runs out (neither is closed then). */
int conn_init(struct conn *c, struct shard *sh, int fd, struct tls *tls);

/* Declares the source if that was not done: takes an id and appends SOURCE. */
void conn_declare(struct conn *c, uint64_t time);

/* Appends a received message. Returns 0, or -1 when it could not be taken now (errno EAGAIN) or
 * never (EMSGSIZE). */
MUST_USE int conn_record(struct conn *c, enum journal_kind kind, uint64_t time,
                         const uint8_t *msg, uint32_t len);

/* Returns the realtime of what is in hand: while octets are worked on, their arrival, so that
 * what they cause is not stamped later than what follows them. */
uint64_t conn_now(const struct conn *c);

/* Appends a frame of our own for this source. */
void conn_note(struct conn *c, enum journal_kind kind, uint64_t time, const void *p,
               size_t len);

/* Sends bytes, as far as the socket takes them, and queues the rest. Returns 0, or -1 when the
 * bounded queue is full or the socket is broken; nothing was queued then. */
int conn_send(struct conn *c, const void *p, size_t len);

/* Returns the octets that were sent and not acknowledged by the peer's TCP, queue included. */
size_t conn_unacked(const struct conn *c);

/* Returns whether octets wait in the kernel that we have not read. */
bool conn_unread(const struct conn *c);

/* Ends the connection: records what was received whole, appends GONE with `reason` when it was
 * declared, and closes: politely (what was sent is delivered first) when `linger`. The memory
 * is freed at the end of the loop's turn. */
void conn_end(struct conn *c, bool linger, const char *reason);

/* Stops and starts reading, around a block of the journal. */
void conn_pause(struct conn *c);
void conn_resume(struct conn *c);

/* Appends SOURCE and the owner's context with JOURNAL_REPEAT. */
void conn_repeat(struct conn *c);

/* Frees an ended connection. */
void conn_free(struct conn *c);

/* Sends `len` octets at `p` (may be 0) as far as the socket takes them at once, then closes it
 * so that they arrive: shuts our direction, discards what comes until the peer closes or two
 * seconds pass. Takes over `fd`. */
void conn_farewell(struct shard *sh, int fd, const void *p, size_t len);

#endif
