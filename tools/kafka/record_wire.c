/* SPDX-License-Identifier: BSD-2-Clause */
/* record_wire: who, when, and the message. Floor F4. */
#include "tools/kafka/record_wire.h"

#include <errno.h>
#include <stdlib.h>

#include "base/parse.h"
#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "bgp/names.h"

enum {
    ATTRS_ROOM = UINT16_MAX,
    NLRI_ROOM = 320, /* of one, whatever its family */
    NEXT_HOP_MAX = 32,
    MP_HEAD = 5 + NEXT_HOP_MAX,
};

/* ---- tokens ---- */

bool record_wire_is(const struct token *t, const char *text)
{
    size_t len = strlen(text);
    return t != NULL && t->kind == TOKEN_TEXT && t->len == len &&
           memcmp(token_text(t), text, len) == 0;
}

uint64_t record_wire_number(const struct token *t)
{
    return t != NULL && t->kind == TOKEN_U64 ? t->u : 0;
}

unsigned record_wire_addr(const struct token *t, uint8_t addr[16])
{
    return t != NULL && t->kind == TOKEN_TEXT ? parse_addr(token_text(t), t->len, addr) : 0;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool record_wire_hex(struct wr *w, const struct token *t)
{
    if (t->kind != TOKEN_TEXT || t->len % 2 != 0)
        return false;
    for (size_t i = 0; i < t->len; i += 2) {
        int high = digit_of(token_text(t)[i]), low = digit_of(token_text(t)[i + 1]);
        if (high < 0 || low < 0)
            return false;
        wr_u8(w, (uint8_t)(high << 4 | low));
    }
    return true;
}

/* ---- routes ---- */

static bool is_name_or_code(const struct token *t, const char *name, uint64_t code)
{
    uint64_t v;
    if (name != NULL)
        return record_wire_is(t, name);
    return t != NULL && t->kind == TOKEN_TEXT &&
           parse_u64(token_text(t), t->len, UINT16_MAX, &v) && v == code;
}

static unsigned family_of(const struct token *t)
{
    const struct token *afi = tape_find(t, "afi"), *safi = tape_find(t, "safi");
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        const struct nlri_row *row = &nlri_map[f];
        if (is_name_or_code(afi, bgp_afi_name(row->afi), row->afi) &&
            is_name_or_code(safi, bgp_safi_name(row->safi), row->safi))
            return f;
    }
    return BGP_FAMILY_NONE;
}

static struct record_wire_route *new_route(struct record_wire *w)
{
    if (w->route_cnt == w->route_cap) {
        size_t cap = w->route_cap > 0 ? 2 * w->route_cap : 64;
        struct record_wire_route *v = reallocarray(w->routes, cap, sizeof v[0]);
        if (v == NULL)
            return NULL;
        w->routes = v;
        w->route_cap = cap;
    }
    return &w->routes[w->route_cnt++];
}

/* Several: RFC 8277 section 2. */
static bool has_labels(const struct token *list)
{
    if (list == NULL || list->kind != TOKEN_ARRAY || tape_first(list) >= tape_end(list))
        return false;
    const struct token *first = tape_first(list);
    return first->kind == TOKEN_U32S ? first->len > 1 : tape_next(first) < tape_end(list);
}

static int take_nlri(struct record_wire *w, unsigned family, const struct token *nlri,
                     bool withdraw)
{
    const struct token *path_id = tape_find(nlri, "path_id");
    struct record_wire_route *r = new_route(w);
    char *room = buf_room(&w->nlri, NLRI_ROOM);
    if (r == NULL || room == NULL)
        return -1;
    struct wr out = wr_of(room, NLRI_ROOM);
    w->whole &= record_wire_put_nlri(&out, family, nlri);
    *r = (struct record_wire_route){.family = family,
                                    .off = (uint32_t)w->nlri.len,
                                    .len = (uint32_t)out.len,
                                    .has_path_id = path_id != NULL,
                                    .path_id = (uint32_t)record_wire_number(path_id),
                                    .withdraw = withdraw};
    w->nlri.len += out.len;
    if (family == BGP_FAMILY_NONE)
        return 0;
    if (r->has_path_id)
        bgp_family_add(&w->ctx.add_path, family);
    if (has_labels(tape_find(nlri, "labels"))) /* of such the last one is marked */
        bgp_family_add(&w->ctx.multi_label, family);
    return 0;
}

