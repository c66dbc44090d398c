/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_speaker: a BGP speaker that sends what it is given. Floor F4. */
#include "tools/replay/replay_speaker.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bgp/notify.h"
#include "tools/generate/encode.h"

enum { OPEN_TIMEOUT_S = 30, CLOSE_TIMEOUT_S = 10 };

static void set_tick(struct speaker *s, unsigned seconds)
{
    struct timeval tv = {.tv_sec = seconds};
    if (s->tick != NULL)
        (void)event_add(s->tick, &tv);
}

static void stop(struct speaker *s)
{
    if (s->tick != NULL)
        (void)event_del(s->tick);
    replay_link_close(&s->link);
    s->state = SPEAKER_DOWN;
}

static void fail(struct speaker *s, const char *reason)
{
    bool closing = s->state == SPEAKER_CLOSING;
    stop(s);
    if (!closing)
        s->down(s, reason);
}

static void fail_with(struct speaker *s, uint8_t code, uint8_t subcode, const char *reason)
{
    uint8_t msg[64];
    struct wr w = wr_of(msg, sizeof msg);
    encode_notification(&w, code, subcode);
    speaker_close(s, msg, w.len);
    s->down(s, reason);
}

/* ---- messages of the receiver ---- */

static struct bgp_family_set both(struct bgp_family_set a, const struct bgp_family_set *b)
{
    for (size_t i = 0; i < sizeof a.bits / sizeof a.bits[0]; i++)
        a.bits[i] &= b->bits[i];
    return a;
}

static void on_open(struct speaker *s, const uint8_t *msg, size_t len)
{
    uint8_t ours_msg[BGP_MSG_MAX], keepalive[BGP_HEADER_LEN];
    struct wr w = wr_of(ours_msg, sizeof ours_msg), k = wr_of(keepalive, sizeof keepalive);
    struct bgp_open theirs, ours;
    struct bgp_offer offer;
    encode_open_message(&w, &s->open);
    if (bgp_open_index(msg, len, &theirs) != 0 || bgp_open_index(ours_msg, w.len, &ours) != 0) {
        fail_with(s, BGP_ERROR_OPEN, BGP_OPEN_ERROR_UNSPECIFIC, "its OPEN does not parse");
        return;
    }
    bgp_ctx_negotiate(&s->ctx, &ours, &theirs);
    bgp_offer_of(&theirs, &offer);
    s->families = both(s->open.families, &offer.families);
    s->ctx.ext_next_hop = both(s->open.ext_next_hop, &offer.ext_next_hop);
    s->hold_s = theirs.hold_time < s->open.hold_time_s ? theirs.hold_time : s->open.hold_time_s;
    encode_keepalive(&k);
    s->state = SPEAKER_OPEN_CONFIRM;
    replay_link_send(&s->link, keepalive, k.len);
}

static void on_notification(struct speaker *s, const uint8_t *msg, size_t len)
{
    char reason[REPLAY_REASON_MAX];
    struct cur c = cur_of(msg, len);
    uint8_t code = 0, subcode = 0;
    const char *name, *sub;
    if (!cur_skip(&c, BGP_HEADER_LEN) || !cur_u8(&c, &code) || !cur_u8(&c, &subcode))
        code = 0;
    name = bgp_error_name(code);
    sub = bgp_error_sub_name(code, subcode);
    snprintf(reason, sizeof reason, "NOTIFICATION %u/%u %s%s%s", code, subcode,
             name != NULL ? name : "unknown", sub != NULL ? ", " : "", sub != NULL ? sub : "");
    fail(s, reason);
}

/* Takes one message. What a receiver announces or asks for is no business of a replay. */
static void on_message(struct speaker *s, const struct bgp_frame *f)
{
    s->heard_ns = clock_monotonic_ns();
    if (f->type == BGP_TYPE_NOTIFICATION) {
        on_notification(s, f->msg, f->len);
    } else if (s->state == SPEAKER_OPEN_SENT) {
        if (f->type == BGP_TYPE_OPEN)
            on_open(s, f->msg, f->len);
        else
            fail_with(s, BGP_ERROR_FSM, BGP_FSM_ERROR_OPEN_SENT, "it does not begin with OPEN");
    } else if (s->state == SPEAKER_OPEN_CONFIRM && f->type == BGP_TYPE_KEEPALIVE) {
        s->state = SPEAKER_UP;
        if (s->hold_s > 0)
            set_tick(s, s->hold_s >= 3 ? s->hold_s / 3 : 1);
        else
            (void)event_del(s->tick);
    }
}

