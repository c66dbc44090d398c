/* SPDX-License-Identifier: BSD-2-Clause */
/* test_track: what the tracker learns from BMP: peers, views, contexts, limits, ends. */
#include "../bmp/bmp_wire.h"
#include "bgp/nlri.h"
#include "schemas/track/track.h"

struct fixture {
    struct track *track;
    struct track_item item;
    struct journal_view view;
    uint8_t bytes[WIRE_MAX];
    unsigned peers_gone, sources_gone;
};

static void peer_gone(void *arg, struct track_source *s, struct track_peer *p)
{
    struct fixture *f = arg;
    (void)s, (void)p;
    f->peers_gone++;
}

static void source_gone(void *arg, struct track_source *s)
{
    struct fixture *f = arg;
    (void)s;
    f->sources_gone++;
}

static struct track_peer *feed_flagged(struct fixture *f, enum journal_kind kind,
                                       uint32_t source, const struct wire *m, uint32_t flags)
{
    memcpy(f->bytes, m->p, m->w.len);
    f->view = (struct journal_view){.kind = kind,
                                    .flags = (uint8_t)flags,
                                    .source = source,
                                    .p = f->bytes,
                                    .len = (uint32_t)m->w.len};
    cr_assert_eq(track_feed(f->track, &f->view, &f->item), 0);
    return f->item.peer;
}

static struct track_peer *feed(struct fixture *f, const struct wire *m)
{
    return feed_flagged(f, JOURNAL_BMP, 1, m, 0);
}

static void declare(struct fixture *f, uint32_t source, const struct source_info *info,
                    uint32_t flags)
{
    struct wire m;
    m.w = wr_of(m.p, sizeof m.p);
    source_encode(info, &m.w);
    feed_flagged(f, JOURNAL_SOURCE, source, &m, flags);
}

static void start(struct fixture *f)
{
    *f = (struct fixture){0};
    f->track = track_new(
        &(struct track_hooks){.peer_gone = peer_gone, .source_gone = source_gone, .arg = f});
    declare(f, 1, &(struct source_info){.kind = SOURCE_BMP}, 0);
}

static struct track_peer *up(struct fixture *f, struct wire_peer peer)
{
    struct wire m;
    peer.sec = 1763842530; /* a router with a clock */
    wire_up(&m, &peer, 0, 0);
    return feed(f, &m);
}

static struct track_peer *routes(struct fixture *f, struct wire_peer peer)
{
    struct wire m;
    peer.sec = 1763842530; /* a router with a clock */
    wire_routes(&m, &peer, "18cb0071");
    return feed(f, &m);
}

static void expect_reason(const struct fixture *f, enum bgp_reason reason)
{
    cr_assert(f->item.has_diag);
    cr_expect_str_eq(bgp_reason_name(f->item.diag.reason), bgp_reason_name((uint8_t)reason));
    cr_expect_eq(f->item.diag.action, BGP_ACTION_NOTE);
}

Test(track, vrfs_with_one_address_are_two_peers)
{
    struct fixture f;
    start(&f);
    uint32_t a = up(&f, (struct wire_peer){.type = 1, .rd = 1, .addr = 9})->id;
    uint32_t b = up(&f, (struct wire_peer){.type = 1, .rd = 2, .addr = 9})->id;
    uint32_t global = up(&f, (struct wire_peer){.addr = 9})->id;
    cr_expect(a != b && a != global && b != global);
    cr_expect_eq(routes(&f, (struct wire_peer){.type = 1, .rd = 2, .addr = 9})->id, b);
    cr_expect(!f.item.has_diag);
    track_free(f.track);
    cr_expect_eq(f.peers_gone, 3);
    cr_expect_eq(f.sources_gone, 1);
}

Test(track, views_share_a_peer_up_and_its_end)
{
    struct fixture f;
    struct wire m;
    start(&f);
    struct wire_peer in = {.addr = 9}, post = {.addr = 9, .flags = BMP_FLAG_L};
    struct wire_peer out = {.addr = 9, .flags = BMP_FLAG_O};
    uint32_t in_id = up(&f, in)->id;
    struct track_peer *p = routes(&f, post);
    cr_expect_neq(p->id, in_id);
    cr_expect_eq(p->view, BMP_VIEW_ADJ_RIB_IN_POST);
    cr_expect_eq(f.item.ctx, &p->recv);
    cr_expect(!f.item.has_diag);
    p = routes(&f, out);
    cr_expect_eq(p->view, BMP_VIEW_ADJ_RIB_OUT_PRE);
    cr_expect_eq(f.item.ctx, &p->sent);
    wire_down(&m, &in, 4);
    cr_expect_eq(feed(&f, &m)->id, in_id);
    cr_expect_eq(f.peers_gone, 0); /* the item still names it */
    routes(&f, post);
    cr_expect_eq(f.peers_gone, 3);
    cr_expect(f.item.no_peer_up);
    track_free(f.track);
}

