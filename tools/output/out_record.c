/* SPDX-License-Identifier: BSD-2-Clause */
/* out_record: the records of an event, for the outputs that differ in the encoder alone. Floor
 * F4. */
#include "schemas/record/record_route.h"
#include "tools/decode/decode.h"

int decode_record(struct decode *d, const struct decode_event *ev, struct emit *e)
{
    if (ev->walk != NULL)
        return record_mrt(e, NULL, ev->walk, ev->ctx, &d->o.record, NULL);
    if (ev->rec != NULL)
        return record_mrt_raw(e, NULL, ev->rec, ev->fault);
    struct track_item item = *ev->item;
    item.ctx = ev->ctx;
    return record_item(e, NULL, &item, &d->o.record, NULL);
}

void decode_routes(struct decode *d, const struct decode_event *ev, struct emit *e,
                   void (*end)(void *arg))
{
    const struct record_lines l = {
        .e = e, .end = end, .arg = d, .o = &d->o.record, .filter = ev->routes};
    if (ev->walk != NULL) {
        record_routes_mrt(&l, ev->walk, ev->ctx);
    } else if (ev->rec != NULL) {
        if (decode_record(d, ev, e) > 0)
            end(d);
    } else {
        struct track_item item = *ev->item;
        item.ctx = ev->ctx;
        record_routes_item(&l, &item);
    }
}
