/* SPDX-License-Identifier: BSD-2-Clause */
/* The runner with real sinks, threads and crashes: what the journal holds is in the archive and
 * in the records exactly once. */
#include "feed.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "collector/sink/sink_cursor.h"
#include "collector/sink/sink_lane.h"
#include "mrt/mrt.h"

/* ---- comparing a journal with what came out ---- */

struct seen {
    const char *dir;
    uint32_t *frame; /* per sequence number: how often its record was found */
    uint64_t frames, bad;
};

/* The UPDATEs of these tests have their sequence number as MED. */
static bool med_of(const uint8_t *msg, size_t len, uint32_t *med)
{
    static const uint8_t head[] = {0x80, 4, 4};
    const uint8_t *at = memmem(msg, len, head, sizeof(head));
    if (at != NULL)
        *med = feed_u32(at + sizeof(head));
    return at != NULL;
}

static void see_record(void *arg, const struct feed_record *r)
{
    struct seen *s = arg;
    uint32_t med;
    if (!med_of(r->body, r->len, &med))
        return;
    if (med >= s->frames)
        s->bad++;
    else
        s->frame[med]++;
}

static struct seen *walking;

static int see_file(const char *p, const struct stat *st, int flag, struct FTW *f)
{
    (void)st, (void)f;
    if (flag == FTW_F)
        feed_records(p, see_record, walking);
    return 0;
}

/* Checks that each UPDATE of the journal is in the archive once, and nothing else. */
static void compare_archive(const char *dir, const char *archive)
{
    char path[128];
    struct journal_view v;
    uint64_t updates = 0;
    struct seen s = {.dir = dir, .frames = 1 << 22};
    s.frame = calloc(s.frames, sizeof(*s.frame));
    walking = &s;
    nftw(archive, see_file, 16, FTW_PHYS);
    snprintf(path, sizeof(path), "%s/journal/0", dir);
    struct journal_reader *r = journal_reader_open(path, (struct journal_pos){0});
    cr_assert_not_null(r);
    while (journal_read(r, &v) == JOURNAL_READ_FRAME) {
        if (v.kind != JOURNAL_BGP_RECV || v.p[18] != BGP_TYPE_UPDATE)
            continue;
        cr_assert_eq(s.frame[v.seq], 1, "frame %lu is %u times in the archive",
                     (unsigned long)v.seq, s.frame[v.seq]);
        s.frame[v.seq] = 0;
        updates++;
    }
    for (uint64_t i = 0; i < s.frames; i++)
        s.bad += s.frame[i];
    cr_assert_eq(s.bad, 0, "%lu records that the journal has not", (unsigned long)s.bad);
    cr_assert_gt(updates, 0);
    journal_reader_free(r);
    free(s.frame);
}

/* Checks that the lines' sequence numbers rise without gap among UPDATEs. */
static void compare_lines(const char *dir)
{
    char path[128], *line = NULL;
    size_t cap = 0;
    unsigned long last = 0, seq;
    struct journal_view v;
    snprintf(path, sizeof(path), "cat %s/records.ndjson.* %s/records.ndjson 2>/dev/null", dir,
             dir);
    FILE *p = popen(path, "r");
    snprintf(path, sizeof(path), "%s/journal/0", dir);
    struct journal_reader *r = journal_reader_open(path, (struct journal_pos){0});
    while (journal_read(r, &v) == JOURNAL_READ_FRAME) {
        if (v.kind != JOURNAL_BGP_RECV || v.p[18] != BGP_TYPE_UPDATE)
            continue;
        do {
            cr_assert_gt(getline(&line, &cap, p), 0, "lines end before frame %lu",
                         (unsigned long)v.seq);
            char *at = strstr(line, "\"seq\":");
            cr_assert_not_null(at, "%s", line);
            seq = strtoul(at + 6, NULL, 10);
            cr_assert_gt(seq, last, "line %lu after line %lu", seq, last);
            cr_assert_eq(line[strlen(line) - 2], '}');
            last = seq;
        } while (seq < v.seq);
        cr_assert_eq(seq, v.seq, "no line for frame %lu", (unsigned long)v.seq);
    }
    journal_reader_free(r);
    pclose(p);
    free(line);
}

/* ---- running ---- */

