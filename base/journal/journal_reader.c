/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_reader: attach, read, wait. Floor F0. */
#include "base/journal/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- segments ---- */

/* Adds to a counter that this thread alone writes: no locked instruction is needed. */
static void count(_Atomic uint64_t *v, uint64_t n)
{
    uint64_t old = atomic_load_explicit(v, memory_order_relaxed);
    atomic_store_explicit(v, old + n, memory_order_relaxed);
}

static void note_place(struct journal_reader *r)
{
    atomic_store_explicit(&r->place, r->seg.head.base + r->off, memory_order_relaxed);
}

/* Maps the segment to read, or the next one there is. Returns 1, 0 when there is none yet, -1
 * with errno. */
static int map_segment(struct journal_reader *r)
{
    while (journal_segment_open(&r->seg, r->dirfd, r->number, false) != 0) {
        uint64_t n = r->number + 1; /* not even a header: the gap in seq tells what is lost */
        if (errno != EBADMSG && errno != ENOENT)
            return -1;
        if (errno == ENOENT) {
            int rc = journal_find_segment(r->dirfd, r->number, &n);
            if (rc <= 0)
                return rc;
        }
        if (n != r->number)
            r->off = 0;
        r->number = n;
    }
    /* A place that can't be one (a damaged cursor): rather again than not at all. */
    if (r->off < JOURNAL_FIRST_OFF || r->off > r->seg.head.size ||
        r->off % JOURNAL_FRAME_ALIGN != 0)
        r->off = JOURNAL_FIRST_OFF;
    if (r->expect == 0 && r->off == JOURNAL_FIRST_OFF)
        r->expect = r->seg.head.first_seq; /* known even while the segment is empty */
    note_place(r);
    return 1;
}

static void next_segment(struct journal_reader *r)
{
    journal_segment_close(&r->seg);
    r->number++;
    r->off = 0;
    if (r->delivered)
        r->repeats = false;
}

/* Tells whether the writer has gone on to a later segment than ours. */
static bool is_closed(const struct journal_reader *r)
{
    uint64_t n;
    if (r->j != NULL)
        return r->number < atomic_load_explicit(&r->j->last_segment, memory_order_acquire);
    return journal_find_segment(r->dirfd, r->number + 1, &n) > 0;
}

/* ---- reading ---- */

/* Delivers the sound frame at r->off. Returns false when it is none of the caller's business
 * and reading goes on. */
static bool take_frame(struct journal_reader *r, struct journal_view *view,
                       enum journal_read *result)
{
    const struct journal_frame *f = journal_frame_at(&r->seg, r->off);
    if (r->expect != 0 && f->seq > r->expect) { /* whatever the reason: these are missing */
        *view = (struct journal_view){.seq = f->seq, .lost = f->seq - r->expect};
        count(&r->lost, view->lost);
        r->expect = f->seq;
        r->repeats = true;
        r->delivered = false;
        *result = JOURNAL_READ_SKIPPED;
        return true;
    }
    bool repeat = f->flags & JOURNAL_REPEAT;
    bool counts = !repeat && f->kind != JOURNAL_SEAL;
    r->expect = f->seq + (counts ? 1 : 0);
    if (f->kind == JOURNAL_SEAL) {
        next_segment(r);
        return false;
    }
    *view = (struct journal_view){
        .kind = (enum journal_kind)f->kind,
        .flags = f->flags,
        .source = f->source,
        .time = f->time,
        .seq = f->seq,
        .p = (const uint8_t *)f + JOURNAL_FRAME_HEAD,
        .len = f->len - 1,
    };
    r->off += journal_frame_size(f->len - 1);
    if (repeat && !r->repeats)
        return false;
    r->delivered = true;
    *result = JOURNAL_READ_FRAME;
    count(&r->frames, 1);
    atomic_store_explicit(&r->next_seq, r->expect, memory_order_relaxed);
    note_place(r);
    return true;
}

/* No sound frame at r->off: the end so far, or damage. Returns whether reading goes on. */
static bool pass_gap(struct journal_reader *r)
{
    /* The order of these loads is the point: what was committed before the wake-up that we
     * count as seen is seen below; what was written before the segment was closed as well. */
    uint64_t wakes = r->j != NULL ? atomic_load(&r->j->wakes) : 0;
    bool closed = is_closed(r);
    enum journal_frame_state state = journal_frame_state(&r->seg, r->off);
    if (state == FRAME_SOUND)
        return true;
    if (state == FRAME_BAD || closed) {
        uint64_t off = journal_resync(&r->seg, r->off, r->expect);
        if (off != 0) {
            r->off = off;
            return true;
        }
    }
    if (closed) {
        next_segment(r);
        return true;
    }
    r->seen_wakes = wakes;
    return false;
}

enum journal_read journal_read(struct journal_reader *r, struct journal_view *view)
{
    enum journal_read result;
    for (;;) {
        if (r->seg.p == NULL) {
            uint64_t wakes = r->j != NULL ? atomic_load(&r->j->wakes) : 0;
            int rc = map_segment(r);
            if (rc < 0)
                return JOURNAL_READ_ERROR;
            if (rc == 0) {
                r->seen_wakes = wakes;
                return JOURNAL_READ_END;
            }
        }
        journal_segment_passed(&r->seg, r->off);
        if (journal_frame_state(&r->seg, r->off) == FRAME_SOUND) {
            if (take_frame(r, view, &result))
                return result;
        } else if (!pass_gap(r)) {
            return JOURNAL_READ_END;
        }
    }
}

/* ---- waiting ---- */

