/* SPDX-License-Identifier: BSD-2-Clause */
/* Topics of formats openbmp and ris-live: what each frame becomes, through a tracker, without a
 * producer. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/wr.h"
#include "bgp/msg.h"
#include "schemas/publish/publish_int.h"
#include "schemas/wire/encode_bmp.h"
#include "schemas/wire/encode_open.h"

enum { SOURCE = 7, ROOM = 1024, HEADER = 78 };

/* A publisher behind a tracker, as a sink has them. */
struct stage {
    struct publish_topic topic;
    struct publish *p;
    struct track *track;
    bool deaf; /* what ends belongs to no publisher */
    uint64_t seq;
    uint32_t source;
    char said[64]; /* of the last frame: the BMP types, as digits */
};

static void peer_gone(void *arg, struct track_source *s, struct track_peer *p)
{
    struct stage *st = arg;
    if (!st->deaf)
        publish_peer_gone(st->p, s, p);
}

static void source_gone(void *arg, struct track_source *s)
{
    struct stage *st = arg;
    if (!st->deaf)
        publish_source_gone(st->p, s);
}

static struct publish *publisher(const struct publish_topic *t)
{
    const struct publish_options o = {.collector = "ix",
                                      .topics = t,
                                      .topic_cnt = 1,
                                      .value_max = 100000,
                                      .has_shard = true};
    struct publish *p = publish_new(&o);
    cr_assert_not_null(p);
    return p;
}

static void set(struct stage *st, enum publish_format format, const struct filter *filter)
{
    const struct track_hooks hooks = {
        .peer_gone = peer_gone, .source_gone = source_gone, .arg = st, .keep_bmp = true};
    *st = (struct stage){.topic = {.name = "t", .format = format, .filter = filter},
                         .source = SOURCE};
    st->p = publisher(&st->topic);
    st->track = track_new(&hooks);
    cr_assert_not_null(st->track);
}

static void end(struct stage *st)
{
    st->deaf = true;
    track_free(st->track);
    publish_free(st->p);
}

static void note_types(struct stage *st)
{
    memset(st->said, 0, sizeof st->said);
    for (size_t i = 0; st->topic.format == PUBLISH_OPENBMP && i < st->p->record_cnt; i++) {
        const struct publish_record *r = &st->p->records[i];
        const uint8_t *v = (const uint8_t *)st->p->out.p + r->off;
        size_t head = (size_t)v[6] << 8 | v[7];
        cr_assert_arr_eq(v, "OBMP\1\7", 6);
        cr_assert_eq((size_t)v[10] << 8 | v[11], r->len - head, "one message in a value");
        cr_assert_eq(r->part, i);
        st->said[i] = (char)('0' + v[head + 5]);
    }
}

/* Feeds a frame. Returns how many records it made. */
static int feed(struct stage *st, enum journal_kind kind, const void *p, size_t len)
{
    const struct journal_view v = {.kind = kind,
                                   .source = st->source,
                                   .time = UINT64_C(5000000000) + st->seq * 1000,
                                   .seq = ++st->seq,
                                   .p = p,
                                   .len = (uint32_t)len};
    struct track_item item;
    cr_assert_eq(track_feed(st->track, &v, &item), 0);
    int made = publish_item(st->p, &item, NULL);
    cr_assert_geq(made, 0);
    note_types(st);
    return made;
}

