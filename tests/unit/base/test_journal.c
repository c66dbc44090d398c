/* SPDX-License-Identifier: BSD-2-Clause */
/* test_journal: one writer, many readers, restarts, damage, limits. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/journal/journal.h"
#include "base/journal/journal_format.h"

enum { SEG = 4096, BODY = 72 }; /* 72: the segment header */

static char dir[64];
static char err[256];

static void setup(void)
{
    snprintf(dir, sizeof dir, "/tmp/test_journal.XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void teardown(void)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(journal, .init = setup, .fini = teardown, .timeout = 60);

static struct journal *open_with(uint64_t limit, bool drop, journal_repeat_fn *fn, void *arg)
{
    const struct journal_options o = {
        .dir = dir,
        .segment_size = SEG,
        .limit = limit,
        .drop_oldest = drop,
        .repeat = fn,
        .repeat_arg = arg,
    };
    struct journal *j = journal_open(&o, err, sizeof err);
    cr_assert_not_null(j, "%s", err);
    return j;
}

static struct journal *open_plain(void)
{
    return open_with(0, false, NULL, NULL);
}

/* Appends a BMP frame whose payload is `len` octets of the low octet of `n`. */
static int put(struct journal *j, uint64_t n, uint32_t len)
{
    uint8_t *p = journal_reserve(j, len);
    if (p == NULL)
        return -1;
    memset(p, (uint8_t)n, len);
    journal_commit(j, JOURNAL_BMP, 0, 1, n, len);
    return 0;
}

static void put_many(struct journal *j, uint64_t from, uint64_t cnt, uint32_t len)
{
    for (uint64_t n = from; n < from + cnt; n++)
        cr_assert_eq(put(j, n, len), 0, "frame %llu: %m", (unsigned long long)n);
}

static struct journal_pos at(uint64_t segment, uint64_t off, uint64_t seq)
{
    return (struct journal_pos){segment, off, seq};
}

/* Reads on and expects frames whose time and seq are `from`, from + 1, ... up to `to`. */
static void expect_frames(struct journal_reader *r, uint64_t from, uint64_t to)
{
    struct journal_view v;
    for (uint64_t n = from; n <= to; n++) {
        enum journal_read got = journal_read(r, &v);
        cr_assert_eq(got, JOURNAL_READ_FRAME, "frame %llu: result %d", (unsigned long long)n,
                     (int)got);
        cr_assert_eq(v.seq, n, "seq %llu, not %llu", (unsigned long long)v.seq,
                     (unsigned long long)n);
        cr_assert_eq(v.time, n);
        for (uint32_t i = 0; i < v.len; i++)
            cr_assert_eq(v.p[i], (uint8_t)n);
    }
}

static void expect_end(struct journal_reader *r)
{
    struct journal_view v;
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_END);
}

static void expect_skip(struct journal_reader *r, uint64_t lost, uint64_t seq)
{
    struct journal_view v;
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_SKIPPED);
    cr_assert_eq(v.lost, lost, "lost %llu", (unsigned long long)v.lost);
    cr_assert_eq(v.seq, seq, "seq %llu", (unsigned long long)v.seq);
}

static void overwrite(uint64_t segment, off_t off, const void *p, size_t len)
{
    char path[128], name[JOURNAL_NAME_MAX];
    journal_segment_name(segment, name);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY);
    cr_assert_geq(fd, 0);
    cr_assert_eq(pwrite(fd, p, len, off), (ssize_t)len);
    close(fd);
}

