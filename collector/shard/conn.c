/* SPDX-License-Identifier: BSD-2-Clause */
/* conn: one TCP connection that feeds the journal: what BGP sessions and BMP streams share.
 * Floor F4. */
#include "collector/shard/conn.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/bmp/tls.h"
#include "collector/shard/shard_int.h"
#include "collector/sink/tally.h"

/* ---- reading ---- */

/* Lets go of c->keep; returns it, to be freed. */
static uint8_t *keep_take(struct conn *c)
{
    uint8_t *p = c->keep;
    c->shard->keep_octets -= c->keep_cap;
    c->keep = NULL;
    c->keep_len = c->keep_cap = 0;
    return p;
}

static void keep_free(struct conn *c)
{
    free(keep_take(c));
}

/* Makes c->keep hold at least `cap` octets, contents kept. Returns false with errno: ENOMEM, or
 * EDQUOT when the owner may not hold so much. */
static bool keep_grow(struct conn *c, size_t cap)
{
    if (c->keep_cap >= cap)
        return true;
    errno = EDQUOT;
    if (c->ops->may_hold != NULL && !c->ops->may_hold(c, cap))
        return false;
    errno = ENOMEM;
    uint8_t *p = (uint8_t *)realloc(c->keep, cap);
    if (p == NULL)
        return false;
    c->shard->keep_octets += cap - c->keep_cap;
    c->keep = p;
    c->keep_cap = cap;
    return true;
}

/* Keeps a copy of the `len` octets at `p` for the next turn. */
static bool conn_keep(struct conn *c, const uint8_t *p, size_t len)
{
    if (len == 0) /* idle connections hold no buffer */
        return true;
    if (!keep_grow(c, len > c->need ? len : c->need))
        return false;
    memcpy(c->keep, p, len);
    c->keep_len = len;
    return true;
}

/* Hands `len` octets at `p` to the owner and keeps what it leaves. */
static void conn_feed(struct conn *c, const uint8_t *p, size_t len)
{
    uint8_t *own = keep_take(c); /* p may lie in it; while it is worked on, nothing is kept */
    c->need = 0;
    struct shard *sh = c->shard;
    sh->event_ns = clock_realtime_ns();
    size_t used = c->ops->consume(c, p, len, sh->event_ns);
    sh->event_ns = 0;
    if (!c->ended && !conn_keep(c, p + used, len - used))
        c->ops->lost(c, errno);
    free(own);
    shard_check_gate(c->shard);
}

/* Finds the place to read into: the scratch when what is kept is little, else the kept message
 * itself, up to its end, so that slow large messages are not copied again and again. */
static uint8_t *read_place(struct conn *c, size_t *have, size_t *room)
{
    uint8_t *base = c->shard->scratch;
    *have = c->keep_len;
    *room = CONN_READ_MAX;
    if (c->keep_len > SCRATCH_KEEP) {
        size_t want = c->need > c->keep_len ? c->need : c->keep_len + CONN_READ_MAX;
        if (!keep_grow(c, want))
            return NULL;
        *room = c->keep_cap - c->keep_len;
        return c->keep;
    }
    if (c->keep_len > 0)
        memcpy(base, c->keep, c->keep_len);
    return base;
}

/* Octets inside TLS don't make the socket readable: takes another turn for them. */
static void read_again(struct conn *c)
{
    if (!c->ended && c->tls != NULL && !c->shard->paused && tls_pending(c->tls))
        event_active(c->rd, EV_READ, 0);
}

static void conn_on_read(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = (struct conn *)arg;
    size_t have, room;
    (void)what;
    uint8_t *base = read_place(c, &have, &room);
    if (base == NULL) {
        c->ops->lost(c, errno);
        return;
    }
    ssize_t n =
        c->tls != NULL ? tls_read(c->tls, base + have, room) : read(fd, base + have, room);
    if (n > 0) {
        c->recv_ns = clock_monotonic_ns();
        conn_feed(c, base, have + (size_t)n);
        read_again(c);
    } else if (n == 0) {
        c->ops->lost(c, 0);
    } else if (errno != EAGAIN && errno != EINTR) {
        c->ops->lost(c, errno);
    }
}

/* ---- writing ---- */

static void conn_on_write(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = (struct conn *)arg;
    (void)what;
    ssize_t n = send(fd, c->out, c->out_len, MSG_NOSIGNAL);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            c->ops->lost(c, errno);
        return;
    }
    c->out_len -= (size_t)n;
    if (c->out_len > 0) {
        memmove(c->out, c->out + n, c->out_len);
        return;
    }
    free(c->out);
    c->out = NULL;
    event_del(c->wr);
}

int conn_send(struct conn *c, const void *p, size_t len)
{
    size_t sent = 0;
    if (c->out == NULL) {
        ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL);
        if (n == (ssize_t)len)
            return 0;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        sent = n > 0 ? (size_t)n : 0;
        c->out = (uint8_t *)malloc(CONN_OUT_MAX);
        if (c->out == NULL || event_add(c->wr, NULL) != 0)
            return -1;
        c->out_len = 0;
    }
    if (len - sent > CONN_OUT_MAX - c->out_len) {
        errno = ENOBUFS;
        return -1;
    }
    memcpy(c->out + c->out_len, (const uint8_t *)p + sent, len - sent);
    c->out_len += len - sent;
    return 0;
}

