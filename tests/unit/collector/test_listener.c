/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets: TCP MD5, GTSM, and the choice of the shard. */
#include "shard_fixture.h"

#include <netinet/in.h>

#include "collector/shard/listener.h"

static void poll_quiet(int fd, int ms)
{
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    cr_assert_eq(poll(&pfd, 1, ms), 0, "an answer came");
}

Test(listener, takes_peers_with_the_right_md5_key, .timeout = 30)
{
    const struct source_addr any = loopback(0);
    struct sockaddr_storage ss;
    struct fixture f = fixture_make();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener_set_key(fd, &any, 32, "secret") != 0) {
        fprintf(stderr, "skipped: TCP_MD5SIG is not supported here: %s\n", strerror(errno));
        cr_skip("TCP_MD5SIG is not supported here");
    }
    fixture_peer(&f)->md5 = strdup("secret");
    fixture_start(&f);
    socklen_t len = addr_to_sockaddr(&f.bgp, &ss);
    int bare = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)!connect(bare, (struct sockaddr *)&ss, len);
    cr_assert(connect(fd, (struct sockaddr *)&ss, len) == 0 || errno == EINPROGRESS);
    struct pollfd pfd = {.fd = fd, .events = POLLOUT};
    cr_assert(poll(&pfd, 1, WAIT_MS) == 1 && (pfd.revents & POLLERR) == 0, "no connection");
    put_open(fd, 64500, 90, 9);
    expect_msg(fd, BGP_TYPE_OPEN);
    pfd.fd = bare;
    cr_assert_eq(poll(&pfd, 1, 0), 0, "a peer without key got through");
    close(bare);
    close(fd);
    fixture_end(&f);
}

Test(listener, takes_routers_with_the_right_md5_key, .timeout = 30)
{
    static const uint8_t initiation[] = {3, 0, 0, 0, 6, 4};
    const struct source_addr any = loopback(0);
    struct sockaddr_storage ss;
    struct fixture f = fixture_make();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener_set_key(fd, &any, 32, "secret") != 0) {
        fprintf(stderr, "skipped: TCP_MD5SIG is not supported here: %s\n", strerror(errno));
        cr_skip("TCP_MD5SIG is not supported here");
    }
    fixture_router(&f)->md5 = strdup("secret");
    fixture_start(&f);
    socklen_t len = addr_to_sockaddr(&f.bmp, &ss);
    int bare = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)!connect(bare, (struct sockaddr *)&ss, len);
    cr_assert(connect(fd, (struct sockaddr *)&ss, len) == 0 || errno == EINPROGRESS);
    struct pollfd pfd = {.fd = fd, .events = POLLOUT};
    cr_assert(poll(&pfd, 1, WAIT_MS) == 1 && (pfd.revents & POLLERR) == 0, "no connection");
    put(fd, initiation, sizeof(initiation));
    expect_frame(&f, JOURNAL_SOURCE);
    expect_frame(&f, JOURNAL_BMP);
    pfd.fd = bare;
    cr_assert_eq(poll(&pfd, 1, 0), 0, "a router without key got through");
    close(bare);
    close(fd);
    fixture_end(&f);
}

Test(listener, hears_only_peers_as_near_as_gtsm_says, .timeout = 30)
{
    const int near = 255, far = 64;
    struct fixture f = fixture_make();
    fixture_peer(&f)->ttl_security = 1;
    fixture_start(&f);
    int fd = dial_to(&f.bgp);
    wait_metric(&f, "ribtape_bgp_sessions{shard=\"0\",state=\"active\"", 1);
    cr_assert_eq(setsockopt(fd, IPPROTO_IP, IP_TTL, &far, sizeof(far)), 0);
    put_open(fd, 64500, 90, 9);
    poll_quiet(fd, 150);
    cr_assert_eq(setsockopt(fd, IPPROTO_IP, IP_TTL, &near, sizeof(near)), 0);
    expect_msg(fd, BGP_TYPE_OPEN); /* TCP sends it again, now near */
    close(fd);
    fixture_end(&f);
}

/* All connections of one address come to one shard. */
Test(listener, keeps_a_peer_in_one_shard, .timeout = 30)
{
    enum { SHARDS = 2, HOSTS = 8 };
    char err[256], name[96];
    struct fixture f[SHARDS];
    unsigned total = 0;
    for (unsigned i = 0; i < SHARDS; i++) {
        f[i] = fixture_make();
        f[i].cfg->bgp.listen[0].port = i == 0 ? 0 : f[0].bgp.port;
        f[i].shard = shard_open(f[i].cfg, i, SHARDS, &f[i].log, err, sizeof(err));
        cr_assert(f[i].shard != NULL && shard_start(f[i].shard, err, sizeof(err)) == 0, "%s", err);
        shard_listening(f[i].shard, SOURCE_BGP, &f[i].bgp, 1);
        f[i].reader = NULL;
    }
    for (uint8_t host = 1; host <= HOSTS; host++)
        for (uint8_t n = 0; n < 3; n++) {
            struct source_addr from = {.len = 4, .a = {127, 0, 0, host}};
            int fd = dial_from(&f[0].bgp, &from);
            put_open(fd, 64500, 90, (uint8_t)(host * 8 + n));
            expect_msg(fd, BGP_TYPE_OPEN);
            close(fd);
        }
    for (unsigned i = 0; i < SHARDS; i++) {
        snprintf(name, sizeof(name), "ribtape_bgp_messages_total{shard=\"%u\",type=\"open\"",
                 i);
        double v = metric_of(&f[i], name);
        cr_assert(v > 0 && (unsigned)v % 3 == 0, "shard %u got %g OPENs", i, v);
        total += (unsigned)v;
    }
    cr_assert_eq(total, 3 * HOSTS);
    for (unsigned i = 0; i < SHARDS; i++)
        fixture_end(&f[i]);
}
