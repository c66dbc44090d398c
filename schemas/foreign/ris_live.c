/* SPDX-License-Identifier: BSD-2-Clause */
/* ris_live: messages as RIPE RIS Live has them. Floor F3. */
#include "schemas/foreign/ris_live.h"

#include "base/clock.h"
#include "base/fmt.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/caps.h"
#include "bgp/msg.h"
#include "bgp/nlri_map.h"
#include "bgp/open.h"

/* One message on its way out. */
struct ris {
    struct emit *e;
    const char *host;
    bool raw;
    struct record_meta m;
    const struct bgp_ctx *ctx;
    struct cur msg; /* a whole BGP message, or empty */
    uint8_t type;   /* its type */
};

/* ---- the members that all have ---- */

static void put_host(const struct ris *r)
{
    char s[FMT_IPV6_MAX];
    struct str key = KEY("host");
    if (r->host != NULL && r->host[0] != '\0')
        emit_text(r->e, key, r->host, strlen(r->host));
    else if (r->m.router_name != NULL && r->m.router_name[0] != '\0')
        emit_text(r->e, key, r->m.router_name, strlen(r->m.router_name));
    else if (r->m.router.len == 4)
        emit_ascii(r->e, key, s, fmt_ipv4(s, r->m.router.a));
    else if (r->m.router.len == 16)
        emit_ascii(r->e, key, s, fmt_ipv6(s, r->m.router.a));
    else
        emit_name(r->e, key, "ribtape");
}

/* ADDRESS-TTTTTTTTTTTTCCCC: milliseconds and a count, as RIS Live has it since 2025. The count
 * is of the journal's frames. */
static void put_id(const struct ris *r, const struct source_addr *a)
{
    char s[FMT_IPV6_MAX + 1 + 16];
    uint8_t octets[8];
    struct wr w = wr_of(octets, sizeof octets);
    size_t n = a->len == 4 ? fmt_ipv4(s, a->a) : a->len == 16 ? fmt_ipv6(s, a->a) : 0;
    wr_u64(&w, r->m.time_ns / (NS_PER_S / 1000) << 16 | (r->m.seq & 0xffff));
    s[n++] = '-';
    n += fmt_hex(s + n, octets, sizeof octets);
    emit_ascii(r->e, KEY("id"), s, n);
}

static void begin(const struct ris *r, const char *type)
{
    static const struct source_addr none;
    const struct source_addr *addr = r->m.peer != NULL ? &r->m.peer->addr : &none;
    struct emit *e = r->e;
    emit_object(e, EMIT_ITEM);
    emit_name(e, KEY("type"), "ris_message");
    emit_object(e, KEY("data"));
    emit_time(e, KEY("timestamp"), r->m.time_ns);
    if (addr->len > 0)
        emit_ip(e, KEY("peer"), addr->a, addr->len);
    else
        emit_name(e, KEY("peer"), "");
    emit_code(e, KEY("peer_asn"), r->m.peer != NULL ? r->m.peer->asn : 0);
    put_id(r, addr);
    put_host(r);
    emit_name(e, KEY("type"), type);
}

static void put_raw(const struct ris *r)
{
    char s[2 * BGP_MSG_EXT_MAX];
    if (!r->raw || r->msg.left == 0 || r->msg.left > BGP_MSG_EXT_MAX)
        return;
    size_t n = fmt_hex(s, r->msg.p, r->msg.left);
    for (size_t i = 0; i < n; i++) {
        if (s[i] >= 'a')
            s[i] = (char)(s[i] - 'a' + 'A');
    }
    emit_ascii(r->e, KEY("raw"), s, n);
}

static int end(const struct ris *r)
{
    put_raw(r);
    emit_object_end(r->e);
    emit_object_end(r->e);
    return 1;
}

/* ---- UPDATE ---- */

static bool find(const struct bgp_update *u, uint8_t code, struct cur *value)
{
    const struct bgp_attr *a = bgp_update_attr(u, code);
    if (a == NULL)
        return false;
    *value = cur_at(u->msg + a->off, a->len, a->off);
    return true;
}

