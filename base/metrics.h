/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics: Prometheus text (exposition format 0.0.4). Floor F0.
 *
 * Counters are plain relaxed atomics in their owners' structs; this file has their type and the
 * text writer. */
#ifndef RIBTAPE_BASE_METRICS_H
#define RIBTAPE_BASE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"

/* A counter or gauge. One thread writes, any thread reads; relaxed order suffices, as a value
 * stands alone. */
struct metric {
    _Atomic uint64_t v;
};

static inline void metric_add(struct metric *m, uint64_t n)
{
    /* one writer: no read-modify-write instruction is needed */
    atomic_store_explicit(&m->v, atomic_load_explicit(&m->v, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static inline void metric_set(struct metric *m, uint64_t n)
{
    atomic_store_explicit(&m->v, n, memory_order_relaxed);
}

static inline uint64_t metric_get(const struct metric *m)
{
    return atomic_load_explicit(&m->v, memory_order_relaxed);
}

/* Writes `# HELP` and `# TYPE` of a metric family; type is "counter" or "gauge". */
void metrics_family(struct buf *b, const char *name, const char *type, const char *help);

/* Writes one sample. `labels` is a NULL-terminated list of name, value, name, value (or NULL);
 * values are escaped. */
void metrics_sample(struct buf *b, const char *name, const char *const *labels, double value);

#endif