static bool segment_exists(uint64_t segment)
{
    char path[128], name[JOURNAL_NAME_MAX];
    journal_segment_name(segment, name);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* ---- plain ---- */

Test(journal, what_goes_in_comes_out)
{
    struct journal *j = open_plain();
    struct journal_reader *r = journal_reader_attach(j, "test", at(0, 0, 0));
    expect_end(r);
    cr_assert_eq(journal_append(j, JOURNAL_BGP_RECV, 0, 7, 99, "hello", 5), 0);
    cr_assert_eq(journal_append(j, JOURNAL_STATE, 0, 8, 100, NULL, 0), 0);
    struct journal_view v;
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_FRAME);
    cr_assert(v.kind == JOURNAL_BGP_RECV && v.source == 7 && v.time == 99 && v.seq == 1);
    cr_assert(v.len == 5 && memcmp(v.p, "hello", 5) == 0);
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_FRAME);
    cr_assert(v.kind == JOURNAL_STATE && v.len == 0 && v.seq == 2);
    expect_end(r);
    struct journal_stats s;
    journal_get_stats(j, &s);
    cr_assert(s.frames == 2 && s.bytes == 5 && s.next_seq == 3 && s.segments == 1);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, frames_run_over_segments)
{
    struct journal *j = open_plain();
    struct journal_reader *r = journal_reader_attach(j, "test", at(0, 0, 0));
    put_many(j, 1, 1000, 100);
    struct journal_reader_stats rs;
    journal_reader_get_stats(r, &rs);
    cr_assert_geq(rs.lag_bytes, 1000 * 132);
    expect_frames(r, 1, 1000);
    expect_end(r);
    journal_reader_get_stats(r, &rs);
    cr_assert_eq(rs.lag_bytes, 0);
    cr_assert(rs.frames == 1000 && rs.next_seq == 1001 && rs.lost_frames == 0);
    struct journal_stats s;
    journal_get_stats(j, &s);
    cr_assert_gt(s.segments, 20);
    cr_assert_eq(s.size, s.segments * SEG);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, too_large_a_frame_is_refused)
{
    struct journal *j = open_plain();
    cr_assert_null(journal_reserve(j, SEG));
    cr_assert_eq(errno, EMSGSIZE);
    uint32_t most = SEG - BODY - 2 * JOURNAL_FRAME_HEAD;
    cr_assert_not_null(journal_reserve(j, most));
    cr_assert_null(journal_reserve(j, most + 1));
    cr_assert(put(j, 1, most) == 0 && put(j, 2, most) == 0);
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    expect_frames(r, 1, 2);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, what_was_reserved_too_long_is_no_frame)
{
    struct journal *j = open_plain();
    memset(journal_reserve(j, 1000), 0xff, 1000);
    journal_commit(j, JOURNAL_BMP, 0, 1, 1, 0);
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    expect_frames(r, 1, 1);
    expect_end(r);
    put_many(j, 2, 1, 8);
    expect_frames(r, 2, 2);
    expect_end(r);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, a_second_writer_is_refused)
{
    struct journal *j = open_plain();
    const struct journal_options o = {.dir = dir, .segment_size = SEG};
    cr_assert_null(journal_open(&o, err, sizeof err));
    cr_assert_eq(errno, EBUSY);
    cr_assert_not_null(strstr(err, dir));
    journal_close(j);
}

Test(journal, senseless_sizes_are_refused)
{
    const struct journal_options o = {.dir = dir, .segment_size = SEG, .limit = 2 * SEG - 1};
    cr_assert_null(journal_open(&o, err, sizeof err));
    cr_assert_eq(errno, EINVAL);
}

Test(journal, folders_are_created)
{
    strcat(dir, "/a/b");
    struct journal *j = open_plain();
    put_many(j, 1, 1, 1);
    journal_close(j);
    dir[strlen(dir) - 4] = '\0';
}

/* A terabyte behind is 65,536 files: to open is a look at each, not at all for each. */
Test(journal, many_segments_are_opened_soon, .timeout = 10)
{
    enum { MANY = 20000 };
    journal_close(open_plain());
    for (uint64_t i = 1; i <= MANY; i++) {
        char path[sizeof dir + 64];
        snprintf(path, sizeof path, "%s/%016llx.seg", dir, (unsigned long long)i);
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        cr_assert(fd >= 0 && close(fd) == 0);
    }
    struct journal *j = open_plain();
    struct journal_reader *r = journal_reader_attach(j, "test", at(0, 0, 0));
    struct journal_stats s;
    expect_end(r);
    journal_get_stats(j, &s);
    cr_assert_eq(s.segments, MANY);
    journal_reader_free(r);
    journal_close(j);
}

