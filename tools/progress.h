/* SPDX-License-Identifier: BSD-2-Clause */
/* progress: a line on a terminal that tells how far long work is. Floor F4. */
#ifndef RIBTAPE_TOOLS_PROGRESS_H
#define RIBTAPE_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* One file's. Zero-initialised: tells nothing. */
struct progress {
    bool on;
    bool shown;       /* a line stands there */
    const char *name; /* borrowed */
    uint64_t total;   /* octets of the file; 0: not known */
    uint64_t start_ns, last_ns;
};

/* Returns whether standard error is a terminal that nothing else writes to. */
bool progress_suits(void);

/* Begins a file. */
void progress_begin(struct progress *p, const char *name, uint64_t total);

/* Tells that `done` octets were read; twice a second a line comes of it. */
void progress_step(struct progress *p, uint64_t done);

/* Takes the line away, at the end or before something else is told. */
void progress_clear(struct progress *p);

/* Writes "NAME 42% 12.3 MB/s 0:12 left" at `dst` (`room` octets, NUL-terminated). */
void progress_text(const struct progress *p, uint64_t done, uint64_t now_ns, char *dst,
                   unsigned room);

#endif
