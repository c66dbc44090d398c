/* SPDX-License-Identifier: BSD-2-Clause */
/* The archiver, driven frame by frame with times of our own. */
#include "drive.h"

#include "collector/archive/archive_file.h"
#include "collector/archive/archive_name.h"
#include "mrt/mrt.h"

#define T0 UINT64_C(1763842500) /* 2025-11-22 20:15:00 UTC: the start of a slot */

static const char *archived(struct drive *d)
{
    return feed_list(d->cfg->archive.dir);
}

static const char *path_of(struct drive *d, const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", d->cfg->archive.dir, name);
    return path;
}

/* Text of the records: subtype and, for messages, their type. */
static void note(void *arg, const struct feed_record *r)
{
    char *s = arg;
    cr_assert_eq(r->type, MRT_BGP4MP_ET);
    sprintf(s + strlen(s), "%s%u", *s ? " " : "", r->subtype);
}

static const char *subtypes(struct drive *d, const char *name)
{
    static char text[65536];
    text[0] = '\0';
    feed_records(path_of(d, name), note, text);
    return text;
}

#define FILE1 "2025.11/updates.20251122.2015.gz"
#define FILE2 "2025.11/updates.20251122.2020.gz"

Test(archive, session_becomes_records)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 4200000001, false, true, false, NS(T0 + 1.5));
    feed_route(&d.feed, id, NS(T0 + 2), 77);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), FILE1);
    /* OPEN received, OPEN sent, state change, UPDATE */
    cr_assert_str_eq(subtypes(&d, FILE1), "4 7 5 4");
    drive_end(&d);
}

Test(archive, a_filter_leaves_out_and_counts)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    feed_set(&d.cfg->archive.filter, "type state or as-path _1_", "");
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 4200000001, false, true, false, NS(T0 + 1.5));
    feed_route(&d.feed, id, NS(T0 + 2), 77);
    drive_pump(&d);
    drive_checkpoint(&d);
    const char *m = drive_metrics(&d);
    cr_expect_not_null(strstr(m, "filtered_total{reason=\"filter\"} 3\n"), "%s", m);
    drive_close(&d, true);
    cr_assert_str_eq(subtypes(&d, FILE1), "5");
    drive_end(&d);
}

/* The same updates, written at one level. Returns the file's size. */
static long size_at_level(int level)
{
    struct drive d;
    struct stat st;
    drive_begin(&d, &sink_archive);
    d.cfg->archive.format = STREAM_ZSTD;
    d.cfg->archive.level = level;
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64500, false, true, false, NS(T0 + 1));
    for (uint32_t i = 0; i < 5000; i++)
        feed_route(&d.feed, id, NS(T0 + 2 + i / 1000.0), i * 2654435761u);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_eq(stat(path_of(&d, "2025.11/updates.20251122.2015.zst"), &st), 0);
    drive_end(&d);
    return (long)st.st_size;
}

Test(archive, a_higher_level_packs_denser)
{
    long fast = size_at_level(1), dense = size_at_level(19);
    cr_assert_lt(dense, fast);
}

static void check_update(void *arg, const struct feed_record *r)
{
    static const uint8_t head[20] = {0xfa, 0x56, 0xea, 1, 0, 0, 0xfb, 0xf4, 0, 0,
                                     0,    1,    192,  0, 2, 9, 192,  0,    2, 1};
    uint8_t msg[FEED_MSG];
    size_t len = feed_update(msg, 77, true, false);
    unsigned *nth = arg;
    if (++*nth != 4)
        return;
    cr_assert_eq(r->sec, T0 + 2);
    cr_assert_eq(r->usec, 250000);
    cr_assert_eq(r->len, sizeof(head) + len);
    cr_assert_eq(memcmp(r->body, head, sizeof(head)), 0);
    cr_assert_eq(memcmp(r->body + sizeof(head), msg, len), 0, "the message is not verbatim");
}

Test(archive, message_is_verbatim)
{
    struct drive d;
    unsigned nth = 0;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 4200000001, false, true, false, NS(T0 + 1));
    feed_route(&d.feed, id, NS(T0 + 2.25), 77);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_eq(feed_records(path_of(&d, FILE1), check_update, &nth), 4);
    drive_end(&d);
}

