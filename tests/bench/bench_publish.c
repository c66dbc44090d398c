/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_publish: UPDATEs per second that the Kafka sink makes records of, without a producer,
 * on one core: from a tracked frame to values that wait, numbered and keyed.
 *
 *     bench_publish [ROUNDS [json|avro|json-again|avro-again|json-route|avro-route]] */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "mix.h"
#include "schemas/publish/publish_int.h"

/* `times`: each message comes so often on end, as a router's BMP has the attributes. */
static const struct {
    const char *name;
    struct publish_topic topic;
    int times;
} rows[] = {
    {"json", {.name = "t", .format = PUBLISH_JSON}, 1},
    {"avro", {.name = "t", .format = PUBLISH_AVRO}, 1},
    {"json-again", {.name = "t", .format = PUBLISH_JSON}, 8},
    {"avro-again", {.name = "t", .format = PUBLISH_AVRO}, 8},
    {"json-route", {.name = "t", .format = PUBLISH_JSON, .by_route = true}, 1},
    {"avro-route", {.name = "t", .format = PUBLISH_AVRO, .by_route = true}, 1},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* This thread's own time: what else the machine does must not count. */
static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* One router's session with the collector. */
static void set_peer(struct track_source *s, struct track_peer *peer)
{
    *peer = (struct track_peer){.addr = {.len = 4, .a = {192, 0, 2, 9}},
                                .asn = 64500,
                                .bgp_id = {192, 0, 2, 9},
                                .has_bgp_id = true,
                                .recv = {.asn4 = true, .ebgp = true}};
    *s = (struct track_source){.id = 7, .info = {.kind = SOURCE_BGP, .remote = peer->addr}};
    memcpy(s->info.name, "edge1", sizeof "edge1");
}

static int run(const struct mix *m, unsigned row)
{
    const struct publish_options o = {.collector = "ix-1",
                                      .topics = &rows[row].topic,
                                      .topic_cnt = 1,
                                      .value_max = 1000000,
                                      .has_shard = true};
    struct track_source source;
    struct track_peer peer;
    struct publish *p = publish_new(&o);
    if (p == NULL)
        return -1;
    set_peer(&source, &peer);
    uint64_t start = cpu_ns(), bytes = 0, records = 0, messages = 0;
    for (int r = 0; r < m->rounds; r++) {
        for (int k = 0; k < MESSAGES; k++) {
            int i = k - k % rows[row].times;
            messages++;
            const struct journal_view f = {.kind = JOURNAL_BGP_RECV,
                                           .source = source.id,
                                           .seq = messages,
                                           .time = UINT64_C(1700000000000000000) + messages,
                                           .p = m->msg[i],
                                           .len = m->len[i]};
            const struct track_item item = {.frame = &f,
                                            .source = &source,
                                            .peer = &peer,
                                            .ctx = &peer.recv,
                                            .bgp = m->msg[i],
                                            .bgp_len = m->len[i]};
            int cnt = publish_item(p, &item, NULL);
            records += (uint64_t)(cnt > 0 ? cnt : 0);
            bytes += p->out.len;
        }
    }
    uint64_t ns = cpu_ns() - start;
    printf("%-11s %8.0f ns/UPDATE %8.2f records of %.0f octets in the mean\n", rows[row].name,
           (double)ns / (double)messages, (double)records / (double)messages,
           (double)bytes / (double)records);
    publish_peer_gone(p, &source, &peer);
    track_peer_changed(&peer);
    publish_free(p);
    return 0;
}

int main(int argc, char **argv)
{
    int rc = 0;
    struct mix *m = mix_new(argc > 1 ? atoi(argv[1]) : 100);
    for (unsigned i = 0; m != NULL && rc == 0 && i < ROWS; i++) {
        if (argc < 3 || strcmp(argv[2], rows[i].name) == 0)
            rc = run(m, i);
    }
    free(m);
    return m == NULL || rc != 0;
}
