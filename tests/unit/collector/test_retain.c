/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files of the archive's folder are ours, which of them go, and their digests. */
#include "drive.h"

#include "collector/archive/retain.h"

#define DAY UINT64_C(86400)
#define T0  UINT64_C(1763842500) /* 2025-11-22 20:15:00 UTC */

struct row {
    const char *path;
    bool ours;
    uint64_t time_s;
};

static void check(const struct config *c, const struct row *row, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        uint64_t time_s = 0;
        cr_assert_eq(retain_is_ours(c, row[i].path, &time_s), row[i].ours, "%s", row[i].path);
        cr_assert(!row[i].ours || time_s == row[i].time_s, "%s", row[i].path);
    }
}

Test(retain, names_of_ris)
{
    static const struct row rows[] = {
        {"2025.11/updates.20251122.2015.gz", true, T0},
        {"2025.11/updates.20251122.2015", true, T0},
        {"2025.11/updates.20251122.2015.bz2", true, T0},
        {"2025.11/updates.20251122.201530.zst", true, T0 + 30},
        {"2025.11/updates.20251122.2015.17.gz", true, T0},
        {"2025.11/updates.20251122.2015.gz.sha256", true, T0},
        {"2025.11/bview.20251122.2015.gz", true, T0},
        {"2025.11/bmp.20251122.2015.gz", true, T0},
        {"loc-rib/2025.11/bview.20251122.2015.gz", true, T0},
        {"2025.11/updates.20251122.2015.gz.part", false, 0},
        {"2025.11/updates.20251122.2015.part", false, 0},
        {"2025.11/updates.20251122.2015.gz.bak", false, 0},
        {"2025.11/updates.20251122.gz", false, 0},
        {"2025.11/updates.20251322.2015.gz", false, 0},
        {"2025.11/updates.20251131.2015.gz", false, 0},
        {"2025.12/updates.20251122.2015.gz", false, 0},
        {"updates.20251122.2015.gz", false, 0},
        {"backup/2025.11/updates.20251122.2015.gz", false, 0},
        {"AS64500_192.0.2.9/2025.11/updates.20251122.2015.gz", false, 0},
        {"2025.11/rib.20251122.2015.gz", false, 0},
        {"2025.11/README", false, 0},
    };
    struct config *c = feed_config("/tmp");
    check(c, rows, sizeof(rows) / sizeof(rows[0]));
    config_unref(c);
}

Test(retain, names_in_folders)
{
    static const struct row peer[] = {
        {"AS64500_192.0.2.9/2025.11/updates.20251122.2015.gz", true, T0},
        {"edge1/AS64500_192.0.2.9/2025.11/updates.20251122.2015.gz", true, T0},
        {"edge1/AS64500_192.0.2.9/adj-rib-in-post/2025.11/updates.20251122.2015.gz", true, T0},
        {"edge1/2025.11/updates.20251122.2015.gz", false, 0},
        {"x/edge1/AS64500_192.0.2.9/2025.11/updates.20251122.2015.gz", false, 0},
        {"ASnone_/2025.11/updates.20251122.2015.gz", false, 0},
    };
    static const struct row vrf[] = {
        {"VRF_65000-1/2025.11/bview.20251122.2015.gz", true, T0},
        {"VRF_blue/loc-rib/2025.11/bview.20251122.2015.gz", true, T0},
        {"blue/2025.11/bview.20251122.2015.gz", false, 0},
    };
    static const struct row raw[] = {
        {"edge1/2025.11/bmp.20251122.2015.gz", true, T0},
        {"edge1/context/2025.11/bmp.20251122.2015.gz", true, T0},
        {"edge1/contexts/2025.11/bmp.20251122.2015.gz", false, 0},
    };
    static const struct row files[] = {
        {"2025.11/updates.20251122.2015.gz", true, T0},
        {"2025.11/loc-rib.updates.20251122.2015.gz", true, T0},
        {"edge1/2025.11/adj-rib-in-post.bview.20251122.2015.gz", true, T0},
        {"2025.11/loc-ribs.updates.20251122.2015.gz", false, 0},
        {"2025.11/loc-rib.loc-rib.updates.20251122.2015.gz", false, 0},
        {"2025.11/loc-rib.notes", false, 0},
    };
    static const struct row pattern[] = {
        {"2025/11/22/rib.201500.gz", true, T0},
        {"2025/11/22/updates-201500.gz", true, T0},
        {"2025/11/22/updates.201500.gz", false, 0},
        {"2025.11/bview.20251122.2015.gz", false, 0},
    };
    struct config *c = feed_config("/tmp");
    c->archive.per = PER_PEER;
    check(c, peer, sizeof(peer) / sizeof(peer[0]));
    c->archive.per = PER_COLLECTOR;
    c->rib.per = RIB_PER_VRF;
    check(c, vrf, sizeof(vrf) / sizeof(vrf[0]));
    c->rib.per = RIB_PER_COLLECTOR;
    c->bmp_archive.enabled = true;
    check(c, raw, sizeof(raw) / sizeof(raw[0]));
    check(c, files, 1);
    check(c, &(struct row){files[1].path, false, 0}, 1);
    c->archive.view_files = true;
    check(c, files, sizeof(files) / sizeof(files[0]));
    c->archive.layout = LAYOUT_PATTERN;
    feed_set(&c->archive.pattern, "%Y/%m/%d/updates-%H%M%S", "");
    feed_set(&c->rib.pattern, "%Y/%m/%d/rib.%H%M%S.gz", "");
    check(c, pattern, sizeof(pattern) / sizeof(pattern[0]));
    config_unref(c);
}

