/* SPDX-License-Identifier: BSD-2-Clause */
/* openbmp: OpenBMP's binary raw messages, and BMP round what was none. Floor F3. */
#include "schemas/openbmp.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/hash.h"
#include "base/md5.h"
#include "bgp/caps.h"
#include "schemas/encode_bmp.h"
#include "schemas/encode_open.h"
#include "schemas/table.h"

enum {
    HEADER_FIX = 78, /* octets, without both names */
    NAME_MAX_LEN = 255,
    FLAG_ROUTER = 0x80,
    FLAG_IPV6 = 0x40,
    TYPE_BMP_RAW = 12,
    BMP_HEAD_MAX = BMP_HEADER_LEN + BMP_PEER_HEADER_LEN + 20, /* of a Peer Up, without OPENs */
    OPEN_MAX = 4096,
    PEERS_MAX = 65536, /* more: what was announced is forgotten and announced again */
    KEY_LEN = 1 + 4 + 1 + 16 + 4,
};

/* What was announced: a peer, or (asn 0, no OPENs) a router. */
struct known {
    struct table_node node;
    uint8_t key[KEY_LEN];
    bool up;
    uint8_t *open[2]; /* received, sent; owned; NULL: not seen */
    uint32_t open_len[2];
};

struct openbmp {
    char admin_id[NAME_MAX_LEN + 1];
    uint8_t collector_hash[MD5_LEN];
    uint64_t key[2];
    struct table table;
};

/* One message to be wrapped. */
struct wrap {
    struct openbmp *o;
    struct buf *out;
    struct source_addr router;
    const char *group; /* the router's name, "" for none */
    uint64_t time_ns;
    struct encode_bmp_peer peer;
    const struct bgp_ctx *ctx;
    struct known *k;
    unsigned cnt; /* messages written */
};

/* ---- what was announced ---- */

static void known_free(struct known *k)
{
    free(k->open[0]);
    free(k->open[1]);
    free(k);
}

static void forget_all(struct openbmp *o)
{
    for (size_t i = 0; i < o->table.cap; i++) {
        struct table_node *n = o->table.bucket[i];
        while (n != NULL) {
            struct table_node *next = n->next;
            known_free((struct known *)n);
            n = next;
        }
    }
    table_free(&o->table);
    o->table = (struct table){0};
}

/* Finds, or adds, what is known under a key. NULL when memory runs out. */
static struct known *known_of(struct openbmp *o, const uint8_t key[KEY_LEN])
{
    uint64_t hash = hash_sip13(o->key, key, KEY_LEN);
    struct table_node *n = table_chain(&o->table, hash);
    for (; n != NULL; n = n->next) {
        if (n->hash == hash && memcmp(((struct known *)n)->key, key, KEY_LEN) == 0)
            return (struct known *)n;
    }
    if (o->table.cnt >= PEERS_MAX)
        forget_all(o);
    struct known *k = calloc(1, sizeof *k);
    if (k == NULL || table_reserve(&o->table) != 0) {
        free(k);
        return NULL;
    }
    k->node.hash = hash;
    memcpy(k->key, key, KEY_LEN);
    table_add(&o->table, &k->node);
    return k;
}

enum { KIND_ROUTER = 1, KIND_PEER = 2 };

static void make_key(uint8_t key[KEY_LEN], uint8_t kind, uint32_t source,
                     const struct source_addr *a, uint32_t asn)
{
    struct wr w = wr_of(key, KEY_LEN);
    memset(key, 0, KEY_LEN);
    wr_u8(&w, kind);
    wr_u32(&w, source);
    wr_u32(&w, asn);
    wr_u8(&w, a->len);
    wr_bytes(&w, a->a, a->len);
}

struct openbmp *openbmp_new(const char *admin_id)
{
    struct openbmp *o = calloc(1, sizeof *o);
    if (o == NULL)
        return NULL;
    size_t len = strnlen(admin_id, NAME_MAX_LEN);
    memcpy(o->admin_id, admin_id, len);
    md5(o->admin_id, len, o->collector_hash);
    hash_random_key(o->key);
    return o;
}

void openbmp_free(struct openbmp *o)
{
    if (o == NULL)
        return;
    forget_all(o);
    free(o);
}

/* ---- the header ---- */

/* MD5 of the router's address as text: what names a router to readers. */
static void router_hash(const struct source_addr *a, uint8_t hash[MD5_LEN])
{
    char text[FMT_IPV6_MAX];
    size_t n = a->len == 16 ? fmt_ipv6(text, a->a) : fmt_ipv4(text, a->a);
    md5(text, n, hash);
}