/* Two-octet sessions and path identifiers choose their subtypes; OPENs are AS4 in any case. */
Test(archive, subtypes_follow_the_session)
{
    struct drive d;
    uint8_t msg[FEED_MSG];
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t as2 = feed_session(&d.feed, 64501, false, false, false, NS(T0));
    feed_put(&d.feed, JOURNAL_BGP_RECV, as2, NS(T0), msg, feed_update(msg, 1, false, false));
    uint32_t ap = feed_session(&d.feed, 64502, true, true, true, NS(T0));
    feed_put(&d.feed, JOURNAL_BGP_RECV, ap, NS(T0), msg, feed_update(msg, 1, true, true));
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_str_eq(subtypes(&d, FILE1), "4 7 5 1 4 7 5 9");
    drive_end(&d);
}

/* After a crash the journal says of a live session only that its source is gone. */
Test(archive, session_cut_off_by_a_crash_goes_down)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(T0));
    feed_route(&d.feed, id, NS(T0 + 1), 1);
    feed_put(&d.feed, JOURNAL_GONE, id, NS(T0 + 2), "collector restarted", 19);
    uint32_t other = feed_session(&d.feed, 64502, false, true, false, NS(T0 + 2));
    static const uint8_t down[2] = {MRT_ESTABLISHED, MRT_IDLE};
    feed_put(&d.feed, JOURNAL_STATE, other, NS(T0 + 2), down, sizeof down);
    feed_put(&d.feed, JOURNAL_GONE, other, NS(T0 + 2), "closed", 6);
    drive_pump(&d);
    drive_close(&d, true);
    /* OPENs, up, UPDATE, down; OPENs, up, down, and not down twice */
    cr_assert_str_eq(subtypes(&d, FILE1), "4 7 5 4 5 4 7 5 5");
    drive_end(&d);
}

static void check_v6(void *arg, const struct feed_record *r)
{
    (void)arg;
    cr_assert_eq(r->body[10] << 8 | r->body[11], 2, "AFI of an IPv6 transport");
    cr_assert_eq(r->body[12 + 15], 9);
    cr_assert_eq(r->body[12 + 16 + 15], 1);
}

Test(archive, ipv6_transport_has_ipv6_addresses)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    feed_route(&d.feed, feed_session(&d.feed, 64501, true, true, false, NS(T0)), NS(T0), 1);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_eq(feed_records(path_of(&d, FILE1), check_v6, NULL), 4);
    drive_end(&d);
}

/* ---- slots ---- */

Test(archive, slots_end_with_time)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(T0 + 299));
    feed_route(&d.feed, id, NS(T0 + 299.999), 1);
    drive_pump(&d);
    drive_checkpoint(&d);
    cr_assert_str_eq(archived(&d), FILE1 ".part");
    feed_route(&d.feed, id, NS(T0 + 300), 2);
    drive_pump(&d);
    cr_assert_str_eq(archived(&d), FILE1 ".part", "no final name before the checkpoint");
    drive_checkpoint(&d);
    cr_assert_str_eq(archived(&d), FILE1 " " FILE2 ".part");
    drive_close(&d, true);
    cr_assert_str_eq(subtypes(&d, FILE1), "4 7 5 4");
    cr_assert_str_eq(subtypes(&d, FILE2), "4");
    drive_end(&d);
}

Test(archive, late_frame_goes_into_the_open_slot)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(T0 + 301));
    feed_route(&d.feed, id, NS(T0 + 299), 1);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), FILE2);
    drive_end(&d);
}

/* A clock set back by hours: the slots' files exist and are never touched again. */
Test(archive, clock_step_back_takes_free_names)
{
    struct drive d;
    struct stat before, after;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(T0));
    feed_route(&d.feed, id, NS(T0 + 7200), 1);
    drive_pump(&d);
    drive_checkpoint(&d);
    cr_assert_eq(stat(path_of(&d, FILE1), &before), 0);
    feed_route(&d.feed, id, NS(T0 + 10), 2);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_eq(stat(path_of(&d, FILE1), &after), 0);
    cr_assert_eq(before.st_size, after.st_size);
    cr_assert_str_eq(archived(&d), "2025.11/updates.20251122.2015.1.gz " FILE1
                                   " 2025.11/updates.20251122.2215.gz");
    cr_assert_str_eq(subtypes(&d, "2025.11/updates.20251122.2015.1.gz"), "4");
    drive_end(&d);
}

