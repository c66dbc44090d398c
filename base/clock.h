/* SPDX-License-Identifier: BSD-2-Clause */
/* clock: nanoseconds, read in one place so that tests can hand in their own. Floor F0. */
#ifndef RIBTAPE_BASE_CLOCK_H
#define RIBTAPE_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_S UINT64_C(1000000000)

/* Returns nanoseconds since the epoch, UTC; may jump when the clock is set. Thread-safe. */
uint64_t clock_realtime_ns(void);

/* Returns nanoseconds since an arbitrary start; never goes back. Thread-safe. */
uint64_t clock_monotonic_ns(void);

#endif
