/* SPDX-License-Identifier: BSD-2-Clause */
/* arc_dump: RIB dumps into a RIB. Floor F4. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bgp/attr_map.h"
#include "tools/archive/arc_play.h"

/* ---- rows and peers ---- */

static bool same_who(const struct mrt_peer *a, const struct mrt_peer *b)
{
    return a->addr_len == b->addr_len && a->asn == b->asn &&
           memcmp(a->addr, b->addr, a->addr_len) == 0;
}

/* Returns how many peers a row may be, with the first of them. What was sent to a peer counts
 * when it is all there is (files of an Adj-RIB-Out). */
static unsigned candidates(const struct play *p, const struct mrt_peer *who,
                           struct play_peer **first)
{
    unsigned cnt[2] = {0, 0};
    uint64_t routes[2] = {0, 0};
    struct play_peer *found[2] = {NULL, NULL};
    for (struct play_peer *peer = play_chain(p, who, NULL); peer != NULL;
         peer = play_chain(p, who, peer)) {
        cnt[peer->sent]++;
        routes[peer->sent] += rib_peer_routes(p->rib, peer->updates.peer);
        if (found[peer->sent] == NULL)
            found[peer->sent] = peer;
    }
    bool sent = cnt[0] == 0 || (routes[0] == 0 && routes[1] > 0);
    *first = found[sent];
    return cnt[sent];
}

/* Where a matched row's routes go. Returns RIB_PEER_NONE when memory runs out. */
static uint32_t target_of(struct play *p, struct play_peer *peer, enum play_mode mode)
{
    if (mode == PLAY_COMPARE && peer->known) {
        if (peer->shadow == RIB_PEER_NONE)
            peer->shadow = rib_peer_add(p->rib, 0);
        return peer->shadow;
    }
    if (peer->dumped != p->dumps) { /* what was heard of it before is in the dump */
        rib_clear(p->rib, peer->updates.peer, RIB_ALL_FAMILIES);
        peer->known = true;
        if (!peer->updates.restart.up)
            rib_update_up(&p->update, &peer->updates, p->now_s);
    }
    return peer->updates.peer;
}

static int wait_for_match(struct play *p, struct play_row *row)
{
    if (p->alike_cnt == p->alike_cap) {
        uint32_t cap = p->alike_cap > 0 ? 2 * p->alike_cap : 16;
        struct play_row *v = reallocarray(p->alike, cap, sizeof v[0]);
        if (v == NULL)
            return -1;
        p->alike = v;
        p->alike_cap = cap;
    }
    row->peer = NULL;
    row->number = rib_peer_add(p->rib, 0);
    p->alike[p->alike_cnt++] = *row;
    return row->number != RIB_PEER_NONE ? 0 : -1;
}

static int compare_who(const struct mrt_peer *a, const struct mrt_peer *b)
{
    if (a->asn != b->asn)
        return a->asn < b->asn ? -1 : 1;
    if (a->addr_len != b->addr_len)
        return a->addr_len < b->addr_len ? -1 : 1;
    return memcmp(a->addr, b->addr, a->addr_len);
}

static int compare_rows(const void *left, const void *right)
{
    const struct play_row *const *a = left, *const *b = right;
    return compare_who(&(*a)->who, &(*b)->who);
}

/* Marks rows that are like another row of the table, or of one before it in the dump. */
static int mark_alike(struct play *p)
{
    struct play_row **sorted = calloc(p->row_cnt + 1u, sizeof(struct play_row *));
    if (sorted == NULL)
        return -1;
    for (uint32_t i = 0; i < p->row_cnt; i++) {
        sorted[i] = &p->rows[i];
        for (uint32_t k = 0; k < p->alike_cnt && !p->rows[i].is_alike; k++)
            p->rows[i].is_alike = same_who(&p->alike[k].who, &p->rows[i].who);
    }
    qsort(sorted, p->row_cnt, sizeof(struct play_row *), compare_rows);
    for (uint32_t i = 1; i < p->row_cnt; i++) {
        if (same_who(&sorted[i - 1]->who, &sorted[i]->who))
            sorted[i - 1]->is_alike = sorted[i]->is_alike = true;
    }
    free(sorted);
    return 0;
}

