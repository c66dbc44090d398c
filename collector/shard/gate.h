/* SPDX-License-Identifier: BSD-2-Clause */
/* gate: the shard's way into its journal, and what happens when the journal is full. Floor F4.
 *
 * Received messages are refused while the journal can't take them (gate_append fails): their
 * bytes stay in the connection's buffer and in TCP. Frames that the collector itself makes
 * (SOURCE, STATE, GONE, messages sent) can't be asked for again: they wait in a bounded queue
 * (gate_note) and are appended, in order, before anything else when the journal takes frames
 * again. Belongs to one shard's thread. */
#ifndef RIBTAPE_COLLECTOR_SHARD_GATE_H
#define RIBTAPE_COLLECTOR_SHARD_GATE_H

#include "base/journal/journal.h"
#include "base/metrics.h"

enum { GATE_QUEUE_MAX = 64 << 20 }; /* octets that may wait */

struct gate_item;

struct gate {
    struct journal *journal;
    bool blocked;
    int error;                      /* errno that blocked it */
    struct gate_item *first, *last; /* waiting frames */
    size_t waiting;                 /* octets in the queue */
    uint64_t lost;                  /* frames that did not fit the queue */
    uint64_t *nobody;               /* gate_frame.count of the gate's own frames */
    uint64_t since_ns;              /* monotonic time of the block */
    struct metric blocked_cnt;      /* blocks so far */
    struct metric blocked_ms;       /* time spent blocked, ended blocks only */
    struct metric deferred;         /* frames that went through the queue */
    struct metric lost_total;       /* frames lost because the queue was full */
};

/* One frame. */
struct gate_frame {
    enum journal_kind kind;
    uint32_t source;
    uint64_t time; /* ns, realtime */
    const void *p;
    uint32_t len;
    uint64_t *count; /* of its address: raised when the frame is in the journal; NULL: none */
};

/* Appends a received message. Returns 0, or -1 with errno: EAGAIN when the gate is (now)
 * blocked and the bytes must be kept, EMSGSIZE when the frame can never fit. */
MUST_USE int gate_append(struct gate *g, const struct gate_frame *f);

/* Appends a frame of the collector's own, now or when the gate opens. What does not fit the
 * bounded queue, or is larger than a segment, is counted and becomes a JOURNAL_LOST frame. */
void gate_note(struct gate *g, const struct gate_frame *f);

/* Tries to go on after a block: drains the queue. Returns true when the gate is open; *for_ns
 * is then how long it was blocked. */
bool gate_retry(struct gate *g, uint64_t *for_ns);

/* Frees what waits. */
void gate_free(struct gate *g);

#endif
