/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_folders: one dump as files, as rib.per says: by collector, peer, router or VRF, each RIB
 * view apart. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_RIB_RIB_FOLDERS_H
#define RIBTAPE_COLLECTOR_RIB_RIB_FOLDERS_H

#include "base/log.h"
#include "collector/rib/rib_dump.h"

/* Writes one file per folder that sessions have, under the first free name of `sec`; without
 * sessions the collector's own, empty. *sum: over all files. Returns 0, or -1 with errno; files
 * before the one that failed are there. */
MUST_USE int rib_folders_dump(const struct rib_feed *feed, const struct config *cfg,
                              const struct log *log, uint64_t sec, struct rib_dump_stats *sum);

/* Removes the unfinished file that a kill in the middle of a dump has left. */
void rib_folders_clean(const struct config *cfg, const struct log *log);

#endif
