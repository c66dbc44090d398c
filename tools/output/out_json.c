/* SPDX-License-Identifier: BSD-2-Clause */
/* out_json: records as lines of JSON, one per message or one per route. Floor F4. */
#include "base/json.h"
#include "tools/decode/decode.h"

static void end_line(void *arg)
{
    struct decode *d = arg;
    buf_add_char(&d->out, '\n');
}

static void write_json(struct decode *d, const struct decode_event *ev)
{
    struct json j;
    json_init(&j, &d->out);
    if (decode_record(d, ev, &j.emit) > 0)
        end_line(d);
}

static void write_explode(struct decode *d, const struct decode_event *ev)
{
    struct json j;
    json_init(&j, &d->out);
    decode_routes(d, ev, &j.emit, end_line);
}

const struct decode_output decode_json = {.name = "json", .write = write_json, .apart = true};
const struct decode_output decode_explode = {
    .name = "explode", .write = write_explode, .apart = true, .routes = true};
