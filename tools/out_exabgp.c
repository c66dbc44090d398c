/* SPDX-License-Identifier: BSD-2-Clause */
/* out_exabgp: ExaBGP's JSON, version 6, an object a line. Floor F4. */
#include <stdlib.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/json.h"
#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "bgp/nlri_map.h"
#include "schemas/ris_live.h"
#include "tools/decode.h"
#include "tools/exabgp.h"

struct state {
    uint64_t counter;
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

/* ---- names ---- */

const char *exabgp_afi(uint16_t afi)
{
    switch (afi) {
    case BGP_AFI_IPV4:
        return "ipv4";
    case BGP_AFI_IPV6:
        return "ipv6";
    case BGP_AFI_L2VPN:
        return "l2vpn";
    case BGP_AFI_LS:
        return "bgp-ls";
    default:
        return NULL;
    }
}

const char *exabgp_safi(uint8_t safi)
{
    static const struct {
        uint8_t safi;
        const char *name;
    } names[] = {
        {BGP_SAFI_UNICAST, "unicast"},
        {BGP_SAFI_MULTICAST, "multicast"},
        {BGP_SAFI_LABELED, "nlri-mpls"},
        {BGP_SAFI_MCAST_VPN, "mcast-vpn"},
        {BGP_SAFI_VPLS, "vpls"},
        {BGP_SAFI_EVPN, "evpn"},
        {BGP_SAFI_LS, "bgp-ls"},
        {BGP_SAFI_LS_VPN, "bgp-ls-vpn"},
        {BGP_SAFI_MUP, "mup"},
        {BGP_SAFI_VPN, "mpls-vpn"},
        {BGP_SAFI_RTC, "rtc"},
        {BGP_SAFI_FLOWSPEC, "flow"},
        {BGP_SAFI_VPN_FLOWSPEC, "flow-vpn"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].safi == safi)
            return names[i].name;
    }
    return NULL;
}

size_t exabgp_family(char dst[EXABGP_FAMILY_MAX], uint16_t afi, uint8_t safi)
{
    const char *a = exabgp_afi(afi), *s = exabgp_safi(safi);
    char numbers[2][8];
    snprintf(numbers[0], sizeof numbers[0], "%u", afi);
    snprintf(numbers[1], sizeof numbers[1], "%u", safi);
    return (size_t)snprintf(dst, EXABGP_FAMILY_MAX, "%s %s", a != NULL ? a : numbers[0],
                            s != NULL ? s : numbers[1]);
}

/* ---- the envelope ---- */

static void put_addr(struct emit *e, struct str key, const struct source_addr *a)
{
    if (a->len > 0)
        emit_ip(e, key, a->a, a->len);
}

