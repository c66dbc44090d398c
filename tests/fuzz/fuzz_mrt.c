/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets as an MRT file: read to the end, every item recorded. What was passed over and
 * what was read add up to the file. */
#include <stdlib.h>

#include "base/json.h"
#include "schemas/record/record_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t passed;

static void on_damage(void *arg, const struct mrt_damage *d)
{
    (void)arg;
    passed += d->len;
}

static void end_line(void *arg)
{
    (void)arg;
}

static void read_record(const struct mrt_record *rec, struct mrt_peers *peers, struct buf *out,
                        uint8_t *scratch)
{
    struct mrt_walk w;
    struct json j;
    struct record_options o = {.keepalives = true};
    json_init(&j, out);
    struct record_lines l = {.e = &j.emit, .end = end_line, .o = &o};
    mrt_walk_init(&w, rec, peers, scratch);
    while (mrt_walk_next(&w) > 0) {
        struct bgp_ctx ctx = {.asn4 = w.item.asn4, .ext_msg = true};
        (void)record_mrt(&j.emit, NULL, &w, &ctx, &o, NULL);
        record_routes_mrt(&l, &w, &ctx);
        buf_clear(out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t scratch[MRT_SCRATCH_LEN];
    char err[128];
    struct buf out = {0};
    struct mrt_peers peers = {0};
    struct mrt_record rec;
    struct stream_in *s = stream_in_memory(data, size, err, sizeof err);
    struct window *in = s != NULL ? window_new(s) : NULL;
    if (in == NULL) {
        if (s != NULL)
            stream_in_close(s);
        return 0;
    }
    struct mrt_reader r = {.in = in, .damage = on_damage};
    uint64_t read = 0;
    passed = 0;
    while (mrt_reader_next(&r, &rec) > 0) {
        read += r.held;
        read_record(&rec, &peers, &out, scratch);
    }
    if (read + passed != window_offset(in))
        abort();
    mrt_peers_free(&peers);
    window_free(in);
    buf_free(&out);
    return 0;
}
