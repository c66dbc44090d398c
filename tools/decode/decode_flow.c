/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_flow: BGP and BMP in TCP connections. Floor F4. */
#include "tools/decode/decode_flow.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fmt.h"
#include "tools/decode/frames.h"
#include "tools/pcap/tcp.h"

enum {
    BGP_PORT = 179,
    SCAN_MAX = 64 << 10,    /* octets in which a stream joined midway must show what it is */
    RESTING_MAX = 6 << 20,  /* octets of unfinished messages, of all connections */
};

/* One direction's octets that are no whole message yet. */
struct half {
    struct buf rest;
    uint64_t off;    /* in the stream, of rest's first octet */
    bool seeking;    /* in search of the next message */
    uint64_t sought; /* where the search began */
    bool dead;       /* nothing of ours: don't look */
};

/* What a connection turned out to be. */
struct flow {
    enum frames_kind kind;
    uint32_t source;
    int remote; /* the direction of the peer or router */
    struct half half[2];
};

struct decode_flows {
    struct decode *d;
    struct tcp *tcp;
    struct track *track;
    size_t resting; /* octets in all halves */
    uint32_t next_source;
    uint64_t time_ns; /* of the last packet */
    bool stop;
    struct decode_flows_counts counts;
};

/* ---- words about a stream ---- */

static size_t put_end(char *dst, const struct source_addr *a)
{
    size_t n = 0;
    if (a->len == 16)
        dst[n++] = '[';
    n += a->len == 4 ? fmt_ipv4(dst + n, a->a) : fmt_ipv6(dst + n, a->a);
    if (a->len == 16)
        dst[n++] = ']';
    dst[n++] = ':';
    return n + fmt_u32(dst + n, a->port);
}

static void tell(struct decode_flows *s, const struct tcp_flow *f, int dir, const char *what,
                 uint64_t off, uint64_t len)
{
    char name[2 * (FMT_IPV6_MAX + 10) + 8];
    size_t n = put_end(name, &f->end[dir]);
    memcpy(name + n, " > ", 3);
    n += 3;
    n += put_end(name + n, &f->end[!dir]);
    name[n] = '\0';
    decode_tell(s->d, DECODE_DAMAGED, "%s: %s: octets %llu to %llu of the stream", name, what,
                (unsigned long long)off, (unsigned long long)(off + len - 1));
}

/* ---- what a connection is ---- */

static int choose_remote(const struct tcp_flow *f, int speaker, enum frames_kind kind)
{
    if (kind == FRAMES_BMP)
        return speaker;
    if (f->opener >= 0)
        return f->opener;
    if ((f->end[0].port == BGP_PORT) != (f->end[1].port == BGP_PORT))
        return f->end[0].port == BGP_PORT;
    return speaker;
}

static void declare(struct decode_flows *s, struct tcp_flow *tf, struct flow *f, int dir,
                    enum frames_kind kind)
{
    struct source_info info;
    decode_source(s->d, kind == FRAMES_BGP ? SOURCE_BGP : SOURCE_BMP, &info);
    f->kind = kind;
    f->source = s->next_source++;
    f->remote = choose_remote(tf, dir, kind);
    tf->wanted = true;
    info.remote = tf->end[f->remote];
    info.local = tf->end[!f->remote];
    if (!decode_declare(s->d, s->track, f->source, s->time_ns, &info))
        s->stop = true;
}

static bool feed(struct decode_flows *s, struct flow *f, int dir, uint64_t time_ns,
                 const uint8_t *p, uint32_t len)
{
    enum journal_kind kind = dir == f->remote ? JOURNAL_BGP_RECV : JOURNAL_BGP_SENT;
    struct journal_view v = {.kind = f->kind == FRAMES_BMP ? JOURNAL_BMP : kind,
                             .source = f->source,
                             .time = time_ns,
                             .p = p,
                             .len = len};
    if (!decode_frame(s->d, s->track, &v))
        s->stop = true;
    return !s->stop;
}

/* ---- framing ---- */