/* ---- restart ---- */

Test(journal, numbering_goes_on_after_a_restart)
{
    uint64_t n = 1;
    struct journal_pos pos = {0};
    for (int run = 0; run < 10; run++) {
        struct journal *j = open_plain();
        struct journal_reader *r = journal_reader_attach(j, "test", pos);
        put_many(j, n, 37, 90);
        cr_assert_eq(journal_sync(j), 0);
        expect_frames(r, n, n + 36);
        expect_end(r);
        pos = journal_reader_pos(r);
        n += 37;
        cr_assert_eq(pos.seq, n);
        journal_reader_free(r);
        journal_close(j);
    }
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    expect_frames(r, 1, n - 1);
    expect_end(r);
    journal_reader_free(r);
}

Test(journal, source_ids_are_never_given_twice)
{
    struct journal *j = open_plain();
    cr_assert_eq(journal_new_source(j), 1);
    cr_assert_eq(journal_new_source(j), 2);
    cr_assert_eq(journal_append(j, JOURNAL_SOURCE, 0, 2, 0, NULL, 0), 0);
    cr_assert_eq(journal_append(j, JOURNAL_GONE, 0, 2, 0, NULL, 0), 0);
    journal_close(j);
    j = open_plain();
    cr_assert_eq(journal_new_source(j), 3);
    journal_close(j);
}

/* Nothing may ever come to this journal again; whoever reads several must not wait for it. */
Test(journal, sources_left_live_are_told_at_once)
{
    struct journal *j = open_plain();
    cr_assert_eq(journal_append(j, JOURNAL_SOURCE, 0, 1, 1, NULL, 0), 0);
    journal_close(j);
    j = open_plain();
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    struct journal_view v = {0};
    while (journal_read(r, &v) == JOURNAL_READ_FRAME)
        ;
    cr_assert(v.kind == JOURNAL_GONE);
    cr_assert_eq(v.source, 1);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, sources_left_live_are_told_gone)
{
    struct journal *j = open_plain();
    for (uint32_t id = 1; id <= 3; id++)
        cr_assert_eq(journal_append(j, JOURNAL_SOURCE, 0, id, id, NULL, 0), 0);
    cr_assert_eq(journal_append(j, JOURNAL_GONE, 0, 2, 4, NULL, 0), 0);
    journal_close(j);
    j = open_plain();
    put_many(j, 7, 1, 4);
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    struct journal_view v;
    unsigned gone = 0;
    uint64_t seq = 1;
    while (journal_read(r, &v) == JOURNAL_READ_FRAME) {
        cr_assert_eq(v.seq, seq++);
        if (v.kind == JOURNAL_GONE)
            gone |= 1u << v.source;
    }
    cr_assert_eq(gone, 1u << 1 | 1u << 2 | 1u << 3);
    cr_assert(v.kind == JOURNAL_BMP);
    journal_reader_free(r);
    journal_close(j);
    j = open_plain(); /* told once */
    put_many(j, 8, 1, 4);
    struct journal_stats s;
    journal_get_stats(j, &s);
    cr_assert_eq(s.frames, 1);
    journal_close(j);
}

Test(journal, kill_loses_nothing_committed)
{
    for (int run = 0; run < 5; run++) {
        int told[2];
        cr_assert_eq(pipe(told), 0);
        pid_t pid = fork();
        if (pid == 0) {
            struct journal *j = open_plain();
            struct journal_stats s;
            for (;;) {
                journal_get_stats(j, &s);
                if (put(j, s.next_seq, (uint32_t)(s.next_seq * 37 % 500)) < 0 ||
                    write(told[1], &s.next_seq, sizeof s.next_seq) < 0)
                    _exit(1);
            }
        }
        close(told[1]);
        uint64_t last = 0, n;
        for (int i = 0; i < 200 + 111 * run; i++)
            cr_assert_eq(read(told[0], &n, sizeof n), (ssize_t)sizeof n);
        kill(pid, SIGKILL);
        while (read(told[0], &n, sizeof n) == (ssize_t)sizeof n)
            last = n;
        waitpid(pid, NULL, 0);
        close(told[0]);
        struct journal *j = open_plain();
        struct journal_stats s;
        journal_get_stats(j, &s);
        cr_assert_geq(s.next_seq, last + 1); /* it may have died before telling */
        struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
        expect_frames(r, 1, s.next_seq - 1);
        expect_end(r);
        journal_reader_free(r);
        journal_close(j);
    }
}

