/* SPDX-License-Identifier: BSD-2-Clause */
/* trace: where a decoder reads. Floor F0.
 *
 * `ribtape decode --output text -v` shows every octet of a message with the field it belongs to.
 * It asks the codec itself: the codec's sources are compiled a second time with RIBTAPE_TRACE,
 * and in that copy each read of a cursor tells its place and the name of the variable it went
 * to, each emitted value the expression it came from. Whoever wants to know sets trace_now. The
 * daemon's copy of the codec has nothing of it. */
#ifndef RIBTAPE_BASE_TRACE_H
#define RIBTAPE_BASE_TRACE_H

#include <stddef.h>
#include <stdint.h>

struct trace {
    /* `len` octets at `p` were read into what the source calls `name` ("&t->type"; NULL: no
     * name), their value when they are a number (`number` NULL: not one). */
    void (*read)(struct trace *t, const uint8_t *p, uint32_t len, const char *name,
                 const uint64_t *number);
    const char *hint; /* the expression of the value that is about to be emitted, or NULL */
};

/* The listener of this thread; NULL: nobody listens. A traced decoder has no argument to pass
 * it in, being the same source as the one that has none. */
extern _Thread_local struct trace *trace_now;

static inline void trace_read(const uint8_t *p, uint32_t len, const char *name,
                              const uint64_t *number)
{
    if (trace_now != NULL && len > 0)
        trace_now->read(trace_now, p, len, name, number);
}

static inline void trace_hint(const char *expression)
{
    if (trace_now != NULL)
        trace_now->hint = expression;
}

#endif
