/* SPDX-License-Identifier: BSD-2-Clause */
/* archive_name: slots, file names and folders of the archive. Floor F4.
 *
 *   DIR/[ROUTER/][PEER/][VIEW/]2026.11/updates.20261122.2205.gz        RIS
 *   DIR/[ROUTER/][PEER/][VIEW/]2026.11/UPDATES/updates.20261122.2200.gz RouteViews
 *   DIR/[ROUTER/][PEER/][VIEW/]PATTERN                                 strftime, UTC
 *
 *   DIR/ROUTER/2026.11/bmp.20261122.2205.gz                             raw BMP, likewise
 *
 * PEER is AS64500_192.0.2.9 (BMP peers with a distinguisher: _65000-1 after it), ROUTER the
 * configured name, the BMP sysName or the address. VIEW is absent for adj-rib-in-pre (BGP
 * sessions are that), so that other views of the same routes never mix with it. */
#ifndef RIBTAPE_COLLECTOR_ARCHIVE_ARCHIVE_NAME_H
#define RIBTAPE_COLLECTOR_ARCHIVE_ARCHIVE_NAME_H

#include "collector/config/config.h"
#include "schemas/track/track.h"

enum { ARCHIVE_FOLDER_MAX = 320, ARCHIVE_NAME_MAX = 1024 };

/* Returns the start of the slot that holds `sec` (seconds since the epoch, UTC). */
uint64_t archive_slot_of(uint64_t sec, uint32_t slot_s);

/* Writes the folder of a peer's records, "" or ending in '/'; only letters, digits, and `._-`
 * otherwise. With `view_files` a view is no folder but what its files' names begin with:
 * "edge1/loc-rib.". Returns its length. */
size_t archive_folder(char dst[ARCHIVE_FOLDER_MAX], enum config_per per, bool view_files,
                      const struct track_source *s, const struct track_peer *p);

/* Writes the path of a file below `dir`: `folder` is archive_folder's, `name` may have folders of
 * its own ("2025.11/NAME"). Returns 0, or -1 with errno ENAMETOOLONG. */
int archive_path(char *dst, size_t dst_len, const char *dir, const char *folder,
                 const char *name);

/* As archive_folder, of a router's raw BMP: ROUTER alone. */
size_t archive_router_folder(char dst[ARCHIVE_FOLDER_MAX], const struct track_source *s);

/* The folder below that one, for what its files presume: "context/". */
#define ARCHIVE_CONTEXT "context"
size_t archive_context_folder(char dst[ARCHIVE_FOLDER_MAX], const struct track_source *s);

/* Begins the folder of a VRF in dumps of rib.per: vrf: VRF_65000-1/, VRF_blue/. */
#define ARCHIVE_VRF "VRF_"

/* As archive_folder, of a RIB dump; *view names its table: "" or the VRF's name or
 * distinguisher, then the RIB view unless it is adj-rib-in-pre, "blue loc-rib". `view` has
 * ARCHIVE_FOLDER_MAX octets. */
size_t archive_rib_folder(char dst[ARCHIVE_FOLDER_MAX], char *view, const struct config *cfg,
                          const struct track_source *s, const struct track_peer *p);

/* Fills in all patterns that file names of the archive may have. Returns their count. */
enum { ARCHIVE_PATTERNS_MAX = 6 };
unsigned archive_patterns(const struct config *cfg, const char *dst[ARCHIVE_PATTERNS_MAX]);

enum archive_what { ARCHIVE_UPDATES, ARCHIVE_BMP };

/* Returns the pattern that names files of a kind: the layout's, or the operator's. */
const char *archive_pattern(const struct config *cfg, enum archive_what what);

/* Writes the slot's file name without folder, below the archive's. `again` > 0 is put before
 * the suffix: `updates.20261122.2205.1.gz`. Returns 0, or -1 with errno (EINVAL: the pattern is
 * empty, absolute, climbs out of the folder or has control characters). */
MUST_USE int archive_name(char *dst, size_t dst_len, const struct config *cfg,
                          enum archive_what what, uint64_t slot, unsigned again);

/* The same of a RIB dump of the time `sec`: bview.20261122.1600.gz (RIS),
 * RIBS/rib.20261122.1600.bz2 (RouteViews), or rib.pattern. */
MUST_USE int archive_rib_name(char *dst, size_t dst_len, const struct config *cfg, uint64_t sec,
                              unsigned again);

#endif
