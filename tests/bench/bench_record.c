/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_record: UPDATEs per second, indexed alone, to JSON and to Avro, on one core.
 *
 * Prints one line per measure. See README.md beside.
 *
 *     bench_record [ROUNDS [index|json|avro]] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "mix.h"
#include "schemas/avro/avro.h"
#include "schemas/record/record.h"

enum { FLUSH = 1 << 16 };

/* This thread's own time: what else the machine does must not count. */
static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void report(const char *what, uint64_t ns, uint64_t messages, uint64_t out)
{
    double s = (double)ns / 1e9;
    printf("%-8s %8.0f ns/UPDATE %12.0f UPDATE/s %8.1f MB/s out\n", what,
           (double)ns / (double)messages, (double)messages / s, (double)out / s / 1e6);
}

static void run_index(const struct mix *m, const struct bgp_ctx *ctx)
{
    uint64_t start = cpu_ns(), attrs = 0;
    for (int r = 0; r < m->rounds; r++) {
        for (int i = 0; i < MESSAGES; i++) {
            struct bgp_update u;
            if (bgp_update_index(m->msg[i], m->len[i], ctx, &u) == 0)
                attrs += u.attr_cnt;
        }
    }
    report("index", cpu_ns() - start, (uint64_t)m->rounds * MESSAGES, attrs);
}

/* An encoder, where it writes, and what ends a record. */
struct output {
    const char *name;
    struct emit *emit;
    struct buf *out;
    bool (*end)(const struct output *o);
};

static void run_records(const struct mix *m, const struct bgp_ctx *ctx, const struct output *o)
{
    struct track_peer peer = {.addr = {.len = 4, .a = {192, 0, 2, 9}},
                              .asn = 64500,
                              .bgp_id = {192, 0, 2, 9},
                              .has_bgp_id = true};
    struct record_head *head = NULL;
    struct record_meta meta = {.has_seq = true,
                               .collector = "ix-1",
                               .router = peer.addr,
                               .router_name = "edge1",
                               .peer = &peer,
                               .head = &head};
    const struct record_options options = {0};
    uint64_t start = cpu_ns(), bytes = 0;
    for (int r = 0; r < m->rounds; r++) {
        for (int i = 0; i < MESSAGES; i++) {
            meta.seq++;
            meta.time_ns = start + meta.seq * 1000;
            (void)record_bgp(o->emit, &meta, ctx, m->msg[i], m->len[i], &options, NULL);
            if (o->end(o) && o->out->len < FLUSH)
                continue;
            bytes += o->out->len;
            buf_clear(o->out);
        }
    }
    bytes += o->out->len;
    report(o->name, cpu_ns() - start, (uint64_t)m->rounds * MESSAGES, bytes);
    buf_free(o->out);
    record_head_free(head);
}

static bool end_line(const struct output *o)
{
    buf_add_char(o->out, '\n');
    return true;
}

static bool take_avro(const struct output *o)
{
    return avro_take((struct avro *)(void *)o->emit, o->out) == 0; /* emit is its first member */
}

static void run_json(const struct mix *m, const struct bgp_ctx *ctx)
{
    struct buf out = {0};
    struct json json;
    json_init(&json, &out);
    run_records(m, ctx, &(struct output){"json", &json.emit, &out, end_line});
}

static void run_avro(const struct mix *m, const struct bgp_ctx *ctx)
{
    struct buf out = {0};
    struct avro avro;
    avro_init_direct(&avro);
    run_records(m, ctx, &(struct output){"avro", &avro.emit, &out, take_avro});
    avro_free(&avro);
}

static const struct {
    const char *name;
    void (*run)(const struct mix *m, const struct bgp_ctx *ctx);
} measures[] = {{"index", run_index}, {"json", run_json}, {"avro", run_avro}};

int main(int argc, char **argv)
{
    struct mix *m = mix_new(argc > 1 ? atoi(argv[1]) : 100);
    if (m == NULL)
        return 1;
    printf("%d UPDATEs of %.1f octets in the mean\n", MESSAGES, (double)m->bytes / MESSAGES);
    const struct bgp_ctx ctx = {.asn4 = true, .ebgp = true};
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
        if (argc < 3 || strcmp(argv[2], measures[i].name) == 0)
            measures[i].run(m, &ctx);
    }
    free(m);
    return 0;
}
