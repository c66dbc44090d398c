/* SPDX-License-Identifier: BSD-2-Clause */
/* openbmp: OpenBMP's binary raw messages, and BMP round what was none. Floor F3. */
#include "base/clock.h"
#include "base/fmt.h"
#include "bgp/caps.h"
#include "schemas/foreign/openbmp_int.h"
#include "schemas/wire/encode_open.h"

enum {
    HEADER_FIX = 78, /* octets, without both names */
    FLAG_ROUTER = 0x80,
    FLAG_IPV6 = 0x40,
    TYPE_BMP_RAW = 12,
    BMP_HEAD_MAX = BMP_HEADER_LEN + BMP_PEER_HEADER_LEN + 20, /* of a Peer Up, without OPENs */
};

/* ---- the header ---- */

/* MD5 of the router's address as text: what names a router to readers. */
static const uint8_t *router_hash(struct openbmp *o, const struct source_addr *a)
{
    char text[FMT_IPV6_MAX];
    if (o->hashed.len == a->len && memcmp(o->hashed.a, a->a, a->len) == 0 && a->len > 0)
        return o->router_hash;
    size_t n = a->len == 16 ? fmt_ipv6(text, a->a) : fmt_ipv4(text, a->a);
    md5(text, n, o->router_hash);
    o->hashed = *a;
    return o->router_hash;
}

/* Begins a message with `len` octets of BMP: writes its header and returns where the BMP goes;
 * put_end follows. NULL when memory runs out. */
static char *put_begin(struct openbmp_wrap *w, size_t len)
{
    struct openbmp *o = w->o;
    size_t id_len = strlen(o->admin_id), group_len = strnlen(w->group, OPENBMP_NAME_MAX);
    size_t head_len = HEADER_FIX + id_len + group_len;
    char *room = buf_room(w->out, head_len + len);
    if (room == NULL)
        return NULL;
    struct wr h = wr_of(room, head_len);
    wr_bytes(&h, "OBMP\1\7", 6);
    wr_u16(&h, (uint16_t)head_len);
    wr_u32(&h, (uint32_t)len);
    wr_u8(&h, FLAG_ROUTER | (w->router.len == 16 ? FLAG_IPV6 : 0));
    wr_u8(&h, TYPE_BMP_RAW);
    wr_u32(&h, (uint32_t)(w->time_ns / NS_PER_S));
    wr_u32(&h, (uint32_t)(w->time_ns % NS_PER_S / 1000));
    wr_bytes(&h, o->collector_hash, MD5_LEN);
    wr_u16(&h, (uint16_t)id_len);
    wr_bytes(&h, o->admin_id, id_len);
    wr_bytes(&h, router_hash(o, &w->router), MD5_LEN);
    wr_bytes(&h, w->router.a, sizeof w->router.a);
    wr_u16(&h, (uint16_t)group_len);
    wr_bytes(&h, w->group, group_len);
    wr_u32(&h, 1); /* rows */
    w->out->len += head_len;
    return room + head_len;
}

static void put_end(struct openbmp_wrap *w, size_t len)
{
    w->out->len += len;
    w->cnt++;
    if (w->o->end != NULL)
        w->o->end(w->o->arg);
}

/* Writes one message: header and `len` octets of BMP. */
static void put(struct openbmp_wrap *w, const void *bmp, size_t len)
{
    char *room = put_begin(w, len);
    if (room == NULL)
        return;
    memcpy(room, bmp, len);
    put_end(w, len);
}

/* ---- BMP round BGP ---- */

static void put_initiation(struct openbmp_wrap *w)
{
    uint8_t msg[2 * OPENBMP_NAME_MAX + 64];
    if (w->said.router)
        return;
    struct wr m = wr_of(msg, sizeof msg);
    encode_bmp_initiation(&m, "ribtape " RIBTAPE_VERSION, w->o->admin_id);
    put(w, msg, m.len);
    w->said.router = true;
}

/* Returns the OPEN of a side, or one that says what its routes are read by. */
static struct cur open_of(const struct openbmp_wrap *w, bool sent, uint8_t made[OPENBMP_OPEN_MAX])
{
    if (w->open[sent].left > 0)
        return w->open[sent];
    struct encode_open o = {.asn = w->peer.asn, .hold_time_s = 180, .asn4 = true};
    memcpy(o.bgp_id, w->peer.bgp_id, sizeof o.bgp_id);
    if (sent && w->local_asn != 0)
        o.asn = w->local_asn;
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
    struct wr m = wr_of(made, OPENBMP_OPEN_MAX);
    encode_open_message(&m, &o);
    return cur_of(made, m.overflow ? 0 : m.len);
}

bool openbmp_is_up(const struct openbmp_said *said)
{
    return said->peer && !said->down;
}

static void put_peer_up(struct openbmp_wrap *w)
{
    uint8_t made[2][OPENBMP_OPEN_MAX], msg[BMP_HEAD_MAX + 2 * OPENBMP_OPEN_MAX];
    if (openbmp_is_up(&w->said))
        return;
    put_initiation(w);
    struct wr m = wr_of(msg, sizeof msg);
    struct encode_bmp_peer p = w->peer;
    p.flags = 0;
    encode_bmp_peer_up(&m, &p, open_of(w, true, made[0]), open_of(w, false, made[1]));
    if (!m.overflow)
        put(w, msg, m.len);
    w->said.peer = true;
    w->said.down = false;
}

