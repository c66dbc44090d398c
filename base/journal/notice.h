/* SPDX-License-Identifier: BSD-2-Clause */
/* notice: a number that one thread gives another, with all that it did before. Floor F0. */
#ifndef RIBTAPE_BASE_JOURNAL_NOTICE_H
#define RIBTAPE_BASE_JOURNAL_NOTICE_H

#include <stdatomic.h>
#include <stdint.h>

/* Zero-initialised: nothing was given. */
struct notice {
    _Atomic uint64_t v;
};

/* Release, and acquire below: who sees the number sees what the giver did before (and may free
 * what the giver no longer uses). */
static inline void notice_give(struct notice *n, uint64_t v)
{
    atomic_store_explicit(&n->v, v, memory_order_release);
}

static inline uint64_t notice_get(const struct notice *n)
{
    return atomic_load_explicit(&n->v, memory_order_acquire);
}

#endif
