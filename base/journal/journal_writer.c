/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_writer: reserve, commit, and the change of segments. Floor F0. */
#include "base/journal/journal_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- frames ---- */

/* Publishes how far the journal reaches. Release: before the frame's length word, so that who
 * has read the frame finds its place inside when it attaches again. */
static void publish_end(struct journal *j)
{
    atomic_store_explicit(&j->end, j->seg.head.base + j->off, memory_order_release);
}

static void put_frame(struct journal *j, const struct journal_frame *head)
{
    struct journal_frame *f = journal_frame_at(&j->seg, j->off);
    memcpy((uint8_t *)f + sizeof f->len, (const uint8_t *)head + sizeof head->len,
           sizeof *f - sizeof f->len);
    f->check = journal_frame_check(&j->seg.head, f, head->len);
    j->off += journal_frame_size(head->len - 1);
    if (j->off + JOURNAL_FRAME_HEAD <= j->seg.head.size) /* false behind a SEAL only */
        journal_len_store(journal_frame_at(&j->seg, j->off), 0);
    if (!j->repeating)
        publish_end(j);
    journal_len_store(f, head->len);
    journal_segment_passed(&j->seg, j->off);
}

void journal_commit(struct journal *j, enum journal_kind kind, uint8_t flags, uint32_t source,
                    uint64_t time, uint32_t len)
{
    assert(len <= j->reserved_len);
    const struct journal_frame head = {
        .len = len + 1,
        .kind = (uint8_t)kind,
        .flags = flags,
        .source = source,
        .time = time,
        .seq = j->next_seq,
    };
    if (!(flags & JOURNAL_REPEAT)) {
        j->next_seq++;
        /* relaxed: the frame's own release store comes after, so that who sees it sees this */
        atomic_store_explicit(&j->end_seq, j->next_seq, memory_order_relaxed);
        j->frames++;
        j->bytes += len;
    }
    if (source >= j->next_source)
        j->next_source = source + 1;
    put_frame(j, &head);
    j->dirty = true;
    j->reserved_len = 0;
}

static void put_seal(struct journal *j)
{
    const struct journal_frame head = {.len = 1, .kind = JOURNAL_SEAL, .seq = j->next_seq};
    if (j->off + JOURNAL_FRAME_HEAD <= j->seg.head.size)
        put_frame(j, &head);
}

/* ---- segments ---- */

/* Asks the owner how many octets the repeats will take. */
static uint64_t size_repeats(struct journal *j)
{
    j->repeat_size = 0;
    if (j->repeat == NULL)
        return 0;
    j->sizing = true;
    j->repeat(j, j->repeat_arg);
    j->sizing = false;
    return j->repeat_size;
}

/* Makes the next segment's file under its temporary name and fills in the repeats. The journal
 * writes to it when this returns 0; *old is where it wrote before. */
static int begin_segment(struct journal *j, uint64_t need, struct journal_segment *old,
                         uint64_t *old_off)
{
    const uint64_t page = 4096;
    uint64_t size = JOURNAL_FIRST_OFF + size_repeats(j) + need + JOURNAL_FRAME_HEAD;
    size = size < j->segment_size ? j->segment_size : (size + page - 1) & ~(page - 1);
    if (journal_make_room(j, size) < 0)
        return -1;
    struct journal_segment next = {.fd = -1};
    next.head.size = size;
    next.head.number = j->next_number;
    next.head.first_seq = j->next_seq;
    next.head.base =
        j->seg.p != NULL ? j->seg.head.base + j->off + JOURNAL_FRAME_HEAD : j->next_base;
    next.head.next_source = j->next_source;
    if (journal_segment_create(&next, j->dirfd, JOURNAL_TMP_NAME) < 0)
        return -1;
    *old = j->seg;
    *old_off = j->off;
    j->seg = next;
    j->off = JOURNAL_FIRST_OFF;
    if (j->repeat != NULL) {
        j->repeating = true;
        j->repeat(j, j->repeat_arg);
        j->repeating = false;
    }
    return 0;
}

/* Gives the new segment its name. */
static int name_segment(struct journal *j)
{
    char name[JOURNAL_NAME_MAX];
    journal_segment_name(j->next_number, name);
    if (journal_info_add(j, j->next_number, j->seg.head.size) < 0)
        return -1;
    if (renameat(j->dirfd, JOURNAL_TMP_NAME, j->dirfd, name) == 0)
        return 0;
    j->info_cnt--;
    j->disk_size -= j->seg.head.size;
    return -1;
}

/* Goes to a new segment with room for a frame of `need` octets. Nothing has changed when it
 * fails. The order matters to readers: the file has its name before the SEAL sends them there,
 * and the SEAL is there before last_segment tells that this one is closed. */
