/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_record: UPDATEs per second, to JSON and indexed alone, on one core.
 *
 * Prints one line per measure. See README.md beside.
 *
 *     bench_record [ROUNDS [index|json]] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "mix.h"
#include "schemas/record.h"

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

static void run_json(const struct mix *m, const struct bgp_ctx *ctx)
{
    struct track_peer peer = {.addr = {.len = 4, .a = {192, 0, 2, 9}},
                              .asn = 64500,
                              .bgp_id = {192, 0, 2, 9},
                              .has_bgp_id = true};
    struct record_meta meta = {.has_seq = true,
                               .collector = "ix-1",
                               .router = peer.addr,
                               .router_name = "edge1",
                               .peer = &peer};
    struct record_head *head = NULL;
    struct record_options options = {0};
    meta.head = &head;
    struct buf out = {0};
    struct json json;
    json_init(&json, &out);
    uint64_t start = cpu_ns(), bytes = 0;
    for (int r = 0; r < m->rounds; r++) {
        for (int i = 0; i < MESSAGES; i++) {
            meta.seq++;
            meta.time_ns = start + meta.seq * 1000;
            (void)record_bgp(&json.emit, &meta, ctx, m->msg[i], m->len[i], &options, NULL);
            buf_add_char(&out, '\n');
            if (out.len < FLUSH)
                continue;
            bytes += out.len;
            buf_clear(&out);
        }
    }
    bytes += out.len;
    report("json", cpu_ns() - start, (uint64_t)m->rounds * MESSAGES, bytes);
    buf_free(&out);
    record_head_free(head);
}

int main(int argc, char **argv)
{
    const char *only = argc > 2 ? argv[2] : "";
    struct mix *m = mix_new(argc > 1 ? atoi(argv[1]) : 100);
    if (m == NULL)
        return 1;
    printf("%d UPDATEs of %.1f octets in the mean\n", MESSAGES, (double)m->bytes / MESSAGES);
    const struct bgp_ctx ctx = {.asn4 = true, .ebgp = true};
    if (strcmp(only, "json") != 0)
        run_index(m, &ctx);
    if (strcmp(only, "index") != 0)
        run_json(m, &ctx);
    free(m);
    return 0;
}
