/* SPDX-License-Identifier: BSD-2-Clause */
/* stream: byte streams from and to files, compressed or not. Floor F0.
 *
 * Readers tell the compression by content (gzip, bzip2, zstd, xz, none), read multi-member
 * files, pipes and memory, and report damage with the offset in the compressed file. Writers
 * compress by name of a format; a gzip writer can end a member at any moment
 * (stream_out_flush_member), so that what was written so far is a whole file. libisal is used
 * for gzip where it was present at build time. */
#ifndef RIBTAPE_BASE_STREAM_STREAM_H
#define RIBTAPE_BASE_STREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cur.h"

enum stream_format { STREAM_PLAIN, STREAM_GZIP, STREAM_BZIP2, STREAM_ZSTD, STREAM_XZ };

const char *stream_format_name(enum stream_format f);   /* "plain", "gzip", ... */
const char *stream_format_suffix(enum stream_format f); /* "", ".gz", ".bz2", ".zst", ".xz" */

/* ---- reading ---- */

struct stream_in;

/* Opens `path` ("-": standard input) and tells its format. NULL with a message in err: `FILE:
 * reason`. */
struct stream_in *stream_in_open(const char *path, char *err, size_t err_len);

/* Reads from borrowed memory. */
struct stream_in *stream_in_memory(const void *p, size_t len, char *err, size_t err_len);

/* Reads up to `len` decompressed octets. Returns the count (short only at the end and before
 * damage), 0 at the end, -1 when the file is damaged or can't be read (stream_in_error); octets
 * before the damage were delivered. Zeros behind the last member are padding, anything else is
 * damage. */
ssize_t stream_in_read(struct stream_in *s, void *dst, size_t len);

const char *stream_in_error(
    const struct stream_in *s); /* text with file, offset and reason; "" when none */
enum stream_format stream_in_format(const struct stream_in *s);
uint64_t stream_in_raw_offset(const struct stream_in *s); /* octets of the file consumed */
void stream_in_close(struct stream_in *s);

/* ---- writing ---- */

struct stream_out;

/* Takes over `fd` (open for writing at the place where to append). `level` 0: the format's
 * default for us; gzip 1 to 9, where libisal does 1 to 3 if present; bzip2 1 to 9; zstd 1 to
 * 22. NULL with errno (fd stays the caller's): ENOTSUP when this build can't write the format
 * (xz never), EINVAL level. */
struct stream_out *stream_out_fd(int fd, enum stream_format format, int level);

/* As stream_out_fd, but on `threads` of its own, up to STREAM_THREADS_MAX (0: as many as there
 * are processors, if there are several; else none). The file has many members. Takes some
 * megabytes per thread. */
enum { STREAM_THREADS_MAX = 8 };
struct stream_out *stream_out_parallel(int fd, enum stream_format format, int level,
                                       unsigned threads);

/* Appends. Returns 0, or -1 with errno; a failed stream stays failed until stream_out_reset. */
MUST_USE int stream_out_write(struct stream_out *s, const void *p, size_t len);

/* Ends the compressed member, so that the file is whole as it stands, and hands everything to
 * the kernel. The next write begins a new member. *raw_len: the file's length then. */
MUST_USE int stream_out_flush_member(struct stream_out *s, uint64_t *raw_len);

/* Forgets unflushed data and truncates the file to `raw_len`: how a sink goes on after ENOSPC.
 */
MUST_USE int stream_out_reset(struct stream_out *s, uint64_t raw_len);

int stream_out_fdno(const struct stream_out *s);

/* Ends the member, flushes and closes; a compressed file in which nothing was written gets one
 * empty member. Returns 0, or -1 with errno; the memory and the descriptor are gone
 * either way. */
int stream_out_close(struct stream_out *s);

#endif