/* RFC 7854 section 4.2: the A flag, and it alone, says how wide AS numbers are. */
Test(track, a_flag_sets_the_as_width)
{
    struct fixture f;
    start(&f);
    up(&f, (struct wire_peer){.addr = 9});
    routes(&f, (struct wire_peer){.addr = 9, .flags = BMP_FLAG_A});
    cr_expect(!f.item.ctx->asn4);
    routes(&f, (struct wire_peer){.addr = 9});
    cr_expect(f.item.ctx->asn4);
    up(&f, (struct wire_peer){.type = BMP_PEER_LOC_RIB});
    routes(&f, (struct wire_peer){.type = BMP_PEER_LOC_RIB, .flags = BMP_FLAG_A});
    cr_expect(f.item.ctx->asn4);
    track_free(f.track);
}

Test(track, add_path_by_direction)
{
    enum { RECEIVE = 1, SEND = 2 };
    struct fixture f;
    struct wire m;
    struct wire_peer in = {.addr = 9}, out = {.addr = 9, .flags = BMP_FLAG_O};
    unsigned family = nlri_family_index(BGP_AFI_IPV4, BGP_SAFI_UNICAST);
    start(&f);
    wire_up(&m, &in, RECEIVE, SEND); /* the router receives, its peer sends */
    feed(&f, &m);
    routes(&f, in);
    cr_expect(bgp_family_has(&f.item.ctx->add_path, family));
    routes(&f, out);
    cr_expect(!bgp_family_has(&f.item.ctx->add_path, family));
    struct wire_peer loc = {.type = BMP_PEER_LOC_RIB};
    wire_up(&m, &loc, SEND, 0); /* no other end: what it says counts */
    feed(&f, &m);
    routes(&f, loc);
    cr_expect(bgp_family_has(&f.item.ctx->add_path, family));
    track_free(f.track);
}

Test(track, loc_ribs_of_two_instances)
{
    struct fixture f;
    start(&f);
    struct track_peer *p = up(&f, (struct wire_peer){.type = BMP_PEER_LOC_RIB});
    uint32_t id = p->id;
    cr_expect_eq(p->addr.len, 0);
    cr_expect_eq(p->local.len, 0);
    cr_expect_neq(up(&f, (struct wire_peer){.type = BMP_PEER_LOC_RIB, .rd = 7})->id, id);
    cr_expect_eq(f.item.peer->view, BMP_VIEW_LOC_RIB);
    track_free(f.track);
}

Test(track, a_second_peer_up_is_noted_and_counts)
{
    struct fixture f;
    start(&f);
    uint32_t id = up(&f, (struct wire_peer){.addr = 9})->id;
    cr_expect(!f.item.has_diag);
    cr_expect_eq(up(&f, (struct wire_peer){.addr = 9})->id, id);
    expect_reason(&f, BGP_REASON_DUPLICATE_PEER_UP);
    /* one per view is how some routers announce them */
    up(&f, (struct wire_peer){.addr = 9, .flags = BMP_FLAG_L});
    cr_expect(!f.item.has_diag);
    track_free(f.track);
}

Test(track, out_of_order)
{
    struct fixture f;
    struct wire m;
    start(&f);
    wire_down(&m, &(struct wire_peer){.addr = 9}, 4);
    cr_expect_null(feed(&f, &m)); /* no peer to end */
    struct track_peer *p = routes(&f, (struct wire_peer){.addr = 9});
    cr_assert_not_null(p);
    uint32_t id = p->id;
    expect_reason(&f, BGP_REASON_NO_PEER_UP);
    cr_expect(f.item.ctx->assumed);
    cr_expect_eq(up(&f, (struct wire_peer){.addr = 9})->id, id); /* the same peer, now known */
    cr_expect(!f.item.has_diag);
    routes(&f, (struct wire_peer){.addr = 9});
    cr_expect(!f.item.has_diag && !f.item.ctx->assumed);
    feed(&f, &m);
    feed(&f, &m); /* twice down */
    cr_expect_null(f.item.peer);
    cr_expect_eq(f.peers_gone, 1);
    track_free(f.track);
}

