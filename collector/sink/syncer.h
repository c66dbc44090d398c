/* SPDX-License-Identifier: BSD-2-Clause */
/* syncer: makes a file durable while its owner goes on. Floor F4.
 *
 * fdatasync takes as long as the disk needs for all that was written since the last one; a sink
 * that waited for it would read nothing meanwhile. One file at a time; the functions are one
 * owner's, whose thread may change. */
#ifndef RIBTAPE_COLLECTOR_SINK_SYNCER_H
#define RIBTAPE_COLLECTOR_SINK_SYNCER_H

struct syncer;

enum syncer_state {
    SYNCER_FAILED = -1, /* errno */
    SYNCER_DONE = 0,    /* nothing is under way */
    SYNCER_BUSY,
};

/* Starts the thread. NULL with errno. */
struct syncer *syncer_new(void);

/* Begins to make durable what `fd` has been written so far. Nothing else may be under way. The
 * descriptor must stay open until syncer_wait says that it is done. */
void syncer_begin(struct syncer *s, int fd);

/* Waits up to `wait_ms` (negative: as long as it takes) for what was begun, and says what came
 * of it. A failure is told once. */
enum syncer_state syncer_wait(struct syncer *s, int wait_ms);

/* Waits for what is under way, ends the thread and frees. NULL is allowed. */
void syncer_free(struct syncer *s);

#endif
