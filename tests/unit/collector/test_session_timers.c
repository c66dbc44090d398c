/* SPDX-License-Identifier: BSD-2-Clause */
/* The timers of a session by a clock of our own: minutes pass at once. The file under test is
 * included; what it calls is played here. */
#include <criterion/criterion.h>

#include "collector/bgp/session_timers.c"

static uint64_t now_ns;
static size_t unacked;    /* octets that the peer's TCP has not acknowledged */
static unsigned sent;     /* KEEPALIVEs */
static uint8_t failed;    /* code of the NOTIFICATION; 0: none */
static char why[64];

uint64_t clock_monotonic_ns(void)
{
    return now_ns;
}

uint64_t clock_realtime_ns(void)
{
    return now_ns;
}

uint64_t shard_jitter(struct shard *sh, uint64_t ns)
{
    (void)sh;
    return ns;
}

void shard_check_gate(struct shard *sh)
{
    (void)sh;
}

size_t conn_unacked(const struct conn *c)
{
    (void)c;
    return unacked;
}

bool conn_unread(const struct conn *c)
{
    (void)c;
    return false;
}

int conn_send(struct conn *c, const void *p, size_t len)
{
    (void)c, (void)p;
    cr_assert_eq(len, BGP_HEADER_LEN);
    sent++;
    return 0;
}

int session_send_open(struct session *s, const struct bgp_open *theirs)
{
    (void)s, (void)theirs;
    return 0;
}

void session_state(struct session *s, enum session_state to, const char *reason)
{
    (void)reason;
    s->state = to;
}

void session_drop(struct session *s, const char *reason)
{
    s->c.ended = true;
    snprintf(why, sizeof why, "%s", reason);
}

void session_fail(struct session *s, const struct send_error *e, const char *reason)
{
    failed = e->code;
    session_drop(s, reason);
}

/* ---- a session ---- */

static struct shard shard;
static struct config_peer entry = {.open_delay_s = 5, .open_timeout_s = 30};
static struct session session;

static void begin(void)
{
    now_ns = NS_PER_S;
    shard.base = event_base_new();
    session = (struct session){.entry = &entry, .hold_s = 90, .state = SESSION_OPEN_CONFIRM};
    session.c.shard = &shard;
    cr_assert_eq(session_timers_init(&session), 0);
    session_timers_confirm(&session);
    session_timers_established(&session);
    session.state = SESSION_ESTABLISHED;
}

static void end(void)
{
    event_free(session.timer);
    event_base_free(shard.base);
}

/* Lets time pass, the peer sending its KEEPALIVEs. */
static void pass(unsigned seconds)
{
    for (unsigned i = 0; i < seconds && !session.c.ended; i++) {
        now_ns += NS_PER_S;
        if (i % 30 == 0)
            session.hold_from_ns = now_ns;
        session_on_timer(-1, 0, &session);
    }
}

TestSuite(timers, .init = begin, .fini = end);

Test(timers, a_peer_that_acknowledges_stays)
{
    pass(3600);
    cr_assert(!session.c.ended, "%s", why);
    cr_assert_eq(sent, 3600 / 30);
}

/* RFC 9687 section 3: eight minutes, or twice the hold time. */
Test(timers, a_peer_that_takes_nothing_is_given_up)
{
    pass(100);
    unacked = 19;
    pass(8 * 60 - 11);
    cr_assert(!session.c.ended, "%s", why);
    pass(31); /* since the last KEEPALIVE at which all was acknowledged */
    cr_assert(session.c.ended && failed == BGP_ERROR_SEND_HOLD, "%s", why);
    cr_assert_str_eq(why, "send hold timer expired");
}

Test(timers, the_send_hold_time_grows_with_the_hold_time)
{
    session.hold_s = 600;
    session_timers_confirm(&session);
    session_timers_established(&session);
    unacked = 19;
    pass(2 * 600 - 1);
    cr_assert(!session.c.ended, "%s", why);
    pass(1);
    cr_assert(session.c.ended && failed == BGP_ERROR_SEND_HOLD, "%s", why);
}

Test(timers, what_is_acknowledged_late_counts)
{
    for (int i = 0; i < 20; i++) {
        unacked = 19;
        pass(400);
        unacked = 0;
        pass(60);
    }
    cr_assert(!session.c.ended, "%s", why);
}

Test(timers, a_silent_peer_is_given_up)
{
    now_ns += 89 * NS_PER_S;
    session_on_timer(-1, 0, &session);
    cr_assert(!session.c.ended, "%s", why);
    now_ns += NS_PER_S;
    session_on_timer(-1, 0, &session);
    cr_assert(session.c.ended && failed == BGP_ERROR_HOLD_TIMER, "%s", why);
}

Test(timers, without_hold_time_nothing_is_sent_or_expected)
{
    session.hold_s = 0;
    memset(session.due, 0, sizeof session.due);
    session_timers_confirm(&session);
    session_timers_established(&session);
    unacked = 19;
    now_ns += 100000 * NS_PER_S;
    session_on_timer(-1, 0, &session);
    cr_assert(!session.c.ended && sent == 0, "%s", why);
}