static int bind_row(struct play *p, struct play_row *row, enum play_mode mode)
{
    struct play_peer *peer = NULL;
    unsigned cnt = candidates(p, &row->who, &peer);
    if (row->is_alike || cnt > 1)
        return wait_for_match(p, row);
    if (cnt == 0)
        peer = play_peer_new(p, &row->who);
    if (peer == NULL)
        return -1;
    memcpy(peer->who.bgp_id, row->who.bgp_id, sizeof peer->who.bgp_id);
    peer->has_bgp_id = true;
    row->peer = peer;
    row->number = target_of(p, peer, mode);
    peer->dumped = p->dumps;
    return row->number != RIB_PEER_NONE ? 0 : -1;
}

/* A GEO_PEER_TABLE beside a PEER_INDEX_TABLE names the same peers once more (RFC 6397). */
static bool is_same_table(const struct play *p)
{
    bool same = p->row_cnt == p->peers.cnt;
    for (uint32_t i = 0; i < p->row_cnt && same; i++)
        same = same_who(&p->rows[i].who, &p->peers.v[i]);
    return same;
}

/* A table of peers: from here on entries name its rows. */
static int take_table(struct play *p, struct play_dump *d)
{
    if (d->tables++ > 0 && is_same_table(p))
        return 0;
    if (p->peers.cnt > p->row_cap) {
        struct play_row *v = reallocarray(p->rows, p->peers.cnt, sizeof v[0]);
        if (v == NULL)
            return -1;
        p->rows = v;
        p->row_cap = p->peers.cnt;
    }
    p->row_cnt = p->peers.cnt;
    for (uint32_t i = 0; i < p->row_cnt; i++)
        p->rows[i] = (struct play_row){.who = p->peers.v[i]};
    if (mark_alike(p) != 0)
        return -1;
    for (uint32_t i = 0; i < p->row_cnt; i++) {
        if (bind_row(p, &p->rows[i], d->mode) != 0)
            return -1;
    }
    d->peers += p->row_cnt;
    memcpy(d->collector, p->peers.collector, sizeof d->collector);
    memcpy(d->view, p->peers.view, p->peers.view_len);
    d->view_len = p->peers.view_len;
    return 0;
}

/* Dumps without tables name the peer in each entry. */
static struct play_row *row_of(struct play *p, const struct mrt_item *item, struct play_dump *d)
{
    if (item->rib.v2)
        return item->rib.peer_index < p->row_cnt ? &p->rows[item->rib.peer_index] : NULL;
    for (uint32_t i = 0; i < p->row_cnt; i++) {
        if (same_who(&p->rows[i].who, &item->peer))
            return &p->rows[i];
    }
    if (p->row_cnt == p->row_cap) {
        uint32_t cap = p->row_cap > 0 ? 2 * p->row_cap : 16;
        struct play_row *v = reallocarray(p->rows, cap, sizeof v[0]);
        if (v == NULL)
            return NULL;
        p->rows = v;
        p->row_cap = cap;
    }
    struct play_row *row = &p->rows[p->row_cnt];
    *row = (struct play_row){.who = item->peer};
    if (bind_row(p, row, d->mode) != 0)
        return NULL;
    d->peers++;
    p->row_cnt++;
    return row;
}

/* ---- routes ---- */

/* MP_REACH_NLRI in full begins with the first octet of an AFI, the short form with a length
 * (RFC 6396 section 4.3.4). */
static bool has_full_reach(struct cur attrs)
{
    struct attr_in a;
    uint8_t first = 0;
    while (attr_next(&attrs, &a) > 0) {
        if (a.code == ATTR_MP_REACH_NLRI)
            return a.value.left > 4 && cur_peek(&a.value, 0, &first) && first == 0;
    }
    return false;
}

/* Attributes as TABLE_DUMP_V2 has them, and as an UPDATE's are stored: AS numbers of four
 * octets (TABLE_DUMP has two), MP_REACH_NLRI in short (older RIS files have it in full).
 * Borrowed from the item, or from p->update until its next use. */
static struct cur attrs_of(struct play *p, const struct mrt_item *item)
{
    struct cur attrs = item->rib.attrs;
    const struct bgp_ctx *ctx = &p->ctx[0][item->asn4];
    bool plain = item->rib.afi == BGP_AFI_IPV4 && item->rib.safi == BGP_SAFI_UNICAST;
    if (item->asn4 && (plain || !has_full_reach(attrs)))
        return attrs;
    struct wr w = wr_of(p->update.attrs, sizeof p->update.attrs);
    if (bgp_attrs_index(attrs.p, attrs.left, ctx, &p->update.u) != 0 ||
        mrt_rib_attrs(&w, &p->update.u, true, ctx) != 0)
        return attrs;
    return cur_of(w.buf, w.len);
}

