/* SPDX-License-Identifier: BSD-2-Clause */
/* test_stream: reading and writing of every format, members, damage, full disks. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/stream/stream_codec.h"

static char path[64];
static char err[256];
static uint8_t text[300000]; /* compressible, without a short period */

static void setup(void)
{
    snprintf(path, sizeof path, "/tmp/test_stream.XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof text; i++) {
        x = x * 1664525 + 1013904223;
        text[i] = (uint8_t)("0123456789abcdef"[x >> 28]);
    }
}

static void teardown(void)
{
    unlink(path);
}

TestSuite(stream, .init = setup, .fini = teardown, .timeout = 60);

static struct stream_out *create(enum stream_format f, int level)
{
    int fd = open(path, O_RDWR | O_TRUNC);
    cr_assert_geq(fd, 0);
    struct stream_out *s = stream_out_fd(fd, f, level);
    if (s == NULL)
        close(fd);
    return s;
}

/* Reads to the end or the damage in steps of `step`. Returns the last result. */
static ssize_t drain(struct stream_in *s, size_t step, struct buf *b)
{
    ssize_t n;
    do {
        char *p = buf_room(b, step);
        n = stream_in_read(s, p, step);
        if (n > 0)
            b->len += (size_t)n;
    } while (n > 0);
    return n;
}

static void expect_file(const void *want, size_t len, enum stream_format f)
{
    static const size_t steps[] = {1, 1000, 1 << 20};
    for (size_t i = 0; i < 3; i++) {
        struct buf b = {0};
        struct stream_in *s = stream_in_open(path, err, sizeof err);
        cr_assert_not_null(s, "%s", err);
        cr_assert_eq(stream_in_format(s), f);
        cr_assert_eq(drain(s, steps[i], &b), 0, "%s", stream_in_error(s));
        cr_assert_eq(b.len, len, "%zu octets", b.len);
        cr_assert(len == 0 || memcmp(b.p, want, len) == 0);
        struct stat st;
        stat(path, &st);
        cr_assert_eq(stream_in_raw_offset(s), (uint64_t)st.st_size);
        cr_assert_str_eq(stream_in_error(s), "");
        stream_in_close(s);
        buf_free(&b);
    }
}

static size_t slurp(uint8_t *dst, size_t cap)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, dst, cap);
    close(fd);
    cr_assert_geq(n, 0);
    return (size_t)n;
}

/* ---- there and back ---- */

Test(stream, every_format_and_level_there_and_back)
{
    static const int last_level[] = {
        [STREAM_PLAIN] = 0, [STREAM_GZIP] = 9, [STREAM_BZIP2] = 2, [STREAM_ZSTD] = 3};
    for (enum stream_format f = STREAM_PLAIN; f <= STREAM_ZSTD; f++) {
        for (int level = 0; level <= last_level[f]; level++) {
            struct stream_out *s = create(f, level);
            if (s == NULL && errno == ENOTSUP) {
                fprintf(stderr, "skipped: %s absent from this build\n", stream_format_name(f));
                continue;
            }
            cr_assert_not_null(s);
            for (size_t at = 0; at < sizeof text; at += 30000) {
                cr_assert_eq(stream_out_write(s, text + at, 100), 0);
                cr_assert_eq(stream_out_write(s, text + at + 100, 29900), 0);
            }
            cr_assert_eq(stream_out_close(s), 0);
            expect_file(text, sizeof text, f);
        }
    }
}

Test(stream, members_are_one_text)
{
    for (enum stream_format f = STREAM_PLAIN; f <= STREAM_ZSTD; f++) {
        struct stream_out *s = create(f, 0);
        if (s == NULL)
            continue;
        size_t at = 0;
        for (size_t n = 0; n < 200; n++) {
            uint64_t raw_len = 0;
            cr_assert_eq(stream_out_write(s, text + at, n), 0);
            at += n;
            cr_assert_eq(stream_out_flush_member(s, &raw_len), 0);
            struct stat st;
            stat(path, &st);
            cr_assert_eq(raw_len, (uint64_t)st.st_size); /* all of it is with the kernel */
            if (n == 100)
                expect_file(text, at, f); /* whole as it stands */
        }
        cr_assert_eq(stream_out_close(s), 0);
        expect_file(text, at, f);
    }
}

