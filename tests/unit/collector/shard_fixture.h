/* SPDX-License-Identifier: BSD-2-Clause */
/* shard_fixture: a shard on loopback with ephemeral ports, a journal reader, and raw sockets to
 * play peers and routers with. Every wait ends by an event or fails after ten seconds. */
#ifndef RIBTAPE_TEST_SHARD_FIXTURE_H
#define RIBTAPE_TEST_SHARD_FIXTURE_H

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bgp/iana.h"
#include "collector/shard/addr.h"
#include "collector/shard/shard.h"

enum { WAIT_MS = 10000 };

struct fixture {
    char dir[64];
    struct config *cfg;
    struct log log;
    struct shard *shard;
    struct journal_reader *reader;
    struct source_addr bgp, bmp;
};

static inline struct source_addr loopback(uint16_t port)
{
    return (struct source_addr){.len = 4, .a = {127, 0, 0, 1}, .port = port};
}

static inline void listen_here(struct source_addr **list, size_t *cnt)
{
    free(*list);
    *list = (struct source_addr *)calloc(1, sizeof(**list));
    (*list)[0] = loopback(0);
    *cnt = 1;
}

/* Prepares a configuration; the test changes it before fixture_start. */
static inline struct fixture fixture_make(void)
{
    char err[512] = "";
    struct fixture f = {.dir = "/tmp/ribtape-test-XXXXXX",
                        .log = {.fd = 2, .level = LOG_LEVEL_ERROR}};
    cr_assert(mkdtemp(f.dir) != NULL);
    f.cfg = config_load(NULL, err, sizeof(err));
    cr_assert(f.cfg != NULL, "%s", err);
    free(f.cfg->data_dir);
    f.cfg->data_dir = strdup(f.dir);
    listen_here(&f.cfg->bgp.listen, &f.cfg->bgp.listen_cnt);
    listen_here(&f.cfg->bmp.listen, &f.cfg->bmp.listen_cnt);
    return f;
}

/* The entry of bgp.peers that holds loopback. */
static inline struct config_peer *fixture_peer(struct fixture *f)
{
    struct source_addr a = loopback(0);
    return (struct config_peer *)(uintptr_t)config_peer_for(f->cfg, &a);
}

static inline struct config_router *fixture_router(struct fixture *f)
{
    struct source_addr a = loopback(0);
    return (struct config_router *)(uintptr_t)config_router_for(f->cfg, &a);
}

static inline void fixture_start(struct fixture *f)
{
    char err[512];
    f->shard = shard_open(f->cfg, 0, 1, &f->log, err, sizeof(err));
    cr_assert(f->shard != NULL && shard_start(f->shard, err, sizeof(err)) == 0, "%s", err);
    cr_assert_eq(shard_listening(f->shard, SOURCE_BGP, &f->bgp, 1), 1);
    cr_assert_eq(shard_listening(f->shard, SOURCE_BMP, &f->bmp, 1), 1);
    f->reader = journal_reader_attach(shard_journal(f->shard), "test", (struct journal_pos){0});
    cr_assert(f->reader != NULL);
    journal_start_trimming(shard_journal(f->shard));
}

static inline void fixture_end(struct fixture *f)
{
    char cmd[512];
    shard_stop(f->shard, "test over", 3000);
    journal_reader_free(f->reader);
    shard_free(f->shard);
    config_unref(f->cfg);
    snprintf(cmd, sizeof(cmd), "rm -rf %.60s", f->dir);
    cr_assert_eq(system(cmd), 0);
}

/* ---- sockets ---- */

static inline int dial_from(const struct source_addr *to, const struct source_addr *from)
{
    struct sockaddr_storage ss;
    int fd = socket(to->len == 16 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(fd >= 0);
    if (from != NULL) {
        socklen_t from_len = addr_to_sockaddr(from, &ss);
        cr_assert_eq(bind(fd, (struct sockaddr *)&ss, from_len), 0);
    }
    socklen_t len = addr_to_sockaddr(to, &ss);
    cr_assert_eq(connect(fd, (struct sockaddr *)&ss, len), 0);
    return fd;
}

static inline int dial_to(const struct source_addr *to)
{
    return dial_from(to, NULL);
}

static inline void put(int fd, const void *p, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = send(fd, (const char *)p + done, len - done, MSG_NOSIGNAL);
        cr_assert(n > 0, "send failed");
        done += (size_t)n;
    }
}