static void on_bytes(void *arg, struct evbuffer *in)
{
    struct speaker *s = arg;
    struct bgp_frame f;
    struct bgp_diag diag;
    uint32_t need = 0;
    while (s->link.bev != NULL) {
        size_t len = evbuffer_get_length(in);
        const uint8_t *p =
            evbuffer_pullup(in, len < BGP_MSG_EXT_MAX ? (ssize_t)len : BGP_MSG_EXT_MAX);
        if (len > BGP_MSG_EXT_MAX)
            len = BGP_MSG_EXT_MAX;
        enum bgp_frame_result got =
            p != NULL ? bgp_frame_next(p, len, true, &f, &need, &diag) : BGP_FRAME_MORE;
        if (got == BGP_FRAME_MORE)
            return;
        if (got == BGP_FRAME_BAD) {
            fail_with(s, BGP_ERROR_HEADER, BGP_HEADER_ERROR_SYNC, "its stream is no BGP");
            return;
        }
        on_message(s, &f);
        if (s->link.bev != NULL)
            (void)evbuffer_drain(in, f.len);
    }
}

/* ---- the connection and the clock ---- */

static void on_up(void *arg)
{
    struct speaker *s = arg;
    uint8_t msg[BGP_MSG_MAX];
    struct wr w = wr_of(msg, sizeof msg);
    encode_open_message(&w, &s->open);
    s->state = SPEAKER_OPEN_SENT;
    s->heard_ns = clock_monotonic_ns();
    set_tick(s, OPEN_TIMEOUT_S);
    replay_link_send(&s->link, msg, w.len);
}

static void on_lost(void *arg, const char *reason)
{
    fail((struct speaker *)arg, reason);
}

static void on_tick(evutil_socket_t none, short what, void *arg)
{
    struct speaker *s = arg;
    uint8_t msg[BGP_HEADER_LEN];
    struct wr w = wr_of(msg, sizeof msg);
    (void)none, (void)what;
    if (s->state == SPEAKER_CLOSING) {
        fail(s, "");
    } else if (s->state != SPEAKER_UP) {
        fail_with(s, BGP_ERROR_HOLD_TIMER, 0, "it did not complete the handshake");
    } else if (clock_monotonic_ns() - s->heard_ns > s->hold_s * NS_PER_S) {
        fail_with(s, BGP_ERROR_HOLD_TIMER, 0, "hold timer expired");
    } else {
        encode_keepalive(&w);
        replay_link_send(&s->link, msg, w.len);
        set_tick(s, s->hold_s >= 3 ? s->hold_s / 3 : 1);
    }
}

void speaker_start(struct speaker *s)
{
    s->link.up = on_up;
    s->link.bytes = on_bytes;
    s->link.lost = on_lost;
    s->link.arg = s;
    if (s->tick == NULL)
        s->tick = event_new(s->link.base, -1, 0, on_tick, s);
    s->state = SPEAKER_CONNECT;
    if (s->tick == NULL)
        fail(s, "out of memory");
    else
        replay_link_connect(&s->link);
}

void speaker_send(struct speaker *s, const uint8_t *msg, size_t len)
{
    replay_link_send(&s->link, msg, len);
}

void speaker_close(struct speaker *s, const uint8_t *notification, size_t len)
{
    uint8_t msg[64];
    struct wr w = wr_of(msg, sizeof msg);
    if (s->state < SPEAKER_OPEN_SENT || s->state == SPEAKER_CLOSING) {
        if (s->state != SPEAKER_CLOSING)
            stop(s);
        return;
    }
    encode_notification(&w, BGP_ERROR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN);
    s->state = SPEAKER_CLOSING;
    set_tick(s, CLOSE_TIMEOUT_S);
    replay_link_send(&s->link, notification != NULL ? notification : msg,
                     notification != NULL ? len : w.len);
}

void speaker_free(struct speaker *s)
{
    replay_link_close(&s->link);
    if (s->tick != NULL)
        event_free(s->tick);
    s->tick = NULL;
    s->state = SPEAKER_DOWN;
}
