/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a dial waits between its tries. The file under test is included; what it calls is
 * played here, and no time passes. */
#include <criterion/criterion.h>
#include <time.h>

#include "collector/bmp/dial.c"

uint64_t shard_jitter(struct shard *sh, uint64_t ns)
{
    (void)sh;
    return ns;
}

struct conn *station_start(struct shard *sh, const struct station_link *link,
                           const struct config_router *entry, void (*ended)(void *arg),
                           void *arg)
{
    (void)sh, (void)link, (void)entry, (void)ended, (void)arg;
    return NULL;
}

void station_forget_dial(struct conn *c)
{
    (void)c;
}

struct door *door_dial(struct shard *sh, int fd, const struct config_router *entry,
                       void (*done)(void *arg, int fd, struct tls *tls, const char *why),
                       void *arg)
{
    (void)sh, (void)fd, (void)entry, (void)done, (void)arg;
    return NULL;
}

void door_close(struct door *d)
{
    (void)d;
}

int listener_set_key(int fd, const struct source_addr *addr, uint8_t bits, const char *key)
{
    (void)fd, (void)addr, (void)bits, (void)key;
    return 0;
}

static struct shard shard;
static const struct config_router router;
static struct dial dial;

static void begin(void)
{
    shard.base = event_base_new();
    dial = (struct dial){
        .shard = &shard, .entry = &router, .fd = -1, .backoff_s = BACKOFF_FIRST_S};
    dial.retry = evtimer_new(shard.base, dial_on_retry, &dial);
}

static void end(void)
{
    event_free(dial.retry);
    event_base_free(shard.base);
}

/* Seconds until the next try, to the nearest. */
static long wait_of(void)
{
    struct timeval due, now;
    cr_assert(event_pending(dial.retry, EV_TIMEOUT, &due));
    cr_assert_eq(event_base_gettimeofday_cached(shard.base, &now), 0);
    long ms = (due.tv_sec - now.tv_sec) * 1000 + (due.tv_usec - now.tv_usec) / 1000;
    return (ms + 500) / 1000;
}

TestSuite(dial, .init = begin, .fini = end);

Test(dial, tries_come_twice_as_late_up_to_a_minute)
{
    static const long waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        dial_later(&dial, "refused");
        cr_assert_eq(wait_of(), waits[i], "try %zu: %ld s", i, wait_of());
    }
}

/* Who is connected but says nothing is no better than who refuses. */
Test(dial, only_a_message_makes_them_soon_again)
{
    struct conn conn = {.source = 0};
    for (int i = 0; i < 4; i++)
        dial_later(&dial, "refused");
    dial.conn = &conn;
    dial_on_end(&dial);
    cr_assert_eq(wait_of(), 16);
    conn.source = 1;
    dial.conn = &conn;
    dial_on_end(&dial);
    cr_assert_eq(wait_of(), 1);
}
