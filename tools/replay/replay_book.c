/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_book: events as items of a replay. Floor F4. */
#include "tools/replay/replay_book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fmt.h"
#include "base/hash.h"
#include "schemas/track/table.h"

/* A peer in the table; `node` is first. */
struct entry {
    struct table_node node;
    struct replay_peer pub;
};

/* An OPEN to a peer that has not yet told who it is. */
struct early_open {
    uint32_t owner;
    uint8_t *msg; /* owned */
    uint32_t len;
};

enum { EARLY_OPENS = 256 }; /* more at once lose theirs: one is made up then */

struct replay_book {
    struct early_open early[EARLY_OPENS];
    const struct replay_choice *choice;
    struct table table;
    uint64_t hash_key[2];
    struct entry **v; /* in order of appearance */
    unsigned cnt, cap;
    bool again; /* the second reading */
};

const char *replay_skip_text(enum replay_skip why)
{
#define TEXT_SKIP(NAME, text) text,
    static const char *const texts[] = {REPLAY_SKIP_MAP(TEXT_SKIP)};
    return texts[why];
}

struct replay_book *replay_book_new(const struct replay_choice *choice)
{
    struct replay_book *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->choice = choice;
    hash_random_key(b->hash_key);
    return b;
}

static void free_entry(struct entry *e)
{
    for (unsigned i = 0; i < e->pub.need_cnt; i++) {
        free(e->pub.need[i].open[0]);
        free(e->pub.need[i].open[1]);
    }
    free(e->pub.need);
    free(e);
}

void replay_book_free(struct replay_book *b)
{
    if (b == NULL)
        return;
    for (unsigned i = 0; i < b->cnt; i++)
        free_entry(b->v[i]);
    for (unsigned i = 0; i < EARLY_OPENS; i++)
        free(b->early[i].msg);
    free(b->v);
    table_free(&b->table);
    free(b);
}

void replay_book_rewind(struct replay_book *b)
{
    b->again = true;
    for (unsigned i = 0; i < b->cnt; i++) {
        struct replay_peer *p = &b->v[i]->pub;
        p->epoch = 0;
        p->open = p->moved = false;
        p->owner = 0;
    }
}

unsigned replay_book_cnt(const struct replay_book *b)
{
    return b->cnt;
}

struct replay_peer *replay_book_peer(const struct replay_book *b, unsigned i)
{
    return &b->v[i]->pub;
}

const char *replay_peer_name(const struct replay_peer *p, char dst[REPLAY_NAME_MAX])
{
    char addr[FMT_IPV6_MAX + 1] = "peer", rd[FMT_RD_MAX + 1] = "";
    const struct track_peer *w = &p->who;
    static const uint8_t no_rd[8];
    if (w->addr.len == 4)
        addr[fmt_ipv4(addr, w->addr.a)] = '\0';
    else if (w->addr.len == 16)
        addr[fmt_ipv6(addr, w->addr.a)] = '\0';
    if (memcmp(w->rd, no_rd, sizeof no_rd) != 0)
        rd[fmt_rd(rd, w->rd)] = '\0';
    snprintf(dst, REPLAY_NAME_MAX, "%s AS%u%s%s%s%s", addr, w->asn, rd[0] != '\0' ? " rd " : "",
             rd, w->bmp ? " " : "", w->bmp ? bmp_view_name(w->view) : "");
    return dst;
}

const struct replay_need *replay_peer_need(const struct replay_peer *p)
{
    unsigned at = p->epoch > 0 ? p->epoch - 1 : 0;
    return &p->need[at < p->need_cnt ? at : p->need_cnt - 1];
}

/* ---- finding peers ---- */

static void make_key(uint8_t key[REPLAY_KEY_LEN], const struct track_peer *p,
                     const struct track_source *s)
{
    struct wr w = wr_of(key, REPLAY_KEY_LEN);
    memset(key, 0, REPLAY_KEY_LEN);
    wr_u8(&w, p->addr.len);
    wr_bytes(&w, p->addr.a, sizeof p->addr.a);
    wr_u32(&w, p->asn);
    if (!p->bmp)
        return;
    wr_u8(&w, 1);
    wr_u8(&w, p->peer_type);
    wr_u8(&w, (uint8_t)p->view);
    wr_bytes(&w, p->rd, sizeof p->rd);
    if (s != NULL)
        wr_bytes(&w, s->info.remote.a, sizeof s->info.remote.a);
}