/* A silent slot has an empty file that gzip and bgpdump take. */
Test(archive, silent_slot_leaves_an_empty_file)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 5)), SINK_CHECKPOINT);
    drive_checkpoint(&d);
    cr_assert_str_eq(archived(&d), "");
    cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 5.2)), SINK_CHECKPOINT);
    cr_assert_str_eq(archived(&d), FILE1 ".part");
    cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 6)), SINK_OK);
    cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 300.5)), SINK_OK, "a second of grace");
    cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 301)), SINK_CHECKPOINT);
    cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 301.2)), SINK_CHECKPOINT);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), FILE1 " " FILE2);
    cr_assert_str_eq(subtypes(&d, FILE1), "");
    drive_end(&d);
}

/* ---- restarts ---- */

Test(archive, stop_and_start_in_one_slot_make_one_file)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(T0));
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), FILE1);
    drive_open(&d);
    struct journal_reader *old = d.reader; /* a new tracker wants the context again */
    d.reader = journal_reader_attach(d.feed.j, "test", (struct journal_pos){0});
    journal_reader_free(old);
    struct journal_view v;
    struct track_item item;
    while (journal_read(d.reader, &v) == JOURNAL_READ_FRAME)
        cr_assert_eq(track_feed(d.track, &v, &item), 0);
    feed_route(&d.feed, id, NS(T0 + 100), 2);
    drive_pump(&d);
    cr_assert_str_eq(archived(&d), FILE1, "buffered, so still untouched");
    drive_checkpoint(&d);
    cr_assert_str_eq(archived(&d), FILE1 ".part");
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), FILE1);
    cr_assert_str_eq(subtypes(&d, FILE1), "4 7 5 4");
    drive_end(&d);
}

Test(archive, crash_cuts_what_no_checkpoint_covers)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(T0));
    drive_pump(&d);
    drive_checkpoint(&d);
    struct buf old = {0};
    buf_add(&old, d.state.p, d.state.len);
    feed_route(&d.feed, id, NS(T0 + 1), 1);
    drive_pump(&d);
    drive_checkpoint(&d); /* on disk, but its cursor was never stored */
    drive_close(&d, false);
    buf_free(&d.state);
    d.state = old;
    drive_open(&d);
    drive_close(&d, true);
    cr_assert_str_eq(subtypes(&d, FILE1), "4 7 5");
    drive_end(&d);
}

/* Killed after the checkpoint that ended a slot, before the rename. */
Test(archive, crash_before_the_rename_is_finished_at_the_next_start)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 64501, false, true, false, NS(T0));
    feed_route(&d.feed, id, NS(T0 + 300), 1);
    drive_pump(&d);
    buf_clear(&d.state);
    cr_assert_eq(sink_archive.checkpoint(d.self, &d.state), SINK_OK);
    drive_close(&d, false);
    cr_assert_str_eq(archived(&d), FILE1 ".part " FILE2 ".part");
    drive_open(&d);
    cr_assert_str_eq(archived(&d), FILE1 " " FILE2 ".part");
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), FILE1 " " FILE2);
    drive_end(&d);
}

/* Killed at each of a silent slot's steps: no .part stays behind. */
Test(archive, crash_in_a_silent_slot_leaves_no_part)
{
    static const double ticks[] = {5, 5.2, 301, 301.2, 601};
    for (size_t steps = 1; steps <= sizeof(ticks) / sizeof(ticks[0]); steps++) {
        for (size_t stored = steps - 1; stored <= steps; stored++) {
            struct drive d;
            drive_begin(&d, &sink_archive);
            drive_open(&d);
            drive_checkpoint(&d); /* as the runner does before all */
            for (size_t i = 0; i < steps; i++) {
                cr_assert_neq(sink_archive.tick(d.self, NS(T0 + ticks[i])), SINK_FAIL);
                if (i < stored)
                    drive_checkpoint(&d);
            }
            drive_close(&d, false);
            drive_open(&d);
            cr_assert_eq(sink_archive.tick(d.self, NS(T0 + 3000)), SINK_CHECKPOINT);
            drive_close(&d, true);
            cr_assert_null(strstr(archived(&d), ".part"), "%zu of %zu: %s", stored, steps,
                           archived(&d));
            drive_end(&d);
        }
    }
}

