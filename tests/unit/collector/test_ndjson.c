/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as lines: files that rotate and restart, and a standard output that blocks or goes.
 */
#include "drive.h"

#include <signal.h>
#include <sys/wait.h>

static unsigned lines_of(const char *path)
{
    size_t len;
    uint8_t *p = feed_slurp(path, &len);
    unsigned cnt = 0;
    for (size_t i = 0; i < len; i++)
        cnt += p[i] == '\n';
    cr_assert(len == 0 || p[len - 1] == '\n', "%s: half a line", path);
    free(p);
    return cnt;
}

static unsigned lines(struct drive *d)
{
    return lines_of(d->cfg->ndjson.path);
}

/* Consumes `cnt` UPDATEs. */
static void routes(struct drive *d, uint32_t id, unsigned cnt)
{
    for (unsigned i = 0; i < cnt; i++)
        feed_route(&d->feed, id, NS(1000), i);
    drive_pump(d);
}

static uint32_t begin(struct drive *d)
{
    drive_begin(d, &sink_ndjson);
    return feed_session(&d->feed, 64501, false, true, false, NS(1000));
}

Test(ndjson, one_object_a_line)
{
    struct drive d;
    uint32_t id = begin(&d);
    drive_open(&d);
    routes(&d, id, 10);
    drive_close(&d, true);
    unsigned cnt = lines(&d);
    cr_assert_geq(cnt, 13); /* OPENs, the state, UPDATEs; the record's own tests know more */
    char command[256];
    snprintf(command, sizeof(command),
             "python3 -c \"import json,sys;"
             "[json.loads(l)['v'] for l in open('%s')]\"",
             d.cfg->ndjson.path);
    cr_assert_eq(system(command), 0);
    drive_end(&d);
}

/* Returns how often a text is in the file. */
static unsigned count_text(struct drive *d, const char *text)
{
    size_t len;
    uint8_t *p = feed_slurp(d->cfg->ndjson.path, &len);
    unsigned cnt = 0;
    for (size_t i = 0, n = strlen(text); i + n <= len; i++)
        cnt += memcmp(p + i, text, n) == 0;
    free(p);
    return cnt;
}

Test(ndjson, keepalives_and_octets_when_asked_for)
{
    for (unsigned asked = 0; asked < 2; asked++) {
        struct drive d;
        uint8_t keepalive[19] = {[17] = 19, [18] = BGP_TYPE_KEEPALIVE};
        memset(keepalive, 0xff, 16);
        uint32_t id = begin(&d);
        d.cfg->ndjson.keepalives = d.cfg->ndjson.raw = asked;
        drive_open(&d);
        feed_put(&d.feed, JOURNAL_BGP_RECV, id, NS(1000), keepalive, sizeof keepalive);
        routes(&d, id, 10);
        drive_close(&d, true);
        cr_expect_eq(count_text(&d, "\"type\":\"keepalive\""), asked);
        unsigned messages = lines(&d) - 1; /* and the state */
        cr_expect_eq(count_text(&d, "\"raw\":\"ffff"), asked ? messages : 0);
        drive_end(&d);
    }
}

Test(ndjson, crash_cuts_what_no_checkpoint_covers)
{
    struct drive d;
    uint32_t id = begin(&d);
    drive_open(&d);
    routes(&d, id, 10);
    drive_checkpoint(&d);
    unsigned before = lines(&d);
    routes(&d, id, 10);
    cr_assert_eq(d.ops->tick(d.self, NS(1001)), SINK_OK); /* to the file, not durable */
    cr_assert_eq(lines(&d), before + 10);
    drive_close(&d, false);
    drive_open(&d);
    cr_assert_eq(lines(&d), before);
    drive_close(&d, true);
    drive_end(&d);
}

static void expect_records(struct drive *d, unsigned cnt)
{
    char want[64];
    snprintf(want, sizeof(want), "\nribtape_ndjson_records_total %u\n", cnt);
    const char *m = drive_metrics(d);
    cr_expect_not_null(strstr(m, want), "%u wanted: %s", cnt, m);
}

/* What comes while a checkpoint becomes durable is not in its state; the metrics count what is in
 * the file, and what comes again after a failure once. */
