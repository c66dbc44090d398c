/* SPDX-License-Identifier: BSD-2-Clause */
/* BGP sessions of a shard, driven over loopback. */
#include "shard_fixture.h"

#include "bgp/notify.h"
#include "collector/bgp/session.h"

Test(session, answers_and_records, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    fixture_start(&f);
    int fd = establish(&f, 64500, 90, 9);
    put(fd, m, update_msg(m, 40, 1));

    expect_frame(&f, JOURNAL_SOURCE);
    expect_state(&f, SESSION_IDLE, SESSION_ACTIVE);
    cr_assert_eq(expect_frame(&f, JOURNAL_BGP_RECV).p[18], BGP_TYPE_OPEN);
    cr_assert_eq(expect_frame(&f, JOURNAL_BGP_SENT).p[18], BGP_TYPE_OPEN);
    expect_state(&f, SESSION_ACTIVE, SESSION_OPEN_CONFIRM);
    cr_assert_eq(expect_frame(&f, JOURNAL_BGP_RECV).p[18], BGP_TYPE_KEEPALIVE);
    expect_state(&f, SESSION_OPEN_CONFIRM, SESSION_ESTABLISHED);
    struct journal_view v = expect_frame(&f, JOURNAL_BGP_RECV);
    cr_assert(v.len == 40 && memcmp(v.p, m, 40) == 0, "the UPDATE is not verbatim");
    close(fd);
    expect_state(&f, SESSION_ESTABLISHED, SESSION_IDLE);
    expect_frame(&f, JOURNAL_GONE);
    fixture_end(&f);
}

Test(session, speaks_first_when_the_delay_passes, .timeout = 30)
{
    struct fixture f = fixture_make();
    fixture_peer(&f)->open_delay_s = 0;
    fixture_start(&f);
    uint64_t start = clock_monotonic_ns();
    int fd = dial_to(&f.bgp);
    expect_msg(fd, BGP_TYPE_OPEN);
    cr_assert(clock_monotonic_ns() - start < 4 * NS_PER_S, "that was the default of 5 s");
    expect_nothing(&f); /* a silent connection leaves no trace */
    put_open(fd, 64500, 90, 9);
    expect_msg(fd, BGP_TYPE_KEEPALIVE);
    expect_frame(&f, JOURNAL_SOURCE);
    expect_state(&f, SESSION_IDLE, SESSION_ACTIVE);
    cr_assert_eq(expect_frame(&f, JOURNAL_BGP_SENT).p[18], BGP_TYPE_OPEN);
    expect_state(&f, SESSION_ACTIVE, SESSION_OPEN_SENT);
    expect_frame(&f, JOURNAL_BGP_RECV);
    expect_state(&f, SESSION_OPEN_SENT, SESSION_OPEN_CONFIRM);
    close(fd);
    fixture_end(&f);
}

/* What octets cause stands between them: so archives are in the order of time. */
Test(session, frames_are_in_the_order_of_time, .timeout = 30)
{
    enum { UPDATES = 400, UPDATE_LEN = 40 };
    static uint8_t m[64 + UPDATES * UPDATE_LEN];
    struct fixture f = fixture_make();
    fixture_start(&f);
    size_t len = open_msg(m, 64500, 90, 9);
    len += msg_head(m + len, 19, BGP_TYPE_KEEPALIVE);
    for (uint32_t i = 0; i < UPDATES; i++)
        len += update_msg(m + len, UPDATE_LEN, i);
    int fd = dial_to(&f.bgp);
    put(fd, m, len);
    close(fd);
    uint64_t last = 0;
    struct journal_view v;
    do {
        v = next_frame(&f);
        cr_assert_geq(v.time, last, "a frame of kind %d is older than the one before", v.kind);
        last = v.time;
    } while (v.kind != JOURNAL_GONE);
    fixture_end(&f);
}

Test(session, takes_a_stream_in_any_pieces, .timeout = 30)
{
    uint8_t m[128];
    struct fixture f = fixture_make();
    fixture_start(&f);
    size_t len = open_msg(m, 64500, 90, 9);
    len += msg_head(m + len, 19, BGP_TYPE_KEEPALIVE);
    len += update_msg(m + len, 40, 7);
    for (uint8_t id = 1; id <= len; id++) {
        int fd = dial_to(&f.bgp);
        open_msg(m, 64500, 90, id); /* another identifier: no collision */
        for (size_t i = 0; i < len; i += id)
            put(fd, m + i, i + id < len ? id : len - i);
        for (int i = 0; i < 2; i++)
            wait_frame(&f, JOURNAL_BGP_RECV);
        struct journal_view v = wait_frame(&f, JOURNAL_BGP_RECV);
        cr_assert(v.len == 40 && memcmp(v.p, m + len - 40, 40) == 0, "pieces of %u", id);
        close(fd);
        wait_frame(&f, JOURNAL_GONE);
    }
    fixture_end(&f);
}