/* ---- damage ---- */

Test(journal, a_torn_tail_is_the_end)
{
    struct journal *j = open_plain();
    put_many(j, 1, 3, 8);
    journal_close(j);
    const struct journal_frame torn = {.len = 100, .kind = JOURNAL_BMP, .seq = 4};
    overwrite(0, BODY + 3 * 40, &torn, sizeof torn);
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    expect_frames(r, 1, 3);
    expect_end(r);
    j = open_plain();
    put_many(j, 4, 2, 8);
    cr_assert(segment_exists(1)); /* the damaged segment is left alone */
    expect_frames(r, 4, 5);
    expect_end(r);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, a_length_beyond_the_segment_is_the_end)
{
    struct journal *j = open_plain();
    put_many(j, 1, 1, 8);
    journal_close(j);
    const struct journal_frame torn = {.len = UINT32_MAX, .kind = JOURNAL_BMP, .seq = 2};
    overwrite(0, BODY + 40, &torn, sizeof torn);
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    expect_frames(r, 1, 1);
    expect_end(r);
    journal_reader_free(r);
}

Test(journal, a_damaged_frame_is_skipped_and_counted)
{
    struct journal *j = open_plain();
    put_many(j, 1, 5, 8);
    journal_close(j);
    overwrite(0, BODY + 2 * 40 + 35, "X", 1); /* in the payload of the third */
    j = open_plain();
    put_many(j, 6, 1, 8);
    struct journal_reader *r = journal_reader_attach(j, "test", at(0, 0, 0));
    expect_frames(r, 1, 2);
    expect_skip(r, 1, 4);
    expect_frames(r, 4, 6);
    expect_end(r);
    struct journal_reader_stats rs;
    journal_reader_get_stats(r, &rs);
    cr_assert_eq(rs.lost_frames, 1);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, a_hole_of_zeros_is_skipped_and_counted)
{
    static const uint8_t zeros[80];
    struct journal *j = open_plain();
    put_many(j, 1, 6, 8);
    journal_close(j);
    overwrite(0, BODY + 2 * 40, zeros, sizeof zeros); /* the third and fourth */
    j = open_plain();
    put_many(j, 7, 1, 8);
    struct journal_reader *r = journal_reader_attach(j, "test", at(0, 0, 0));
    expect_frames(r, 1, 2);
    expect_skip(r, 2, 5);
    expect_frames(r, 5, 7);
    expect_end(r);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, every_damaged_octet_of_a_frame_is_noticed)
{
    struct journal *j = open_plain();
    put_many(j, 1, 3, 8);
    journal_close(j);
    uint8_t good[40];
    char path[128];
    snprintf(path, sizeof path, "%s/0000000000000000.seg", dir);
    int fd = open(path, O_RDONLY);
    cr_assert_eq(pread(fd, good, sizeof good, BODY + 40), (ssize_t)sizeof good);
    close(fd);
    for (size_t i = 0; i < sizeof good; i++) {
        uint8_t bad[sizeof good];
        memcpy(bad, good, sizeof bad);
        bad[i] ^= 0x10;
        overwrite(0, BODY + 40, bad, sizeof bad);
        struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
        expect_frames(r, 1, 1);
        expect_skip(r, 1, 3);
        expect_frames(r, 3, 3);
        expect_end(r);
        journal_reader_free(r);
    }
}

