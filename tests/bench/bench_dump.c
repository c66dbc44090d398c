/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_dump: how long a RIB dump takes, against pigz on the same octets, and what it does to
 * the journal's writer meanwhile.
 *
 *   ribtape generate --routes 1000000 --format updates > TABLE
 *   bench_dump TABLE [PEERS [LEVEL [FOLDER]]]
 *
 * Fills a RIB by way of a journal: every peer announces the table, its own AS first in the
 * paths. Then appends frames of 200 octets at 20,000/s for some seconds, alone and during a
 * dump, and prints how long an append took. pigz compresses the same octets from memory's cache
 * to the same folder, on two threads, at the same level, as nice as the threads of a dump are.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/journal/journal.h"
#include "bgp/attr_map.h"
#include "bgp/update.h"
#include "collector/rib/rib_dump.h"
#include "schemas/track/source.h"

enum { RUN_MAX = 16, PACE_HZ = 20000, ALONE_S = 5, FRAME_LEN = 200, SAMPLES_MAX = 4 << 20 };

static void die(const char *what)
{
    fprintf(stderr, "bench_dump: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double seconds(uint64_t since)
{
    return (double)(clock_monotonic_ns() - since) / 1e9;
}

/* User and system time: of use where others have the processors, too. */
static double cpu_seconds(int who)
{
    struct rusage r = {0};
    getrusage(who, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void read_all(const char *path, struct buf *b)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        die(path);
    for (;;) {
        char *p = buf_room(b, 1 << 20);
        size_t n = p != NULL ? fread(p, 1, 1 << 20, f) : 0;
        if (n == 0)
            break;
        b->len += n;
    }
    fclose(f);
}

/* ---- filling the RIB ---- */

struct bench {
    const char *dir;
    struct journal *j;
    struct journal_reader *reader;
    struct track *track;
    struct rib_feed *feed;
};

static void pump(struct bench *b)
{
    struct journal_view v;
    struct track_item item;
    while (journal_read(b->reader, &v) == JOURNAL_READ_FRAME) {
        if (track_feed(b->track, &v, &item) != 0 ||
            rib_feed_item(b->feed, b->track, &item) != 0)
            die("feed");
    }
    journal_reader_release(b->reader, journal_reader_pos(b->reader));
    journal_wake(b->j);
}

static void append(struct bench *b, enum journal_kind kind, uint32_t source, const void *p,
                   size_t len)
{
    while (journal_append(b->j, kind, 0, source, clock_realtime_ns(), p, (uint32_t)len) != 0) {
        if (errno != EDQUOT)
            die("append");
        pump(b);
    }
}

static uint32_t begin_session(struct bench *b, uint32_t peer)
{
    static const uint8_t up[2] = {5, 6};
    struct source_info info = {.kind = SOURCE_BGP, .remote_asn = 64512 + peer};
    uint8_t buf[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(buf, sizeof(buf));
    uint32_t id = journal_new_source(b->j);
    info.remote = (struct source_addr){4, {10, 0, (uint8_t)(peer >> 8), (uint8_t)peer}, 179};
    info.local = (struct source_addr){4, {192, 0, 2, 1}, 179};
    source_encode(&info, &w);
    append(b, JOURNAL_SOURCE, id, buf, w.len);
    append(b, JOURNAL_STATE, id, up, sizeof(up));
    return id;
}

/* Sends an UPDATE in parts of RUN_MAX NLRI with sets of their own. */
static void announce(struct bench *b, uint32_t id, uint32_t peer, const uint8_t *msg,
                     size_t len)
{
    static const struct bgp_ctx ctx = {.asn4 = true};
    struct bgp_update u;
    uint8_t part[4096];
    if (bgp_update_index(msg, len, &ctx, &u) != 0 || !u.announced.present)
        return;
    const struct bgp_attr *path = bgp_update_attr(&u, ATTR_AS_PATH);
    const struct bgp_attr *hop = bgp_update_attr(&u, ATTR_NEXT_HOP);
    if (path == NULL || path->len < 6 || hop == NULL)
        return;
    size_t head = u.attrs.off + u.attrs.len;
    memcpy(part, msg, head);
    for (unsigned i = 0; i < 4; i++)
        part[path->off + 2 + i] = (uint8_t)((64512 + peer) >> (24 - 8 * i));
    struct cur c = bgp_update_cur(&u, u.announced.nlri);
    for (uint8_t run = 0; c.left > 0; run++) {
        struct wr w = wr_of(part, sizeof(part));
        w.len = head;
        part[hop->off + 3] = run;
        for (unsigned i = 0; i < RUN_MAX && c.left > 0; i++) {
            uint8_t bits = 0;
            if (!cur_u8(&c, &bits))
                break;
            uint32_t n = (bits + 7u) / 8;
            wr_u8(&w, bits);
            wr_bytes(&w, cur_bytes(&c, n), n);
        }
        part[16] = (uint8_t)(w.len >> 8);
        part[17] = (uint8_t)w.len;
        append(b, JOURNAL_BGP_RECV, id, part, w.len);
    }
}

static void fill(struct bench *b, const struct buf *table, uint32_t peers)
{
    for (uint32_t p = 0; p < peers; p++) {
        uint32_t id = begin_session(b, p);
        for (size_t at = 0; at + BGP_HEADER_LEN <= table->len;) {
            const uint8_t *msg = (const uint8_t *)table->p + at;
            size_t len = (size_t)(msg[16] << 8 | msg[17]);
            announce(b, id, p, msg, len);
            at += len;
        }
        pump(b);
    }
}

/* ---- appends ---- */

static uint32_t *sample;

static int compare(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Appends at PACE_HZ until *stop, or for `sec`. */
static void measure(struct bench *b, const char *what, const bool *stop, unsigned sec)
{
    static const uint8_t frame[FRAME_LEN];
    size_t cnt = 0;
    uint64_t begin = clock_monotonic_ns(), next = begin;
    while (cnt < SAMPLES_MAX &&
           !(stop != NULL ? __atomic_load_n(stop, __ATOMIC_ACQUIRE)
                          : clock_monotonic_ns() - begin > (uint64_t)sec * NS_PER_S)) {
        for (unsigned i = 0; i < PACE_HZ / 1000; i++) {
            uint64_t t = clock_monotonic_ns();
            if (journal_append(b->j, JOURNAL_LOST, 0, 0, t, frame, sizeof(frame)) != 0) {
                pump(b);
                continue;
            }
            sample[cnt++] = (uint32_t)(clock_monotonic_ns() - t);
        }
        journal_wake(b->j);
        next += NS_PER_S / 1000;
        uint64_t now = clock_monotonic_ns();
        struct timespec pause = {.tv_nsec = next > now ? (long)(next - now) : 0};
        nanosleep(&pause, NULL);
    }
    qsort(sample, cnt, sizeof(sample[0]), compare);
    if (cnt > 0)
        printf("append %s: p50 %u ns, p99 %u ns, p99.9 %u ns, of %zu\n", what, sample[cnt / 2],
               sample[cnt / 100 * 99], sample[cnt / 1000 * 999], cnt);
}

/* ---- dumps ---- */

struct dumping {
    struct bench *b;
    struct rib_dump_options o;
    char path[256];
    struct rib_dump_stats stats;
    double seconds;
    bool done;
};

static void *dump(void *arg)
{
    struct dumping *d = arg;
    uint64_t begin = clock_monotonic_ns();
    unlink(d->path);
    if (rib_dump_file(d->b->feed, &d->o, d->path, &d->stats) != 0)
        die(d->path);
    d->seconds = seconds(begin);
    __atomic_store_n(&d->done, true, __ATOMIC_RELEASE);
    return NULL;
}

static void dump_named(struct dumping *d, const char *name)
{
    snprintf(d->path, sizeof(d->path), "%s/%s", d->b->dir, name);
    d->done = false;
    dump(d);
}

static double pigz(const struct bench *b, int level)
{
    char line[1024];
    snprintf(line, sizeof(line),
             "cat %s/plain >/dev/null; nice -n 10 pigz -p 2 -%d -c %s/plain >%s/pigz.gz && "
             "sync %s/pigz.gz",
             b->dir, level, b->dir, b->dir, b->dir);
    uint64_t begin = clock_monotonic_ns();
    if (system(line) != 0)
        return 0;
    return seconds(begin);
}

static double mib_of(const char *dir, const char *name)
{
    char path[256];
    struct stat st = {0};
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    stat(path, &st);
    return (double)st.st_size / (1 << 20);
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/bench_dump.XXXXXX", journal[300], err[256], line[400];
    uint32_t peers = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10;
    int level = argc > 3 ? atoi(argv[3]) : 0;
    struct bench b = {.dir = argc > 4 ? argv[4] : mkdtemp(dir)};
    struct buf table = {0};
    if (argc < 2)
        die("TABLE [PEERS [LEVEL [FOLDER]]]");
    sample = calloc(SAMPLES_MAX, sizeof(sample[0]));
    read_all(argv[1], &table);
    snprintf(journal, sizeof(journal), "%s/journal", b.dir);
    struct journal_options o = {.dir = journal, .segment_size = 16 << 20, .limit = 256 << 20};
    b.j = journal_open(&o, err, sizeof(err));
    b.feed = rib_feed_new(0);
    if (b.j == NULL || b.feed == NULL || sample == NULL)
        die(err);
    struct track_hooks h = rib_feed_hooks(b.feed);
    b.track = track_new(&h);
    b.reader = journal_reader_attach(b.j, "bench", (struct journal_pos){0});
    journal_start_trimming(b.j);
    uint64_t begin = clock_monotonic_ns();
    fill(&b, &table, peers);
    printf("%u peers filled in %.2f s\n", peers, seconds(begin));

    struct dumping d = {.b = &b,
                        .o = {.time_s = (uint32_t)time(NULL), .view = "", .level = level}};
    d.o.format = STREAM_PLAIN;
    dump_named(&d, "plain");
    printf("plain dump: %.2f s, %llu entries, %.0f MiB\n", d.seconds,
           (unsigned long long)d.stats.entries, mib_of(b.dir, "plain"));
    d.o.format = STREAM_GZIP;
    double cpu = cpu_seconds(RUSAGE_SELF);
    dump_named(&d, "dump.gz");
    double ours = d.seconds, mib = mib_of(b.dir, "dump.gz");
    cpu = cpu_seconds(RUSAGE_SELF) - cpu;
    int pigz_level = level > 0 ? level : 2;
    double theirs = pigz(&b, pigz_level);
    printf("gzip dump, level %d: %.2f s, %.2f s of CPU, %.0f MiB\n", level, ours, cpu, mib);
    printf("pigz -p 2 -%d: %.2f s, %.2f s of CPU, %.0f MiB\n", pigz_level, theirs,
           cpu_seconds(RUSAGE_CHILDREN), mib_of(b.dir, "pigz.gz"));
    printf("the dump takes %.2f of pigz's time (wanted: 1.15)\n",
           theirs > 0 ? ours / theirs : 0);

    /* nobody reads the frames: the feed is the dumping thread's */
    measure(&b, "alone", NULL, ALONE_S);
    pthread_t thread;
    d.done = false;
    pthread_create(&thread, NULL, dump, &d);
    measure(&b, "during a dump", &d.done, 0);
    pthread_join(thread, NULL);
    printf("that dump: %.2f s\n", d.seconds);
    snprintf(line, sizeof(line), "rm -rf %s", b.dir);
    return argc > 4 ? 0 : system(line);
}
