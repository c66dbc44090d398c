/* SPDX-License-Identifier: BSD-2-Clause */
/* journal: the append-only frames between one ingest thread and its readers. Floor F0.
 *
 * A journal is a folder of preallocated, memory-mapped segment files, `%016x.seg`, numbered
 * from 0 up. One thread writes; any number of threads (or processes, the CLI among them) read,
 * without a lock. A frame is committed by a release store of its `len`; readers acquire-load
 * it. Zero means: nothing there yet.
 *
 * A segment that is full ends in a frame of kind JOURNAL_SEAL; the next segment begins with a
 * repeat of the live sources (kind SOURCE, flag JOURNAL_REPEAT, then their context frames with
 * the same flag), so that each segment stands alone. A reader that comes from the segment
 * before skips frames with that flag; one that starts at the segment learns from them. So a
 * reader that resumes at a place inside a segment and needs the contexts attaches at offset 0
 * of that segment and passes over the frames whose seq is below its own.
 *
 * After SIGKILL nothing committed is missing. After a power failure the end may be torn or have
 * holes: what is sound is kept, what is not is skipped and counted. */
#ifndef RIBTAPE_BASE_JOURNAL_JOURNAL_H
#define RIBTAPE_BASE_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

enum journal_kind {
    JOURNAL_NONE = 0,
    JOURNAL_SEAL = 1,     /* end of segment; no payload */
    JOURNAL_SOURCE = 2,   /* source declared: payload is schemas/track/source.h's */
    JOURNAL_GONE = 3,     /* source gone: payload is a reason text */
    JOURNAL_BGP_RECV = 4, /* one BGP message received, header included */
    JOURNAL_BGP_SENT = 5, /* one BGP message sent (OPEN, NOTIFICATION, ROUTE-REFRESH) */
    JOURNAL_STATE = 6,    /* session state change: two octets old and new, then a reason text */
    JOURNAL_BMP = 7,      /* one BMP message received, common header included */
    JOURNAL_LOST = 8,     /* counted loss: eight octets count, then a reason text */
    JOURNAL_START = 9,    /* the writer began anew: what it knew of ended sources is forgotten */
    JOURNAL_COUNTS = 10,  /* repeated alone: how many frames each address has had so far, so that
                             who misses segments knows whose frames they held */
};

enum journal_flags {
    JOURNAL_REPEAT = 1 << 0, /* repeated at the start of a segment */
};

/* As stored, native byte order, 8-aligned; the payload follows, then padding to 8 octets. */
struct journal_frame {
    uint32_t len;  /* payload octets + 1, committed by a release store; 0: not there yet */
    uint8_t kind;  /* enum journal_kind */
    uint8_t flags; /* enum journal_flags */
    uint16_t reserved;
    uint32_t source; /* source id, unique in the journal's life; 0 when none */
    uint32_t check;  /* CRC-32C, salted per segment, of all of the frame but this word */
    uint64_t time;   /* arrival, nanoseconds since the epoch, CLOCK_REALTIME */
    uint64_t seq;    /* from 1 up, gapless per journal over segments and restarts; seals and
                        repeats carry the number of the frame that comes next */
};

/* What a reader gets: a borrowed view, valid until the next journal_read or journal_release. */
struct journal_view {
    enum journal_kind kind;
    uint8_t flags;
    uint32_t source;
    uint64_t time;
    uint64_t seq;
    const uint8_t *p;
    uint32_t len;
    uint64_t lost; /* JOURNAL_READ_SKIPPED: how many frames are missing before `seq` */
};

/* A place between two frames. Ordered by segment, then offset. */
struct journal_pos {
    uint64_t segment;
    uint64_t off; /* 0: the segment's first frame */
    uint64_t seq; /* of the frame that comes next; 0: not known. Kept with a cursor it lets the
                     reader count what was lost when the segment is gone */
};

/* ---- writer: one thread ---- */

struct journal;

/* What the writer calls at each new segment: append the live sources and their context by
 * journal_append with JOURNAL_REPEAT. Called twice with the same result expected, first to
 * learn the size (nothing is written then): a segment is made larger when the repeats ask for
 * it. */
typedef void journal_repeat_fn(struct journal *j, void *arg);

struct journal_options {
    const char *dir;       /* created when absent */
    uint64_t segment_size; /* octets; 0: 16 MiB */
    uint64_t limit;        /* octets of all segments on disk; 0: 1 GiB; at least two segments */
    bool drop_oldest; /* at the limit delete the oldest segment instead of refusing to append */
    bool tell_start;  /* when something is there already, go on with a JOURNAL_START */
    journal_repeat_fn *repeat;
    void *repeat_arg;
};

/* Opens or creates the journal for writing, takes a lock (another writer: EBUSY), scans the
 * last segment and goes on after its last sound frame (in a new segment when this one is
 * damaged). Sources that were live when the last writer died get a JOURNAL_GONE frame, before the
 * JOURNAL_START. Returns NULL with errno and a message `FOLDER: reason` in err (err_len octets). */
