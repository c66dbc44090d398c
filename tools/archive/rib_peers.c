/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_peers: peers of a played archive as tables. Floor F4. */
#include "tools/archive/rib_peers.h"

#include <errno.h>
#include <stdlib.h>

#include "base/parse.h"
#include "mrt/rib.h"
#include "schemas/rib/rib_mrt.h"
#include "tools/tool.h"

/* ---- which ---- */

bool rib_peers_want(struct rib_peers_want *w, const char *text)
{
    struct rib_peers_one one = {0};
    size_t len = strlen(text);
    one.addr_len = (uint8_t)parse_addr(text, len, one.addr);
    if (one.addr_len == 0 && !parse_asn(text, len, &one.asn))
        return false;
    struct rib_peers_one *v = reallocarray(w->v, w->cnt + 1, sizeof v[0]);
    if (v == NULL)
        return false;
    w->v = v;
    w->v[w->cnt++] = one;
    return true;
}

static bool is_wanted(const struct rib_peers_want *w, const struct mrt_peer *who)
{
    for (size_t i = 0; i < w->cnt; i++) {
        const struct rib_peers_one *one = &w->v[i];
        if (one->addr_len == 0 ? one->asn == who->asn
                               : one->addr_len == who->addr_len &&
                                     memcmp(one->addr, who->addr, who->addr_len) == 0)
            return true;
    }
    return w->cnt == 0;
}

int rib_peers_list(struct rib_peers *r, const struct play *p, const struct rib_peers_want *want)
{
    size_t cnt = 0;
    *r = (struct rib_peers){0};
    for (const struct play_peer *x = p->first; x != NULL; x = x->next) {
        cnt++;
        if (x->updates.peer >= r->index_cnt)
            r->index_cnt = x->updates.peer + 1;
    }
    r->v = calloc(cnt + 1, sizeof r->v[0]);
    r->index = calloc((size_t)r->index_cnt + 1, sizeof r->index[0]);
    if (r->v == NULL || r->index == NULL)
        return -1;
    for (const struct play_peer *x = p->first; x != NULL; x = x->next) {
        if (is_wanted(want, &x->who) && rib_peer_routes(p->rib, x->updates.peer) > 0)
            r->v[r->cnt++] = x;
    }
    return 0;
}

void rib_peers_free(struct rib_peers *r)
{
    free(r->v);
    free(r->index);
    *r = (struct rib_peers){0};
}

/* ---- tables ---- */

static int write_table(const struct mrt_rib_peers *t, struct buf *b)
{
    size_t room = 64 + strlen(t->view) + t->cnt * MRT_RIB_PEER_MAX;
    char *p = buf_room(b, room);
    if (p == NULL) {
        errno = ENOMEM;
        return -1;
    }
    struct wr w = wr_of(p, room);
    mrt_write_rib_peers(&w, t);
    b->len += w.len;
    errno = w.overflow ? EOVERFLOW : 0;
    return w.overflow ? -1 : 0;
}

int rib_peers_table(struct rib_peers *r, size_t first, size_t cnt, const struct play_dump *dump,
                    uint32_t time_s, struct buf *b)
{
    char view[sizeof dump->view + 1] = "";
    struct mrt_rib_peer *peers = calloc(cnt + 1, sizeof peers[0]);
    if (peers == NULL)
        return -1;
    for (uint32_t i = 0; i < r->index_cnt; i++)
        r->index[i] = RIB_MRT_NOT;
    for (size_t i = 0; i < cnt; i++) {
        const struct play_peer *x = r->v[first + i];
        r->index[x->updates.peer] = (uint16_t)i;
        peers[i].asn = x->who.asn;
        peers[i].addr_len = x->who.addr_len;
        memcpy(peers[i].addr, x->who.addr, sizeof peers[i].addr);
        memcpy(peers[i].bgp_id, x->who.bgp_id, sizeof peers[i].bgp_id);
    }
    memcpy(view, dump->view, dump->view_len);
    struct mrt_rib_peers t = {.time_s = time_s, .view = view, .peers = peers, .cnt = cnt};
    memcpy(t.collector_id, dump->collector, sizeof t.collector_id);
    int rc = write_table(&t, b);
    free(peers);
    return rc;
}