static struct entry *find(const struct replay_book *b, const uint8_t key[REPLAY_KEY_LEN],
                          uint64_t hash)
{
    for (struct table_node *n = table_chain(&b->table, hash); n != NULL; n = n->next) {
        struct entry *e = (struct entry *)n;
        if (n->hash == hash && memcmp(e->pub.key, key, REPLAY_KEY_LEN) == 0)
            return e;
    }
    return NULL;
}

static int reserve(struct replay_book *b)
{
    if (table_reserve(&b->table) != 0)
        return -1;
    if (b->cnt < b->cap)
        return 0;
    unsigned cap = b->cap > 0 ? b->cap * 2 : 64;
    struct entry **v = reallocarray(b->v, cap, sizeof(struct entry *));
    if (v == NULL)
        return -1;
    b->v = v;
    b->cap = cap;
    return 0;
}

static void know(struct replay_peer *p, const struct track_peer *who)
{
    bool had_id = p->who.has_bgp_id && !who->has_bgp_id;
    uint8_t id[4];
    memcpy(id, p->who.bgp_id, sizeof id);
    p->who = *who;
    p->who.user = NULL;
    p->who.head = NULL;
    p->who.views = NULL;
    if (!had_id)
        return;
    memcpy(p->who.bgp_id, id, sizeof id);
    p->who.has_bgp_id = true;
}

/* Returns the peer, made when it is new in the first reading; NULL when memory ran out, or in
 * the second reading for one that came since (a live journal's). */
static struct replay_peer *peer_of(struct replay_book *b, const struct track_peer *who,
                                   const struct track_source *s)
{
    uint8_t key[REPLAY_KEY_LEN];
    make_key(key, who, s);
    uint64_t hash = hash_sip13(b->hash_key, key, sizeof key);
    struct entry *e = find(b, key, hash);
    if (e == NULL) {
        if (reserve(b) != 0 || (e = calloc(1, sizeof *e)) == NULL)
            return NULL;
        e->node.hash = hash;
        memcpy(e->pub.key, key, sizeof key);
        e->pub.index = b->cnt;
        e->pub.crowd = b->cnt >= b->choice->peers_max || b->again;
        table_add(&b->table, &e->node);
        b->v[b->cnt++] = e;
        know(&e->pub, who);
    } else if (!b->again) {
        know(&e->pub, who);
    }
    return &e->pub;
}

static bool same_host(const struct source_addr *a, const struct source_addr *b)
{
    return a->len == b->len && memcmp(a->a, b->a, a->len) == 0;
}

static bool wanted(const struct replay_choice *c, const struct track_peer *p)
{
    if (c->view >= 0 && p->bmp && (int)p->view != c->view)
        return false;
    for (unsigned i = 0; i < c->wish_cnt; i++) {
        const struct replay_wish *w = &c->wish[i];
        if (w->addr.len > 0 ? same_host(&w->addr, &p->addr) : w->asn == p->asn)
            return true;
    }
    return c->wish_cnt == 0;
}

/* ---- sessions ---- */

static void skip(struct replay_item *item, enum replay_skip why)
{
    item->kind = REPLAY_SKIPPED;
    item->why = why;
}

/* Begins a session unless one is. Returns 0, or -1 when memory ran out. */
static int begin(struct replay_book *b, struct replay_peer *p, struct replay_item *item)
{
    if (p->open)
        return 0;
    if (b->again && p->need_cnt == 0) { /* its sessions came since the first reading */
        skip(item, REPLAY_SKIP_CROWD);
        return 0;
    }
    p->open = item->began = true;
    p->moved = false;
    p->epoch++;
    if (b->again || p->epoch <= p->need_cnt || p->need_cnt >= REPLAY_NEEDS_MAX)
        return 0;
    struct replay_need *v = reallocarray(p->need, p->need_cnt + 1, sizeof *v);
    if (v == NULL)
        return -1;
    p->need = v;
    memset(&v[p->need_cnt++], 0, sizeof *v);
    return 0;
}

static struct replay_need *need_of(struct replay_peer *p)
{
    return &p->need[p->epoch - 1 < p->need_cnt ? p->epoch - 1 : p->need_cnt - 1];
}

/* Finds the peer of an event and sees whether it is to be replayed. Returns 1, 0 when skipped,
 * or -1. */
static int find_peer(struct replay_book *b, const struct track_peer *who,
                     const struct track_source *s, struct replay_item *item)
{
    if (who == NULL) {
        skip(item, REPLAY_SKIP_STRANGER);
        return 0;
    }
    if (!wanted(b->choice, who)) {
        skip(item, REPLAY_SKIP_UNWANTED);
        return 0;
    }
    item->peer = peer_of(b, who, s);
    if (item->peer == NULL)
        return -1;
    if (!item->peer->crowd)
        return 1;
    skip(item, REPLAY_SKIP_CROWD);
    return 0;
}

