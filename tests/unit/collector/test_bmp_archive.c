/* SPDX-License-Identifier: BSD-2-Clause */
/* What a slot's raw BMP presumes, beside it: the Initiation and the Peer Ups in force, once, over
 * slots, ends of sessions and a crash. The stream itself: test_archive.c. */
#include "drive.h"

#define T0 UINT64_C(1763842500) /* 2025-11-22 20:15:00 UTC: the start of a slot */
#define STREAM(slot)  "edge/2025.11/bmp.20251122." slot
#define CONTEXT(slot) "edge/context/2025.11/bmp.20251122." slot

enum { PEER_A = 1, PEER_B = 2 };

struct message {
    uint8_t p[1024];
    size_t len;
};

static struct message finish(struct message m, const struct wr *w)
{
    m.len = w->len;
    m.p[3] = (uint8_t)(m.len >> 8);
    m.p[4] = (uint8_t)m.len;
    return m;
}

static struct message initiation(const char *descr)
{
    struct message m;
    struct wr w = wr_of(m.p, sizeof(m.p));
    wr_u8(&w, 3), wr_u32(&w, 0), wr_u8(&w, BMP_TYPE_INITIATION);
    wr_u16(&w, 2), wr_u16(&w, 4), wr_bytes(&w, "edge", 4);
    wr_u16(&w, 1), wr_u16(&w, (uint16_t)strlen(descr)), wr_bytes(&w, descr, strlen(descr));
    return finish(m, &w);
}

static struct message of_peer(uint8_t type, uint8_t peer)
{
    struct message m;
    uint8_t bgp[FEED_MSG];
    struct wr w = wr_of(m.p, sizeof(m.p));
    wr_u8(&w, 3), wr_u32(&w, 0), wr_u8(&w, type);
    wr_u16(&w, 0), wr_u64(&w, 0), wr_u64(&w, 0), wr_u32(&w, 0), wr_u32(&w, 0x0a000000U + peer);
    wr_u32(&w, 64511), wr_u32(&w, 0x0a000000U + peer), wr_u32(&w, 1763842500), wr_u32(&w, 0);
    if (type == BMP_TYPE_PEER_UP) {
        wr_u64(&w, 0), wr_u32(&w, 0), wr_u32(&w, 0x0a0000ff), wr_u16(&w, 179), wr_u16(&w, 4000);
        wr_bytes(&w, bgp, feed_open(bgp, 64510, true, false));
        wr_bytes(&w, bgp, feed_open(bgp, 64511, true, false));
    } else if (type == BMP_TYPE_PEER_DOWN) {
        wr_u8(&w, 4);
    } else {
        wr_bytes(&w, bgp, feed_update(bgp, 9, true, false));
    }
    return finish(m, &w);
}

static struct message up(uint8_t peer)
{
    return of_peer(BMP_TYPE_PEER_UP, peer);
}

static struct message down(uint8_t peer)
{
    return of_peer(BMP_TYPE_PEER_DOWN, peer);
}

static struct message route(uint8_t peer)
{
    return of_peer(BMP_TYPE_ROUTE_MONITORING, peer);
}

static void begin(struct drive *d)
{
    drive_begin(d, &sink_bmp_archive);
    d->cfg->archive.format = STREAM_PLAIN;
    d->cfg->bmp_archive.context = true;
    drive_open(d);
}

static void declare(struct drive *d, uint32_t id, uint8_t flags)
{
    struct feed_source s = {.id = id,
                            .info = {.kind = SOURCE_BMP,
                                     .remote = {4, {198, 51, 100, 1}, 4000},
                                     .local = {4, {198, 51, 100, 2}, 11019}}};
    cr_assert_eq(feed_declare(&d->feed, &s, flags, NS(T0)), 0);
}

static uint32_t connection(struct drive *d)
{
    uint32_t id = journal_new_source(d->feed.j);
    declare(d, id, 0);
    return id;
}

static void put(struct drive *d, uint32_t src, unsigned second, struct message m)
{
    feed_put(&d->feed, JOURNAL_BMP, src, NS(T0 + second), m.p, m.len);
}

static void repeat(struct drive *d, uint32_t src, struct message m)
{
    cr_assert_eq(journal_append(d->feed.j, JOURNAL_BMP, JOURNAL_REPEAT, src, NS(T0), m.p,
                                (uint32_t)m.len),
                 0);
}

/* The file of a name holds these messages and nothing else; len 0 ends them. */
static void expect(struct drive *d, const char *name, const struct message *m)
{
    char path[256];
    struct buf want = {0};
    size_t len;
    for (; m->len > 0; m++)
        buf_add(&want, (const char *)m->p, m->len);
    snprintf(path, sizeof(path), "%s/archive/%s", d->dir, name);
    uint8_t *p = feed_slurp(path, &len);
    cr_expect(len == want.len && memcmp(p, want.p, len) == 0, "%s: %zu octets, expected %zu",
              name, len, want.len);
    free(p);
    buf_free(&want);
}