static int take_group(struct record_wire *w, const struct token *group, bool withdraw)
{
    const struct token *list = tape_find(group, "nlri");
    unsigned family = family_of(group);
    if (list == NULL || list->kind != TOKEN_ARRAY)
        return 0;
    for (const struct token *t = tape_first(list); t < tape_end(list); t = tape_next(t)) {
        if (take_nlri(w, family, t, withdraw) != 0)
            return -1;
    }
    return 0;
}

/* ---- the message ---- */

static void put_routes(struct wr *out, const struct record_wire *w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct record_wire_route *r = &w->routes[i];
        if (r->has_path_id)
            wr_u32(out, r->path_id);
        wr_bytes(out, w->nlri.p + r->off, r->len);
    }
}

/* Writes the addresses of `next_hop`, what is none left out; with VPNs a distinguisher of zeros
 * before each (RFC 4364 section 4.3.2). */
static void put_next_hop(struct wr *out, const struct token *list, bool vpn)
{
    uint8_t addr[16];
    unsigned len;
    size_t at = wr_mark_u8(out);
    if (list != NULL && list->kind == TOKEN_ARRAY) {
        for (const struct token *t = tape_first(list); t < tape_end(list); t = tape_next(t)) {
            len = record_wire_addr(t, addr);
            if (vpn && len > 0)
                wr_u64(out, 0);
            wr_bytes(out, addr, len);
        }
    }
    wr_patch_u8(out, at);
}

/* What one part of the message is made of. */
struct part {
    const struct token *group;
    size_t from, to; /* routes */
    unsigned family;
};

/* MP_REACH_NLRI or MP_UNREACH_NLRI (RFC 4760 sections 3 and 4). */
static void put_mp(struct wr *out, const struct record_wire *w, const struct part *p,
                   bool withdraw)
{
    const struct nlri_row *row = nlri_row_of(p->family);
    wr_u8(out, 0x90); /* optional, a length of two octets */
    wr_u8(out, withdraw ? ATTR_MP_UNREACH_NLRI : ATTR_MP_REACH_NLRI);
    size_t at = wr_mark_u16(out);
    wr_u16(out, row->afi);
    wr_u8(out, row->safi);
    if (!withdraw) {
        put_next_hop(out, tape_find(p->group, "next_hop"),
                     row->safi == BGP_SAFI_VPN || row->safi == BGP_SAFI_VPN_MULTICAST);
        wr_u8(out, 0);
    }
    put_routes(out, w, p->from, p->to);
    wr_patch_u16(out, at);
}

enum { OWN, MP, PLACES };

/* Sorts the groups of a list: IPv4 unicast goes to the message's own field, once, when its next
 * hop allows; another to the attribute. Returns 0, or -1 when memory runs out. */
static int take_groups(struct record_wire *w, const struct token *list, bool withdraw,
                       struct part part[PLACES])
{
    const unsigned plain = nlri_family_index(BGP_AFI_IPV4, BGP_SAFI_UNICAST);
    if (list == NULL || list->kind != TOKEN_ARRAY)
        return 0;
    for (const struct token *t = tape_first(list); t < tape_end(list); t = tape_next(t)) {
        struct part p = {.group = t, .from = w->route_cnt, .family = family_of(t)};
        const struct token *hops = tape_find(t, "next_hop");
        uint8_t addr[16];
        bool has_hop = hops != NULL && hops->kind == TOKEN_ARRAY &&
                       tape_first(hops) < tape_end(hops) &&
                       record_wire_addr(tape_first(hops), addr) == 4;
        if (take_group(w, t, withdraw) != 0)
            return -1;
        p.to = w->route_cnt;
        bool own = p.family == plain && part[OWN].group == NULL && (withdraw || has_hop);
        w->whole &= own || (part[MP].group == NULL && p.family != BGP_FAMILY_NONE);
        w->whole &= tape_find(t, "next_hop_rd") == NULL && tape_find(t, "next_hop_raw") == NULL;
        part[own ? OWN : MP] = p;
    }
    return 0;
}

