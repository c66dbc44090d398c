/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_archive: how fast each sink drains a journal. Usage: bench_archive [FRAMES [FOLDER]]
 *
 * Writes FRAMES (default 500,000) UPDATEs, each with AS_PATH, communities and four prefixes, to
 * a journal, then runs each sink from its start to the end, with cursor, fsync and final names.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/stream/stream.h"
#include "base/wr.h"
#include "collector/sink/sink_run.h"

static const struct log quiet = {.fd = 2, .level = LOG_LEVEL_ERROR};

static void die(const char *what)
{
    fprintf(stderr, "bench_archive: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void header(struct wr *w, uint8_t type)
{
    for (int i = 0; i < 16; i++)
        wr_u8(w, 0xff);
    wr_u16(w, 0);
    wr_u8(w, type);
}

static uint32_t finish(struct wr *w)
{
    w->buf[16] = (uint8_t)(w->len >> 8);
    w->buf[17] = (uint8_t)w->len;
    return (uint32_t)w->len;
}

static uint32_t make_open(uint8_t *dst, uint16_t asn)
{
    struct wr w = wr_of(dst, 128);
    header(&w, 1);
    wr_u8(&w, 4);
    wr_u16(&w, asn);
    wr_u16(&w, 180);
    wr_u32(&w, 0xc0000200U + asn % 200);
    wr_u8(&w, 8);
    wr_u32(&w, 0x02064104), wr_u32(&w, asn);
    return finish(&w);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static uint32_t make_update(uint8_t *dst, uint32_t *seed)
{
    struct wr w = wr_of(dst, 512);
    unsigned hops = 3 + next_random(seed) % 4, tags = next_random(seed) % 6;
    header(&w, 2);
    wr_u16(&w, 0);
    size_t attrs = wr_mark_u16(&w);
    wr_u32(&w, 0x40010100);
    wr_u8(&w, 0x40), wr_u8(&w, 2), wr_u8(&w, (uint8_t)(2 + hops * 4)), wr_u8(&w, 2);
    wr_u8(&w, (uint8_t)hops);
    for (unsigned i = 0; i < hops; i++)
        wr_u32(&w, next_random(seed) % 70000);
    wr_u8(&w, 0x40), wr_u8(&w, 3), wr_u8(&w, 4), wr_u32(&w, 0xc0000209);
    if (tags > 0) {
        wr_u8(&w, 0xc0), wr_u8(&w, 8), wr_u8(&w, (uint8_t)(tags * 4));
        for (unsigned i = 0; i < tags; i++)
            wr_u32(&w, 0xfbf40000U | next_random(seed) % 500);
    }
    wr_patch_u16(&w, attrs);
    for (int i = 0; i < 4; i++)
        wr_u8(&w, 24), wr_u24(&w, next_random(seed));
    return finish(&w);
}

static void put(struct journal *j, enum journal_kind kind, uint32_t src, uint64_t t,
                const void *p, size_t len)
{
    if (journal_append(j, kind, 0, src, t, p, (uint32_t)len) != 0)
        die("append");
}

static uint64_t fill(struct journal *j, unsigned frames)
{
    struct source_info info = {.kind = SOURCE_BGP,
                               .remote = {4, {192, 0, 2, 9}, 4000},
                               .local = {4, {192, 0, 2, 1}, 179},
                               .local_asn = 64500,
                               .remote_asn = 64501};
    uint8_t buf[SOURCE_PAYLOAD_MAX];
    uint32_t src = journal_new_source(j), seed = 1;
    uint64_t t = UINT64_C(1763842500) * NS_PER_S, octets = 0;
    struct wr w = wr_of(buf, sizeof(buf));
    source_encode(&info, &w);
    put(j, JOURNAL_SOURCE, src, t, buf, w.len);
    put(j, JOURNAL_BGP_RECV, src, t, buf, make_open(buf, 64501));
    put(j, JOURNAL_BGP_SENT, src, t, buf, make_open(buf, 64500));
    for (unsigned i = 0; i < frames; i++) {
        uint32_t len = make_update(buf, &seed);
        octets += len;
        put(j, JOURNAL_BGP_RECV, src, t += 1000, buf, len);
    }
    journal_wake(j);
    return octets;
}

static double cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void run(const char *name, const struct sink_ops *ops, struct config *cfg,
                struct journal *j, unsigned frames)
{
    char err[512], cursor[512];
    struct sink_run_options o = {
        .ops = ops, .cfg = cfg, .journals = &j, .journal_cnt = 1, .log = &quiet};
    snprintf(cursor, sizeof(cursor), "%s/cursors/%s", cfg->data_dir, ops->name);
    remove(cursor);
    double cpu = cpu_s();
    uint64_t began = clock_monotonic_ns();
    struct sink_run *r = sink_run_start(&o, err, sizeof(err));
    if (r == NULL) {
        fprintf(stderr, "bench_archive: %s\n", err);
        exit(1);
    }
    sink_run_ask_stop(r, began + 300 * NS_PER_S);
    int rc = sink_run_wait(r);
    sink_run_close(r);
    double s = (double)(clock_monotonic_ns() - began) / 1e9;
    printf("%-14s %8.3f s %10.0f frames/s  cpu %.3f s%s\n", name, s, frames / s, cpu_s() - cpu,
           rc == 0 ? "" : "  NOT DRAINED");
}

static int remove_one(const char *p, const struct stat *st, int flag, struct FTW *f)
{
    (void)st;
    (void)flag;
    (void)f;
    return remove(p);
}

static struct journal *open_journal(const char *dir)
{
    char path[512], err[512];
    snprintf(path, sizeof(path), "%s/journal", dir);
    struct journal_options o = {.dir = path, .limit = UINT64_C(8) << 30};
    struct journal *j = journal_open(&o, err, sizeof(err));
    if (j == NULL)
        die(err);
    return j;
}

int main(int argc, char **argv)
{
    unsigned frames = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 500000;
    char dir[256], archive[300], records[300], err[512];
    snprintf(dir, sizeof(dir), "%s/ribtape-bench-XXXXXX", argc > 2 ? argv[2] : "/tmp");
    if (mkdtemp(dir) == NULL)
        die(dir);
    struct config *cfg = config_load(NULL, err, sizeof(err));
    if (cfg == NULL)
        die(err);
    snprintf(archive, sizeof(archive), "%s/archive", dir);
    snprintf(records, sizeof(records), "%s/records.ndjson", dir);
    cfg->data_dir = dir;
    cfg->archive.dir = archive;
    cfg->ndjson.path = records;
    struct journal *j = open_journal(dir);
    uint64_t octets = fill(j, frames);
    printf("%u UPDATEs, %.1f octets each, four prefixes\n", frames,
           (double)octets / (frames > 0 ? frames : 1));
    run("archive gzip", &sink_archive, cfg, j, frames);
    cfg->archive.format = STREAM_PLAIN;
    run("archive plain", &sink_archive, cfg, j, frames);
    run("ndjson file", &sink_ndjson, cfg, j, frames);
    run("meter", &sink_meter, cfg, j, frames);
    journal_close(j);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0; /* cfg's members are ours: not unref'd */
}
