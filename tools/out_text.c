/* SPDX-License-Identifier: BSD-2-Clause */
/* out_text: a readable block per message; what is wrong shown in the octets; with -v, every
 * field with its offset. Floor F4.
 *
 *     2025-11-22 20:15:37.123456  update  192.0.2.9 AS64500
 *       announce: ...
 *       error: treat-as-withdraw, origin-length at offset 25 (need 1, have 2)
 *         0010  ff ff 00 2d 02 00 00 00 ...
 *                        ^^ ^^
 */
#include <time.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/text.h"
#include "bgp/attr.h"
#include "bgp/msg.h"
#include "bgp/open.h"
#include "tools/decode.h"

enum { LINE_OCTETS = 16 };

#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

static void put_colour(struct decode *d, const char *code)
{
    if (d->o.colour)
        buf_add_str(&d->out, code);
}

/* ---- the record ---- */

/* Passes on what the block's first line doesn't say already. */
static void put_time(struct buf *b, uint64_t ns)
{
    time_t sec = (time_t)(ns / NS_PER_S);
    struct tm tm;
    if (gmtime_r(&sec, &tm) == NULL)
        tm = (struct tm){0};
    buf_printf(b, "%04d-%02d-%02d %02d:%02d:%02d.%06u", tm.tm_year + 1900, tm.tm_mon + 1,
               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(ns % NS_PER_S / 1000));
}

static void put_addr(struct buf *b, const struct source_addr *a)
{
    char s[FMT_IPV6_MAX];
    if (a->len == 4)
        buf_add(b, s, fmt_ipv4(s, a->a));
    else if (a->len == 16)
        buf_add(b, s, fmt_ipv6(s, a->a));
    else
        buf_add_char(b, '-');
}

static void put_head(struct decode *d, uint64_t time_ns, const struct track_peer *p)
{
    put_colour(d, BOLD);
    put_time(&d->out, time_ns);
    if (p != NULL && (p->addr.len > 0 || p->asn != 0)) {
        buf_add_str(&d->out, "  ");
        put_addr(&d->out, &p->addr);
        buf_printf(&d->out, " AS%u", p->asn);
    }
    put_colour(d, PLAIN);
}

/* ---- octets ---- */

/* Shows the line of octets in which `off` lies, and underlines `len` of them. */
static void put_octets(struct decode *d, struct cur msg, uint32_t off, uint32_t len)
{
    struct buf *b = &d->out;
    uint32_t line = off / LINE_OCTETS * LINE_OCTETS;
    if (msg.left == 0 || off > msg.left)
        return;
    uint32_t end = off + (len > 0 ? len : 1);
    struct cur c = msg;
    if (!cur_skip(&c, line < msg.left ? line : msg.left))
        return;
    buf_printf(b, "\n    %04x ", line);
    for (uint32_t i = line; i < line + LINE_OCTETS && c.left > 0; i++) {
        uint8_t octet = 0;
        bool bad = i >= off && i < end;
        if (!cur_u8(&c, &octet))
            break;
        buf_add_char(b, ' ');
        if (bad)
            put_colour(d, RED);
        buf_printf(b, "%02x", octet);
        if (bad)
            put_colour(d, PLAIN);
    }
    buf_add_str(b, "\n         ");
    for (uint32_t i = line; i < line + LINE_OCTETS && i < end; i++)
        buf_add_str(b, i < off ? "   " : " ^^");
}

static void put_diags(struct decode *d, const struct bgp_diags *diags, struct cur msg)
{
    char reason[RECORD_REASON_MAX];
    for (unsigned i = 0; i < diags->cnt; i++) {
        const struct bgp_diag *g = &diags->v[i];
        size_t n = record_reason(reason, g);
        buf_add_str(&d->out, "\n  ");
        put_colour(d, RED);
        buf_printf(&d->out, "%s: %s, %.*s at offset %u",
                   g->action == BGP_ACTION_NOTE ? "note" : "error", bgp_action_name(g->action),
                   (int)n, reason, g->off);
        put_colour(d, PLAIN);
        if (g->need != 0 || g->have != 0)
            buf_printf(&d->out, " (need %u, have %u)", g->need, g->have);
        put_octets(d, msg, g->off, g->have < LINE_OCTETS ? g->have : LINE_OCTETS);
    }
}

/* ---- dissection ---- */

/* Begins a line: offset, length, name. */
static void put_field(struct decode *d, unsigned depth, uint32_t off, uint32_t len,
                      const char *name)
{
    buf_printf(&d->out, "\n  %05u %5u  %*s%s", off, len, (int)(2 * depth), "", name);
}

static void put_value(struct decode *d, struct cur value)
{
    uint8_t octet;
    buf_add_str(&d->out, ": ");
    for (unsigned i = 0; i < 2 * LINE_OCTETS && cur_u8(&value, &octet); i++)
        buf_printf(&d->out, "%02x", octet);
    if (value.left > 0)
        buf_add_str(&d->out, "...");
}

static void dissect_attr(struct decode *d, struct bgp_update *u, const struct bgp_ctx *ctx,
                         const struct bgp_attr *a)
{
    const struct attr_row *row = attr_row_of(a->code);
    struct cur value = cur_at(u->msg + a->off, a->len, a->off);
    struct attr_in in = {
        .code = a->code, .flags = a->flags, .value = value, .ctx = ctx, .diags = &u->diags};
    struct text t;
    put_field(d, 1, a->off, a->len, row != NULL ? row->name : "attribute");
    buf_printf(&d->out, " (code %u, flags 0x%02x)", a->code, a->flags);
    put_value(d, value);
    text_init(&t, &d->out, 16, d->o.colour);
    if (row != NULL && row->decode != NULL)
        (void)attr_decode(row, &in, &t.emit);
}