#define EXPECT(d, name, ...) expect(d, name, (struct message[]){__VA_ARGS__, {.len = 0}})

static bool is_there(struct drive *d, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/archive/%s", d->dir, name);
    return access(path, F_OK) == 0;
}

Test(bmp_archive, later_slots_have_what_they_presume)
{
    struct drive d;
    begin(&d);
    uint32_t src = connection(&d);
    put(&d, src, 1, initiation("one"));
    put(&d, src, 1, up(PEER_A));
    put(&d, src, 2, up(PEER_B));
    put(&d, src, 3, route(PEER_A));
    put(&d, src, 300, route(PEER_B)); /* 20:20 */
    put(&d, src, 301, down(PEER_B));
    put(&d, src, 600, route(PEER_A)); /* 20:25 */
    put(&d, src, 900, up(PEER_A));    /* 20:30: says anew what is in force */
    put(&d, src, 901, initiation("two"));
    put(&d, src, 1200, route(PEER_A)); /* 20:35 */
    drive_pump(&d);
    drive_close(&d, true);
    cr_expect_not(is_there(&d, CONTEXT("2015")), "nothing was before");
    EXPECT(&d, STREAM("2015"), initiation("one"), up(PEER_A), up(PEER_B), route(PEER_A));
    EXPECT(&d, CONTEXT("2020"), initiation("one"), up(PEER_A), up(PEER_B));
    EXPECT(&d, STREAM("2020"), route(PEER_B), down(PEER_B));
    EXPECT(&d, CONTEXT("2025"), initiation("one"), up(PEER_A));
    EXPECT(&d, CONTEXT("2030"), initiation("one"));
    EXPECT(&d, CONTEXT("2035"), initiation("two"), up(PEER_A));
    EXPECT(&d, STREAM("2035"), route(PEER_A));
    drive_end(&d);
}

/* A router that connects anew tells all itself; what it had before is not in force. */
Test(bmp_archive, another_connection_presumes_nothing)
{
    struct drive d;
    begin(&d);
    uint32_t src = connection(&d);
    put(&d, src, 1, initiation("one"));
    put(&d, src, 1, up(PEER_A));
    feed_put(&d.feed, JOURNAL_GONE, src, NS(T0 + 2), "bye", 3);
    src = connection(&d);
    put(&d, src, 300, initiation("one"));
    put(&d, src, 301, up(PEER_A));
    drive_pump(&d);
    drive_close(&d, true);
    cr_expect_not(is_there(&d, CONTEXT("2020")));
    EXPECT(&d, STREAM("2020"), initiation("one"), up(PEER_A));
    drive_end(&d);
}

/* After a crash in a slot what its files presume is not written a second time, in the next slot
 * it is. The journal's repeats tell what is in force. */
Test(bmp_archive, once_over_a_crash)
{
    struct drive d;
    begin(&d);
    uint32_t src = connection(&d);
    put(&d, src, 1, initiation("one"));
    put(&d, src, 1, up(PEER_A));
    put(&d, src, 300, route(PEER_A));
    drive_pump(&d);
    drive_checkpoint(&d);
    drive_close(&d, false);
    drive_open(&d);
    declare(&d, src, JOURNAL_REPEAT);
    repeat(&d, src, initiation("one"));
    repeat(&d, src, up(PEER_A));
    put(&d, src, 301, route(PEER_A));
    put(&d, src, 600, route(PEER_A));
    drive_pump(&d);
    drive_close(&d, true);
    EXPECT(&d, CONTEXT("2020"), initiation("one"), up(PEER_A));
    EXPECT(&d, STREAM("2020"), route(PEER_A), route(PEER_A));
    EXPECT(&d, CONTEXT("2025"), initiation("one"), up(PEER_A));
    EXPECT(&d, STREAM("2025"), route(PEER_A));
    drive_end(&d);
}

Test(bmp_archive, nothing_beside_unless_asked_for)
{
    struct drive d;
    begin(&d);
    d.cfg->bmp_archive.context = false;
    uint32_t src = connection(&d);
    put(&d, src, 1, initiation("one"));
    put(&d, src, 300, route(PEER_A));
    drive_pump(&d);
    drive_close(&d, true);
    cr_expect(is_there(&d, STREAM("2020")));
    cr_expect_not(is_there(&d, CONTEXT("2020")));
    drive_end(&d);
}

Test(bmp_archive, names_by_a_pattern)
{
    struct drive d;
    begin(&d);
    d.cfg->archive.layout = LAYOUT_PATTERN;
    feed_set(&d.cfg->bmp_archive.pattern, "raw/%Y/%H%M.bmp", "");
    uint32_t src = connection(&d);
    put(&d, src, 1, initiation("one"));
    put(&d, src, 2, route(PEER_A));
    drive_pump(&d);
    drive_close(&d, true);
    cr_expect_str_eq(feed_list(d.cfg->archive.dir), "edge/raw/2025/2015.bmp");
    drive_end(&d);
}
