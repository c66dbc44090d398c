/* SPDX-License-Identifier: BSD-2-Clause */
/* dissect_tree: which span has which octet, and where each leaf is shown. Floor F4. */
#include <stdlib.h>

#include "tools/dissect/dissect.h"

/* ---- octets ---- */

/* A span's place in the order in which octets are given away. */
struct rank {
    uint32_t len;
    int span;
    bool last, valued;
};

static int by_rank(const void *a, const void *b)
{
    const struct rank *p = (const struct rank *)a, *q = (const struct rank *)b;
    if (p->last != q->last)
        return p->last ? -1 : 1;
    if (p->len != q->len)
        return p->len < q->len ? -1 : 1;
    if (p->valued != q->valued)
        return p->valued ? -1 : 1;
    return p->span < q->span ? 1 : -1; /* a second reading knew more than the first */
}

static struct rank *rank_spans(const struct dissect *x)
{
    struct rank *r = calloc((size_t)x->span_cnt + 1, sizeof *r);
    if (r == NULL)
        return NULL;
    for (int i = 0; i < x->span_cnt; i++)
        r[i] = (struct rank){.len = x->spans[i].len,
                             .span = i,
                             .last = x->spans[i].last,
                             .valued = x->spans[i].values != DISSECT_NONE};
    qsort(r, (size_t)x->span_cnt, sizeof *r, by_rank);
    return r;
}

/* Returns the first octet from `at` on that nobody has; `next` leads there in ever fewer steps.
 */
static uint32_t free_from(uint32_t *next, uint32_t at)
{
    uint32_t end = at;
    while (next[end] != end)
        end = next[end];
    while (next[at] != end && next[at] != at) {
        uint32_t step = next[at];
        next[at] = end;
        at = step;
    }
    return end;
}

static void give(int *owner, uint32_t *next, const struct dissect_span *s, int span)
{
    uint32_t at = free_from(next, s->at);
    while (at < s->at + s->len) {
        owner[at] = span;
        next[at] = at + 1;
        at = free_from(next, at);
    }
}

/* Fills owner[x->len]. */
static bool give_octets(const struct dissect *x, int *owner)
{
    uint32_t *next = calloc((size_t)x->len + 1, sizeof *next);
    struct rank *r = rank_spans(x);
    bool ok = next != NULL && r != NULL;
    for (uint32_t i = 0; ok && i <= x->len; i++)
        next[i] = i;
    for (uint32_t i = 0; ok && i < x->len; i++)
        owner[i] = DISSECT_NONE;
    for (int i = 0; ok && i < x->span_cnt; i++)
        give(owner, next, &x->spans[r[i].span], r[i].span);
    free(next);
    free(r);
    return ok;
}

/* ---- leaves ---- */

static bool add_leaf(struct dissect *x, struct dissect_leaf l)
{
    if (x->leaf_cnt == x->leaf_cap) {
        int more = x->leaf_cap > 0 ? 2 * x->leaf_cap : 256;
        struct dissect_leaf *p = reallocarray(x->leaves, (size_t)more, sizeof *p);
        if (p == NULL)
            return false;
        x->leaves = p;
        x->leaf_cap = more;
    }
    x->leaves[x->leaf_cnt++] = l;
    return true;
}

static bool cut_leaves(struct dissect *x, const int *owner)
{
    x->leaf_cnt = 0;
    for (uint32_t at = 0, end; at < x->len; at = end) {
        for (end = at + 1; end < x->len && owner[end] == owner[at]; end++)
            ;
        if (!add_leaf(x, (struct dissect_leaf){at, end - at, owner[at], DISSECT_NONE}))
            return false;
    }
    return true;
}

/* ---- containers ---- */

/* Returns a span's first value that was not taken back, or DISSECT_NONE. */
static int first_value(const struct dissect *x, int span)
{
    int v = span != DISSECT_NONE ? x->spans[span].values : DISSECT_NONE;
    while (v != DISSECT_NONE && x->values[v].dead)
        v = x->values[v].next;
    return v;
}

static bool is_in(const struct dissect *x, int node, int ancestor)
{
    while (node != DISSECT_NONE && node != ancestor)
        node = x->nodes[node].parent;
    return node == ancestor;
}

/* Returns the heading that a node is, or is in, or DISSECT_NONE. */
static int heading_at(const struct dissect *x, int node)
{
    while (node != DISSECT_NONE && !x->nodes[node].heading)
        node = x->nodes[node].parent;
    return node;
}

