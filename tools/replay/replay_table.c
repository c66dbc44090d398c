/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_table: the routes of a RIB dump as UPDATEs. Floor F4. */
#include "tools/replay/replay_table.h"

#include <stdlib.h>

#include "base/hash.h"
#include "bgp/attr_map.h"
#include "tools/generate/encode.h"
#include "tools/replay/recode.h"

enum {
    SLOTS = 4096,
    NEXT_HOP_MAX = 255,
    MP_HEAD = 4 + 5, /* octets of MP_REACH_NLRI beside next hop and NLRI */
    UPDATE_HEAD = BGP_HEADER_LEN + 4,
};

/* An UPDATE in the making. */
struct slot {
    struct replay_peer *peer; /* NULL: free */
    unsigned family;
    bool mp;          /* NLRI in MP_REACH_NLRI */
    struct buf attrs; /* without MP_REACH_NLRI */
    struct buf next_hop;
    struct buf nlri;
    size_t len_max;
    unsigned routes;
};

struct replay_table {
    struct replay_table_hooks hooks;
    uint64_t hash_key[2];
    uint8_t msg[BGP_MSG_EXT_MAX];
    uint8_t attrs[BGP_MSG_EXT_MAX];
    struct slot slot[SLOTS];
};

struct replay_table *replay_table_new(const struct replay_table_hooks *hooks)
{
    struct replay_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->hooks = *hooks;
    hash_random_key(t->hash_key);
    return t;
}

void replay_table_free(struct replay_table *t)
{
    if (t == NULL)
        return;
    for (unsigned i = 0; i < SLOTS; i++) {
        buf_free(&t->slot[i].attrs);
        buf_free(&t->slot[i].next_hop);
        buf_free(&t->slot[i].nlri);
    }
    free(t);
}

/* RFC 4760 section 3: AFI, SAFI, next hop with its length, a reserved octet, NLRI. */
static void put_mp_reach(struct wr *w, const struct slot *s)
{
    const struct nlri_row *row = nlri_row_of(s->family);
    wr_u8(w, ATTR_OPT_NONTRANS | BGP_FLAG_EXT_LEN);
    wr_u8(w, ATTR_MP_REACH_NLRI);
    size_t at = wr_mark_u16(w);
    wr_u16(w, row->afi);
    wr_u8(w, row->safi);
    wr_u8(w, (uint8_t)s->next_hop.len);
    wr_bytes(w, s->next_hop.p, s->next_hop.len);
    wr_u8(w, 0);
    wr_bytes(w, s->nlri.p, s->nlri.len);
    wr_patch_u16(w, at);
}

static void send_slot(struct replay_table *t, struct slot *s)
{
    struct wr w = wr_of(t->msg, sizeof t->msg);
    size_t start = encode_begin(&w, BGP_TYPE_UPDATE);
    wr_u16(&w, 0); /* nothing withdrawn */
    size_t at = wr_mark_u16(&w);
    wr_bytes(&w, s->attrs.p, s->attrs.len);
    if (s->mp)
        put_mp_reach(&w, s);
    wr_patch_u16(&w, at);
    if (!s->mp)
        wr_bytes(&w, s->nlri.p, s->nlri.len);
    encode_end(&w, start);
    struct replay_peer *p = s->peer;
    unsigned routes = s->routes;
    s->peer = NULL;
    t->hooks.update(t->hooks.arg, p, t->msg, w.len, routes);
}

void replay_table_flush(struct replay_table *t, const struct replay_peer *p)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        if (t->slot[i].peer != NULL && (p == NULL || t->slot[i].peer == p))
            send_slot(t, &t->slot[i]);
    }
}

static bool same(const struct buf *b, struct cur c)
{
    return b->len == c.left && (c.left == 0 || memcmp(b->p, c.p, c.left) == 0);
}

static void set(struct buf *b, struct cur c)
{
    buf_clear(b);
    buf_add(b, c.p, c.left);
}

/* What a route brings along. */
struct route {
    struct cur attrs, next_hop;
    bool mp;
    size_t nlri_len; /* octets with the path identifier */
};

