/* SPDX-License-Identifier: BSD-2-Clause */
/* Topics of format state over graceful restarts: which floors rise, when, and by what numbers.
 * That the table is the RIB's is tests/unit/tools/test_table_restart.c's. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/wr.h"
#include "bgp/msg.h"
#include "schemas/publish/publish_int.h"

enum { T0 = 1000, ROOM = 256, VALUE_MAX = 100000 };

/* What an OPEN offers for IPv4 unicast. */
enum { GR = 1, LLGR = 2, NOT_FORWARDING = 4 };

#define EPOCH_1 "1000000000"
#define EPOCH_2 "1050000000"

static struct publish *p;
static struct track *track;
static struct track_item item;
static struct journal_view frame;
static uint8_t payload[ROOM];
static uint64_t seq;
static uint32_t source;
static bool deaf;

static void peer_gone(void *arg, struct track_source *s, struct track_peer *peer)
{
    (void)arg;
    if (!deaf)
        publish_peer_gone(p, s, peer);
}

static void source_gone(void *arg, struct track_source *s)
{
    (void)arg;
    if (!deaf)
        publish_source_gone(p, s);
}

static struct publish *publisher(size_t value_max)
{
    static const struct publish_topic topics[] = {{.name = "table", .format = PUBLISH_STATE}};
    const struct publish_options o = {
        .collector = "ix", .topics = topics, .topic_cnt = 1, .value_max = value_max};
    return publish_new(&o);
}

static void setup(void)
{
    const struct track_hooks hooks = {.peer_gone = peer_gone, .source_gone = source_gone};
    seq = source = 0;
    deaf = false;
    p = publisher(VALUE_MAX);
    track = track_new(&hooks);
}

static void teardown(void)
{
    deaf = true;
    track_free(track);
    publish_free(p);
}

TestSuite(publish_restart, .init = setup, .fini = teardown);

static void expect(unsigned i, const char *key, const char *part)
{
    cr_assert_lt(i, p->record_cnt);
    const struct publish_record *r = &p->records[i];
    const char *own = p->keys.p + r->own_key.off + PUBLISH_KEY_LEN;
    char *text = strndup(p->out.p + r->off, r->len);
    cr_assert_eq(r->own_key.len, PUBLISH_KEY_LEN + strlen(key), "%s", text);
    cr_assert_arr_eq(own, key, strlen(key), "%s", text);
    cr_assert_not_null(strstr(text, part), "%s has no %s", text, part);
    free(text);
}

/* Feeds a frame of the present source. Returns how many records it made. */
static int feed(enum journal_kind kind, uint32_t time_s, const void *body, size_t len)
{
    memcpy(payload, body, len);
    frame = (struct journal_view){.kind = kind,
                                  .source = source,
                                  .time = time_s * NS_PER_S,
                                  .seq = ++seq,
                                  .p = payload,
                                  .len = (uint32_t)len};
    cr_assert_eq(track_feed(track, &frame, &item), 0);
    cr_assert_eq(publish_due(p, &item, 0), 0, "nothing is due before");
    return publish_item(p, &item, NULL);
}

static int message(enum journal_kind kind, uint32_t time_s, uint8_t type, const struct wr *body)
{
    uint8_t raw[ROOM];
    struct wr w = wr_of(raw, sizeof raw);
    for (int i = 0; i < 16; i++)
        wr_u8(&w, 0xff);
    wr_u16(&w, (uint16_t)(19 + body->len));
    wr_u8(&w, type);
    wr_bytes(&w, body->buf, body->len);
    return feed(kind, time_s, raw, w.len);
}

