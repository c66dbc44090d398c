/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_internal: what the writer shares with the readers attached to it. Floor F0; internal
 * to the journal_*.c files. */
#ifndef RIBTAPE_BASE_JOURNAL_JOURNAL_INTERNAL_H
#define RIBTAPE_BASE_JOURNAL_JOURNAL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/journal/journal_format.h"

/* A segment is made under this name and gets its own when it is complete. */
#define JOURNAL_TMP_NAME "next.tmp"

/* The frames' offsets start here in every segment. */
enum { JOURNAL_FIRST_OFF = sizeof(struct journal_segment_head) };

struct journal_segment_info {
    uint64_t number, size;
};

/* A set of source ids, small. */
struct journal_ids {
    uint32_t *ids; /* owned */
    size_t cnt, cap;
};

struct journal {
    /* The writer's own. */
    struct journal_segment seg; /* the one written to; seg.p NULL: none yet */
    uint64_t off;               /* where the next frame goes */
    uint64_t next_seq;
    uint64_t next_number, next_base; /* of the segment that follows */
    uint32_t next_source;
    uint32_t reserved_len;      /* payload octets of the reservation */
    uint32_t refused_len;       /* of the last reservation that failed; 0: none */
    struct journal_ids orphans; /* live when the last writer died; not yet told */
    bool start_due;             /* a JOURNAL_START is to be told behind them */
    uint64_t opened_ns;         /* when the journal was opened */
    uint64_t open_seq; /* next_seq then; not changed since, so any thread may read it */
    bool repeating;    /* inside the repeat callback */
    bool sizing;       /* its first pass: appends only add to `repeat_size` */
    uint64_t repeat_size;
    uint64_t frames, bytes, dropped;
    bool dirty;                         /* committed since the last wake */
    uint64_t synced;                    /* segments before this one are durable */
    struct journal_segment_info *infos; /* segments on disk, oldest first, `seg` last */
    size_t info_cnt, info_cap;
    uint64_t disk_size; /* sum of the infos' sizes */
    uint64_t segment_size, limit;
    bool drop_oldest;
    journal_repeat_fn *repeat;
    void *repeat_arg;
    int dirfd, lock_fd;

    /* Shared. */
    pthread_mutex_t lock; /* readers, last_base */
    struct journal_reader *readers;
    uint64_t last_base;            /* head.base of last_segment */
    _Atomic uint64_t last_segment; /* stored when its file has its name, and the SEAL is set */
    _Atomic uint64_t end;     /* head.base + off of the last commit, for lags and clamping */
    _Atomic uint64_t end_seq; /* next_seq, stored before the frame's commit */
    _Atomic uint64_t wakes;   /* seq_cst with `sleepers`: see journal_reader_wait */
    _Atomic uint32_t sleepers;
    _Atomic bool trimming; /* journal_start_trimming was called */
    _Atomic bool trim_due; /* some reader passed a segment */
};

struct journal_reader {
    struct journal *j; /* NULL: opened on a folder */
    struct journal_reader *next;
    char name[JOURNAL_NAME_MAX];
    int dirfd; /* borrowed from j when attached */
    int wake_fd;

    /* The reading thread's own. */
    struct journal_segment seg;
    uint64_t number; /* segment to read, mapped or not yet */
    uint64_t off;    /* next frame; 0: the first */
    uint64_t expect; /* seq of the next frame; 0: not known */
    bool repeats;    /* deliver repeated frames */
    bool delivered;  /* a frame since the start or the last skip */
    uint64_t seen_wakes;

    /* Shared. */
    _Atomic uint64_t released; /* segments before this one may go */
    _Atomic bool sleeping;
    _Atomic uint64_t frames, next_seq, lost, place; /* for statistics, relaxed */
};

/* ---- journal_scan.c ---- */

/* Finds the segments on disk and the end of the last one, removes left-overs. Fills infos,
 * next_*, last_*, end, orphans, and seg with off when writing can go on in the last segment.
 * Returns 0, or -1 with errno. */
MUST_USE int journal_scan(struct journal *j);

/* ---- journal_reader.c ---- */

/* Wakes the readers that sleep. */
void journal_wake_sleepers(struct journal *j);

/* Tells of the sources that were live when the last writer died, and then of the new start.
 * Returns 0, or -1 with errno and some of it still to be told. */
int journal_tell_restart(struct journal *j);

/* ---- journal_trim.c ---- */

/* Notes a segment on disk as the newest. Returns 0, or -1 with ENOMEM. */
MUST_USE int journal_info_add(struct journal *j, uint64_t number, uint64_t size);

/* Deletes the segments that every reader has released. */
void journal_trim(struct journal *j);

/* Makes room for `size` more octets under the limit. Returns 0, or -1 with EDQUOT. */
MUST_USE int journal_make_room(struct journal *j, uint64_t size);

#endif
