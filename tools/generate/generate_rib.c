/* SPDX-License-Identifier: BSD-2-Clause */
/* generate_rib: a made-up table as a RIB dump, TABLE_DUMP_V2 (RFC 6396 section 4.3, RFC 8050).
 * Floor F4. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mrt/rib.h"
#include "tools/generate/generate.h"

/* Octets of one route's attributes: the longest path, all communities and the rest. */
enum { ATTRS_MAX = 4 * (ROUTES_PATH_MAX + 1 + ROUTES_COMMUNITIES_MAX) + 128 };

/* The routes to the prefixes at hand, of all peers and all paths. */
struct generate_rib {
    struct mrt_rib_entry *entries;
    size_t cnt, max;
    struct wr attrs, out;
    uint32_t seq;
    bool begun; /* the table of peers is written */
};

static void free_rib(struct generate_rib *r)
{
    if (r == NULL)
        return;
    free(r->entries);
    free(r->attrs.buf);
    free(r->out.buf);
    free(r);
}

static struct generate_rib *new_rib(const struct generate *g)
{
    struct generate_rib *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->max = (size_t)g->peers * (g->paths > 0 ? g->paths : 1);
    size_t attrs_len = r->max * ATTRS_MAX;
    size_t out_len = MRT_RIB_HEAD_MAX + 256 + r->max * (ATTRS_MAX + MRT_RIB_ENTRY_MAX);
    r->entries = calloc(r->max, sizeof *r->entries);
    r->attrs = wr_of(malloc(attrs_len), attrs_len);
    r->out = wr_of(malloc(out_len), out_len);
    if (r->entries != NULL && r->attrs.buf != NULL && r->out.buf != NULL)
        return r;
    free_rib(r);
    return NULL;
}

static int put_out(struct generate *g, struct generate_rib *r)
{
    if (r->out.overflow) {
        errno = EMSGSIZE;
        return -1;
    }
    size_t n = fwrite(r->out.buf, 1, r->out.len, g->out);
    int rc = n == r->out.len ? 0 : -1;
    r->out.len = 0;
    return rc;
}

static int put_peers(struct generate *g, struct generate_rib *r)
{
    struct encode_peer first = generate_peer(g, 0);
    struct mrt_rib_peer *peers = calloc(g->peers, sizeof *peers);
    if (peers == NULL)
        return -1;
    for (unsigned i = 0; i < g->peers; i++) {
        struct encode_peer p = generate_peer(g, i);
        peers[i] = (struct mrt_rib_peer){.addr_len = 4, .asn = p.asn};
        memcpy(peers[i].addr, p.addr, 4);
        memcpy(peers[i].bgp_id, p.addr, 4);
    }
    struct mrt_rib_peers t = {.time_s = (uint32_t)(g->time_us / 1000000),
                              .view = "",
                              .peers = peers,
                              .cnt = g->peers};
    memcpy(t.collector_id, first.router_addr, 4);
    mrt_write_rib_peers(&r->out, &t);
    free(peers);
    return put_out(g, r);
}

/* Adds the route of one peer. */
static int add_entry(struct generate *g, struct generate_rib *r, unsigned i,
                     const struct routes_set *set)
{
    const struct bgp_ctx ctx = {.asn4 = true};
    uint8_t msg[ENCODE_MESSAGE_MAX];
    struct wr w = wr_of(msg, sizeof msg);
    struct encode_peer p = generate_peer(g, i);
    struct bgp_update u;
    size_t start = r->attrs.len;
    encode_update(&w, set, &p);
    if (w.overflow || bgp_update_index(msg, w.len, &ctx, &u) != 0 ||
        mrt_rib_attrs(&r->attrs, &u, set->v6, &ctx) != 0) {
        errno = EMSGSIZE;
        return -1;
    }
    r->entries[r->cnt++] =
        (struct mrt_rib_entry){.peer = (uint16_t)i,
                               .time_s = (uint32_t)(g->time_us / 1000000),
                               .path_id = set->path_id,
                               .attrs = cur_of(r->attrs.buf + start, r->attrs.len - start)};
    return 0;
}

static int put_prefix(struct generate *g, struct generate_rib *r, const struct routes_set *set,
                      const struct routes_prefix *p)
{
    uint8_t nlri[1 + sizeof p->addr];
    struct wr w = wr_of(nlri, sizeof nlri);
    wr_u8(&w, p->bits);
    wr_bytes(&w, p->addr, (size_t)(p->bits + 7) / 8);
    struct mrt_rib_node n = {.time_s = (uint32_t)(g->time_us / 1000000),
                             .seq = r->seq++,
                             .afi = set->v6 ? BGP_AFI_IPV6 : BGP_AFI_IPV4,
                             .safi = BGP_SAFI_UNICAST,
                             .add_path = g->paths > 0,
                             .nlri = cur_of(nlri, w.len),
                             .entries = r->entries,
                             .cnt = r->cnt};
    mrt_write_rib(&r->out, &n);
    return put_out(g, r);
}

static int rib_set(struct generate *g, const struct routes_set *set)
{
    if (g->rib == NULL)
        g->rib = new_rib(g);
    struct generate_rib *r = g->rib;
    if (r == NULL || (!r->begun && put_peers(g, r) != 0))
        return -1;
    r->begun = true;
    for (unsigned i = 0; i < g->peers; i++) {
        if (add_entry(g, r, i, set) != 0)
            return -1;
    }
    if (set->path_id < g->paths)
        return 0; /* another path of these prefixes comes */
    for (unsigned i = 0; i < set->prefix_cnt; i++) {
        if (put_prefix(g, r, set, &set->prefixes[i]) != 0)
            return -1;
    }
    r->cnt = r->attrs.len = 0;
    return 0;
}

static void rib_drop(struct generate *g)
{
    free_rib(g->rib);
}

const struct generate_format generate_rib = {.name = "rib", .set = rib_set, .drop = rib_drop};
