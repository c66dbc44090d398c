/* SPDX-License-Identifier: BSD-2-Clause */
/* Topics of format state: keys, tombstones and floors, without a producer. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/wr.h"
#include "bgp/msg.h"
#include "schemas/publish/publish_int.h"

static const struct publish_topic topics[] = {{.name = "table", .format = PUBLISH_STATE}};

static struct publish *publisher(size_t value_max)
{
    const struct publish_options o = {
        .collector = "ix", .topics = topics, .topic_cnt = 1, .value_max = value_max};
    struct publish *p = publish_new(&o);
    cr_assert_not_null(p);
    return p;
}

/* One BGP peer, and an item about it. */
struct stage {
    struct track_source source;
    struct track_peer peer;
    struct journal_view frame;
    struct track_item item;
    uint8_t msg[128];
};

static void set(struct stage *st)
{
    memset(st, 0, sizeof *st);
    st->peer.addr = (struct source_addr){.len = 4, .a = {192, 0, 2, 9}};
    st->peer.asn = 64500;
    st->peer.recv.asn4 = true;
    st->peer.state = SOURCE_STATE_ESTABLISHED;
    st->source.id = 7;
    st->source.info.kind = SOURCE_BGP;
    st->source.info.remote = st->peer.addr;
    st->frame = (struct journal_view){.source = 7, .time = UINT64_C(5000000000), .seq = 40};
    st->item = (struct track_item){
        .frame = &st->frame, .source = &st->source, .peer = &st->peer, .ctx = &st->peer.recv};
}

static int say(struct publish *p, struct stage *st, uint8_t type, const uint8_t *body,
               size_t len)
{
    struct wr w = wr_of(st->msg, sizeof st->msg);
    for (int i = 0; i < 16; i++)
        wr_u8(&w, 0xff);
    wr_u16(&w, (uint16_t)(19 + len));
    wr_u8(&w, type);
    wr_bytes(&w, body, len);
    cr_assert(!w.overflow);
    st->item.bgp = st->frame.p = st->msg;
    st->item.bgp_len = st->frame.len = (uint32_t)w.len;
    st->frame.kind = JOURNAL_BGP_RECV;
    st->frame.seq++;
    return publish_item(p, &st->item, NULL);
}

/* What the tracker would free. */
static void end(struct publish *p, struct stage *st)
{
    publish_free(p);
    track_peer_changed(&st->peer);
}

#define SAY(p, st, type, ...)                                                                  \
    say(p, st, type, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
/* ORIGIN, AS_PATH 1, NEXT_HOP: 20 octets */
#define ATTRS 0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0, 1, 0x40, 3, 4, 192, 0, 2, 9

static int change(struct publish *p, struct stage *st, uint8_t old, uint8_t new)
{
    const struct source_change c = {.old_state = old, .new_state = new};
    struct wr w = wr_of(st->msg, sizeof st->msg);
    source_state_encode(&c, &w);
    st->item.bgp = NULL;
    st->item.bgp_len = 0;
    st->frame.kind = JOURNAL_STATE;
    st->frame.p = st->msg;
    st->frame.len = (uint32_t)w.len;
    st->frame.seq++;
    st->peer.state = new;
    return publish_item(p, &st->item, NULL);
}

/* A record's key without the view's hash, and a part of its value; NULL: a tombstone. */
static void expect(const struct publish *p, unsigned i, const char *key, const char *part)
{
    const struct publish_record *r = &p->records[i];
    const char *own = p->keys.p + r->own_key.off;
    cr_assert_arr_eq(own, p->peer_key, PUBLISH_KEY_LEN);
    cr_assert_eq(r->own_key.len, PUBLISH_KEY_LEN + strlen(key), "%.*s", (int)r->own_key.len,
                 own);
    cr_assert_arr_eq(own + PUBLISH_KEY_LEN, key, strlen(key), "%.*s", (int)r->own_key.len, own);
    cr_assert_eq(r->tombstone, part == NULL);
    if (part == NULL)
        return;
    char *text = strndup(p->out.p + r->off, r->len);
    cr_assert_not_null(strstr(text, part), "%s has no %s", text, part);
    free(text);
}

Test(publish_state, a_session_from_its_start_to_its_end)
{
    struct stage st;
    struct publish *p = publisher(100000);
    set(&st);
    cr_assert_eq(change(p, &st, SOURCE_STATE_IDLE, 2), 0, "no session yet");
    cr_assert_eq(change(p, &st, 5, SOURCE_STATE_ESTABLISHED), 1);
    expect(p, 0, "", "\"type\":\"view\",\"up\":true,\"floor\":[5000000,0]}");
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 20, ATTRS, 8, 10, 12, 11, 17), 2);
    expect(p, 0, "/1/1/0a00000008", "\"epoch\":5000000,\"peer_seq\":2,");
    expect(p, 1, "/1/1/0b1000000c", "\"nlri\":[{\"prefix\":\"11.16.0.0/12\"}]");
    cr_assert_eq(SAY(p, &st, BGP_TYPE_KEEPALIVE), 0);
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 3, 12, 11, 16, 0, 0), 1);
    expect(p, 0, "/1/1/0b1000000c", NULL);
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 0), 1, "End-of-RIB");
    expect(p, 0, "/1/1", "\"type\":\"family\",\"afi\":\"ipv4\",\"safi\":\"unicast\"");
    expect(p, 0, "/1/1", "\"floor\":[5000000,0]}");
    cr_assert_eq(change(p, &st, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE), 1);
    expect(p, 0, "", "\"type\":\"view\",\"up\":false,\"floor\":[5000000,5]}");
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 20, ATTRS, 8, 10), 0, "it is over");
    end(p, &st);
}

