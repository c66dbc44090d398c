/* SPDX-License-Identifier: BSD-2-Clause */
/* out_exabgp: ExaBGP's JSON, version 6, an object a line. Floor F4. */
#include <stdlib.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/json.h"
#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "bgp/nlri_map.h"
#include "schemas/record/record_mrt.h"
#include "tools/decode/decode.h"
#include "tools/exabgp/exabgp.h"

enum { NEIGHBORS = 4096, PROBES = 8 };

/* How many lines were of one. */
struct neighbor {
    struct source_addr addr; /* len 0 and cnt 0: free */
    uint32_t asn;
    uint64_t cnt;
};

struct state {
    struct neighbor neighbors[NEIGHBORS];
    uint64_t others; /* of those that have no place there */
    char host[256];
};

/* One message on its way out. */
struct exa {
    struct emit *e;
    struct decode *d;
    struct state *state;
    uint64_t time_ns;
    const struct track_peer *peer;
    bool sent;
    const struct bgp_ctx *ctx;
    struct cur msg;
};

static struct state *state_of(struct decode *d)
{
    struct state *s = d->output_state;
    if (s != NULL)
        return s;
    s = d->output_state = calloc(1, sizeof *s);
    if (s == NULL)
        d->out.failed = true;
    else if (gethostname(s->host, sizeof s->host - 1) != 0)
        s->host[0] = '\0';
    return s;
}

/* Returns the number of the next line of a neighbor. */
static uint64_t next_count(struct state *s, const struct track_peer *p)
{
    uint32_t hash = p->asn * UINT32_C(0x9e3779b1);
    for (unsigned i = 0; i < p->addr.len; i++)
        hash = (hash ^ p->addr.a[i]) * UINT32_C(0x01000193);
    for (unsigned i = 0; i < PROBES; i++) {
        struct neighbor *n = &s->neighbors[((hash >> 12) + i) % NEIGHBORS];
        if (n->cnt == 0) {
            n->addr = p->addr;
            n->asn = p->asn;
        }
        if (n->asn == p->asn && n->addr.len == p->addr.len &&
            memcmp(n->addr.a, p->addr.a, p->addr.len) == 0)
            return ++n->cnt;
    }
    return ++s->others;
}

/* ---- the envelope ---- */

static void put_addr(struct emit *e, struct str key, const struct source_addr *a)
{
    if (a->len > 0)
        emit_ip(e, key, a->a, a->len);
}

/* Writes all up to what the type has of its own; the object and "neighbor" stay open. */
static void begin(const struct exa *x, const char *type)
{
    struct emit *e = x->e;
    const struct track_peer *p = x->peer;
    emit_object(e, EMIT_ITEM);
    emit_name(e, KEY("exabgp"), "6.0.0");
    emit_time(e, KEY("time"), x->time_ns);
    emit_text(e, KEY("host"), x->state->host, strlen(x->state->host));
    emit_u64(e, KEY("pid"), (uint64_t)getpid());
    emit_u64(e, KEY("ppid"), (uint64_t)getppid());
    emit_u64(e, KEY("counter"), next_count(x->state, p));
    emit_name(e, KEY("type"), type);
    if (x->d->o.record.raw && x->msg.left >= BGP_HEADER_LEN) {
        struct cur c = x->msg, head;
        if (cur_take(&c, BGP_HEADER_LEN, &head)) {
            exabgp_hex(e, KEY("header"), "", head);
            exabgp_hex(e, KEY("body"), "", c);
        }
    }
    emit_object(e, KEY("neighbor"));
    emit_object(e, KEY("address"));
    put_addr(e, KEY("local"), &p->local);
    put_addr(e, KEY("peer"), &p->addr);
    emit_object_end(e);
    emit_object(e, KEY("asn"));
    if (p->local_asn != 0)
        emit_u64(e, KEY("local"), p->local_asn);
    emit_u64(e, KEY("peer"), p->asn);
    emit_object_end(e);
    if (p->has_bgp_id)
        emit_ipv4(e, KEY("router-id"), p->bgp_id);
    emit_name(e, KEY("direction"), x->sent ? "out" : "in");
}