static void put_upper_hex(struct emit *e, struct str key, const uint8_t *p, size_t len)
{
    char s[2 * BGP_MSG_EXT_MAX];
    if (len > BGP_MSG_EXT_MAX)
        return;
    size_t n = fmt_hex(s, p, len);
    for (size_t i = 0; i < n; i++) {
        if (s[i] >= 'a')
            s[i] = (char)(s[i] - 'a' + 'A');
    }
    emit_ascii(e, key, s, n);
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
    emit_u64(e, KEY("counter"), ++x->state->counter);
    emit_name(e, KEY("type"), type);
    if (x->d->o.record.raw && x->msg.left >= BGP_HEADER_LEN) {
        struct cur c = x->msg, head;
        if (cur_take(&c, BGP_HEADER_LEN, &head)) {
            put_upper_hex(e, KEY("header"), head.p, head.left);
            put_upper_hex(e, KEY("body"), c.p, c.left);
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

/* Reads labels up to the bottom of the stack (RFC 8277 section 2.3). */
static bool put_labels(struct emit *e, struct cur *c, unsigned *bits)
{
    uint32_t raw = 0;
    emit_array(e, KEY("label"));
    while (*bits >= 24 && (raw & 1) == 0 && cur_u24(c, &raw)) {
        emit_array(e, EMIT_ITEM);
        emit_u64(e, EMIT_ITEM, raw >> 4);
        emit_u64(e, EMIT_ITEM, raw);
        emit_array_end(e);
        *bits -= 24;
        if (raw == 0x800000 || raw == 0) /* a withdrawal's */
            break;
    }
    emit_array_end(e);
    return !c->failed;
}

static bool put_prefix_members(struct emit *e, const struct nlri *n)
{
    const struct nlri_row *row = n->row;
    struct cur c = n->body, labels;
    struct nlri_fault fault;
    uint8_t octet, addr[16];
    const uint8_t *rd = NULL;
    bool v6 = row->afi == BGP_AFI_IPV6;
    bool vpn = row->safi == BGP_SAFI_VPN;
    if (!cur_u8(&c, &octet))
        return false;
    unsigned bits = octet, all = octet;
    labels = c;
    if (vpn || row->safi == BGP_SAFI_LABELED) {
        struct emit *null = &emit_null;
        if (!put_labels(null, &c, &bits))
            return false;
    }
    if (vpn) {
        rd = bits >= 64 ? cur_bytes(&c, 8) : NULL;
        if (rd == NULL)
            return false;
        bits -= 64;
    }
    if (!nlri_read_addr(&c, bits, v6 ? 16 : 4, addr, &fault))
        return false;
    emit_prefix(e, KEY("nlri"), addr, v6, bits);
    if (n->has_path_id) {
        uint8_t id[4];
        struct wr w = wr_of(id, sizeof id);
        wr_u32(&w, n->path_id);
        emit_ipv4(e, KEY("path-information"), id);
    }
    if (vpn || row->safi == BGP_SAFI_LABELED)
        (void)put_labels(e, &labels, &all);
    if (rd != NULL)
        emit_rd(e, KEY("rd"), rd);
    return true;
}

static bool has_prefix(const struct nlri_row *row)
{
    return (row->afi == BGP_AFI_IPV4 || row->afi == BGP_AFI_IPV6) &&
           (row->safi == BGP_SAFI_UNICAST || row->safi == BGP_SAFI_MULTICAST ||
            row->safi == BGP_SAFI_LABELED || row->safi == BGP_SAFI_VPN);
}

void exabgp_nlri(struct emit *e, const struct nlri *n)
{
    struct emit_mark mark;
    emit_object(e, EMIT_ITEM);
    mark = emit_mark(e);
    if (!has_prefix(n->row) || !put_prefix_members(e, n)) {
        emit_rollback(e, mark);
        emit_bool(e, KEY("parsed"), false);
        put_upper_hex(e, KEY("raw"), n->body.p, n->body.left);
    }
    emit_object_end(e);
}

static void put_routes(const struct exa *x, const struct bgp_update *u,
                       const struct bgp_section *s, bool withdraw)
{
    struct nlri_iter it;
    struct nlri n;
    nlri_iter_init(&it, s->family, x->ctx, bgp_update_cur(u, s->nlri), withdraw);
    (void)nlri_settle_add_path(&it);
    while (nlri_iter_next(&it, &n) > 0)
        exabgp_nlri(x->e, &n);
}

/* The next hop as text: the first address, behind its distinguisher. */
static size_t next_hop_text(char *dst, struct cur next_hop)
{
    uint32_t rd_len = next_hop.left == 12 || next_hop.left == 24 || next_hop.left == 48 ? 8 : 0;
    uint32_t addr_len = (next_hop.left - rd_len) % 16 == 0 && next_hop.left > rd_len ? 16 : 4;
    const uint8_t *addr = cur_skip(&next_hop, rd_len) ? cur_bytes(&next_hop, addr_len) : NULL;
    if (addr == NULL) {
        memcpy(dst, "no-nexthop", 10);
        return 10;
    }
    return addr_len == 16 ? fmt_ipv6(dst, addr) : fmt_ipv4(dst, addr);
}

static bool has(const struct bgp_section *s)
{
    return s->present && s->nlri.len > 0;
}

static void put_announced(const struct exa *x, const struct bgp_update *u,
                          const struct bgp_section *s, struct cur next_hop)
{
    char family[EXABGP_FAMILY_MAX], hop[FMT_IPV6_MAX];
    if (!has(s))
        return;
    emit_object(x->e, str_at(family, exabgp_family(family, s->afi, s->safi)));
    emit_array(x->e, str_at(hop, next_hop_text(hop, next_hop)));
    put_routes(x, u, s, false);
    emit_array_end(x->e);
    emit_object_end(x->e);
}

static void put_withdrawn(const struct exa *x, const struct bgp_update *u,
                          const struct bgp_section *s)
{
    char family[EXABGP_FAMILY_MAX];
    if (!has(s))
        return;
    emit_array(x->e, str_at(family, exabgp_family(family, s->afi, s->safi)));
    put_routes(x, u, s, true);
    emit_array_end(x->e);
}

static void put_eor(const struct exa *x, uint16_t afi, uint8_t safi)
{
    struct emit *e = x->e;
    emit_object(e, KEY("eor"));
    emit_name(e, KEY("afi"), exabgp_afi(afi) != NULL ? exabgp_afi(afi) : "unknown");
    emit_name(e, KEY("safi"), exabgp_safi(safi) != NULL ? exabgp_safi(safi) : "unknown");
    emit_object_end(e);
}

static void put_update(const struct exa *x)
{
    struct emit *e = x->e;
    struct bgp_update u;
    uint16_t afi;
    uint8_t safi;
    (void)bgp_update_index(x->msg.p, x->msg.left, x->ctx, &u);
    const struct bgp_attr *hop = bgp_update_attr(&u, ATTR_NEXT_HOP);
    begin(x, "update");
    emit_object(e, KEY("message"));
    if (bgp_update_is_eor(&u, &afi, &safi)) {
        put_eor(x, afi, safi);
    } else {
        emit_object(e, KEY("update"));
        if (exabgp_has_attrs(&u)) {
            emit_object(e, KEY("attribute"));
            exabgp_attrs(e, &u, x->ctx);
            emit_object_end(e);
        }
        if (has(&u.announced) || has(&u.mp_reach)) {
            emit_object(e, KEY("announce"));
            put_announced(x, &u, &u.announced,
                          hop != NULL ? cur_at(u.msg + hop->off, hop->len, hop->off)
                                      : cur_of(NULL, 0));
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

/* ---- other messages ---- */

static void put_open(const struct exa *x)
{
    struct bgp_open o;
    (void)bgp_open_index(x->msg.p, x->msg.left, &o);
    begin(x, "open");
    emit_object(x->e, KEY("open"));
    ris_live_open(x->e, &o);
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
    put_upper_hex(x->e, KEY("data"), body.p, body.left);
    emit_object_end(x->e);
    end(x);
}

static void put_refresh(const struct exa *x, struct cur body)
{
    uint16_t afi = 0;
    uint8_t subtype = 0, safi = 0;
    (void)!(cur_u16(&body, &afi) && cur_u8(&body, &subtype) && cur_u8(&body, &safi));
    begin(x, "refresh");
    emit_object(x->e, KEY("route-refresh"));
    emit_name(x->e, KEY("afi"), exabgp_afi(afi) != NULL ? exabgp_afi(afi) : "unknown");
    emit_name(x->e, KEY("safi"), exabgp_safi(safi) != NULL ? exabgp_safi(safi) : "unknown");
    emit_u64(x->e, KEY("subtype"), subtype);
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
    }
}

const struct decode_output decode_exabgp = {.name = "exabgp", .write = write_exabgp};