Test(stream, a_reset_takes_back_what_was_not_flushed)
{
    for (enum stream_format f = STREAM_PLAIN; f <= STREAM_ZSTD; f++) {
        struct stream_out *s = create(f, 0);
        if (s == NULL)
            continue;
        uint64_t raw_len = 0;
        cr_assert_eq(stream_out_write(s, text, 1000), 0);
        cr_assert_eq(stream_out_flush_member(s, &raw_len), 0);
        cr_assert_eq(stream_out_write(s, text, sizeof text), 0); /* partly written already */
        cr_assert_eq(stream_out_reset(s, raw_len), 0);
        cr_assert_eq(stream_out_write(s, text + 1000, 500), 0);
        cr_assert_eq(stream_out_close(s), 0);
        expect_file(text, 1500, f);
    }
}

Test(stream, appending_to_a_file_begins_a_member)
{
    static const int flags[] = {0, O_APPEND};
    for (size_t i = 0; i < 2; i++) {
        struct stream_out *s = create(STREAM_GZIP, 0);
        cr_assert_eq(stream_out_write(s, text, 1000), 0);
        cr_assert_eq(stream_out_close(s), 0);
        struct stat st;
        stat(path, &st);
        int fd = open(path, O_RDWR | flags[i]);
        if (!flags[i])
            lseek(fd, 0, SEEK_END);
        s = stream_out_fd(fd, STREAM_GZIP, 0);
        cr_assert_eq(stream_out_fdno(s), fd);
        uint64_t raw_len = 0;
        cr_assert_eq(stream_out_flush_member(s, &raw_len), 0);
        cr_assert_eq(raw_len, (uint64_t)st.st_size);
        cr_assert_eq(stream_out_write(s, text + 1000, 10), 0);
        cr_assert_eq(stream_out_close(s), 0);
        expect_file(text, 1010, STREAM_GZIP);
    }
}

Test(stream, nothing_written_is_still_a_file_of_its_format)
{
    for (enum stream_format f = STREAM_GZIP; f <= STREAM_ZSTD; f++) {
        struct stream_out *s = create(f, 0);
        if (s == NULL)
            continue;
        cr_assert_eq(stream_out_close(s), 0);
        expect_file(NULL, 0, f);
    }
}

Test(stream, what_can_not_be_written_is_said)
{
    cr_assert_null(create(STREAM_XZ, 0));
    cr_assert_eq(errno, ENOTSUP);
    cr_assert_null(create(STREAM_GZIP, 10));
    cr_assert_eq(errno, EINVAL);
    cr_assert_eq(stream_out_close(NULL), 0);
}

Test(stream, a_full_disk_fails_until_reset)
{
    signal(SIGXFSZ, SIG_IGN);
    for (enum stream_format f = STREAM_PLAIN; f <= STREAM_ZSTD; f++) {
        struct stream_out *s = create(f, 0);
        if (s == NULL)
            continue;
        uint64_t raw_len = 0;
        cr_assert_eq(stream_out_write(s, text, 5000), 0);
        cr_assert_eq(stream_out_flush_member(s, &raw_len), 0);
        struct rlimit was, small;
        getrlimit(RLIMIT_FSIZE, &was);
        small = was;
        small.rlim_cur = 20000; /* a file can't grow beyond: EFBIG stands for ENOSPC */
        setrlimit(RLIMIT_FSIZE, &small);
        uint64_t ignored = 0;
        int rc = stream_out_write(s, text + 5000, sizeof text - 5000);
        if (rc == 0)
            rc = stream_out_flush_member(s, &ignored);
        int first = errno;
        int again = stream_out_write(s, text, 1);
        int second = errno;
        setrlimit(RLIMIT_FSIZE, &was);
        cr_assert(rc == -1 && first == EFBIG && again == -1 && second == EFBIG);
        cr_assert_eq(stream_out_reset(s, raw_len), 0);
        cr_assert_eq(stream_out_write(s, text + 5000, sizeof text - 5000), 0);
        cr_assert_eq(stream_out_close(s), 0);
        expect_file(text, sizeof text, f);
    }
}

