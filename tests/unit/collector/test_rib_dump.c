/* SPDX-License-Identifier: BSD-2-Clause */
/* The RIB as an MRT file: records, order, split peers, what is left on disk after failures. */
#include "feed.h"

#include "collector/rib/rib_dump.h"
#include "mrt/mrt.h"
#include "mrt/rib.h"

enum { T0 = 1763842500 };
#define NS(s) ((uint64_t)(s)*NS_PER_S)

struct bench {
    char dir[64], path[128];
    struct feed feed;
    struct track *track;
    struct journal_reader *reader;
    struct rib_feed *rib;
    struct rib_dump_options o;
    struct rib_dump_stats stats;
};

static void setup(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    feed_temp(b->dir);
    snprintf(b->path, sizeof(b->path), "%s/2025.11/bview.20251122.2000.gz", b->dir);
    feed_begin(&b->feed, b->dir, 0);
    b->rib = rib_feed_new(0);
    struct track_hooks h = rib_feed_hooks(b->rib);
    b->track = track_new(&h);
    b->reader = journal_reader_attach(b->feed.j, "test", (struct journal_pos){0});
    b->o = (struct rib_dump_options){
        .time_s = T0, .collector_id = {198, 51, 100, 1}, .view = "", .format = STREAM_GZIP};
}

static void pump(struct bench *b)
{
    struct journal_view v;
    struct track_item item;
    while (journal_read(b->reader, &v) == JOURNAL_READ_FRAME) {
        cr_assert_eq(track_feed(b->track, &v, &item), 0);
        cr_assert_eq(rib_feed_item(b->rib, b->track, &item), 0);
    }
}

static void teardown(struct bench *b)
{
    track_free(b->track);
    rib_feed_free(b->rib);
    journal_reader_free(b->reader);
    journal_close(b->feed.j);
    feed_rm(b->dir);
}

static void put(struct bench *b, uint32_t src, const char *body, size_t len)
{
    uint8_t msg[FEED_MSG];
    struct wr w = wr_of(msg, sizeof(msg));
    size_t at = feed_header(&w, BGP_TYPE_UPDATE);
    wr_bytes(&w, body, len);
    feed_put(&b->feed, JOURNAL_BGP_RECV, src, NS(T0), msg, feed_end(&w, at));
}

#define PUT(b, src, body) put(b, src, body, sizeof(body) - 1)
#define ATTRS_MP          "\x00\x00\x00\x2c\x40\x01\x01\x00\x40\x02\x06\x02\x01\x00\x00\xfb\xf5"
#define REACH6                                                                                 \
    "\x80\x0e\x1c\x00\x02\x01\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09\0"                 \
    "\x30\x20\x01\x0d\xb8\x00\x01"

/* Three sessions: plain IPv4 with three routes, ADD-PATH with one, IPv6 with one and without
 * IPv4; a fourth without routes. */
static void fill(struct bench *b)
{
    uint8_t msg[FEED_MSG];
    uint32_t plain = feed_session(&b->feed, 64501, false, true, false, NS(T0));
    uint32_t paths = feed_session(&b->feed, 64502, false, true, true, NS(T0));
    uint32_t six = feed_session(&b->feed, 64503, true, true, false, NS(T0));
    feed_session(&b->feed, 64504, false, true, false, NS(T0));
    feed_route(&b->feed, plain, NS(T0), 3);
    feed_route(&b->feed, plain, NS(T0), 1);
    feed_route(&b->feed, plain, NS(T0), 2);
    feed_put(&b->feed, JOURNAL_BGP_RECV, paths, NS(T0 + 1), msg,
             feed_update(msg, 1, true, true));
    PUT(b, six, ATTRS_MP REACH6);
    pump(b);
}

struct seen {
    char text[1024];
};

/* SUBTYPE:SEQUENCE:NLRI's last octets:ENTRIES, or P:PEERS. */
static void describe(struct seen *s, const uint8_t *p, size_t len)
{
    uint16_t subtype = (uint16_t)(p[6] << 8 | p[7]);
    size_t at = strlen(s->text);
    cr_assert_eq(p[4] << 8 | p[5], MRT_TABLE_DUMP_V2);
    cr_assert_eq(feed_u32(p), T0);
    cr_assert_geq(len, 20);
    if (subtype == MRT_RIB_SUBTYPE_PEER_INDEX_TABLE) {
        snprintf(s->text + at, sizeof(s->text) - at, "P:%u ", p[18] << 8 | p[19]);
        return;
    }
    unsigned octets = (p[16] + 7u) / 8;
    snprintf(s->text + at, sizeof(s->text) - at, "%u:%u:%u/%u:%u ", subtype, feed_u32(p + 12),
             p[16 + octets], p[16], p[17 + octets] << 8 | p[18 + octets]);
}

