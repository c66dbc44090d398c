/* SPDX-License-Identifier: BSD-2-Clause */
/* From journal frames to routes: sessions, UPDATEs, refreshes, BMP views, losses. */
#include "feed.h"

#include "bgp/nlri_map.h"
#include "collector/rib/rib_feed.h"

enum { T0 = 1763842500 };
#define NS(s) ((uint64_t)(s)*NS_PER_S)

struct bench {
    char dir[64];
    struct feed feed;
    struct track *track;
    struct journal_reader *reader;
    struct rib_feed *rib;
};

static void setup(struct bench *b, uint32_t limit)
{
    memset(b, 0, sizeof(*b));
    feed_temp(b->dir);
    feed_begin(&b->feed, b->dir, 0);
    b->rib = rib_feed_new(limit);
    struct track_hooks h = rib_feed_hooks(b->rib);
    b->track = track_new(&h);
    b->reader = journal_reader_attach(b->feed.j, "test", (struct journal_pos){0});
}

/* Tracks what the journal has; feeds it unless it is context only. */
static void pump(struct bench *b, bool feed)
{
    struct journal_view v;
    struct track_item item;
    while (journal_read(b->reader, &v) == JOURNAL_READ_FRAME) {
        cr_assert_eq(track_feed(b->track, &v, &item), 0);
        if (feed && !(v.flags & JOURNAL_REPEAT))
            cr_assert_eq(rib_feed_item(b->rib, b->track, &item), 0);
    }
}

static void teardown(struct bench *b)
{
    struct rib_stats s;
    rib_feed_lost(b->rib, b->track);
    track_free(b->track);
    cr_assert_not(rib_feed_tidy(b->rib, UINT32_MAX));
    rib_stats(rib_feed_rib(b->rib), &s);
    cr_assert_eq(s.used_bytes, 0);
    rib_feed_free(b->rib);
    journal_reader_free(b->reader);
    journal_close(b->feed.j);
    feed_rm(b->dir);
}

static uint64_t routes(struct bench *b)
{
    struct rib_stats s;
    pump(b, true);
    rib_stats(rib_feed_rib(b->rib), &s);
    return s.routes;
}

static struct rib_feed_sums sums(struct bench *b)
{
    struct rib_feed_sums s;
    rib_feed_get_sums(b->rib, &s);
    return s;
}

static void put(struct bench *b, uint32_t src, const char *body, size_t len, uint8_t type)
{
    uint8_t msg[FEED_MSG];
    struct wr w = wr_of(msg, sizeof(msg));
    size_t at = feed_header(&w, type);
    wr_bytes(&w, body, len);
    feed_put(&b->feed, JOURNAL_BGP_RECV, src, NS(T0 + 9), msg, feed_end(&w, at));
}

#define PUT(b, src, type, body) put(b, src, body, sizeof(body) - 1, type)
#define WITHDRAW_1              "\x00\x05\x20\x0a\x00\x00\x01\x00\x00"
#define BORR                    "\x00\x01\x01\x01"
#define EORR                    "\x00\x01\x02\x01"

static struct rib_route last_route;
static uint8_t last_attrs[256];

static int keep(void *arg, const struct rib_node_view *v)
{
    (void)arg;
    last_route = v->routes[v->cnt - 1];
    memcpy(last_attrs, last_route.attrs.p, last_route.attrs.left);
    return 0;
}

static void look(struct bench *b, unsigned family)
{
    memset(&last_route, 0, sizeof(last_route));
    cr_assert_eq(rib_walk(rib_feed_rib(b->rib), family, keep, NULL), 0);
}