static struct sinks *start(struct feed *f, struct config *cfg)
{
    char err[512] = "";
    struct sinks *s = sinks_start(cfg, &f->j, 1, &feed_log, err, sizeof(err));
    cr_assert_not_null(s, "%s", err);
    return s;
}

/* Appends an UPDATE that carries its own sequence number; false when the journal is full. */
static bool append_numbered(struct feed *f, uint32_t src, uint64_t t)
{
    struct journal_stats st;
    uint8_t msg[FEED_MSG];
    journal_get_stats(f->j, &st);
    size_t len = feed_update(msg, (uint32_t)st.next_seq, true, false);
    return journal_append(f->j, JOURNAL_BGP_RECV, 0, src, t, msg, (uint32_t)len) == 0;
}

static double metric_of(struct sinks *s, const char *sample)
{
    struct buf b = {0};
    sinks_metrics(s, &b);
    buf_add_char(&b, '\0');
    char *at = strstr(b.p, sample);
    double v = at != NULL ? strtod(at + strlen(sample), NULL) : -1;
    buf_free(&b);
    return v;
}

/* Waits until a sample has a value of at least `min`; fails after ten seconds. */
static void wait_metric(struct sinks *s, const char *sample, double min)
{
    for (int i = 0; i < 1000; i++) {
        if (metric_of(s, sample) >= min)
            return;
        usleep(10000);
    }
    cr_assert_fail("%s stays at %g", sample, metric_of(s, sample));
}

static struct config *fast_config(const char *dir)
{
    struct config *c = feed_config(dir);
    c->archive.enabled = true;
    c->archive.slot_s = 1;
    c->ndjson.enabled = true;
    return c;
}

/* A journal that keeps all its segments, so that we can compare in the end. */
static struct journal_reader *keep_all(struct feed *f)
{
    return journal_reader_attach(f->j, "keep", (struct journal_pos){0});
}

Test(sink, stop_drains_and_gives_final_names, .timeout = 60)
{
    char dir[64];
    struct feed f = {0};
    feed_temp(dir);
    feed_begin(&f, dir, 0);
    struct config *cfg = fast_config(dir);
    struct journal_reader *keep = keep_all(&f);
    struct sinks *s = start(&f, cfg);
    uint32_t src = feed_session(&f, 64501, false, true, false, clock_realtime_ns());
    for (int i = 0; i < 10000; i++)
        cr_assert(append_numbered(&f, src, clock_realtime_ns()));
    journal_wake(f.j);
    cr_assert_eq(sinks_stop(s, 10000), 0);
    cr_assert_null(strstr(feed_list(cfg->archive.dir), ".part"));
    compare_archive(dir, cfg->archive.dir);
    compare_lines(dir);
    journal_reader_free(keep);
    journal_close(f.j);
    config_unref(cfg);
    feed_rm(dir);
}

/* ---- SIGKILL at random moments ---- */

static void sessions_until_killed(const char *dir, bool last)
{
    struct feed f = {0};
    feed_begin(&f, dir, 256 * 1024);
    struct config *cfg = fast_config(dir);
    cfg->ndjson.rotate_size = 200 * 1024;
    keep_all(&f);
    struct sinks *s = start(&f, cfg);
    uint64_t t = clock_realtime_ns();
    uint32_t src = feed_session(&f, 64501, false, true, false, t);
    /* The journal's clock runs fast: a slot, and so a checkpoint, every 200 frames. */
    for (int i = 0; !last || i < 1000; i++) {
        append_numbered(&f, src, t += 5000000);
        if (i % 20 == 0) {
            journal_wake(f.j);
            usleep(300);
        }
    }
    journal_wake(f.j);
    _exit(sinks_stop(s, 20000) == 0 ? 0 : 3);
}

static int run_child(const char *dir, int kill_after_us)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        sessions_until_killed(dir, kill_after_us < 0);
    if (kill_after_us >= 0) {
        usleep((useconds_t)kill_after_us);
        kill(pid, SIGKILL);
    }
    waitpid(pid, &status, 0);
    return status;
}

