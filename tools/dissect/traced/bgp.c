/* SPDX-License-Identifier: BSD-2-Clause */
/* bgp: the walk over a BGP message for its dissection. Floor F4; compiled with the traced codec.
 */
#include <stdio.h>

#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "bgp/notify.h"
#include "bgp/open.h"
#include "bgp/operational.h"
#include "schemas/record/record.h"
#include "tools/dissect/traced/walk.h"

/* ---- NLRI ---- */

/* Reads an NLRI's path identifier, when it has one, as the iterator has. */
static void walk_path_id(struct dissect *x, struct nlri *n, struct cur c)
{
    uint32_t path_id;
    if (n->has_path_id && cur_u32(&c, &path_id))
        emit_u64(&x->emit, KEY("path_id"), path_id);
    n->has_path_id = false;
}

static void walk_section(struct dissect *x, const struct bgp_update *u,
                         const struct bgp_ctx *ctx, const struct bgp_section *s,
                         const char *name)
{
    struct nlri_iter it;
    struct nlri n;
    struct nlri_fault fault;
    if (!s->present || s->nlri.len == 0)
        return;
    nlri_iter_init(&it, s->family, ctx, bgp_update_cur(u, s->nlri), false);
    dissect_open(x, u->msg + s->nlri.off, s->nlri.len, name, nlri_row_of(s->family)->name);
    trace_now = NULL; /* looks for ends, and tries both modes: the decoders read all again */
    (void)nlri_settle_add_path(&it);
    for (struct cur from = it.in; nlri_iter_next(&it, &n) > 0; from = it.in) {
        dissect_open(x, from.p, from.left - it.in.left, "NLRI", NULL);
        trace_now = &x->trace;
        walk_path_id(x, &n, from);
        (void)nlri_emit_members(&n, &x->emit, &fault);
        trace_now = NULL;
        dissect_close(x);
    }
    trace_now = &x->trace;
    dissect_close(x);
}

/* ---- attributes ---- */

/* Reads the octets before an attribute's value as the index has found them. */
static void walk_attr_head(struct dissect *x, struct cur c, const struct bgp_attr *a)
{
    static const struct {
        uint8_t bit;
        const char *name;
    } bits[] = {{BGP_FLAG_OPTIONAL, "optional"},
                {BGP_FLAG_TRANSITIVE, "transitive"},
                {BGP_FLAG_PARTIAL, "partial"},
                {BGP_FLAG_EXT_LEN, "extended-length"}};
    uint8_t flags, code;
    char length[8];
    if (!cur_u8(&c, &flags))
        return;
    emit_u64(&x->emit, KEY("flags"), flags);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if (flags & bits[i].bit)
            emit_name(&x->emit, KEY("flag"), bits[i].name);
    }
    if (cur_u8(&c, &code))
        emit_u64(&x->emit, KEY("code"), code);
    (void)snprintf(length, sizeof length, "%u", a->len);
    dissect_name(x, c.p, flags & BGP_FLAG_EXT_LEN ? 2 : 1, "length", length);
}

/* RFC 4364 section 4.3.2, RFC 4659 section 3.2.1.1: a VPN's has a distinguisher before each
 * address. */
void walk_next_hop(struct dissect *x, struct cur next_hop)
{
    enum { RD_LEN = 8, VPN4 = 12, VPN6 = 24 };
    struct cur c = next_hop;
    uint32_t step = c.left == VPN4 ? VPN4 : VPN6;
    if (next_hop.left == 0)
        return;
    record_next_hop(&x->emit, next_hop);
    while (next_hop.left % step == 0 && c.left >= step) {
        dissect_name(x, c.p, RD_LEN, "route distinguisher", NULL);
        if (!cur_skip(&c, step))
            break;
    }
}

/* Walks the NLRI of MP_REACH_NLRI or MP_UNREACH_NLRI; AFI, SAFI and the rest were read by the
 * index. Returns false for any other attribute, and for a repetition. */
static bool walk_multiprotocol(struct dissect *x, struct bgp_update *u,
                               const struct bgp_ctx *ctx, const struct bgp_attr *a)
{
    const struct bgp_section *s = a->code == ATTR_MP_REACH_NLRI ? &u->mp_reach : &u->mp_unreach;
    bool mp = a->code == ATTR_MP_REACH_NLRI || a->code == ATTR_MP_UNREACH_NLRI;
    if (!mp || !s->present || bgp_update_attr(u, a->code) != a)
        return false;
    if (s->afi == 0 && s->family == BGP_FAMILY_NONE) { /* a RIB entry's: the next hop alone */
        walk_next_hop(x, bgp_update_cur(u, s->next_hop));
        return true;
    }
    struct cur c = cur_at(u->msg + a->off, a->len, a->off);
    uint16_t afi;
    uint8_t safi;
    if (cur_u16(&c, &afi) && cur_u8(&c, &safi))
        record_family(&x->emit, afi, safi);
    x->floor = x->span_cnt;
    walk_next_hop(x, bgp_update_cur(u, s->next_hop));
    walk_section(x, u, ctx, s, "routes");
    return true;
}

