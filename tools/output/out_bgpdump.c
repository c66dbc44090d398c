/* SPDX-License-Identifier: BSD-2-Clause */
/* out_bgpdump: the one-line formats of bgpdump -m and -M, for scripts that expect them. Floor
 * F4.
 *
 *     FORMAT|time|A|peer|AS|prefix[|path id]|AS path|origin|next
 * hop|pref|MED|communities|AG|agg| FORMAT|time|W|peer|AS|prefix[|path id]
 *     FORMAT|time|STATE|peer|AS|old|new
 *     FORMAT|time|B|... as A: an entry of a RIB
 *
 * What the format has no room for (families beyond unicast and multicast, other attributes) is
 * not written; the record (json) has it. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "tools/decode/decode.h"
#include "tools/decode/memo.h"
#include "tools/output/bgpdump_attrs.h"

/* What every line of one event begins with. */
struct line {
    struct decode *d;
    const char *format; /* "BGP4MP" */
    bool et, local;
    uint64_t time_ns;
    const struct mrt_peer *peer;
    const struct bgp_ctx *ctx;
    struct filter_subject *routes; /* decode_event's */
};

enum { DATE_LEN = 17, WHO_LEN = FMT_IPV6_MAX + FMT_U64_MAX + 4, WHO_CNT = 64 };

/* `|peer|AS|` of a peer. */
struct who {
    struct mrt_peer peer;
    size_t len; /* 0: empty */
    char text[WHO_LEN];
};

/* What FORMAT|time| is made of. */
struct head_of {
    const char *format;
    bool et, local, add_path;
    uint64_t time_ns;
};

/* The output's memory: what lines share, made once. */
struct state {
    struct buf head;   /* FORMAT|time| ... */
    struct head_of of; /* ... of such lines */
    struct who *who;   /* of the event at hand, among: */
    struct who whos[WHO_CNT];
    struct buf tail;    /* |AS path ... of an UPDATE */
    struct memo *tails; /* ... of RIB entries, whose attributes recur */
    time_t day_sec;     /* -M: the second that `date` names */
    char date[DATE_LEN + 1];
};

static struct state *state_of(struct decode *d)
{
    if (d->output_state == NULL)
        d->output_state = calloc(1, sizeof(struct state));
    if (d->output_state == NULL)
        d->out.failed = true;
    return d->output_state;
}

/* ---- parts of a line ---- */

static void put_u32(struct buf *b, uint32_t v)
{
    char *p = buf_room(b, FMT_U64_MAX);
    if (p != NULL)
        b->len += fmt_u32(p, v);
}

static void put_usec(struct buf *b, uint32_t usec)
{
    char text[8] = ".000000";
    for (int i = 6; i > 0; i--, usec /= 10)
        text[i] = (char)('0' + usec % 10);
    buf_add(b, text, 7);
}

/* Writes MM/DD/YY HH:MM:SS, UTC. */
static void make_date(char date[DATE_LEN + 1], time_t sec)
{
    struct tm tm;
    gmtime_r(&sec, &tm);
    const int parts[] = {tm.tm_mon + 1, tm.tm_mday, tm.tm_year % 100,
                         tm.tm_hour,    tm.tm_min,  tm.tm_sec};
    memcpy(date, "  /  /     :  :  ", DATE_LEN + 1);
    for (int i = 0; i < 6; i++) {
        date[3 * i] = (char)('0' + parts[i] / 10);
        date[3 * i + 1] = (char)('0' + parts[i] % 10);
    }
}

static void put_time(struct state *s, const struct line *l)
{
    time_t sec = (time_t)(l->time_ns / NS_PER_S);
    if (!l->d->o.short_lines) {
        put_u32(&s->head, (uint32_t)sec);
    } else {
        if (s->date[0] == '\0' || sec != s->day_sec)
            make_date(s->date, sec);
        s->day_sec = sec;
        buf_add_str(&s->head, s->date);
    }
    if (l->et)
        put_usec(&s->head, (uint32_t)(l->time_ns % NS_PER_S / 1000));
}

/* Writes an address as bgpdump does, by inet_ntop: IPv4-compatible ones in mixed notation.
 * Takes FMT_IPV6_MAX + 1 octets of room. */
