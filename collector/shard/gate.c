/* SPDX-License-Identifier: BSD-2-Clause */
/* gate: the shard's way into its journal, and what happens when the journal is full. Floor F4.
 */
#include "collector/shard/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct gate_item {
    struct gate_item *next;
    enum journal_kind kind;
    uint32_t source;
    uint64_t time;
    uint64_t *count;
    uint32_t len;
    uint8_t p[];
};

static int append(struct gate *g, const struct gate_frame *f)
{
    int rc = journal_append(g->journal, f->kind, 0, f->source, f->time, f->p, f->len);
    if (rc == 0 && f->count != NULL)
        ++*f->count;
    return rc;
}

static void gate_block(struct gate *g, int error)
{
    if (g->blocked)
        return;
    g->blocked = true;
    g->error = error;
    g->since_ns = clock_monotonic_ns();
    metric_add(&g->blocked_cnt, 1);
}

int gate_append(struct gate *g, const struct gate_frame *f)
{
    if (!g->blocked) {
        if (append(g, f) == 0)
            return 0;
        if (errno == EMSGSIZE)
            return -1;
        gate_block(g, errno);
    }
    errno = EAGAIN;
    return -1;
}

static void gate_lose(struct gate *g)
{
    g->lost++;
    metric_add(&g->lost_total, 1);
}

static void gate_queue(struct gate *g, const struct gate_frame *f)
{
    size_t size = sizeof(struct gate_item) + f->len;
    struct gate_item *it =
        g->waiting + size <= GATE_QUEUE_MAX ? (struct gate_item *)malloc(size) : NULL;
    if (it == NULL) {
        gate_lose(g);
        return;
    }
    *it = (struct gate_item){.kind = f->kind,
                             .source = f->source,
                             .time = f->time,
                             .count = f->count,
                             .len = f->len};
    if (f->len > 0)
        memcpy(it->p, f->p, f->len);
    if (g->last != NULL)
        g->last->next = it;
    else
        g->first = it;
    g->last = it;
    g->waiting += size;
    metric_add(&g->deferred, 1);
}

void gate_note(struct gate *g, const struct gate_frame *f)
{
    if (gate_append(g, f) == 0)
        return;
    if (errno == EMSGSIZE)
        gate_lose(g);
    else
        gate_queue(g, f);
}

static void gate_pop(struct gate *g)
{
    struct gate_item *it = g->first;
    g->first = it->next;
    if (g->first == NULL)
        g->last = NULL;
    g->waiting -= sizeof(*it) + it->len;
    free(it);
}

static int gate_tell_lost(struct gate *g)
{
    static const char reason[] = "frames waiting for the journal exceeded their queue";
    uint8_t payload[8 + sizeof(reason) - 1];
    if (g->lost == 0)
        return 0;
    for (int i = 0; i < 8; i++)
        payload[i] = (uint8_t)(g->lost >> (56 - 8 * i));
    memcpy(payload + 8, reason, sizeof(reason) - 1);
    const struct gate_frame f = {
        JOURNAL_LOST, 0, clock_realtime_ns(), payload, sizeof(payload), g->nobody};
    if (append(g, &f) != 0)
        return -1;
    g->lost = 0;
    return 0;
}

bool gate_retry(struct gate *g, uint64_t *for_ns)
{
    *for_ns = 0;
    if (!g->blocked)
        return true;
    if (!journal_writable(g->journal))
        return false;
    while (g->first != NULL) {
        const struct gate_item *it = g->first;
        const struct gate_frame f = {it->kind, it->source, it->time, it->p, it->len, it->count};
        bool done = append(g, &f) == 0;
        if (!done && errno != EMSGSIZE)
            return false;
        if (!done)
            gate_lose(g);
        gate_pop(g);
    }
    if (gate_tell_lost(g) != 0)
        return false;
    g->blocked = false;
    *for_ns = clock_monotonic_ns() - g->since_ns;
    metric_add(&g->blocked_ms, *for_ns / 1000000);
    return true;
}

void gate_free(struct gate *g)
{
    while (g->first != NULL)
        gate_pop(g);
}