static void put_path(const struct ris *r, const struct bgp_update *u)
{
    struct cur c, c4;
    struct as_segment s;
    struct nlri_fault fault;
    bool agree;
    if (!find(u, ATTR_AS_PATH, &c))
        return;
    unsigned width = as_path_width(c, r->ctx);
    if (width == 2 && !r->ctx->asn4 && find(u, ATTR_AS4_PATH, &c4) &&
        record_merged_path(r->e, KEY("path"), c, c4, &agree))
        return;
    emit_array(r->e, KEY("path"));
    while (as_path_next(&c, width, &s, &fault) > 0)
        as_segment_emit(&s, r->e);
    emit_array_end(r->e);
}

static void put_communities(const struct ris *r, const struct bgp_update *u)
{
    struct cur c;
    uint32_t v;
    if (!find(u, ATTR_COMMUNITIES, &c))
        return;
    emit_array(r->e, KEY("community"));
    while (c.left >= 4 && cur_u32(&c, &v)) {
        emit_array(r->e, EMIT_ITEM);
        emit_u64(r->e, EMIT_ITEM, v >> 16);
        emit_u64(r->e, EMIT_ITEM, v & 0xffff);
        emit_array_end(r->e);
    }
    emit_array_end(r->e);
}

static void put_aggregator(const struct ris *r, const struct bgp_update *u)
{
    struct cur c;
    uint32_t asn = 0;
    uint16_t asn2 = 0;
    const uint8_t *addr;
    char s[FMT_U64_MAX + 1 + FMT_IPV4_MAX];
    bool wide = find(u, ATTR_AS4_AGGREGATOR, &c) && !r->ctx->asn4 && c.left == 8;
    if (!wide && !find(u, ATTR_AGGREGATOR, &c))
        return;
    bool ok = c.left == 8 ? cur_u32(&c, &asn) : cur_u16(&c, &asn2);
    if (!ok || c.left != 4 || (addr = cur_bytes(&c, 4)) == NULL)
        return;
    size_t n = fmt_u32(s, asn + asn2); /* one of them is 0 */
    s[n++] = ':';
    n += fmt_ipv4(s + n, addr);
    emit_ascii(r->e, KEY("aggregator"), s, n);
}

static void put_attrs(const struct ris *r, const struct bgp_update *u)
{
    static const char *const origins[] = {"igp", "egp", "incomplete"};
    struct cur c;
    uint8_t origin;
    uint32_t med;
    put_path(r, u);
    put_communities(r, u);
    if (find(u, ATTR_ORIGIN, &c) && cur_u8(&c, &origin) && origin < 3)
        emit_name(r->e, KEY("origin"), origins[origin]);
    if (find(u, ATTR_MED, &c) && c.left == 4 && cur_u32(&c, &med))
        emit_u64(r->e, KEY("med"), med);
    put_aggregator(r, u);
}

static bool is_ours(const struct bgp_section *s)
{
    return s->present && s->nlri.len > 0 && s->safi == BGP_SAFI_UNICAST &&
           (s->afi == BGP_AFI_IPV4 || s->afi == BGP_AFI_IPV6);
}

/* Writes the prefix of a unicast route as an array's item. */
static void put_prefix(struct emit *e, const struct nlri *n)
{
    struct cur c = n->body;
    uint8_t bits, addr[16];
    bool v6 = n->row->afi == BGP_AFI_IPV6;
    struct nlri_fault fault;
    if (cur_u8(&c, &bits) && nlri_read_addr(&c, bits, v6 ? 16 : 4, addr, &fault))
        emit_prefix(e, EMIT_ITEM, addr, v6, bits);
}

static void put_prefixes(const struct ris *r, const struct bgp_update *u,
                         const struct bgp_section *s)
{
    struct nlri_iter it;
    struct nlri n;
    nlri_iter_init(&it, s->family, r->ctx, bgp_update_cur(u, s->nlri), false);
    (void)nlri_settle_add_path(&it);
    while (nlri_iter_next(&it, &n) > 0)
        put_prefix(r->e, &n);
}

