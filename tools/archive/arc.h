/* SPDX-License-Identifier: BSD-2-Clause */
/* arc: archives as files lie in folders: found, told apart, in order. Floor F4.
 *
 * A file is what its records say: a RIB dump or updates, of the time of its first record. Names
 * only say which slots there should be. Files belong together (a group) when their folders are
 * the same but for dates and words like UPDATES or RIBS, so that the layouts of RIS,
 * RouteViews, per-peer and per-router archives and other patterns come out right; files named
 * one by one are one group. */
#ifndef RIBTAPE_TOOLS_ARCHIVE_ARC_H
#define RIBTAPE_TOOLS_ARCHIVE_ARC_H

#include "mrt/read.h"

enum arc_kind {
    ARC_UPDATES,
    ARC_DUMP,
    ARC_EMPTY, /* no octets: a slot in which nothing came */
};

struct arc_file {
    char *path; /* owned */
    enum arc_kind kind;
    bool part;        /* its name ends in .part: being written, or left over */
    uint64_t time_ns; /* of the first record; else of the name */
    uint64_t named_s; /* the time in its name, UTC; 0: none */
};

struct arc_group {
    char *name; /* the folder, "" for files named one by one; owned */
    struct arc_file *v;
    size_t cnt, cap;
};

/* What is wrong with a file. */
#define ARC_FAULT_MAP(X)                                                                       \
    X(UNREADABLE, "unreadable") /* can't be opened, or can't be decompressed at all */         \
    X(DAMAGE, "damage")         /* octets that are no record, a cut file, a broken stream */   \
    X(DIGEST, "digest")         /* not what the .sha256 beside it says */                      \
    X(LEFT_OVER, "left-over")   /* a .part that nobody writes any more */                      \
    X(FOREIGN, "not-mrt")       /* no MRT */

#define ARC_FAULT_ENUM(NAME, text) ARC_##NAME,
enum arc_fault { ARC_FAULT_MAP(ARC_FAULT_ENUM) };

/* Told of each fault; `off` counts in the decompressed file. */
typedef void arc_tell(void *arg, enum arc_fault fault, const char *path, uint64_t off,
                      const char *text);

struct arc {
    struct arc_group *v;
    size_t cnt, cap;
    arc_tell *tell;
    void *arg;
    bool digests; /* check the .sha256 beside each file */
    bool failed;  /* memory ran out */
};

/* Adds a file, or all files below a folder. `a` begins with tell, arg and digests set and the
 * rest zero. Returns false when `path` can't be read (told). */
bool arc_add(struct arc *a, const char *path);

/* Puts each group's files in order and tells of .part files that are left over. */
void arc_sort(struct arc *a);

void arc_free(struct arc *a);

/* Returns the time that a path's digits say (YYYYMMDD.HHMM[SS] in any dress, or seconds since
 * the epoch), UTC, in seconds since the epoch; 0: none. */
uint64_t arc_named_time(const char *path);

/* Writes the name of a path's group: its folder without dates and kinds. `dst` has room for
 * strlen(path) + 1. */
void arc_group_name(char *dst, const char *path);

/* Returns whether a group's folder is below another's, both of the same view (the last folder,
 * adj-rib-in-post/ ..., where there is one). */
bool arc_group_is_below(const char *name, const char *above);

/* ---- reading ---- */

/* One file being read. */
struct arc_in {
    const struct arc_file *file; /* borrowed */
    struct window *in;
    struct mrt_reader reader;
    arc_tell *tell;
    void *arg;
};

/* Opens a file. Returns false when it can't be (told). A .part whose end came meanwhile is
 * opened under its final name. */
bool arc_open(struct arc_in *in, const struct arc_file *f, arc_tell *tell, void *arg);

/* Fetches the next record, as mrt_reader_next; damage is told. The end of a .part is where its
 * writer is: no damage. */
int arc_next(struct arc_in *in, struct mrt_record *rec);

void arc_close(struct arc_in *in);

#endif