Test(sink, every_message_once_after_twenty_kills, .timeout = 120)
{
    char dir[64], archive[80];
    feed_temp(dir);
    unsigned seed = (unsigned)clock_realtime_ns();
    for (int i = 0; i < 20; i++)
        run_child(dir, rand_r(&seed) % 250000);
    cr_assert_eq(run_child(dir, -1), 0, "the last run does not drain");
    snprintf(archive, sizeof(archive), "%s/archive", dir);
    cr_expect_null(strstr(feed_list(archive), ".part"));
    compare_archive(dir, archive);
    compare_lines(dir);
    feed_rm(dir);
}

/* ---- disk full ---- */

Test(sink, full_disk_delays_and_loses_nothing, .timeout = 60)
{
    char dir[64], archive[80];
    struct feed f = {0};
    feed_temp(dir);
    snprintf(archive, sizeof(archive), "%s/archive", dir);
    mkdir(archive, 0755);
    if (mount("tmpfs", archive, "tmpfs", 0, "size=64k") != 0) {
        printf("skipped: full disk: mount needs root: %s\n", strerror(errno));
        feed_rm(dir);
        return;
    }
    feed_begin(&f, dir, 1 << 20);
    struct config *cfg = fast_config(dir);
    cfg->archive.format = STREAM_PLAIN;
    cfg->archive.slot_s = 300;
    struct journal_reader *keep = keep_all(&f);
    struct log quiet = {.fd = open("/dev/null", 1), .level = LOG_LEVEL_ERROR};
    char err[512];
    struct sinks *s = sinks_start(cfg, &f.j, 1, &quiet, err, sizeof(err));
    cr_assert_not_null(s, "%s", err);
    uint32_t src = feed_session(&f, 64501, false, true, false, clock_realtime_ns());
    for (int i = 0; i < 2000; i++)
        cr_assert(append_numbered(&f, src, clock_realtime_ns()));
    journal_wake(f.j);
    wait_metric(s, "ribtape_sink_errors_total{sink=\"archive\"} ", 2);
    cr_expect_eq(metric_of(s, "ribtape_sink_failing{sink=\"archive\"} "), 1);
    wait_metric(s, "ribtape_sink_frames_total{sink=\"ndjson\"} ", 2004); /* others go on */
    cr_assert_eq(mount("tmpfs", archive, "tmpfs", MS_REMOUNT, "size=16m"), 0);
    wait_metric(s, "ribtape_sink_frames_total{sink=\"archive\"} ", 2004);
    cr_expect_gt(metric_of(s, "ribtape_sink_delayed_frames_total{sink=\"archive\"} "), 0);
    cr_expect_eq(metric_of(s, "ribtape_sink_lost_frames_total{sink=\"archive\"} "), 0);
    cr_expect_eq(sinks_stop(s, 10000), 0);
    compare_archive(dir, archive);
    umount(archive);
    journal_reader_free(keep);
    journal_close(f.j);
    config_unref(cfg);
    feed_rm(dir);
}

/* ---- reload ---- */

Test(sink, reload_moves_the_archive_without_a_gap, .timeout = 60)
{
    char dir[64], err[512] = "";
    struct feed f = {0};
    feed_temp(dir);
    feed_begin(&f, dir, 256 * 1024);
    struct config *cfg = fast_config(dir), *per_peer = fast_config(dir),
                  *off = fast_config(dir);
    per_peer->archive.per = PER_PEER;
    off->archive.enabled = off->ndjson.enabled = false;
    struct journal_reader *keep = keep_all(&f);
    struct sinks *s = start(&f, cfg);
    uint32_t src = feed_session(&f, 64501, false, true, false, clock_realtime_ns());
    for (int i = 0; i < 6000; i++) {
        cr_assert(append_numbered(&f, src, clock_realtime_ns()));
        if (i % 100 == 0)
            journal_wake(f.j);
        if (i == 3000)
            cr_assert_eq(sinks_reload(s, per_peer, err, sizeof(err)), 0, "%s", err);
    }
    journal_wake(f.j);
    wait_metric(s, "ribtape_sink_frames_total{sink=\"archive\"} ", 2000);
    struct journal_stats st;
    journal_get_stats(f.j, &st);
    cr_assert_eq(sinks_reload(s, off, err, sizeof(err)), 0, "%s", err);
    cr_expect_eq(metric_of(s, "ribtape_sink_frames_total{sink=\"archive\"} "), -1);
    compare_archive(dir, cfg->archive.dir);
    /* Switched on again, it begins with what comes from then on. */
    for (int i = 0; i < 100; i++)
        feed_route(&f, src, clock_realtime_ns(), 9999999);
    journal_wake(f.j);
    cr_assert_eq(sinks_reload(s, cfg, err, sizeof(err)), 0, "%s", err);
    cr_assert_eq(sinks_stop(s, 10000), 0);
    journal_reader_free(keep);
    journal_close(f.j);
    config_unref(cfg);
    config_unref(per_peer);
    config_unref(off);
    feed_rm(dir);
}

