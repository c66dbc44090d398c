/* SPDX-License-Identifier: BSD-2-Clause */
/* What outlives a session: graceful restart (RFC 4724, 8538), long-lived (RFC 9494). */
#include <criterion/criterion.h>

#include <string.h>

#include "bgp/nlri_map.h"
#include "schemas/rib/rib_update.h"

enum { T0 = 1763842500, MSG = 256 };

/* Flags of an OPEN to make. */
enum { GR = 1, NOTIFY = 2, LLGR = 4, NOT_FORWARDING = 8 };

static struct rib_update update;
static struct rib_update_session session;
static const struct bgp_ctx ctx = {.asn4 = true};

static size_t begin(struct wr *w, uint8_t type)
{
    for (int i = 0; i < 16; i++)
        wr_u8(w, 0xff);
    size_t at = wr_mark_u16(w);
    wr_u8(w, type);
    return at;
}

static uint32_t end(struct wr *w, size_t at)
{
    cr_assert(!w->overflow);
    w->buf[at] = (uint8_t)(w->len >> 8);
    w->buf[at + 1] = (uint8_t)w->len;
    return (uint32_t)w->len;
}

/* IPv4 unicast, restart time 100 s, long-lived stale time 1000 s. */
static uint32_t make_open(uint8_t *dst, unsigned flags)
{
    struct wr w = wr_of(dst, MSG);
    size_t at = begin(&w, BGP_TYPE_OPEN);
    uint8_t forwarding = flags & NOT_FORWARDING ? 0 : 0x80;
    wr_u8(&w, 4), wr_u16(&w, 64501), wr_u16(&w, 90), wr_u32(&w, 0x0a000001);
    size_t params = wr_mark_u8(&w);
    if (flags & GR) {
        wr_u8(&w, 2), wr_u8(&w, 8), wr_u8(&w, 64), wr_u8(&w, 6);
        wr_u16(&w, (flags & NOTIFY ? 0x4000 : 0) | 100);
        wr_u16(&w, 1), wr_u8(&w, 1), wr_u8(&w, forwarding);
    }
    if (flags & LLGR) {
        wr_u8(&w, 2), wr_u8(&w, 9), wr_u8(&w, 71), wr_u8(&w, 7);
        wr_u16(&w, 1), wr_u8(&w, 1), wr_u8(&w, forwarding), wr_u24(&w, 1000);
    }
    wr_patch_u8(&w, params);
    return end(&w, at);
}

static void opens(unsigned own, unsigned peer)
{
    uint8_t msg[MSG];
    uint32_t len = make_open(msg, own);
    rib_update_sent(&session, msg, len);
    len = make_open(msg, peer);
    cr_assert_eq(rib_update_message(&update, &session, &ctx, msg, len, T0), 0);
}

/* Announces 10.0.0.N/32, with NO_LLGR on wish. */
static void announce(uint32_t n, bool no_llgr)
{
    uint8_t msg[MSG];
    struct wr w = wr_of(msg, MSG);
    size_t at = begin(&w, BGP_TYPE_UPDATE);
    wr_u16(&w, 0);
    size_t attrs = wr_mark_u16(&w);
    wr_u32(&w, 0x40010100);
    if (no_llgr)
        wr_u24(&w, 0xc00804), wr_u32(&w, 0xffff0007);
    wr_patch_u16(&w, attrs);
    wr_u8(&w, 32), wr_u32(&w, 0x0a000000 | n);
    cr_assert_eq(rib_update_message(&update, &session, &ctx, msg, end(&w, at), T0), 0);
}

static void eor(void)
{
    uint8_t msg[MSG];
    struct wr w = wr_of(msg, MSG);
    size_t at = begin(&w, BGP_TYPE_UPDATE);
    wr_u32(&w, 0);
    cr_assert_eq(rib_update_message(&update, &session, &ctx, msg, end(&w, at), T0), 0);
}

static void notification(bool sent, uint8_t code, uint8_t sub)
{
    uint8_t msg[MSG];
    struct wr w = wr_of(msg, MSG);
    size_t at = begin(&w, BGP_TYPE_NOTIFICATION);
    wr_u8(&w, code), wr_u8(&w, sub);
    uint32_t len = end(&w, at);
    if (sent)
        rib_update_sent(&session, msg, len);
    else
        cr_assert_eq(rib_update_message(&update, &session, &ctx, msg, len, T0), 0);
}

static uint32_t routes(void)
{
    return rib_peer_routes(update.rib, session.peer);
}

static void setup(void)
{
    memset(&update, 0, sizeof(update));
    memset(&session, 0, sizeof(session));
    update.rib = rib_new();
    session.peer = rib_peer_add(update.rib, 0);
}

static void teardown(void)
{
    rib_free(update.rib);
}

TestSuite(rib_restart, .init = setup, .fini = teardown);

static void session_with(unsigned own, unsigned peer, uint32_t cnt)
{
    opens(own, peer);
    rib_update_up(&update, &session, T0);
    for (uint32_t i = 0; i < cnt; i++)
        announce(i, false);
}

Test(rib_restart, without_agreement_routes_go)
{
    static const unsigned pairs[][2] = {{0, 0}, {GR, 0}, {0, GR}};
    for (unsigned i = 0; i < 3; i++) {
        session_with(pairs[i][0], pairs[i][1], 3);
        cr_assert_eq(routes(), 3);
        rib_update_down(&update, &session, T0 + 1);
        cr_assert_eq(routes(), 0, "pair %u", i);
        cr_assert_eq(restart_due(&session.restart), UINT32_MAX);
    }
}