static void dissect_section(struct decode *d, const struct bgp_update *u,
                            const struct bgp_ctx *ctx, const struct bgp_section *s,
                            const char *name)
{
    struct nlri_iter it;
    struct nlri n;
    struct nlri_fault fault;
    if (!s->present)
        return;
    put_field(d, 0, s->nlri.off, s->nlri.len, name);
    buf_printf(&d->out, " (%s, %u/%u)", nlri_row_of(s->family)->name, s->afi, s->safi);
    nlri_iter_init(&it, s->family, ctx, bgp_update_cur(u, s->nlri), false);
    (void)nlri_settle_add_path(&it);
    while (nlri_iter_next(&it, &n) > 0) {
        struct text t;
        put_field(d, 1, n.body.off, n.body.left, "NLRI");
        put_value(d, n.body);
        text_init(&t, &d->out, 16, d->o.colour);
        (void)nlri_emit_members(&n, &t.emit, &fault);
    }
}

static void dissect_update(struct decode *d, struct cur msg, const struct bgp_ctx *ctx)
{
    struct bgp_update u;
    (void)bgp_update_index(msg.p, msg.left, ctx, &u);
    dissect_section(d, &u, ctx, &u.withdrawn, "withdrawn routes");
    put_field(d, 0, u.attrs.off, u.attrs.len, "path attributes");
    for (unsigned i = 0; i < u.attr_cnt; i++)
        dissect_attr(d, &u, ctx, &u.attr[i]);
    dissect_section(d, &u, ctx, &u.mp_reach, "MP_REACH_NLRI's routes");
    dissect_section(d, &u, ctx, &u.mp_unreach, "MP_UNREACH_NLRI's routes");
    dissect_section(d, &u, ctx, &u.announced, "announced routes");
}

static void dissect_open(struct decode *d, struct cur msg)
{
    struct bgp_open o;
    (void)bgp_open_index(msg.p, msg.left, &o);
    put_field(d, 0, o.params_off, o.params_len, "optional parameters");
    for (unsigned i = 0; i < o.cap_cnt; i++) {
        const struct cap_row *row = cap_row_of(o.cap[i].code);
        struct cur value = cur_at(msg.p + o.cap[i].off, o.cap[i].len, o.cap[i].off);
        struct nlri_fault fault;
        struct text t;
        put_field(d, 1, o.cap[i].off, o.cap[i].len, row != NULL ? row->name : "capability");
        put_value(d, value);
        text_init(&t, &d->out, 16, d->o.colour);
        (void)cap_decode(o.cap[i].code, value, &t.emit, &fault);
    }
}

static void dissect(struct decode *d, struct cur msg, const struct bgp_ctx *ctx)
{
    uint8_t type = 0;
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type))
        return;
    put_field(d, 0, 0, 16, "marker");
    put_field(d, 0, 16, 2, "length");
    buf_printf(&d->out, ": %u", msg.left);
    put_field(d, 0, 18, 1, "type");
    buf_printf(&d->out, ": %u (%s)", type,
               bgp_type_name(type) != NULL ? bgp_type_name(type) : "unknown");
    if (type == BGP_TYPE_UPDATE)
        dissect_update(d, msg, ctx);
    else if (type == BGP_TYPE_OPEN)
        dissect_open(d, msg);
    else if (msg.left > BGP_HEADER_LEN && cur_skip(&msg, BGP_HEADER_LEN)) {
        put_field(d, 0, msg.off, msg.left, "body");
        put_value(d, msg);
    }
}

/* ---- the output ---- */

static void finish(struct decode *d, struct cur msg, const struct bgp_ctx *ctx,
                   const struct bgp_diags *diags)
{
    if (d->o.verbose && msg.left > 0)
        dissect(d, msg, ctx);
    put_diags(d, diags, msg);
    buf_add_str(&d->out, "\n\n");
}

static void write_text(struct decode *d, const struct decode_event *ev)
{
    struct text t;
    struct bgp_diags diags;
    size_t before = d->out.len;
    int cnt = 0;
    bgp_diags_init(&diags);
    text_init(&t, &d->out, 2, d->o.colour);
    if (ev->walk != NULL) {
        const struct mrt_item *item = &ev->walk->item;
        struct track_peer peer;
        record_mrt_peer(item, &peer);
        put_head(d, record_mrt_time(item->rec), item->has_peer ? &peer : NULL);
        cnt = record_mrt(&t.emit, NULL, ev->walk, ev->ctx, &d->o.record, &diags);
        if (cnt > 0)
            finish(d, item->kind == MRT_ITEM_MESSAGE ? item->body : cur_of(NULL, 0), ev->ctx,
                   &diags);
    } else if (ev->item != NULL) {
        struct track_item item = *ev->item;
        item.ctx = ev->ctx;
        put_head(d, item.frame->time, item.peer);
        cnt = record_item(&t.emit, NULL, &item, &d->o.record, &diags);
        if (cnt > 0)
            finish(d, item.bgp != NULL ? cur_of(item.bgp, item.bgp_len) : cur_of(NULL, 0),
                   ev->ctx, &diags);
    }
    if (cnt == 0 && !d->out.failed)
        d->out.len = before;
}

const struct decode_output decode_text = {.name = "text", .write = write_text, .apart = true};