/* A section of routes, or the one route of a RIB's entry. */
struct routes {
    const struct bgp_update *u;
    const struct bgp_section *s; /* or: */
    const struct nlri *one;
};

/* One item per next hop: an IPv6 one with its link-local address makes two. */
static void put_announcements(const struct ris *r, const struct routes *a, struct cur next_hop)
{
    uint32_t len = next_hop.left % 16 == 0 ? 16 : 4;
    do {
        const uint8_t *addr = cur_bytes(&next_hop, len);
        emit_object(r->e, EMIT_ITEM);
        if (addr != NULL)
            emit_ip(r->e, KEY("next_hop"), addr, len);
        emit_array(r->e, KEY("prefixes"));
        if (a->one != NULL)
            put_prefix(r->e, a->one);
        else
            put_prefixes(r, a->u, a->s);
        emit_array_end(r->e);
        emit_object_end(r->e);
    } while (next_hop.left >= len && !next_hop.failed);
}

static struct cur own_next_hop(const struct bgp_update *u)
{
    struct cur c;
    return find(u, ATTR_NEXT_HOP, &c) && c.left == 4 ? c : cur_of(NULL, 0);
}

static int put_update(const struct ris *r)
{
    struct bgp_update u;
    uint16_t afi;
    uint8_t safi;
    (void)bgp_update_index(r->msg.p, r->msg.left, r->ctx, &u);
    bool announces = is_ours(&u.announced) || is_ours(&u.mp_reach);
    bool withdraws = is_ours(&u.withdrawn) || is_ours(&u.mp_unreach);
    if (!announces && !withdraws && !bgp_update_is_eor(&u, &afi, &safi))
        return 0;
    begin(r, "UPDATE");
    if (announces) {
        struct routes own = {.u = &u, .s = &u.announced}, mp = {.u = &u, .s = &u.mp_reach};
        put_attrs(r, &u);
        emit_array(r->e, KEY("announcements"));
        if (is_ours(&u.announced))
            put_announcements(r, &own, own_next_hop(&u));
        if (is_ours(&u.mp_reach))
            put_announcements(r, &mp, bgp_update_cur(&u, u.mp_reach.next_hop));
        emit_array_end(r->e);
    }
    if (withdraws) {
        emit_array(r->e, KEY("withdrawals"));
        if (is_ours(&u.withdrawn))
            put_prefixes(r, &u, &u.withdrawn);
        if (is_ours(&u.mp_unreach))
            put_prefixes(r, &u, &u.mp_unreach);
        emit_array_end(r->e);
    }
    return end(r);
}

static int put_rib(const struct ris *r, const struct mrt_rib *rib)
{
    struct bgp_update u;
    struct cur next_hop;
    struct nlri n = {.row = nlri_row_of(rib->family), .body = rib->nlri, .ctx = r->ctx};
    struct routes one = {.one = &n};
    if (rib->safi != BGP_SAFI_UNICAST || rib->afi > BGP_AFI_IPV6)
        return 0;
    record_rib_index(rib, r->ctx, &u, &next_hop);
    begin(r, "UPDATE");
    put_attrs(r, &u);
    emit_array(r->e, KEY("announcements"));
    put_announcements(r, &one, next_hop.left > 0 ? next_hop : own_next_hop(&u));
    emit_array_end(r->e);
    return end(r);
}

/* ---- other messages ---- */

static void put_family(struct emit *e, struct cur value)
{
    uint16_t afi;
    uint8_t reserved, safi;
    if (!cur_u16(&value, &afi) || !cur_u8(&value, &reserved) || !cur_u8(&value, &safi))
        return;
    unsigned family = nlri_family_index(afi, safi);
    char s[64];
    size_t n = 0;
    const char *name = family != BGP_FAMILY_NONE ? nlri_row_of(family)->name : "unknown";
    for (; name[n] != '\0' && n < sizeof s; n++)
        s[n] = name[n];
    char *dash = memchr(s, '-', n);
    if (dash != NULL)
        *dash = '/';
    emit_ascii(e, EMIT_ITEM, s, n);
}

