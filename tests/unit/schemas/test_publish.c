/* SPDX-License-Identifier: BSD-2-Clause */
/* What a publisher makes of frames: names, keys, numbers and what a checkpoint carries over.
 * The records are looked at where they wait, without a producer. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "base/wr.h"
#include "bgp/msg.h"
#include "schemas/publish/publish_int.h"

static const struct publish_topic topics[] = {
    {.name = "all"},
    {.name = "r.{router}.{peer_asn}.{type}", .by_route = true},
};

static struct publish *publisher(unsigned cnt, size_t value_max)
{
    const struct publish_options o = {.collector = "ix",
                                      .topics = topics,
                                      .topic_cnt = cnt,
                                      .value_max = value_max,
                                      .has_shard = true};
    struct publish *p = publish_new(&o);
    cr_assert_not_null(p);
    return p;
}

/* One BGP peer, 192.0.2.9 AS64500, and an item about it. */
struct stage {
    struct track_source source;
    struct track_peer peer;
    struct journal_view frame;
    struct track_item item;
    uint8_t msg[128];
};

static void set(struct stage *st, uint8_t last, uint32_t asn)
{
    memset(st, 0, sizeof *st);
    st->peer.addr = (struct source_addr){.len = 4, .a = {192, 0, 2, last}};
    st->peer.asn = asn;
    st->peer.recv.asn4 = true;
    st->source.id = 7;
    st->source.info.kind = SOURCE_BGP;
    st->source.info.remote = st->peer.addr;
    st->frame = (struct journal_view){
        .kind = JOURNAL_BGP_RECV, .source = 7, .time = UINT64_C(5000000000), .seq = 40};
    st->item = (struct track_item){.frame = &st->frame,
                                   .shard = 2,
                                   .source = &st->source,
                                   .peer = &st->peer,
                                   .ctx = &st->peer.recv,
                                   .bgp = st->msg};
}

/* Announces 10.0.0.0/8 and 11.0.0.0/8, or is a KEEPALIVE. */
static void say(struct stage *st, bool keepalive)
{
    static const uint8_t body[] = {0, 0, 0, 20,   0x40, 1, 1,   0, 0x40, 2, 6, 2,  1, 0,
                                   0, 0, 1, 0x40, 3,    4, 192, 0, 2,    9, 8, 10, 8, 11};
    struct wr w = wr_of(st->msg, sizeof st->msg);
    for (int i = 0; i < 16; i++)
        wr_u8(&w, 0xff);
    wr_u16(&w, (uint16_t)(keepalive ? 19 : 19 + sizeof body));
    wr_u8(&w, keepalive ? BGP_TYPE_KEEPALIVE : BGP_TYPE_UPDATE);
    if (!keepalive)
        wr_bytes(&w, body, sizeof body);
    st->item.bgp_len = (uint32_t)w.len;
    st->frame.p = st->msg;
    st->frame.len = (uint32_t)w.len;
    st->frame.seq++;
}

static void expect_value(const struct publish *p, unsigned i, const char *part)
{
    const struct publish_record *r = &p->records[i];
    char *text = strndup(p->out.p + r->off, r->len);
    cr_assert_not_null(strstr(text, part), "%s has no %s", text, part);
    cr_assert_eq(text[0], '{', "%s is no object", text);
    cr_assert_eq(text[r->len - 1], '}', "%s is no object", text);
    free(text);
}

Test(publish, numbers_names_and_parts)
{
    struct stage st;
    struct publish *p = publisher(2, 100000);
    set(&st, 9, 64500);
    say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 3);
    cr_assert_str_eq(p->slots[0].name, "all");
    cr_assert_str_eq(p->slots[1].name, "r.192.0.2.9.64500.update");
    expect_value(p, 0,
                 "\"seq\":41,\"shard\":2,\"epoch\":5000000,\"peer_seq\":1,\"time\":5.000000");
    expect_value(p, 1, "10.0.0.0/8");
    expect_value(p, 2, "11.0.0.0/8");
    cr_assert_eq(p->records[1].part, 0);
    cr_assert_eq(p->records[2].part, 1);
    say(&st, true);
    cr_assert_eq(publish_item(p, &st.item, NULL), 0, "a KEEPALIVE is not asked for");
    say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 3);
    expect_value(p, 0, "\"seq\":43,\"shard\":2,\"epoch\":5000000,\"peer_seq\":2,");
    publish_peer_gone(p, &st.source, &st.peer);
    st.frame.time = UINT64_C(9000000000);
    say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 3);
    expect_value(p, 0, "\"epoch\":9000000,\"peer_seq\":1,");
    publish_free(p);
}