static void end(const struct exa *x)
{
    emit_object_end(x->e);
    emit_object_end(x->e);
    buf_add_char(&x->d->out, '\n');
}

/* ---- UPDATE ---- */

/* A next hop and, of IPv6, the link-local one beside it (RFC 2545 section 3), as texts. */
struct hops {
    unsigned cnt;
    size_t len[2];
    char text[2][FMT_IPV6_MAX];
};

static void read_hops(struct hops *h, struct cur c)
{
    bool vpn = c.left == 12 || c.left == 24 || c.left == 48;
    h->cnt = 0;
    while (c.left >= 4 && h->cnt < 2) {
        uint32_t addr_len = c.left - (vpn ? 8 : 0) >= 16 ? 16 : 4;
        if (vpn && !cur_skip(&c, 8))
            return;
        const uint8_t *addr = cur_bytes(&c, addr_len);
        if (addr == NULL)
            return;
        char *text = h->text[h->cnt];
        h->len[h->cnt++] = addr_len == 16 ? fmt_ipv6(text, addr) : fmt_ipv4(text, addr);
        if (h->cnt == 2 && h->len[0] == h->len[1] && memcmp(h->text[0], text, h->len[0]) == 0)
            h->cnt = 1; /* the same again */
    }
}

static struct str hop_at(const struct hops *h, unsigned i)
{
    return i < h->cnt ? str_at(h->text[i], h->len[i]) : (struct str){.p = NULL};
}

static void put_routes(const struct exa *x, const struct bgp_update *u,
                       const struct bgp_section *s, bool withdraw, struct str next_hop)
{
    struct nlri_iter it;
    struct nlri n;
    nlri_iter_init(&it, s->family, x->ctx, bgp_update_cur(u, s->nlri), withdraw);
    (void)nlri_settle_add_path(&it);
    while (nlri_iter_next(&it, &n) > 0)
        exabgp_nlri(x->e, &n, next_hop);
}

static bool has(const struct bgp_section *s)
{
    return s->present && s->nlri.len > 0;
}

/* ExaBGP has a route once for each next hop. */
static void put_announced(const struct exa *x, const struct bgp_update *u,
                          const struct bgp_section *s, struct cur next_hop)
{
    char family[EXABGP_FAMILY_MAX];
    struct hops h;
    if (!has(s))
        return;
    read_hops(&h, next_hop);
    emit_object(x->e, str_at(family, exabgp_family(family, s->afi, ' ', s->safi)));
    for (unsigned i = 0; i == 0 || i < h.cnt; i++) {
        emit_array(x->e, i < h.cnt ? hop_at(&h, i) : KEY("no-nexthop"));
        put_routes(x, u, s, false, hop_at(&h, i));
        emit_array_end(x->e);
    }
    emit_object_end(x->e);
}

static void put_withdrawn(const struct exa *x, const struct bgp_update *u,
                          const struct bgp_section *s)
{
    char family[EXABGP_FAMILY_MAX];
    if (!has(s))
        return;
    emit_array(x->e, str_at(family, exabgp_family(family, s->afi, ' ', s->safi)));
    put_routes(x, u, s, true, (struct str){.p = NULL});
    emit_array_end(x->e);
}

static void put_family(struct emit *e, uint16_t afi, uint8_t safi)
{
    char text[EXABGP_NAME_MAX];
    emit_name(e, KEY("afi"), exabgp_afi(text, afi));
    emit_name(e, KEY("safi"), exabgp_safi(text, safi));
}

static void put_eor(const struct exa *x, uint16_t afi, uint8_t safi)
{
    struct emit *e = x->e;
    emit_object(e, KEY("eor"));
    put_family(e, afi, safi);
    emit_object_end(e);
}

static void put_attributes(const struct exa *x, const struct bgp_update *u)
{
    if (!exabgp_has_attrs(u))
        return;
    emit_object(x->e, KEY("attribute"));
    exabgp_attrs(x->e, u, x->ctx);
    emit_object_end(x->e);
}