static size_t put_addr(char *p, const uint8_t *a, unsigned len)
{
    static const uint8_t zeros[12];
    if (len == 4)
        return fmt_ipv4(p, a);
    if (memcmp(a, zeros, sizeof zeros) == 0 && inet_ntop(AF_INET6, a, p, FMT_IPV6_MAX + 1))
        return strlen(p);
    return fmt_ipv6(p, a);
}

static bool same_head(const struct head_of *a, const struct head_of *b)
{
    return a->format == b->format && a->et == b->et && a->local == b->local &&
           a->add_path == b->add_path && a->time_ns == b->time_ns;
}

static void make_head(struct state *s, const struct line *l, const struct head_of *of)
{
    s->of = *of;
    buf_clear(&s->head);
    buf_add_str(&s->head, of->format);
    if (of->et)
        buf_add(&s->head, "_ET", 3);
    if (of->local)
        buf_add(&s->head, "_LOCAL", 6);
    if (of->add_path)
        buf_add(&s->head, "_AP", 3);
    buf_add_char(&s->head, '|');
    put_time(s, l);
    buf_add_char(&s->head, '|');
}

static void make_who(struct who *w, const struct mrt_peer *p)
{
    char *at = w->text;
    w->peer = *p;
    *at++ = '|';
    if (p->addr_len > 0)
        at += put_addr(at, p->addr, p->addr_len);
    else
        at += fmt_ipv4(at, (const uint8_t[]){0, 0, 0, 0});
    *at++ = '|';
    at += fmt_u32(at, p->asn);
    *at++ = '|';
    w->len = (size_t)(at - w->text);
}

static bool same_peer(const struct mrt_peer *a, const struct mrt_peer *b)
{
    return a->asn == b->asn && a->addr_len == b->addr_len &&
           memcmp(a->addr, b->addr, sizeof a->addr) == 0;
}

/* Makes what all lines of an event share. */
static void begin(struct state *s, const struct line *l, bool add_path)
{
    const struct mrt_peer *p = l->peer;
    const struct head_of of = {l->format, l->et, l->local, add_path, l->time_ns};
    if (s->head.len == 0 || !same_head(&s->of, &of))
        make_head(s, l, &of);
    s->who = &s->whos[(p->asn ^ p->addr[3] ^ p->addr[15]) % WHO_CNT];
    if (s->who->len == 0 || !same_peer(&s->who->peer, p))
        make_who(s->who, p);
}

static char *put(char *p, const char *text, size_t len)
{
    memcpy(p, text, len);
    return p + len;
}

/* Writes one line: `kind`, the prefix, and the tail unless it is a withdrawal. */
static void put_line(const struct line *l, struct state *s, char kind, const struct nlri *n,
                     struct str tail)
{
    struct buf *b = &l->d->out;
    struct cur c = n->body;
    uint8_t addr[16] = {0}, bits = 0;
    unsigned addr_len = n->row->afi == BGP_AFI_IPV4 ? 4 : 16;
    if (!cur_u8(&c, &bits) || bits > 8 * addr_len || !cur_copy(&c, addr, (bits + 7u) / 8))
        return;
    if (bits % 8 != 0)
        addr[bits / 8] &= (uint8_t)(0xff << (8 - bits % 8));
    char *p = buf_room(b, s->head.len + WHO_LEN + FMT_PREFIX_MAX + FMT_U64_MAX + 8 + tail.len);
    if (p == NULL)
        return;
    p = put(p, s->head.p, s->head.len);
    *p++ = kind;
    p = put(p, s->who->text, s->who->len);
    p += put_addr(p, addr, addr_len);
    *p++ = '/';
    p += fmt_u8(p, bits);
    if (n->has_path_id) {
        *p++ = '|';
        p += fmt_u32(p, n->path_id);
    }
    if (kind != 'W')
        p = put(p, tail.p, tail.len);
    *p++ = '\n';
    b->len = (size_t)(p - b->p);
}

/* ---- UPDATEs ---- */

