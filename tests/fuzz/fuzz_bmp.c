/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_bmp: any bytes as a BMP stream, through framer, tracker and records as JSON.
 *
 * What must hold: every frame makes one record (keepalives apart), which is one object and the
 * same as Avro by either of the encoder's ways, as a whole and by route; and the end of every
 * peer is told. */
#include <stdlib.h>

#include "base/json.h"
#include "schemas/avro/avro.h"
#include "schemas/record/record_route.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void gone(void *arg, struct track_source *s, struct track_peer *p)
{
    (void)arg, (void)s;
    free(p->user);
}

/* An Avro encoder and what it wrote. */
struct way {
    struct avro avro;
    struct buf out;
};

struct feeder {
    struct track *track;
    struct way direct, tape;
    struct buf out;
    struct json json;
    uint64_t seq;
};

static void end_avro(void *arg)
{
    struct way *w = arg;
    require(avro_take(&w->avro, &w->out) == 0);
}

static void put_avro(struct way *w, const struct track_item *item, bool by_route)
{
    static const struct record_count count = {true, 1, 1763842537123456, 7};
    static const struct record_options options = {.keepalives = true, .count = &count};
    const struct record_lines l = {
        .e = &w->avro.emit, .end = end_avro, .arg = w, .collector = "c", .o = &options};
    buf_clear(&w->out);
    if (by_route)
        record_routes_item(&l, item);
    else if (record_item(l.e, l.collector, item, l.o, NULL) > 0)
        end_avro(w);
}

static void check_avro(struct feeder *f, const struct track_item *item)
{
    const struct buf *ours = &f->direct.out, *want = &f->tape.out;
    for (int by_route = 0; by_route < 2; by_route++) {
        put_avro(&f->tape, item, by_route);
        put_avro(&f->direct, item, by_route);
        require(ours->len == want->len);
        require(ours->len == 0 || memcmp(ours->p, want->p, want->len) == 0);
    }
}

static void feed(struct feeder *f, enum journal_kind kind, const uint8_t *p, uint32_t len)
{
    static const struct record_options options = {.keepalives = true};
    struct journal_view v = {
        .kind = kind, .source = 1, .p = p, .len = len, .time = 1, .seq = f->seq++};
    struct track_item item;
    buf_clear(&f->out);
    if (track_feed(f->track, &v, &item) != 0)
        return; /* out of memory */
    if (item.peer != NULL && item.peer->user == NULL)
        item.peer->user = malloc(1); /* a leak when its end is not told */
    int made = record_item(&f->json.emit, "c", &item, &options, NULL);
    if (kind == JOURNAL_BMP && made != 1)
        abort();
    if (made && !f->out.failed && (f->out.p[0] != '{' || f->out.p[f->out.len - 1] != '}'))
        abort();
    check_avro(f, &item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct track_hooks hooks = {.peer_gone = gone};
    struct feeder f = {.track = track_new(&hooks)};
    json_init(&f.json, &f.out);
    avro_init_direct(&f.direct.avro);
    avro_init(&f.tape.avro);
    struct source_info info = {.kind = SOURCE_BMP};
    uint8_t declared[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(declared, sizeof declared);
    source_encode(&info, &w);
    feed(&f, JOURNAL_SOURCE, declared, (uint32_t)w.len);
    uint32_t len, need;
    struct bgp_diag diag;
    while (size > 0 && bmp_frame_next(data, size, BMP_MSG_MAX_DEFAULT, &len, &need, &diag) ==
                           BGP_FRAME_OK) {
        feed(&f, JOURNAL_BMP, data, len);
        data += len;
        size -= len;
    }
    feed(&f, JOURNAL_BMP, data, (uint32_t)size); /* what is no message is recorded, too */
    feed(&f, JOURNAL_GONE, NULL, 0);
    track_free(f.track);
    buf_free(&f.out);
    buf_free(&f.direct.out);
    buf_free(&f.tape.out);
    avro_free(&f.direct.avro);
    avro_free(&f.tape.avro);
    return 0;
}