/* The first record tells of the session, whatever it is. */
Test(publish_state, a_session_whose_start_went_unseen)
{
    struct stage st;
    struct publish *p = publisher(100000);
    set(&st);
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 20, ATTRS, 8, 10), 2);
    expect(p, 0, "", "\"up\":true,\"floor\":[5000000,0]}");
    expect(p, 1, "/1/1/0a00000008", "\"peer_seq\":1,");
    end(p, &st);
}

/* RFC 4271 section 4.3: what is withdrawn and announced is announced. RFC 7606 section 2:
 * broken attributes withdraw. */
Test(publish_state, withdrawn_and_announced_at_once)
{
    struct stage st;
    struct publish *p = publisher(100000);
    set(&st);
    cr_assert_eq(change(p, &st, 5, SOURCE_STATE_ESTABLISHED), 1);
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 2, 8, 10, 0, 20, ATTRS, 8, 10), 2);
    expect(p, 0, "/1/1/0a00000008", NULL);
    expect(p, 1, "/1/1/0a00000008", "\"announce\"");
    /* ORIGIN runs over the end of the attributes */
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 4, 0x40, 1, 9, 0, 8, 10), 1);
    expect(p, 0, "/1/1/0a00000008", NULL);
    end(p, &st);
}

Test(publish_state, path_ids_are_in_the_key)
{
    struct stage st;
    struct publish *p = publisher(100000);
    set(&st);
    bgp_family_add(&st.peer.recv.add_path, nlri_family_index(1, 1));
    cr_assert_eq(change(p, &st, 5, SOURCE_STATE_ESTABLISHED), 1);
    cr_assert_eq(
        SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 20, ATTRS, 0, 0, 1, 0, 8, 10, 0, 0, 0, 7, 8, 10),
        2);
    expect(p, 0, "/1/1/0a00000008/256", "\"path_id\":256");
    expect(p, 1, "/1/1/0a00000008/7", "\"path_id\":7");
    end(p, &st);
}

/* What a refresh doesn't say again is below its floor, also when a checkpoint is in between. */
Test(publish_state, enhanced_refresh)
{
    enum { BORR = 1, EORR = 2 };
    struct stage st;
    struct buf state = {0};
    struct publish *p = publisher(100000);
    set(&st);
    cr_assert_eq(change(p, &st, 5, SOURCE_STATE_ESTABLISHED), 1);
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 20, ATTRS, 8, 10, 8, 11), 2);
    cr_assert_eq(SAY(p, &st, BGP_TYPE_ROUTE_REFRESH, 0, 1, EORR, 1), 0, "no BoRR");
    cr_assert_eq(SAY(p, &st, BGP_TYPE_ROUTE_REFRESH, 0, 1, BORR, 1), 0);
    publish_save(p, &state);
    publish_free(p);
    for (size_t len = state.len - 28; len < state.len; len++) {
        p = publisher(100000);
        cr_assert_eq(publish_restore(p, state.p, len), -1, "%zu octets", len);
        publish_free(p);
    }
    p = publisher(100000);
    cr_assert_eq(publish_restore(p, state.p, state.len), 0);
    st.peer.user = NULL;
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 20, ATTRS, 8, 11), 1);
    expect(p, 0, "/1/1/0b00000008", "\"peer_seq\":3,");
    cr_assert_eq(SAY(p, &st, BGP_TYPE_ROUTE_REFRESH, 0, 1, EORR, 1), 1);
    expect(p, 0, "/1/1", "\"floor\":[5000000,3]}");
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 0), 1);
    expect(p, 0, "/1/1", "\"floor\":[5000000,3]}"); /* End-of-RIB takes nothing back */
    end(p, &st);
    buf_free(&state);
}