/* Writes one message: header and `len` octets of BMP. */
static void put(struct wrap *w, const void *bmp, size_t len)
{
    uint8_t head[HEADER_FIX + 2 * NAME_MAX_LEN], hash[MD5_LEN];
    size_t id_len = strlen(w->o->admin_id), group_len = strnlen(w->group, NAME_MAX_LEN);
    struct wr h = wr_of(head, sizeof head);
    router_hash(&w->router, hash);
    wr_bytes(&h, "OBMP\1\7", 6);
    wr_u16(&h, (uint16_t)(HEADER_FIX + id_len + group_len));
    wr_u32(&h, (uint32_t)len);
    wr_u8(&h, FLAG_ROUTER | (w->router.len == 16 ? FLAG_IPV6 : 0));
    wr_u8(&h, TYPE_BMP_RAW);
    wr_u32(&h, (uint32_t)(w->time_ns / NS_PER_S));
    wr_u32(&h, (uint32_t)(w->time_ns % NS_PER_S / 1000));
    wr_bytes(&h, w->o->collector_hash, MD5_LEN);
    wr_u16(&h, (uint16_t)id_len);
    wr_bytes(&h, w->o->admin_id, id_len);
    wr_bytes(&h, hash, MD5_LEN);
    wr_bytes(&h, w->router.a, sizeof w->router.a);
    wr_u16(&h, (uint16_t)group_len);
    wr_bytes(&h, w->group, group_len);
    wr_u32(&h, 1); /* rows */
    buf_add(w->out, head, h.len);
    buf_add(w->out, bmp, len);
    w->cnt++;
}

/* ---- BMP round BGP ---- */

static void put_initiation(struct wrap *w)
{
    uint8_t key[KEY_LEN], msg[2 * NAME_MAX_LEN + 64];
    make_key(key, KIND_ROUTER, 0, &w->router, 0);
    struct known *k = known_of(w->o, key);
    if (k == NULL || k->up)
        return;
    struct wr m = wr_of(msg, sizeof msg);
    encode_bmp_initiation(&m, "ribtape " RIBTAPE_VERSION, w->o->admin_id);
    put(w, msg, m.len);
    k->up = true;
}

/* Returns the OPEN of a side, or one that says what its routes are read by. */
static struct cur open_of(const struct wrap *w, bool sent, uint8_t made[OPEN_MAX])
{
    if (w->k->open[sent] != NULL)
        return cur_of(w->k->open[sent], w->k->open_len[sent]);
    struct encode_open o = {.asn = w->peer.asn, .hold_time_s = 180, .asn4 = true};
    memcpy(o.bgp_id, w->peer.bgp_id, sizeof o.bgp_id);
    if (sent && w->peer.local.len == 4)
        memcpy(o.bgp_id, w->peer.local.a, sizeof o.bgp_id);
    if (w->ctx != NULL) {
        o.asn4 = w->ctx->asn4;
        o.ext_msg = w->ctx->ext_msg;
        o.add_path_rx = o.add_path_tx = w->ctx->add_path;
    }
    for (unsigned i = 0; i < nlri_map_cnt; i++)
        bgp_family_add(&o.families, i);
    for (unsigned i = nlri_map_cnt; i < BGP_FAMILIES_MAX; i++) {
        bgp_family_del(&o.add_path_rx, i);
        bgp_family_del(&o.add_path_tx, i);
    }
    struct wr m = wr_of(made, OPEN_MAX);
    encode_open_message(&m, &o);
    return cur_of(made, m.overflow ? 0 : m.len);
}

static void put_peer_up(struct wrap *w)
{
    uint8_t made[2][OPEN_MAX], msg[BMP_HEAD_MAX + 2 * OPEN_MAX];
    if (w->k->up)
        return;
    put_initiation(w);
    struct wr m = wr_of(msg, sizeof msg);
    struct encode_bmp_peer p = w->peer;
    p.flags = 0;
    encode_bmp_peer_up(&m, &p, open_of(w, true, made[0]), open_of(w, false, made[1]));
    if (!m.overflow)
        put(w, msg, m.len);
    w->k->up = true;
}

/* RFC 7854 section 4.9: 1 and 3 carry a NOTIFICATION, ours or theirs; 4: it went without. */
static void put_peer_down(struct wrap *w, uint8_t reason, struct cur data)
{
    uint8_t msg[BMP_HEAD_MAX + OPEN_MAX];
    if (!w->k->up)
        return;
    struct wr m = wr_of(msg, sizeof msg);
    struct encode_bmp_peer p = w->peer;
    p.flags = 0;
    encode_bmp_peer_down(&m, &p, reason, data);
    if (!m.overflow)
        put(w, msg, m.len);
    w->k->up = false;
}

static void put_route(struct wrap *w, bool sent, struct cur update)
{
    size_t room = BMP_HEADER_LEN + BMP_PEER_HEADER_LEN + update.left;
    uint8_t *msg = malloc(room);
    if (msg == NULL) {
        w->out->failed = true;
        return;
    }
    put_peer_up(w);
    struct wr m = wr_of(msg, room);
    w->peer.flags = (uint8_t)((w->ctx != NULL && !w->ctx->asn4 ? BMP_FLAG_A : 0) |
                              (sent ? BMP_FLAG_O | BMP_FLAG_L : 0));
    encode_bmp_route(&m, &w->peer, update.p, update.left);
    put(w, msg, m.len);
    free(msg);
}

static void keep_open(struct wrap *w, bool sent, struct cur msg)
{
    struct known *k = w->k;
    free(k->open[sent]);
    k->open[sent] = malloc(msg.left);
    k->open_len[sent] = k->open[sent] != NULL ? msg.left : 0;
    if (k->open[sent] != NULL)
        memcpy(k->open[sent], msg.p, msg.left);
}