/* An operator's file under the name we want stays as it is. */
Test(archive, foreign_file_is_never_overwritten)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    feed_session(&d.feed, 64501, false, true, false, NS(T0));
    drive_pump(&d);
    drive_checkpoint(&d);
    FILE *f = fopen(path_of(&d, FILE1), "w");
    fputs("mine", f);
    fclose(f);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), "2025.11/updates.20251122.2015.1.gz " FILE1);
    struct stat st;
    cr_assert_eq(stat(path_of(&d, FILE1), &st), 0);
    cr_assert_eq(st.st_size, 4);
    drive_end(&d);
}

/* ---- many files ---- */

static void count_record(void *arg, const struct feed_record *r)
{
    (void)r;
    ++*(unsigned *)arg;
}

/* More files than streams: each record finds its own. */
Test(archive, more_peers_than_open_files)
{
    enum { PEERS = FEED_SOURCES, ROUNDS = 5 };
    _Static_assert((int)PEERS > (int)ARCHIVE_OPEN_MAX, "so that some give way");
    struct drive d;
    uint32_t id[PEERS];
    drive_begin(&d, &sink_archive);
    d.cfg->archive.per = PER_PEER;
    drive_open(&d);
    for (unsigned i = 0; i < PEERS; i++)
        id[i] = feed_session(&d.feed, 64501 + i, false, true, false, NS(T0));
    for (unsigned r = 0; r < ROUNDS; r++) {
        for (unsigned i = 0; i < PEERS; i++)
            feed_route(&d.feed, id[i], NS(T0 + 1), r);
        drive_pump(&d);
        drive_checkpoint(&d);
    }
    drive_close(&d, true);
    for (unsigned i = 0; i < PEERS; i++) {
        char name[128];
        unsigned cnt = 0;
        snprintf(name, sizeof(name), "AS%u_192.0.2.%u/" FILE1, 64501 + i, 9 + i);
        feed_records(path_of(&d, name), count_record, &cnt);
        cr_assert_eq(cnt, 3 + ROUNDS, "%s: %u", name, cnt);
    }
    drive_end(&d);
}

/* ---- BMP ---- */

static void bmp_head(struct wr *w, uint8_t type, uint8_t flags, uint8_t peer_type)
{
    wr_u8(w, 3);
    wr_u32(w, 0);
    wr_u8(w, type);
    wr_u8(w, peer_type);
    wr_u8(w, flags);
    wr_u64(w, 0);
    wr_u64(w, 0), wr_u32(w, 0), wr_u32(w, 0x0a000001); /* 10.0.0.1 */
    wr_u32(w, 64511);
    wr_u32(w, 0x0a000001);
    wr_u32(w, 1763842500), wr_u32(w, 5);
}

static void bmp_put(struct drive *d, uint32_t src, uint64_t t, struct wr *w)
{
    w->buf[3] = (uint8_t)(w->len >> 8);
    w->buf[4] = (uint8_t)w->len;
    feed_put(&d->feed, JOURNAL_BMP, src, t, w->buf, w->len);
}

static void bmp_peer_up(struct drive *d, uint32_t src)
{
    uint8_t buf[1024], open[FEED_MSG];
    struct wr w = wr_of(buf, sizeof(buf));
    bmp_head(&w, BMP_TYPE_PEER_UP, 0, 0);
    wr_u64(&w, 0), wr_u32(&w, 0), wr_u32(&w, 0x0a000002); /* local 10.0.0.2 */
    wr_u16(&w, 179), wr_u16(&w, 4000);
    wr_bytes(&w, open, feed_open(open, 64510, true, false));
    wr_bytes(&w, open, feed_open(open, 64511, true, false));
    bmp_put(d, src, NS(T0), &w);
}

static void bmp_route(struct drive *d, uint32_t src, uint8_t flags)
{
    uint8_t buf[1024], msg[FEED_MSG];
    struct wr w = wr_of(buf, sizeof(buf));
    bmp_head(&w, BMP_TYPE_ROUTE_MONITORING, flags, 0);
    wr_bytes(&w, msg, feed_update(msg, 9, true, false));
    bmp_put(d, src, NS(T0 + 1), &w);
}

static uint32_t bmp_source(struct drive *d)
{
    struct feed_source s = {.id = journal_new_source(d->feed.j)};
    s.info = (struct source_info){.kind = SOURCE_BMP,
                                  .remote = {4, {198, 51, 100, 1}, 4000},
                                  .local = {4, {198, 51, 100, 2}, 11019}};
    cr_assert_eq(feed_declare(&d->feed, &s, 0, NS(T0)), 0);
    return s.id;
}

