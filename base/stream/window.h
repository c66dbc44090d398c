/* SPDX-License-Identifier: BSD-2-Clause */
/* window: a stretch of a byte stream in memory, for readers that look ahead. Floor F0.
 *
 * The stream is read (and inflated) by a thread of its own, a few blocks ahead of the reader,
 * so that decoding and inflating overlap. Memory: the blocks, and as much as the reader ever
 * asked for at once. One reader thread. */
#ifndef RIBTAPE_BASE_STREAM_WINDOW_H
#define RIBTAPE_BASE_STREAM_WINDOW_H

#include "base/stream/stream.h"

/* The most octets window_want can see at once: the longest MRT record or message we believe. */
enum { WINDOW_MAX = 16 << 20 };

struct window;

/* Takes over `in`. Returns NULL (errno; `in` stays the caller's) when memory or threads run
 * out.
 */
struct window *window_new(struct stream_in *in);

/* Stops the thread, closes the stream, frees. NULL is allowed. */
void window_free(struct window *w);

/* Sees to `n` octets (at most WINDOW_MAX) being there from the current place. Returns how many
 * are there: at least n, or fewer when the stream ends or breaks before (window_error), or when
 * memory runs out. Invalidates pointers of window_at. */
size_t window_want(struct window *w, size_t n);

/* Calls `fn` from window_want each time that more of the stream was taken in: `raw_off` octets of
 * the file, compressed as it is, have been read for it. */
void window_watch(struct window *w, void (*fn)(void *arg, uint64_t raw_off), void *arg);

/* Returns the octets at the current place, as many as the last window_want said and
 * window_skip left. Borrowed until the next window_want. */
const uint8_t *window_at(const struct window *w);

/* Moves on by `n` octets, which must be there. */
void window_skip(struct window *w, size_t n);

/* Returns the current place: octets of the decompressed stream before it. */
uint64_t window_offset(const struct window *w);

/* Returns why the stream broke, with file, offset and reason; "" when it did not. Only to be
 * trusted after window_want came back short. */
const char *window_error(const struct window *w);

#endif