/* RFC 7854 section 4.9: 1 and 3 carry a NOTIFICATION, ours or theirs; 4: it went without. */
static void put_peer_down(struct openbmp_wrap *w, uint8_t reason, struct cur data)
{
    uint8_t msg[BMP_HEAD_MAX + OPENBMP_OPEN_MAX];
    if (!openbmp_is_up(&w->said))
        return;
    struct wr m = wr_of(msg, sizeof msg);
    struct encode_bmp_peer p = w->peer;
    p.flags = 0;
    encode_bmp_peer_down(&m, &p, reason, data);
    if (!m.overflow)
        put(w, msg, m.len);
    w->said.down = true;
}

void openbmp_put_route(struct openbmp_wrap *w, bool sent, struct cur update)
{
    put_peer_up(w);
    size_t len = BMP_HEADER_LEN + BMP_PEER_HEADER_LEN + update.left;
    char *room = put_begin(w, len);
    if (room == NULL)
        return;
    struct wr m = wr_of(room, len);
    w->peer.flags = (uint8_t)((w->ctx != NULL && !w->ctx->asn4 ? BMP_FLAG_A : 0) |
                              (sent ? BMP_FLAG_O | BMP_FLAG_L : 0));
    encode_bmp_route(&m, &w->peer, update.p, update.left);
    put_end(w, len);
}

void openbmp_take_message(struct openbmp_wrap *w, bool sent, struct cur msg)
{
    uint8_t type = 0;
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type))
        return;
    if (type == BGP_TYPE_UPDATE)
        openbmp_put_route(w, sent, msg);
    else if (type == BGP_TYPE_NOTIFICATION)
        put_peer_down(w, sent ? 1 : 3, msg);
}

void openbmp_take_state(struct openbmp_wrap *w, unsigned from, unsigned to)
{
    if (to == SOURCE_STATE_ESTABLISHED)
        put_peer_up(w);
    else if (from == SOURCE_STATE_ESTABLISHED)
        put_peer_down(w, 4, cur_of(NULL, 0));
}

struct openbmp_wrap openbmp_wrap_of(struct openbmp *o, struct buf *out,
                                    const struct track_peer *p, uint64_t time_ns)
{
    struct openbmp_wrap w = {.o = o, .out = out, .group = o->admin_id, .time_ns = time_ns};
    w.router = p->local;
    w.router.port = 0;
    w.local_asn = p->local_asn;
    w.peer = (struct encode_bmp_peer){
        .addr = p->addr, .local = p->local, .asn = p->asn, .time_us = time_ns / 1000};
    memcpy(w.peer.bgp_id, p->bgp_id, sizeof w.peer.bgp_id);
    return w;
}

/* ---- frames ---- */

/* A BMP stream whose connection ended says no more: RFC 7854 section 4.5. */
static void end_router(struct openbmp_wrap *w)
{
    uint8_t msg[BMP_HEADER_LEN + 8];
    struct wr m = wr_of(msg, sizeof msg);
    if (!w->said.router)
        return;
    encode_bmp_termination(&m, ENCODE_BMP_UNSPECIFIED);
    put(w, msg, m.len);
    w->said.router = false;
}

static void pass_bmp(struct openbmp_wrap *w, const struct track_item *item)
{
    const struct bmp_msg *m = &item->bmp;
    bool names_peer = !item->bmp_bad && m->has_peer;
    bool asks_peer = names_peer && m->type != BMP_TYPE_PEER_UP && m->type != BMP_TYPE_PEER_DOWN;
    struct cur first = item->source != NULL ? item->source->initiation : cur_of(NULL, 0);
    if (!w->said.router && first.left > 0 &&
        (item->bmp_bad || m->type != BMP_TYPE_INITIATION))
        put(w, first.p, first.left);
    if (asks_peer && !w->said.peer && item->peer != NULL && item->peer->peer_up.left > 0)
        put(w, item->peer->peer_up.p, item->peer->peer_up.left);
    put(w, item->frame->p, item->frame->len);
    w->said.router = true;
    w->said.peer |= names_peer;
}

static void take_bmp_source(struct openbmp_wrap *w, const struct track_item *item)
{
    const struct track_source *s = item->source;
    w->group = "";
    if (s != NULL) {
        w->router = s->info.remote;
        w->group = s->sys_name[0] != '\0' ? s->sys_name : s->info.name;
    }
    if (item->is_bmp)
        pass_bmp(w, item);
    else if (item->frame->kind == JOURNAL_GONE)
        end_router(w);
}

static void take_bgp_source(struct openbmp_wrap *w, const struct track_item *item)
{
    const struct journal_view *f = item->frame;
    struct source_change c;
    uint8_t state = item->peer->state;
    if (item->bgp != NULL && (state == 0 || state == SOURCE_STATE_ESTABLISHED))
        openbmp_take_message(w, f->kind == JOURNAL_BGP_SENT, cur_of(item->bgp, item->bgp_len));
    else if (f->kind == JOURNAL_STATE && source_state_decode(f->p, f->len, &c) == 0)
        openbmp_take_state(w, c.old_state, c.new_state);
    else if (f->kind == JOURNAL_GONE)
        openbmp_take_state(w, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
}

unsigned openbmp_stream(struct openbmp *o, struct buf *out, const struct track_item *item,
                        struct openbmp_said *said)
{
    struct openbmp_wrap w = {.o = o, .out = out, .time_ns = item->frame->time};
    bool bmp = item->is_bmp ||
               (item->source != NULL && item->source->info.kind == SOURCE_BMP);
    if ((item->frame->flags & JOURNAL_REPEAT) || (!bmp && item->peer == NULL))
        return 0;
    if (!bmp) {
        w = openbmp_wrap_of(o, out, item->peer, item->frame->time);
        w.ctx = item->ctx;
        w.open[0] = item->peer->recv_open;
        w.open[1] = item->peer->sent_open;
    }
    w.said = *said;
    if (bmp)
        take_bmp_source(&w, item);
    else
        take_bgp_source(&w, item);
    *said = w.said;
    return w.cnt;
}