size_t conn_unacked(const struct conn *c)
{
    int queued = 0;
    if (ioctl(c->fd, SIOCOUTQ, &queued) != 0 || queued < 0)
        queued = 0;
    return (size_t)queued + c->out_len;
}

bool conn_unread(const struct conn *c)
{
    int there = 0;
    return (ioctl(c->fd, FIONREAD, &there) == 0 && there > 0) ||
           (c->tls != NULL && tls_pending(c->tls));
}

/* ---- recording ---- */

void conn_declare(struct conn *c, uint64_t time)
{
    uint8_t payload[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(payload, sizeof(payload));
    if (c->source != 0)
        return;
    source_encode(&c->info, &w); /* fits by SOURCE_PAYLOAD_MAX's definition */
    uint32_t id = journal_new_source(c->shard->journal);
    c->count = tally_of(c->shard->tally, &c->info);
    const struct gate_frame f = {JOURNAL_SOURCE, id, time, payload, (uint32_t)w.len, c->count};
    gate_note(&c->shard->gate, &f);
    c->source = id; /* only now: a repeat before this frame must not tell of it */
}

int conn_record(struct conn *c, enum journal_kind kind, uint64_t time, const uint8_t *msg,
                uint32_t len)
{
    const struct gate_frame f = {kind, c->source, time, msg, len, c->count};
    if (gate_append(&c->shard->gate, &f) != 0)
        return -1;
    c->recv_octets += len;
    return 0;
}

uint64_t conn_now(const struct conn *c)
{
    return c->shard->event_ns != 0 ? c->shard->event_ns : clock_realtime_ns();
}

void conn_note(struct conn *c, enum journal_kind kind, uint64_t time, const void *p, size_t len)
{
    const struct gate_frame f = {kind, c->source, time, p, (uint32_t)len, c->count};
    if (c->source != 0)
        gate_note(&c->shard->gate, &f);
}

void conn_repeat(struct conn *c)
{
    uint8_t payload[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(payload, sizeof(payload));
    if (c->source == 0)
        return;
    source_encode(&c->info, &w);
    /* The journal makes the segment fit its repeats: this can't fail. */
    if (journal_append(c->shard->journal, JOURNAL_SOURCE, JOURNAL_REPEAT, c->source,
                       c->start_ns, payload, (uint32_t)w.len) == 0)
        c->ops->repeat(c);
}

/* ---- life ---- */

int conn_init(struct conn *c, struct shard *sh, int fd, struct tls *tls)
{
    c->shard = sh;
    c->fd = fd;
    c->tls = tls;
    c->start_ns = clock_realtime_ns();
    c->recv_ns = clock_monotonic_ns();
    c->rd = event_new(sh->base, fd, EV_READ | EV_PERSIST, conn_on_read, c);
    c->wr = event_new(sh->base, fd, EV_WRITE | EV_PERSIST, conn_on_write, c);
    if (c->rd != NULL && c->wr != NULL && (sh->paused || event_add(c->rd, NULL) == 0)) {
        read_again(c); /* what came with the end of the handshake */
        return 0;
    }
    if (c->rd != NULL)
        event_free(c->rd);
    if (c->wr != NULL)
        event_free(c->wr);
    errno = ENOMEM;
    return -1;
}

void conn_pause(struct conn *c)
{
    if (!c->ended)
        event_del(c->rd);
}

void conn_resume(struct conn *c)
{
    if (c->ended)
        return;
    c->recv_ns = clock_monotonic_ns();
    c->ops->resumed(c);
    if (!c->ended && c->keep_len > 0)
        conn_feed(c, c->keep, c->keep_len);
    if (!c->ended && !c->shard->paused && event_add(c->rd, NULL) != 0)
        c->ops->lost(c, ENOMEM);
    read_again(c);
}

/* While the journal is blocked whole messages may wait in c->keep: they were received before
 * the end and are recorded before it. */
static void record_kept(struct conn *c)
{
    const uint8_t *p = c->keep;
    size_t left = c->keep_len, n;
    while (c->source != 0 && left > 0 && (n = c->ops->frame_len(c, p, left)) > 0) {
        conn_note(c, c->ops->kind, conn_now(c), p, n);
        p += n;
        left -= n;
    }
    keep_free(c);
}

void conn_end(struct conn *c, bool linger, const char *reason)
{
    if (c->ended)
        return;
    c->ended = true;
    record_kept(c);
    conn_note(c, JOURNAL_GONE, conn_now(c), reason, strlen(reason));
    event_free(c->rd);
    event_free(c->wr);
    tls_free(c->tls);
    c->tls = NULL;
    if (linger)
        conn_farewell(c->shard, c->fd, c->out, c->out_len);
    else
        close(c->fd);
    c->fd = -1;
    free(c->out);
    c->out = NULL;
    c->out_len = 0;
}

void conn_free(struct conn *c)
{
    keep_free(c);
    c->ops->destroy(c);
}

void conn_farewell(struct shard *sh, int fd, const void *p, size_t len)
{
    /* What the socket does not take now is lost: the peer does not read. */
    if (len > 0 && send(fd, p, len, MSG_NOSIGNAL) < 0) {
        close(fd);
        return;
    }
    linger_add(&sh->lingers, sh->base, fd);
}
