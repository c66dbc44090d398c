/* SPDX-License-Identifier: BSD-2-Clause */
/* BMP streams of a shard, driven over loopback. */
#include "shard_fixture.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "bmp/bmp.h"

/* A common header and zeroes. */
static size_t bmp_msg(uint8_t *m, size_t len, uint8_t type)
{
    memset(m, 0, len);
    m[0] = 3;
    for (int i = 0; i < 4; i++)
        m[1 + i] = (uint8_t)(len >> (24 - 8 * i));
    m[5] = type;
    return len;
}

/* A Peer Up of peer 192.0.2.`id` with two OPENs. */
static size_t peer_up(uint8_t *m, uint8_t id)
{
    enum { FIXED = 48 + 20 };
    uint8_t open[64];
    size_t open_len = open_msg(open, 64500, 90, id), len = FIXED + 2 * open_len;
    bmp_msg(m, len, BMP_TYPE_PEER_UP);
    memcpy(m + 6 + 2 + 8 + 12, (uint8_t[]){192, 0, 2, id}, 4);
    memcpy(m + 6 + 2 + 8 + 16 + 4, (uint8_t[]){192, 0, 2, id}, 4);
    memcpy(m + FIXED, open, open_len);
    memcpy(m + FIXED + open_len, open, open_len);
    return len;
}

static size_t peer_down(uint8_t *m, uint8_t id)
{
    uint8_t up[256];
    peer_up(up, id);
    bmp_msg(m, 49, BMP_TYPE_PEER_DOWN);
    memcpy(m + 6, up + 6, 42);
    m[48] = 4;
    return 49;
}

static void expect_closed(int fd)
{
    uint8_t b;
    cr_assert(!get(fd, &b, 1), "the connection stays open");
    close(fd);
}

Test(station, closes_on_garbage_without_a_trace, .timeout = 30)
{
    struct fixture f = fixture_make();
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    put(fd, "GET / HTTP/1.0\r\n\r\n", 18);
    expect_closed(fd);
    expect_nothing(&f);
    fixture_end(&f);
}

Test(station, refuses_a_message_over_the_limit, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    f.cfg->bmp.max_message = 1000;
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    put(fd, m, bmp_msg(m, 48, BMP_TYPE_STATISTICS));
    bmp_msg(m, 48, BMP_TYPE_STATISTICS);
    m[3] = 0x10;
    put(fd, m, 48);
    expect_closed(fd);
    expect_frame(&f, JOURNAL_SOURCE);
    expect_frame(&f, JOURNAL_BMP);
    expect_frame(&f, JOURNAL_GONE);
    fixture_end(&f);
}

Test(station, ends_a_router_that_monitors_too_many_peers, .timeout = 30)
{
    uint8_t m[256];
    struct fixture f = fixture_make();
    fixture_router(&f)->max_peers = 2;
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    put(fd, m, peer_up(m, 1));
    put(fd, m, peer_up(m, 2));
    put(fd, m, peer_up(m, 2)); /* the same again */
    put(fd, m, peer_down(m, 1));
    put(fd, m, peer_up(m, 3));
    put(fd, m, peer_up(m, 4));
    expect_closed(fd);
    expect_frame(&f, JOURNAL_SOURCE);
    for (int i = 0; i < 6; i++)
        expect_frame(&f, JOURNAL_BMP);
    expect_frame(&f, JOURNAL_GONE);
    wait_metric(&f, "ribtape_refused_total{shard=\"0\",reason=\"max-peers\"", 1);
    fixture_end(&f);
}

Test(station, ends_the_router_that_is_one_peer_too_many_in_all, .timeout = 30)
{
    uint8_t m[256];
    struct fixture f = fixture_make();
    f.cfg->bmp.max_peers = 2;
    fixture_start(&f);
    int first = dial_to(&f.bmp), second;
    put(first, m, peer_up(m, 1));
    put(first, m, peer_up(m, 2));
    wait_metric(&f, "ribtape_bmp_peers", 2);
    second = dial_to(&f.bmp);
    put(second, m, peer_up(m, 3));
    expect_closed(second);
    wait_metric(&f, "ribtape_bmp_routers", 1);
    put(first, m, peer_down(m, 1));
    wait_metric(&f, "ribtape_bmp_peers", 1);
    second = dial_to(&f.bmp);
    put(second, m, peer_up(m, 3));
    wait_metric(&f, "ribtape_bmp_routers", 2);
    wait_metric(&f, "ribtape_refused_total{shard=\"0\",reason=\"max-peers\"", 1);
    close(first);
    close(second);
    fixture_end(&f);
}