static void walk_attr(struct dissect *x, struct bgp_update *u, const struct bgp_ctx *ctx,
                      const struct bgp_attr *a)
{
    const struct attr_row *row = attr_row_of(a->code);
    struct cur value = cur_at(u->msg + a->off, a->len, a->off);
    uint32_t head_len = a->flags & BGP_FLAG_EXT_LEN ? 4 : 3;
    struct cur all = bgp_update_cur(u, (struct bgp_span){a->off - head_len, head_len + a->len});
    struct attr_in in = {
        .code = a->code, .flags = a->flags, .value = value, .ctx = ctx, .diags = &u->diags};
    dissect_open(x, all.p, all.left, row != NULL ? row->name : "attribute", NULL);
    walk_attr_head(x, all, a);
    x->floor = x->span_cnt;
    if (!walk_multiprotocol(x, u, ctx, a) &&
        (row == NULL || row->decode == NULL || !attr_decode(row, &in, &x->emit)) &&
        value.left > 0)
        emit_hex(&x->emit, KEY("value"), value.p, value.left);
    dissect_close(x);
}

void walk_attrs(struct dissect *x, struct bgp_update *u, const struct bgp_ctx *ctx)
{
    if (u->attrs.len == 0)
        return;
    dissect_open(x, u->msg + u->attrs.off, u->attrs.len, "path attributes", NULL);
    for (unsigned i = 0; i < u->attr_cnt; i++)
        walk_attr(x, u, ctx, &u->attr[i]);
    dissect_close(x);
}

/* ---- messages ---- */

typedef void walk_fn(struct dissect *x, struct cur msg, struct cur body,
                     const struct bgp_ctx *ctx);

static void walk_update(struct dissect *x, struct cur msg, struct cur body,
                        const struct bgp_ctx *ctx)
{
    struct bgp_update u;
    (void)body;
    (void)bgp_update_index(msg.p, msg.left, ctx, &u);
    walk_section(x, &u, ctx, &u.withdrawn, "withdrawn routes");
    walk_attrs(x, &u, ctx);
    walk_section(x, &u, ctx, &u.announced, "announced routes");
}

static void walk_open(struct dissect *x, struct cur msg, struct cur body,
                      const struct bgp_ctx *ctx)
{
    struct bgp_open o;
    (void)body, (void)ctx;
    (void)bgp_open_index(msg.p, msg.left, &o);
    bgp_open_emit(&o, &x->emit);
}

static void walk_notification(struct dissect *x, struct cur msg, struct cur body,
                              const struct bgp_ctx *ctx)
{
    struct nlri_fault fault;
    (void)msg, (void)ctx;
    (void)bgp_notification_emit(body, &x->emit, &fault);
}

static void walk_refresh(struct dissect *x, struct cur msg, struct cur body,
                         const struct bgp_ctx *ctx)
{
    struct nlri_fault fault;
    (void)msg, (void)ctx;
    (void)bgp_refresh_emit(body, &x->emit, &fault);
}

static void walk_operational(struct dissect *x, struct cur msg, struct cur body,
                             const struct bgp_ctx *ctx)
{
    struct nlri_fault fault;
    (void)msg, (void)ctx;
    (void)bgp_operational_emit(body, &x->emit, &fault);
}

static void walk_unknown(struct dissect *x, struct cur msg, struct cur body,
                         const struct bgp_ctx *ctx)
{
    (void)msg, (void)ctx;
    if (body.left > 0)
        emit_hex(&x->emit, KEY("data"), body.p, body.left);
}

static walk_fn *const walks[] = {
    [BGP_TYPE_OPEN] = walk_open,
    [BGP_TYPE_UPDATE] = walk_update,
    [BGP_TYPE_NOTIFICATION] = walk_notification,
    [BGP_TYPE_KEEPALIVE] = walk_unknown,
    [BGP_TYPE_ROUTE_REFRESH] = walk_refresh,
    [BGP_TYPE_OPERATIONAL] = walk_operational,
};

uint32_t dissect_bgp(struct dissect *x, struct cur msg, const struct bgp_ctx *ctx,
                     struct buf *out, bool colour)
{
    struct cur c = msg;
    uint8_t marker[16], type = 0;
    uint16_t length;
    dissect_begin(x, msg.p, msg.left, 0);
    dissect_open(x, msg.p, msg.left, "BGP message", NULL);
    if (cur_copy(&c, marker, sizeof marker) && cur_u16(&c, &length) && cur_u8(&c, &type)) {
        const char *name = bgp_type_name(type);
        emit_u64(&x->emit, KEY("type"), type);
        if (name != NULL)
            emit_name(&x->emit, KEY("name"), name);
        x->floor = x->span_cnt;
        walk_fn *walk = type < sizeof walks / sizeof walks[0] ? walks[type] : NULL;
        (walk != NULL ? walk : walk_unknown)(x, msg, c, ctx);
    }
    dissect_end();
    return dissect_print(x, out, colour);
}
