/* SPDX-License-Identifier: BSD-2-Clause */
/* verify: `ribtape verify`, what its files share. Floor F4; internal to verify*.c.
 *
 * Updates are played up to each dump's time; then the dump is read into shadows beside the
 * peers' routes and both are walked. What the dump says is the start for the next one, so that
 * one difference is told once. */
#ifndef RIBTAPE_TOOLS_VERIFY_VERIFY_H
#define RIBTAPE_TOOLS_VERIFY_VERIFY_H

#include "tools/archive/arc_play.h"
#include "tools/verify/verify_keys.h"

/* What a difference is: NAME, name in reports, text, whether it is one (else a remark). */
#define VERIFY_CLASS_MAP(X)                                                                    \
    X(ADDED, "not-in-updates", "in the dump, but not by the updates", true)                    \
    X(MISSING, "not-in-dump", "by the updates, but not in the dump", true)                     \
    X(ATTRIBUTES, "attributes", "attributes differ", true)                                     \
    X(LEFT_OUT, "left-out", "the dump leaves attributes out", true)                            \
    X(NO_PEER, "peer-not-in-dump", "by the updates, but the dump has no such peer", true)      \
    X(SILENT, "silent-peer", "the dump changed, but the updates never name the peer", true)    \
    X(TIMING, "timing", "changed within a minute of the dump's time", true)                    \
    X(OCTETS, "other-octets", "the same attributes in other octets", false)                    \
    X(SINCE, "other-time", "announced at another time", false)                                 \
    X(SLACK, "within-slack", "changed within --slack of the dump's time", false)               \
    X(STALE, "stale", "kept over a restart by the updates, but not by the collector", false)

#define VERIFY_ENUM(NAME, name, text, counts) VERIFY_##NAME,
enum verify_class { VERIFY_CLASS_MAP(VERIFY_ENUM) VERIFY_CLASSES };

const char *verify_class_name(enum verify_class c);
const char *verify_class_text(enum verify_class c);

struct verify_diff {
    enum verify_class what;
    struct mrt_peer who;
    unsigned family;
    uint64_t key;         /* verify_key */
    uint32_t time_s;      /* of the announcement, by the side that has it; 0: not given */
    char *nlri;           /* JSON, owned, as are the attributes: */
    char *updates, *dump; /* of either side; NULL: no route there */
    const char *path;     /* of the file that holds the side that is there; NULL: not found */
    uint64_t off;
};

/* One dump held against the updates before it. */
struct verify_pair {
    const struct arc_group *group;
    const struct arc_file *file; /* the dump's first */
    uint32_t from_s, time_s;     /* the dump before, 0: none; this one */
    uint64_t peers, routes;      /* in the dump */
    uint64_t compared_peers,
        compared; /* of peers that were known before; their routes by the dump */
    uint64_t cnt[VERIFY_CLASSES];
    uint64_t no_peer, odd;    /* entries that name no peer; that nobody can tell apart */
    uint64_t alike;           /* rows alike that were matched by what they hold */
    struct verify_diff *diff; /* owned; those to be told */
    size_t diff_cnt, diff_cap;
};

struct verify_fault {
    enum arc_fault kind;
    char *path, *text; /* owned */
    uint64_t off;
};

/* Slots that should be there and are not. */
struct verify_gap {
    const struct arc_group *group;
    uint64_t from_s, to_s;
    uint32_t crossed; /* peers whose session went on over it */
    bool proven;      /* dumps before and after it agree */
};

struct verify_options {
    bool json, all, strict;
    uint32_t slack_s;
};

/* A group's order of records, and what it did without. */
struct verify_group {
    const struct arc_group *group;
    uint64_t updates, dumps, records;
    uint64_t from_ns, to_ns; /* of its records */
    uint64_t back;           /* records earlier than one before them */
    uint64_t back_ns;        /* the most */
    const char *back_path;   /* the first */
    uint64_t back_off;
    uint64_t peers, stateless; /* peers of the updates; those without a state change */
    uint64_t no_state;         /* sessions that began anew without one */
};

struct verify {
    struct verify_options o;
    struct arc arc;
    struct verify_group *groups; /* owned, as are all below; one per arc.v */
    size_t group_cnt;
    struct verify_pair *pairs;
    size_t pair_cnt, pair_cap;
    struct verify_fault *faults;
    size_t fault_cnt, fault_cap;
    struct verify_gap *gaps;
    size_t gap_cnt, gap_cap;
    bool failed; /* memory ran out */
};

enum { VERIFY_NEAR_S = 60, VERIFY_FIRST_DIFFS = 16, VERIFY_ALL_DIFFS = 1 << 20 };

/* Plays and compares one group. */
void verify_run(struct verify *v, const struct arc_group *g, struct verify_group *vg);

/* Looks at the names of a group's updates files for slots that have none; adds to v->gaps. */
void verify_find_gaps(struct verify *v, const struct arc_group *g);

/* ---- comparing (verify_compare.c) ---- */

/* Holds shadows against tables. Adds to *pair, and each difference's key to *suspects. Returns
 * 0, or -1 when memory runs out. */
MUST_USE int verify_compare(const struct verify *v, struct play *p, struct verify_pair *pair,
                            const struct verify_keys *recent, struct verify_keys *suspects);

/* Matches rows that are alike with peers by what they hold. Returns as above. */
MUST_USE int verify_match(struct play *p, struct verify_pair *pair);

/* Finds where in the files the told differences are (verify_place.c). */
void verify_place(const struct verify *v, struct verify_pair *pair);

/* Returns a key of a peer's route: what identifies it, hashed. 0: it has none. */
uint64_t verify_key(const struct mrt_peer *who, const struct nlri *n);

/* ---- reporting (verify_report.c) ---- */

void verify_report_group(const struct verify *v, const struct arc_group *g);
void verify_report_pair(const struct verify *v, const struct verify_pair *pair);
int verify_report_end(const struct verify *v); /* returns the exit status */

/* Returns how many differences a pair has. */
uint64_t verify_differences(const struct verify *v, const struct verify_pair *pair);

#endif