Test(journal, a_segment_without_a_sound_header_is_passed)
{
    struct journal *j = open_plain();
    put_many(j, 1, 100, 100);
    journal_close(j);
    overwrite(1, 20, "X", 1);
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    expect_frames(r, 1, 29);
    expect_skip(r, 29, 59);
    expect_frames(r, 59, 100);
    journal_reader_free(r);
    overwrite(3, 20, "X", 1); /* the last one: 88..100 */
    j = open_plain();
    put_many(j, 88, 1, 8);
    cr_assert(segment_exists(4));
    journal_close(j);
}

Test(journal, another_version_is_refused)
{
    struct journal *j = open_plain();
    put_many(j, 1, 1, 8);
    journal_close(j);
    overwrite(0, 8, "\x63", 1);
    const struct journal_options o = {.dir = dir, .segment_size = SEG};
    cr_assert_null(journal_open(&o, err, sizeof err));
    cr_assert_eq(errno, EPROTO);
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    struct journal_view v;
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_ERROR);
    cr_assert_eq(errno, EPROTO);
    journal_reader_free(r);
}

Test(journal, a_payload_that_looks_like_frames_is_none)
{
    struct journal *j = open_plain();
    put_many(j, 1, 2, 8);
    struct journal_frame fake = {
        .len = 1, .kind = JOURNAL_BMP, .source = 1, .time = 9, .seq = 9};
    const struct journal_segment_head unsalted = {.size = SEG};
    fake.check = journal_frame_check(&unsalted, &fake, 1);
    cr_assert_eq(journal_append(j, JOURNAL_BMP, 0, 1, 3, &fake, sizeof fake), 0);
    put_many(j, 4, 1, 8);
    journal_close(j);
    overwrite(0, BODY + 2 * 40, "\xff", 1); /* the length of the third: resynchronise */
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    expect_frames(r, 1, 2);
    expect_skip(r, 1, 4);
    expect_frames(r, 4, 4);
    journal_reader_free(r);
}

/* ---- repeats ---- */

struct live {
    uint32_t cnt, len;
    unsigned calls;
};

static void repeat(struct journal *j, void *arg)
{
    struct live *l = arg;
    static const uint8_t body[1000];
    l->calls++;
    for (uint32_t id = 1; id <= l->cnt; id++)
        cr_assert_eq(journal_append(j, JOURNAL_SOURCE, JOURNAL_REPEAT, id, 0, body, l->len), 0);
}

Test(journal, repeats_are_for_those_who_start)
{
    struct live live = {.cnt = 3, .len = 10};
    struct journal *j = open_with(0, false, repeat, &live);
    struct journal_reader *r = journal_reader_attach(j, "test", at(0, 0, 0));
    live.cnt = 0;
    put_many(j, 1, 1, 100);
    live.cnt = 3;
    put_many(j, 2, 60, 100);
    expect_frames(r, 1, 61); /* no repeat comes through */
    struct journal_reader *late = journal_reader_attach(j, "late", at(1, 0, 0));
    struct journal_view v;
    for (uint32_t id = 1; id <= 3; id++) {
        cr_assert_eq(journal_read(late, &v), JOURNAL_READ_FRAME);
        cr_assert(v.kind == JOURNAL_SOURCE && v.flags == JOURNAL_REPEAT && v.source == id);
    }
    uint64_t first = v.seq;
    expect_frames(late, first, 61);
    expect_end(late);
    journal_reader_free(late);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, a_segment_grows_for_its_repeats)
{
    struct live live = {.cnt = 20, .len = 1000};
    struct journal *j = open_with(0, false, repeat, &live);
    put_many(j, 1, 2, 1000);
    cr_assert_eq(live.calls, 2);
    struct journal_stats s;
    journal_get_stats(j, &s);
    cr_assert(s.segments == 1);
    cr_assert_gt(s.size, 20 * 1032);
    struct journal_reader *r = journal_reader_open(dir, at(0, 0, 0));
    struct journal_view v;
    for (int i = 0; i < 20; i++)
        cr_assert_eq(journal_read(r, &v), JOURNAL_READ_FRAME);
    expect_frames(r, 1, 2);
    journal_reader_free(r);
    journal_close(j);
}