static const struct token *own_next_hop(const struct part *p)
{
    return p->group != NULL ? tape_first(tape_find(p->group, "next_hop")) : NULL;
}

static size_t room_for(const struct record_wire *w)
{
    return BGP_HEADER_LEN + 4 + ATTRS_ROOM + 2 * MP_HEAD + w->nlri.len + 4 * w->route_cnt;
}

/* RFC 4271 section 4.3. */
static void put_message(struct wr *out, struct record_wire *w, const struct token *record,
                        const struct part announce[PLACES], const struct part withdraw[PLACES])
{
    static const uint8_t marker[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    wr_bytes(out, marker, sizeof marker);
    wr_u16(out, 0);
    wr_u8(out, BGP_TYPE_UPDATE);
    size_t at = wr_mark_u16(out);
    put_routes(out, w, withdraw[OWN].from, withdraw[OWN].to);
    wr_patch_u16(out, at);
    at = wr_mark_u16(out);
    if (announce[MP].group != NULL)
        put_mp(out, w, &announce[MP], false);
    if (withdraw[MP].group != NULL)
        put_mp(out, w, &withdraw[MP], true);
    w->whole &= record_wire_attrs(out, tape_find(record, "attrs"), own_next_hop(&announce[OWN]));
    wr_patch_u16(out, at);
    put_routes(out, w, announce[OWN].from, announce[OWN].to);
    if (!out->overflow && out->len <= UINT16_MAX) {
        out->buf[sizeof marker] = (uint8_t)(out->len >> 8);
        out->buf[sizeof marker + 1] = (uint8_t)out->len;
    } else {
        out->overflow = true;
    }
}

static void give(struct record_wire *w, const struct wr *out)
{
    if (out->overflow || out->len < BGP_HEADER_LEN) {
        w->whole = false;
        return;
    }
    w->item.is_bmp = w->source.info.kind == SOURCE_BMP;
    w->item.bmp = (struct bmp_msg){.type = BMP_TYPE_ROUTE_MONITORING};
    w->msg.len = out->len;
    w->item.bgp = w->frame.p = out->buf;
    w->item.bgp_len = w->frame.len = (uint32_t)out->len;
}

static int take_raw(struct record_wire *w, const struct token *raw)
{
    char *room = buf_room(&w->msg, raw->len / 2 + 1);
    if (room == NULL)
        return -1;
    struct wr out = wr_of(room, raw->len / 2);
    if (!record_wire_hex(&out, raw))
        return 0;
    w->whole = true;
    give(w, &out);
    return 0;
}

/* An End-of-RIB is an UPDATE without routes (RFC 4724 section 2). */
static void take_eor(const struct token *record, struct part *withdraw)
{
    const struct token *eor = tape_find(record, "eor");
    const unsigned plain = nlri_family_index(BGP_AFI_IPV4, BGP_SAFI_UNICAST);
    unsigned family = eor != NULL ? family_of(eor) : plain;
    if (family != plain)
        *withdraw = (struct part){.group = eor, .family = family};
}

static int take_update(struct record_wire *w, const struct token *record)
{
    struct part announce[PLACES] = {0}, withdraw[PLACES] = {0};
    const struct token *raw = tape_find(record, "raw");
    if (take_groups(w, tape_find(record, "announce"), false, announce) != 0 ||
        take_groups(w, tape_find(record, "withdraw"), true, withdraw) != 0)
        return -1;
    take_eor(record, &withdraw[MP]);
    if (raw != NULL && raw->kind == TOKEN_TEXT && take_raw(w, raw) != 0)
        return -1;
    if (w->item.bgp != NULL)
        return 0;
    size_t room = room_for(w);
    char *p = buf_room(&w->msg, room);
    if (p == NULL)
        return -1;
    struct wr out = wr_of(p, room);
    put_message(&out, w, record, announce, withdraw);
    give(w, &out);
    return 0;
}

/* ---- other types ---- */

static uint8_t state_of(const struct token *t)
{
    for (uint8_t s = 0; s < UINT8_MAX; s++) {
        const char *name = source_state_name(s);
        if (name != NULL && record_wire_is(t, name))
            return s;
    }
    return 0;
}

static int take_state(struct record_wire *w, const struct token *record)
{
    const struct source_change c = {.old_state = state_of(tape_find(record, "old")),
                                    .new_state = state_of(tape_find(record, "new")),
                                    .reason = ""};
    char *room = buf_room(&w->msg, 8);
    if (room == NULL)
        return -1;
    struct wr out = wr_of(room, 8);
    source_state_encode(&c, &out);
    w->frame.kind = JOURNAL_STATE;
    w->frame.p = out.buf;
    w->frame.len = (uint32_t)out.len;
    return 0;
}

static void take_session(struct record_wire *w, uint8_t bmp_type)
{
    w->item.is_bmp = true;
    w->item.bmp = (struct bmp_msg){.type = bmp_type};
}

/* An OPEN, NOTIFICATION, ... is there when its octets are. */
static int take_other(struct record_wire *w, const struct token *record)
{
    const struct token *raw = tape_find(record, "raw");
    w->whole = false;
    return raw != NULL && raw->kind == TOKEN_TEXT ? take_raw(w, raw) : 0;
}

/* ---- the whole ---- */

static void begin(struct record_wire *w, const struct token *record)
{
    const struct token *time = tape_find(record, "time"), *type = tape_find(record, "type");
    bool sent = record_wire_is(tape_find(record, "direction"), "sent");
    memset(&w->source, 0, sizeof w->source);
    memset(&w->peer, 0, sizeof w->peer);
    memset(&w->item, 0, sizeof w->item);
    buf_clear(&w->nlri);
    buf_clear(&w->msg);
    w->route_cnt = 0;
    w->whole = true;
    w->ctx = (struct bgp_ctx){.asn4 = true, .ext_msg = true};
    w->type = type != NULL && type->kind == TOKEN_TEXT ? str_at(token_text(type), type->len)
                                                       : str_at("", 0);
    w->frame = (struct journal_view){
        .kind = sent ? JOURNAL_BGP_SENT : JOURNAL_BGP_RECV,
        .source = 1,
        .seq = record_wire_number(tape_find(record, "seq")),
        .time = time != NULL && time->kind == TOKEN_TIME ? time->u : 0};
    w->item.frame = &w->frame;
    w->item.source = &w->source;
    w->item.ctx = &w->ctx;
}

int record_wire_make(struct record_wire *w, const struct token *record)
{
    const struct token *type = tape_find(record, "type");
    int rc = 0;
    begin(w, record);
    record_wire_who(w, record);
    if (record_wire_is(type, "update") || record_wire_is(type, "rib"))
        rc = take_update(w, record);
    else if (record_wire_is(type, "state"))
        rc = take_state(w, record);
    else if (record_wire_is(type, "peer-up"))
        take_session(w, BMP_TYPE_PEER_UP);
    else if (record_wire_is(type, "peer-down"))
        take_session(w, BMP_TYPE_PEER_DOWN);
    else
        rc = take_other(w, record);
    errno = ENOMEM;
    return rc;
}

struct nlri record_wire_nlri(const struct record_wire *w, size_t i)
{
    const struct record_wire_route *r = &w->routes[i];
    return (struct nlri){.row = nlri_row_of(r->family),
                         .body = cur_of(w->nlri.p + r->off, r->len),
                         .path_id = r->path_id,
                         .has_path_id = r->has_path_id,
                         .withdraw = r->withdraw,
                         .ctx = &w->ctx};
}

void record_wire_free(struct record_wire *w)
{
    buf_free(&w->nlri);
    buf_free(&w->msg);
    free(w->routes);
}