static unsigned plain_records;

static void count_plain(void *arg, const struct feed_record *r)
{
    (void)arg;
    plain_records += r->type == MRT_BGP4MP;
}

static int see_plain(const char *p, const struct stat *st, int flag, struct FTW *f)
{
    (void)st, (void)f;
    if (flag == FTW_F)
        feed_records(p, count_plain, NULL);
    return 0;
}

/* Every option of a sink counts in a reload, not only those that this list once knew. */
Test(sink, reload_takes_over_each_option, .timeout = 60)
{
    char dir[64], err[512] = "";
    struct feed f = {0};
    feed_temp(dir);
    feed_begin(&f, dir, 256 * 1024);
    struct config *cfg = fast_config(dir), *plain = fast_config(dir);
    plain->archive.seconds = true;
    struct sinks *s = start(&f, cfg);
    cr_assert_eq(sinks_reload(s, plain, err, sizeof(err)), 0, "%s", err);
    uint32_t src = feed_session(&f, 64501, false, true, false, clock_realtime_ns());
    feed_route(&f, src, clock_realtime_ns(), 1);
    journal_wake(f.j);
    cr_assert_eq(sinks_stop(s, 10000), 0);
    plain_records = 0;
    nftw(cfg->archive.dir, see_plain, 16, FTW_PHYS);
    cr_assert_eq(plain_records, 4, "%u plain records", plain_records);
    journal_close(f.j);
    config_unref(cfg);
    config_unref(plain);
    feed_rm(dir);
}

/* ---- cursors ---- */

Test(sink, cursor_survives_and_tells_damage)
{
    char dir[64], path[PATH_MAX], err[512] = "";
    static struct sink_cursor a, b;
    feed_temp(dir);
    cr_assert_eq(sink_cursor_path(path, sizeof(path), dir, "x"), 0);
    cr_assert_eq(sink_cursor_load(path, &b, err, sizeof(err)), 0);
    a.lane_cnt = 2;
    a.lane[1] = (struct journal_pos){.segment = 7, .off = 4096, .seq = UINT64_C(1) << 40};
    buf_add_str(&a.state, "state");
    cr_assert_eq(sink_cursor_store(path, &a), 0, "%s", strerror(errno));
    cr_assert_eq(sink_cursor_load(path, &b, err, sizeof(err)), 1, "%s", err);
    cr_assert_eq(b.lane_cnt, 2);
    cr_assert_eq(b.lane[1].segment, 7);
    cr_assert_eq(b.lane[1].off, 4096);
    cr_assert_eq(b.lane[1].seq, UINT64_C(1) << 40);
    cr_assert_eq(b.state.len, 5);
    cr_assert_eq(memcmp(b.state.p, "state", 5), 0);
    struct stat st;
    stat(path, &st);
    for (off_t cut = 0; cut < st.st_size; cut++) {
        cr_assert_eq(sink_cursor_store(path, &a), 0);
        cr_assert_eq(truncate(path, cut), 0);
        cr_assert_eq(sink_cursor_load(path, &b, err, sizeof(err)), -1, "cut at %ld", (long)cut);
    }
    buf_free(&a.state);
    buf_free(&b.state);
    feed_rm(dir);
}