/* ---- retention ---- */

Test(journal, segments_go_when_all_have_passed)
{
    struct journal *j = open_plain();
    struct journal_reader *a = journal_reader_attach(j, "a", at(0, 0, 0));
    put_many(j, 1, 200, 100);
    expect_frames(a, 1, 200);
    journal_reader_release(a, journal_reader_pos(a));
    journal_wake(j);
    cr_assert(segment_exists(0)); /* trimming has not begun: b may still come */
    struct journal_reader *b = journal_reader_attach(j, "b", at(0, 0, 0));
    journal_start_trimming(j);
    journal_wake(j);
    cr_assert(segment_exists(0));
    expect_frames(b, 1, 100);
    struct journal_pos pos = journal_reader_pos(b);
    journal_reader_release(b, pos);
    journal_wake(j);
    cr_assert(!segment_exists(0) && !segment_exists(pos.segment - 1));
    cr_assert(segment_exists(pos.segment));
    journal_reader_free(b);
    journal_wake(j);
    struct journal_stats s;
    journal_get_stats(j, &s);
    cr_assert_eq(s.segments, 1);
    cr_assert_eq(s.size, SEG);
    expect_end(a);
    journal_reader_free(a);
    journal_close(j);
}

Test(journal, block_refuses_and_resumes)
{
    struct journal *j = open_with(4 * SEG, false, NULL, NULL);
    struct journal_reader *r = journal_reader_attach(j, "slow", at(0, 0, 0));
    journal_start_trimming(j);
    uint64_t n = 1;
    while (put(j, n, 100) == 0)
        n++;
    cr_assert_eq(errno, EDQUOT);
    cr_assert(!journal_writable(j));
    struct journal_stats s;
    journal_get_stats(j, &s);
    cr_assert(s.size == 4 * SEG && s.dropped_segments == 0 && s.next_seq == n);
    expect_frames(r, 1, 40);
    cr_assert(!journal_writable(j)); /* read, but not released */
    journal_reader_release(r, journal_reader_pos(r));
    cr_assert(journal_writable(j));
    put_many(j, n, 5, 100);
    expect_frames(r, 41, n + 4);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, drop_oldest_counts_exactly)
{
    struct journal *j = open_with(4 * SEG, true, NULL, NULL);
    struct journal_reader *r = journal_reader_attach(j, "slow", at(0, 0, 0));
    journal_start_trimming(j);
    put_many(j, 1, 10, 100);
    expect_frames(r, 1, 5); /* has the first segment mapped */
    put_many(j, 11, 490, 100);
    struct journal_stats s;
    journal_get_stats(j, &s);
    cr_assert(s.size == 4 * SEG && s.dropped_segments > 0);
    expect_frames(r, 6, 29); /* which stays readable to its end */
    struct journal_view v;
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_SKIPPED);
    cr_assert_eq(v.lost, v.seq - 30);
    uint64_t lost = v.lost, seq = v.seq;
    expect_frames(r, seq, 500);
    expect_end(r);
    struct journal_reader_stats rs;
    journal_reader_get_stats(r, &rs);
    cr_assert_eq(rs.lost_frames, lost);
    cr_assert_eq(rs.frames + lost, 500);
    journal_reader_free(r);

    r = journal_reader_attach(j, "cursor", at(1, 72, 30)); /* a cursor whose segment is gone */
    expect_skip(r, lost, seq);
    expect_frames(r, seq, 500);
    journal_reader_free(r);
    r = journal_reader_attach(j, "new", at(0, 0, 0)); /* new: nothing is lost to it */
    expect_frames(r, seq, 500);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, what_is_dropped_before_the_first_read_is_counted)
{
    struct journal *j = open_with(2 * SEG, true, NULL, NULL);
    struct journal_reader *r = journal_reader_attach(j, "early", at(0, 0, 0));
    put_many(j, 1, 500, 100);
    struct journal_view v;
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_SKIPPED);
    cr_assert_eq(v.lost, v.seq - 1);
    expect_frames(r, v.seq, 500);
    journal_reader_free(r);
    journal_close(j);
    j = open_with(2 * SEG, true, NULL, NULL);
    r = journal_reader_attach(j, "early", at(UINT64_MAX, 0, 0));
    put_many(j, 501, 500, 100);
    expect_frames(r, 501, 501);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, after_a_skip_the_repeats_are_delivered)
{
    struct live live = {.cnt = 2, .len = 16};
    struct journal *j = open_with(2 * SEG, true, repeat, &live);
    put_many(j, 1, 500, 100);
    struct journal_reader *r = journal_reader_attach(j, "slow", at(0, 0, 0));
    struct journal_view v;
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_FRAME); /* maps its segment */
    cr_assert_eq(v.flags, JOURNAL_REPEAT);
    enum journal_read got;
    while ((got = journal_read(r, &v)) == JOURNAL_READ_FRAME && v.seq < 500) {
    }
    cr_assert(got == JOURNAL_READ_FRAME && v.seq == 500);
    put_many(j, 501, 500, 100);
    while ((got = journal_read(r, &v)) == JOURNAL_READ_FRAME)
        cr_assert_lt(v.seq, 540);
    cr_assert_eq(got, JOURNAL_READ_SKIPPED);
    uint64_t seq = v.seq;
    for (uint32_t id = 1; id <= 2; id++) {
        cr_assert_eq(journal_read(r, &v), JOURNAL_READ_FRAME);
        cr_assert(v.flags == JOURNAL_REPEAT && v.source == id && v.seq == seq);
    }
    expect_frames(r, seq, 1000);
    journal_reader_free(r);
    journal_close(j);
}