static void check_bmp_addrs(void *arg, const struct feed_record *r)
{
    static const uint8_t head[20] = {0, 0, 0xfb, 0xff, 0, 0, 0xfb, 0xfe, 0, 0,
                                     0, 1, 10,   0,    0, 1, 10,   0,    0, 2};
    (void)arg;
    cr_assert_eq(memcmp(r->body, head, sizeof(head)), 0);
}

Test(archive, bmp_peers_are_archived_like_bgp_peers)
{
    struct drive d;
    uint8_t buf[128];
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t src = bmp_source(&d);
    bmp_peer_up(&d, src);
    bmp_route(&d, src, 0);
    struct wr w = wr_of(buf, sizeof(buf));
    bmp_head(&w, BMP_TYPE_PEER_DOWN, 0, 0);
    wr_u8(&w, 1); /* with the NOTIFICATION that was sent */
    size_t at = feed_header(&w, BGP_TYPE_NOTIFICATION);
    wr_u16(&w, 0x0602);
    buf[at + 1] = 21;
    bmp_put(&d, src, NS(T0 + 2), &w);
    drive_pump(&d);
    drive_close(&d, true);
    /* OPEN sent, OPEN received, up, UPDATE, NOTIFICATION sent, down */
    cr_assert_str_eq(subtypes(&d, FILE1), "7 4 5 4 7 5");
    feed_records(path_of(&d, FILE1), check_bmp_addrs, NULL);
    drive_end(&d);
}

/* The end of the stream takes its peers down; views have files of their own. */
Test(archive, bmp_views_do_not_mix)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t src = bmp_source(&d);
    bmp_peer_up(&d, src);
    bmp_route(&d, src, 0);
    bmp_route(&d, src, BMP_FLAG_L);
    bmp_route(&d, src, BMP_FLAG_O);
    feed_put(&d.feed, JOURNAL_GONE, src, NS(T0 + 2), "bye", 3);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), FILE1 " adj-rib-in-post/" FILE1 " adj-rib-out-pre/" FILE1);
    cr_assert_str_eq(subtypes(&d, FILE1), "7 4 5 4 5");
    cr_assert_str_eq(subtypes(&d, "adj-rib-in-post/" FILE1), "4 5");
    cr_assert_str_eq(subtypes(&d, "adj-rib-out-pre/" FILE1), "7 5");
    drive_end(&d);
}

/* The same, in files beside each other. */
Test(archive, bmp_views_in_files_of_their_own)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    d.cfg->archive.view_files = true;
    d.cfg->archive.per = PER_ROUTER;
    drive_open(&d);
    uint32_t src = bmp_source(&d);
    bmp_peer_up(&d, src);
    bmp_route(&d, src, 0);
    bmp_route(&d, src, BMP_FLAG_L);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d),
                     "198.51.100.1/2025.11/adj-rib-in-post.updates.20251122.2015.gz"
                     " 198.51.100.1/" FILE1);
    cr_assert_str_eq(
        subtypes(&d, "198.51.100.1/2025.11/adj-rib-in-post.updates.20251122.2015.gz"), "4");
    drive_end(&d);
}

Test(archive, paths_of_folders_and_views)
{
    static const struct {
        const char *folder, *name, *path;
    } rows[] = {
        {"", "2025.11/updates.gz", "/a/2025.11/updates.gz"},
        {"edge1/", "2025.11/updates.gz", "/a/edge1/2025.11/updates.gz"},
        {"edge1/loc-rib/", "updates.gz", "/a/edge1/loc-rib/updates.gz"},
        {"edge1/loc-rib.", "2025.11/updates.gz", "/a/edge1/2025.11/loc-rib.updates.gz"},
        {"loc-rib.", "updates.gz", "/a/loc-rib.updates.gz"},
    };
    char path[64];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(archive_path(path, sizeof(path), "/a", rows[i].folder, rows[i].name), 0);
        cr_expect_str_eq(path, rows[i].path);
    }
    cr_expect_eq(archive_path(path, 22, "/a", "", rows[0].name), 0);
    cr_expect_eq(archive_path(path, 21, "/a", "", rows[0].name), -1);
    cr_expect_eq(errno, ENAMETOOLONG);
}