Test(track, a_message_that_is_no_update)
{
    struct fixture f;
    struct wire m;
    start(&f);
    up(&f, (struct wire_peer){.addr = 9});
    wire_begin(&m, 3, BMP_TYPE_ROUTE_MONITORING, &(struct wire_peer){.addr = 9});
    wire_hex(&m.w, "ffffffffffffffffffffffffffffffff0015030603");
    wire_end(&m);
    feed(&f, &m);
    expect_reason(&f, BGP_REASON_TYPE);
    cr_expect_eq(f.item.diag.have, BGP_TYPE_NOTIFICATION);
    cr_expect_eq(f.item.bgp_len, 21);
    track_free(f.track);
}

Test(track, frames_of_a_source_never_declared)
{
    struct fixture f;
    struct wire m;
    start(&f);
    wire_routes(&m, &(struct wire_peer){.addr = 9}, "18cb0071");
    cr_expect_null(feed_flagged(&f, JOURNAL_BMP, 99, &m, 0));
    cr_expect_null(f.item.source);
    cr_expect_not_null(f.item.bgp);
    cr_expect_not_null(f.item.ctx);
    track_free(f.track);
}

Test(track, peers_have_a_limit)
{
    struct fixture f;
    struct wire m;
    start(&f);
    wire_up(&m, &(struct wire_peer){.addr = 9}, 0, 0);
    for (unsigned i = 0; i <= TRACK_PEERS_MAX; i++) {
        m.p[8] = (uint8_t)(i >> 8); /* in the distinguisher */
        m.p[9] = (uint8_t)i;
        struct track_peer *p = feed(&f, &m);
        cr_assert_eq(p != NULL, i < TRACK_PEERS_MAX);
    }
    expect_reason(&f, BGP_REASON_TOO_MANY);
    cr_expect_eq(f.item.diag.need, TRACK_PEERS_MAX);
    cr_expect_eq(f.item.diag.have, TRACK_PEERS_MAX + 1);
    track_free(f.track);
    cr_expect_eq(f.peers_gone, TRACK_PEERS_MAX);
}

/* What the repeated frames after a gap don't name is gone; what they name has kept its id. */
Test(track, skipped)
{
    struct fixture f;
    struct wire m;
    start(&f);
    declare(&f, 2, &(struct source_info){.kind = SOURCE_BMP}, 0);
    uint32_t id = up(&f, (struct wire_peer){.addr = 9})->id;
    up(&f, (struct wire_peer){.addr = 10});
    track_skipped(f.track);
    declare(&f, 1, &(struct source_info){.kind = SOURCE_BMP}, JOURNAL_REPEAT);
    wire_up(&m, &(struct wire_peer){.addr = 9}, 0, 0);
    cr_expect_eq(feed_flagged(&f, JOURNAL_BMP, 1, &m, JOURNAL_REPEAT)->id, id);
    cr_expect(!f.item.has_diag); /* a repeat is no duplicate */
    cr_expect_eq(f.peers_gone, 0);
    cr_expect_eq(routes(&f, (struct wire_peer){.addr = 9})->id, id);
    cr_expect_eq(f.peers_gone, 1);
    cr_expect_eq(f.sources_gone, 1);
    track_free(f.track);
}

Test(track, an_operators_pin_wins)
{
    struct fixture f;
    unsigned family = nlri_family_index(BGP_AFI_IPV4, BGP_SAFI_UNICAST);
    start(&f);
    declare(&f, 1,
            &(struct source_info){
                .kind = SOURCE_BMP,
                .pin_asn4 = SOURCE_PIN_OFF,
                .pin_add_path = SOURCE_PIN_ON,
                .flowspec2 = {250, 251}},
            0);
    up(&f, (struct wire_peer){.addr = 9});
    routes(&f, (struct wire_peer){.addr = 9});
    cr_expect(!f.item.ctx->asn4);
    cr_expect(f.item.ctx->pinned);
    cr_expect(bgp_family_has(&f.item.ctx->add_path, family));
    cr_expect_eq(f.item.ctx->flowspec2.safi, 250);
    cr_expect_eq(f.item.ctx->flowspec2.vpn_safi, 251);
    track_free(f.track);
}
