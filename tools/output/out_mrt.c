/* SPDX-License-Identifier: BSD-2-Clause */
/* out_mrt: MRT. Floor F4.
 *
 * Records of MRT files go out with the octets they came with; of a RIB record of which only
 * some entries are wanted, these. Frames of other inputs become an updates file, as the daemon
 * would have written it (schemas/wire/to_mrt.h). */
#include <stdlib.h>

#include "schemas/wire/to_mrt.h"
#include "tools/decode/decode.h"

/* The record in hand. A RIB record waits until all of its entries that are wanted have come. */
struct state {
    struct buf raw;
    struct buf entries; /* those wanted */
    const char *file;
    uint64_t off; /* of the record in the file */
    uint32_t first_off;
    uint32_t cnt;
    bool v2;
};

static struct state *state_of(struct decode *d)
{
    if (d->output_state == NULL)
        d->output_state = calloc(1, sizeof(struct state));
    if (d->output_state == NULL)
        d->out.failed = true;
    return d->output_state;
}

/* Writes the head of the waiting record, with the length and count that its entries have now.
 */
static void put_part(struct decode *d, const struct state *s)
{
    size_t head_len = s->first_off - (s->v2 ? 2 : 0); /* the count of TABLE_DUMP_V2 */
    size_t body_len = s->first_off - MRT_HEADER_LEN + s->entries.len;
    char *p = buf_room(&d->out, s->first_off);
    if (p == NULL)
        return;
    struct wr w = wr_of(p, s->first_off);
    wr_bytes(&w, s->raw.p, 8); /* time, type, subtype */
    wr_u32(&w, (uint32_t)body_len);
    wr_bytes(&w, s->raw.p + MRT_HEADER_LEN, head_len - MRT_HEADER_LEN);
    if (s->v2)
        wr_u16(&w, (uint16_t)s->cnt);
    d->out.len += w.len;
    buf_add(&d->out, s->entries.p, s->entries.len);
}

static void put_waiting(struct decode *d, struct state *s)
{
    if (s->raw.failed || s->entries.failed)
        d->out.failed = true;
    else if (s->raw.len > 0 && s->first_off + s->entries.len == s->raw.len)
        buf_add(&d->out, s->raw.p, s->raw.len);
    else if (s->raw.len > 0)
        put_part(d, s);
    buf_clear(&s->raw);
    buf_clear(&s->entries);
    s->cnt = 0;
}

static bool is_waiting(const struct decode *d, const struct state *s,
                       const struct mrt_record *rec)
{
    return s->raw.len > 0 && s->file == d->file && s->off == rec->off;
}

static void put_entry(struct decode *d, struct state *s, const struct mrt_item *item)
{
    const struct mrt_record *rec = item->rec;
    if (!is_waiting(d, s, rec)) {
        put_waiting(d, s);
        buf_add(&s->raw, rec->raw.p, rec->raw.left);
        s->file = d->file;
        s->off = rec->off;
        s->first_off = item->rib.first_off;
        s->v2 = item->rib.v2;
    }
    buf_add(&s->entries, item->rib.entry.p, item->rib.entry.left);
    s->cnt++;
}

/* ---- frames ---- */

static uint8_t *room(void *arg, const struct track_source *source, struct track_peer *p,
                     size_t n)
{
    struct decode *d = arg;
    (void)source, (void)p;
    return (uint8_t *)buf_room(&d->out, n);
}

static int add(void *arg, bool state, size_t n)
{
    struct decode *d = arg;
    (void)state;
    d->out.len += n;
    return 0;
}

static void put_frame(struct decode *d, const struct decode_event *ev)
{
    struct to_mrt o = {.room = room, .add = add, .arg = d};
    struct track_item item = *ev->item;
    item.ctx = ev->ctx;
    if (!(item.frame->flags & JOURNAL_REPEAT) && to_mrt_item(&o, ev->track, &item) != 0)
        d->out.failed = true;
}

static void write_mrt(struct decode *d, const struct decode_event *ev)
{
    struct state *s = state_of(d);
    if (s == NULL)
        return;
    if (ev->walk != NULL && ev->walk->item.rib.entry.left > 0) {
        put_entry(d, s, &ev->walk->item);
        return;
    }
    const struct mrt_record *rec = ev->walk != NULL ? ev->walk->rec : ev->rec;
    if (rec != NULL && is_waiting(d, s, rec)) { /* the rest could not be read: as it is */
        s->entries.len = 0;
        s->raw.len = 0;
    }
    put_waiting(d, s);
    if (rec != NULL)
        buf_add(&d->out, rec->raw.p, rec->raw.left);
    else
        put_frame(d, ev);
}

static void end_mrt(struct decode *d)
{
    struct state *s = d->output_state;
    if (s == NULL)
        return;
    put_waiting(d, s);
    buf_free(&s->raw);
    buf_free(&s->entries);
}

const struct decode_output decode_mrt = {
    .name = "mrt", .write = write_mrt, .end = end_mrt, .tables = true};