Test(rib_restart, kept_until_end_of_rib)
{
    session_with(GR, GR, 3);
    rib_update_down(&update, &session, T0 + 1);
    cr_assert_eq(routes(), 3);
    cr_assert_eq(restart_due(&session.restart), T0 + 101);
    opens(GR, GR);
    rib_update_up(&update, &session, T0 + 50);
    cr_assert_eq(restart_due(&session.restart), T0 + 50 + RESTART_SYNC_S);
    announce(1, false);
    announce(7, false);
    cr_assert_eq(routes(), 4);
    eor();
    cr_assert_eq(routes(), 2);
    cr_assert_not(restart_keeps(&session.restart));
}

Test(rib_restart, kept_until_the_restart_time)
{
    session_with(GR, GR, 3);
    rib_update_down(&update, &session, T0 + 1);
    rib_update_time(&update, &session, T0 + 100);
    cr_assert_eq(routes(), 3);
    rib_update_time(&update, &session, T0 + 101);
    cr_assert_eq(routes(), 0);
}

Test(rib_restart, end_of_rib_that_never_comes)
{
    session_with(GR, GR, 3);
    rib_update_down(&update, &session, T0 + 1);
    opens(GR, GR);
    rib_update_up(&update, &session, T0 + 50);
    announce(1, false);
    rib_update_time(&update, &session, T0 + 50 + RESTART_SYNC_S - 1);
    cr_assert_eq(routes(), 3);
    rib_update_time(&update, &session, T0 + 50 + RESTART_SYNC_S);
    cr_assert_eq(routes(), 1);
}

/* RFC 4724 section 4.2: who comes back without the capability or the F bit kept nothing. */
Test(rib_restart, back_without_forwarding)
{
    static const unsigned second[] = {0, GR | NOT_FORWARDING};
    for (unsigned i = 0; i < 2; i++) {
        session_with(GR, GR, 3);
        rib_update_down(&update, &session, T0 + 1);
        cr_assert_eq(routes(), 3);
        opens(GR, second[i]);
        rib_update_up(&update, &session, T0 + 50);
        cr_assert_eq(routes(), 0);
        rib_update_down(&update, &session, T0 + 60);
    }
}

/* RFC 4724 section 4.2: of two restarts in a row the first one's routes go at the second. */
Test(rib_restart, two_in_a_row)
{
    session_with(GR, GR, 3);
    rib_update_down(&update, &session, T0 + 1);
    opens(GR, GR);
    rib_update_up(&update, &session, T0 + 50);
    announce(1, false);
    rib_update_down(&update, &session, T0 + 60);
    cr_assert_eq(routes(), 1);
    cr_assert_eq(restart_due(&session.restart), T0 + 160);
}

Test(rib_restart, notifications)
{
    static const struct {
        unsigned own, peer;
        bool sent;
        uint8_t code, sub;
        uint32_t left;
    } row[] = {
        {GR, GR, false, 6, 2, 0},
        {GR | NOTIFY, GR, false, 4, 0, 0},
        {GR | NOTIFY, GR | NOTIFY, false, 6, 2, 3},
        {GR | NOTIFY, GR | NOTIFY, true, 4, 0, 3},
        {GR | NOTIFY, GR | NOTIFY, false, 6, 9, 0}, /* Hard Reset */
        {GR | NOTIFY, GR | NOTIFY, true, 6, 9, 0},
    };
    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        session_with(row[i].own, row[i].peer, 3);
        notification(row[i].sent, row[i].code, row[i].sub);
        rib_update_down(&update, &session, T0 + 1);
        cr_assert_eq(routes(), row[i].left, "row %u", i);
        rib_update_time(&update, &session, T0 + 101);
        cr_assert_eq(routes(), 0);
    }
}

Test(rib_restart, families_that_were_not_named_go)
{
    session_with(GR, GR, 2);
    struct nlri n = {
        .row = nlri_row_of(NLRI_IPV6_UNICAST), .body = cur_of("\x10\x20\x01", 3), .ctx = &ctx};
    uint32_t id = rib_attrs_hold(rib_attrs_of(update.rib), "x", 1);
    cr_assert_eq(rib_announce(update.rib, session.peer, &n, id, T0), RIB_NEW);
    rib_attrs_release(rib_attrs_of(update.rib), id);
    rib_update_down(&update, &session, T0 + 1);
    cr_assert_eq(routes(), 2);
    cr_assert_eq(rib_peer_family_routes(update.rib, session.peer, NLRI_IPV6_UNICAST), 0);
}

Test(rib_restart, long_lived)
{
    session_with(GR | LLGR, GR | LLGR, 3);
    announce(9, true);
    rib_update_down(&update, &session, T0 + 1);
    rib_update_time(&update, &session, T0 + 100);
    cr_assert_eq(routes(), 4);
    rib_update_time(&update, &session, T0 + 101);
    cr_assert_eq(routes(), 3, "NO_LLGR");
    cr_assert_eq(restart_due(&session.restart), T0 + 1101);
    opens(GR | LLGR, GR | LLGR);
    rib_update_up(&update, &session, T0 + 500);
    announce(1, false);
    announce(11, true);
    rib_update_down(&update, &session, T0 + 600); /* the time runs on */
    cr_assert_eq(routes(), 3);
    cr_assert_eq(restart_due(&session.restart), T0 + 1101);
    rib_update_time(&update, &session, T0 + 1101);
    cr_assert_eq(routes(), 0);
}

/* A look that comes late sees both periods. */
Test(rib_restart, long_lived_at_once)
{
    session_with(GR | LLGR, GR | LLGR, 3);
    rib_update_down(&update, &session, T0 + 1);
    rib_update_time(&update, &session, T0 + 5000);
    cr_assert_eq(routes(), 0);
}
