/* SPDX-License-Identifier: BSD-2-Clause */
/* archive_file: the files of the current slot, from `.part` to their final names. Floor F4.
 *
 * One file per folder and slot. While its slot lasts it is NAME.part; it gets its final name
 * after the checkpoint that covers it is durable, and is never touched again but for one case:
 * after a stop in the middle of a slot, the next start in the same slot makes it a `.part`
 * again and appends a member.
 *
 * Exactly once: a checkpoint's state lists every open file with its length. What is beyond that
 * length after a crash is cut off, and the journal delivers it again. */
#ifndef RIBTAPE_COLLECTOR_ARCHIVE_ARCHIVE_FILE_H
#define RIBTAPE_COLLECTOR_ARCHIVE_ARCHIVE_FILE_H

#include "base/buf.h"
#include "base/log.h"
#include "base/stream/stream.h"
#include "base/wr.h"
#include "collector/archive/archive_name.h"

enum { ARCHIVE_OPEN_MAX = 64 }; /* streams that are open at once */

/* The file of one folder in the current slot. */
struct arch_file {
    struct arch_file *next;          /* in the hash chain */
    struct arch_file *newer, *older; /* among the open ones */
    struct stream_out *out;          /* NULL: not open now */
    char *folder;                    /* as archive_folder makes it; owned */
    char *name;                      /* final path; owned; NULL: no file in this slot yet */
    uint64_t len;                    /* octets on disk up to the last whole member */
    struct buf pending;              /* records that are not in the stream yet */
    bool is_final;                   /* it lies under its final name since a clean stop */
    bool dirty;                      /* `out` holds more than `len` says */
    bool unsynced, dir_unsynced;     /* fsync is owed */
};

/* A file whose slot is over, waiting for the checkpoint. */
struct arch_done {
    char *name; /* final path; owned */
    uint64_t len;
};

struct arch_files {
    const struct config *cfg; /* borrowed */
    enum archive_what what;
    const struct log *log;
    struct arch_file **table; /* by hash of the folder */
    unsigned table_len, cnt;  /* a power of two; files in it */
    uint64_t key[2];
    struct arch_file *newest, *oldest;
    unsigned open_cnt;
    uint64_t slot;       /* start of the current slot, seconds; 0: none yet */
    uint64_t generation; /* changes when pointers to files become invalid */
    struct arch_done *done;
    size_t done_cnt, done_cap;
    uint64_t finished;      /* files that got their final names */
    struct log_limit steps; /* lines about the clock */
    bool resumed; /* there was a state: parts it does not list hold nothing of worth */
};

/* Makes the set from a checkpoint's state (len 0: none): finishes what was to be finished, cuts
 * open parts to their length. `cfg` and `log` are borrowed. Returns 0, or -1 with a reason in
 * err (then arch_files_free is still due). */
MUST_USE int arch_files_open(struct arch_files *a, enum archive_what what,
                             const struct config *cfg, const struct log *log, const void *state,
                             size_t len, char *err, size_t err_len);

/* Goes back to a checkpoint's state (len 0: to the start), as arch_files_open. Pointers to
 * files become invalid. Returns 0, or -1 with errno and a reason. */
MUST_USE int arch_files_rewind(struct arch_files *a, const void *state, size_t len, char *err,
                               size_t err_len);

/* Closes and frees everything; nothing unfinished reaches the disk. */
void arch_files_free(struct arch_files *a);

/* Puts a record's time into the current slot or begins another. Slots that are over are never
 * written again: what comes late (another shard, a clock set back a little) goes into the
 * current one. A clock that was set back by more begins its slots anew, under free names.
 * Returns 0, or -1 with errno. */
MUST_USE int arch_files_enter(struct arch_files *a, uint64_t time_ns);

/* Returns whether the current slot is over, a moment of grace included, or none has begun. */
bool arch_files_over(const struct arch_files *a, uint64_t now_s);

/* Returns whether the current slot has a file, where every slot should have one. */
bool arch_files_begun(const struct arch_files *a);

/* Makes that file, without records, unless it is there. Returns 0, or -1 with errno. */
MUST_USE int arch_files_begin(struct arch_files *a);

/* Ends the current slot (its files, one at least where every slot has one, wait in `done`) and
 * begins another. Returns 0, or -1 with errno. */
MUST_USE int arch_files_roll(struct arch_files *a, uint64_t slot);

/* Returns the file of a folder in the current slot, NULL with errno. Valid until `generation`
 * changes. */
struct arch_file *arch_files_get(struct arch_files *a, const char *folder);

/* Makes room for a record of up to `n` octets, to be followed by arch_file_add. NULL with
 * errno. */
uint8_t *arch_file_room(struct arch_file *f, size_t n);

/* The first `n` octets of the room are a record. Returns 0, or -1 with errno. */
MUST_USE int arch_file_add(struct arch_files *a, struct arch_file *f, size_t n);

/* Makes all durable and appends the state. Returns 0, or -1 with errno. */
MUST_USE int arch_files_checkpoint(struct arch_files *a, struct buf *state);

/* After the cursor is durable: gives final names to what is done. Returns 0, or -1 with errno.
 */
MUST_USE int arch_files_settle(struct arch_files *a);

/* After a last checkpoint: gives final names to the files of the current slot too. */
void arch_files_finish(struct arch_files *a);

#endif