Test(stream, a_failed_stream_says_so_at_close)
{
    int fds[2];
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(fds), 0);
    close(fds[0]);
    struct stream_out *s = stream_out_fd(fds[1], STREAM_PLAIN, 0);
    cr_assert_eq(stream_out_write(s, text, 10), 0); /* in the buffer */
    cr_assert_eq(stream_out_close(s), -1);
    cr_assert_eq(errno, EPIPE);
}

/* ---- reading ---- */

static size_t make(enum stream_format f, uint8_t *dst, size_t cap)
{
    struct stream_out *s = create(f, 0);
    if (s == NULL)
        return 0;
    uint64_t raw_len;
    cr_assert_eq(stream_out_write(s, text, 4000), 0);
    cr_assert_eq(stream_out_flush_member(s, &raw_len), 0);
    cr_assert_eq(stream_out_write(s, text + 4000, 2000), 0);
    cr_assert_eq(stream_out_close(s), 0);
    return slurp(dst, cap);
}

/* Reads `len` octets at `p` with decoder `d` (NULL: the default); expects them to be a prefix
 * of the text. Returns its length; *ok whether the end came without an error. */
static size_t read_memory(const uint8_t *p, size_t len, const struct stream_decoder *d,
                          bool *ok)
{
    struct stream_in *s = stream_in_memory(p, len, err, sizeof err);
    cr_assert_not_null(s, "%s", err);
    if (d != NULL)
        cr_assert_eq(stream_in_set_decoder(s, d), 0);
    struct buf b = {0};
    *ok = drain(s, 777, &b) == 0;
    cr_assert_eq(*ok, stream_in_error(s)[0] == '\0');
    cr_assert_leq(stream_in_raw_offset(s), len);
    cr_assert_leq(b.len, 6000);
    cr_assert(b.len == 0 || memcmp(b.p, text, b.len) == 0);
    size_t got = b.len;
    stream_in_close(s);
    buf_free(&b);
    return got;
}

static void every_truncation(enum stream_format f, const struct stream_decoder *d)
{
    static uint8_t whole[20000];
    size_t len = make(f, whole, sizeof whole), first_full = 0;
    if (len == 0)
        return;
    size_t last = 0;
    for (size_t n = 6; n <= len; n++) {
        bool ok;
        size_t got = read_memory(whole, n, d, &ok);
        cr_assert_geq(got, last); /* nothing that was there before is withheld */
        last = got;
        if (ok) {
            cr_assert(got == 4000 || got == 6000, "%zu of %zu: %zu", n, len, got);
            first_full = got == 4000 ? n : first_full;
        }
    }
    cr_assert_eq(last, 6000);
    cr_assert_gt(first_full, 0); /* between the members the file is whole */
}

Test(stream, every_truncation_delivers_then_fails)
{
    every_truncation(STREAM_GZIP, NULL);
    every_truncation(STREAM_GZIP, &stream_zlib_decoder);
    every_truncation(STREAM_BZIP2, NULL);
    every_truncation(STREAM_ZSTD, NULL);
}

static void every_damage(enum stream_format f, const struct stream_decoder *d)
{
    static uint8_t whole[20000];
    size_t len = make(f, whole, sizeof whole), failed = 0;
    for (size_t i = 6; i < len; i++) {
        bool ok;
        whole[i] ^= 0x20;
        struct stream_in *s = stream_in_memory(whole, len, err, sizeof err);
        if (d != NULL)
            cr_assert_eq(stream_in_set_decoder(s, d), 0);
        struct buf b = {0};
        ok = drain(s, 5000, &b) == 0;
        stream_in_close(s);
        failed += !ok;
        buf_free(&b);
        whole[i] ^= 0x20;
    }
    cr_assert(len == 0 || failed > len - 40, "%zu of %zu", failed, len); /* times, OS codes */
}

Test(stream, damage_is_noticed)
{
    every_damage(STREAM_GZIP, NULL);
    every_damage(STREAM_GZIP, &stream_zlib_decoder);
    every_damage(STREAM_ZSTD, NULL);
}

