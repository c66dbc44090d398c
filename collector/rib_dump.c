/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_dump: sessions to peers, nodes to records, records to a file. Floor F4. */
#include "collector/rib_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "collector/files.h"
#include "mrt/rib.h"

enum {
    RECORD_LEN = 16 << 20, /* octets of attributes that end a record early */
    NO_INDEX = 0xffff,     /* one more than the last index of a full table */
};

struct dump {
    const struct rib *rib;
    const struct rib_dump_options *o;
    struct stream_out *out;
    struct rib_dump_stats *stats;
    const struct rib_session **sessions; /* owned, by peer number */
    size_t session_cnt;
    uint16_t *index; /* owned, by peer number: place in the current table */
    uint32_t index_cnt;
    uint32_t seq;
    struct buf buf;                /* one record */
    struct mrt_rib_entry *entries; /* owned, MRT_RIB_ENTRIES_MAX; of the record in hand */
    struct mrt_rib_node node;      /* the record in hand */
    size_t attrs_len;              /* in its entries */
};

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
    d->entries = calloc(MRT_RIB_ENTRIES_MAX, sizeof(d->entries[0]));
    if (d->sessions == NULL || d->index == NULL || d->entries == NULL)
        return -1;
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
        d->index[i] = NO_INDEX;
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

static int flush(struct dump *d)
{
    struct mrt_rib_node *n = &d->node;
    if (n->cnt == 0)
        return 0;
    size_t room = MRT_RIB_HEAD_MAX + n->nlri.left + n->cnt * MRT_RIB_ENTRY_MAX + d->attrs_len;
    buf_clear(&d->buf);
    char *p = buf_room(&d->buf, room);
    if (p == NULL) {
        errno = ENOMEM;
        return -1;
    }
    struct wr w = wr_of(p, room);
    n->seq = d->seq++;
    n->entries = d->entries;
    mrt_write_rib(&w, n);
    d->stats->records++;
    d->stats->entries += n->cnt;
    n->cnt = d->attrs_len = 0;
    return put(d, &w);
}

static bool same_octets(struct cur a, struct cur b)
{
    return a.left == b.left && (a.left == 0 || memcmp(a.p, b.p, a.left) == 0);
}

/* Adds a route to the record in hand, or begins another: the NLRI in full (labels) may differ
 * between peers. */
static int add(struct dump *d, const struct rib_route *r)
{
    struct mrt_rib_node *n = &d->node;
    bool fits = n->cnt < MRT_RIB_ENTRIES_MAX && d->attrs_len < RECORD_LEN &&
                same_octets(n->nlri, r->nlri);
    if (!fits && flush(d) != 0)
        return -1;
    n->nlri = r->nlri;
    d->entries[n->cnt++] = (struct mrt_rib_entry){.peer = d->index[r->peer],
                                                  .time_s = r->time_s,
                                                  .path_id = r->path_id,
                                                  .attrs = r->attrs};
    d->attrs_len += r->attrs.left;
    return 0;
}

static int put_node(void *arg, const struct rib_node_view *v)
{
    struct dump *d = arg;
    const struct nlri_row *row = nlri_row_of(v->family);
    for (unsigned add_path = 0; add_path < 2; add_path++) {
        d->node = (struct mrt_rib_node){.time_s = d->o->time_s,
                                        .afi = row->afi,
                                        .safi = row->safi,
                                        .add_path = add_path == 1};
        for (size_t i = 0; i < v->cnt; i++) {
            const struct rib_route *r = &v->routes[i];
            if (r->has_path_id == d->node.add_path && d->index[r->peer] != NO_INDEX &&
                add(d, r) != 0)
                return -1;
        }
        if (flush(d) != 0)
            return -1;
    }
    return 0;
}

static int put_routes(struct dump *d)
{
    for (unsigned family = 0; family < nlri_map_cnt; family++) {
        if (rib_walk(d->rib, family, put_node, d) != 0)
            return -1;
    }
    return 0;
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
    free(d.sessions);
    free(d.index);
    free(d.entries);
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
