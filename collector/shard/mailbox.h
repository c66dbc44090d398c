/* SPDX-License-Identifier: BSD-2-Clause */
/* mailbox: lets other threads have functions run by an event loop's thread. Floor F4.
 *
 * Bounded: MAILBOX_MAX letters wait at most. A caller that waits may give up; the letter is
 * then freed by the loop's thread. */
#ifndef RIBTAPE_COLLECTOR_SHARD_MAILBOX_H
#define RIBTAPE_COLLECTOR_SHARD_MAILBOX_H

#include <event2/event.h>

#include "base/buf.h"

enum { MAILBOX_MAX = 64 };

struct mailbox;

/* What the loop's thread runs: `owner` as given to mailbox_new, `arg` as posted; output goes
 * into `out`. */
typedef void mailbox_fn(void *owner, void *arg, struct buf *out);

/* Makes a mailbox whose letters are opened by `base`'s loop. NULL with errno. */
struct mailbox *mailbox_new(struct event_base *base, void *owner);

/* Posts and does not wait. `drop` (may be NULL) frees `arg` when the letter could not be posted
 * or was never opened. Returns 0, or -1 when the box is full or closed. Any thread. */
int mailbox_post(struct mailbox *m, mailbox_fn *fn, void *arg, void (*drop)(void *));

/* Posts, waits up to `timeout_ms` for the answer and appends it to `out`. `arg` must live until
 * the box is closed. Returns 0, or -1 with errno (ETIMEDOUT, EAGAIN: box full). Any other
 * thread than the loop's. */
int mailbox_ask(struct mailbox *m, mailbox_fn *fn, void *arg, struct buf *out, int timeout_ms);

/* Closes: what was not opened is dropped, who waits gets -1. After the loop has ended. */
void mailbox_close(struct mailbox *m);
void mailbox_free(struct mailbox *m);

#endif
