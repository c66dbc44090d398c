/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_gaps: slots for which an updates file should be there. Floor F4. */
#include <stdlib.h>
#include <string.h>

#include "tools/verify/verify.h"

static int compare_u64(const void *left, const void *right)
{
    uint64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a < b ? -1 : a > b;
}

/* Returns the most frequent distance of neighbours, the slot's length; 0: can't be told. */
static uint64_t slot_of(const uint64_t *times, size_t cnt)
{
    uint64_t *steps = calloc(cnt, sizeof steps[0]), best = 0;
    size_t most = 0;
    if (steps == NULL || cnt < 3) {
        free(steps);
        return 0;
    }
    for (size_t i = 1; i < cnt; i++)
        steps[i - 1] = times[i] - times[i - 1];
    qsort(steps, cnt - 1, sizeof steps[0], compare_u64);
    for (size_t i = 0, n; i + 1 < cnt; i += n) {
        for (n = 1; i + n + 1 < cnt && steps[i + n] == steps[i]; n++)
            continue;
        if (n > most) {
            most = n;
            best = steps[i];
        }
    }
    free(steps);
    return most >= 2 ? best : 0;
}

static void add_gap(struct verify *v, const struct arc_group *g, uint64_t from_s, uint64_t to_s)
{
    if (v->gap_cnt == v->gap_cap) {
        size_t cap = v->gap_cap > 0 ? 2 * v->gap_cap : 16;
        struct verify_gap *more = reallocarray(v->gaps, cap, sizeof more[0]);
        if (more == NULL) {
            v->failed = true;
            return;
        }
        v->gaps = more;
        v->gap_cap = cap;
    }
    v->gaps[v->gap_cnt++] = (struct verify_gap){.group = g, .from_s = from_s, .to_s = to_s};
}

void verify_find_gaps(struct verify *v, const struct arc_group *g)
{
    uint64_t *times = calloc(g->cnt + 1, sizeof times[0]);
    size_t cnt = 0, kept = 0;
    if (times == NULL) {
        v->failed = true;
        return;
    }
    for (size_t i = 0; i < g->cnt; i++) {
        if (g->v[i].kind != ARC_DUMP && g->v[i].named_s != 0)
            times[cnt++] = g->v[i].named_s;
    }
    qsort(times, cnt, sizeof times[0], compare_u64);
    for (size_t i = 0; i < cnt; i++) {
        if (kept == 0 || times[i] != times[kept - 1])
            times[kept++] = times[i];
    }
    uint64_t slot = slot_of(times, kept);
    for (size_t i = 1; slot > 0 && i < kept; i++) {
        if (times[i] - times[i - 1] >= 2 * slot)
            add_gap(v, g, times[i - 1] + slot, times[i]);
    }
    free(times);
}
