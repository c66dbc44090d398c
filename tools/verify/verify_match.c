/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_match: rows of a dump that have the same address and AS number, told apart by what
 * they hold. Floor F4. */
#include <stdlib.h>

#include "tools/verify/verify.h"

/* How many of a row's routes a peer has, with the same attributes. */
struct score {
    uint32_t row; /* in play.alike */
    struct play_peer *peer;
    uint64_t same;
};

struct match {
    struct play *p;
    struct score *v; /* owned; all pairs that may be */
    size_t cnt;
};

static bool same_path(const struct rib_route *a, const struct rib_route *b)
{
    return a->attrs_id == b->attrs_id && a->has_path_id == b->has_path_id &&
           a->path_id == b->path_id;
}

static int on_node(void *arg, const struct rib_node_view *node)
{
    struct match *m = arg;
    for (size_t s = 0; s < m->cnt; s++) {
        uint32_t row = m->p->alike[m->v[s].row].number, peer = m->v[s].peer->updates.peer;
        for (size_t i = 0; i < node->cnt; i++) {
            for (size_t k = 0; node->routes[i].peer == row && k < node->cnt; k++)
                m->v[s].same += node->routes[k].peer == peer &&
                                same_path(&node->routes[i], &node->routes[k]);
        }
    }
    return 0;
}

static int compare_scores(const void *left, const void *right)
{
    const struct score *a = left, *b = right;
    if (a->same != b->same)
        return a->same > b->same ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static int list_pairs(struct match *m)
{
    size_t cap = 0;
    for (uint32_t row = 0; row < m->p->alike_cnt; row++) {
        struct play_peer *peer = NULL;
        while ((peer = play_chain(m->p, &m->p->alike[row].who, peer)) != NULL) {
            if (m->cnt == cap) {
                cap = cap > 0 ? 2 * cap : 16;
                struct score *v = reallocarray(m->v, cap, sizeof v[0]);
                if (v == NULL)
                    return -1;
                m->v = v;
            }
            m->v[m->cnt++] = (struct score){.row = row, .peer = peer};
        }
    }
    return 0;
}

/* Best pairs first; a row or peer that is taken is out. */
static int settle(struct match *m)
{
    struct play *p = m->p;
    for (size_t s = 0; s < m->cnt; s++) {
        struct play_row *row = &p->alike[m->v[s].row];
        if (row->peer == NULL && m->v[s].peer->dumped != p->dumps &&
            play_settle(p, row, m->v[s].peer) != 0)
            return -1;
    }
    for (uint32_t i = 0; i < p->alike_cnt; i++) {
        if (p->alike[i].peer == NULL && play_settle(p, &p->alike[i], NULL) != 0)
            return -1;
    }
    return 0;
}

int verify_match(struct play *p, struct verify_pair *pair)
{
    struct match m = {.p = p};
    if (p->alike_cnt == 0)
        return 0;
    pair->alike = p->alike_cnt;
    int rc = list_pairs(&m);
    for (unsigned f = 0; f < nlri_map_cnt && rc == 0 && m.cnt > 0; f++)
        rc = rib_walk(p->rib, f, on_node, &m);
    if (rc == 0 && m.cnt > 0)
        qsort(m.v, m.cnt, sizeof m.v[0], compare_scores);
    if (rc == 0)
        rc = settle(&m);
    free(m.v);
    return rc;
}