static bool printable(const struct bgp_section *s)
{
    return s->present && (s->afi == BGP_AFI_IPV4 || s->afi == BGP_AFI_IPV6) &&
           (s->safi == BGP_SAFI_UNICAST || s->safi == BGP_SAFI_MULTICAST);
}

static void put_section(const struct line *l, struct state *st, const struct bgp_update *u,
                        const struct bgp_section *s, char kind)
{
    struct nlri_iter it;
    struct nlri n;
    if (!printable(s))
        return;
    nlri_iter_init(&it, s->family, l->ctx, bgp_update_cur(u, s->nlri), kind == 'W');
    (void)nlri_settle_add_path(&it);
    begin(st, l, it.add_path);
    while (nlri_iter_next(&it, &n) > 0) {
        if (l->routes == NULL || filter_route(l->routes, &n))
            put_line(l, st, kind, &n, str_at(st->tail.p, st->tail.len));
    }
}

static void put_mp(const struct line *l, struct state *s, const struct bgp_update *u,
                   uint16_t afi)
{
    if (u->mp_unreach.present && u->mp_unreach.afi == afi)
        put_section(l, s, u, &u->mp_unreach, 'W');
    if (!u->mp_reach.present || u->mp_reach.afi != afi)
        return;
    bgpdump_attrs(&s->tail, u, l->ctx, bgp_update_cur(u, u->mp_reach.next_hop),
                  l->d->o.short_lines);
    put_section(l, s, u, &u->mp_reach, 'A');
}

static void put_update(const struct line *l, struct cur msg)
{
    struct bgp_update u;
    uint8_t type = 0;
    struct state *s = state_of(l->d);
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type) || type != BGP_TYPE_UPDATE || s == NULL)
        return;
    (void)bgp_update_index(msg.p, msg.left, l->ctx, &u);
    if (u.withdrawn.present)
        put_section(l, s, &u, &u.withdrawn, 'W');
    if (u.announced.present) {
        bgpdump_attrs(&s->tail, &u, l->ctx, cur_of(NULL, 0), l->d->o.short_lines);
        put_section(l, s, &u, &u.announced, 'A');
    }
    put_mp(l, s, &u, BGP_AFI_IPV4);
    put_mp(l, s, &u, BGP_AFI_IPV6);
}

static void put_state(const struct line *l, uint32_t from, uint32_t to)
{
    struct buf *b = &l->d->out;
    struct state *s = state_of(l->d);
    if (s == NULL)
        return;
    begin(s, l, false);
    buf_add(b, s->head.p, s->head.len);
    buf_add(b, "STATE", 5);
    buf_add(b, s->who->text, s->who->len);
    put_u32(b, from);
    buf_add_char(b, '|');
    put_u32(b, to);
    buf_add_char(b, '\n');
}

/* ---- MRT ---- */

/* Returns the columns of an entry's attributes, borrowed until the next call. */
static struct str tail_of(const struct line *l, struct state *s, const struct mrt_rib *rib)
{
    struct bgp_update u;
    struct cur next_hop;
    const struct memo_key key = {.p = rib->attrs.p,
                                 .len = rib->attrs.left,
                                 .tag = (uint64_t)rib->family << 2 |
                                        (uint64_t)l->ctx->asn4 << 1 | l->ctx->pinned};
    bool recurs = rib->next_hop.left == 0; /* all there is to know is in the attributes */
    if (recurs && s->tails == NULL)
        s->tails = memo_new();
    recurs = recurs && s->tails != NULL;
    struct str known = recurs ? memo_find(s->tails, &key) : (struct str){.p = NULL};
    if (known.p != NULL)
        return known;
    record_rib_index(rib, l->ctx, &u, &next_hop);
    bgpdump_attrs(&s->tail, &u, l->ctx, next_hop, l->d->o.short_lines);
    if (recurs)
        memo_keep(s->tails, &key, s->tail.p, s->tail.len);
    return str_at(s->tail.p, s->tail.len);
}