static int keep_early(struct replay_book *b, const struct replay_item *item, uint32_t owner)
{
    struct early_open *e = &b->early[owner % EARLY_OPENS];
    uint8_t *copy = malloc(item->len);
    if (copy == NULL)
        return -1;
    memcpy(copy, item->msg, item->len);
    free(e->msg);
    *e = (struct early_open){.owner = owner, .msg = copy, .len = item->len};
    return 0;
}

static struct cur early_of(const struct replay_book *b, uint32_t owner)
{
    const struct early_open *e = &b->early[owner % EARLY_OPENS];
    return e->owner == owner ? cur_of(e->msg, e->len) : cur_of(NULL, 0);
}

static int take_open(struct replay_book *b, struct replay_item *item, uint32_t owner,
                     struct cur open[2])
{
    struct replay_peer *p = item->peer;
    item->kind = REPLAY_UP;
    if (p->open && p->moved) {
        p->open = false;
        item->restarted = true;
    }
    p->owner = owner;
    if (begin(b, p, item) != 0)
        return -1;
    for (unsigned side = 0; side < 2 && !b->again; side++) {
        if (open[side].left > 0 &&
            replay_need_open(need_of(p), side, open[side].p, open[side].left) != 0)
            return -1;
    }
    return 0;
}

static int take_update(struct replay_book *b, struct replay_item *item, uint32_t owner)
{
    struct replay_peer *p = item->peer;
    item->kind = REPLAY_UPDATE;
    p->owner = owner;
    if (begin(b, p, item) != 0)
        return -1;
    p->moved = true;
    if (!b->again)
        replay_need_update(need_of(p), item->msg, item->len, item->ctx);
    return 0;
}

/* The session is over, unless it is another one of the same peer's. */
static int take_down(struct replay_item *item, uint32_t owner)
{
    struct replay_peer *p = item->peer;
    item->kind = REPLAY_DOWN;
    if (!p->open || (p->owner != 0 && p->owner != owner))
        skip(item, REPLAY_SKIP_NONE);
    else
        p->open = false;
    return 0;
}

static uint8_t type_of(const uint8_t *msg, uint32_t len)
{
    struct cur c = cur_of(msg, len);
    uint8_t type = 0;
    return cur_skip(&c, BGP_HEADER_LEN - 1) && cur_u8(&c, &type) ? type : 0;
}

/* One BGP message whose peer is in item->peer. */
static int take_message(struct replay_book *b, struct replay_item *item, uint32_t owner)
{
    struct cur open[2] = {cur_of(NULL, 0), cur_of(NULL, 0)};
    switch (type_of(item->msg, item->len)) {
    case BGP_TYPE_OPEN:
        open[1] = early_of(b, owner);
        open[item->sent] = cur_of(item->msg, item->len);
        return take_open(b, item, owner, open);
    case BGP_TYPE_UPDATE:
        if (!item->sent || b->choice->both)
            return take_update(b, item, owner);
        skip(item, REPLAY_SKIP_SENT);
        return 0;
    case BGP_TYPE_NOTIFICATION:
        return take_down(item, owner);
    case BGP_TYPE_KEEPALIVE:
        skip(item, REPLAY_SKIP_KEEPALIVE);
        return 0;
    default:
        skip(item, REPLAY_SKIP_TYPE);
        return 0;
    }
}

/* ---- tracked frames ---- */

static int take_peer_up(struct replay_book *b, const struct track_item *t,
                        struct replay_item *item)
{
    struct bmp_peer_up up;
    struct bgp_diag diag;
    if (bmp_peer_up_parse(&t->bmp, &up, &diag) != 0) {
        skip(item, REPLAY_SKIP_BROKEN);
        return 0;
    }
    struct cur open[2] = {up.recv_open, up.sent_open};
    return take_open(b, item, t->peer->id, open);
}

