/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_scan: what a writer finds at start-up and where it goes on. Floor F0. */
#include "base/journal/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- sources that were live ---- */

static int ids_add(struct journal_ids *s, uint32_t id)
{
    for (size_t i = s->cnt; i > 0; i--) { /* the newest are asked for most */
        if (s->ids[i - 1] == id)
            return 0;
    }
    if (s->cnt == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 64;
        uint32_t *p = reallocarray(s->ids, cap, sizeof *p);
        if (p == NULL)
            return -1;
        s->ids = p;
        s->cap = cap;
    }
    s->ids[s->cnt++] = id;
    return 0;
}

static void ids_remove(struct journal_ids *s, uint32_t id)
{
    for (size_t i = s->cnt; i > 0; i--) {
        if (s->ids[i - 1] == id) {
            s->ids[i - 1] = s->ids[--s->cnt];
            return;
        }
    }
}

/* ---- one segment ---- */

/* Learns from one sound frame. */
static int note_frame(struct journal *j, const struct journal_frame *f)
{
    bool counts = f->kind != JOURNAL_SEAL && !(f->flags & JOURNAL_REPEAT);
    j->next_seq = f->seq + (counts ? 1 : 0);
    if (f->source >= j->next_source)
        j->next_source = f->source + 1;
    if (f->kind == JOURNAL_SOURCE)
        return ids_add(&j->orphans, f->source);
    if (f->kind == JOURNAL_GONE)
        ids_remove(&j->orphans, f->source);
    return 0;
}

/* Walks the frames of j->seg; j->off ends behind the last sound one. *whole: nothing is damaged
 * and no SEAL says that the end was reached. Returns 0, or -1 with ENOMEM. */
static int scan_frames(struct journal *j, bool *whole)
{
    *whole = true;
    j->next_seq = j->seg.head.first_seq;
    j->next_source = j->seg.head.next_source;
    j->off = JOURNAL_FIRST_OFF;
    uint64_t at = j->off;
    for (;;) {
        enum journal_frame_state state = journal_frame_state(&j->seg, at);
        if (state != FRAME_SOUND) {
            /* A hole may have sound frames behind it (pages lost in a power failure). */
            at = journal_resync(&j->seg, at, j->next_seq);
            *whole &= state == FRAME_NONE && at == 0;
            if (at == 0)
                break;
            continue;
        }
        const struct journal_frame *f = journal_frame_at(&j->seg, at);
        if (note_frame(j, f) < 0)
            return -1;
        if (f->kind == JOURNAL_SEAL) { /* and what it announced is not there */
            *whole = false;
            break;
        }
        at += journal_frame_size(f->len - 1);
        j->off = at;
    }
    journal_segment_passed(&j->seg, j->seg.head.size); /* the search touched all of it */
    j->seg.window = 0;
    return 0;
}

/* ---- the folder ---- */

static int list_one(void *arg, uint64_t number)
{
    struct journal *j = arg;
    char name[JOURNAL_NAME_MAX];
    struct stat st;
    journal_segment_name(number, name);
    return fstatat(j->dirfd, name, &st, 0) < 0 ? -1
                                               : journal_info_add(j, number, (uint64_t)st.st_size);
}

static int compare_infos(const void *left, const void *right)
{
    const struct journal_segment_info *a = left, *b = right;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int list_segments(struct journal *j)
{
    if (journal_each_segment(j->dirfd, list_one, j) != 0)
        return -1;
    if (j->info_cnt > 0)
        qsort(j->infos, j->info_cnt, sizeof j->infos[0], compare_infos);
    return 0;
}

/* Opens the newest segment whose header is sound as j->seg. Returns 1, 0 when there is none, -1
 * with errno. */
static int open_newest(struct journal *j)
{
    for (size_t i = j->info_cnt; i > 0; i--) {
        if (journal_segment_open(&j->seg, j->dirfd, j->infos[i - 1].number, true) == 0)
            return 1;
        if (errno != EBADMSG) /* of another version: not ours to go on with */
            return -1;
    }
    return 0;
}

int journal_scan(struct journal *j)
{
    unlinkat(j->dirfd, JOURNAL_TMP_NAME, 0);
    j->next_seq = 1;
    j->next_source = 1;
    if (list_segments(j) < 0)
        return -1;
    uint64_t last = j->info_cnt ? j->infos[j->info_cnt - 1].number : 0;
    j->next_number = j->info_cnt ? last + 1 : 0;
    int found = open_newest(j);
    if (found < 0)
        return -1;
    if (found > 0) {
        bool whole;
        if (scan_frames(j, &whole) < 0)
            return -1;
        j->last_base = j->seg.head.base;
        j->next_base = j->last_base + j->off;
        /* A segment with damage is never written again, so that its readers find it at rest. */
        bool newest = j->seg.head.number == last;
        if (!newest) /* what follows it can't be read at all */
            j->last_base = j->next_base;
        if (!whole || !newest)
            journal_segment_close(&j->seg);
    }
    atomic_store(&j->last_segment, last);
    atomic_store(&j->end, j->next_base);
    return 0;
}