Test(session, refuses_garbage_without_a_trace, .timeout = 30)
{
    static const char http[] = "GET / HTTP/1.0\r\n\r\n\r\n\r\n";
    struct fixture f = fixture_make();
    fixture_start(&f);
    int fd = dial_to(&f.bgp);
    put(fd, http, sizeof(http) - 1);
    expect_notification(fd, BGP_ERROR_HEADER, 1);
    expect_nothing(&f);
    wait_metric(&f, "ribtape_refused_total{shard=\"0\",reason=\"garbage\"", 1);
    fixture_end(&f);
}

Test(session, refuses_bad_headers, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    fixture_start(&f);
    int fd = establish(&f, 64500, 90, 9);
    put(fd, m, msg_head(m, 19, BGP_TYPE_UPDATE)); /* too short for an UPDATE */
    expect_notification(fd, BGP_ERROR_HEADER, 2);
    fd = establish(&f, 64500, 90, 10);
    put(fd, m, msg_head(m, 19, 77));
    expect_notification(fd, BGP_ERROR_HEADER, 3);
    fixture_end(&f);
}

struct bad_open {
    uint8_t version;
    uint16_t asn, hold;
    uint8_t id, sub;
};

Test(session, refuses_bad_opens, .timeout = 30)
{
    static const struct bad_open bad[] = {{3, 64500, 90, 9, 1},
                                          {4, 65000, 90, 9, 2},
                                          {4, 0, 90, 9, 2},
                                          {4, 64500, 1, 9, 6},
                                          {4, 64500, 2, 9, 6}};
    struct fixture f = fixture_make();
    struct config_peer *p = fixture_peer(&f);
    p->remote_as = (struct config_as_range *)calloc(1, sizeof(*p->remote_as));
    p->remote_as[0] = (struct config_as_range){64500, 64510};
    p->remote_as_cnt = 1;
    fixture_start(&f);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t m[64];
        int fd = dial_to(&f.bgp);
        size_t len = open_msg(m, bad[i].asn, bad[i].hold, bad[i].id);
        m[19] = bad[i].version;
        put(fd, m, len);
        expect_notification(fd, BGP_ERROR_OPEN, bad[i].sub);
    }
    fixture_end(&f);
}

Test(session, names_the_state_of_an_unexpected_message, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    fixture_start(&f);
    int fd = dial_to(&f.bgp);
    put_open(fd, 64500, 90, 9);
    put(fd, m, update_msg(m, 40, 1));
    expect_notification(fd, BGP_ERROR_FSM, 2);
    fd = establish(&f, 64500, 90, 10);
    put_open(fd, 64500, 90, 10);
    expect_notification(fd, BGP_ERROR_FSM, 3);
    fixture_end(&f);
}

Test(session, gives_up_on_half_a_message, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    fixture_peer(&f)->open_timeout_s = 1;
    fixture_start(&f);
    int other = establish(&f, 64500, 90, 1);
    int fd = dial_to(&f.bgp);
    put(fd, m, open_msg(m, 64500, 90, 9) / 2);
    expect_notification(fd, BGP_ERROR_HOLD_TIMER, 0);
    put_keepalive(other); /* the neighbour in the loop noticed nothing */
    wait_metric(&f, "ribtape_bgp_sessions{shard=\"0\",state=\"established\"", 1);
    close(other);
    fixture_end(&f);
}

/* The shorter of both offers counts. */
Test(session, expires_by_the_hold_timer, .timeout = 30)
{
    static const struct {
        uint16_t ours, theirs;
    } rows[] = {{90, 3}, {3, 90}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f = fixture_make();
        fixture_peer(&f)->hold_time_s = rows[i].ours;
        fixture_start(&f);
        uint64_t start = clock_monotonic_ns();
        int fd = establish(&f, 64500, rows[i].theirs, 9);
        expect_msg(fd, BGP_TYPE_KEEPALIVE);
        uint64_t first = clock_monotonic_ns() - start;
        cr_assert(first < 11 * NS_PER_S / 10, "first KEEPALIVE after %g s",
                  (double)first / 1e9);
        expect_notification(fd, BGP_ERROR_HOLD_TIMER, 0);
        cr_assert(clock_monotonic_ns() - start >= 3 * NS_PER_S);
        fixture_end(&f);
    }
}