Test(publish, keys_tell_peers_apart_and_last)
{
    struct stage a, b, again;
    struct publish *p = publisher(1, 100000);
    set(&a, 9, 64500), say(&a, false);
    set(&b, 10, 64500), say(&b, false);
    set(&again, 9, 64500), say(&again, false);
    again.source.id = 8; /* the next session */
    char key[3][PUBLISH_KEY_LEN];
    struct stage *const all[] = {&a, &b, &again};
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(publish_item(p, &all[i]->item, NULL), 1);
        memcpy(key[i], p->peer_key, PUBLISH_KEY_LEN);
        expect_value(p, 0, "\"peer_seq\":1,");
    }
    cr_assert_arr_neq(key[0], key[1], PUBLISH_KEY_LEN);
    cr_assert_arr_eq(key[0], key[2], PUBLISH_KEY_LEN);
    publish_free(p);
}

/* What is published again after a crash has the numbers it had. */
Test(publish, checkpoints_carry_the_numbers)
{
    struct stage st, after;
    struct buf state = {0}, first = {0};
    struct publish *p = publisher(2, 100000);
    set(&st, 9, 64500);
    for (int i = 0; i < 3; i++) {
        say(&st, false);
        cr_assert_gt(publish_item(p, &st.item, NULL), 0);
    }
    publish_save(p, &state);
    say(&st, false);
    cr_assert_gt(publish_item(p, &st.item, NULL), 0);
    buf_add(&first, p->out.p, p->out.len);
    publish_free(p);

    p = publisher(2, 100000);
    cr_assert_eq(publish_restore(p, state.p, state.len), 0);
    set(&after, 9, 64500);
    memcpy(after.msg, st.msg, sizeof st.msg);
    after.frame = st.frame;
    after.frame.p = after.msg;
    after.item.bgp_len = st.item.bgp_len;
    cr_assert_gt(publish_item(p, &after.item, NULL), 0);
    cr_assert_eq(p->out.len, first.len);
    cr_assert_arr_eq(p->out.p, first.p, first.len);
    publish_free(p);

    /* another list of topics: those that are the same go on */
    p = publisher(1, 100000);
    cr_assert_eq(publish_restore(p, state.p, state.len), 0);
    after.peer.user = NULL;
    cr_assert_eq(publish_item(p, &after.item, NULL), 1);
    expect_value(p, 0, "\"peer_seq\":4,");
    publish_free(p);

    for (size_t len = 1; len < state.len; len++) {
        p = publisher(2, 100000);
        cr_assert_eq(publish_restore(p, state.p, len), -1, "%zu octets", len);
        publish_free(p);
    }
    buf_free(&state);
    buf_free(&first);
}

Test(publish, a_peer_that_ends_unseen_leaves_no_counter)
{
    struct stage st;
    struct buf state = {0};
    struct publish *p = publisher(1, 100000);
    set(&st, 9, 64500), say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 1);
    publish_save(p, &state);
    publish_free(p);
    p = publisher(1, 100000);
    cr_assert_eq(publish_restore(p, state.p, state.len), 0);
    cr_assert_eq(p->counts.cnt, 1);
    st.source.shard = 2;
    st.peer.user = NULL;
    publish_peer_gone(p, &st.source, &st.peer);
    cr_assert_eq(p->counts.cnt, 0);
    publish_free(p);
    buf_free(&state);
}

Test(publish, what_is_too_long_is_told)
{
    struct stage st;
    struct publish *p = publisher(2, 200);
    set(&st, 9, 64500), say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 2, "one for each topic");
    expect_value(p, 0, "\"type\":\"too-large\",\"of\":\"update\",\"octets\":");
    expect_value(p, 1, "\"type\":\"too-large\"");
    cr_assert_eq(publish_oversize(p), 2);
    publish_free(p);
}

Test(publish, avro_values_name_their_schema)
{
    static const struct publish_topic avro[] = {{.name = "a", .format = PUBLISH_AVRO},
                                                {.name = "j"}};
    const struct publish_options o = {
        .collector = "ix", .topics = avro, .topic_cnt = 2, .value_max = 100000};
    struct publish *p = publish_new(&o);
    struct stage st;
    uint8_t head[] = {0xc3, 0x01, 0, 0, 0, 0, 0, 0, 0, 0};
    uint64_t print = avro_fingerprint();
    set(&st, 9, 64500), say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 2);
    for (unsigned i = 0; i < 8; i++)
        head[2 + i] = (uint8_t)(print >> (8 * i));
    cr_assert_arr_eq(p->out.p + p->records[0].off, head, sizeof head);
    cr_assert_eq(p->out.p[p->records[0].off + sizeof head], 2, "v is 1");
    expect_value(p, 1, "{\"v\":1,");
    publish_free(p);
}