/* Looks for the next message at or behind the start. Returns how many octets are done with. */
static size_t seek(struct decode_flows *s, struct tcp_flow *tf, int dir, const uint8_t *p,
                   size_t len)
{
    struct flow *f = tf->user;
    struct half *h = &f->half[dir];
    size_t at = frames_search(f->kind, p, len, 0);
    if (at == len) /* the last octets may begin one */
        return len > FRAMES_LOOK ? len - FRAMES_LOOK : 0;
    h->seeking = false;
    if (h->off + at > h->sought)
        tell(s, tf, dir, "no message", h->sought, h->off + at - h->sought);
    return at;
}

/* Frames what is there. Returns how many octets are done with. */
static size_t take(struct decode_flows *s, struct tcp_flow *tf, int dir, uint64_t time_ns,
                   const uint8_t *p, size_t len)
{
    struct flow *f = tf->user;
    struct half *h = &f->half[dir];
    size_t at = 0;
    uint64_t start = h->off;
    while (at < len && !s->stop) {
        uint32_t msg_len = 0, need = 0;
        h->off = start + at;
        if (h->seeking) {
            at += seek(s, tf, dir, p + at, len - at);
            if (h->seeking)
                break;
            continue;
        }
        enum bgp_frame_result got = frames_next(f->kind, p + at, len - at, &msg_len, &need);
        if (got == BGP_FRAME_MORE)
            break;
        if (got == BGP_FRAME_OK) {
            feed(s, f, dir, time_ns, p + at, msg_len);
            at += msg_len;
        } else {
            h->seeking = true;
            h->sought = h->off;
            at++;
        }
    }
    h->off = start + at;
    return at;
}

static void drop_rest(struct decode_flows *s, struct half *h)
{
    s->resting -= h->rest.len;
    buf_free(&h->rest);
}

/* Keeps what is left for the next octets to come. */
static void keep(struct decode_flows *s, struct half *h, const uint8_t *p, size_t len)
{
    s->resting -= h->rest.len;
    s->resting += len;
    if (h->rest.len > 0 && p == (const uint8_t *)h->rest.p + (h->rest.len - len)) {
        memmove(h->rest.p, p, len);
        h->rest.len = len;
        return;
    }
    buf_clear(&h->rest);
    buf_add(&h->rest, p, len);
}

/* Tells what an unknown connection carries. Returns false when it can't (yet). */
static bool recognise(struct decode_flows *s, struct tcp_flow *tf, int dir, const uint8_t *p,
                      size_t len)
{
    struct flow *f = tf->user;
    struct half *h = &f->half[dir];
    bool joined = !tf->syn[dir];
    for (size_t at = 0; at < (joined ? len : 1); at++) {
        enum frames_kind kind = frames_tell(p + at, len - at);
        if (kind == FRAMES_UNKNOWN)
            continue;
        declare(s, tf, f, dir, kind);
        h->seeking = at > 0;
        h->sought = h->off;
        return true;
    }
    size_t enough = joined ? SCAN_MAX : FRAMES_LOOK;
    if (h->off + len >= enough)
        h->dead = true;
    if (f->half[0].dead && f->half[1].dead)
        tf->ignored = true;
    return false;
}

/* Too many messages wait for their ends: this one is not waited for. */
static void give_up_rest(struct decode_flows *s, struct tcp_flow *tf, int dir)
{
    struct flow *f = tf->user;
    struct half *h = &f->half[dir];
    if (f->kind != FRAMES_UNKNOWN) {
        tell(s, tf, dir, "an unfinished message, for lack of room", h->off, h->rest.len);
        h->seeking = true;
        h->sought = h->off + h->rest.len;
    }
    h->off += h->rest.len;
    drop_rest(s, h);
}

