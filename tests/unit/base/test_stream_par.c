/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressing on several threads: order, members, failures, resets, in every format. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stream/stream.h"

enum { TEXT_LEN = 7 * 1000 * 1000 };

static uint8_t *text;
static char path[] = "/tmp/ribtape-par-XXXXXX";

/* Half noise, half repetition. */
static void setup(void)
{
    uint32_t seed = 1;
    text = malloc(TEXT_LEN);
    for (size_t i = 0; i < TEXT_LEN; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = i / 1000 % 2 ? (uint8_t)(seed >> 24) : (uint8_t)(i / 7);
    }
    close(mkstemp(path));
}

static void teardown(void)
{
    unlink(path);
    free(text);
}

TestSuite(stream_par, .init = setup, .fini = teardown);

static struct stream_out *create(enum stream_format f, unsigned threads)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    struct stream_out *s = stream_out_parallel(fd, f, 0, threads);
    if (s == NULL)
        close(fd);
    return s;
}

static void expect(size_t len, enum stream_format f)
{
    char err[128];
    struct stream_in *s = stream_in_open(path, err, sizeof(err));
    cr_assert_not_null(s, "%s", err);
    uint8_t *got = malloc(TEXT_LEN + 1);
    size_t at = 0;
    ssize_t n;
    while ((n = stream_in_read(s, got + at, TEXT_LEN + 1 - at)) > 0)
        at += (size_t)n;
    cr_assert_eq(n, 0, "%s", stream_in_error(s));
    cr_assert_eq(at, len);
    cr_assert_eq(stream_in_format(s), f);
    cr_assert_eq(memcmp(got, text, len), 0);
    free(got);
    stream_in_close(s);
}

Test(stream_par, there_and_back)
{
    for (enum stream_format f = STREAM_PLAIN; f <= STREAM_ZSTD; f++) {
        for (unsigned threads = 0; threads <= STREAM_THREADS_MAX + 1; threads += 3) {
            struct stream_out *s = create(f, threads);
            cr_assert(s != NULL || errno == ENOTSUP);
            for (size_t at = 0; s != NULL && at < TEXT_LEN; at += 700000)
                cr_assert_eq(stream_out_write(s, text + at, 700000), 0);
            cr_assert(s == NULL || stream_out_close(s) == 0);
            if (s != NULL)
                expect(TEXT_LEN, f);
        }
    }
}

Test(stream_par, flushes_and_resets)
{
    for (enum stream_format f = STREAM_PLAIN; f <= STREAM_ZSTD; f++) {
        struct stream_out *s = create(f, 2);
        if (s == NULL)
            continue;
        uint64_t raw_len = 0;
        cr_assert_eq(stream_out_write(s, text, 1500000), 0);
        cr_assert_eq(stream_out_flush_member(s, &raw_len), 0);
        struct stat st;
        stat(path, &st);
        cr_assert_eq(raw_len, (uint64_t)st.st_size);
        expect(1500000, f);
        cr_assert_eq(stream_out_write(s, text, TEXT_LEN), 0);
        cr_assert_eq(stream_out_reset(s, raw_len), 0);
        cr_assert_eq(stream_out_write(s, text + 1500000, 500), 0);
        cr_assert_eq(stream_out_close(s), 0);
        expect(1500500, f);
    }
}

Test(stream_par, nothing_written)
{
    for (enum stream_format f = STREAM_GZIP; f <= STREAM_ZSTD; f++) {
        struct stream_out *s = create(f, 2);
        cr_assert(s == NULL || stream_out_close(s) == 0);
        if (s != NULL)
            expect(0, f);
    }
    cr_assert_null(create(STREAM_XZ, 2));
    cr_assert_eq(errno, ENOTSUP);
}

Test(stream_par, a_full_disk_fails_until_reset)
{
    signal(SIGXFSZ, SIG_IGN);
    struct stream_out *s = create(STREAM_GZIP, 2);
    struct rlimit was, small;
    getrlimit(RLIMIT_FSIZE, &was);
    small = was;
    small.rlim_cur = 20000;
    setrlimit(RLIMIT_FSIZE, &small);
    uint64_t ignored;
    int rc = stream_out_write(s, text, TEXT_LEN);
    rc = rc == 0 ? stream_out_flush_member(s, &ignored) : rc;
    int error = errno;
    int again = stream_out_write(s, text, 1);
    setrlimit(RLIMIT_FSIZE, &was);
    cr_assert(rc == -1 && error == EFBIG && again == -1);
    cr_assert_eq(stream_out_reset(s, 0), 0);
    cr_assert_eq(stream_out_write(s, text, TEXT_LEN), 0);
    cr_assert_eq(stream_out_close(s), 0);
    expect(TEXT_LEN, STREAM_GZIP);
}

Test(stream_par, a_failure_is_said_at_close)
{
    int fds[2];
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(fds), 0);
    close(fds[0]);
    struct stream_out *s = stream_out_parallel(fds[1], STREAM_GZIP, 0, 2);
    cr_assert_eq(stream_out_write(s, text, 10), 0);
    cr_assert_eq(stream_out_close(s), -1);
    cr_assert_eq(errno, EPIPE);
}
