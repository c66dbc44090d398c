/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_stream: a file that is one stream of BGP or BMP messages, as one side of a connection
 * carries it. Floor F4. */
#include "base/clock.h"
#include "tools/decode/decode.h"
#include "tools/decode/frames.h"

enum { SOURCE_ID = 1 };

struct reading {
    struct decode *d;
    struct window *in;
    struct track *t;
    enum frames_kind kind;
    uint64_t time_ns; /* of the last message that told, else when the file was written */
};

bool decode_bgp_looks(const uint8_t *p, size_t len)
{
    return frames_believable(FRAMES_BGP, p, len);
}

bool decode_bmp_looks(const uint8_t *p, size_t len)
{
    return frames_believable(FRAMES_BMP, p, len);
}

/* A stream in a file has no arrival times: the router's stand in for them. */
static void take_time(struct reading *r, const uint8_t *p, uint32_t len)
{
    struct bmp_msg m;
    struct bgp_diag diag;
    if (r->kind == FRAMES_BMP && bmp_msg_parse(p, len, &m, &diag) == 0 && m.has_peer &&
        m.peer.sec != 0)
        r->time_ns = m.peer.sec * NS_PER_S + (uint64_t)m.peer.usec * 1000;
}

static bool take_message(struct reading *r, uint32_t len)
{
    const uint8_t *p = window_at(r->in);
    take_time(r, p, len);
    struct journal_view v = {.kind = r->kind == FRAMES_BGP ? JOURNAL_BGP_RECV : JOURNAL_BMP,
                             .source = SOURCE_ID,
                             .time = r->time_ns,
                             .p = p,
                             .len = len};
    bool go_on = decode_frame(r->d, r->t, &v);
    window_skip(r->in, len);
    return go_on;
}

/* Passes over what is no message. */
static void resync(struct reading *r)
{
    enum { STEP = 64 << 10 };
    uint64_t start = window_offset(r->in);
    size_t from = 1;
    for (;;) {
        size_t have = window_want(r->in, STEP);
        size_t at = frames_search(r->kind, window_at(r->in), have, from);
        bool found = at < have, end = have < STEP;
        /* what may begin a message at the end of what is seen is looked at again */
        window_skip(r->in, found || end ? at : have - FRAMES_LOOK);
        if (found || end)
            break;
        from = 0;
    }
    decode_damage(r->d, start, window_offset(r->in) - start, "no message begins here");
}

static void read_messages(struct reading *r)
{
    uint32_t need = FRAMES_LOOK, len = 0;
    for (;;) {
        size_t have = window_want(r->in, need);
        if (have == 0)
            return;
        uint32_t wanted = need;
        switch (frames_next(r->kind, window_at(r->in), have, &len, &need)) {
        case BGP_FRAME_OK:
            if (!take_message(r, len))
                return;
            need = FRAMES_LOOK;
            break;
        case BGP_FRAME_MORE:
            if (have >= wanted && need > have)
                break; /* ask for more */
            decode_damage(r->d, window_offset(r->in), have, "the file ends inside a message");
            window_skip(r->in, have);
            return;
        case BGP_FRAME_BAD:
            resync(r);
            need = FRAMES_LOOK;
            break;
        }
    }
}

static void read_kind(struct decode *d, struct window *in, enum frames_kind kind)
{
    struct source_info s;
    struct reading r = {.d = d, .in = in, .kind = kind, .time_ns = d->written_ns};
    decode_source(d, kind == FRAMES_BGP ? SOURCE_BGP : SOURCE_BMP, &s);
    r.t = decode_track(d);
    if (r.t == NULL)
        decode_tell(d, DECODE_UNREADABLE, "out of memory");
    else if (decode_declare(d, r.t, SOURCE_ID, r.time_ns, &s))
        read_messages(&r);
    track_free(r.t);
}

void decode_bgp_read(struct decode *d, struct window *in)
{
    read_kind(d, in, FRAMES_BGP);
}

void decode_bmp_read(struct decode *d, struct window *in)
{
    read_kind(d, in, FRAMES_BMP);
}