static void on_bytes(void *arg, struct tcp_flow *tf, int dir, uint64_t time_ns,
                     const uint8_t *p, size_t len)
{
    struct decode_flows *s = arg;
    struct flow *f = tf->user;
    if (f == NULL)
        tf->user = f = calloc(1, sizeof *f);
    if (f == NULL) {
        decode_tell(s->d, DECODE_UNREADABLE, "out of memory");
        s->stop = true;
    }
    if (s->stop || f->half[dir].dead)
        return;
    struct half *h = &f->half[dir];
    if (h->rest.len > 0) {
        s->resting += len;
        buf_add(&h->rest, p, len);
        p = (const uint8_t *)h->rest.p;
        len = h->rest.len;
    }
    size_t done = 0;
    if (f->kind != FRAMES_UNKNOWN || recognise(s, tf, dir, p, len))
        done = take(s, tf, dir, time_ns, p, len);
    if (h->dead)
        drop_rest(s, h);
    else
        keep(s, h, p + done, len - done);
    if (h->rest.failed) {
        decode_tell(s->d, DECODE_UNREADABLE, "out of memory");
        s->stop = true;
    }
    if (s->resting > RESTING_MAX)
        give_up_rest(s, tf, dir);
}

static void on_gap(void *arg, struct tcp_flow *tf, int dir, uint64_t len)
{
    struct decode_flows *s = arg;
    struct flow *f = tf->user;
    if (f == NULL || f->half[dir].dead)
        return;
    struct half *h = &f->half[dir];
    uint64_t at = h->off + h->rest.len;
    if (f->kind != FRAMES_UNKNOWN) {
        tell(s, tf, dir, "not captured", at, len);
        if (!h->seeking)
            h->sought = h->off;
        /* where in a message the stream goes on is not known */
        if (h->rest.len > 0)
            tell(s, tf, dir, "a message cut by them", h->off, h->rest.len);
        h->seeking = true;
        h->sought = at + len;
    }
    drop_rest(s, h);
    h->off = at + len;
    tf->syn[dir] = false;
}

static void on_differs(void *arg, struct tcp_flow *tf, int dir, uint64_t off, uint64_t len)
{
    struct decode_flows *s = arg;
    const struct flow *f = tf->user;
    if (f != NULL && f->kind != FRAMES_UNKNOWN && !f->half[dir].dead)
        tell(s, tf, dir, "came twice and not the same, the first copy counts", off, len);
}

static void on_end(void *arg, struct tcp_flow *tf)
{
    struct decode_flows *s = arg;
    struct flow *f = tf->user;
    if (f == NULL)
        return;
    for (int dir = 0; dir < 2; dir++) {
        struct half *h = &f->half[dir];
        if (f->kind != FRAMES_UNKNOWN && !h->dead && h->rest.len > 0 && !s->stop)
            tell(s, tf, dir, "a message cut by the end", h->off, h->rest.len);
        drop_rest(s, h);
    }
    if (f->kind != FRAMES_UNKNOWN && !s->stop)
        (void)decode_gone(s->d, s->track, f->source, s->time_ns);
    free(f);
    tf->user = NULL;
}

static void on_forget(void *arg, const struct tcp_flow *tf)
{
    struct decode_flows *s = arg;
    if (tf->wanted) /* all of them were counted as others' */
        s->counts.other -= tf->segments;
}

/* ---- for decode_pcap ---- */

struct decode_flows *decode_flows_new(struct decode *d)
{
    struct decode_flows *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->d = d;
    s->next_source = 1;
    struct tcp_hooks hooks = {
        .bytes = on_bytes, .gap = on_gap, .differs = on_differs, .end = on_end,
        .forget = on_forget, .arg = s};
    s->tcp = tcp_new(&hooks);
    s->track = decode_track(d);
    if (s->tcp != NULL && s->track != NULL)
        return s;
    decode_flows_free(s, NULL);
    return NULL;
}

bool decode_flows_segment(struct decode_flows *s, const struct packet_segment *seg,
                          uint64_t time_ns)
{
    uint16_t port = s->d->o.port;
    s->time_ns = time_ns;
    if (port != 0 && seg->end[0].port != port && seg->end[1].port != port) {
        s->counts.other_port++;
        return true;
    }
    s->counts.other++;
    if (tcp_segment(s->tcp, seg, time_ns) != 0) {
        decode_tell(s->d, DECODE_UNREADABLE, "%s", strerror(errno));
        s->stop = true;
    }
    return !s->stop;
}

void decode_flows_free(struct decode_flows *s, struct decode_flows_counts *counts)
{
    if (s == NULL)
        return;
    tcp_free(s->tcp);
    if (counts != NULL)
        *counts = s->counts;
    track_free(s->track);
    free(s);
}
