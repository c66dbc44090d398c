/* SPDX-License-Identifier: BSD-2-Clause */
/* out_json: records as lines of JSON, one per message or one per route. Floor F4. */
#include "base/json.h"
#include "schemas/record_route.h"
#include "tools/decode.h"

static void end_line(void *arg)
{
    struct decode *d = arg;
    buf_add_char(&d->out, '\n');
}

static void write_json(struct decode *d, const struct decode_event *ev)
{
    struct json j;
    int cnt;
    json_init(&j, &d->out);
    if (ev->walk != NULL) {
        cnt = record_mrt(&j.emit, NULL, ev->walk, ev->ctx, &d->o.record, NULL);
    } else if (ev->rec != NULL) {
        cnt = record_mrt_raw(&j.emit, NULL, ev->rec, ev->fault);
    } else {
        struct track_item item = *ev->item;
        item.ctx = ev->ctx;
        cnt = record_item(&j.emit, NULL, &item, &d->o.record, NULL);
    }
    if (cnt > 0)
        end_line(d);
}

static void write_explode(struct decode *d, const struct decode_event *ev)
{
    struct json j;
    json_init(&j, &d->out);
    struct record_lines l = {
        .e = &j.emit, .end = end_line, .arg = d, .o = &d->o.record, .filter = ev->routes};
    if (ev->walk != NULL) {
        record_routes_mrt(&l, ev->walk, ev->ctx);
    } else if (ev->rec != NULL) {
        write_json(d, ev);
    } else {
        struct track_item item = *ev->item;
        item.ctx = ev->ctx;
        record_routes_item(&l, &item);
    }
}

const struct decode_output decode_json = {.name = "json", .write = write_json, .apart = true};
const struct decode_output decode_explode = {
    .name = "explode", .write = write_explode, .apart = true, .routes = true};