/* The views of a monitored session end with it, and with the router's connection. */
Test(publish_state, views_end_together)
{
    struct stage st;
    struct track_peer post;
    struct track_peer *views[BMP_VIEW_CNT] = {NULL};
    struct publish *p = publisher(100000);
    char key[2][PUBLISH_KEY_LEN];
    set(&st);
    st.source.info.kind = SOURCE_BMP;
    st.peer.bmp = st.item.is_bmp = true;
    post = st.peer;
    st.peer.view = BMP_VIEW_ADJ_RIB_IN_PRE;
    post.view = BMP_VIEW_ADJ_RIB_IN_POST;
    views[BMP_VIEW_ADJ_RIB_IN_PRE] = &st.peer;
    views[BMP_VIEW_ADJ_RIB_IN_POST] = &post;
    st.peer.views = post.views = views;
    st.item.bmp.type = BMP_TYPE_ROUTE_MONITORING;
    for (int i = 0; i < 2; i++) {
        st.item.peer = i == 0 ? &st.peer : &post;
        cr_assert_eq(SAY(p, &st, BGP_TYPE_KEEPALIVE), 0);
        st.frame.kind = JOURNAL_BMP;
        st.item.bgp_len = 0;
        static const uint8_t update[] = {0, 0, 0, 20, ATTRS, 8, 10};
        struct wr w = wr_of(st.msg, sizeof st.msg);
        for (int k = 0; k < 16; k++)
            wr_u8(&w, 0xff);
        wr_u16(&w, 19 + sizeof update);
        wr_u8(&w, BGP_TYPE_UPDATE);
        wr_bytes(&w, update, sizeof update);
        st.item.bgp_len = (uint32_t)w.len;
        cr_assert_eq(publish_item(p, &st.item, NULL), 2);
        expect(p, 1, "/1/1/0a00000008", "\"peer_seq\":1,");
        memcpy(key[i], p->peer_key, PUBLISH_KEY_LEN);
    }
    cr_assert_arr_neq(key[0], key[1], PUBLISH_KEY_LEN);
    st.item.peer = &st.peer;
    st.item.bgp = NULL;
    st.item.bmp.type = BMP_TYPE_PEER_DOWN;
    cr_assert_eq(publish_item(p, &st.item, NULL), 2);
    expect(p, 0, "", "\"up\":false,\"floor\":[5000000,2]}");
    cr_assert_arr_eq(p->keys.p + p->records[1].own_key.off, key[1], PUBLISH_KEY_LEN);
    cr_assert_eq(p->records[1].at.epoch_us, 5000000, "its headers say what its value does");
    cr_assert_eq(p->records[1].at.peer_seq, 2);
    track_peer_changed(&post);
    end(p, &st);
}

/* A record that no broker takes still says that the route is there. */
static void expect_octets(struct publish *p, struct publish_span span, size_t len,
                          const uint8_t *want)
{
    cr_assert_eq(span.len, len, "%zu octets, not %zu", span.len, len);
    if (len > 0)
        cr_assert_arr_eq(p->keys.p + span.off, want, len);
}

/* Headers hold the route as a RIB does: the NLRI, and RFC 6396's attributes of an entry. */
Test(publish_state, octets_of_routes)
{
    static const uint8_t attrs[] = {ATTRS};
    struct stage st;
    struct publish *p = publisher(100000);
    set(&st);
    cr_assert_eq(change(p, &st, 5, SOURCE_STATE_ESTABLISHED), 1);
    cr_assert_eq(
        SAY(p, &st, BGP_TYPE_UPDATE, 0, 2, 8, 9, 0, 20, ATTRS, 8, 10, 12, 11, 17), 3);
    expect_octets(p, p->records[0].nlri, 2, (const uint8_t[]){8, 9});
    expect_octets(p, p->records[0].attrs, 0, NULL);
    expect_octets(p, p->records[1].nlri, 2, (const uint8_t[]){8, 10});
    expect_octets(p, p->records[1].attrs, sizeof attrs, attrs);
    expect_octets(p, p->records[2].nlri, 3, (const uint8_t[]){12, 11, 17});
    cr_assert_eq(p->records[2].attrs.off, p->records[1].attrs.off, "one set serves both");
    end(p, &st);
}

Test(publish_state, what_is_too_long_keeps_its_key)
{
    struct stage st;
    struct publish *p = publisher(270);
    set(&st);
    cr_assert_eq(change(p, &st, 5, SOURCE_STATE_ESTABLISHED), 1);
    cr_assert_eq(SAY(p, &st, BGP_TYPE_UPDATE, 0, 0, 0, 20, ATTRS, 8, 10), 1);
    expect(p, 0, "/1/1/0a00000008", "\"type\":\"too-large\",\"of\":\"update\",\"octets\":");
    cr_assert_eq(publish_oversize(p), 1);
    cr_assert_eq(p->records[0].attrs.len, 20, "the octets are there");
    end(p, &st);
}