static int take_bmp(struct replay_book *b, const struct track_item *t, struct replay_item *item)
{
    static const enum replay_skip others[] = {
        [BMP_TYPE_STATISTICS] = REPLAY_SKIP_BMP_OTHER,
        [BMP_TYPE_INITIATION] = REPLAY_SKIP_BMP_OTHER,
        [BMP_TYPE_TERMINATION] = REPLAY_SKIP_BMP_OTHER,
        [BMP_TYPE_ROUTE_MIRRORING] = REPLAY_SKIP_MIRROR,
    };
    uint8_t type = t->bmp.type;
    skip(item,
         t->bmp_bad || type > BMP_TYPE_ROUTE_MIRRORING ? REPLAY_SKIP_BROKEN : others[type]);
    if (item->why != REPLAY_SKIP_NONE)
        return 0;
    int got = find_peer(b, t->peer, t->source, item);
    if (got <= 0)
        return got;
    if (type == BMP_TYPE_PEER_UP)
        return take_peer_up(b, t, item);
    if (type == BMP_TYPE_PEER_DOWN)
        return take_down(item, t->peer->id);
    if (t->bgp == NULL) {
        skip(item, REPLAY_SKIP_BROKEN);
        return 0;
    }
    item->msg = t->bgp;
    item->len = t->bgp_len;
    return take_message(b, item, t->peer->id);
}

/* A BGP source's message, or its end. */
static int take_bgp(struct replay_book *b, const struct track_item *t, struct replay_item *item)
{
    const struct journal_view *f = t->frame;
    bool message = f->kind == JOURNAL_BGP_RECV || f->kind == JOURNAL_BGP_SENT;
    struct source_change change;
    skip(item, REPLAY_SKIP_NONE);
    if (f->kind == JOURNAL_STATE && (source_state_decode(f->p, f->len, &change) != 0 ||
                                     change.old_state != SOURCE_STATE_ESTABLISHED))
        return 0;
    if (f->kind == JOURNAL_SOURCE || (t->peer == NULL && !message))
        return 0;
    item->sent = f->kind == JOURNAL_BGP_SENT;
    item->msg = f->p;
    item->len = f->len;
    if (item->sent && t->peer != NULL && !t->peer->has_bgp_id) {
        bool open = type_of(f->p, f->len) == BGP_TYPE_OPEN && f->len <= BGP_MSG_MAX;
        if (!open)
            skip(item, REPLAY_SKIP_SENT);
        return open ? keep_early(b, item, t->peer->id) : 0;
    }
    int got = find_peer(b, t->peer, NULL, item);
    if (got <= 0)
        return got;
    if (!message) {
        item->msg = NULL;
        return take_down(item, t->peer->id);
    }
    if ((f->flags & JOURNAL_REPEAT) && item->peer->open) {
        skip(item, REPLAY_SKIP_REPEATED);
        return 0;
    }
    return take_message(b, item, t->peer->id);
}

static int take_tracked(struct replay_book *b, const struct track_item *t,
                        struct replay_item *item)
{
    item->time_ns = t->frame->time;
    if (t->is_bmp || t->bmp_bad)
        return take_bmp(b, t, item);
    return take_bgp(b, t, item);
}

/* ---- MRT ---- */

static int take_route(struct replay_book *b, const struct mrt_item *m, struct replay_item *item)
{
    item->kind = REPLAY_ROUTE;
    item->rib = &m->rib;
    item->peer->owner = 0;
    if (begin(b, item->peer, item) != 0)
        return -1;
    item->peer->moved = true;
    if (!b->again)
        replay_need_route(need_of(item->peer), &m->rib, item->ctx);
    return 0;
}

static int take_mrt(struct replay_book *b, const struct mrt_item *m, struct replay_item *item)
{
    struct track_peer who;
    item->time_ns = record_mrt_time(m->rec);
    skip(item, m->kind == MRT_ITEM_OTHER ? REPLAY_SKIP_MRT_OTHER : REPLAY_SKIP_NONE);
    if (m->kind == MRT_ITEM_OTHER || m->kind == MRT_ITEM_PEERS)
        return 0;
    record_mrt_peer(m, &who);
    int got = find_peer(b, m->has_peer && !m->unknown_peer ? &who : NULL, NULL, item);
    if (got <= 0)
        return got;
    if (m->kind == MRT_ITEM_RIB)
        return take_route(b, m, item);
    if (m->kind == MRT_ITEM_STATE) {
        skip(item, REPLAY_SKIP_NONE);
        return m->old_state == MRT_ESTABLISHED ? take_down(item, 0) : 0;
    }
    item->sent = m->sent;
    item->msg = m->body.p;
    item->len = m->body.left;
    return take_message(b, item, 0);
}

int replay_book_take(struct replay_book *b, const struct decode_event *ev,
                     struct replay_item *item)
{
    *item = (struct replay_item){.ctx = ev->ctx};
    if (ev->item != NULL)
        return take_tracked(b, ev->item, item);
    if (ev->walk != NULL)
        return take_mrt(b, &ev->walk->item, item);
    skip(item, REPLAY_SKIP_BROKEN);
    return 0;
}