Test(stream, zeros_behind_are_padding_garbage_is_not)
{
    static uint8_t whole[40000];
    size_t len = make(STREAM_GZIP, whole, sizeof whole);
    bool ok;
    for (size_t pad = 0; pad < 600; pad += 37) {
        memset(whole + len, 0, pad);
        cr_assert_eq(read_memory(whole, len + pad, NULL, &ok), 6000);
        cr_assert(ok, "padding of %zu", pad);
    }
    memcpy(whole + len, "garbage!", 8);
    int fd = open(path, O_WRONLY | O_TRUNC);
    cr_assert_eq(write(fd, whole, len + 8), (ssize_t)len + 8);
    close(fd);
    struct stream_in *s = stream_in_open(path, err, sizeof err);
    struct buf b = {0};
    cr_assert_eq(drain(s, 100, &b), -1);
    cr_assert_eq(b.len, 6000);
    char want[128];
    snprintf(want, sizeof want, "%s: trailing garbage at offset %zu", path, len);
    cr_assert_str_eq(stream_in_error(s), want);
    cr_assert_eq(stream_in_read(s, want, 1), -1); /* and stays so */
    stream_in_close(s);
    buf_free(&b);
    memcpy(whole + len, "\0\0\0x", 4);
    read_memory(whole, len + 4, NULL, &ok);
    cr_assert(!ok);
}

Test(stream, members_of_others_and_any_cut_of_the_input)
{
    static uint8_t whole[70000];
    size_t len = 0, at = 0;
    for (size_t n = 0; len < sizeof whole - 2000; n = (n + 61) % 1500) { /* zlib's members */
        z_stream z = {0};
        deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
        gz_header h = {.name = (Bytef *)"a name", .comment = (Bytef *)"a comment", .hcrc = 1};
        if (n % 2)
            deflateSetHeader(&z, &h);
        z.next_in = text + at;
        z.avail_in = (uInt)n;
        z.next_out = whole + len;
        z.avail_out = 2000;
        cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
        len += 2000 - z.avail_out;
        at += n;
        deflateEnd(&z);
    }
    for (size_t chunk = 1; chunk < 40; chunk += 3) { /* a pipe cuts where it likes */
        int fds[2];
        cr_assert_eq(pipe(fds), 0);
        pid_t pid = fork();
        if (pid == 0) {
            for (size_t i = 0; i < len; i += chunk)
                if (write(fds[1], whole + i, chunk < len - i ? chunk : len - i) < 0)
                    _exit(1);
            _exit(0);
        }
        close(fds[1]);
        char name[32];
        snprintf(name, sizeof name, "/dev/fd/%d", fds[0]);
        struct stream_in *s = stream_in_open(name, err, sizeof err);
        cr_assert_not_null(s, "%s", err);
        struct buf b = {0};
        cr_assert_eq(drain(s, 4096, &b), 0, "%s", stream_in_error(s));
        cr_assert(b.len == at && memcmp(b.p, text, at) == 0);
        stream_in_close(s);
        buf_free(&b);
        close(fds[0]);
    }
}

Test(stream, a_gzip_member_may_end_anywhere_in_the_buffer)
{
    /* The first member's end falls on each place round the edge of the read buffer. */
    static uint8_t whole[140000];
    for (size_t shift = 0; shift < 40; shift++) {
        uint8_t noise[131072];
        uint32_t x = 7;
        size_t n = (128 << 10) - 60 + shift;
        for (size_t i = 0; i < sizeof noise; i++) {
            x = x * 1664525 + 1013904223;
            noise[i] = (uint8_t)(x >> 24);
        }
        size_t len = 0;
        const struct {
            const uint8_t *p;
            size_t len;
        } parts[] = {{noise, n}, {text, 300}};
        for (size_t i = 0; i < 2; i++) {
            z_stream z = {0};
            deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
            z.next_in = (Bytef *)parts[i].p;
            z.avail_in = (uInt)parts[i].len;
            z.next_out = whole + len;
            z.avail_out = (uInt)(sizeof whole - len);
            cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
            len = sizeof whole - z.avail_out;
            deflateEnd(&z);
        }
        int fd = open(path, O_WRONLY | O_TRUNC);
        cr_assert_eq(write(fd, whole, len), (ssize_t)len);
        close(fd);
        struct stream_in *s = stream_in_open(path, err, sizeof err);
        struct buf b = {0};
        cr_assert_eq(drain(s, 1 << 16, &b), 0, "%s", stream_in_error(s));
        cr_assert_eq(b.len, n + 300);
        cr_assert(memcmp(b.p, noise, n) == 0 && memcmp(b.p + n, text, 300) == 0);
        stream_in_close(s);
        buf_free(&b);
    }
}