/* Returns whether the heading round a node has a leaf's octets. */
static bool heading_has(const struct dissect *x, int node, const struct dissect_leaf *l)
{
    node = heading_at(x, node);
    if (node == DISSECT_NONE)
        return false;
    const struct dissect_node *n = &x->nodes[node];
    return n->len == 0 || (l->at >= n->at && l->at - n->at < n->len);
}

/* Takes the container of a neighbour that was read in the same one: a length has no value that
 * was emitted, yet belongs where the type before it was shown. */
static bool join(const struct dissect *x, struct dissect_leaf *l, const struct dissect_leaf *by)
{
    if (by->span == DISSECT_NONE || by->node == DISSECT_NONE ||
        x->spans[by->span].node != x->spans[l->span].node ||
        !is_in(x, by->node, x->spans[l->span].node) || !heading_has(x, by->node, l))
        return false;
    l->node = by->node;
    return true;
}

/* Returns the innermost heading round a leaf. `next` goes through the nodes as leaves go
 * through the octets: headings were opened in that order. */
static int heading_of(const struct dissect *x, const struct dissect_leaf *l, int *next,
                      int *top)
{
    for (; *next < x->node_cnt; (*next)++) {
        const struct dissect_node *n = &x->nodes[*next];
        if (!n->heading)
            continue;
        if (n->at > l->at)
            break;
        if (n->len == 0 || l->at - n->at < n->len)
            *top = *next;
    }
    while (*top != DISSECT_NONE && (!x->nodes[*top].heading || !heading_has(x, *top, l)))
        *top = x->nodes[*top].parent;
    return *top;
}

static void settle_nodes(struct dissect *x)
{
    int next = 0, top = DISSECT_NONE;
    for (int i = 0; i < x->leaf_cnt; i++) { /* those with a value first: others lean on them */
        int v = first_value(x, x->leaves[i].span);
        if (v != DISSECT_NONE)
            x->leaves[i].node = x->values[v].node;
    }
    for (int i = 0; i < x->leaf_cnt; i++) {
        struct dissect_leaf *l = &x->leaves[i];
        int heading = heading_of(x, l, &next, &top);
        bool valued = l->node != DISSECT_NONE;
        if (!valued && l->span != DISSECT_NONE && !(i > 0 && join(x, l, l - 1)) &&
            !(i + 1 < x->leaf_cnt && join(x, l, l + 1)))
            l->node = x->spans[l->span].node;
        if (!heading_has(x, l->node, l) || (!valued && is_in(x, heading, l->node)))
            l->node = heading;
    }
}

/* What no leaf shows, its octets being read in parts too, stands at the heading. */
static void rehang(struct dissect *x)
{
    for (int i = 0; i < x->leaf_cnt; i++) {
        if (x->leaves[i].span != DISSECT_NONE)
            x->spans[x->leaves[i].span].shown = true;
    }
    for (int i = 0; i < x->span_cnt; i++) {
        struct dissect_span *s = &x->spans[i];
        int v = s->shown ? DISSECT_NONE : first_value(x, i), n = DISSECT_NONE;
        if (v != DISSECT_NONE)
            n = heading_at(x, x->values[v].node);
        if (n == DISSECT_NONE)
            continue;
        if (x->nodes[n].last_value != DISSECT_NONE)
            x->values[x->nodes[n].last_value].next = v;
        else
            x->nodes[n].values = v;
        x->nodes[n].last_value = s->last_value;
    }
}

/* Widens the containers round a leaf to its octets. */
static void widen(struct dissect *x, const struct dissect_leaf *l)
{
    for (int i = l->node; i != DISSECT_NONE && !x->nodes[i].heading; i = x->nodes[i].parent) {
        struct dissect_node *n = &x->nodes[i];
        if (n->end == 0)
            n->at = l->at;
        n->end = l->at + l->len;
        n->len = n->end - n->at;
    }
}

bool dissect_settle(struct dissect *x)
{
    int *owner = calloc((size_t)x->len + 1, sizeof *owner);
    bool ok = owner != NULL && give_octets(x, owner) && cut_leaves(x, owner);
    free(owner);
    if (!ok)
        return false;
    settle_nodes(x);
    rehang(x);
    for (int i = 0; i < x->leaf_cnt; i++)
        widen(x, &x->leaves[i]);
    return true;
}