Test(publish, names_of_topics)
{
    static const struct {
        const char *name, *reason; /* NULL: it is one */
    } rows[] = {
        {"ribtape", NULL},
        {"a.{collector}-{router}_{peer_asn}.{type}", NULL},
        {"", "must not be empty"},
        {"..", "is no name"},
        {"a b", "must be of letters, digits, dots, underscores and hyphens"},
        {"a{peer}",
         "has a placeholder other than {collector}, {router}, {peer_asn} and {type}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *reason = publish_check_name(rows[i].name);
        if (rows[i].reason == NULL)
            cr_assert_null(reason, "%s: %s", rows[i].name, reason);
        else
            cr_assert_str_eq(reason, rows[i].reason);
    }
    const struct record_meta m = {.collector = "r/s 1", .router = {.len = 16, .a = {0xfd}}};
    char name[KAFKA_TOPIC_NAME_MAX + 1];
    publish_name(name, "{collector}.{router}.{peer_asn}", &m, "update");
    cr_assert_str_eq(name, "r-s-1.fd00--.none");
    /* routers choose these: they may stop nobody else's records */
    static const char *const routers[][2] = {
        {"r_1", "r-1"}, {"r.1", "r.1"}, {".", "-"}, {"..", "-."}, {"...", "..."}};
    for (size_t i = 0; i < sizeof routers / sizeof routers[0]; i++) {
        const struct record_meta of = {.router_name = routers[i][0]};
        publish_name(name, "{router}", &of, "update");
        cr_assert_str_eq(name, routers[i][1]);
    }
}

Test(publish, each_topic_has_its_filter)
{
    char err[FILTER_ERROR_MAX];
    struct filter *f = filter_new("prefix 11.0.0.0/8", false, err);
    cr_assert_not_null(f, "%s", err);
    const struct publish_topic filtered[] = {{.name = "messages", .filter = f},
                                             {.name = "routes", .by_route = true, .filter = f}};
    const struct publish_options o = {
        .topics = filtered, .topic_cnt = 2, .value_max = 100000, .has_shard = true};
    struct publish *p = publish_new(&o);
    struct stage st;
    set(&st, 9, 64500), say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 2);
    expect_value(p, 0, "10.0.0.0/8");
    expect_value(p, 1, "11.0.0.0/8");
    publish_free(p);
    filter_free(f);
    f = filter_new("prefix 12.0.0.0/8", false, err);
    const struct publish_topic none[] = {{.name = "none", .filter = f}};
    const struct publish_options n = {.topics = none, .topic_cnt = 1, .value_max = 100000};
    p = publish_new(&n);
    st.peer.user = NULL;
    cr_assert_eq(publish_item(p, &st.item, NULL), 0);
    publish_free(p);
    filter_free(f);
}

/* A clock that is set back makes no later session an earlier one, also after a crash. */
Test(publish, epochs_grow_whatever_the_clock_does)
{
    struct stage st;
    struct buf state = {0};
    struct publish *p = publisher(1, 100000);
    set(&st, 9, 64500), say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 1);
    expect_value(p, 0, "\"epoch\":5000000,");
    publish_peer_gone(p, &st.source, &st.peer);
    st.frame.time = UINT64_C(2000000000);
    say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 1);
    expect_value(p, 0, "\"epoch\":5000001,\"peer_seq\":1,");
    publish_peer_gone(p, &st.source, &st.peer);
    publish_save(p, &state);
    publish_free(p);
    p = publisher(1, 100000);
    cr_assert_eq(publish_restore(p, state.p, state.len), 0);
    say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 1);
    expect_value(p, 0, "\"epoch\":5000002,\"peer_seq\":1,");
    publish_peer_gone(p, &st.source, &st.peer);
    st.frame.time = UINT64_C(6000000000);
    say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 1);
    expect_value(p, 0, "\"epoch\":6000000,\"peer_seq\":1,");
    publish_free(p);
    buf_free(&state);
}

/* Records may wait for the producer until their peer is gone. */
Test(publish, keys_outlive_their_peer)
{
    char key[PUBLISH_KEY_LEN];
    struct stage st;
    struct publish *p = publisher(1, 100000);
    set(&st, 9, 64500);
    say(&st, false);
    cr_assert_eq(publish_item(p, &st.item, NULL), 1);
    memcpy(key, p->slots[0].key, sizeof key);
    size_t len = sizeof(struct publish_count) + sizeof(struct publish_place);
    publish_peer_gone(p, &st.source, &st.peer);
    publish_source_gone(p, &st.source);
    char *again = malloc(len); /* where the counters were, most likely */
    memset(again, 'x', len);
    cr_assert_arr_eq(p->slots[0].key, key, sizeof key);
    cr_assert_eq(again[len / 2], 'x');
    free(again);
    publish_free(p);
    free(st.peer.head);
}