#define BODY(w)                                                                                \
    uint8_t w##_raw[ROOM];                                                                     \
    struct wr w = wr_of(w##_raw, sizeof w##_raw)

/* Restart time 100 s, long-lived stale time 1000 s. */
static void open_message(enum journal_kind kind, uint32_t time_s, uint32_t asn, unsigned flags)
{
    uint8_t forwarding = flags & NOT_FORWARDING ? 0 : 0x80;
    BODY(w);
    wr_u8(&w, 4), wr_u16(&w, (uint16_t)asn), wr_u16(&w, 90), wr_u32(&w, 0x0a000001);
    size_t params = wr_mark_u8(&w);
    if (flags & GR) {
        wr_u8(&w, 2), wr_u8(&w, 8), wr_u8(&w, 64), wr_u8(&w, 6), wr_u16(&w, 100);
        wr_u16(&w, 1), wr_u8(&w, 1), wr_u8(&w, forwarding);
    }
    if (flags & LLGR) {
        wr_u8(&w, 2), wr_u8(&w, 9), wr_u8(&w, 71), wr_u8(&w, 7);
        wr_u16(&w, 1), wr_u8(&w, 1), wr_u8(&w, forwarding), wr_u24(&w, 1000);
    }
    wr_patch_u8(&w, params);
    cr_assert_eq(message(kind, time_s, BGP_TYPE_OPEN, &w), 0);
}

static int up_as(uint32_t time_s, uint32_t asn, unsigned flags)
{
    const struct source_info info = {.kind = SOURCE_BGP,
                                     .remote = {.len = 4, .a = {192, 0, 2, 9}},
                                     .local = {.len = 4, .a = {192, 0, 2, 1}, .port = 179}};
    BODY(w);
    source_encode(&info, &w);
    source++;
    cr_assert_eq(feed(JOURNAL_SOURCE, time_s, w.buf, w.len), 0);
    open_message(JOURNAL_BGP_SENT, time_s, 64512, GR | LLGR);
    open_message(JOURNAL_BGP_RECV, time_s, asn, flags);
    return feed(JOURNAL_STATE, time_s, (const uint8_t[]){5, SOURCE_STATE_ESTABLISHED}, 2);
}

static int up(uint32_t time_s, unsigned flags)
{
    return up_as(time_s, 64500, flags);
}

static int down(uint32_t time_s)
{
    return feed(JOURNAL_STATE, time_s, (const uint8_t[]){SOURCE_STATE_ESTABLISHED, 1}, 2);
}

static void gone(uint32_t time_s)
{
    cr_assert_eq(feed(JOURNAL_GONE, time_s, "x", 1), 0);
}

/* Announces 10.0.0.0/8, or 2000::/8. */
static int announce(uint32_t time_s, uint16_t afi, bool no_llgr)
{
    BODY(w);
    wr_u16(&w, 0);
    size_t attrs = wr_mark_u16(&w);
    wr_u32(&w, 0x40010100);
    if (no_llgr)
        wr_u24(&w, 0xc00804), wr_u32(&w, 0xffff0007);
    if (afi == 2) {
        wr_u8(&w, 0x80), wr_u8(&w, 14), wr_u8(&w, 23);
        wr_u16(&w, 2), wr_u8(&w, 1), wr_u8(&w, 16), wr_u64(&w, 1), wr_u64(&w, 2), wr_u8(&w, 0);
        wr_u16(&w, 0x0820);
    }
    wr_patch_u16(&w, attrs);
    if (afi == 1)
        wr_u16(&w, 0x080a);
    return message(JOURNAL_BGP_RECV, time_s, BGP_TYPE_UPDATE, &w);
}

static int end_of_rib(uint32_t time_s)
{
    BODY(w);
    wr_u32(&w, 0);
    return message(JOURNAL_BGP_RECV, time_s, BGP_TYPE_UPDATE, &w);
}

static void session(unsigned flags, bool no_llgr)
{
    cr_assert_eq(up(T0, flags), 1);
    expect(0, "", "\"up\":true,\"floor\":[" EPOCH_1 ",0]}");
    cr_assert_eq(announce(T0 + 1, 1, no_llgr), 1);
}

/* Another publisher goes on from what this one saves; the tracker stays. */
static void crash(void)
{
    struct buf b = {0};
    publish_save(p, &b);
    struct publish *next = publisher(VALUE_MAX);
    cr_assert_eq(publish_restore(next, b.p, b.len), 0);
    if (item.peer != NULL)
        item.peer->user = NULL;
    if (item.source != NULL)
        item.source->user = NULL;
    publish_free(p);
    p = next;
    buf_free(&b);
}

Test(publish_restart, kept_until_end_of_rib)
{
    session(GR, false);
    cr_assert_eq(announce(T0 + 1, 2, false), 1, "a family that is not kept");
    cr_assert_eq(down(T0 + 10), 2);
    expect(0, "", "\"up\":false,\"floor\":[" EPOCH_1 ",0]}");
    expect(1, "/2/1", "\"safi\":\"unicast\",\"floor\":[" EPOCH_1 ",4]}");
    gone(T0 + 10);
    crash();
    cr_assert_eq(up(T0 + 50, GR), 1);
    expect(0, "", "\"epoch\":" EPOCH_2 ",\"peer_seq\":1,");
    expect(0, "", "\"up\":true,\"floor\":[" EPOCH_1 ",0]}");
    crash();
    cr_assert_eq(announce(T0 + 51, 1, false), 1);
    cr_assert_eq(end_of_rib(T0 + 52), 1);
    expect(0, "/1/1", "\"floor\":[" EPOCH_2 ",0]}");
    cr_assert_eq(publish_due(p, NULL, (T0 + 5000) * NS_PER_S), 0, "nothing is stale");
}

Test(publish_restart, without_agreement_all_goes)
{
    session(0, false);
    cr_assert_eq(down(T0 + 10), 1);
    expect(0, "", "\"up\":false,\"floor\":[" EPOCH_1 ",3]}");
    gone(T0 + 10);
    cr_assert_eq(up(T0 + 50, GR), 1);
    expect(0, "", "\"up\":true,\"floor\":[" EPOCH_2 ",0]}");
}

/* By time: the record is the same whoever brings it, a frame or an idle moment. */
Test(publish_restart, kept_until_the_restart_time)
{
    char said[2][400];
    session(GR, false);
    cr_assert_eq(down(T0 + 10), 1);
    gone(T0 + 10);
    struct buf b = {0};
    publish_save(p, &b);
    for (int i = 0; i < 2; i++) {
        publish_free(p);
        p = publisher(VALUE_MAX);
        cr_assert_eq(publish_restore(p, b.p, b.len), 0);
        struct track_item later = {.frame = &frame};
        frame.kind = JOURNAL_BMP;
        frame.time = (T0 + 109) * NS_PER_S;
        cr_assert_eq(publish_due(p, &later, 0), 0);
        cr_assert_eq(publish_due(p, NULL, (T0 + 110) * NS_PER_S), 0, "others may still come");
        frame.time = (T0 + 110) * NS_PER_S;
        cr_assert_eq(i == 0 ? publish_due(p, &later, 0)
                            : publish_due(p, NULL, (T0 + 777) * NS_PER_S),
                     1);
        expect(0, "", "\"up\":false,\"floor\":[" EPOCH_1 ",4]}");
        expect(0, "", "{\"v\":1,\"epoch\":" EPOCH_1 ",\"peer_seq\":4,\"time\":1110.000000,");
        cr_assert_not(p->has_seq);
        snprintf(said[i], sizeof said[i], "%.*s", (int)p->records[0].len, p->out.p);
        cr_assert_eq(publish_due(p, NULL, UINT64_MAX), 0);
        cr_assert(p->left_cnt == 0 && p->stale == NULL, "nothing is left");
    }
    cr_assert_str_eq(said[0], said[1]);
    buf_free(&b);
}

/* What is left goes below a place of the session before: the family is not complete by that. */
Test(publish_restart, end_of_rib_that_never_comes)
{
    session(GR, false);
    cr_assert_eq(down(T0 + 10), 1);
    gone(T0 + 10);
    cr_assert_eq(up(T0 + 50, GR), 1);
    cr_assert_eq(announce(T0 + 51, 1, false), 1);
    cr_assert_eq(publish_due(p, NULL, (T0 + 50 + RESTART_SYNC_S) * NS_PER_S), 0);
    cr_assert_eq(publish_due(p, NULL, (T0 + 51 + RESTART_SYNC_S) * NS_PER_S), 1);
    expect(0, "/1/1", "\"epoch\":" EPOCH_2 ",\"peer_seq\":3,");
    expect(0, "/1/1", "\"floor\":[" EPOCH_1 ",4]}");
    cr_assert_eq(publish_due(p, NULL, UINT64_MAX), 0);
}

Test(publish_restart, back_without_forwarding)
{
    session(GR, false);
    cr_assert_eq(down(T0 + 10), 1);
    gone(T0 + 10);
    cr_assert_eq(up(T0 + 50, GR | NOT_FORWARDING), 1);
    expect(0, "", "\"up\":true,\"floor\":[" EPOCH_2 ",0]}");
}

Test(publish_restart, another_as_at_the_address)
{
    session(GR, false);
    cr_assert_eq(down(T0 + 10), 1);
    gone(T0 + 10);
    cr_assert_eq(up_as(T0 + 50, 64501, GR), 1);
    expect(0, "", "\"up\":true,\"floor\":[" EPOCH_2 ",0]}");
    cr_assert_eq(publish_due(p, NULL, UINT64_MAX), 0);
}

/* RFC 9494 section 4.2: with the long-lived period routes with NO_LLGR go, after it all. */
Test(publish_restart, long_lived)
{
    session(GR | LLGR, true);
    cr_assert_eq(down(T0 + 10), 1);
    gone(T0 + 10);
    crash();
    cr_assert_eq(publish_due(p, NULL, (T0 + 5000) * NS_PER_S), 1);
    expect(0, "/1/1/no-llgr", "\"time\":1110.000000");
    expect(0, "/1/1/no-llgr", "\"community\":\"no-llgr\",\"floor\":[" EPOCH_1 ",4]}");
    crash();
    cr_assert_eq(publish_due(p, NULL, (T0 + 5000) * NS_PER_S), 1);
    expect(0, "", "\"time\":2110.000000");
    expect(0, "", "\"up\":false,\"floor\":[" EPOCH_1 ",5]}");
    cr_assert_eq(publish_due(p, NULL, (T0 + 5000) * NS_PER_S), 0);
}

/* What is too long to be told still says under which floor it is. */
Test(publish_restart, too_long_with_no_llgr)
{
    publish_free(p);
    p = publisher(300);
    session(GR | LLGR, true);
    expect(0, "/1/1/0a00000008", "\"type\":\"too-large\"");
    expect(0, "/1/1/0a00000008", ",\"attrs\":{\"communities\":[\"no-llgr\"]}}");
    cr_assert_eq(announce(T0 + 2, 1, false), 1);
    cr_assert_null(strstr(p->out.p, "no-llgr"));
}

/* With the collector's memory goes what it kept. */
Test(publish_restart, a_new_start)
{
    session(GR | LLGR, false);
    cr_assert_eq(down(T0 + 10), 1);
    gone(T0 + 10);
    source = 0;
    frame = (struct journal_view){
        .kind = JOURNAL_START, .time = (T0 + 20) * NS_PER_S, .seq = ++seq, .p = payload};
    cr_assert_eq(track_feed(track, &frame, &item), 0);
    cr_assert_eq(publish_due(p, &item, 0), 1);
    expect(0, "", "\"time\":1020.000000");
    expect(0, "", "\"up\":false,\"floor\":[" EPOCH_1 ",4]}");
    cr_assert_eq(publish_due(p, &item, 0), 0);
    cr_assert_eq(publish_item(p, &item, NULL), 0);
}

/* Memory is bounded: of one peer too many nothing is kept. */
Test(publish_restart, more_peers_than_are_kept)
{
    session(GR, false);
    p->left_cnt = 16384;
    cr_assert_eq(down(T0 + 10), 1);
    expect(0, "", "\"up\":false,\"floor\":[" EPOCH_1 ",3]}");
    cr_assert_null(p->stale);
    cr_assert_eq(p->left_cnt, 16384);
}

/* A refresh that ended before the restart has no more to say of what comes after. */
Test(publish_restart, a_floor_never_sinks)
{
    BODY(borr);
    BODY(eorr);
    wr_u16(&borr, 1), wr_u8(&borr, 1), wr_u8(&borr, 1);
    wr_u16(&eorr, 1), wr_u8(&eorr, 2), wr_u8(&eorr, 1);
    session(GR, false);
    cr_assert_eq(down(T0 + 10), 1);
    gone(T0 + 10);
    cr_assert_eq(up(T0 + 50, GR), 1);
    cr_assert_eq(message(JOURNAL_BGP_RECV, T0 + 51, BGP_TYPE_ROUTE_REFRESH, &borr), 0);
    cr_assert_eq(message(JOURNAL_BGP_RECV, T0 + 51, BGP_TYPE_ROUTE_REFRESH, &eorr), 1);
    expect(0, "/1/1", "\"floor\":[" EPOCH_2 ",2]}");
    cr_assert_eq(publish_due(p, NULL, (T0 + 5000) * NS_PER_S), 0, "it is above that already");
    cr_assert_eq(end_of_rib(T0 + 5001), 1);
    expect(0, "/1/1", "\"floor\":[" EPOCH_2 ",2]}");
}

Test(publish_restart, damaged_checkpoints)
{
    struct buf b = {0};
    session(GR | LLGR, true);
    cr_assert_eq(announce(T0 + 1, 2, false), 1);
    cr_assert_eq(down(T0 + 10), 2);
    gone(T0 + 10);
    cr_assert_eq(up(T0 + 50, GR | LLGR), 1);
    publish_save(p, &b);
    for (size_t len = 1; len < b.len; len++) {
        struct publish *other = publisher(VALUE_MAX);
        int rc = publish_restore(other, b.p, len);
        cr_assert(rc == -1 || other->stale == NULL, "%zu of %zu octets", len, b.len);
        publish_free(other);
    }
    buf_free(&b);
}

/* As earlier versions saved: topic, one counter, a mark with the floor's number alone. */
Test(publish_restart, a_checkpoint_of_version_1)
{
    struct buf b = {0};
    uint8_t raw[ROOM];
    session(GR, false);
    publish_save(p, &b);
    struct wr w = wr_of(raw, sizeof raw);
    size_t counters = 1 + 2 + 8 + 4 + p->counts.cnt * 24;
    uint64_t whose = p->whose->node.hash;
    wr_bytes(&w, (const uint8_t *)b.p, counters);
    raw[0] = 1;
    wr_u64(&w, whose), wr_u16(&w, 0), wr_u16(&w, 1), wr_u8(&w, 1), wr_u64(&w, 0), wr_u64(&w, 2);
    struct publish *other = publisher(VALUE_MAX);
    cr_assert_eq(publish_restore(other, raw, w.len - 1), -1);
    publish_free(other);
    publish_free(p);
    p = publisher(VALUE_MAX);
    cr_assert_eq(publish_restore(p, raw, w.len), 0);
    item.peer->user = NULL;
    item.source->user = NULL;
    cr_assert_eq(end_of_rib(T0 + 2), 1);
    expect(0, "/1/1", "\"peer_seq\":3,");
    expect(0, "/1/1", "\"floor\":[" EPOCH_1 ",2]}");
    cr_assert_eq(announce(T0 + 3, 1, false), 1);
    cr_assert_eq(down(T0 + 10), 1);
    expect(0, "", "\"up\":false,\"floor\":[" EPOCH_1 ",0]}");
    buf_free(&b);
}