Test(ndjson, consumes_on_while_a_checkpoint_becomes_durable)
{
    struct drive d;
    uint32_t id = begin(&d);
    drive_open(&d);
    routes(&d, id, 10);
    drive_checkpoint(&d);
    unsigned before = lines(&d);
    routes(&d, id, 10);
    buf_clear(&d.state);
    cr_assert_eq(d.ops->checkpoint(d.self, &d.state), SINK_OK);
    routes(&d, id, 5);
    cr_assert_geq(d.ops->tick(d.self, NS(1001)), SINK_OK);
    cr_assert_eq(lines(&d), before + 15);
    drive_confirm(&d);
    cr_assert_eq(d.ops->settle(d.self), SINK_OK);
    expect_records(&d, before + 15);
    cr_assert_eq(d.ops->rewind(d.self, d.state.p, d.state.len), SINK_OK);
    cr_assert_eq(lines(&d), before + 10);
    expect_records(&d, before + 15);
    routes(&d, id, 4); /* in the stead of the five */
    cr_assert_geq(d.ops->tick(d.self, NS(1001)), SINK_OK);
    expect_records(&d, before + 15);
    routes(&d, id, 2);
    cr_assert_geq(d.ops->tick(d.self, NS(1001)), SINK_OK);
    expect_records(&d, before + 16);
    drive_close(&d, false);
    drive_open(&d);
    cr_assert_eq(lines(&d), before + 10);
    drive_close(&d, true);
    drive_end(&d);
}

/* Every frame is a record, one without a record, or left out by the filter. */
Test(ndjson, a_filter_leaves_out_and_counts)
{
    struct drive d;
    uint32_t id = begin(&d);
    feed_set(&d.cfg->ndjson.filter, "type open or type announce and peer-as 64501", "");
    drive_open(&d);
    routes(&d, id, 10);
    drive_checkpoint(&d);
    cr_assert_eq(lines(&d), 12); /* both OPENs */
    const char *m = drive_metrics(&d);
    cr_expect_not_null(strstr(m, "\nribtape_ndjson_records_total 12\n"), "%s", m);
    cr_expect_not_null(strstr(m, "\nribtape_ndjson_excluded_total 2\n"), "%s", m);
    drive_close(&d, false);
    feed_set(&d.cfg->ndjson.filter, "prefix ::/0", "");
    drive_open(&d);
    routes(&d, id, 10);
    drive_close(&d, true);
    cr_assert_eq(lines(&d), 12);
    drive_end(&d);
}