struct journal *journal_open(const struct journal_options *o, char *err, size_t err_len);

/* Unlocks and frees; all readers must be gone. Durable against SIGKILL, not against power loss
 * (journal_sync). NULL is allowed. */
void journal_close(struct journal *j);

/* Reserves `len` octets of payload for a frame. Returns where to put them, or NULL with errno:
 * ENOSPC (disk full at segment creation), EDQUOT (at the limit: block), EMSGSIZE (over segment
 * size). Nothing is committed. */
uint8_t *journal_reserve(struct journal *j, uint32_t len);

/* Commits the reserved frame with its first `len` octets. Never fails. Wakes sleeping readers
 * only at journal_wake. */
void journal_commit(struct journal *j, enum journal_kind kind, uint8_t flags, uint32_t source,
                    uint64_t time, uint32_t len);

/* Reserve, copy, commit. Returns 0, or -1 with errno as journal_reserve. */
MUST_USE int journal_append(struct journal *j, enum journal_kind kind, uint8_t flags,
                            uint32_t source, uint64_t time, const void *p, uint32_t len);

/* Wakes readers that wait, and deletes the segments they have released. Call once per turn of
 * the event loop, not per frame. */
void journal_wake(struct journal *j);

/* Makes everything committed so far durable against power loss (fdatasync). Slow. Returns 0, or
 * -1 with errno. */
int journal_sync(struct journal *j);

/* Allows segments to be deleted. Call once, when every reader that must not miss anything has
 * attached: until then all are kept, so that a reader that attaches late finds its place. Any
 * thread. */
void journal_start_trimming(struct journal *j);

/* Retries after ENOSPC/EDQUOT: returns true when the append that failed (else one of 65,535
 * octets) would succeed now. */
bool journal_writable(struct journal *j);

struct journal_stats {
    uint64_t frames, bytes; /* appended since open, repeats not counted; bytes of payload */
    uint64_t next_seq;
    uint64_t segments, size;   /* on disk now */
    uint64_t dropped_segments; /* by drop_oldest */
    struct journal_pos end;
};
void journal_get_stats(const struct journal *j, struct journal_stats *s);

/* The number that the next frame will have. Any thread; what a reader has seen is below it. */
uint64_t journal_next_seq(const struct journal *j);

/* Returns a source id never used before in this journal. */
uint32_t journal_new_source(struct journal *j);

/* ---- readers: one thread each ---- */

struct journal_reader;

/* Attaches a reader inside the writing process. `name` names it in the statistics (copied, 31
 * octets). The segments from `from` on are kept until it has passed them
 * (journal_reader_release); to restart a reader, attach the new one before freeing the old.
 * `from` is clamped: {0} is the oldest, a place beyond the end is the end. When its segment is
 * gone, reading starts at the oldest, after JOURNAL_READ_SKIPPED if from.seq was known.
 * Thread-safe. NULL with errno when memory or descriptors run out. */
struct journal_reader *journal_reader_attach(struct journal *j, const char *name,
                                             struct journal_pos from);

/* Opens a reader on a folder without a writer in this process (the CLI, tests); nothing is kept
 * or deleted for it. NULL with errno. */
struct journal_reader *journal_reader_open(const char *dir, struct journal_pos from);

/* Detaches and frees; what only this reader held back may be deleted. NULL is allowed. */
void journal_reader_free(struct journal_reader *r);

enum journal_read {
    JOURNAL_READ_FRAME,
    JOURNAL_READ_END,     /* nothing there yet */
    JOURNAL_READ_SKIPPED, /* segments dropped or frames damaged: view->lost frames are missing,
                             it goes on at view->seq; the rest of the view is empty */
    JOURNAL_READ_ERROR,   /* errno; a later call tries again */
};

/* Fetches the next frame as a borrowed view. Repeated frames are delivered only where the
 * reader starts or skipped. */
enum journal_read journal_read(struct journal_reader *r, struct journal_view *view);

/* Waits until the writer's next journal_wake after the read that returned JOURNAL_READ_END,
 * until `timeout_ms` passes (below 0: for ever), or until journal_reader_interrupt is called
 * (also before). A reader without a writer in this process returns after 50 ms at most. */
void journal_reader_wait(struct journal_reader *r, int timeout_ms);
void journal_reader_interrupt(struct journal_reader *r); /* any thread */

/* Where the next frame will be read. */
struct journal_pos journal_reader_pos(const struct journal_reader *r);

/* Tells that everything before `pos` is durably consumed: its segments may be deleted at the
 * writer's next journal_wake. Any thread. */
void journal_reader_release(struct journal_reader *r, struct journal_pos pos);

struct journal_reader_stats {
    const char *name;
    uint64_t frames;      /* read */
    uint64_t next_seq;    /* of the next frame to read; 0: nothing read yet */
    uint64_t lost_frames; /* skipped because segments were dropped or damaged */
    uint64_t lag_bytes;   /* of segments, behind the writer; 0 without a writer */
};
void journal_reader_get_stats(const struct journal_reader *r,
                              struct journal_reader_stats *s); /* any thread */

#endif