Test(archive, folders_of_dumps)
{
    static const struct {
        enum config_rib_per rib;
        enum config_per archive;
        const char *folder, *view;
    } rows[] = {
        {RIB_PER_ARCHIVE, PER_COLLECTOR, "", ""},
        {RIB_PER_ARCHIVE, PER_ROUTER, "edge/", ""},
        {RIB_PER_COLLECTOR, PER_PEER, "", ""},
        {RIB_PER_PEER, PER_COLLECTOR, "edge/AS64500_192.0.2.1/", ""},
        {RIB_PER_ROUTER, PER_COLLECTOR, "edge/", ""},
        {RIB_PER_VRF, PER_ROUTER, "VRF_blue/", "blue"},
    };
    const struct track_source s = {.info = {.kind = SOURCE_BMP, .name = "edge"}};
    const struct track_peer p = {.bmp = true,
                                 .view = BMP_VIEW_ADJ_RIB_IN_PRE,
                                 .asn = 64500,
                                 .addr = {4, {192, 0, 2, 1}, 0},
                                 .table = "blue"};
    char err[256], folder[ARCHIVE_FOLDER_MAX], view[ARCHIVE_FOLDER_MAX];
    struct config *c = config_load_text("", 0, "f", err, sizeof(err));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        c->rib.per = rows[i].rib;
        c->archive.per = rows[i].archive;
        (void)archive_rib_folder(folder, view, c, &s, &p);
        cr_expect_str_eq(folder, rows[i].folder);
        cr_expect_str_eq(view, rows[i].view);
    }
    config_unref(c);
}

static void check_router_time(void *arg, const struct feed_record *r)
{
    unsigned *nth = arg;
    bool ours = ++*nth == 5; /* the end of the stream is what we saw */
    cr_assert_eq(r->sec, ours ? T0 + 2 : T0);
    cr_assert_eq(r->usec, ours ? 0 : 5);
}

Test(archive, the_routers_time_on_demand)
{
    struct drive d;
    unsigned nth = 0;
    drive_begin(&d, &sink_archive);
    d.cfg->archive.router_time = true;
    drive_open(&d);
    uint32_t src = bmp_source(&d);
    bmp_peer_up(&d, src);
    bmp_route(&d, src, 0);
    feed_put(&d.feed, JOURNAL_GONE, src, NS(T0 + 2), "bye", 3);
    drive_pump(&d);
    drive_close(&d, true);
    cr_assert_eq(feed_records(path_of(&d, FILE1), check_router_time, &nth), 5);
    drive_end(&d);
}

/* ---- BMP as it came ---- */

#define RAW1 "198.51.100.1/2025.11/bmp.20251122.2015.gz"
#define RAW2 "198.51.100.1/2025.11/bmp.20251122.2020.gz"

/* Any octets behind a common header. */
static size_t raw_message(uint8_t *m, uint8_t type, size_t len, uint8_t fill)
{
    memset(m, fill, len);
    memcpy(m, (uint8_t[]){3, 0, 0, (uint8_t)(len >> 8), (uint8_t)len, type}, 6);
    return len;
}

static void raw_put(struct drive *d, uint32_t src, uint64_t t, uint8_t type, struct buf *all)
{
    uint8_t m[600];
    size_t len = raw_message(m, type, 100 + type, (uint8_t)(type * 7));
    feed_put(&d->feed, JOURNAL_BMP, src, t, m, len);
    buf_add(all, (const char *)m, len);
}

static void expect_raw(struct drive *d, const char *name, const struct buf *all)
{
    size_t len;
    uint8_t *p = feed_slurp(path_of(d, name), &len);
    cr_assert(len == all->len && memcmp(p, all->p, len) == 0, "%s: %zu octets, expected %zu",
              name, len, all->len);
    free(p);
}