static int take_route(struct play *p, const struct mrt_item *item, struct play_dump *d)
{
    const struct mrt_rib *rib = &item->rib;
    struct nlri n = {.row = nlri_row_of(rib->family),
                     .body = rib->nlri,
                     .path_id = rib->path_id,
                     .has_path_id = rib->has_path_id,
                     .ctx = &p->ctx[0][item->asn4]};
    struct play_row *row = row_of(p, item, d);
    if (row == NULL && !rib->v2)
        return -1;
    if (row == NULL) {
        d->no_peer++;
        return 0;
    }
    struct cur attrs = attrs_of(p, item);
    uint32_t set = rib_attrs_hold(rib_attrs_of(p->rib), attrs.p, attrs.left);
    if (set == 0)
        return -1;
    enum rib_result rc = rib_announce(p->rib, row->number, &n, set, rib->originated);
    rib_attrs_release(rib_attrs_of(p->rib), set);
    d->routes++;
    d->odd += rc == RIB_NO_KEY;
    return rc == RIB_FAILED ? -1 : 0;
}

static int take_record(struct play *p, const struct mrt_record *rec, struct play_dump *d,
                       const char *path)
{
    struct mrt_walk w;
    int got;
    mrt_walk_init(&w, rec, &p->peers, p->scratch);
    while ((got = mrt_walk_next(&w)) > 0) {
        if (w.item.kind == MRT_ITEM_PEERS && take_table(p, d) != 0)
            return -1;
        if (w.item.kind == MRT_ITEM_RIB && take_route(p, &w.item, d) != 0)
            return -1;
    }
    if (got < 0 && errno == ENOMEM && w.fault.reason == 0)
        return -1;
    if (got < 0)
        d->tell(d->arg, ARC_DAMAGE, path, rec->off, bgp_reason_name(w.fault.reason));
    return 0;
}

void play_dump_begin(struct play *p)
{
    p->dumps++;
    p->alike_cnt = 0;
}

/* GoBGP and others append dump after dump to one file. */
static bool begins_another(const struct mrt_record *rec, const struct arc_file *f)
{
    return rec->type == MRT_TABLE_DUMP_V2 && rec->subtype == MRT_RIB_SUBTYPE_PEER_INDEX_TABLE &&
           rec->sec != f->time_ns / NS_PER_S;
}

int play_dump_file(struct play *p, const struct arc_file *f, struct play_dump *d)
{
    struct arc_in in;
    struct mrt_record rec;
    int rc = 0;
    if (!arc_open(&in, f, d->tell, d->arg))
        return 0;
    p->row_cnt = p->peers.cnt = 0;
    d->tables = 0;
    while (rc == 0 && arc_next(&in, &rec) > 0) {
        if (begins_another(&rec, f)) {
            d->tell(d->arg, ARC_FOREIGN, f->path, rec.off, "another dump in the same file");
            break;
        }
        rc = take_record(p, &rec, d, f->path);
    }
    arc_close(&in);
    return rc;
}

/* ---- after a dump ---- */

void play_drop(struct play *p, struct play_peer *peer)
{
    if (peer->shadow != RIB_PEER_NONE)
        rib_peer_remove(p->rib, peer->shadow);
    peer->shadow = RIB_PEER_NONE;
}

void play_adopt(struct play *p, struct play_peer *peer)
{
    if (peer->shadow == RIB_PEER_NONE)
        return;
    rib_peer_remove(p->rib, peer->updates.peer);
    peer->updates.peer = peer->shadow;
    peer->updates.restart.stale = peer->updates.restart.ll_stale = (struct bgp_family_set){0};
    peer->shadow = RIB_PEER_NONE;
}

int play_settle(struct play *p, struct play_row *row, struct play_peer *peer)
{
    if (peer == NULL)
        peer = play_peer_new(p, &row->who);
    if (peer == NULL)
        return -1;
    memcpy(peer->who.bgp_id, row->who.bgp_id, sizeof peer->who.bgp_id);
    peer->has_bgp_id = true;
    peer->dumped = p->dumps;
    row->peer = peer;
    play_drop(p, peer);
    peer->shadow = row->number;
    if (peer->known)
        return 0;
    play_adopt(p, peer);
    peer->known = true;
    return 0;
}