/* Decoders of the journal go by what the operator says. */
Test(session, hands_on_what_is_pinned, .timeout = 30)
{
    struct fixture f = fixture_make();
    struct config_peer *p = fixture_peer(&f);
    struct source_info info;
    p->pin_asn4 = SOURCE_PIN_OFF;
    p->pin_add_path = SOURCE_PIN_ON;
    p->flowspec2 = (struct bgp_flowspec2){.safi = 250, .vpn_safi = 251};
    strcpy(p->name, "edge");
    fixture_start(&f);
    close(establish(&f, 64500, 90, 9));
    struct journal_view v = expect_frame(&f, JOURNAL_SOURCE);
    cr_assert_eq(source_decode(v.p, v.len, &info), 0);
    cr_assert(info.pin_asn4 == SOURCE_PIN_OFF && info.pin_add_path == SOURCE_PIN_ON);
    cr_assert(info.flowspec2.safi == 250 && info.flowspec2.vpn_safi == 251);
    cr_assert_str_eq(info.name, "edge");
    fixture_end(&f);
}

Test(session, enforces_limits, .timeout = 30)
{
    struct fixture f = fixture_make();
    fixture_peer(&f)->max_sessions = 1;
    fixture_start(&f);
    int fd = establish(&f, 64500, 90, 1);
    int second = dial_to(&f.bgp);
    expect_notification(second, BGP_ERROR_CEASE, BGP_CEASE_REJECTED);
    close(fd);
    fixture_end(&f);
    f = fixture_make();
    f.cfg->bgp.max_sessions = 1;
    fixture_start(&f);
    fd = establish(&f, 64500, 90, 1);
    second = dial_to(&f.bgp);
    expect_notification(second, BGP_ERROR_CEASE, BGP_CEASE_RESOURCES);
    close(fd);
    fixture_end(&f);
}