Test(archive, raw_bmp_is_octet_for_octet)
{
    struct drive d;
    struct buf first = {0}, second = {0};
    drive_begin(&d, &sink_bmp_archive);
    drive_open(&d);
    uint32_t src = bmp_source(&d);
    for (unsigned type = 0; type < 250; type += 3) /* unknown and broken ones, too */
        raw_put(&d, src, NS(T0 + 1), (uint8_t)type, &first);
    feed_put(&d.feed, JOURNAL_GONE, src, NS(T0 + 2), "bye", 3);
    uint32_t again = bmp_source(&d); /* another connection of the same router */
    raw_put(&d, again, NS(T0 + 299), 4, &first);
    raw_put(&d, again, NS(T0 + 300), 5, &second);
    drive_pump(&d);
    drive_checkpoint(&d);
    cr_assert_str_eq(archived(&d), RAW1 " " RAW2 ".part");
    drive_close(&d, true);
    expect_raw(&d, RAW1, &first);
    expect_raw(&d, RAW2, &second);
    buf_free(&first);
    buf_free(&second);
    drive_end(&d);
}

Test(archive, raw_bmp_survives_a_crash_exactly_once)
{
    struct drive d;
    struct buf kept = {0}, lost = {0}, old = {0};
    drive_begin(&d, &sink_bmp_archive);
    d.cfg->archive.format = STREAM_PLAIN;
    drive_open(&d);
    uint32_t src = bmp_source(&d);
    raw_put(&d, src, NS(T0 + 1), 1, &kept);
    drive_pump(&d);
    drive_checkpoint(&d);
    buf_add(&old, d.state.p, d.state.len);
    raw_put(&d, src, NS(T0 + 1), 2, &lost);
    drive_pump(&d);
    drive_checkpoint(&d); /* on disk, but its cursor was never stored */
    drive_close(&d, false);
    buf_free(&d.state);
    d.state = old;
    drive_open(&d);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), "198.51.100.1/2025.11/bmp.20251122.2015");
    expect_raw(&d, "198.51.100.1/2025.11/bmp.20251122.2015", &kept);
    buf_free(&kept);
    buf_free(&lost);
    drive_end(&d);
}

Test(archive, raw_bmp_leaves_bgp_sessions_alone)
{
    struct drive d;
    drive_begin(&d, &sink_bmp_archive);
    drive_open(&d);
    feed_route(&d.feed, feed_session(&d.feed, 64501, false, true, false, NS(T0)), NS(T0), 1);
    drive_pump(&d);
    cr_assert_eq(sink_bmp_archive.tick(d.self, NS(T0 + 400)), SINK_CHECKPOINT);
    drive_close(&d, true);
    cr_assert_str_eq(archived(&d), "");
    drive_end(&d);
}

/* ---- names ---- */

static const char *name_of(struct config *c, unsigned again)
{
    static char name[ARCHIVE_NAME_MAX];
    return archive_name(name, sizeof(name), c, ARCHIVE_UPDATES, T0, again) == 0 ? name
                                                                                : "refused";
}

Test(archive, names)
{
    struct config *c = feed_config("/nowhere");
    cr_expect_str_eq(name_of(c, 0), FILE1);
    cr_expect_str_eq(name_of(c, 3), "2025.11/updates.20251122.2015.3.gz");
    c->archive.layout = LAYOUT_ROUTEVIEWS;
    cr_expect_str_eq(name_of(c, 0), "2025.11/UPDATES/updates.20251122.2015.gz");
    c->archive.slot_s = 10;
    cr_expect_str_eq(name_of(c, 0), "2025.11/UPDATES/updates.20251122.201500.gz");
    c->archive.layout = LAYOUT_PATTERN;
    feed_set(&c->archive.pattern, "%Y/%j/u-%s.gz", "");
    cr_expect_str_eq(name_of(c, 1), "2025/326/u-1763842500.1.gz");
    c->archive.format = STREAM_PLAIN;
    feed_set(&c->archive.pattern, "u.%H%M", "");
    cr_expect_str_eq(name_of(c, 0), "u.2015");
    feed_set(&c->archive.pattern, "/etc/%H", "");
    cr_expect_str_eq(name_of(c, 0), "refused");
    feed_set(&c->archive.pattern, "../%H", "");
    cr_expect_str_eq(name_of(c, 0), "refused");
    feed_set(&c->archive.pattern, "a\tb", "");
    cr_expect_str_eq(name_of(c, 0), "refused");
    config_unref(c);
}