static int roll(struct journal *j, uint64_t need)
{
    struct journal_segment old;
    uint64_t old_off;
    if (begin_segment(j, need, &old, &old_off) < 0)
        return -1;
    struct journal_segment next = j->seg;
    uint64_t next_off = j->off;
    if (name_segment(j) < 0) {
        int saved = errno;
        journal_segment_close(&next);
        unlinkat(j->dirfd, JOURNAL_TMP_NAME, 0);
        j->seg = old;
        j->off = old_off;
        errno = saved;
        return -1;
    }
    if (old.p != NULL) {
        j->seg = old;
        j->off = old_off;
        put_seal(j);
        journal_segment_close(&j->seg);
        j->seg = next;
        j->off = next_off;
    }
    j->next_number++;
    pthread_mutex_lock(&j->lock);
    j->last_base = j->seg.head.base;
    atomic_store_explicit(&j->last_segment, j->seg.head.number, memory_order_release);
    publish_end(j);
    pthread_mutex_unlock(&j->lock);
    return 0;
}

/* ---- append ---- */

static uint8_t *reserve(struct journal *j, uint32_t len)
{
    uint64_t need = journal_frame_size(len);
    uint64_t most = j->segment_size - JOURNAL_FIRST_OFF - JOURNAL_FRAME_HEAD;
    if (need > most) {
        errno = EMSGSIZE;
        return NULL;
    }
    /* There is always room for the SEAL behind a frame. */
    bool fits = j->seg.p != NULL && j->off + need + JOURNAL_FRAME_HEAD <= j->seg.head.size;
    if (!fits) {
        assert(!j->repeating); /* the second pass was larger than the first */
        if (j->repeating || roll(j, need) < 0) {
            j->refused_len = len;
            return NULL;
        }
    }
    j->reserved_len = len;
    j->refused_len = 0;
    return j->seg.p + j->off + JOURNAL_FRAME_HEAD;
}

int journal_tell_restart(struct journal *j)
{
    static const char reason[] = "collector restarted";
    const uint32_t len = sizeof reason - 1;
    while (j->orphans.cnt > 0) {
        uint8_t *p = reserve(j, len);
        if (p == NULL)
            return -1;
        memcpy(p, reason, len);
        journal_commit(j, JOURNAL_GONE, 0, j->orphans.ids[--j->orphans.cnt], j->opened_ns, len);
    }
    if (j->start_due && reserve(j, 0) == NULL)
        return -1;
    if (j->start_due)
        journal_commit(j, JOURNAL_START, 0, 0, j->opened_ns, 0);
    j->start_due = false;
    return 0;
}

uint8_t *journal_reserve(struct journal *j, uint32_t len)
{
    assert(!j->sizing); /* repeats go by journal_append */
    bool due = j->orphans.cnt > 0 || j->start_due;
    if (due && !j->repeating && journal_tell_restart(j) < 0)
        return NULL;
    return reserve(j, len);
}

int journal_append(struct journal *j, enum journal_kind kind, uint8_t flags, uint32_t source,
                   uint64_t time, const void *p, uint32_t len)
{
    if (j->sizing) {
        j->repeat_size += journal_frame_size(len);
        return 0;
    }
    uint8_t *dst = journal_reserve(j, len);
    if (dst == NULL)
        return -1;
    if (len > 0)
        memcpy(dst, p, len);
    journal_commit(j, kind, flags, source, time, len);
    return 0;
}

bool journal_writable(struct journal *j)
{
    return journal_reserve(j, j->refused_len ? j->refused_len : UINT16_MAX) != NULL;
}

void journal_wake(struct journal *j)
{
    if (j->dirty) {
        j->dirty = false;
        /* Sequentially consistent, as are the reader's `sleepers` and load of `wakes`: one of
         * the two sees the other, so that no wake-up is lost. */
        atomic_fetch_add(&j->wakes, 1);
        if (atomic_load(&j->sleepers) > 0)
            journal_wake_sleepers(j);
    }
    if (atomic_load_explicit(&j->trim_due, memory_order_relaxed) &&
        atomic_exchange_explicit(&j->trim_due, false, memory_order_acq_rel))
        journal_trim(j);
}

uint64_t journal_next_seq(const struct journal *j)
{
    return atomic_load_explicit(&j->end_seq, memory_order_relaxed);
}

/* Makes one closed segment durable; one that is deleted already needs it no more. */
static int sync_segment(const struct journal *j, uint64_t number)
{
    char name[JOURNAL_NAME_MAX];
    journal_segment_name(number, name);
    int fd = openat(j->dirfd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    int rc = fdatasync(fd);
    close(fd);
    return rc;
}

int journal_sync(struct journal *j)
{
    if (j->seg.p == NULL)
        return 0;
    for (; j->synced < j->seg.head.number; j->synced++) {
        if (sync_segment(j, j->synced) < 0)
            return -1;
    }
    return fdatasync(j->seg.fd) < 0 || fsync(j->dirfd) < 0 ? -1 : 0;
}

uint32_t journal_new_source(struct journal *j)
{
    return j->next_source++;
}

void journal_get_stats(const struct journal *j, struct journal_stats *s)
{
    uint64_t last = atomic_load_explicit(&j->last_segment, memory_order_relaxed);
    *s = (struct journal_stats){
        .frames = j->frames,
        .bytes = j->bytes,
        .next_seq = j->next_seq,
        .segments = j->info_cnt,
        .size = j->disk_size,
        .dropped_segments = j->dropped,
        .end = {.segment = last,
                .off = atomic_load_explicit(&j->end, memory_order_relaxed) - j->last_base,
                .seq = j->next_seq},
    };
}