Test(session, resolves_collisions, .timeout = 30)
{
    struct fixture f = fixture_make();
    fixture_start(&f);
    int up = establish(&f, 64500, 90, 9);
    wait_metric(&f, "ribtape_bgp_sessions{shard=\"0\",state=\"established\"", 1);
    int fd = dial_to(&f.bgp);
    put_open(fd, 64500, 90, 9); /* the established one is alive */
    expect_notification(fd, BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
    close(up);
    wait_metric(&f, "ribtape_bgp_sessions{shard=\"0\",state=\"established\"", 0);
    int older = dial_to(&f.bgp);
    put_open(older, 64500, 90, 9);
    expect_msg(older, BGP_TYPE_OPEN);
    fd = establish(&f, 64500, 90, 9); /* not established: gives way */
    expect_notification(older, BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
    close(fd);
    fixture_end(&f);
}

/* Octets are no sign of life: a message that never ends does not keep a session up. */
Test(session, expires_while_a_message_drips, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    fixture_start(&f);
    int fd = establish(&f, 64500, 3, 9);
    update_msg(m, 40, 1);
    for (int i = 0; i < 30; i++) {
        struct pollfd pfd = {.fd = fd, .events = POLLRDHUP};
        if (poll(&pfd, 1, 150) != 0)
            break;
        put(fd, m + i, 1);
    }
    expect_notification(fd, BGP_ERROR_HOLD_TIMER, 0);
    fixture_end(&f);
}

/* A second configuration like the fixture's, for a reload. */
static struct config *other_config(struct fixture *f)
{
    struct fixture g = *f;
    char err[256];
    g.cfg = config_load(NULL, err, sizeof(err));
    cr_assert(g.cfg != NULL, "%s", err);
    listen_here(&g.cfg->bgp.listen, &g.cfg->bgp.listen_cnt);
    listen_here(&g.cfg->bmp.listen, &g.cfg->bmp.listen_cnt);
    return g.cfg;
}

Test(session, lives_or_ends_by_a_reload, .timeout = 30)
{
    struct fixture f = fixture_make(), g;
    fixture_start(&f);
    int fd = establish(&f, 64500, 90, 9);
    wait_metric(&f, "ribtape_bgp_sessions{shard=\"0\",state=\"established\"", 1);
    g.cfg = other_config(&f);
    shard_reload(f.shard, g.cfg);
    config_unref(g.cfg);
    put_keepalive(fd);
    wait_metric(&f, "ribtape_bgp_sessions{shard=\"0\",state=\"established\"", 1);
    g.cfg = other_config(&f);
    fixture_peer(&g)->cap_llgr = CONFIG_OFF;
    shard_reload(f.shard, g.cfg);
    config_unref(g.cfg);
    expect_notification(fd, BGP_ERROR_CEASE, BGP_CEASE_CONFIG_CHANGE);
    fd = establish(&f, 64500, 90, 9); /* the listener stayed, port and all */
    g.cfg = other_config(&f);
    fixture_peer(&g)->range = (struct config_prefix){{.len = 4, .a = {10}}, 8};
    shard_reload(f.shard, g.cfg);
    config_unref(g.cfg);
    expect_notification(fd, BGP_ERROR_CEASE, BGP_CEASE_DECONFIGURED);
    fixture_end(&f);
}

Test(session, says_why_it_stops, .timeout = 30)
{
    uint8_t msg[4096];
    struct fixture f = fixture_make();
    fixture_start(&f);
    int fd = establish(&f, 64500, 90, 9);
    wait_metric(&f, "ribtape_bgp_sessions{shard=\"0\",state=\"established\"", 1);
    shard_stop(f.shard, "back at noon", 200);
    cr_assert_eq(get_msg(fd, msg), 21 + 13);
    cr_assert(msg[19] == BGP_ERROR_CEASE && msg[20] == BGP_CEASE_ADMIN_SHUTDOWN);
    cr_assert(msg[21] == 12 && memcmp(msg + 22, "back at noon", 12) == 0);
    close(fd);
    wait_frame(&f, JOURNAL_GONE);
    fixture_end(&f);
}

/* The journal is full because its reader stands still: nothing is lost, KEEPALIVEs go on, hold
 * timers stand still. */
Test(session, waits_for_a_full_journal, .timeout = 60)
{
    enum { CNT = 4000, LEN = 1000 };
    struct fixture f = fixture_make();
    uint8_t m[LEN];
    f.cfg->journal.segment_size = 256 << 10;
    f.cfg->journal.limit = 1 << 20;
    f.log.fd = -1;
    fixture_start(&f);
    int fd = establish(&f, 64500, 3, 9);
    cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    uint32_t sent = 0, seen = 0;
    size_t part = 0; /* octets of message `sent` that are gone */
    uint64_t by = clock_monotonic_ns() + 5 * NS_PER_S;
    update_msg(m, LEN, 0);
    while (sent < CNT && clock_monotonic_ns() < by) { /* longer than the hold time */
        ssize_t n = send(fd, m + part, LEN - part, MSG_NOSIGNAL);
        if (n < 0) {
            struct pollfd pfd = {.fd = fd, .events = POLLOUT};
            cr_assert_eq(errno, EAGAIN, "the session broke");
            poll(&pfd, 1, 100);
            continue;
        }
        part += (size_t)n;
        if (part == LEN) {
            update_msg(m, LEN, ++sent);
            part = 0;
        }
    }
    while (clock_monotonic_ns() < by) /* whatever the socket took */
        poll(NULL, 0, 50);
    cr_assert_eq(metric_of(&f, "ribtape_journal_blocked{"), 1);
    cr_assert_eq(metric_of(&f, "ribtape_bgp_sessions{shard=\"0\",state=\"established\""), 1);
    for (int i = 0; i < 4; i++) /* one per second */
        expect_msg(fd, BGP_TYPE_KEEPALIVE);
    while (seen < sent) {
        struct journal_view v = next_frame(&f);
        uint32_t serial;
        journal_reader_release(f.reader, journal_reader_pos(f.reader));
        cr_assert_neq(v.kind, JOURNAL_GONE);
        if (v.kind != JOURNAL_BGP_RECV || v.p[18] != BGP_TYPE_UPDATE)
            continue;
        memcpy(&serial, v.p + 19, sizeof(serial));
        cr_assert_eq(serial, seen, "UPDATE %u where %u was expected", serial, seen);
        seen++;
    }
    cr_assert_eq(metric_of(&f, "ribtape_journal_blocked{"), 0);
    cr_assert_eq(metric_of(&f, "ribtape_journal_lost_frames_total{"), 0);
    close(fd);
    fixture_end(&f);
}