/* Reads exactly `len` octets; false when the connection ended before. */
static inline bool get(int fd, void *p, size_t len)
{
    for (size_t done = 0; done < len;) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        cr_assert(poll(&pfd, 1, WAIT_MS) == 1, "nothing came within %d ms", WAIT_MS);
        ssize_t n = recv(fd, (char *)p + done, len - done, 0);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* Reads one BGP message; returns its length, 0 at the end. */
static inline size_t get_msg(int fd, uint8_t msg[4096])
{
    if (!get(fd, msg, 19))
        return 0;
    size_t len = (size_t)msg[16] << 8 | msg[17];
    cr_assert(len >= 19 && len <= 4096);
    cr_assert(get(fd, msg + 19, len - 19));
    return len;
}

static inline void expect_msg(int fd, uint8_t type)
{
    uint8_t msg[4096];
    cr_assert(get_msg(fd, msg) > 0, "connection ended, message type %u expected", type);
    cr_assert_eq(msg[18], type, "message type %u, expected %u", msg[18], type);
}

/* Reads up to the NOTIFICATION and the end behind it. */
static inline void expect_notification(int fd, uint8_t code, uint8_t sub)
{
    uint8_t msg[4096];
    do
        cr_assert(get_msg(fd, msg) > 0, "connection ended without a NOTIFICATION");
    while (msg[18] != BGP_TYPE_NOTIFICATION);
    cr_assert(msg[19] == code && msg[20] == sub, "NOTIFICATION %u/%u, expected %u/%u", msg[19],
              msg[20], code, sub);
    cr_assert_eq(get_msg(fd, msg), 0, "the connection stays open after a NOTIFICATION");
    close(fd);
}

/* ---- messages ---- */

static inline size_t msg_head(uint8_t *m, size_t len, uint8_t type)
{
    memset(m, 0xff, 16);
    m[16] = (uint8_t)(len >> 8);
    m[17] = (uint8_t)len;
    m[18] = type;
    return len;
}

/* An OPEN of AS `asn`, hold time, identifier 192.0.2.`id`, IPv4 unicast. */
static inline size_t open_msg(uint8_t *m, uint16_t asn, uint16_t hold, uint8_t id)
{
    const uint8_t body[] = {4,
                            (uint8_t)(asn >> 8),
                            (uint8_t)asn,
                            (uint8_t)(hold >> 8),
                            (uint8_t)hold,
                            192,
                            0,
                            2,
                            id,
                            8,
                            2,
                            6,
                            1,
                            4,
                            0,
                            1,
                            0,
                            1};
    memcpy(m + 19, body, sizeof(body));
    return msg_head(m, 19 + sizeof(body), BGP_TYPE_OPEN);
}

static inline void put_open(int fd, uint16_t asn, uint16_t hold, uint8_t id)
{
    uint8_t m[64];
    put(fd, m, open_msg(m, asn, hold, id));
}

static inline void put_keepalive(int fd)
{
    uint8_t m[19];
    put(fd, m, msg_head(m, 19, BGP_TYPE_KEEPALIVE));
}

/* An UPDATE of `len` octets with a serial number in front (the collector never looks inside).
 */
static inline size_t update_msg(uint8_t *m, size_t len, uint32_t serial)
{
    memset(m + 19, 0, len - 19);
    memcpy(m + 19, &serial, sizeof(serial));
    return msg_head(m, len, BGP_TYPE_UPDATE);
}

/* Brings a session to Established. */
static inline int establish(const struct fixture *f, uint16_t asn, uint16_t hold, uint8_t id)
{
    int fd = dial_to(&f->bgp);
    put_open(fd, asn, hold, id);
    expect_msg(fd, BGP_TYPE_OPEN);
    expect_msg(fd, BGP_TYPE_KEEPALIVE);
    put_keepalive(fd);
    return fd;
}

/* ---- the journal ---- */

/* Returns the next frame but the counts that a segment begins with. */
static inline struct journal_view next_frame(struct fixture *f)
{
    struct journal_view v;
    uint64_t by = clock_monotonic_ns() + WAIT_MS * UINT64_C(1000000);
    for (;;) {
        enum journal_read r = journal_read(f->reader, &v);
        if (r == JOURNAL_READ_FRAME && v.kind == JOURNAL_COUNTS)
            continue;
        if (r == JOURNAL_READ_FRAME)
            return v;
        cr_assert(r == JOURNAL_READ_END, "journal: %d", (int)r);
        cr_assert(clock_monotonic_ns() < by, "no frame within %d ms", WAIT_MS);
        journal_reader_wait(f->reader, 100);
    }
}

static inline struct journal_view expect_frame(struct fixture *f, enum journal_kind kind)
{
    struct journal_view v = next_frame(f);
    cr_assert_eq(v.kind, kind, "frame of kind %d, expected %d", (int)v.kind, (int)kind);
    return v;
}

/* Skips frames up to one of a kind. */
static inline struct journal_view wait_frame(struct fixture *f, enum journal_kind kind)
{
    for (;;) {
        struct journal_view v = next_frame(f);
        if (v.kind == kind)
            return v;
    }
}

static inline void expect_state(struct fixture *f, uint8_t from, uint8_t to)
{
    struct journal_view v = expect_frame(f, JOURNAL_STATE);
    cr_assert(v.len >= 2 && v.p[0] == from && v.p[1] == to, "state %u to %u, expected %u to %u",
              v.p[0], v.p[1], from, to);
}

static inline void expect_nothing(struct fixture *f)
{
    struct journal_view v;
    cr_assert_eq(journal_read(f->reader, &v), JOURNAL_READ_END, "the journal is not empty");
}

/* ---- metrics ---- */

/* Returns the value of the sample whose line begins with `name`, -1 when there is none. */
static inline double metric_of(struct fixture *f, const char *name)
{
    struct buf b = {0};
    double v = -1;
    cr_assert_eq(shard_metrics(f->shard, &b, WAIT_MS), 0);
    buf_add_char(&b, '\0');
    char *at = strstr(b.p, name);
    if (at != NULL && (at = strchr(at, '}')) != NULL)
        v = strtod(at + 1, NULL);
    buf_free(&b);
    return v;
}

/* Waits, asking again and again, until a metric has a value. */
static inline void wait_metric(struct fixture *f, const char *name, double value)
{
    uint64_t by = clock_monotonic_ns() + WAIT_MS * UINT64_C(1000000);
    while (metric_of(f, name) != value)
        cr_assert(clock_monotonic_ns() < by, "%s never was %g", name, value);
}

#endif