Test(stream, a_time_stamp_is_not_bzip2)
{
    static const char mrt[] = "BZh9\0\x10\0\x04plain";
    struct stream_in *s = stream_in_memory(mrt, sizeof mrt, err, sizeof err);
    cr_assert_eq(stream_in_format(s), STREAM_PLAIN);
    char got[32];
    cr_assert_eq(stream_in_read(s, got, sizeof got), (ssize_t)sizeof mrt);
    cr_assert_eq(stream_in_read(s, got, sizeof got), 0);
    stream_in_close(s);
}

Test(stream, short_inputs_are_plain)
{
    for (size_t len = 0; len < 3; len++) {
        struct stream_in *s = stream_in_memory("\x1f\x8b", len, err, sizeof err);
        char got[8];
        cr_assert_eq(stream_in_read(s, got, sizeof got), (ssize_t)len);
        cr_assert_eq(stream_in_read(s, got, sizeof got), 0);
        stream_in_close(s);
    }
}

Test(stream, what_can_not_be_opened_is_said)
{
    cr_assert_null(stream_in_open("/nowhere/at all", err, sizeof err));
    cr_assert_str_eq(err, "/nowhere/at all: No such file or directory");
    cr_assert_null(stream_in_open("/tmp", err, sizeof err));
    cr_assert_str_eq(err, "/tmp: Is a directory");
}

/* An xz file of "ribtape\n", made by xz(1). */
Test(stream, xz_is_read)
{
    static const uint8_t xz[] = {0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22,
                                 0xde, 0x36, 0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00,
                                 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x07, 0x72, 0x69, 0x62,
                                 0x74, 0x61, 0x70, 0x65, 0x0a, 0x00, 0x26, 0x26, 0x23, 0xf3,
                                 0x00, 0x01, 0x1c, 0x08, 0x44, 0x60, 0x2a, 0xc8, 0x90, 0x42,
                                 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a};
    struct stream_in *s = stream_in_memory(xz, sizeof xz, err, sizeof err);
    if (s == NULL) {
        cr_assert_str_eq(err, "memory: xz: compressed in a format that this build can't read");
        cr_skip_test("skipped: xz absent from this build");
    }
    char got[32];
    cr_assert_eq(stream_in_read(s, got, sizeof got), 8);
    cr_assert(memcmp(got, "ribtape\n", 8) == 0);
    cr_assert_eq(stream_in_read(s, got, sizeof got), 0);
    stream_in_close(s);
    s = stream_in_memory(xz, sizeof xz - 3, err, sizeof err);
    cr_assert_eq(stream_in_read(s, got, sizeof got), 8);
    cr_assert_eq(stream_in_read(s, got, sizeof got), -1);
    stream_in_close(s);
}

Test(stream, real_files_are_read)
{
    static const struct {
        const char *name;
        enum stream_format format;
        size_t len;
    } files[] = {
        {"mrt/bgpdump/updates.20020722.2238.gz", STREAM_GZIP, 72979},
        {"mrt/bgpkit/updates-et.bz2", STREAM_BZIP2, 11597},
    };
    for (size_t i = 0; i < 2; i++) {
        char file[512];
        snprintf(file, sizeof file, "%s/%s", RIBTAPE_TEST_DATA, files[i].name);
        if (access(file, R_OK) != 0)
            cr_skip_test("skipped: %s absent", file);
        struct stream_in *s = stream_in_open(file, err, sizeof err);
        cr_assert_not_null(s, "%s", err);
        struct buf b = {0};
        cr_assert_eq(drain(s, 10000, &b), 0, "%s", stream_in_error(s));
        cr_assert_eq(b.len, files[i].len);
        stream_in_close(s);
        buf_free(&b);
    }
}
