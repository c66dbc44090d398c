/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_dump: sessions to peers, nodes to records, records to a file. Floor F4. */
#include "collector/rib/rib_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "collector/archive/files.h"
#include "schemas/rib/rib_mrt.h"

struct dump {
    const struct rib *rib;
    const struct rib_dump_options *o;
    struct stream_out *out;
    struct rib_dump_stats *stats;
    const struct rib_session **sessions; /* owned, by peer number */
    size_t session_cnt;
    uint16_t *index; /* owned, by peer number: place in the current table */
    uint32_t index_cnt;
    struct buf buf; /* one table of peers */
    struct rib_mrt records;
};

/* For rib_mrt. */
static int put_record(void *arg, const void *p, size_t len)
{
    struct dump *d = arg;
    d->stats->octets += len;
    return stream_out_write(d->out, p, len);
}

/* ---- peers ---- */

static bool is_wanted(const struct dump *d, const struct rib_session *s)
{
    if (s->state == RIB_SESSION_UNKNOWN)
        return false;
    if (!d->o->idle_peers && rib_peer_routes(d->rib, s->updates.peer) == 0)
        return false;
    return d->o->want == NULL || d->o->want(d->o->want_arg, s);
}

static int compare_sessions(const void *left, const void *right)
{
    const struct rib_session *const *a = left, *const *b = right;
    return (*a)->updates.peer < (*b)->updates.peer ? -1
                                                   : (*a)->updates.peer > (*b)->updates.peer;
}

static int take_sessions(struct dump *d, const struct rib_feed *f)
{
    size_t cnt = 0;
    for (const struct rib_session *s = rib_feed_sessions(f); s != NULL; s = s->next) {
        cnt++;
        if (s->updates.peer >= d->index_cnt)
            d->index_cnt = s->updates.peer + 1;
    }
    d->sessions = calloc(cnt + 1, sizeof(d->sessions[0]));
    d->index = calloc((size_t)d->index_cnt + 1, sizeof(d->index[0]));
    if (d->sessions == NULL || d->index == NULL)
        return -1;
    d->records = (struct rib_mrt){.rib = d->rib,
                                  .time_s = d->o->time_s,
                                  .index = d->index,
                                  .index_cnt = d->index_cnt,
                                  .put = put_record,
                                  .arg = d};
    for (const struct rib_session *s = rib_feed_sessions(f); s != NULL; s = s->next) {
        if (is_wanted(d, s))
            d->sessions[d->session_cnt++] = s;
    }
    qsort(d->sessions, d->session_cnt, sizeof(d->sessions[0]), compare_sessions);
    return 0;
}

static int put(struct dump *d, const struct wr *w)
{
    if (w->overflow) {
        errno = EOVERFLOW;
        return -1;
    }
    d->stats->octets += w->len;
    return stream_out_write(d->out, w->buf, w->len);
}

static struct mrt_place place_of(const struct config_place *p)
{
    return (struct mrt_place){p->latitude, p->longitude, p->known != 0};
}

static void describe_peer(const struct dump *d, const struct rib_session *s,
                          struct mrt_rib_peer *p)
{
    p->asn = s->peer.asn;
    p->addr_len = s->addr.len == 16 ? 16 : 4;
    memcpy(p->addr, s->addr.a, p->addr_len);
    memcpy(p->bgp_id, s->peer.bgp_id, sizeof(p->bgp_id));
    if (d->o->place_of != NULL) {
        struct config_place place = d->o->place_of(d->o->want_arg, s);
        p->place = place_of(&place);
    }
}

static bool has_places(const struct mrt_rib_peers *t)
{
    bool any = t->place.known;
    for (size_t i = 0; i < t->cnt && !any; i++)
        any = t->peers[i].place.known;
    return any;
}

