/* SPDX-License-Identifier: BSD-2-Clause */
/* files: the few operations on files and folders that must survive a crash. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_ARCHIVE_FILES_H
#define RIBTAPE_COLLECTOR_ARCHIVE_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

/* Creates the folders that `path`'s last component needs, and makes new ones durable. Returns
 * 0, or -1 with errno. */
MUST_USE int files_make_parents(const char *path);

/* fsyncs the folder that holds `path`. Returns 0, or -1 with errno. */
MUST_USE int files_sync_parent(const char *path);

/* fsyncs a file by name. Returns 0, or -1 with errno. */
MUST_USE int files_sync(const char *path);

/* Renames, but never over an existing file (errno EEXIST), and makes it durable. One that a kill
 * left with both names is renamed. Returns 0, or -1 with errno. */
MUST_USE int files_rename_new(const char *from, const char *to);

/* Renames as files_rename_new; with `digest`, NAME.sha256 (a line as sha256sum writes it) is
 * there and durable before. */
MUST_USE int files_finish(const char *from, const char *to, bool digest);

/* Removes NAME.sha256, if there is one. */
void files_unlink_digest(const char *name);

/* Writes all `len` octets. Returns 0, or -1 with errno (EAGAIN included). */
MUST_USE int files_write_all(int fd, const void *p, size_t len);

/* Returns a file's length, or -1 with errno. */
int64_t files_length(const char *path);

#endif