Test(journal, a_cursor_beyond_the_end_is_the_end)
{
    struct journal *j = open_plain();
    put_many(j, 1, 3, 8);
    struct journal_reader *a = journal_reader_attach(j, "a", at(0, 3000, 80));
    struct journal_reader *b = journal_reader_attach(j, "b", at(9, 80, 80));
    expect_end(a);
    expect_end(b);
    put_many(j, 4, 1, 8);
    expect_frames(a, 4, 4);
    expect_frames(b, 4, 4);
    journal_reader_free(a);
    journal_reader_free(b);
    journal_close(j);
}

/* ---- disk full ---- */

Test(journal, a_full_disk_is_an_error_and_passes)
{
    if (geteuid() != 0 || mount("none", dir, "tmpfs", 0, "size=64k") != 0)
        cr_skip_test("skipped: needs root and mount(2) for a small tmpfs");
    struct journal *j = open_plain();
    uint64_t n = 1;
    while (put(j, n, 100) == 0)
        n++;
    int got = errno;
    bool writable = journal_writable(j);
    struct journal_reader *r = journal_reader_attach(j, "test", at(0, 0, 0));
    struct journal_view v;
    uint64_t seen = 0;
    while (journal_read(r, &v) == JOURNAL_READ_FRAME)
        seen++;
    journal_reader_release(r, journal_reader_pos(r));
    journal_start_trimming(j);
    journal_wake(j);
    bool again = journal_writable(j);
    int rc = put(j, n, 100);
    bool read_again = journal_read(r, &v) == JOURNAL_READ_FRAME && v.seq == n;
    journal_reader_free(r);
    journal_close(j);
    umount(dir);
    cr_assert_eq(got, ENOSPC, "%s", strerror(got));
    cr_assert(!writable && seen == n - 1 && again && rc == 0 && read_again);
}

/* ---- threads ---- */

enum { THREADS = 4 };

struct reading {
    struct journal_reader *r;
    uint64_t total, lost;
};

