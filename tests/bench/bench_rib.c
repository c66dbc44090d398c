/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_rib: memory and time that the RIB takes for a table from several peers.
 *
 *   ribtape generate --routes 1000000 --format updates > TABLE
 *   bench_rib TABLE [PEERS]
 *
 * Every peer announces the table, one after the other, with its own AS first in the path: no
 * two peers share a set of attributes. Prints one line per measure; octets per route are the
 * growth of the resident set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "bgp/attr_map.h"
#include "bgp/nlri_map.h"
#include "bgp/update.h"
#include "schemas/rib/rib.h"

static void die(const char *what)
{
    fprintf(stderr, "bench_rib: %s\n", what);
    exit(1);
}

static void read_all(const char *path, struct buf *b)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        die("can't open TABLE");
    for (;;) {
        char *p = buf_room(b, 1 << 20);
        size_t n = p != NULL ? fread(p, 1, 1 << 20, f) : 0;
        if (n == 0)
            break;
        b->len += n;
    }
    fclose(f);
}

static double resident_mib(void)
{
    long pages = 0, unused;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%ld %ld", &unused, &pages) != 2)
        die("no /proc/self/statm");
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static double seconds(uint64_t since)
{
    return (double)(clock_monotonic_ns() - since) / 1e9;
}

/* NLRI that share a set here: the table's UPDATEs are long where a network announces all it
 * has, and one peer's table has 17 % distinct sets. */
enum { RUN_MAX = 16 };

/* Makes the attributes the peer's and the run's own: its AS first in the path, the run in the
 * next hop. */
static void set_own(uint8_t *msg, const struct bgp_update *u, uint32_t peer, uint32_t run)
{
    const struct bgp_attr *path = bgp_update_attr(u, ATTR_AS_PATH);
    const struct bgp_attr *next_hop = bgp_update_attr(u, ATTR_NEXT_HOP);
    if (path == NULL || path->len < 6 || next_hop == NULL || next_hop->len != 4)
        die("TABLE has an UPDATE without path or next hop");
    for (unsigned i = 0; i < 4; i++)
        msg[path->off + 2 + i] = (uint8_t)((64512 + peer) >> (24 - 8 * i));
    msg[next_hop->off + 3] = (uint8_t)run;
}

static void announce_all(struct rib *r, uint32_t peer, uint8_t *msg, size_t len)
{
    static const struct bgp_ctx ctx = {.asn4 = true};
    struct bgp_update u;
    struct nlri_iter it;
    struct nlri n;
    uint32_t attrs = 0;
    if (bgp_update_index(msg, len, &ctx, &u) != 0 || !u.announced.present)
        return;
    nlri_iter_init(&it, NLRI_IPV4_UNICAST, &ctx, bgp_update_cur(&u, u.announced.nlri), false);
    for (uint32_t i = 0; nlri_iter_next(&it, &n) > 0; i++) {
        if (i % RUN_MAX == 0) {
            if (attrs != 0)
                rib_attrs_release(rib_attrs_of(r), attrs);
            set_own(msg, &u, peer, i / RUN_MAX);
            attrs = rib_attrs_hold(rib_attrs_of(r), msg + u.attrs.off, u.attrs.len);
        }
        if (attrs == 0 || rib_announce(r, peer, &n, attrs, 1763842737) < 0)
            die("out of memory");
    }
    if (attrs != 0)
        rib_attrs_release(rib_attrs_of(r), attrs);
}

static void load(struct rib *r, uint32_t peer, const struct buf *b)
{
    for (size_t at = 0; at + BGP_HEADER_LEN <= b->len;) {
        uint8_t *msg = (uint8_t *)b->p + at;
        size_t len = (size_t)(msg[16] << 8 | msg[17]);
        if (len < BGP_HEADER_LEN || at + len > b->len)
            die("TABLE is not a sequence of BGP messages");
        announce_all(r, peer, msg, len);
        at += len;
    }
}

static int touch(void *arg, const struct rib_node_view *v)
{
    *(uint64_t *)arg += v->cnt;
    return 0;
}

int main(int argc, char **argv)
{
    struct buf table = {0};
    uint32_t peers = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10;
    struct rib *r = rib_new();
    if (argc < 2 || peers == 0 || r == NULL)
        die("TABLE [PEERS]");
    read_all(argv[1], &table);
    double before = resident_mib(), last = before;
    uint64_t start = clock_monotonic_ns(), walked = 0;
    for (uint32_t i = 0; i < peers; i++) {
        uint64_t one = clock_monotonic_ns();
        load(r, rib_peer_add(r, 0), &table);
        double now = resident_mib();
        if (i == 0 || i + 1 == peers)
            printf("peer %u: %.2f s, %.1f MiB\n", i + 1, seconds(one), now - last);
        last = now;
    }
    struct rib_stats s;
    rib_stats(r, &s);
    printf("load: %.2f s, %.2f million routes/s\n", seconds(start),
           (double)s.routes / 1e6 / seconds(start));
    printf("%llu routes, %llu NLRI, %llu attribute sets (%.1f %% of routes)\n",
           (unsigned long long)s.routes, (unsigned long long)s.nodes,
           (unsigned long long)s.attr_sets, 100.0 * (double)s.attr_sets / (double)s.routes);
    printf("resident: %.1f MiB, %.1f octets per route (counted: used %.1f, reserved %.1f)\n",
           last - before, (last - before) * (1 << 20) / (double)s.routes,
           (double)s.used_bytes / (double)s.routes,
           (double)s.reserved_bytes / (double)s.routes);
    start = clock_monotonic_ns();
    if (rib_walk(r, NLRI_IPV4_UNICAST, touch, &walked) != 0)
        die("walk failed");
    printf("walk in order: %.2f s, %llu routes\n", seconds(start), (unsigned long long)walked);
    start = clock_monotonic_ns();
    uint32_t gone = rib_clear(r, 0, RIB_ALL_FAMILIES);
    printf("session down: %.2f s, %u routes\n", seconds(start), gone);
    rib_free(r);
    buf_free(&table);
    return 0;
}
