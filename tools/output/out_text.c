/* SPDX-License-Identifier: BSD-2-Clause */
/* out_text: a readable block per message; what is wrong shown in the octets; with -v, every
 * field with its offset (tools/dissect/dissect.h). Floor F4.
 *
 *     2025-11-22 20:15:37.123456  update  192.0.2.9 AS64500
 *       announce: ...
 *       error: treat-as-withdraw, origin-length at offset 25 (need 1, have 2)
 *         0010  ff ff 00 2d 02 00 00 00 ...
 *                        ^^ ^^
 */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/text.h"
#include "tools/decode/decode.h"
#include "tools/dissect/dissect.h"

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

void decode_text_head(struct decode *d, uint64_t time_ns, const struct track_peer *p)
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

/* Shows one line of octets, from number `line` of the message on; those from `off` up to `end`
 * are underlined. */
static void put_line(struct decode *d, struct cur msg, uint32_t line, uint32_t off,
                     uint32_t end)
{
    struct buf *b = &d->out;
    if (!cur_skip(&msg, line))
        return;
    buf_printf(b, "\n    %04x ", line);
    for (uint32_t i = line; i < line + LINE_OCTETS && msg.left > 0; i++) {
        uint8_t octet = 0;
        bool bad = i >= off && i < end;
        if (!cur_u8(&msg, &octet))
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

/* Shows the lines of octets in which `len` of them from `off` on lie, those underlined; at the
 * message's end the place where more should be. */
static void put_octets(struct decode *d, struct cur msg, uint32_t off, uint32_t len)
{
    if (msg.left == 0 || off > msg.left)
        return;
    uint32_t there = len < msg.left - off ? len : msg.left - off;
    uint32_t end = off + (there > 0 ? there : 1);
    for (uint32_t line = off / LINE_OCTETS * LINE_OCTETS; line < end; line += LINE_OCTETS)
        put_line(d, msg, line, off, end);
}

/* Returns how many octets a diagnostic is about; in most `have` is a value instead. */
static uint32_t octets_of(const struct bgp_diag *g)
{
    static const uint8_t counted[] = {BGP_REASON_LENGTH,   BGP_REASON_TRUNCATED,
                                      BGP_REASON_TRAILING, BGP_REASON_SYNTAX,
                                      BGP_REASON_WIDTH,    BGP_REASON_EMPTY_OPEN};
    if (memchr(counted, g->reason, sizeof counted) == NULL)
        return 1;
    return g->have < LINE_OCTETS ? g->have : LINE_OCTETS;
}

/* `msg`: what the offsets count in. Those of a RIB entry count in its attributes, but for its
 * NLRI's. */
static void put_diags(struct decode *d, const struct bgp_diags *diags, struct cur msg, bool rib)
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
        if (!rib || g->afi == 0)
            put_octets(d, msg, g->off, octets_of(g));
    }
}

/* ---- the output ---- */

/* Returns what dissects for this output, or NULL when memory runs out (d->out.failed). */
static struct dissect *dissector(struct decode *d)
{
    if (d->output_state == NULL)
        d->output_state = calloc(1, sizeof(struct dissect));
    d->out.failed |= d->output_state == NULL;
    return d->output_state;
}

static void drop_text(struct decode *d)
{
    if (d->output_state != NULL)
        dissect_free(d->output_state);
}

static bool is_rib(const struct decode_event *ev)
{
    return ev->walk != NULL && ev->walk->item.kind == MRT_ITEM_RIB;
}

/* Returns the octets that an event's diagnostics count in. */
static struct cur counted(const struct decode_event *ev)
{
    if (ev->walk != NULL) {
        const struct mrt_item *item = &ev->walk->item;
        if (item->kind == MRT_ITEM_RIB)
            return cur_of(item->rib.attrs.p, item->rib.attrs.left);
        return item->kind == MRT_ITEM_MESSAGE ? item->body : cur_of(NULL, 0);
    }
    const struct track_item *item = ev->item;
    if (item->bgp != NULL)
        return cur_of(item->bgp, item->bgp_len);
    return item->is_bmp ? cur_of(item->frame->p, item->frame->len) : cur_of(NULL, 0);
}

static void dissect(struct decode *d, const struct decode_event *ev,
                    const struct bgp_diags *diags)
{
    struct dissect *x = dissector(d);
    if (x == NULL)
        return;
    x->diags = diags;
    x->counted = counted(ev);
    x->families_apart = is_rib(ev);
    if (ev->walk != NULL)
        (void)dissect_mrt(x, ev->walk, ev->ctx, &d->out, d->o.colour);
    else if (ev->item->is_bmp)
        (void)dissect_bmp(x, ev->item, ev->ctx, &d->out, d->o.colour);
    else if (ev->item->bgp != NULL)
        (void)dissect_bgp(x, cur_of(ev->item->bgp, ev->item->bgp_len), ev->ctx, &d->out,
                          d->o.colour);
}

static void finish(struct decode *d, const struct decode_event *ev,
                   const struct bgp_diags *diags)
{
    if (d->o.verbose)
        dissect(d, ev, diags);
    put_diags(d, diags, counted(ev), is_rib(ev));
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
        decode_text_head(d, record_mrt_time(item->rec), item->has_peer ? &peer : NULL);
        cnt = record_mrt(&t.emit, NULL, ev->walk, ev->ctx, &d->o.record, &diags);
    } else if (ev->item != NULL) {
        struct track_item item = *ev->item;
        item.ctx = ev->ctx;
        decode_text_head(d, item.frame->time, item.peer);
        cnt = record_item(&t.emit, NULL, &item, &d->o.record, &diags);
    }
    if (cnt > 0)
        finish(d, ev, &diags);
    else if (!d->out.failed)
        d->out.len = before;
}

const struct decode_output decode_text = {
    .name = "text", .write = write_text, .drop = drop_text, .apart = true};