/* A file that is not the checkpoint's (moved away, a new one put there) is not cut. */
Test(ndjson, foreign_file_is_not_cut)
{
    struct drive d;
    char moved[128];
    uint32_t id = begin(&d);
    drive_open(&d);
    routes(&d, id, 1);
    drive_close(&d, true);
    snprintf(moved, sizeof(moved), "%s/moved", d.dir);
    cr_assert_eq(rename(d.cfg->ndjson.path, moved), 0);
    FILE *f = fopen(d.cfg->ndjson.path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("{\"mine\":1}\n", f);
    fclose(f);
    drive_open(&d);
    drive_close(&d, true);
    cr_assert_eq(lines(&d), 1000);
    drive_end(&d);
}

static unsigned rotated(struct drive *d, unsigned *total)
{
    char text[4096], path[256];
    unsigned cnt = 0;
    *total = 0;
    strcpy(text, feed_list(d->dir));
    for (char *w = strtok(text, " "); w != NULL; w = strtok(NULL, " ")) {
        if (strncmp(w, "records.ndjson", 14) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%.100s", d->dir, w);
        *total += lines_of(path);
        cnt += w[14] == '.';
    }
    return cnt;
}

Test(ndjson, rotates_by_size_at_a_checkpoint)
{
    struct drive d;
    unsigned total, before;
    uint32_t id = begin(&d);
    d.cfg->ndjson.rotate_size = 2000;
    drive_open(&d);
    drive_pump(&d);
    drive_checkpoint(&d);
    rotated(&d, &before);
    for (unsigned i = 0; i < 5; i++) {
        routes(&d, id, 20);
        drive_checkpoint(&d);
        cr_assert_eq(rotated(&d, &total), i + 1);
        cr_assert_eq(total, before + 20 * (i + 1));
        cr_assert_eq(lines(&d), 0);
    }
    drive_close(&d, true);
    drive_end(&d);
}

Test(ndjson, rotates_by_time)
{
    struct drive d;
    unsigned total;
    uint32_t id = begin(&d);
    d.cfg->ndjson.rotate_s = 3600;
    drive_open(&d);
    routes(&d, id, 1);
    uint64_t now = clock_realtime_ns();
    cr_assert_eq(d.ops->tick(d.self, now), SINK_OK);
    cr_assert_eq(d.ops->tick(d.self, now + NS(3601)), SINK_CHECKPOINT);
    cr_assert_eq(rotated(&d, &total), 0, "not before the checkpoint");
    drive_close(&d, true);
    drive_end(&d);
}

/* Killed between the checkpoint that rotates and the rename. */
Test(ndjson, crash_in_a_rotation_doubles_nothing)
{
    struct drive d;
    unsigned total, want;
    uint32_t id = begin(&d);
    d.cfg->ndjson.rotate_size = 100;
    drive_open(&d);
    routes(&d, id, 20);
    buf_clear(&d.state);
    cr_assert_eq(d.ops->checkpoint(d.self, &d.state), SINK_OK);
    drive_close(&d, false);
    cr_assert_eq(rotated(&d, &want), 0);
    drive_open(&d); /* renames */
    cr_assert_eq(rotated(&d, &total), 1);
    cr_assert_eq(total, want);
    drive_close(&d, false); /* killed again, before the next checkpoint */
    drive_open(&d);
    cr_assert_eq(rotated(&d, &total), 1);
    cr_assert_eq(total, want);
    drive_close(&d, false);
    drive_end(&d);
}

/* A FIFO would block its opener and can't be cut: refused, with the way to go. */
Test(ndjson, path_must_be_a_regular_file)
{
    struct drive d;
    char fifo[128], err[256] = "";
    begin(&d);
    snprintf(fifo, sizeof(fifo), "%s/fifo", d.dir);
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    feed_set(&d.cfg->ndjson.path, fifo, "");
    const struct sink_open o = {.cfg = d.cfg, .name = "ndjson", .log = &(struct log){.fd = 2}};
    cr_assert_null(d.ops->open(&o, err, sizeof(err)));
    cr_assert_not_null(strstr(err, "no regular file"), "%s", err);
    drive_end(&d);
}

/* ---- standard output ---- */

/* Consumes UPDATEs until the sink is busy; returns how many it took. */
static unsigned until_busy(struct drive *d, uint32_t id)
{
    struct journal_view v;
    struct track_item item;
    for (unsigned cnt = 0; cnt < 100000; cnt++) {
        feed_route(&d->feed, id, NS(1000), cnt);
        while (journal_read(d->reader, &v) == JOURNAL_READ_FRAME) {
            cr_assert_eq(track_feed(d->track, &v, &item), 0);
            enum sink_result rc = d->ops->consume(d->self, d->track, &item);
            if (rc == SINK_BUSY)
                return cnt;
            cr_assert(rc == SINK_OK || rc == SINK_FILTERED);
        }
    }
    return UINT32_MAX;
}

static int pipe_as_stdout(int *old)
{
    int fd[2];
    fflush(stdout);
    *old = dup(1);
    cr_assert_eq(pipe(fd), 0);
    dup2(fd[1], 1);
    close(fd[1]);
    return fd[0];
}

static void restore_stdout(int old)
{
    dup2(old, 1);
    close(old);
}

Test(ndjson, blocked_stdout_only_makes_it_lag, .timeout = 30)
{
    struct drive d;
    int old, in = pipe_as_stdout(&old);
    struct buf state = {0};
    char text[65536];
    uint32_t id = begin(&d);
    feed_set(&d.cfg->ndjson.path, "-", "");
    drive_open(&d);
    unsigned took = until_busy(&d, id);
    enum sink_result full = d.ops->checkpoint(d.self, &state);
    fcntl(in, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 1000 && d.ops->checkpoint(d.self, &state) != SINK_OK; i++)
        while (read(in, text, sizeof(text)) > 0)
            ;
    enum sink_result empty = d.ops->checkpoint(d.self, &state);
    drive_close(&d, false);
    restore_stdout(old);
    cr_assert_lt(took, UINT32_MAX);
    cr_assert_eq(full, SINK_BUSY);
    cr_assert_eq(empty, SINK_OK);
    close(in);
    drive_end(&d);
}

Test(ndjson, closed_stdout_switches_it_off)
{
    struct drive d;
    int old;
    signal(SIGPIPE, SIG_IGN);
    close(pipe_as_stdout(&old));
    uint32_t id = begin(&d);
    feed_set(&d.cfg->ndjson.path, "-", "");
    drive_open(&d);
    routes(&d, id, 10);
    enum sink_result rc = d.ops->tick(d.self, NS(1001));
    routes(&d, id, 10);
    restore_stdout(old);
    cr_assert_eq(rc, SINK_OK);
    cr_assert_not_null(strstr(drive_metrics(&d), "ribtape_ndjson_closed 1\n"));
    cr_assert_not_null(strstr(drive_metrics(&d), "ribtape_ndjson_discarded_total 10\n"));
    drive_close(&d, true);
    drive_end(&d);
}