Test(rib_feed, announce_withdraw_down)
{
    static const uint8_t down[2] = {6, 1};
    struct bench b;
    setup(&b, 0);
    uint32_t src = feed_session(&b.feed, 64501, false, true, false, NS(T0));
    uint32_t other = feed_session(&b.feed, 64502, false, true, false, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    feed_route(&b.feed, src, NS(T0 + 2), 2);
    feed_route(&b.feed, other, NS(T0 + 3), 1);
    cr_assert_eq(routes(&b), 3);
    look(&b, NLRI_IPV4_UNICAST);
    cr_assert_eq(last_route.time_s, T0 + 2);
    PUT(&b, src, BGP_TYPE_UPDATE, WITHDRAW_1);
    cr_assert_eq(routes(&b), 2);
    PUT(&b, src, BGP_TYPE_UPDATE, WITHDRAW_1);
    cr_assert_eq(routes(&b), 2);
    cr_assert_eq(rib_feed_counts(b.rib)->absent, 1);
    feed_put(&b.feed, JOURNAL_STATE, src, NS(T0 + 10), down, sizeof(down));
    cr_assert_eq(routes(&b), 1);
    feed_put(&b.feed, JOURNAL_GONE, other, NS(T0 + 11), NULL, 0);
    cr_assert_eq(routes(&b), 0);
    cr_assert_null(rib_feed_sessions(b.rib));
    teardown(&b);
}

/* A reader that starts in the middle of a session knows a part of its table: none is stored. */
Test(rib_feed, sessions_that_began_before)
{
    struct bench b;
    setup(&b, 0);
    uint32_t src = feed_session(&b.feed, 64501, false, true, false, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    pump(&b, false); /* before the cursor */
    feed_route(&b.feed, src, NS(T0 + 2), 2);
    cr_assert_eq(routes(&b), 0);
    cr_assert_eq(sums(&b).unseen, 1);
    cr_assert_eq(sums(&b).unknown, 1);
    feed_put(&b.feed, JOURNAL_GONE, src, NS(T0 + 3), NULL, 0);
    uint32_t again = feed_session(&b.feed, 64501, false, true, false, NS(T0 + 4));
    feed_route(&b.feed, again, NS(T0 + 5), 2);
    cr_assert_eq(routes(&b), 1);
    teardown(&b);
}

/* AS_PATH of a two-octet session is stored as TABLE_DUMP_V2 wants it. */
Test(rib_feed, attributes)
{
    uint8_t msg[FEED_MSG];
    struct bench b;
    setup(&b, 0);
    uint32_t src = feed_session(&b.feed, 64501, false, false, true, NS(T0));
    feed_put(&b.feed, JOURNAL_BGP_RECV, src, NS(T0 + 1), msg, feed_update(msg, 1, false, true));
    cr_assert_eq(routes(&b), 1);
    look(&b, NLRI_IPV4_UNICAST);
    cr_assert(last_route.has_path_id);
    cr_assert_eq(last_route.path_id, 7);
    cr_assert_eq(last_route.attrs.left, 4 + 10 + 7 + 7);
    cr_assert_eq(memcmp(last_attrs + 4, "\x50\x02\x00\x06\x02\x01\x00\x00\xfb\xf5", 10), 0);
    teardown(&b);
}

Test(rib_feed, mp_reach_and_unreach)
{
    struct bench b;
    setup(&b, 0);
    uint32_t src = feed_session(&b.feed, 64501, false, true, false, NS(T0));
    PUT(&b, src, BGP_TYPE_UPDATE,
        "\x00\x00\x00\x21\x40\x01\x01\x00"
        "\x80\x0e\x1a\x00\x02\x01\x10\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
        "\x00\x09\x00\x20\x20\x01\x0d\xb8");
    cr_assert_eq(routes(&b), 1);
    look(&b, NLRI_IPV6_UNICAST);
    cr_assert_eq(last_route.attrs.left, 4 + 3 + 17, "the next hop alone");
    PUT(&b, src, BGP_TYPE_UPDATE,
        "\x00\x00\x00\x0b\x80\x0f\x08\x00\x02\x01\x20\x20\x01\x0d\xb8");
    cr_assert_eq(routes(&b), 0);
    cr_assert(!bgp_family_has(&rib_feed_sessions(b.rib)->updates.complete, NLRI_IPV6_UNICAST));
    PUT(&b, src, BGP_TYPE_UPDATE, "\x00\x00\x00\x06\x80\x0f\x03\x00\x02\x01");
    pump(&b, true);
    cr_assert(bgp_family_has(&rib_feed_sessions(b.rib)->updates.complete, NLRI_IPV6_UNICAST));
    teardown(&b);
}

/* RFC 7606 section 2: what was announced with attributes that overrun is withdrawn. */
Test(rib_feed, broken_attributes_withdraw)
{
    struct bench b;
    setup(&b, 0);
    uint32_t src = feed_session(&b.feed, 64501, false, true, false, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    cr_assert_eq(routes(&b), 1);
    PUT(&b, src, BGP_TYPE_UPDATE, "\x00\x00\x00\x04\x40\x01\x09\x00\x20\x0a\x00\x00\x01");
    cr_assert_eq(routes(&b), 0);
    cr_assert_eq(rib_feed_counts(b.rib)->malformed, 1);
    teardown(&b);
}

Test(rib_feed, enhanced_refresh)
{
    struct bench b;
    setup(&b, 0);
    uint32_t src = feed_session(&b.feed, 64501, false, true, false, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    feed_route(&b.feed, src, NS(T0 + 1), 2);
    PUT(&b, src, BGP_TYPE_ROUTE_REFRESH, EORR); /* without BoRR: ignored */
    cr_assert_eq(routes(&b), 2);
    PUT(&b, src, BGP_TYPE_ROUTE_REFRESH, BORR);
    feed_route(&b.feed, src, NS(T0 + 2), 2);
    feed_route(&b.feed, src, NS(T0 + 2), 3);
    cr_assert_eq(routes(&b), 3);
    PUT(&b, src, BGP_TYPE_ROUTE_REFRESH, EORR);
    cr_assert_eq(routes(&b), 2);
    teardown(&b);
}

Test(rib_feed, limit)
{
    struct bench b;
    setup(&b, 2);
    uint32_t src = feed_session(&b.feed, 64501, false, true, false, NS(T0));
    for (uint32_t i = 1; i <= 5; i++)
        feed_route(&b.feed, src, NS(T0 + 1), i);
    cr_assert_eq(routes(&b), 2);
    cr_assert_eq(rib_feed_counts(b.rib)->refused, 3);
    teardown(&b);
}

Test(rib_feed, lost_frames_end_sessions)
{
    struct bench b;
    setup(&b, 0);
    uint32_t src = feed_session(&b.feed, 64501, false, true, false, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    cr_assert_eq(routes(&b), 1);
    feed_put(&b.feed, JOURNAL_LOST, 0, NS(T0 + 2), "\0\0\0\0\0\0\0\1full", 12);
    feed_route(&b.feed, src, NS(T0 + 3), 2);
    cr_assert_eq(routes(&b), 0);
    cr_assert_eq(sums(&b).unseen, 1);
    cr_assert_eq(sums(&b).unknown, 1);
    teardown(&b);
}

/* ---- BMP ---- */

static uint32_t bmp_source(struct bench *b)
{
    struct feed_source *s = &b->feed.src[b->feed.cnt++];
    *s = (struct feed_source){.id = journal_new_source(b->feed.j)};
    s->info = (struct source_info){.kind = SOURCE_BMP};
    s->info.remote = (struct source_addr){4, {10, 0, 0, 2}, 4000};
    cr_assert_eq(feed_declare(&b->feed, s, 0, NS(T0)), 0);
    return s->id;
}

static void bmp_head(struct wr *w, uint8_t type, uint8_t flags)
{
    wr_u8(w, 3), wr_u32(w, 0), wr_u8(w, type);
    wr_u8(w, 0), wr_u8(w, flags), wr_u64(w, 0); /* global instance, no distinguisher */
    wr_u64(w, 0), wr_u32(w, 0), wr_u32(w, 0x0a000009);
    wr_u32(w, 64511), wr_u32(w, 0x0a000009);
    wr_u32(w, T0), wr_u32(w, 0);
}

static void bmp_put(struct bench *b, uint32_t src, struct wr *w)
{
    w->buf[3] = (uint8_t)(w->len >> 8);
    w->buf[4] = (uint8_t)w->len;
    cr_assert(!w->overflow);
    feed_put(&b->feed, JOURNAL_BMP, src, NS(T0), w->buf, w->len);
}

static void bmp_peer_up(struct bench *b, uint32_t src)
{
    uint8_t buf[1024], open[FEED_MSG];
    struct wr w = wr_of(buf, sizeof(buf));
    bmp_head(&w, BMP_TYPE_PEER_UP, 0);
    wr_u64(&w, 0), wr_u32(&w, 0), wr_u32(&w, 0x0a000002);
    wr_u16(&w, 179), wr_u16(&w, 4000);
    wr_bytes(&w, open, feed_open(open, 64510, true, false));
    wr_bytes(&w, open, feed_open(open, 64511, true, false));
    bmp_put(b, src, &w);
}

static void bmp_route(struct bench *b, uint32_t src, uint8_t flags, uint32_t n)
{
    uint8_t buf[1024], msg[FEED_MSG];
    struct wr w = wr_of(buf, sizeof(buf));
    bmp_head(&w, BMP_TYPE_ROUTE_MONITORING, flags);
    wr_bytes(&w, msg, feed_update(msg, n, true, false));
    bmp_put(b, src, &w);
}

Test(rib_feed, bmp_views)
{
    uint8_t buf[64];
    struct wr w = wr_of(buf, sizeof(buf));
    struct bench b;
    setup(&b, 0);
    uint32_t src = bmp_source(&b);
    bmp_route(&b, src, 0, 1); /* without Peer Up */
    cr_assert_eq(routes(&b), 0);
    bmp_peer_up(&b, src);
    bmp_route(&b, src, 0, 1);
    bmp_route(&b, src, BMP_FLAG_L, 1);
    bmp_route(&b, src, BMP_FLAG_O, 1);
    cr_assert_eq(routes(&b), 3);
    bmp_peer_up(&b, src); /* again: a new session, whatever became of the old one */
    cr_assert_eq(routes(&b), 0);
    bmp_route(&b, src, BMP_FLAG_L, 1);
    cr_assert_eq(routes(&b), 1);
    bmp_head(&w, BMP_TYPE_PEER_DOWN, 0);
    wr_u8(&w, 4);
    bmp_put(&b, src, &w);
    cr_assert_eq(routes(&b), 0);
    bmp_peer_up(&b, src);
    bmp_route(&b, src, 0, 1);
    cr_assert_eq(routes(&b), 1);
    feed_put(&b.feed, JOURNAL_GONE, src, NS(T0), NULL, 0);
    cr_assert_eq(routes(&b), 0);
    teardown(&b);
}

/* ---- reading again ---- */

/* What a sink does that goes back to its checkpoint: a new tracker and reader, the old ones go,
 * frames before `seq` teach only. */
static void rewind_to(struct bench *b, uint64_t seq)
{
    struct journal_view v;
    struct track_item item;
    struct track_hooks h = rib_feed_hooks(b->rib);
    struct track *fresh = track_new(&h);
    struct journal_reader *reader =
        journal_reader_attach(b->feed.j, "again", (struct journal_pos){0});
    track_free(b->track);
    journal_reader_free(b->reader);
    b->track = fresh;
    b->reader = reader;
    while (journal_read(b->reader, &v) == JOURNAL_READ_FRAME) {
        cr_assert_eq(track_feed(b->track, &v, &item), 0);
        if (v.seq >= seq && !(v.flags & JOURNAL_REPEAT))
            cr_assert_eq(rib_feed_item(b->rib, b->track, &item), 0);
    }
}

/* From wherever it reads again, the table is the same. */
Test(rib_feed, sessions_survive_reading_again)
{
    struct bench b;
    setup(&b, 0);
    uint32_t one = feed_session(&b.feed, 64501, false, true, false, NS(T0));
    uint32_t two = feed_session(&b.feed, 64502, false, true, false, NS(T0));
    feed_route(&b.feed, one, NS(T0 + 1), 1);
    feed_route(&b.feed, two, NS(T0 + 1), 1);
    feed_put(&b.feed, JOURNAL_GONE, two, NS(T0 + 2), NULL, 0);
    feed_route(&b.feed, one, NS(T0 + 2), 2);
    PUT(&b, one, BGP_TYPE_UPDATE, WITHDRAW_1);
    uint32_t src = bmp_source(&b);
    bmp_peer_up(&b, src);
    bmp_route(&b, src, 0, 3);
    bmp_route(&b, src, BMP_FLAG_L, 4);
    bmp_peer_up(&b, src);
    bmp_route(&b, src, BMP_FLAG_L, 5);
    cr_assert_eq(routes(&b), 2);
    for (uint64_t seq = 1; seq < 30; seq++) {
        rewind_to(&b, seq);
        cr_assert_eq(routes(&b), 2, "from %d", (int)seq);
        cr_assert_eq(sums(&b).unknown, 0, "from %d", (int)seq);
    }
    feed_route(&b.feed, one, NS(T0 + 5), 6);
    cr_assert_eq(routes(&b), 3, "and goes on");
    feed_put(&b.feed, JOURNAL_GONE, one, NS(T0 + 6), NULL, 0);
    cr_assert_eq(routes(&b), 1);
    teardown(&b);
}

/* The end of a monitored session ends views that the new tracker has not seen. */
Test(rib_feed, views_that_are_not_seen_again)
{
    uint8_t buf[64];
    struct wr w = wr_of(buf, sizeof(buf));
    struct bench b;
    setup(&b, 0);
    uint32_t src = bmp_source(&b);
    bmp_peer_up(&b, src);
    bmp_route(&b, src, 0, 1);
    bmp_route(&b, src, BMP_FLAG_O, 1);
    cr_assert_eq(routes(&b), 2);
    struct track_hooks h = rib_feed_hooks(b.rib);
    struct track *fresh = track_new(&h);
    track_free(b.track);
    b.track = fresh; /* as of a segment that repeats the source and its Peer Up */
    feed_declare(&b.feed, &b.feed.src[0], 0, NS(T0));
    bmp_head(&w, BMP_TYPE_PEER_DOWN, 0);
    wr_u8(&w, 4);
    uint8_t up[1024];
    struct wr u = wr_of(up, sizeof(up));
    bmp_head(&u, BMP_TYPE_ROUTE_MONITORING, 0); /* makes the session known */
    uint8_t msg[FEED_MSG];
    wr_bytes(&u, msg, feed_update(msg, 1, true, false));
    bmp_put(&b, src, &u);
    bmp_put(&b, src, &w);
    cr_assert_eq(routes(&b), 0);
    teardown(&b);
}

/* ---- restarts ---- */

/* An OPEN with graceful restart for IPv4 unicast, 100 s. */
static void put_graceful_open(struct bench *b, uint32_t src, enum journal_kind kind,
                              uint64_t time, uint32_t asn)
{
    const uint8_t caps[] = {2,  14, 65, 4,   0, 0, (uint8_t)(asn >> 8), (uint8_t)asn,
                            64, 6,  0,  100, 0, 1, 1,                   0x80};
    uint8_t msg[FEED_MSG];
    struct wr w = wr_of(msg, sizeof(msg));
    size_t at = feed_header(&w, BGP_TYPE_OPEN);
    wr_u8(&w, 4), wr_u16(&w, (uint16_t)asn), wr_u16(&w, 180), wr_u32(&w, 0xc0000209);
    wr_u8(&w, sizeof(caps));
    wr_bytes(&w, caps, sizeof(caps));
    feed_put(&b->feed, kind, src, time, msg, feed_end(&w, at));
}

static uint32_t graceful_session_of(struct bench *b, uint32_t asn, uint64_t time)
{
    static const uint8_t up[2] = {5, 6};
    struct feed_source *s = &b->feed.src[b->feed.cnt++];
    uint8_t buf[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(buf, sizeof(buf));
    *s = (struct feed_source){.id = journal_new_source(b->feed.j)};
    s->info = (struct source_info){.kind = SOURCE_BGP, .remote_asn = asn, .local_asn = 64500};
    s->info.remote = (struct source_addr){4, {192, 0, 2, 9}, (uint16_t)(4000 + s->id)};
    s->info.local = (struct source_addr){4, {192, 0, 2, 1}, 179};
    source_encode(&s->info, &w);
    feed_put(&b->feed, JOURNAL_SOURCE, s->id, time, buf, w.len);
    put_graceful_open(b, s->id, JOURNAL_BGP_SENT, time, 64500);
    put_graceful_open(b, s->id, JOURNAL_BGP_RECV, time, asn);
    feed_put(&b->feed, JOURNAL_STATE, s->id, time, up, sizeof(up));
    return s->id;
}

static uint32_t graceful_session(struct bench *b, uint64_t time)
{
    return graceful_session_of(b, 64501, time);
}

Test(rib_feed, graceful_restart)
{
    static const uint8_t down[2] = {6, 1};
    struct bench b;
    setup(&b, 0);
    uint32_t src = graceful_session(&b, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    feed_route(&b.feed, src, NS(T0 + 1), 2);
    feed_put(&b.feed, JOURNAL_STATE, src, NS(T0 + 10), down, sizeof(down));
    feed_put(&b.feed, JOURNAL_GONE, src, NS(T0 + 10), NULL, 0);
    cr_assert_eq(routes(&b), 2);
    cr_assert_eq(sums(&b).down, 1);
    cr_assert_eq(sums(&b).stale, 2);
    uint32_t again = graceful_session(&b, NS(T0 + 20));
    feed_route(&b.feed, again, NS(T0 + 21), 2);
    feed_route(&b.feed, again, NS(T0 + 21), 3);
    cr_assert_eq(routes(&b), 3);
    cr_assert_eq(sums(&b).up, 1);
    cr_assert_eq(sums(&b).down, 0);
    PUT(&b, again, BGP_TYPE_UPDATE, "\x00\x00\x00\x00");
    cr_assert_eq(routes(&b), 2);
    feed_put(&b.feed, JOURNAL_STATE, again, NS(T0 + 30), down, sizeof(down));
    cr_assert_eq(routes(&b), 2);
    rib_feed_time(b.rib, T0 + 129);
    cr_assert_eq(routes(&b), 2);
    rib_feed_time(b.rib, T0 + 130);
    cr_assert_eq(routes(&b), 0);
    cr_assert_null(rib_feed_sessions(b.rib));
    cr_assert_eq(sums(&b).kept, 2);
    teardown(&b);
}

/* A collector that began anew has nothing of sessions that were over, whatever part of the
 * journal is read again; what is up is told gone one by one. */
Test(rib_feed, a_new_start_ends_what_was_kept)
{
    static const uint8_t down[2] = {6, 1};
    struct bench b;
    setup(&b, 0);
    uint32_t src = graceful_session(&b, NS(T0));
    uint32_t other = feed_session(&b.feed, 64502, false, true, false, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    feed_route(&b.feed, other, NS(T0 + 1), 2);
    feed_put(&b.feed, JOURNAL_STATE, src, NS(T0 + 10), down, sizeof(down));
    cr_assert_eq(routes(&b), 2);
    feed_put(&b.feed, JOURNAL_START, 0, NS(T0 + 11), NULL, 0);
    cr_assert_eq(routes(&b), 1);
    cr_assert_eq(sums(&b).down, 0);
    cr_assert_eq(sums(&b).up, 1);
    teardown(&b);
}

/* The same address with another AS is another peer, and the one before is not coming back. */
Test(rib_feed, another_as_ends_what_was_kept)
{
    static const uint8_t down[2] = {6, 1};
    struct bench b;
    setup(&b, 0);
    uint32_t src = graceful_session_of(&b, 64501, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    feed_put(&b.feed, JOURNAL_STATE, src, NS(T0 + 10), down, sizeof(down));
    cr_assert_eq(routes(&b), 1);
    graceful_session_of(&b, 64502, NS(T0 + 11));
    cr_assert_eq(routes(&b), 0);
    cr_assert_eq(sums(&b).down, 0);
    cr_assert_eq(sums(&b).up, 1);
    teardown(&b);
}

/* Another session's frame tells the time, too. */
Test(rib_feed, restart_time_by_frames)
{
    static const uint8_t down[2] = {6, 1};
    struct bench b;
    setup(&b, 0);
    uint32_t src = graceful_session(&b, NS(T0));
    uint32_t other = feed_session(&b.feed, 64509, true, true, false, NS(T0));
    feed_route(&b.feed, src, NS(T0 + 1), 1);
    feed_put(&b.feed, JOURNAL_STATE, src, NS(T0 + 10), down, sizeof(down));
    feed_route(&b.feed, other, NS(T0 + 109), 1);
    cr_assert_eq(routes(&b), 2);
    feed_route(&b.feed, other, NS(T0 + 110), 2);
    cr_assert_eq(routes(&b), 2, "one went, one came");
    cr_assert_eq(sums(&b).down, 0);
    teardown(&b);
}

/* A peer that flaps without restart takes its old places in the RIB. */
Test(rib_feed, flaps_take_no_memory)
{
    static const uint8_t down[2] = {6, 1};
    struct bench b;
    struct rib_stats first = {0}, last;
    setup(&b, 0);
    for (unsigned round = 0; round < 5; round++) {
        b.feed.cnt = 0; /* the same address again */
        uint32_t src = feed_session(&b.feed, 64501, false, true, false, NS(T0));
        for (uint32_t n = 1; n <= 100; n++)
            feed_route(&b.feed, src, NS(T0 + 1), n);
        cr_assert_eq(routes(&b), 100);
        rib_stats(rib_feed_rib(b.rib), round == 0 ? &first : &last);
        feed_put(&b.feed, JOURNAL_STATE, src, NS(T0 + 2), down, sizeof(down));
        feed_put(&b.feed, JOURNAL_GONE, src, NS(T0 + 2), NULL, 0);
        cr_assert_eq(routes(&b), 0);
    }
    cr_assert_eq(first.used_bytes, last.used_bytes);
    teardown(&b);
}