/* Writes a table of `cnt` sessions from `first` on and makes it the current one. */
static int put_peers(struct dump *d, size_t first, size_t cnt)
{
    struct mrt_rib_peer *peers = calloc(cnt + 1, sizeof(peers[0]));
    size_t room = 64 + strlen(d->o->view) + cnt * (MRT_RIB_PEER_MAX + MRT_RIB_PLACE_LEN);
    buf_clear(&d->buf);
    char *p = peers != NULL ? buf_room(&d->buf, room) : NULL;
    if (p == NULL) {
        free(peers);
        errno = ENOMEM;
        return -1;
    }
    for (uint32_t i = 0; i < d->index_cnt; i++)
        d->index[i] = RIB_MRT_NOT;
    for (size_t i = 0; i < cnt; i++) {
        const struct rib_session *s = d->sessions[first + i];
        d->index[s->updates.peer] = (uint16_t)i;
        describe_peer(d, s, &peers[i]);
    }
    struct mrt_rib_peers t = {.time_s = d->o->time_s,
                              .view = d->o->view,
                              .place = place_of(&d->o->place),
                              .peers = peers,
                              .cnt = cnt};
    memcpy(t.collector_id, d->o->collector_id, sizeof(t.collector_id));
    struct wr w = wr_of(p, room);
    mrt_write_rib_peers(&w, &t);
    int rc = put(d, &w);
    w.len = 0;
    if (rc == 0 && has_places(&t)) {
        mrt_write_rib_places(&w, &t);
        rc = put(d, &w);
    }
    free(peers);
    d->stats->peers += cnt;
    return rc;
}

/* ---- records ---- */

static int put_routes(struct dump *d)
{
    int rc = 0;
    for (unsigned family = 0; family < nlri_map_cnt && rc == 0; family++)
        rc = rib_mrt_family(&d->records, family);
    return rc;
}

int rib_dump_write(const struct rib_feed *f, const struct rib_dump_options *o,
                   struct stream_out *out, struct rib_dump_stats *stats)
{
    struct dump d = {.rib = rib_feed_rib(f), .o = o, .out = out, .stats = stats};
    size_t max =
        o->peers_max > 0 && o->peers_max < MRT_RIB_PEERS_MAX ? o->peers_max : MRT_RIB_PEERS_MAX;
    *stats = (struct rib_dump_stats){0};
    int rc = take_sessions(&d, f);
    size_t at = 0;
    while (rc == 0) { /* a RIB without peers has one table all the same */
        size_t cnt = d.session_cnt - at < max ? d.session_cnt - at : max;
        rc = put_peers(&d, at, cnt);
        if (rc == 0)
            rc = put_routes(&d);
        at += cnt;
        if (at == d.session_cnt)
            break;
    }
    stats->records = d.records.records;
    stats->entries = d.records.entries;
    free(d.sessions);
    free(d.index);
    rib_mrt_free(&d.records);
    buf_free(&d.buf);
    return rc;
}

/* ---- files ---- */

static int write_part(const struct rib_feed *f, const struct rib_dump_options *o,
                      const char *part, struct rib_dump_stats *stats)
{
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    struct stream_out *out = stream_out_parallel(fd, o->format, o->level, o->threads);
    if (out == NULL) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    int rc = rib_dump_write(f, o, out, stats);
    int saved = errno;
    if (stream_out_close(out) != 0 && rc == 0)
        return -1;
    errno = saved;
    return rc == 0 ? files_sync(part) : -1;
}

int rib_dump_file(const struct rib_feed *f, const struct rib_dump_options *o, const char *path,
                  struct rib_dump_stats *stats)
{
    char part[PATH_MAX];
    int n = snprintf(part, sizeof(part), "%s.part", path);
    if (n < 0 || (size_t)n >= sizeof(part)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (files_make_parents(path) != 0)
        return -1;
    if (write_part(f, o, part, stats) == 0 && files_finish(part, path, o->digest) == 0)
        return 0;
    int saved = errno;
    unlink(part);
    errno = saved;
    return -1;
}
