/* SPDX-License-Identifier: BSD-2-Clause */
/* session_timers: DelayOpen, hold, keepalive and send-hold timers (RFC 4271 section 8 and 10,
 * RFC 9687). Floor F4.
 *
 * One libevent timer per session runs to the earliest deadline. The hold deadline is not moved
 * at each message: when it passes, the time of the last message decides. */
#include "base/clock.h"
#include "collector/bgp/session_int.h"

enum { SEND_HOLD_MIN_S = 8 * 60 };

static void arm(struct session *s)
{
    uint64_t first = UINT64_MAX, now = clock_monotonic_ns();
    for (int i = 0; i < TIMER_CNT; i++)
        if (s->due[i] != 0 && s->due[i] < first)
            first = s->due[i];
    if (first == UINT64_MAX) {
        event_del(s->timer);
        return;
    }
    uint64_t in = first > now ? first - now : 0;
    const struct timeval tv = {(time_t)(in / NS_PER_S),
                               (suseconds_t)(in % NS_PER_S / 1000 + 1)};
    event_add(s->timer, &tv);
}

void session_timer_set(struct session *s, enum session_timer t, uint64_t due_ns)
{
    s->due[t] = due_ns;
    arm(s);
}

static uint64_t in_s(uint64_t seconds)
{
    return clock_monotonic_ns() + seconds * NS_PER_S;
}

/* Returns whether silence is our own doing: we are not reading, or have not read yet. */
static bool we_are_late(const struct session *s)
{
    return s->c.shard->paused || conn_unread(&s->c);
}

static void on_delay_open(struct session *s)
{
    if (s->c.shard->paused || conn_unread(&s->c)) { /* its OPEN may be there already */
        s->due[TIMER_DELAY_OPEN] = in_s(1);
        return;
    }
    if (session_send_open(s, NULL) != 0)
        session_drop(s, "OPEN could not be sent");
    else
        session_state(s, SESSION_OPEN_SENT, "OPEN delay passed");
}

static void on_open(struct session *s)
{
    const struct send_error e = {.code = BGP_ERROR_HOLD_TIMER};
    if (we_are_late(s)) {
        s->due[TIMER_OPEN] = in_s(1);
        return;
    }
    metric_add(&s->c.shard->refused[REFUSED_OPEN_TIMEOUT], 1);
    session_fail(s, &e,
                 s->state == SESSION_OPEN_CONFIRM ? "no KEEPALIVE in time" : "no OPEN in time");
}

static void on_hold(struct session *s)
{
    const struct send_error e = {.code = BGP_ERROR_HOLD_TIMER};
    uint64_t due = s->hold_from_ns + s->hold_s * NS_PER_S;
    if (due > clock_monotonic_ns())
        s->due[TIMER_HOLD] = due;
    else if (we_are_late(s))
        s->due[TIMER_HOLD] = in_s(1);
    else
        session_fail(s, &e, "hold timer expired");
}

static void next_keepalive(struct session *s)
{
    s->due[TIMER_KEEPALIVE] =
        clock_monotonic_ns() + shard_jitter(s->c.shard, s->hold_s * NS_PER_S / 3);
}

/* RFC 9687 section 3: the timer restarts when the peer's TCP has taken what was sent. */
static void on_keepalive(struct session *s)
{
    uint8_t msg[BGP_HEADER_LEN];
    struct wr w = wr_of(msg, sizeof(msg));
    if (conn_unacked(&s->c) == 0)
        s->acked_ns = clock_monotonic_ns();
    send_keepalive(&w);
    /* With octets waiting one more KEEPALIVE says nothing; the send-hold timer judges. */
    if (s->c.out_len == 0 && conn_send(&s->c, msg, w.len) != 0) {
        session_drop(s, "KEEPALIVE could not be sent");
        return;
    }
    next_keepalive(s);
}

static uint64_t send_hold_ns(const struct session *s)
{
    uint64_t twice = 2 * (uint64_t)s->hold_s;
    return (twice > SEND_HOLD_MIN_S ? twice : SEND_HOLD_MIN_S) * NS_PER_S;
}

static void on_send_hold(struct session *s)
{
    const struct send_error e = {.code = BGP_ERROR_SEND_HOLD};
    if (conn_unacked(&s->c) == 0)
        s->acked_ns = clock_monotonic_ns();
    uint64_t due = s->acked_ns + send_hold_ns(s);
    if (due > clock_monotonic_ns())
        s->due[TIMER_SEND_HOLD] = due;
    else
        session_fail(s, &e, "send hold timer expired");
}

static void (*const handlers[TIMER_CNT])(struct session *) = {
    [TIMER_DELAY_OPEN] = on_delay_open,
    [TIMER_OPEN] = on_open,
    [TIMER_HOLD] = on_hold,
    [TIMER_KEEPALIVE] = on_keepalive,
    [TIMER_SEND_HOLD] = on_send_hold,
};

static void session_on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct session *s = (struct session *)arg;
    uint64_t now = clock_monotonic_ns();
    (void)fd;
    (void)what;
    for (int i = 0; i < TIMER_CNT && !s->c.ended; i++) {
        if (s->due[i] == 0 || s->due[i] > now)
            continue;
        s->due[i] = 0;
        handlers[i](s);
    }
    shard_check_gate(s->c.shard);
    if (!s->c.ended)
        arm(s);
}

int session_timers_init(struct session *s)
{
    s->timer = evtimer_new(s->c.shard->base, session_on_timer, s);
    if (s->timer == NULL)
        return -1;
    s->due[TIMER_DELAY_OPEN] = in_s(s->entry->open_delay_s);
    s->due[TIMER_OPEN] = in_s(s->entry->open_timeout_s);
    arm(s);
    return 0;
}

void session_timers_confirm(struct session *s)
{
    uint16_t wait = s->hold_s > s->entry->open_timeout_s ? s->hold_s : s->entry->open_timeout_s;
    s->due[TIMER_DELAY_OPEN] = 0;
    s->due[TIMER_OPEN] = in_s(wait);
    s->acked_ns = clock_monotonic_ns();
    if (s->hold_s > 0) { /* RFC 4271 section 4.4: a hold time of 0 means no KEEPALIVEs */
        next_keepalive(s);
        s->due[TIMER_SEND_HOLD] = s->acked_ns + send_hold_ns(s);
    }
    arm(s);
}

void session_timers_established(struct session *s)
{
    s->due[TIMER_OPEN] = 0;
    s->hold_from_ns = clock_monotonic_ns();
    if (s->hold_s > 0)
        s->due[TIMER_HOLD] = in_s(s->hold_s);
    arm(s);
}

void session_timers_thaw(struct session *s)
{
    s->hold_from_ns = clock_monotonic_ns();
    if (s->due[TIMER_OPEN] != 0)
        s->due[TIMER_OPEN] = in_s(s->entry->open_timeout_s);
    arm(s);
}