static void put_rib(const struct line *l, const struct mrt_rib *rib)
{
    struct state *s = state_of(l->d);
    struct bgp_section as_section = {.present = true, .afi = rib->afi, .safi = rib->safi};
    if (!printable(&as_section) || s == NULL)
        return;
    begin(s, l, rib->has_path_id);
    struct nlri n = {.row = nlri_row_of(rib->family),
                     .body = rib->nlri,
                     .has_path_id = rib->has_path_id,
                     .path_id = rib->path_id};
    put_line(l, s, 'B', &n, tail_of(l, s, rib));
}

static const char *format_of(uint16_t type)
{
    switch (type) {
    case MRT_BGP:
        return "BGP";
    case MRT_TABLE_DUMP:
        return "TABLE_DUMP";
    case MRT_TABLE_DUMP_V2:
        return "TABLE_DUMP2";
    default:
        return "BGP4MP";
    }
}

static void write_walk(struct decode *d, const struct decode_event *ev)
{
    const struct mrt_item *item = &ev->walk->item;
    struct line l = {.d = d,
                     .format = format_of(item->rec->type),
                     .et = item->rec->et,
                     .local = item->sent,
                     .time_ns = record_mrt_time(item->rec),
                     .peer = item->sent ? &item->local : &item->peer,
                     .ctx = ev->ctx,
                     .routes = ev->routes};
    if (item->kind == MRT_ITEM_MESSAGE)
        put_update(&l, item->body);
    else if (item->kind == MRT_ITEM_STATE)
        put_state(&l, item->old_state, item->new_state);
    else if (item->kind == MRT_ITEM_RIB)
        put_rib(&l, &item->rib);
}

/* ---- tracked frames ---- */

static struct mrt_peer peer_of(const struct source_addr *a, uint32_t asn)
{
    struct mrt_peer p = {.addr_len = a->len, .asn = asn};
    memcpy(p.addr, a->a, sizeof p.addr);
    return p;
}

/* A BMP Peer Up or Down stands for the state change that the archive has for it. */
static void put_event(const struct line *l, const struct track_item *item)
{
    struct source_change c;
    if (item->is_bmp && !item->bmp_bad && item->bmp.type == BMP_TYPE_PEER_UP)
        put_state(l, MRT_OPEN_CONFIRM, MRT_ESTABLISHED);
    else if (item->is_bmp && !item->bmp_bad && item->bmp.type == BMP_TYPE_PEER_DOWN)
        put_state(l, MRT_ESTABLISHED, MRT_IDLE);
    else if (item->frame->kind == JOURNAL_STATE &&
             source_state_decode(item->frame->p, item->frame->len, &c) == 0)
        put_state(l, c.old_state, c.new_state);
}

static void write_item(struct decode *d, const struct decode_event *ev)
{
    const struct track_item *item = ev->item;
    const struct track_peer *p = item->peer;
    struct track_peer stranger = {0};
    if (item->frame->flags & JOURNAL_REPEAT)
        return;
    if (p == NULL && item->is_bmp && item->bmp.has_peer)
        track_peer_of_header(&item->bmp.peer, &stranger);
    if (p == NULL)
        p = &stranger;
    bool sent = item->frame->kind == JOURNAL_BGP_SENT;
    struct mrt_peer peer = sent ? peer_of(&p->local, p->local_asn) : peer_of(&p->addr, p->asn);
    struct line l = {.d = d,
                     .format = "BGP4MP",
                     .et = true,
                     .local = sent,
                     .time_ns = item->frame->time,
                     .peer = &peer,
                     .ctx = ev->ctx,
                     .routes = ev->routes};
    if (item->bgp != NULL)
        put_update(&l, cur_of(item->bgp, item->bgp_len));
    else
        put_event(&l, item);
}

static void write_bgpdump(struct decode *d, const struct decode_event *ev)
{
    if (ev->walk != NULL)
        write_walk(d, ev);
    else if (ev->item != NULL)
        write_item(d, ev);
}

static void drop_bgpdump(struct decode *d)
{
    struct state *s = d->output_state;
    if (s == NULL)
        return;
    buf_free(&s->head);
    memo_free(s->tails);
    buf_free(&s->tail);
}

const struct decode_output decode_bgpdump = {.name = "bgpdump",
                                             .write = write_bgpdump,
                                             .drop = drop_bgpdump,
                                             .apart = true,
                                             .routes = true};