Test(station, ends_a_router_that_needs_too_much_memory, .timeout = 30)
{
    uint8_t m[64];
    for (int all = 0; all < 2; all++) {
        struct fixture f = fixture_make();
        if (all)
            f.cfg->bmp.max_memory = 64 << 10;
        else
            fixture_router(&f)->max_memory = 64 << 10;
        fixture_start(&f);
        int fd = dial_to(&f.bmp);
        bmp_msg(m, 48, BMP_TYPE_STATISTICS);
        m[2] = 1; /* of 64 KiB and 48 octets */
        put(fd, m, 48);
        expect_closed(fd);
        wait_metric(&f, "ribtape_refused_total{shard=\"0\",reason=\"max-memory\"", 1);
        wait_metric(&f, "ribtape_bmp_held_bytes", 0);
        fixture_end(&f);
    }
}

Test(station, has_another_limit_of_messages_for_one_router, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    fixture_router(&f)->max_message = 40;
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    put(fd, m, bmp_msg(m, 48, BMP_TYPE_STATISTICS));
    expect_closed(fd);
    expect_nothing(&f);
    fixture_end(&f);
}

Test(station, refuses_plain_tcp_where_tls_is_asked_for, .timeout = 30)
{
    struct fixture f = fixture_make();
    fixture_router(&f)->tls = true;
    fixture_start(&f);
    expect_closed(dial_to(&f.bmp));
    wait_metric(&f, "ribtape_refused_total{shard=\"0\",reason=\"needs-tls\"", 1);
    fixture_end(&f);
}

Test(station, takes_a_stream_in_any_pieces, .timeout = 30)
{
    uint8_t m[1024];
    struct fixture f = fixture_make();
    fixture_start(&f);
    size_t first = bmp_msg(m, 30, BMP_TYPE_INITIATION), second = peer_up(m + first, 9);
    size_t len = first + second + bmp_msg(m + first + second, 60, 200); /* unknown: kept too */
    for (size_t piece = 1; piece <= len; piece++) {
        int fd = dial_to(&f.bmp);
        for (size_t i = 0; i < len; i += piece)
            put(fd, m + i, i + piece < len ? piece : len - i);
        expect_frame(&f, JOURNAL_SOURCE);
        cr_assert_eq(expect_frame(&f, JOURNAL_BMP).len, first);
        struct journal_view v = expect_frame(&f, JOURNAL_BMP);
        cr_assert(v.len == second && memcmp(v.p, m + first, second) == 0);
        cr_assert_eq(expect_frame(&f, JOURNAL_BMP).len, 60);
        close(fd);
        expect_frame(&f, JOURNAL_GONE);
    }
    fixture_end(&f);
}

Test(station, takes_large_messages, .timeout = 30)
{
    enum { LARGE = 900 << 10 };
    uint8_t *m = (uint8_t *)malloc(LARGE);
    struct fixture f = fixture_make();
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    bmp_msg(m, LARGE, BMP_TYPE_STATISTICS);
    for (size_t i = 6; i < LARGE; i++)
        m[i] = (uint8_t)(i * 7);
    put(fd, m, LARGE);
    put(fd, m, LARGE);
    for (int i = 0; i < 2; i++) {
        struct journal_view v = wait_frame(&f, JOURNAL_BMP);
        cr_assert(v.len == LARGE && memcmp(v.p, m, LARGE) == 0);
    }
    free(m);
    close(fd);
    fixture_end(&f);
}

/* A reader that starts at a later segment learns the Initiation and the peers that are up, no
 * others. */
Test(station, repeats_context_in_new_segments, .timeout = 30)
{
    enum { FILL = 10000, CNT = 60 };
    uint8_t m[FILL];
    unsigned inits = 0, ups = 0, sources = 0;
    char dir[128];
    struct journal_view v;
    struct fixture f = fixture_make();
    f.cfg->journal.segment_size = 256 << 10;
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    put(fd, m, bmp_msg(m, 30, BMP_TYPE_INITIATION));
    for (uint8_t id = 1; id <= 3; id++)
        put(fd, m, peer_up(m, id));
    put(fd, m, peer_down(m, 2));
    for (int i = 0; i < CNT; i++)
        put(fd, m, bmp_msg(m, FILL, BMP_TYPE_STATISTICS));
    for (int i = 0; i < 1 + 3 + 1 + CNT; i++)
        wait_frame(&f, JOURNAL_BMP);
    snprintf(dir, sizeof(dir), "%s/journal/0", f.dir);
    struct journal_reader *r = journal_reader_open(
        dir, (struct journal_pos){.segment = journal_reader_pos(f.reader).segment});
    cr_assert(r != NULL);
    while (journal_read(r, &v) == JOURNAL_READ_FRAME) {
        if ((v.flags & JOURNAL_REPEAT) == 0)
            continue;
        sources += v.kind == JOURNAL_SOURCE;
        inits += v.kind == JOURNAL_BMP && v.p[5] == BMP_TYPE_INITIATION;
        ups += v.kind == JOURNAL_BMP && v.p[5] == BMP_TYPE_PEER_UP;
    }
    journal_reader_free(r);
    cr_assert(sources == 1 && inits == 1 && ups == 2, "%u sources, %u Initiations, %u Peer Ups",
              sources, inits, ups);
    close(fd);
    fixture_end(&f);
}