static void make(const struct config *c, const char *name, size_t len)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", c->archive.dir, name);
    for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        mkdir(path, 0755);
        *p = '/';
    }
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    cr_assert_eq(ftruncate(fd, (off_t)len), 0);
    close(fd);
}

Test(retain, by_age_and_by_size)
{
    char dir[64];
    struct retain r = {0};
    feed_temp(dir);
    struct config *c = feed_config(dir);
    make(c, "2025.10/updates.20251022.2015.gz", 1000);
    make(c, "2025.10/updates.20251022.2015.gz.sha256", 100);
    make(c, "2025.11/updates.20251121.2015.gz", 1000);
    make(c, "2025.11/bview.20251122.0000.gz", 1000);
    make(c, "2025.11/updates.20251122.2015.gz", 1000);
    make(c, "2025.11/updates.20251122.2020.gz.part", 100000);
    make(c, "2025.11/notes.txt", 100000);
    retain_now(&r, c, &feed_log, T0 + 300);
    cr_assert_eq(metric_get(&r.removed), 0, "without limits");
    cr_assert_eq(metric_get(&r.kept_octets), 4100);

    c->archive.retain_s = 10 * DAY;
    retain_now(&r, c, &feed_log, T0 + 300);
    cr_assert_str_eq(feed_list(c->archive.dir),
                     "2025.11/bview.20251122.0000.gz 2025.11/notes.txt "
                     "2025.11/updates.20251121.2015.gz 2025.11/updates.20251122.2015.gz "
                     "2025.11/updates.20251122.2020.gz.part");
    cr_assert_eq(metric_get(&r.removed), 2);
    cr_assert_eq(metric_get(&r.removed_octets), 1100);
    char gone[PATH_MAX];
    snprintf(gone, sizeof(gone), "%s/2025.10", c->archive.dir);
    cr_assert_neq(access(gone, F_OK), 0, "the empty folder went, too");

    c->archive.retain_size = 1500;
    retain_now(&r, c, &feed_log, T0 + 300);
    cr_assert_str_eq(feed_list(c->archive.dir),
                     "2025.11/notes.txt 2025.11/updates.20251122.2015.gz "
                     "2025.11/updates.20251122.2020.gz.part");
    cr_assert_eq(metric_get(&r.kept), 1);
    cr_assert_eq(metric_get(&r.failures), 0);
    config_unref(c);
    feed_rm(dir);
}

/* ---- digests ---- */

static int sha256sum(const char *dir, const char *name)
{
    char line[2 * PATH_MAX];
    snprintf(line, sizeof(line), "cd %s && sha256sum -c --strict --quiet %s", dir, name);
    return system(line);
}

/* Digests are there with the final names, also after a file was taken up again. */
Test(retain, digests)
{
    struct drive d;
    char dir[PATH_MAX];
    drive_begin(&d, &sink_archive);
    d.cfg->archive.digest = true;
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(T0));
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_str_eq(feed_list(d.cfg->archive.dir), "2025.11/updates.20251122.2015.gz "
                                                    "2025.11/updates.20251122.2015.gz.sha256");
    snprintf(dir, sizeof(dir), "%s/2025.11", d.cfg->archive.dir);
    cr_assert_eq(sha256sum(dir, "updates.20251122.2015.gz.sha256"), 0);
    drive_open(&d);
    journal_reader_free(d.reader); /* a new tracker wants the context again */
    d.reader = journal_reader_attach(d.feed.j, "test", (struct journal_pos){0});
    struct journal_view v;
    struct track_item item;
    while (journal_read(d.reader, &v) == JOURNAL_READ_FRAME)
        cr_assert_eq(track_feed(d.track, &v, &item), 0);
    feed_route(&d.feed, id, NS(T0 + 100), 2);
    drive_pump(&d);
    drive_checkpoint(&d);
    cr_assert_str_eq(feed_list(d.cfg->archive.dir), "2025.11/updates.20251122.2015.gz.part");
    drive_close(&d, true);
    cr_assert_eq(sha256sum(dir, "updates.20251122.2015.gz.sha256"), 0);
    drive_end(&d);
}

/* Updates in the other formats: whole files, also of silent slots. */
Test(retain, updates_in_every_format)
{
    static const struct {
        enum stream_format format;
        const char *list;
    } row[] = {
        {STREAM_BZIP2, "2025.11/updates.20251122.2015.bz2 2025.11/updates.20251122.2020.bz2"},
        {STREAM_ZSTD, "2025.11/updates.20251122.2015.zst 2025.11/updates.20251122.2020.zst"},
        {STREAM_PLAIN, "2025.11/updates.20251122.2015 2025.11/updates.20251122.2020"},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct drive d;
        drive_begin(&d, &sink_archive);
        d.cfg->archive.format = row[i].format;
        drive_open(&d);
        feed_session(&d.feed, 64501, false, true, false, NS(T0));
        drive_pump(&d);
        cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 301)), SINK_CHECKPOINT);
        drive_checkpoint(&d);
        cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 302)), SINK_CHECKPOINT);
        drive_close(&d, true);
        cr_assert_str_eq(feed_list(d.cfg->archive.dir), row[i].list);
        for (unsigned k = 0; k < 2; k++) {
            char path[PATH_MAX], err[256];
            uint8_t octet[4096];
            snprintf(path, sizeof(path), "%s/2025.11/updates.20251122.20%s%s",
                     d.cfg->archive.dir, k == 0 ? "15" : "20",
                     stream_format_suffix(row[i].format));
            struct stream_in *s = stream_in_open(path, err, sizeof(err));
            ssize_t n = stream_in_read(s, octet, sizeof(octet));
            cr_assert(k == 0 ? n > 100 : n == 0, "%s: %s", path, stream_in_error(s));
            stream_in_close(s);
        }
        drive_end(&d);
    }
}