/* A cursor of a journal that was removed must not make the new one's frames vanish. */
Test(sink, cursor_ahead_of_the_journal_starts_anew, .timeout = 60)
{
    char dir[64], path[PATH_MAX];
    struct feed f = {0};
    static struct sink_cursor c = {.lane_cnt = 1, .lane = {{40, 4096, 100000}}};
    feed_temp(dir);
    cr_assert_eq(sink_cursor_path(path, sizeof(path), dir, "archive"), 0);
    cr_assert_eq(sink_cursor_store(path, &c), 0);
    feed_begin(&f, dir, 0);
    struct config *cfg = fast_config(dir);
    cfg->ndjson.enabled = false;
    uint32_t src = feed_session(&f, 64501, false, true, false, clock_realtime_ns());
    cr_assert(append_numbered(&f, src, clock_realtime_ns()));
    struct log quiet = {.fd = open("/dev/null", 1), .level = LOG_LEVEL_ERROR};
    char err[512];
    struct sinks *s = sinks_start(cfg, &f.j, 1, &quiet, err, sizeof(err));
    cr_assert_not_null(s, "%s", err);
    cr_assert_eq(sinks_stop(s, 10000), 0);
    compare_archive(dir, cfg->archive.dir);
    journal_close(f.j);
    config_unref(cfg);
    feed_rm(dir);
}

/* A new sink knows at once with which frame its journal begins: until it has read that one, what
 * is there waits. */
Test(sink, what_a_new_sink_has_not_read_waits, .timeout = 60)
{
    char dir[64];
    struct feed f = {0};
    static struct sink_cursor none;
    static const struct track_hooks hooks;
    struct sink_lanes l;
    feed_temp(dir);
    feed_begin(&f, dir, 0);
    for (unsigned i = 0; i < 2; i++) { /* an empty journal, then one with frames */
        cr_assert_eq(sink_lanes_open(&l, &f.j, 1, "new", &hooks, &none, false), 0);
        cr_assert_eq(sink_lanes_head(&l, 0), 1);
        sink_lanes_close(&l);
        uint32_t src = feed_session(&f, 64501, false, true, false, clock_realtime_ns());
        cr_assert(append_numbered(&f, src, clock_realtime_ns()));
    }
    struct config *cfg = fast_config(dir);
    char err[512];
    struct sinks *s = sinks_start(cfg, &f.j, 1, &feed_log, err, sizeof(err));
    cr_assert_not_null(s, "%s", err);
    struct buf b = {0};
    sinks_metrics(s, &b);
    buf_add(&b, "", 1);
    char want[128];
    snprintf(want, sizeof(want),
             "ribtape_ledger_frames{sink=\"archive\",state=\"received\"} %llu\n",
             (unsigned long long)journal_next_seq(f.j) - 1);
    cr_assert_not_null(strstr((const char *)b.p, want), "%s", (const char *)b.p);
    buf_free(&b);
    cr_assert_eq(sinks_stop(s, 10000), 0);
    journal_close(f.j);
    config_unref(cfg);
    feed_rm(dir);
}

/* Two shards: the archive has the frames of both in the order of time. */
static uint64_t last_us;

static void check_order(void *arg, const struct feed_record *r)
{
    uint64_t us = (uint64_t)r->sec * 1000000 + r->usec;
    (void)arg;
    cr_assert_geq(us, last_us);
    last_us = us;
}

Test(sink, shards_are_merged_by_time, .timeout = 60)
{
    char dir[2][64], err[512];
    struct feed f[2] = {0};
    struct journal *j[2];
    uint64_t t = UINT64_C(1763842500) * NS_PER_S;
    for (int i = 0; i < 2; i++) {
        feed_temp(dir[i]);
        feed_begin(&f[i], dir[i], 0);
        j[i] = f[i].j;
        uint32_t src = feed_session(&f[i], 64501, i, true, false, t);
        for (unsigned k = 0; k < 1000; k++)
            feed_route(&f[i], src, t + (k * 2 + (unsigned)i) * UINT64_C(1000000), k);
    }
    struct config *cfg = fast_config(dir[0]);
    cfg->archive.slot_s = 300;
    struct sinks *s = sinks_start(cfg, j, 2, &feed_log, err, sizeof(err));
    cr_assert_not_null(s);
    cr_assert_eq(sinks_stop(s, 10000), 0);
    char path[160];
    snprintf(path, sizeof(path), "%s/2025.11/updates.20251122.2015.gz", cfg->archive.dir);
    cr_assert_eq(feed_records(path, check_order, NULL), 2 * 1003);
    config_unref(cfg);
    for (int i = 0; i < 2; i++) {
        journal_close(j[i]);
        feed_rm(dir[i]);
    }
}
