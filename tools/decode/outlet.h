/* SPDX-License-Identifier: BSD-2-Clause */
/* outlet: a file descriptor written by a thread of its own, in order, whoever makes the pieces.
 * Floor F4.
 *
 * A piece is taken in the order in which it is to come out, filled by one thread (the taker or
 * another), and given back. Pieces are few and used again: who takes one waits until there is
 * one. What a piece `said` goes to standard error after its `out`. */
#ifndef RIBTAPE_TOOLS_DECODE_OUTLET_H
#define RIBTAPE_TOOLS_DECODE_OUTLET_H

#include "base/buf.h"

struct outlet;

struct outlet_piece {
    struct buf out, said;
    bool given, whole; /* the outlet's */
};

/* Starts the thread with `cnt` pieces. `fd` stays the caller's. NULL with errno. */
struct outlet *outlet_new(int fd, unsigned cnt);

/* Takes the next piece in order, empty. Waits for one to be free. One thread takes. */
struct outlet_piece *outlet_take(struct outlet *o);

/* Hands a piece over, and with it what is in it. With `whole` it is the caller's no longer.
 * Without, this waits until all pieces before it and this much of it were written; then it is
 * empty and can be filled further. Returns false when the descriptor can't be written to any
 * more. Any thread. */
bool outlet_give(struct outlet *o, struct outlet_piece *p, bool whole);

/* Waits until all pieces that were taken are written, ends the thread, frees. Returns 0, or the
 * errno of the first write that failed. NULL is allowed. */
int outlet_close(struct outlet *o);

#endif