static void read_back(struct bench *b, struct seen *s)
{
    size_t len, at = 0;
    uint8_t *p = feed_slurp(b->path, &len);
    s->text[0] = '\0';
    cr_assert_eq(len, b->stats.octets);
    while (at < len) {
        cr_assert_geq(len - at, 12);
        size_t record = 12 + (size_t)feed_u32(p + at + 8);
        cr_assert_leq(record, len - at, "half a record");
        describe(s, p + at, record);
        at += record;
    }
    free(p);
}

Test(rib_dump, sorted_records)
{
    struct bench b;
    struct seen s;
    setup(&b);
    fill(&b);
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &b.stats), 0, "%s", strerror(errno));
    read_back(&b, &s);
    cr_assert_str_eq(s.text, "P:3 2:0:1/32:1 8:1:1/32:1 2:2:2/32:1 2:3:3/32:1 4:4:1/48:1 ");
    cr_assert_eq(b.stats.peers, 3);
    cr_assert_eq(b.stats.records, 5);
    cr_assert_eq(b.stats.entries, 5);
    cr_assert_null(strstr(feed_list(b.dir), ".part"));
    teardown(&b);
}

static bool only_64501(void *arg, const struct rib_session *s)
{
    (void)arg;
    return s->peer.asn == 64501;
}

Test(rib_dump, wanted_and_idle_peers)
{
    struct bench b;
    struct seen s;
    setup(&b);
    fill(&b);
    b.o.idle_peers = true;
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &b.stats), 0);
    cr_assert_eq(b.stats.peers, 4);
    cr_assert_eq(unlink(b.path), 0);
    b.o.want = only_64501;
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &b.stats), 0);
    read_back(&b, &s);
    cr_assert_str_eq(s.text, "P:1 2:0:1/32:1 2:1:2/32:1 2:2:3/32:1 ");
    teardown(&b);
}

/* More peers than a table holds: several tables, each before its peers' records. */
Test(rib_dump, split_peers)
{
    struct bench b;
    struct seen s;
    setup(&b);
    fill(&b);
    b.o.peers_max = 2;
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &b.stats), 0);
    read_back(&b, &s);
    cr_assert_str_eq(s.text, "P:2 2:0:1/32:1 8:1:1/32:1 2:2:2/32:1 2:3:3/32:1 P:1 4:4:1/48:1 ");
    teardown(&b);
}

Test(rib_dump, empty_rib)
{
    struct bench b;
    struct seen s;
    setup(&b);
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &b.stats), 0);
    read_back(&b, &s);
    cr_assert_str_eq(s.text, "P:0 ");
    teardown(&b);
}

Test(rib_dump, never_replaces_a_file)
{
    struct bench b;
    struct seen s;
    setup(&b);
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &b.stats), 0);
    fill(&b);
    struct rib_dump_stats again;
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &again), -1);
    cr_assert_eq(errno, EEXIST);
    read_back(&b, &s);
    cr_assert_str_eq(s.text, "P:0 ");
    cr_assert_null(strstr(feed_list(b.dir), ".part"));
    teardown(&b);
}

/* A full disk: an error, and nothing that looks like a dump. */
Test(rib_dump, full_disk)
{
    struct bench b;
    struct rib_dump_stats stats;
    setup(&b);
    fill(&b);
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0)
        cr_skip_test("skipped: /dev/full absent");
    struct stream_out *out = stream_out_fd(fd, STREAM_PLAIN, 0);
    cr_assert_not_null(out);
    int rc = rib_dump_write(b.rib, &b.o, out, &stats);
    rc |= stream_out_close(out);
    cr_assert_neq(rc, 0);
    char under_file[160];
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &stats), 0);
    snprintf(under_file, sizeof(under_file), "%s/x.gz", b.path);
    cr_assert_eq(rib_dump_file(b.rib, &b.o, under_file, &stats), -1);
    cr_assert_eq(errno, ENOTDIR);
    teardown(&b);
}

Test(rib_dump, bgpdump_reads_it)
{
    struct bench b;
    char line[256], out[4096];
    setup(&b);
    if (system("which bgpdump >/dev/null 2>&1") != 0)
        cr_skip_test("skipped: bgpdump absent");
    fill(&b);
    cr_assert_eq(rib_dump_file(b.rib, &b.o, b.path, &b.stats), 0);
    snprintf(line, sizeof(line), "bgpdump -m %s 2>/dev/null", b.path);
    FILE *f = popen(line, "r");
    cr_assert_not_null(f);
    out[fread(out, 1, sizeof(out) - 1, f)] = '\0';
    cr_assert_eq(pclose(f), 0);
    static const char *const want[] = {
        "|B|192.0.2.9|64501|10.0.0.1/32|64501|IGP|192.0.2.9|",
        "|B|192.0.2.10|64502|10.0.0.1/32|7|64501|IGP|192.0.2.9|",
        "|B|192.0.2.9|64501|10.0.0.2/32|",
        "|B|192.0.2.9|64501|10.0.0.3/32|",
        "|B|2001:db8::b|64503|2001:db8:1::/48|64501|IGP|2001:db8::9|",
    };
    for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        cr_assert_not_null(strstr(out, want[i]), "%s is not in\n%s", want[i], out);
    teardown(&b);
}
