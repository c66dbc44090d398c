/* SPDX-License-Identifier: BSD-2-Clause */
/* retain: removes the archive's oldest files, by age and by size. Floor F4.
 *
 * Ours are files whose path below archive.dir is what the present options make of some time:
 * folder, pattern, number, suffix, and `.sha256` behind it. All else is somebody's and is never
 * touched, nor is anything that ends in `.part`. */
#ifndef RIBTAPE_COLLECTOR_ARCHIVE_RETAIN_H
#define RIBTAPE_COLLECTOR_ARCHIVE_RETAIN_H

#include "base/log.h"
#include "base/metrics.h"
#include "collector/config/config.h"

struct retain {
    uint64_t due_ns; /* monotonic; zero at first */
    struct metric removed, removed_octets, failures;
    struct metric kept, kept_octets; /* after the last pass */
};

/* Looks whether a path below archive.dir is one of ours. Returns whether, with the time that
 * its name says. */
bool retain_is_ours(const struct config *c, const char *path, uint64_t *time_s);

/* Removes what is too old or too much, as cfg->archive says; when the last pass was less than a
 * minute ago, does nothing. Logs what it did. */
void retain_pass(struct retain *r, const struct config *cfg, const struct log *log);

/* As retain_pass, at once, at the time `now_s`. */
void retain_now(struct retain *r, const struct config *cfg, const struct log *log,
                uint64_t now_s);

/* Appends Prometheus samples. Any thread. */
void retain_metrics(const struct retain *r, struct buf *b);

#endif
