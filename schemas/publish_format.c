/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_format: the encoders of topics, one row each. Floor F3. */
#include "schemas/publish_int.h"
#include "schemas/record_route.h"

/* ---- json: docs/records.md ---- */

static void end_record(void *arg)
{
    publish_end(arg, NULL, 0, false);
}

static struct record_lines lines_of(struct publish *p)
{
    return (struct record_lines){.e = &p->json.emit,
                                 .end = end_record,
                                 .arg = p,
                                 .collector = p->o.collector,
                                 .o = &p->options};
}

static void json_item(struct publish *p, const struct track_item *item)
{
    struct record_lines l = lines_of(p);
    if (p->slots[p->topic].topic->by_route)
        record_routes_item(&l, item);
    else if (record_item(l.e, l.collector, item, l.o, NULL) > 0)
        end_record(p);
}

static void json_mrt(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx)
{
    struct record_lines l = lines_of(p);
    if (p->slots[p->topic].topic->by_route)
        record_routes_mrt(&l, w, ctx);
    else if (record_mrt(l.e, l.collector, w, ctx, l.o, NULL) > 0)
        end_record(p);
}

static void json_too_large(struct publish *p, const struct record_meta *m, size_t len)
{
    struct emit *e = &p->json.emit;
    record_begin(e, m);
    emit_name(e, KEY("type"), "too-large");
    emit_ascii(e, KEY("of"), p->type, strlen(p->type));
    emit_u64(e, KEY("octets"), len);
    emit_object_end(e);
    end_record(p);
}

const struct publish_row publish_rows[PUBLISH_FORMAT_CNT] = {
    [PUBLISH_JSON] = {.item = json_item, .mrt = json_mrt, .too_large = json_too_large},
};
