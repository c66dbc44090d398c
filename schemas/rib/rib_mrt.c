/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_mrt: nodes to records. Floor F3. */
#include "schemas/rib/rib_mrt.h"

#include <errno.h>
#include <stdlib.h>

enum { RECORD_LEN = 16 << 20 }; /* octets of attributes that end a record early */

static int flush(struct rib_mrt *m)
{
    struct mrt_rib_node *n = &m->node;
    if (n->cnt == 0)
        return 0;
    size_t room = MRT_RIB_HEAD_MAX + n->nlri.left + n->cnt * MRT_RIB_ENTRY_MAX + m->attrs_len;
    buf_clear(&m->buf);
    char *p = buf_room(&m->buf, room);
    if (p == NULL) {
        errno = ENOMEM;
        return -1;
    }
    struct wr w = wr_of(p, room);
    n->seq = m->seq++;
    n->entries = m->v;
    mrt_write_rib(&w, n);
    m->records++;
    m->entries += n->cnt;
    n->cnt = m->attrs_len = 0;
    if (w.overflow) {
        errno = EOVERFLOW;
        return -1;
    }
    return m->put(m->arg, w.buf, w.len);
}

static bool same_octets(struct cur a, struct cur b)
{
    return a.left == b.left && (a.left == 0 || memcmp(a.p, b.p, a.left) == 0);
}

static int add(struct rib_mrt *m, const struct rib_route *r)
{
    struct mrt_rib_node *n = &m->node;
    bool fits = n->cnt < MRT_RIB_ENTRIES_MAX && m->attrs_len < RECORD_LEN &&
                same_octets(n->nlri, r->nlri);
    int rc = fits ? 0 : flush(m);
    if (rc != 0)
        return rc;
    n->nlri = r->nlri;
    m->v[n->cnt++] = (struct mrt_rib_entry){.peer = m->index[r->peer],
                                            .time_s = r->time_s,
                                            .path_id = r->path_id,
                                            .attrs = r->attrs};
    m->attrs_len += r->attrs.left;
    return 0;
}

static int on_node(void *arg, const struct rib_node_view *v)
{
    struct rib_mrt *m = arg;
    const struct nlri_row *row = nlri_row_of(v->family);
    int rc = 0;
    for (unsigned add_path = 0; add_path < 2 && rc == 0; add_path++) {
        m->node = (struct mrt_rib_node){
            .time_s = m->time_s, .afi = row->afi, .safi = row->safi, .add_path = add_path == 1};
        for (size_t i = 0; i < v->cnt && rc == 0; i++) {
            const struct rib_route *r = &v->routes[i];
            if (r->has_path_id == m->node.add_path && r->peer < m->index_cnt &&
                m->index[r->peer] != RIB_MRT_NOT)
                rc = add(m, r);
        }
        if (rc == 0)
            rc = flush(m);
    }
    return rc;
}

int rib_mrt_family(struct rib_mrt *m, unsigned family)
{
    if (m->v == NULL)
        m->v = calloc(MRT_RIB_ENTRIES_MAX, sizeof m->v[0]);
    return m->v != NULL ? rib_walk(m->rib, family, on_node, m) : -1;
}

void rib_mrt_free(struct rib_mrt *m)
{
    free(m->v);
    buf_free(&m->buf);
    m->v = NULL;
}
