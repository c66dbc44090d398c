/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_format: the segment file, as writer and readers share it. Floor F0; internal to the
 * journal_*.c files.
 *
 *     0                72
 *     | segment header | frame | frame | ... | SEAL | zero or left-over octets |
 *
 * The length word behind the last committed frame is always zero, whatever lies behind it: each
 * commit clears the next one first. */
#ifndef RIBTAPE_BASE_JOURNAL_JOURNAL_FORMAT_H
#define RIBTAPE_BASE_JOURNAL_JOURNAL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/journal/journal.h"

enum {
    JOURNAL_VERSION = 1,
    JOURNAL_FRAME_ALIGN = 8,
    JOURNAL_FRAME_HEAD = sizeof(struct journal_frame),
    JOURNAL_WINDOW = 1 << 20, /* octets in memory round a cursor */
    JOURNAL_NAME_MAX = 32,
};

/* As stored, native byte order. A file with another order or version is refused. */
struct journal_segment_head {
    char magic[8];    /* "RIBTAPEJ" */
    uint32_t version; /* JOURNAL_VERSION */
    uint32_t order;   /* 0x01020304 as the writer's machine stores it */
    uint64_t size;    /* of the file */
    uint64_t number;
    uint64_t first_seq;   /* of the first frame that is no repeat */
    uint64_t base;        /* octets of all segments before this one, for lags */
    uint64_t created;     /* nanoseconds since the epoch */
    uint32_t next_source; /* source ids from here on were not used in earlier segments */
    uint32_t salt;        /* random: what a peer sends can't be made to look like a frame */
    uint32_t reserved;
    uint32_t check; /* CRC-32C of all before this word */
};

_Static_assert(sizeof(struct journal_frame) == 32, "frame header layout");
_Static_assert(sizeof(struct journal_segment_head) == 72, "segment header layout");

/* A mapped segment. `p` is written through only by the writer. */
struct journal_segment {
    int fd;
    uint8_t *p; /* NULL: not mapped */
    struct journal_segment_head head;
    uint64_t window; /* octets before this offset were given back to the page cache */
    bool writable;
};

enum journal_frame_state { FRAME_NONE, FRAME_SOUND, FRAME_BAD };

/* Returns the octets a frame of `len` payload octets takes in a segment. */
static inline uint64_t journal_frame_size(uint32_t len)
{
    return ((uint64_t)JOURNAL_FRAME_HEAD + len + JOURNAL_FRAME_ALIGN - 1) &
           ~(uint64_t)(JOURNAL_FRAME_ALIGN - 1);
}

/* Returns the frame at `off`, which the caller knows to lie inside, 8-aligned. */
static inline struct journal_frame *journal_frame_at(const struct journal_segment *s,
                                                     uint64_t off)
{
    return (struct journal_frame *)(void *)(s->p + off);
}

/* Acquire: pairs with journal_len_store, so that who sees the length sees the frame. */
static inline uint32_t journal_len_load(const struct journal_frame *f)
{
    return __atomic_load_n(&f->len, __ATOMIC_ACQUIRE);
}

static inline void journal_len_store(struct journal_frame *f, uint32_t len)
{
    __atomic_store_n(&f->len, len, __ATOMIC_RELEASE);
}

/* Returns the checksum of a frame whose length word is `len_word` (stored or about to be). */
uint32_t journal_frame_check(const struct journal_segment_head *h,
                             const struct journal_frame *f, uint32_t len_word);

/* Tells what is at `off` (8-aligned): no frame, a sound one, or something else. */
enum journal_frame_state journal_frame_state(const struct journal_segment *s, uint64_t off);

/* Returns the offset of the first sound frame after `off` with a seq of at least `seq`, or 0
 * when there is none. Slow: for damage only. */
uint64_t journal_resync(const struct journal_segment *s, uint64_t off, uint64_t seq);

/* Writes the file name of a segment (journal_NAME_MAX octets at `name`). */
void journal_segment_name(uint64_t number, char name[JOURNAL_NAME_MAX]);

/* Calls `fn` for each segment in the folder, in no order, until it returns something else than 0.
 * Returns that, 0, or -1 with errno. */
int journal_each_segment(int dirfd, int (*fn)(void *arg, uint64_t number), void *arg);

/* Finds the lowest segment in the folder numbered `from` or higher. Returns 1 found, 0 none, -1
 * with errno. */
int journal_find_segment(int dirfd, uint64_t from, uint64_t *number);

/* Opens and maps segment `number`. Returns 0, or -1 with errno: EBADMSG when the header is not
 * sound, EPROTO when it is of another version or byte order. */
MUST_USE int journal_segment_open(struct journal_segment *s, int dirfd, uint64_t number,
                                  bool writable);

/* Preallocates and maps a new file `name` with the header `s->head` (magic, check and salt are
 * filled in). Returns 0, or -1 with errno and no file left. */
MUST_USE int journal_segment_create(struct journal_segment *s, int dirfd, const char *name);

/* Unmaps and closes; harmless on a segment not open. */
void journal_segment_close(struct journal_segment *s);

/* Gives whole windows before `off` back to the page cache, so that a long segment does not
 * count as the process's memory, and faults the writer's next one in. */
void journal_segment_passed(struct journal_segment *s, uint64_t off);

#endif