/* Capabilities by code; several of multiprotocol (each has one family) are one member. */
static void put_capability(struct emit *e, const struct bgp_open *o, unsigned at)
{
    char key[FMT_U64_MAX];
    uint8_t code = o->cap[at].code;
    const struct cap_row *row = cap_row_of(code);
    struct cur value = cur_at(o->msg + o->cap[at].off, o->cap[at].len, o->cap[at].off);
    uint32_t asn;
    for (unsigned i = 0; i < at; i++) {
        if (o->cap[i].code == code)
            return;
    }
    emit_object(e, str_at(key, fmt_u8(key, code)));
    if (code == BGP_CAP_ASN4 && cur_u32(&value, &asn)) {
        emit_name(e, KEY("name"), "asn4");
        emit_u64(e, KEY("asn4"), asn);
    } else {
        emit_name(e, KEY("name"), row != NULL ? row->name : "unknown");
    }
    if (code == BGP_CAP_MULTIPROTOCOL) {
        emit_array(e, KEY("families"));
        for (unsigned i = at; i < o->cap_cnt; i++) {
            if (o->cap[i].code == code)
                put_family(e, cur_at(o->msg + o->cap[i].off, o->cap[i].len, 0));
        }
        emit_array_end(e);
    } else if (code != BGP_CAP_ASN4 && value.left > 0) {
        emit_hex(e, KEY("raw"), value.p, value.left);
    }
    emit_object_end(e);
}

static void put_open_members(struct emit *e, const struct bgp_open *o)
{
    emit_u64(e, KEY("version"), o->version);
    emit_u64(e, KEY("asn"), o->asn);
    emit_u64(e, KEY("hold_time"), o->hold_time);
    emit_ipv4(e, KEY("router_id"), o->bgp_id);
    emit_object(e, KEY("capabilities"));
    for (unsigned i = 0; i < o->cap_cnt; i++)
        put_capability(e, o, i);
    emit_object_end(e);
}

static int put_open(const struct ris *r)
{
    struct bgp_open o;
    (void)bgp_open_index(r->msg.p, r->msg.left, &o);
    begin(r, "OPEN");
    emit_name(r->e, KEY("direction"), r->m.sent ? "sent" : "received");
    put_open_members(r->e, &o);
    return end(r);
}

static int put_notification(const struct ris *r)
{
    struct cur c = r->msg;
    uint8_t code, subcode;
    if (!cur_skip(&c, BGP_HEADER_LEN) || !cur_u8(&c, &code) || !cur_u8(&c, &subcode))
        return 0;
    begin(r, "NOTIFICATION");
    emit_object(r->e, KEY("notification"));
    emit_u64(r->e, KEY("code"), code);
    emit_u64(r->e, KEY("subcode"), subcode);
    emit_hex(r->e, KEY("data"), c.p, c.left);
    emit_object_end(r->e);
    return end(r);
}

static int put_state(const struct ris *r, unsigned from, unsigned to)
{
    const char *state = to == SOURCE_STATE_ESTABLISHED     ? "up"
                        : from == SOURCE_STATE_ESTABLISHED ? "down"
                        : to == SOURCE_STATE_OPEN_SENT     ? "connected"
                                                           : NULL;
    if (state == NULL)
        return 0;
    begin(r, "RIS_PEER_STATE");
    emit_name(r->e, KEY("state"), state);
    return end(r);
}

static int put_message(const struct ris *r)
{
    switch (r->type) {
    case BGP_TYPE_UPDATE:
        return put_update(r);
    case BGP_TYPE_OPEN:
        return put_open(r);
    case BGP_TYPE_NOTIFICATION:
        return put_notification(r);
    case BGP_TYPE_KEEPALIVE:
        begin(r, "KEEPALIVE");
        return end(r);
    default:
        return 0;
    }
}

static void take_message(struct ris *r, struct cur msg)
{
    r->msg = msg;
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &r->type))
        r->type = 0;
}