/* Returns NEXT_HOP's value, empty without it. */
static struct cur plain_hop(const struct bgp_update *u)
{
    const struct bgp_attr *a = bgp_update_attr(u, ATTR_NEXT_HOP);
    return a != NULL ? cur_at(u->msg + a->off, a->len, a->off) : cur_of(NULL, 0);
}

static void put_update(const struct exa *x)
{
    struct emit *e = x->e;
    struct bgp_update u;
    uint16_t afi;
    uint8_t safi;
    (void)bgp_update_index(x->msg.p, x->msg.left, x->ctx, &u);
    begin(x, "update");
    emit_object(e, KEY("message"));
    if (bgp_update_is_eor(&u, &afi, &safi)) {
        put_eor(x, afi, safi);
    } else {
        emit_object(e, KEY("update"));
        put_attributes(x, &u);
        if (has(&u.announced) || has(&u.mp_reach)) {
            emit_object(e, KEY("announce"));
            put_announced(x, &u, &u.announced, plain_hop(&u));
            put_announced(x, &u, &u.mp_reach, bgp_update_cur(&u, u.mp_reach.next_hop));
            emit_object_end(e);
        }
        if (has(&u.withdrawn) || has(&u.mp_unreach)) {
            emit_object(e, KEY("withdraw"));
            put_withdrawn(x, &u, &u.withdrawn);
            put_withdrawn(x, &u, &u.mp_unreach);
            emit_object_end(e);
        }
        emit_object_end(e);
    }
    emit_object_end(e);
    end(x);
}

/* A RIB's entry, as the UPDATE that would announce it. */
static void put_rib(const struct exa *x, const struct mrt_rib *rib)
{
    struct emit *e = x->e;
    struct bgp_update u;
    struct cur next_hop;
    struct hops h;
    char family[EXABGP_FAMILY_MAX];
    const struct nlri n = {.row = nlri_row_of(rib->family),
                           .body = rib->nlri,
                           .path_id = rib->path_id,
                           .has_path_id = rib->has_path_id,
                           .ctx = x->ctx};
    record_rib_index(rib, x->ctx, &u, &next_hop);
    read_hops(&h, next_hop.left > 0 ? next_hop : plain_hop(&u));
    begin(x, "update");
    emit_object(e, KEY("message"));
    emit_object(e, KEY("update"));
    put_attributes(x, &u);
    emit_object(e, KEY("announce"));
    emit_object(e, str_at(family, exabgp_family(family, rib->afi, ' ', rib->safi)));
    for (unsigned i = 0; i == 0 || i < h.cnt; i++) {
        emit_array(e, i < h.cnt ? hop_at(&h, i) : KEY("no-nexthop"));
        exabgp_nlri(e, &n, hop_at(&h, i));
        emit_array_end(e);
    }
    for (int i = 0; i < 4; i++)
        emit_object_end(e);
    end(x);
}

/* ---- other messages ---- */

static void put_open(const struct exa *x)
{
    struct bgp_open o;
    (void)bgp_open_index(x->msg.p, x->msg.left, &o);
    begin(x, "open");
    emit_object(x->e, KEY("open"));
    exabgp_open(x->e, &o);
    emit_object_end(x->e);
    end(x);
}

static void put_notification(const struct exa *x, struct cur body)
{
    uint8_t code = 0, subcode = 0;
    (void)!(cur_u8(&body, &code) && cur_u8(&body, &subcode));
    begin(x, "notification");
    emit_object(x->e, KEY("notification"));
    emit_u64(x->e, KEY("code"), code);
    emit_u64(x->e, KEY("subcode"), subcode);
    exabgp_hex(x->e, KEY("data"), "", body);
    emit_text(x->e, KEY("message"), body.left > 0 ? (const void *)body.p : "", body.left);
    emit_object_end(x->e);
    end(x);
}