Test(station, enforces_limits, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    f.cfg->bmp.max_sessions = 1;
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    put(fd, m, bmp_msg(m, 30, BMP_TYPE_INITIATION));
    wait_metric(&f, "ribtape_bmp_routers{", 1);
    expect_closed(dial_to(&f.bmp));
    close(fd);
    wait_metric(&f, "ribtape_bmp_routers{", 0);
    fixture_end(&f);
}

Test(station, dials_and_dials_again, .timeout = 30)
{
    uint8_t m[64];
    struct sockaddr_storage ss;
    struct source_addr at = loopback(0);
    socklen_t len = addr_to_sockaddr(&at, &ss);
    struct fixture f = fixture_make();
    struct config_router *r = fixture_router(&f);
    int l = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(l, (struct sockaddr *)&ss, len), 0);
    cr_assert_eq(listen(l, 4), 0);
    cr_assert_eq(getsockname(l, (struct sockaddr *)&ss, &len), 0);
    addr_of_sockaddr(&r->range.addr, &ss);
    r->range.bits = 32;
    r->dial = true;
    fixture_start(&f);
    for (int i = 0; i < 2; i++) {
        struct pollfd pfd = {.fd = l, .events = POLLIN};
        cr_assert_eq(poll(&pfd, 1, WAIT_MS), 1, "no call %d", i);
        int fd = accept(l, NULL, NULL);
        put(fd, m, bmp_msg(m, 30, BMP_TYPE_INITIATION));
        wait_frame(&f, JOURNAL_BMP);
        close(fd);
        wait_frame(&f, JOURNAL_GONE);
    }
    close(l);
    fixture_end(&f);
}

/* Decoders of the journal go by what the operator says. */
Test(station, hands_on_what_is_pinned, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    struct config_router *r = fixture_router(&f);
    struct source_info info;
    r->pin_asn4 = SOURCE_PIN_OFF;
    r->pin_add_path = SOURCE_PIN_ON;
    r->flowspec2 = (struct bgp_flowspec2){.safi = 250, .vpn_safi = 251};
    strcpy(r->name, "edge");
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    put(fd, m, bmp_msg(m, 48, BMP_TYPE_STATISTICS));
    struct journal_view v = expect_frame(&f, JOURNAL_SOURCE);
    cr_assert_eq(source_decode(v.p, v.len, &info), 0);
    cr_assert(info.pin_asn4 == SOURCE_PIN_OFF && info.pin_add_path == SOURCE_PIN_ON);
    cr_assert(info.flowspec2.safi == 250 && info.flowspec2.vpn_safi == 251);
    cr_assert_str_eq(info.name, "edge");
    close(fd);
    fixture_end(&f);
}

/* What is said puts it off. */
Test(station, ends_a_router_that_says_nothing, .timeout = 30)
{
    uint8_t m[64];
    struct fixture f = fixture_make();
    f.cfg->bmp.idle_timeout_s = 1;
    fixture_start(&f);
    int fd = dial_to(&f.bmp);
    usleep(600000);
    uint64_t said = clock_monotonic_ns();
    put(fd, m, bmp_msg(m, 48, BMP_TYPE_STATISTICS));
    expect_closed(fd);
    uint64_t after = clock_monotonic_ns() - said;
    cr_assert(after >= NS_PER_S && after < 5 * NS_PER_S, "%g s", (double)after / 1e9);
    fixture_end(&f);
}

/* Finds the daemon's end of a connection, which is in this process, too. */
static int other_end(int fd)
{
    struct sockaddr_in ours, name;
    socklen_t len = sizeof(ours);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&ours, &len), 0);
    for (int i = 0; i < 256; i++) {
        len = sizeof(name);
        if (i != fd && getpeername(i, (struct sockaddr *)&name, &len) == 0 &&
            name.sin_family == AF_INET && name.sin_port == ours.sin_port)
            return i;
    }
    return -1;
}

Test(station, lets_tcp_ask_a_silent_router, .timeout = 30)
{
    struct fixture f = fixture_make();
    f.cfg->bmp.tcp_keepalive_s = 17;
    fixture_start(&f);
    int fd = dial_to(&f.bmp), on = 0, idle = 0;
    socklen_t len = sizeof(int);
    wait_metric(&f, "ribtape_bmp_routers", 1);
    int theirs = other_end(fd);
    cr_assert_eq(getsockopt(theirs, SOL_SOCKET, SO_KEEPALIVE, &on, &len), 0);
    cr_assert_eq(getsockopt(theirs, IPPROTO_TCP, TCP_KEEPIDLE, &idle, &len), 0);
    cr_assert(on == 1 && idle == 17, "%d, %d s", on, idle);
    close(fd);
    fixture_end(&f);
}
