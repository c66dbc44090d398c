/* SPDX-License-Identifier: BSD-2-Clause */
/* out_count: how many there are of each kind, as lines `NAME COUNT`. Floor F4. */
#include "bgp/msg.h"
#include "tools/decode/decode.h"

static uint64_t count_section(const struct bgp_update *u, const struct bgp_section *s,
                              const struct bgp_ctx *ctx)
{
    struct nlri_iter it;
    if (!s->present)
        return 0;
    nlri_iter_init(&it, s->family, ctx, bgp_update_cur(u, s->nlri), false);
    (void)nlri_settle_add_path(&it);
    struct nlri n;
    uint64_t cnt = 0;
    while (nlri_iter_next(&it, &n) > 0)
        cnt++;
    return cnt;
}

static void count_update(struct decode_counts *c, const struct bgp_ctx *ctx, struct cur msg)
{
    struct bgp_update u;
    uint16_t afi;
    uint8_t safi;
    bool sound = bgp_update_index(msg.p, msg.left, ctx, &u) == 0;
    if (sound && bgp_update_is_eor(&u, &afi, &safi))
        c->end_of_rib++;
    c->announced += count_section(&u, &u.announced, ctx) + count_section(&u, &u.mp_reach, ctx);
    c->withdrawn +=
        count_section(&u, &u.withdrawn, ctx) + count_section(&u, &u.mp_unreach, ctx);
    c->diags += u.diags.cnt;
}

static void count_message(struct decode_counts *c, const struct bgp_ctx *ctx, struct cur msg)
{
    uint8_t type = 0;
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type) || bgp_type_name(type) == NULL)
        type = 0;
    c->by_type[type]++;
    if (type == BGP_TYPE_UPDATE)
        count_update(c, ctx, msg);
}

static void count_mrt(struct decode_counts *c, const struct decode_event *ev)
{
    const struct mrt_item *item = &ev->walk->item;
    switch (item->kind) {
    case MRT_ITEM_MESSAGE:
        count_message(c, ev->ctx, item->body);
        break;
    case MRT_ITEM_STATE:
        c->states++;
        break;
    case MRT_ITEM_RIB:
        c->rib_entries++;
        break;
    case MRT_ITEM_PEERS:
        c->peer_tables++;
        break;
    case MRT_ITEM_OTHER:
        c->other++;
        break;
    }
}

static void count_frame(struct decode_counts *c, const struct decode_event *ev)
{
    const struct track_item *item = ev->item;
    enum { UNKNOWN = 7 };
    if (item->frame->flags & JOURNAL_REPEAT)
        return;
    if (item->is_bmp)
        c->bmp[item->bmp_bad || bmp_type_name(item->bmp.type) == NULL ? UNKNOWN
                                                                      : item->bmp.type]++;
    if (item->bgp != NULL)
        count_message(c, ev->ctx, cur_of(item->bgp, item->bgp_len));
    if (item->frame->kind == JOURNAL_STATE)
        c->states++;
}

static void write_count(struct decode *d, const struct decode_event *ev)
{
    if (ev->walk != NULL)
        count_mrt(&d->counts, ev);
    else if (ev->rec != NULL)
        d->counts.other++;
    else
        count_frame(&d->counts, ev);
}

static void put(struct decode *d, const char *prefix, const char *name, uint64_t cnt)
{
    if (cnt > 0)
        buf_printf(&d->out, "%s%s %llu\n", prefix, name, (unsigned long long)cnt);
}

static void end_count(struct decode *d)
{
    const struct decode_counts *c = &d->counts;
    for (uint8_t i = 0; i < sizeof c->by_type / sizeof c->by_type[0]; i++)
        put(d, "", i == 0 ? "bgp" : bgp_type_name(i), c->by_type[i]);
    for (uint8_t i = 0; i < sizeof c->bmp / sizeof c->bmp[0]; i++)
        put(d, "bmp-", bmp_type_name(i) != NULL ? bmp_type_name(i) : "unknown", c->bmp[i]);
    put(d, "", "state", c->states);
    put(d, "", "peer-index", c->peer_tables);
    put(d, "", "rib", c->rib_entries);
    put(d, "", "other", c->other);
    put(d, "", "announced", c->announced);
    put(d, "", "withdrawn", c->withdrawn);
    put(d, "", "end-of-rib", c->end_of_rib);
}

const struct decode_output decode_count = {
    .name = "count", .write = write_count, .end = end_count, .apart = true};