int ris_live_item(struct emit *e, const char *host, bool raw, const struct track_item *item)
{
    const struct record_options o = {.raw = raw};
    struct track_peer stranger;
    struct source_change c;
    struct ris r = {.e = e, .host = host, .raw = raw, .ctx = item->ctx};
    if (item->frame->flags & JOURNAL_REPEAT)
        return 0;
    record_item_meta(&r.m, NULL, item, &o, &stranger);
    if (!item->is_bmp) { /* a BGP peer is no host of others */
        r.m.router.len = 0;
        r.m.router_name = NULL;
    }
    if (item->bgp != NULL) {
        take_message(&r, cur_of(item->bgp, item->bgp_len));
        return put_message(&r);
    }
    if (item->is_bmp && !item->bmp_bad && item->bmp.type == BMP_TYPE_PEER_UP)
        return put_state(&r, SOURCE_STATE_OPEN_CONFIRM, SOURCE_STATE_ESTABLISHED);
    if (item->is_bmp && !item->bmp_bad && item->bmp.type == BMP_TYPE_PEER_DOWN)
        return put_state(&r, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
    if (item->frame->kind == JOURNAL_GONE && item->peer != NULL &&
        item->peer->state == SOURCE_STATE_ESTABLISHED) /* a crash of the collector cut it off */
        return put_state(&r, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
    if (item->frame->kind == JOURNAL_STATE &&
        source_state_decode(item->frame->p, item->frame->len, &c) == 0)
        return put_state(&r, c.old_state, c.new_state);
    return 0;
}

/* A walk over a tracker's peers. */
struct downs {
    const struct track_source *source;
    void (*fn)(void *arg, struct track_peer *peer);
    void *arg;
};

/* A session's first view speaks for all. */
static bool is_first_view(const struct track_peer *p)
{
    unsigned v = 0;
    while (p->views != NULL && v < BMP_VIEW_CNT && p->views[v] == NULL)
        v++;
    return p->views == NULL || (v < BMP_VIEW_CNT && p->views[v] == p);
}

static void on_peer(void *arg, struct track_source *source, struct track_peer *peer)
{
    const struct downs *d = arg;
    if (source == d->source && peer->bmp && peer->up && is_first_view(peer))
        d->fn(d->arg, peer);
}

void ris_live_each_down(struct track *t, const struct track_item *item,
                        void (*fn)(void *arg, struct track_peer *peer), void *arg)
{
    struct downs d = {.source = item->source, .fn = fn, .arg = arg};
    if (item->frame->kind == JOURNAL_GONE && !(item->frame->flags & JOURNAL_REPEAT) &&
        item->source != NULL && item->source->info.kind == SOURCE_BMP)
        track_each_peer(t, on_peer, &d);
}

void ris_live_down(struct emit *e, const char *host, const struct track_item *item,
                   struct track_peer *peer)
{
    const struct record_options o = {.raw = false};
    struct track_peer stranger;
    struct ris r = {.e = e, .host = host};
    record_item_meta(&r.m, NULL, item, &o, &stranger);
    r.m.peer = peer;
    (void)put_state(&r, SOURCE_STATE_ESTABLISHED, SOURCE_STATE_IDLE);
}

int ris_live_mrt(struct emit *e, const char *host, bool raw, const struct mrt_walk *w,
                 const struct bgp_ctx *ctx)
{
    const struct mrt_item *item = &w->item;
    struct track_peer peer;
    record_mrt_peer(item, &peer);
    struct ris r = {.e = e, .host = host, .raw = raw, .ctx = ctx};
    r.m = record_mrt_meta(NULL, item, &peer);
    switch (item->kind) {
    case MRT_ITEM_MESSAGE:
        take_message(&r, item->body);
        return put_message(&r);
    case MRT_ITEM_STATE:
        return put_state(&r, item->old_state, item->new_state);
    case MRT_ITEM_RIB:
        return put_rib(&r, &item->rib);
    case MRT_ITEM_PEERS:
    case MRT_ITEM_OTHER:
        break;
    }
    return 0;
}
