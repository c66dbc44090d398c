/* SPDX-License-Identifier: BSD-2-Clause */
/* clock: the system's clocks as nanoseconds. Floor F0. */
#include "base/clock.h"

#include <time.h>

static uint64_t now_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t); /* can't fail for the two clocks below */
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_realtime_ns(void)
{
    return now_of(CLOCK_REALTIME);
}

uint64_t clock_monotonic_ns(void)
{
    return now_of(CLOCK_MONOTONIC);
}