static void take_message(struct wrap *w, bool sent, struct cur msg)
{
    uint8_t type = 0;
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type) || w->k == NULL)
        return;
    if (type == BGP_TYPE_OPEN && msg.left <= OPEN_MAX)
        keep_open(w, sent, msg);
    else if (type == BGP_TYPE_UPDATE)
        put_route(w, sent, msg);
    else if (type == BGP_TYPE_NOTIFICATION)
        put_peer_down(w, sent ? 1 : 3, msg);
}

static void take_state(struct wrap *w, unsigned from, unsigned to)
{
    if (w->k == NULL)
        return;
    if (to == SOURCE_STATE_ESTABLISHED)
        put_peer_up(w);
    else if (from == SOURCE_STATE_ESTABLISHED)
        put_peer_down(w, 4, cur_of(NULL, 0));
}

/* ---- frames ---- */

static struct wrap wrap_of(struct openbmp *o, struct buf *out, const struct track_peer *p,
                           uint32_t source, uint64_t time_ns)
{
    struct wrap w = {.o = o, .out = out, .group = o->admin_id, .time_ns = time_ns};
    uint8_t key[KEY_LEN];
    w.router = p->local;
    w.router.port = 0;
    w.peer = (struct encode_bmp_peer){
        .addr = p->addr, .local = p->local, .asn = p->asn, .time_us = time_ns / 1000};
    memcpy(w.peer.bgp_id, p->bgp_id, sizeof w.peer.bgp_id);
    make_key(key, KIND_PEER, source, &p->addr, p->asn);
    w.k = known_of(o, key);
    if (w.k == NULL)
        out->failed = true;
    return w;
}

static unsigned pass_bmp(struct openbmp *o, struct buf *out, const struct track_item *item)
{
    struct wrap w = {.o = o, .out = out, .group = "", .time_ns = item->frame->time};
    if (item->frame->flags & JOURNAL_REPEAT)
        return 0;
    if (item->source != NULL) {
        const struct track_source *s = item->source;
        w.router = s->info.remote;
        w.group = s->sys_name[0] != '\0' ? s->sys_name : s->info.name;
    }
    put(&w, item->frame->p, item->frame->len);
    return w.cnt;
}

unsigned openbmp_item(struct openbmp *o, struct buf *out, const struct track_item *item)
{
    const struct journal_view *f = item->frame;
    struct source_change c;
    if (item->is_bmp)
        return pass_bmp(o, out, item);
    if (item->peer == NULL)
        return 0;
    /* the AS number is learned on the way: the source alone is the key */
    struct track_peer p = *item->peer;
    uint32_t asn = p.asn;
    p.asn = 0;
    struct wrap w = wrap_of(o, out, &p, f->source, f->time);
    w.peer.asn = asn;
    w.ctx = item->ctx;
    bool sent = f->kind == JOURNAL_BGP_SENT;
    if (item->bgp != NULL && f->flags & JOURNAL_REPEAT) { /* teaches the OPENs */
        uint8_t type = 0;
        struct cur msg = cur_of(item->bgp, item->bgp_len);
        if (w.k != NULL && cur_peek(&msg, BGP_HEADER_LEN - 1, &type) && type == BGP_TYPE_OPEN &&
            msg.left <= OPEN_MAX)
            keep_open(&w, sent, msg);
    } else if (item->bgp != NULL) {
        take_message(&w, sent, cur_of(item->bgp, item->bgp_len));
    } else if (f->kind == JOURNAL_STATE && source_state_decode(f->p, f->len, &c) == 0) {
        take_state(&w, c.old_state, c.new_state);
    } else if (f->kind == JOURNAL_GONE) {
        take_state(&w, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
        if (w.k != NULL) {
            table_del(&o->table, &w.k->node);
            known_free(w.k);
        }
    }
    return w.cnt;
}

/* ---- MRT ---- */

unsigned openbmp_mrt(struct openbmp *o, struct buf *out, const struct mrt_walk *walk,
                     const struct bgp_ctx *ctx)
{
    const struct mrt_item *item = &walk->item;
    struct track_peer p;
    record_mrt_peer(item, &p);
    if (item->kind != MRT_ITEM_MESSAGE && item->kind != MRT_ITEM_STATE)
        return 0;
    struct wrap w = wrap_of(o, out, &p, 0, record_mrt_time(item->rec));
    w.ctx = ctx;
    if (item->kind == MRT_ITEM_MESSAGE)
        take_message(&w, item->sent, item->body);
    else
        take_state(&w, item->old_state, item->new_state);
    return w.cnt;
}

unsigned openbmp_rib(struct openbmp *o, struct buf *out, const struct mrt_walk *walk,
                     const struct bgp_ctx *ctx, struct cur msg)
{
    struct track_peer p;
    record_mrt_peer(&walk->item, &p);
    struct wrap w = wrap_of(o, out, &p, 0, record_mrt_time(walk->item.rec));
    w.ctx = ctx;
    if (w.k != NULL)
        put_route(&w, false, msg);
    return w.cnt;
}