/* Writes the route's attributes. Returns REPLAY_SKIP_NONE or why it can't. */
static enum replay_skip take_attrs(struct replay_table *t, const struct mrt_rib *rib,
                                   const struct bgp_ctx *ctx, unsigned width, struct route *r)
{
    const uint64_t leave = UINT64_C(1) << ATTR_MP_REACH_NLRI | UINT64_C(1)
                                                                   << ATTR_MP_UNREACH_NLRI;
    struct wr w = wr_of(t->attrs, sizeof t->attrs);
    struct bgp_update u;
    record_rib_index(rib, ctx, &u, &r->next_hop);
    const struct bgp_attr *plain = bgp_update_attr(&u, ATTR_NEXT_HOP);
    unsigned from = recode_width(&u, ctx);
    bool ipv4 = rib->afi == BGP_AFI_IPV4 && rib->safi == BGP_SAFI_UNICAST;
    if (recode_attrs(&w, &u, from != 0 ? from : width, width, leave) != 0)
        return REPLAY_SKIP_BROKEN;
    r->mp = !ipv4 || (plain == NULL && r->next_hop.left != 4);
    if (!r->mp && plain == NULL) { /* the record has it outside the attributes */
        wr_u8(&w, ATTR_WELL_KNOWN);
        wr_u8(&w, ATTR_NEXT_HOP);
        wr_u8(&w, 4);
        wr_bytes(&w, r->next_hop.p, 4);
    }
    if (r->mp && r->next_hop.left == 0 && plain != NULL) /* TABLE_DUMP of other families */
        r->next_hop = cur_of(u.msg + plain->off, plain->len);
    if (!r->mp)
        r->next_hop = cur_of(NULL, 0);
    r->attrs = cur_of(w.buf, w.len);
    return w.overflow || r->next_hop.left > NEXT_HOP_MAX ? REPLAY_SKIP_LONG : REPLAY_SKIP_NONE;
}

static bool has_room(const struct slot *s, const struct route *r)
{
    return UPDATE_HEAD + MP_HEAD + s->attrs.len + s->next_hop.len + s->nlri.len + r->nlri_len <=
           s->len_max;
}

enum replay_skip replay_table_add(struct replay_table *t, struct replay_peer *p,
                                  const struct mrt_rib *rib, const struct bgp_ctx *ctx,
                                  const struct replay_table_form *form)
{
    struct route r = {.nlri_len = rib->nlri.left + (form->path_ids ? 4 : 0)};
    if (rib->has_path_id && !form->path_ids)
        return REPLAY_SKIP_ADD_PATH;
    enum replay_skip why = take_attrs(t, rib, ctx, form->as_width, &r);
    if (why != REPLAY_SKIP_NONE)
        return why;
    uint64_t hash =
        hash_sip13(t->hash_key, r.attrs.p, r.attrs.left) + p->index * 31u + rib->family * 7u;
    struct slot *s = &t->slot[hash % SLOTS];
    bool fits = s->peer == p && s->family == rib->family && s->mp == r.mp &&
                same(&s->attrs, r.attrs) && same(&s->next_hop, r.next_hop);
    if (s->peer != NULL && (!fits || !has_room(s, &r)))
        send_slot(t, s);
    if (s->peer == NULL) {
        s->family = rib->family;
        s->mp = r.mp;
        s->len_max = form->len_max;
        s->routes = 0;
        set(&s->attrs, r.attrs);
        set(&s->next_hop, r.next_hop);
        buf_clear(&s->nlri);
        if (!has_room(s, &r))
            return REPLAY_SKIP_LONG;
        s->peer = p;
    }
    uint8_t id[4];
    struct wr w = wr_of(id, sizeof id);
    wr_u32(&w, rib->path_id);
    buf_add(&s->nlri, id, form->path_ids ? sizeof id : 0);
    buf_add(&s->nlri, rib->nlri.p, rib->nlri.left);
    s->routes++;
    return REPLAY_SKIP_NONE;
}
