/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_trim: which segments are on disk, and which may go. Floor F0. The writer's thread. */
#include "base/journal/journal_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int journal_info_add(struct journal *j, uint64_t number, uint64_t size)
{
    if (j->info_cnt == j->info_cap) {
        size_t cap = j->info_cap ? 2 * j->info_cap : 16;
        struct journal_segment_info *p = reallocarray(j->infos, cap, sizeof *p);
        if (p == NULL)
            return -1;
        j->infos = p;
        j->info_cap = cap;
    }
    j->infos[j->info_cnt++] = (struct journal_segment_info){number, size};
    j->disk_size += size;
    return 0;
}

/* Unlinks the oldest segment. Who has it mapped keeps it until it is done with it. */
static void delete_oldest(struct journal *j)
{
    char name[JOURNAL_NAME_MAX];
    journal_segment_name(j->infos[0].number, name);
    unlinkat(j->dirfd, name, 0); /* a failure costs space, and the next scan finds it again */
    j->disk_size -= j->infos[0].size;
    j->info_cnt--;
    memmove(j->infos, j->infos + 1, j->info_cnt * sizeof j->infos[0]);
}

void journal_trim(struct journal *j)
{
    if (!atomic_load_explicit(&j->trimming, memory_order_acquire))
        return;
    /* Relaxed: that the reader is done with the segments is its own word, nothing of its
     * memory is looked at; it stored `trim_due` after `released`. */
    pthread_mutex_lock(&j->lock);
    uint64_t keep = UINT64_MAX;
    for (const struct journal_reader *r = j->readers; r != NULL; r = r->next) {
        uint64_t released = atomic_load_explicit(&r->released, memory_order_relaxed);
        if (released < keep)
            keep = released;
    }
    pthread_mutex_unlock(&j->lock);
    while (j->info_cnt > 1 && j->infos[0].number < keep)
        delete_oldest(j);
}

int journal_make_room(struct journal *j, uint64_t size)
{
    journal_trim(j);
    /* The segment written to is never deleted; alone it is no reason to stop. */
    while (j->info_cnt > 1 && j->disk_size + size > j->limit) {
        if (!j->drop_oldest) {
            errno = EDQUOT;
            return -1;
        }
        delete_oldest(j);
        j->dropped++;
    }
    return 0;
}
