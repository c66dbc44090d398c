/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_stream: speed and ratio of every compression and level on one file, and the speed of
 * reading it back.
 *
 *     bench_stream FILE      any file; compressed ones are decompressed first */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/stream/stream.h"

static double seconds_since(uint64_t start)
{
    return (double)(clock_monotonic_ns() - start) / 1e9;
}

/* Reads all of a stream into `b`. Returns the seconds it took, below 0 when it failed. */
static double read_whole(const char *path, struct buf *b)
{
    char err[256];
    uint64_t start = clock_monotonic_ns();
    struct stream_in *s = stream_in_open(path, err, sizeof err);
    if (s == NULL) {
        fprintf(stderr, "%s\n", err);
        return -1;
    }
    ssize_t n = 0;
    char *p;
    while ((p = buf_room(b, 64 << 10)) != NULL && (n = stream_in_read(s, p, 64 << 10)) > 0)
        b->len += (size_t)n;
    if (n < 0)
        fprintf(stderr, "%s\n", stream_in_error(s));
    stream_in_close(s);
    return n < 0 || p == NULL ? -1 : seconds_since(start);
}

static int try_level(const struct buf *b, enum stream_format f, int level, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return -1;
    struct stream_out *s = stream_out_fd(fd, f, level);
    if (s == NULL) {
        close(fd);
        return 0; /* not in this build */
    }
    uint64_t start = clock_monotonic_ns(), raw_len = 0;
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < b->len; at += 100) { /* as records come */
        size_t n = b->len - at < 100 ? b->len - at : 100;
        rc = stream_out_write(s, b->p + at, n);
    }
    if (rc == 0)
        rc = stream_out_flush_member(s, &raw_len);
    double wrote = seconds_since(start);
    if (stream_out_close(s) < 0 || rc < 0)
        return -1;
    struct buf back = {0};
    double took = read_whole(path, &back);
    rc = took >= 0 && back.len == b->len && memcmp(back.p, b->p, b->len) == 0 ? 0 : -1;
    buf_free(&back);
    double mb = (double)b->len / 1e6;
    printf("%-6s %d  write %7.1f MB/s  ratio %5.2f  read %7.1f MB/s%s\n", stream_format_name(f),
           level, mb / wrote, (double)b->len / (double)raw_len, mb / took,
           rc < 0 ? "  WRONG" : "");
    return rc;
}

int main(int argc, char **argv)
{
    static const struct {
        enum stream_format format;
        int first, last;
    } tries[] = {
        {STREAM_PLAIN, 0, 0}, {STREAM_GZIP, 0, 9}, {STREAM_BZIP2, 0, 0},
        {STREAM_BZIP2, 1, 1}, {STREAM_ZSTD, 1, 3},
    };
    struct buf b = {0};
    if (argc != 2 || read_whole(argv[1], &b) < 0)
        return 1;
    char path[] = "/tmp/bench_stream.XXXXXX";
    int fd = mkstemp(path), rc = fd < 0 ? -1 : 0;
    close(fd);
    for (size_t i = 0; rc == 0 && i < sizeof tries / sizeof tries[0]; i++) {
        for (int level = tries[i].first; rc == 0 && level <= tries[i].last; level++)
            rc = try_level(&b, tries[i].format, level, path);
    }
    unlink(path);
    buf_free(&b);
    return rc < 0;
}