static void declare(struct stage *st, enum source_kind kind)
{
    const struct source_info info = {.kind = kind,
                                     .remote = {.len = 4, .a = {192, 0, 2, 9}},
                                     .local = {.len = 4, .a = {192, 0, 2, 1}, .port = 179},
                                     .local_asn = 64512};
    uint8_t room[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(room, sizeof room);
    source_encode(&info, &w);
    feed(st, JOURNAL_SOURCE, room, w.len);
    cr_assert_str_eq(st->said, "");
}

/* ---- BGP ---- */

static void say_open(struct stage *st, enum journal_kind kind, uint32_t asn)
{
    const struct encode_open o = {
        .asn = asn, .bgp_id = {192, 0, 2, 9}, .hold_time_s = 90, .asn4 = true};
    uint8_t room[ROOM];
    struct wr w = wr_of(room, sizeof room);
    encode_open_message(&w, &o);
    cr_assert_eq(feed(st, kind, room, w.len), 0);
}

static void change(struct stage *st, uint8_t from, uint8_t to)
{
    const struct source_change c = {.old_state = from, .new_state = to};
    uint8_t room[ROOM];
    struct wr w = wr_of(room, sizeof room);
    source_state_encode(&c, &w);
    feed(st, JOURNAL_STATE, room, w.len);
}

/* Writes an announcement of 10.0.0.0/8 or another /8. */
static size_t update(uint8_t msg[ROOM], uint8_t first)
{
    const uint8_t body[] = {0, 0, 0, 20, 0x40, 1, 1,   0, 0x40, 2, 6, 2, 1,
                            0, 0, 0, 1,  0x40, 3, 4, 192, 0,    2, 9, 8, first};
    struct wr w = wr_of(msg, ROOM);
    size_t start = encode_begin(&w, BGP_TYPE_UPDATE);
    wr_bytes(&w, body, sizeof body);
    encode_end(&w, start);
    return w.len;
}

static void announce(struct stage *st, uint8_t first)
{
    uint8_t msg[ROOM];
    feed(st, JOURNAL_BGP_RECV, msg, update(msg, first));
}

static void notify(struct stage *st)
{
    uint8_t msg[ROOM];
    struct wr w = wr_of(msg, sizeof msg);
    size_t start = encode_begin(&w, BGP_TYPE_NOTIFICATION);
    wr_u8(&w, 6), wr_u8(&w, 2);
    encode_end(&w, start);
    feed(st, JOURNAL_BGP_RECV, msg, w.len);
}

static void begin_session(struct stage *st)
{
    declare(st, SOURCE_BGP);
    say_open(st, JOURNAL_BGP_SENT, 64512);
    say_open(st, JOURNAL_BGP_RECV, 64500);
    change(st, SOURCE_STATE_OPEN_CONFIRM, SOURCE_STATE_ESTABLISHED);
}

Test(publish_openbmp, a_bgp_session_is_a_stream)
{
    struct stage st;
    char key[PUBLISH_KEY_LEN];
    set(&st, PUBLISH_OPENBMP, NULL);
    begin_session(&st);
    cr_assert_str_eq(st.said, "43", "Initiation, Peer Up");
    const uint8_t *v = (const uint8_t *)st.p->out.p;
    cr_assert_eq(v[12], 0x80);
    cr_assert_arr_eq(v + 38, "\0\2ix", 4);
    cr_assert_arr_eq(v + 40 + 2 + 16, "\xc0\0\2\1\0", 5, "the session's local address");
    memcpy(key, st.p->slots[0].key, sizeof key);
    announce(&st, 10);
    cr_assert_str_eq(st.said, "0");
    const struct publish_record *r = &st.p->records[0];
    uint8_t msg[ROOM];
    size_t len = update(msg, 10);
    cr_assert_arr_eq(st.p->out.p + r->off + r->len - len, msg, len, "octet for octet");
    cr_assert_arr_eq(key, st.p->slots[0].key, sizeof key);
    cr_assert_arr_eq(key, st.p->peer_key, sizeof key, "the key of other formats");
    cr_assert_eq(st.p->slots[0].peer_seq, 2);
    notify(&st);
    cr_assert_str_eq(st.said, "2");
    cr_assert_eq(st.p->out.p[HEADER + 4 + 48], 3, "the peer's NOTIFICATION");
    change(&st, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
    cr_assert_str_eq(st.said, "", "it is said");
    feed(&st, JOURNAL_GONE, "", 0);
    cr_assert_str_eq(st.said, "");
    end(&st);
}

Test(publish_openbmp, a_session_that_breaks_off_ends)
{
    struct stage st;
    set(&st, PUBLISH_OPENBMP, NULL);
    begin_session(&st);
    announce(&st, 10);
    feed(&st, JOURNAL_GONE, "", 0);
    cr_assert_str_eq(st.said, "2");
    cr_assert_eq(st.p->out.p[HEADER + 4 + 48], 4, "without a NOTIFICATION");
    end(&st);
}

/* A neighbour may be back before its old session is known to be over. */
Test(publish_openbmp, an_old_session_ends_no_new_one)
{
    struct stage st;
    set(&st, PUBLISH_OPENBMP, NULL);
    begin_session(&st);
    st.source = SOURCE + 1;
    begin_session(&st);
    cr_assert_str_eq(st.said, "43");
    st.source = SOURCE;
    feed(&st, JOURNAL_GONE, "", 0);
    cr_assert_str_eq(st.said, "");
    st.source = SOURCE + 1;
    announce(&st, 10);
    cr_assert_str_eq(st.said, "0");
    feed(&st, JOURNAL_GONE, "", 0);
    cr_assert_str_eq(st.said, "2");
    end(&st);
}

Test(publish_openbmp, a_filter_leaves_the_stream_whole)
{
    struct stage st;
    char err[FILTER_ERROR_MAX];
    struct filter *f = filter_new("prefix 11.0.0.0/8", false, err);
    set(&st, PUBLISH_OPENBMP, f);
    begin_session(&st);
    cr_assert_str_eq(st.said, "");
    announce(&st, 10);
    cr_assert_str_eq(st.said, "");
    announce(&st, 11);
    cr_assert_str_eq(st.said, "430");
    announce(&st, 10);
    cr_assert_str_eq(st.said, "");
    announce(&st, 11);
    cr_assert_str_eq(st.said, "0");
    change(&st, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
    cr_assert_str_eq(st.said, "2");
    end(&st);
    filter_free(f);
}

/* Gives the tracker another publisher, restored from a state of the first. */
static void reborn(struct stage *st, const struct buf *state)
{
    st->deaf = true;
    publish_free(st->p);
    st->p = publisher(&st->topic);
    cr_assert_eq(publish_restore(st->p, state->p, state->len), 0);
}

static void forget_user(void *arg, struct track_source *s, struct track_peer *p)
{
    (void)arg;
    s->user = NULL;
    p->user = NULL;
}

/* What comes again after a crash is the same; a mark that was noted after the checkpoint is not
 * in the way. */
Test(publish_openbmp, checkpoints_carry_what_was_said)
{
    struct stage st;
    struct buf state = {0}, first = {0};
    uint64_t seq = 0;
    set(&st, PUBLISH_OPENBMP, NULL);
    begin_session(&st);
    publish_save(st.p, &state);
    seq = st.seq;
    for (int round = 0; round < 2; round++) {
        st.seq = seq;
        announce(&st, 10);
        cr_assert_str_eq(st.said, "0", "round %d: %s", round, st.said);
        notify(&st);
        cr_assert_str_eq(st.said, "2");
        if (round == 0)
            buf_add(&first, st.p->out.p, st.p->out.len);
        cr_assert_eq(st.p->out.len, first.len);
        cr_assert_arr_eq(st.p->out.p, first.p, first.len);
        if (round == 0) {
            reborn(&st, &state);
            track_each_peer(st.track, forget_user, NULL);
        }
    }
    state.len = 0; /* after the end: it stays said */
    publish_save(st.p, &state);
    reborn(&st, &state);
    track_each_peer(st.track, forget_user, NULL);
    change(&st, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
    cr_assert_str_eq(st.said, "");
    end(&st);
    buf_free(&state);
    buf_free(&first);
}

/* A frame that ran out of memory, in whichever topic, comes again: nothing of it was said. */
Test(publish_openbmp, what_fails_was_not_said)
{
    struct stage st;
    set(&st, PUBLISH_OPENBMP, NULL);
    begin_session(&st);
    for (int i = 0; i < 2; i++) {
        notify(&st);
        cr_assert_str_eq(st.said, "2");
        if (i == 0)
            st.p->place->cnt--; /* it was not counted */
    }
    change(&st, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
    cr_assert_str_eq(st.said, "");
    end(&st);
}

/* ---- BMP ---- */

static const struct encode_bmp_peer neighbour = {.addr = {.len = 4, .a = {198, 51, 100, 1}},
                                                 .local = {.len = 4, .a = {192, 0, 2, 9}},
                                                 .asn = 64501,
                                                 .bgp_id = {198, 51, 100, 1}};

static void bmp_initiation(struct stage *st)
{
    uint8_t room[ROOM];
    struct wr w = wr_of(room, sizeof room);
    encode_bmp_initiation(&w, "made up", "edge1");
    feed(st, JOURNAL_BMP, room, w.len);
}

static void bmp_peer_up(struct stage *st)
{
    const struct encode_open o = {.asn = 64501, .hold_time_s = 90, .asn4 = true};
    uint8_t room[ROOM], open[ROOM];
    struct wr m = wr_of(open, sizeof open), w = wr_of(room, sizeof room);
    encode_open_message(&m, &o);
    encode_bmp_peer_up(&w, &neighbour, cur_of(open, m.len), cur_of(open, m.len));
    feed(st, JOURNAL_BMP, room, w.len);
}

static void bmp_peer_down(struct stage *st)
{
    uint8_t room[ROOM];
    struct wr w = wr_of(room, sizeof room);
    encode_bmp_peer_down(&w, &neighbour, 4, cur_of(NULL, 0));
    feed(st, JOURNAL_BMP, room, w.len);
}

static void bmp_route(struct stage *st, uint8_t first, uint8_t flags)
{
    uint8_t room[ROOM], msg[ROOM];
    struct wr w = wr_of(room, sizeof room);
    struct encode_bmp_peer p = neighbour;
    size_t len = update(msg, first);
    p.flags = flags;
    encode_bmp_route(&w, &p, msg, len);
    feed(st, JOURNAL_BMP, room, w.len);
}

static void bmp_termination(struct stage *st)
{
    uint8_t room[ROOM];
    struct wr w = wr_of(room, sizeof room);
    encode_bmp_termination(&w, ENCODE_BMP_CLOSED);
    feed(st, JOURNAL_BMP, room, w.len);
}

/* Views of a session are read by one Peer Up; all that a router says has one key and count. */
Test(publish_openbmp, bmp_goes_through_in_one_order)
{
    struct stage st;
    char key[PUBLISH_KEY_LEN];
    set(&st, PUBLISH_OPENBMP, NULL);
    declare(&st, SOURCE_BMP);
    bmp_initiation(&st);
    cr_assert_str_eq(st.said, "4");
    memcpy(key, st.p->slots[0].key, sizeof key);
    bmp_peer_up(&st);
    cr_assert_str_eq(st.said, "3");
    bmp_route(&st, 10, 0);
    cr_assert_str_eq(st.said, "0");
    bmp_route(&st, 10, BMP_FLAG_L);
    cr_assert_str_eq(st.said, "0", "another view needs no Peer Up");
    cr_assert_arr_eq(key, st.p->slots[0].key, sizeof key);
    cr_assert_eq(st.p->slots[0].peer_seq, 4);
    const uint8_t *v = (const uint8_t *)st.p->out.p;
    cr_assert_arr_eq(v + 72 + 2, "\0\5edge1", 7, "the router's name");
    bmp_peer_down(&st);
    cr_assert_str_eq(st.said, "2");
    bmp_termination(&st);
    cr_assert_str_eq(st.said, "5");
    feed(&st, JOURNAL_GONE, "", 0);
    cr_assert_str_eq(st.said, "", "it is said");
    end(&st);
}

Test(publish_openbmp, a_router_that_is_gone_is_terminated)
{
    struct stage st;
    set(&st, PUBLISH_OPENBMP, NULL);
    declare(&st, SOURCE_BMP);
    feed(&st, JOURNAL_GONE, "", 0);
    cr_assert_str_eq(st.said, "", "nothing was said");
    declare(&st, SOURCE_BMP);
    bmp_initiation(&st);
    feed(&st, JOURNAL_GONE, "", 0);
    cr_assert_str_eq(st.said, "5");
    end(&st);
}

Test(publish_openbmp, an_old_connection_terminates_no_new_one)
{
    struct stage st;
    set(&st, PUBLISH_OPENBMP, NULL);
    declare(&st, SOURCE_BMP);
    bmp_initiation(&st);
    st.source = SOURCE + 1;
    declare(&st, SOURCE_BMP);
    bmp_initiation(&st);
    cr_assert_str_eq(st.said, "4");
    st.source = SOURCE;
    feed(&st, JOURNAL_GONE, "", 0);
    cr_assert_str_eq(st.said, "");
    end(&st);
}

/* A topic that begins while sessions are up, or that a filter makes begin late. */
Test(publish_openbmp, what_was_not_said_comes_first)
{
    struct stage st;
    char err[FILTER_ERROR_MAX];
    struct filter *f = filter_new("prefix 11.0.0.0/8", false, err);
    set(&st, PUBLISH_OPENBMP, f);
    declare(&st, SOURCE_BMP);
    bmp_initiation(&st);
    bmp_peer_up(&st);
    bmp_route(&st, 10, 0);
    cr_assert_str_eq(st.said, "");
    bmp_route(&st, 11, BMP_FLAG_L);
    cr_assert_str_eq(st.said, "430");
    bmp_route(&st, 11, 0);
    cr_assert_str_eq(st.said, "0");
    bmp_peer_up(&st);
    cr_assert_str_eq(st.said, "3", "it changes how the rest is read");
    bmp_peer_down(&st);
    cr_assert_str_eq(st.said, "2");
    bmp_peer_up(&st);
    cr_assert_str_eq(st.said, "", "the next session waits for a route");
    bmp_route(&st, 11, 0);
    cr_assert_str_eq(st.said, "30");
    end(&st);
    filter_free(f);
}

/* What no broker takes is left out, with what would have come first: that waits. */
Test(publish_openbmp, what_is_too_long_is_left_out)
{
    struct stage st;
    set(&st, PUBLISH_OPENBMP, NULL);
    st.p->o.value_max = 180;
    begin_session(&st);
    cr_assert_str_eq(st.said, "");
    cr_assert_eq(publish_oversize(st.p), 1);
    st.p->o.value_max = 100000;
    announce(&st, 10);
    cr_assert_str_eq(st.said, "430");
    end(&st);
}

/* ---- headers ---- */

/* Checks a record's headers: `text` is "NAME=VALUE ..." of all. */
static void expect_headers(const struct stage *st, size_t record, const char *text)
{
    struct publish_headers_of h;
    char got[512] = "";
    publish_make_headers(st->p, &st->p->records[record], &h);
    for (size_t i = 0, n = 0; i < h.cnt; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s=%.*s", i > 0 ? " " : "",
                              h.list[i].name, (int)h.list[i].len,
                              (const char *)h.list[i].value);
    cr_assert_str_eq(got, text);
}

static void set_headers(struct stage *st, enum publish_format format, enum publish_headers h,
                        bool by_route)
{
    set(st, format, NULL);
    publish_free(st->p);
    st->topic.headers = h;
    st->topic.by_route = by_route;
    st->p = publisher(&st->topic);
    if (format == PUBLISH_OPENBMP) {
        begin_session(st);
        return;
    }
    declare(st, SOURCE_BGP);
    change(st, SOURCE_STATE_OPEN_CONFIRM, SOURCE_STATE_ESTABLISHED);
}

Test(publish_openbmp, one_header_tells_the_place)
{
    struct stage st;
    set(&st, PUBLISH_OPENBMP, NULL);
    begin_session(&st);
    expect_headers(&st, 0, "at=0/4/5000003/1");
    expect_headers(&st, 1, "at=0/4/5000003/1/1");
    announce(&st, 10);
    expect_headers(&st, 0, "at=0/5/5000003/2");
    end(&st);
    set_headers(&st, PUBLISH_OPENBMP, PUBLISH_HEADERS_EACH, false);
    expect_headers(&st, 1,
                   "collector=ix type=state v=1 shard=0 seq=4 epoch=5000003 peer_seq=1 part=1");
    end(&st);
    set_headers(&st, PUBLISH_OPENBMP, PUBLISH_HEADERS_PACKED, false);
    expect_headers(&st, 1, "collector=ix type=state v=1 at=0/4/5000003/1/1");
    end(&st);
}

/* The other formats: what stays the same comes first, and says that it does. */
Test(publish_headers, tell_the_place_by_choice)
{
    static const enum publish_format formats[] = {PUBLISH_JSON, PUBLISH_AVRO, PUBLISH_RIS_LIVE};
    struct publish_headers_of h;
    struct stage st;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        set_headers(&st, formats[i], PUBLISH_HEADERS_AUTO, false);
        announce(&st, 10);
        publish_make_headers(st.p, &st.p->records[0], &h);
        cr_assert_eq(h.lasting_cnt, 3);
        cr_assert_eq(h.list[0].value, st.p->o.collector, "the text moves");
        cr_assert_eq(h.cnt, 4);
        end(&st);
    }
    set_headers(&st, PUBLISH_JSON, PUBLISH_HEADERS_AUTO, true);
    expect_headers(&st, 0, "collector=ix type=state v=1 at=0/2/5000001/1/0");
    announce(&st, 10);
    expect_headers(&st, 0, "collector=ix type=update v=1 at=0/3/5000001/2/0");
    end(&st);
    set_headers(&st, PUBLISH_JSON, PUBLISH_HEADERS_ONE, false);
    expect_headers(&st, 0, "at=0/2/5000001/1");
    end(&st);
    set_headers(&st, PUBLISH_JSON, PUBLISH_HEADERS_EACH, true);
    expect_headers(
        &st, 0, "collector=ix type=state v=1 shard=0 seq=2 epoch=5000001 peer_seq=1 part=0");
    end(&st);
}

/* A record that is no frame's has no place. */
Test(publish_headers, no_numbers_without_a_frame)
{
    struct stage st;
    set_headers(&st, PUBLISH_JSON, PUBLISH_HEADERS_AUTO, false);
    cr_assert_eq(publish_extra(st.p, "ledger", 1, "{}", 2), 1);
    expect_headers(&st, 0, "collector=ix type=ledger v=1");
    end(&st);
}

/* ---- ris-live ---- */

static void expect(const struct stage *st, const char *part)
{
    cr_assert_eq(st->p->record_cnt, 1, "%zu records instead of %s", st->p->record_cnt, part);
    char *text = strndup(st->p->out.p + st->p->records[0].off, st->p->records[0].len);
    cr_assert_not_null(strstr(text, part), "%s has no %s", text, part);
    cr_assert_not_null(strstr(text, "\"host\":\"ix\""));
    free(text);
}

Test(publish_ris_live, messages_and_states)
{
    struct stage st;
    uint8_t alive[ROOM];
    set(&st, PUBLISH_RIS_LIVE, NULL);
    declare(&st, SOURCE_BGP);
    change(&st, SOURCE_STATE_OPEN_CONFIRM, SOURCE_STATE_ESTABLISHED);
    expect(&st, "\"type\":\"RIS_PEER_STATE\",\"state\":\"up\"");
    announce(&st, 10);
    expect(&st, "\"announcements\":[{\"next_hop\":\"192.0.2.9\",\"prefixes\":[\"10.0.0.0/8\"]}]");
    struct wr w = wr_of(alive, sizeof alive);
    size_t start = encode_begin(&w, BGP_TYPE_KEEPALIVE);
    encode_end(&w, start);
    cr_assert_eq(feed(&st, JOURNAL_BGP_RECV, alive, w.len), 0, "not asked for");
    feed(&st, JOURNAL_GONE, "", 0);
    expect(&st, "\"state\":\"down\"");
    end(&st);
}

/* A router's connection ends, and with it the sessions that it told of: each of them is down, in
 * its peer's topic, under its key and with its next number. */
Test(publish_ris_live, a_router_that_is_gone_takes_its_sessions_down)
{
    struct stage st;
    char key[PUBLISH_KEY_LEN];
    set(&st, PUBLISH_RIS_LIVE, NULL);
    publish_free(st.p);
    st.topic.name = "t.{peer_asn}";
    st.p = publisher(&st.topic);
    publish_track(st.p, st.track);
    declare(&st, SOURCE_BMP);
    bmp_initiation(&st);
    bmp_peer_up(&st);
    expect(&st, "\"state\":\"up\"");
    expect_headers(&st, 0, "collector=ix type=peer-up v=1 at=0/3/5000002/1");
    memcpy(key, st.p->slots[0].key, sizeof key);
    bmp_route(&st, 10, 0);
    cr_assert_eq(feed(&st, JOURNAL_GONE, "", 0), 1);
    expect(&st, "\"peer\":\"198.51.100.1\"");
    expect(&st, "\"state\":\"down\"");
    expect_headers(&st, 0, "collector=ix type=state v=1 at=0/5/5000002/3");
    const struct publish_record *r = &st.p->records[0];
    cr_assert_eq(r->own_key.len, PUBLISH_KEY_LEN);
    cr_assert_arr_eq(st.p->keys.p + r->own_key.off, key, PUBLISH_KEY_LEN);
    cr_assert_eq(r->own_topic.len, 7);
    cr_assert_arr_eq(st.p->keys.p + r->own_topic.off, "t.64501", 7);
    end(&st);
}

Test(publish_ris_live, a_session_goes_down_once)
{
    struct stage st;
    set(&st, PUBLISH_RIS_LIVE, NULL);
    publish_track(st.p, st.track);
    declare(&st, SOURCE_BMP);
    bmp_initiation(&st);
    bmp_peer_up(&st);
    bmp_peer_down(&st);
    expect(&st, "\"state\":\"down\"");
    cr_assert_eq(feed(&st, JOURNAL_GONE, "", 0), 0);
    end(&st);
}

Test(publish_formats, say_what_they_do_not_take)
{
    cr_assert_null(publish_check_by_route(PUBLISH_JSON));
    cr_assert_not_null(publish_check_by_route(PUBLISH_OPENBMP));
    cr_assert_not_null(publish_check_by_route(PUBLISH_RIS_LIVE));
    cr_assert_null(publish_check_name_of(PUBLISH_RIS_LIVE, "a.{type}"));
    cr_assert_null(publish_check_name_of(PUBLISH_OPENBMP, "a.{peer_asn}"));
    cr_assert_not_null(publish_check_name_of(PUBLISH_OPENBMP, "a.{type}"));
}
