/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_format: the encoders of topics, one row each. Floor F3. */
#include "schemas/foreign/ris_live.h"
#include "schemas/publish/publish_int.h"
#include "schemas/record/record_route.h"

/* ---- records, whatever encodes them ---- */

static void all_records(struct publish *p, const struct record_lines *l,
                        const struct track_item *item)
{
    if (p->slots[p->topic].topic->by_route)
        record_routes_item(l, item);
    else if (record_item_by(l->e, l->meta, item, l->o, NULL) > 0)
        l->end(p);
}

static void all_mrt(struct publish *p, const struct record_lines *l, const struct mrt_walk *w,
                    const struct bgp_ctx *ctx)
{
    if (p->slots[p->topic].topic->by_route)
        record_routes_mrt(l, w, ctx);
    else if (record_mrt(l->e, l->collector, w, ctx, l->o, NULL) > 0)
        l->end(p);
}

static void too_large(struct publish *p, const struct record_lines *l,
                      const struct record_meta *m, size_t len)
{
    record_begin(l->e, m);
    emit_name(l->e, KEY("type"), "too-large");
    emit_ascii(l->e, KEY("of"), p->type, strlen(p->type));
    emit_u64(l->e, KEY("octets"), len);
    emit_object_end(l->e);
    l->end(p);
}

static struct record_lines lines_of(struct publish *p, struct emit *e, void (*end)(void *arg))
{
    return (struct record_lines){.e = e,
                                 .end = end,
                                 .arg = p,
                                 .collector = p->o.collector,
                                 .o = &p->options,
                                 .meta = p->meta,
                                 .filter = p->routes};
}

/* ---- json: docs/records.md ---- */

static void end_json(void *arg)
{
    publish_end(arg, NULL, 0, false);
}

static void json_item(struct publish *p, const struct track_item *item)
{
    const struct record_lines l = lines_of(p, &p->json.emit, end_json);
    all_records(p, &l, item);
}

static void json_mrt(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx)
{
    const struct record_lines l = lines_of(p, &p->json.emit, end_json);
    all_mrt(p, &l, w, ctx);
}

static void json_too_large(struct publish *p, const struct record_meta *m, size_t len)
{
    const struct record_lines l = lines_of(p, &p->json.emit, end_json);
    too_large(p, &l, m, len);
}

/* ---- avro: record.avsc; one record, framed to say by which schema ---- */

static void end_avro(void *arg)
{
    struct publish *p = arg;
    buf_add(&p->out, p->frame.p, p->frame.len);
    if (avro_take(&p->avro, &p->out) != 0)
        p->no_memory = true;
    else
        publish_end(p, NULL, 0, false);
}

static void avro_item(struct publish *p, const struct track_item *item)
{
    const struct record_lines l = lines_of(p, &p->avro.emit, end_avro);
    all_records(p, &l, item);
}

static void avro_mrt(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx)
{
    const struct record_lines l = lines_of(p, &p->avro.emit, end_avro);
    all_mrt(p, &l, w, ctx);
}

static void avro_too_large(struct publish *p, const struct record_meta *m, size_t len)
{
    const struct record_lines l = lines_of(p, &p->avro.emit, end_avro);
    too_large(p, &l, m, len);
}

/* ---- ris-live: RIPE RIS Live's JSON, whose host is the collector ---- */

/* What a walk over the sessions of a router that is gone needs. */
struct ris_gone {
    struct publish *p;
    const struct track_item *item;
};

static void put_down(void *arg, struct track_peer *peer)
{
    const struct ris_gone *g = arg;
    struct publish *p = g->p;
    struct publish_count *c = publish_other(p, g->item, g->item->source, peer);
    if (c == NULL)
        return;
    struct record_meta m = *p->meta;
    m.peer = peer;
    ris_live_down(&p->json.emit, p->o.collector, g->item, peer);
    publish_end_other(p, c, &m);
}

static bool is_router_gone(const struct track_item *item)
{
    return item->frame->kind == JOURNAL_GONE && item->source != NULL &&
           item->source->info.kind == SOURCE_BMP;
}

/* Whoever's "up" is in the topic gets a "down", whatever the filter says. */
static bool ris_needs(struct publish *p, const struct track_item *item)
{
    return p->track != NULL && is_router_gone(item);
}

static void ris_item(struct publish *p, const struct track_item *item)
{
    struct ris_gone gone = {p, item};
    bool keepalive = item->bgp != NULL && item->bgp_len >= BGP_HEADER_LEN &&
                     item->bgp[BGP_HEADER_LEN - 1] == BGP_TYPE_KEEPALIVE;
    if (keepalive && !p->o.keepalives)
        return;
    if (p->track != NULL && is_router_gone(item))
        ris_live_each_down(p->track, item, put_down, &gone);
    else if (ris_live_item(&p->json.emit, p->o.collector, p->o.raw, item) > 0)
        publish_end(p, NULL, 0, false);
}

static void ris_mrt(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx)
{
    const struct mrt_item *item = &w->item;
    uint8_t type = 0;
    bool keepalive = item->kind == MRT_ITEM_MESSAGE &&
                     cur_peek(&item->body, BGP_HEADER_LEN - 1, &type) &&
                     type == BGP_TYPE_KEEPALIVE;
    if (keepalive && !p->o.keepalives)
        return;
    if (ris_live_mrt(&p->json.emit, p->o.collector, p->o.raw, w, ctx) > 0)
        publish_end(p, NULL, 0, false);
}

const char *publish_check_by_route(enum publish_format format)
{
    return publish_rows[format].no_routes;
}

const struct publish_row publish_rows[PUBLISH_FORMAT_CNT] = {
    [PUBLISH_JSON] = {.item = json_item, .mrt = json_mrt, .too_large = json_too_large},
    [PUBLISH_AVRO] = {.registers = true,
                      .item = avro_item,
                      .mrt = avro_mrt,
                      .too_large = avro_too_large},
    [PUBLISH_STATE] = {.item = publish_state_item, .due = publish_state_due},
    [PUBLISH_OPENBMP] = {.by_router = true,
                         .parts = true,
                         .headers = PUBLISH_HEADERS_ONE, /* the value says the rest */
                         .no_routes = "format openbmp has a record per BMP message",
                         .item = publish_openbmp_item,
                         .needs = publish_openbmp_needs,
                         .mrt = publish_openbmp_mrt},
    [PUBLISH_RIS_LIVE] = {.no_routes = "format ris-live has a record per message",
                          .item = ris_item,
                          .needs = ris_needs,
                          .mrt = ris_mrt},
};