static void *read_all(void *arg)
{
    struct reading *t = arg;
    uint64_t next = 1;
    struct journal_view v;
    while (next <= t->total) {
        switch (journal_read(t->r, &v)) {
        case JOURNAL_READ_FRAME:
            if (v.seq != next || v.time != next ||
                (v.len > 0 && v.p[v.len - 1] != (uint8_t)next))
                return (void *)"wrong frame";
            next++;
            break;
        case JOURNAL_READ_SKIPPED:
            t->lost += v.lost;
            next += v.lost;
            break;
        case JOURNAL_READ_END:
            journal_reader_release(t->r, journal_reader_pos(t->r));
            journal_reader_wait(t->r, -1);
            break;
        case JOURNAL_READ_ERROR:
            return (void *)"error";
        }
    }
    return NULL;
}

static void run_threads(uint64_t total, bool drop)
{
    struct journal *j = open_with(16 * SEG, drop, NULL, NULL);
    pthread_t threads[THREADS];
    struct reading readings[THREADS];
    for (int i = 0; i < THREADS; i++) {
        readings[i] = (struct reading){.total = total};
        readings[i].r = journal_reader_attach(j, "thread", at(0, 0, 0));
        cr_assert_eq(pthread_create(&threads[i], NULL, read_all, &readings[i]), 0);
    }
    journal_start_trimming(j);
    for (uint64_t n = 1; n <= total;) {
        if (put(j, n, (uint32_t)(n % 300)) == 0)
            n++;
        else
            cr_assert_eq(errno, EDQUOT);
        if (n % 7 == 0 || errno == EDQUOT) {
            journal_wake(j);
            if (errno == EDQUOT)
                sched_yield(); /* to a reader */
            errno = 0;
        }
    }
    journal_wake(j);
    for (int i = 0; i < THREADS; i++) {
        void *what = NULL;
        pthread_join(threads[i], &what);
        cr_assert_null(what, "%s", (const char *)what);
        cr_assert(drop || readings[i].lost == 0);
        journal_reader_free(readings[i].r);
    }
    journal_close(j);
}

Test(journal, many_readers_at_once_block)
{
    run_threads(20000, false);
}

Test(journal, many_readers_at_once_drop_oldest)
{
    run_threads(20000, true);
}

static void *wait_once(void *arg)
{
    journal_reader_wait(arg, -1);
    return NULL;
}

Test(journal, an_interrupt_ends_a_wait)
{
    struct journal *j = open_plain();
    struct journal_reader *r = journal_reader_attach(j, "test", at(0, 0, 0));
    expect_end(r);
    journal_reader_interrupt(r); /* before the wait counts, too */
    journal_reader_wait(r, -1);
    pthread_t t;
    pthread_create(&t, NULL, wait_once, r);
    journal_reader_interrupt(r);
    pthread_join(t, NULL);
    journal_reader_wait(r, 0);
    journal_reader_free(r);
    journal_close(j);
}

/* A writer that begins anew says so, behind the sources that ended with the one before; not in
 * a journal that is empty. */
Test(journal, tells_of_a_new_start)
{
    static const struct {
        enum journal_kind kind;
        uint64_t seq;
    } want[] = {{JOURNAL_SOURCE, 1}, {JOURNAL_GONE, 2}, {JOURNAL_START, 3}, {JOURNAL_START, 4}};
    const struct journal_options o = {.dir = dir, .segment_size = SEG, .tell_start = true};
    struct journal *j = journal_open(&o, err, sizeof err);
    cr_assert_eq(journal_append(j, JOURNAL_SOURCE, 0, journal_new_source(j), 1, "x", 1), 0);
    journal_close(j);
    journal_close(journal_open(&o, err, sizeof err));
    j = journal_open(&o, err, sizeof err);
    struct journal_reader *r = journal_reader_attach(j, "r", (struct journal_pos){0});
    struct journal_view v;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        cr_assert_eq(journal_read(r, &v), JOURNAL_READ_FRAME);
        cr_assert_eq(v.kind, want[i].kind, "%zu: %d", i, v.kind);
        cr_assert_eq(v.seq, want[i].seq);
    }
    cr_assert_eq(journal_read(r, &v), JOURNAL_READ_END);
    journal_reader_free(r);
    journal_close(j);
}