Test(archive, folders_are_safe)
{
    char dst[ARCHIVE_FOLDER_MAX];
    struct track_source s = {.info.remote = {16, {[15] = 1}, 0}};
    struct track_peer p = {.addr = {16, {0x20, 1, 0xd, 0xb8, [15] = 9}, 0}, .asn = 64500};
    archive_folder(dst, PER_COLLECTOR, false, &s, &p);
    cr_expect_str_eq(dst, "");
    archive_folder(dst, PER_PEER, false, &s, &p);
    cr_expect_str_eq(dst, "AS64500_2001-db8--9/");
    p.bmp = true;
    p.view = BMP_VIEW_LOC_RIB;
    memcpy(p.rd, "\0\0\xfd\xe8\0\0\0\1", 8);
    strcpy(s.sys_name, "../etc/pa sswd");
    archive_folder(dst, PER_PEER, false, &s, &p);
    cr_expect_str_eq(dst, "_.-etc-pa-sswd/AS64500_2001-db8--9_65000-1/loc-rib/");
    archive_folder(dst, PER_PEER, true, &s, &p);
    cr_expect_str_eq(dst, "_.-etc-pa-sswd/AS64500_2001-db8--9_65000-1/loc-rib.");
    s.sys_name[0] = '\0';
    archive_folder(dst, PER_ROUTER, false, &s, &p);
    cr_expect_str_eq(dst, "_-1/loc-rib/");
    memset(s.sys_name, 'x', sizeof(s.sys_name) - 1);
    cr_expect_lt(archive_folder(dst, PER_PEER, false, &s, &p), sizeof(dst));
}

/* ---- other people's readers ---- */

static int have(const char *command)
{
    char line[256];
    snprintf(line, sizeof(line), "%s >/dev/null 2>&1", command);
    return system(line) == 0;
}

static void run_reader(struct drive *d, const char *probe, const char *command,
                       const char *want)
{
    char line[1024], got[256] = "";
    if (!have(probe)) {
        printf("skipped: %s absent\n", probe);
        return;
    }
    snprintf(line, sizeof(line), "cd %s && %s", d->cfg->archive.dir, command);
    FILE *p = popen(line, "r");
    cr_assert_not_null(p);
    if (fgets(got, sizeof(got), p) != NULL)
        got[strcspn(got, "\n")] = '\0';
    pclose(p);
    cr_assert_str_eq(got, want, "%s", line);
}

/* mrtparse 1.6 knows no *_ET: `timestamps: seconds` is for readers like it. */
Test(archive, timestamps_in_seconds_suit_mrtparse)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    d.cfg->archive.seconds = true;
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 4200000001, false, true, false, NS(T0));
    for (uint32_t i = 0; i < 50; i++)
        feed_route(&d.feed, id, NS(T0 + 1.5), i);
    drive_pump(&d);
    drive_close(&d, true);
    run_reader(
        &d, "/usr/bin/python3 -c 'import mrtparse'",
        "/usr/bin/python3 -c 'import mrtparse; print(sum(r.mrt.err is None or not r.mrt.err "
        "for r in mrtparse.Reader(\"" FILE1 "\")))' 2>&1",
        "53");
    run_reader(&d, "command -v bgpdump",
               "bgpdump -q -m " FILE1 " 2>&1 | grep -cE '^BGP4MP\\|[0-9]+\\|(A|STATE)\\|'",
               "51");
    drive_end(&d);
}

Test(archive, bgpdump_and_mrtparse_read_it)
{
    struct drive d;
    drive_begin(&d, &sink_archive);
    drive_open(&d);
    uint32_t id = feed_session(&d.feed, 4200000001, false, true, false, NS(T0));
    for (uint32_t i = 0; i < 50; i++)
        feed_route(&d.feed, id, NS(T0 + 1), i);
    bmp_peer_up(&d, bmp_source(&d));
    drive_pump(&d);
    sink_archive.tick(d.self, NS(T0 + 301)); /* an empty one follows */
    sink_archive.tick(d.self, NS(T0 + 301.2));
    drive_close(&d, true);
    run_reader(&d, "command -v bgpdump",
               "(bgpdump -q -m " FILE1 "; bgpdump -q -m " FILE2
               ") 2>&1 | grep -cE '^BGP4MP_ET\\|.*\\|(A|STATE)\\|'",
               "52");
    run_reader(&d, "/usr/bin/python3 -c 'import mrtparse'",
               "/usr/bin/python3 " RIBTAPE_SOURCE "/tests/lib/mrtparse_count.py " FILE1
               " " FILE2 " 2>&1",
               "56 0");
    drive_end(&d);
}
