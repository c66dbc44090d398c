/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_par: compressing on several threads. Floor F0; internal to the stream_*.c files.
 *
 * The text is cut into blocks, each of which becomes a member of its own; they come out in
 * order. At most two blocks per thread and one that is being filled are in memory. The threads
 * are nice: others that wait for a processor go first. */
#ifndef RIBTAPE_BASE_STREAM_STREAM_PAR_H
#define RIBTAPE_BASE_STREAM_STREAM_PAR_H

#include "base/cur.h"
#include "base/stream/stream_codec.h"

struct stream_par;

/* Starts `threads` (1 to STREAM_THREADS_MAX) that compress blocks of `block` octets. NULL with
 * errno. */
struct stream_par *stream_par_open(const struct stream_encoder *encoder, int level,
                                   size_t block, unsigned threads);

/* Waits for the threads to end and frees; blocks not taken are lost. */
void stream_par_close(struct stream_par *p);

/* Appends up to `len` octets to the current block and hands it over when it is full. Returns
 * how many were taken, fewer when stream_par_take must make room. */
size_t stream_par_put(struct stream_par *p, const uint8_t *src, size_t len);

/* Hands over the current block as it is, with nothing in it only if `empty` says so. Returns
 * false when stream_par_take must make room. */
bool stream_par_end(struct stream_par *p, bool empty);

/* Waits for the oldest block handed over. Returns its member, borrowed until the next call of
 * any of these; *failed instead when it could not be made (errno ENOMEM). NULL without it:
 * nothing was handed over. */
const uint8_t *stream_par_take(struct stream_par *p, size_t *len, bool *failed);

/* Forgets all that was put in. */
void stream_par_drop(struct stream_par *p);

#endif