static void put_refresh(const struct exa *x, struct cur body)
{
    static const char *const subtypes[] = {"query", "begin", "end"}; /* RFC 7313 section 3 */
    uint16_t afi = 0;
    uint8_t subtype = 0, safi = 0;
    (void)!(cur_u16(&body, &afi) && cur_u8(&body, &subtype) && cur_u8(&body, &safi));
    begin(x, "refresh");
    emit_object(x->e, KEY("route-refresh"));
    put_family(x->e, afi, safi);
    emit_name(x->e, KEY("subtype"), subtype < 3 ? subtypes[subtype] : "invalid");
    emit_object_end(x->e);
    end(x);
}

static void put_message(const struct exa *x)
{
    struct cur body = x->msg;
    uint8_t type = 0;
    if (!cur_peek(&body, BGP_HEADER_LEN - 1, &type) || !cur_skip(&body, BGP_HEADER_LEN))
        return;
    if (type == BGP_TYPE_UPDATE) {
        put_update(x);
    } else if (type == BGP_TYPE_OPEN) {
        put_open(x);
    } else if (type == BGP_TYPE_NOTIFICATION) {
        put_notification(x, body);
    } else if (type == BGP_TYPE_ROUTE_REFRESH) {
        put_refresh(x, body);
    } else if (type == BGP_TYPE_KEEPALIVE && x->d->o.record.keepalives) {
        begin(x, "keepalive");
        end(x);
    }
}

static void put_state(const struct exa *x, unsigned from, unsigned to)
{
    const char *state = to == SOURCE_STATE_ESTABLISHED     ? "up"
                        : from == SOURCE_STATE_ESTABLISHED ? "down"
                        : to == SOURCE_STATE_OPEN_SENT     ? "connected"
                                                           : NULL;
    if (state == NULL)
        return;
    begin(x, "state");
    emit_name(x->e, KEY("state"), state);
    end(x);
}

static void write_item(struct exa *x, const struct track_item *item)
{
    const struct record_options o = {.raw = false};
    struct track_peer stranger = {0};
    struct record_meta m;
    struct source_change c;
    record_item_meta(&m, NULL, item, &o, &stranger);
    x->time_ns = m.time_ns;
    x->peer = m.peer != NULL ? m.peer : &stranger;
    x->sent = m.sent;
    if (item->bgp != NULL) {
        x->msg = cur_of(item->bgp, item->bgp_len);
        put_message(x);
    } else if (item->is_bmp && !item->bmp_bad && item->bmp.type == BMP_TYPE_PEER_UP) {
        put_state(x, SOURCE_STATE_OPEN_CONFIRM, SOURCE_STATE_ESTABLISHED);
    } else if (item->is_bmp && !item->bmp_bad && item->bmp.type == BMP_TYPE_PEER_DOWN) {
        put_state(x, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
    } else if (item->frame->kind == JOURNAL_STATE &&
               source_state_decode(item->frame->p, item->frame->len, &c) == 0) {
        put_state(x, c.old_state, c.new_state);
    }
}

static void write_exabgp(struct decode *d, const struct decode_event *ev)
{
    struct json j;
    struct track_peer peer;
    json_init(&j, &d->out);
    struct exa x = {.e = &j.emit, .d = d, .state = state_of(d), .ctx = ev->ctx};
    if (x.state == NULL)
        return;
    if (ev->item != NULL && !(ev->item->frame->flags & JOURNAL_REPEAT)) {
        write_item(&x, ev->item);
    } else if (ev->walk != NULL) {
        const struct mrt_item *item = &ev->walk->item;
        record_mrt_peer(item, &peer);
        x.time_ns = record_mrt_time(item->rec);
        x.peer = &peer;
        x.sent = item->sent;
        x.msg = item->kind == MRT_ITEM_MESSAGE ? item->body : cur_of(NULL, 0);
        if (item->kind == MRT_ITEM_MESSAGE)
            put_message(&x);
        else if (item->kind == MRT_ITEM_STATE)
            put_state(&x, item->old_state, item->new_state);
        else if (item->kind == MRT_ITEM_RIB)
            put_rib(&x, &item->rib);
    }
}

const struct decode_output decode_exabgp = {.name = "exabgp", .write = write_exabgp};