void journal_reader_wait(struct journal_reader *r, int timeout_ms)
{
    enum { POLL_MS = 50 }; /* nobody wakes a reader of another process */
    struct pollfd fd = {.fd = r->wake_fd, .events = POLLIN};
    if (r->j == NULL) {
        poll(&fd, 1, timeout_ms < 0 || timeout_ms > POLL_MS ? POLL_MS : timeout_ms);
    } else {
        /* Say that we sleep, then look once more; the writer counts the wake, then looks
         * whether anyone sleeps. All sequentially consistent, so one of the two sees. */
        atomic_store(&r->sleeping, true);
        atomic_fetch_add(&r->j->sleepers, 1);
        if (atomic_load(&r->j->wakes) == r->seen_wakes)
            poll(&fd, 1, timeout_ms);
        atomic_store(&r->sleeping, false);
        atomic_fetch_sub(&r->j->sleepers, 1);
    }
    eventfd_t count;
    (void)eventfd_read(r->wake_fd, &count); /* non-blocking */
}

void journal_reader_interrupt(struct journal_reader *r)
{
    (void)eventfd_write(r->wake_fd, 1);
}

void journal_wake_sleepers(struct journal *j)
{
    pthread_mutex_lock(&j->lock);
    for (struct journal_reader *r = j->readers; r != NULL; r = r->next) {
        if (atomic_exchange(&r->sleeping, false))
            (void)eventfd_write(r->wake_fd, 1);
    }
    pthread_mutex_unlock(&j->lock);
}

/* ---- life ---- */

static struct journal_reader *reader_new(struct journal_pos from)
{
    struct journal_reader *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->seg.fd = r->dirfd = -1;
    r->number = from.segment;
    r->off = from.off;
    r->expect = from.seq;
    r->repeats = true;
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->wake_fd >= 0)
        return r;
    free(r);
    return NULL;
}

/* Brings a place beyond the end back to the end. Under the lock. */
static void clamp_to_end(const struct journal *j, struct journal_reader *r)
{
    uint64_t last = atomic_load_explicit(&j->last_segment, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&j->end, memory_order_acquire) - j->last_base;
    if (r->number > last || (r->number == last && r->off > end)) {
        r->number = last;
        r->off = end;
        r->expect = 0; /* after a power failure numbers may be given again */
    }
}

/* Learns which frame comes first, so that what is dropped between now and the first read is
 * counted. */
static void learn_expect(struct journal_reader *r)
{
    if (map_segment(r) == 0) /* no segment was made since the writer opened the journal */
        r->expect = r->expect ? r->expect : r->j->open_seq;
    if (r->seg.p == NULL || r->expect != 0)
        return;
    if (r->off == JOURNAL_FIRST_OFF)
        r->expect = r->seg.head.first_seq;
    else if (journal_frame_state(&r->seg, r->off) == FRAME_SOUND)
        r->expect = journal_frame_at(&r->seg, r->off)->seq;
}

struct journal_reader *journal_reader_attach(struct journal *j, const char *name,
                                             struct journal_pos from)
{
    struct journal_reader *r = reader_new(from);
    if (r == NULL)
        return NULL;
    r->j = j;
    r->dirfd = j->dirfd;
    snprintf(r->name, sizeof r->name, "%s", name);
    pthread_mutex_lock(&j->lock);
    clamp_to_end(j, r);
    atomic_store_explicit(&r->released, r->number, memory_order_relaxed);
    r->next = j->readers;
    j->readers = r;
    pthread_mutex_unlock(&j->lock);
    learn_expect(r); /* a failure comes again at the first read */
    return r;
}

struct journal_reader *journal_reader_open(const char *dir, struct journal_pos from)
{
    struct journal_reader *r = reader_new(from);
    if (r == NULL)
        return NULL;
    r->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->dirfd >= 0)
        return r;
    int saved = errno;
    journal_reader_free(r);
    errno = saved;
    return NULL;
}

static void detach(struct journal_reader *r)
{
    struct journal *j = r->j;
    pthread_mutex_lock(&j->lock);
    struct journal_reader **at = &j->readers;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    pthread_mutex_unlock(&j->lock);
    atomic_store_explicit(&j->trim_due, true, memory_order_release);
}

void journal_reader_free(struct journal_reader *r)
{
    if (r == NULL)
        return;
    if (r->j != NULL)
        detach(r);
    else if (r->dirfd >= 0)
        close(r->dirfd);
    journal_segment_close(&r->seg);
    close(r->wake_fd);
    free(r);
}

struct journal_pos journal_reader_pos(const struct journal_reader *r)
{
    return (struct journal_pos){.segment = r->number, .off = r->off, .seq = r->expect};
}

void journal_reader_release(struct journal_reader *r, struct journal_pos pos)
{
    uint64_t before = atomic_load_explicit(&r->released, memory_order_relaxed);
    if (pos.segment <= before)
        return;
    atomic_store_explicit(&r->released, pos.segment, memory_order_relaxed);
    if (r->j != NULL)
        atomic_store_explicit(&r->j->trim_due, true, memory_order_release);
}

void journal_reader_get_stats(const struct journal_reader *r, struct journal_reader_stats *s)
{
    uint64_t place = atomic_load_explicit(&r->place, memory_order_relaxed);
    uint64_t end = r->j != NULL ? atomic_load_explicit(&r->j->end, memory_order_relaxed) : 0;
    *s = (struct journal_reader_stats){
        .name = r->name,
        .frames = atomic_load_explicit(&r->frames, memory_order_relaxed),
        .next_seq = atomic_load_explicit(&r->next_seq, memory_order_relaxed),
        .lost_frames = atomic_load_explicit(&r->lost, memory_order_relaxed),
        .lag_bytes = end > place ? end - place : 0,
    };
}
