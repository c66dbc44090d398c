/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_run: one group's files in the order of their times. Floor F4. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/verify/verify.h"

/* An updates file being read, with its next record. */
struct input {
    struct arc_in in;
    struct mrt_record rec;
    uint64_t ns; /* its time */
};

struct run {
    struct verify *v;
    const struct arc_group *g;
    struct verify_group *vg;
    struct play *p;
    size_t next_file;
    struct input *inputs; /* owned; files that are open */
    size_t input_cnt, input_cap;
    struct input *now;     /* the one whose record is at hand; NULL: none is */
    struct mrt_record rec; /* that record */
    uint64_t newest_ns;
    uint32_t next_dump_s; /* 0: none */
    size_t gap, gap_end;  /* of v->gaps: the next of this group, and behind its last */
    struct verify_keys recent, suspects;
    bool has_pair; /* the last of v->pairs waits for what comes within a minute */
};

static void fail(struct run *r)
{
    r->v->failed = true;
}

static void on_fault(void *arg, enum arc_fault kind, const char *path, uint64_t off,
                     const char *text)
{
    struct verify *v = arg;
    v->arc.tell(v, kind, path, off, text);
}

/* ---- gaps ---- */

/* A session that was up when a gap began has to begin anew, or something is missing. */
static void cross_gaps(struct run *r, uint32_t sec)
{
    bool crosses = false;
    for (; r->gap < r->gap_end && r->v->gaps[r->gap].to_s <= sec; r->gap++)
        crosses = true;
    for (struct play_peer *x = r->p->first; crosses && x != NULL; x = x->next)
        x->crossing = x->updates.restart.up && x->heard;
}

static void note_crossed(struct run *r, struct play_peer *peer, const struct mrt_item *item)
{
    if (!peer->crossing || item->kind == MRT_ITEM_STATE || r->gap == 0)
        return;
    peer->crossing = false;
    r->v->gaps[r->gap - 1].crossed++;
}

/* ---- the order of records ---- */

static void watch_order(struct run *r)
{
    uint64_t ns = r->rec.sec * NS_PER_S + r->rec.usec * UINT64_C(1000);
    struct verify_group *vg = r->vg;
    vg->records++;
    if (vg->from_ns == 0 || ns < vg->from_ns)
        vg->from_ns = ns;
    if (ns >= r->newest_ns) {
        vg->to_ns = r->newest_ns = ns;
        return;
    }
    if (vg->back++ == 0) {
        vg->back_path = r->now->in.file->path;
        vg->back_off = r->rec.off;
    }
    if (r->newest_ns - ns > vg->back_ns)
        vg->back_ns = r->newest_ns - ns;
}

/* ---- what changes near a dump ---- */

/* A route that changes shortly after a dump explains its difference, if it has one. */
static void explain(struct run *r, uint64_t key, uint32_t after_s)
{
    struct verify_pair *pair = &r->v->pairs[r->v->pair_cnt - 1];
    uint32_t *at = verify_keys_get(&r->suspects, key);
    uint32_t slack_s = r->v->o.slack_s;
    enum verify_class now = slack_s > 0 && after_s <= slack_s ? VERIFY_SLACK : VERIFY_TIMING;
    if (at == NULL || (*at & 0xff) == VERIFY_TIMING || (*at & 0xff) == VERIFY_SLACK)
        return;
    pair->cnt[*at & 0xff]--;
    pair->cnt[now]++;
    if (*at >> 8 != 0)
        pair->diff[(*at >> 8) - 1].what = now;
    *at = (*at & ~UINT32_C(0xff)) | now;
}

static void note_section(struct run *r, const struct mrt_item *item, const struct bgp_update *u,
                         const struct bgp_section *s, bool before)
{
    struct nlri_iter it;
    struct nlri n;
    if (!s->present)
        return;
    nlri_iter_init(&it, s->family, &r->p->ctx[item->add_path][item->asn4],
                   bgp_update_cur(u, s->nlri), false);
    (void)nlri_settle_add_path(&it);
    while (nlri_iter_next(&it, &n) > 0) {
        uint64_t key = verify_key(&item->peer, &n);
        if (!before)
            explain(r, key, r->rec.sec - r->v->pairs[r->v->pair_cnt - 1].time_s);
        else if (verify_keys_set(&r->recent, key, r->next_dump_s - r->rec.sec) != 0)
            fail(r);
    }
}

static uint32_t window_of(const struct run *r)
{
    return r->v->o.slack_s > VERIFY_NEAR_S ? r->v->o.slack_s : VERIFY_NEAR_S;
}

static void note_changes(struct run *r, const struct mrt_item *item)
{
    uint8_t type = 0;
    bool before = r->next_dump_s != 0 && r->rec.sec + window_of(r) >= r->next_dump_s;
    bool after = r->has_pair && r->suspects.cnt > 0;
    if ((!before && !after) || item->kind != MRT_ITEM_MESSAGE ||
        !cur_peek(&item->body, BGP_HEADER_LEN - 1, &type) || type != BGP_TYPE_UPDATE)
        return;
    struct bgp_update u;
    (void)bgp_update_index(item->body.p, item->body.left,
                           &r->p->ctx[item->add_path][item->asn4], &u);
    const struct bgp_section *part[] = {&u.withdrawn, &u.announced, &u.mp_reach, &u.mp_unreach};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        if (after)
            note_section(r, item, &u, part[i], false);
        if (before)
            note_section(r, item, &u, part[i], true);
    }
}

/* Ends the wait of the last pair: what it says is final. */
static void finish_pair(struct run *r)
{
    if (!r->has_pair)
        return;
    struct verify_pair *pair = &r->v->pairs[r->v->pair_cnt - 1];
    r->has_pair = false;
    verify_keys_clear(&r->suspects);
    verify_place(r->v, pair);
    verify_report_pair(r->v, pair);
    bool proves = pair->compared_peers > 0 && verify_differences(r->v, pair) == 0;
    for (size_t i = 0; i < r->v->gap_cnt; i++) {
        struct verify_gap *gap = &r->v->gaps[i];
        if (gap->group == r->g && gap->to_s <= pair->time_s && gap->from_s >= pair->from_s)
            gap->proven = proves;
    }
}

/* ---- records ---- */

static uint64_t time_of(const struct mrt_record *rec)
{
    return rec->sec * NS_PER_S + rec->usec * UINT64_C(1000);
}

/* Fetches an input's next record, or closes it. */
static void advance(struct run *r, struct input *one)
{
    if (arc_next(&one->in, &one->rec) > 0) {
        one->ns = time_of(&one->rec);
        return;
    }
    arc_close(&one->in);
    size_t at = (size_t)(one - r->inputs);
    memmove(one, one + 1, (--r->input_cnt - at) * sizeof one[0]);
}

static void open_file(struct run *r, const struct arc_file *f)
{
    if (r->input_cnt == r->input_cap) {
        size_t cap = r->input_cap > 0 ? 2 * r->input_cap : 4;
        struct input *more = reallocarray(r->inputs, cap, sizeof more[0]);
        if (more == NULL) {
            fail(r);
            return;
        }
        r->inputs = more;
        r->input_cap = cap;
    }
    struct input *one = &r->inputs[r->input_cnt];
    if (!arc_open(&one->in, f, on_fault, r->v))
        return;
    r->input_cnt++;
    advance(r, one);
}

/* Returns the open file with the oldest next record, the first of several; NULL: none is open.
 */
static struct input *oldest(const struct run *r)
{
    struct input *best = NULL;
    for (size_t i = 0; i < r->input_cnt; i++) {
        if (best == NULL || r->inputs[i].ns < best->ns)
            best = &r->inputs[i];
    }
    return best;
}

/* Sees to the oldest record being at hand. Files may overlap (one per peer): each is opened
 * when it can hold what comes next. */
static bool fetch(struct run *r)
{
    if (r->now != NULL)
        return true;
    struct input *best = oldest(r);
    for (; r->next_file < r->g->cnt && !r->v->failed; r->next_file++) {
        const struct arc_file *f = &r->g->v[r->next_file];
        if (best != NULL && f->time_ns > best->ns)
            break;
        if (f->kind == ARC_UPDATES)
            open_file(r, f);
        best = oldest(r);
    }
    if (best == NULL)
        return false;
    r->now = best;
    r->rec = best->rec;
    watch_order(r);
    return true;
}

static void play_record(struct run *r)
{
    struct mrt_walk w;
    bool failed = false;
    if (!play_look(r->p, &r->rec, &w)) {
        if (w.fault.reason != 0)
            on_fault(r->v, ARC_DAMAGE, r->now->in.file->path, r->rec.off,
                     bgp_reason_name(w.fault.reason));
        return;
    }
    note_changes(r, &w.item);
    struct play_peer *peer = play_item(r->p, &w.item, &failed);
    if (failed)
        fail(r);
    else if (peer != NULL)
        note_crossed(r, peer, &w.item);
}

static void play(struct run *r)
{
    if (r->has_pair && r->rec.sec > r->v->pairs[r->v->pair_cnt - 1].time_s + window_of(r))
        finish_pair(r);
    cross_gaps(r, r->rec.sec);
    play_record(r);
    struct input *done = r->now;
    r->now = NULL;
    advance(r, done);
}

/* ---- dumps ---- */

static struct verify_pair *new_pair(struct verify *v)
{
    if (v->pair_cnt == v->pair_cap) {
        size_t cap = v->pair_cap > 0 ? 2 * v->pair_cap : 16;
        struct verify_pair *more = reallocarray(v->pairs, cap, sizeof more[0]);
        if (more == NULL)
            return NULL;
        v->pairs = more;
        v->pair_cap = cap;
    }
    v->pairs[v->pair_cnt] = (struct verify_pair){0};
    return &v->pairs[v->pair_cnt++];
}

static uint32_t dump_time(const struct arc_file *f)
{
    return (uint32_t)(f->time_ns / NS_PER_S);
}

/* Reads and compares the dump whose first file is g->v[at]. Returns the index behind its last.
 */
static size_t take_dump(struct run *r, size_t at, uint32_t before_s)
{
    const struct arc_file *f = &r->g->v[at];
    struct verify_pair *pair = new_pair(r->v);
    int rc = pair != NULL ? 0 : -1;
    if (pair != NULL)
        *pair = (struct verify_pair){
            .group = r->g, .file = f, .from_s = before_s, .time_s = dump_time(f)};
    play_dump_begin(r->p);
    for (; rc == 0 && at < r->g->cnt && dump_time(&r->g->v[at]) == pair->time_s; at++) {
        struct play_dump d = {.mode = PLAY_COMPARE, .tell = on_fault, .arg = r->v};
        if (r->g->v[at].kind != ARC_DUMP)
            continue;
        rc = play_dump_file(r->p, &r->g->v[at], &d);
        pair->peers += d.peers;
        pair->routes += d.routes;
        pair->no_peer += d.no_peer;
        pair->odd += d.odd;
        r->vg->dumps++;
    }
    if (rc == 0)
        rc = verify_match(r->p, pair);
    if (rc == 0)
        rc = verify_compare(r->v, r->p, pair, &r->recent, &r->suspects);
    verify_keys_clear(&r->recent);
    if (rc != 0)
        fail(r);
    r->has_pair = rc == 0;
    return at;
}

static void play_until(struct run *r, uint32_t sec)
{
    r->next_dump_s = sec;
    while (!r->v->failed && fetch(r) && r->rec.sec < sec)
        play(r);
}

static void play_rest(struct run *r)
{
    r->next_dump_s = 0;
    while (!r->v->failed && fetch(r))
        play(r);
}

static void count_group(struct run *r)
{
    for (size_t i = 0; i < r->g->cnt; i++)
        r->vg->updates += r->g->v[i].kind != ARC_DUMP;
    for (struct play_peer *x = r->p->first; x != NULL; x = x->next) {
        r->vg->peers += x->heard;
        r->vg->stateless += x->heard && !x->has_states;
    }
    r->vg->no_state = r->p->no_state;
}

void verify_run(struct verify *v, const struct arc_group *g, struct verify_group *vg)
{
    struct run r = {.v = v, .g = g, .vg = vg, .p = play_new()};
    uint32_t before_s = 0;
    vg->group = g;
    if (r.p == NULL) {
        v->failed = true;
        return;
    }
    r.gap = v->gap_cnt;
    verify_find_gaps(v, g);
    r.gap_end = v->gap_cnt;
    for (size_t i = 0; i < g->cnt && !v->failed;) {
        if (g->v[i].kind != ARC_DUMP) {
            i++;
            continue;
        }
        uint32_t sec = dump_time(&g->v[i]);
        play_until(&r, sec);
        finish_pair(&r);
        play_time(r.p, sec);
        if (!v->failed)
            i = take_dump(&r, i, before_s);
        before_s = sec;
    }
    play_rest(&r);
    finish_pair(&r);
    count_group(&r);
    for (size_t i = 0; i < r.input_cnt; i++)
        arc_close(&r.inputs[i].in);
    free(r.inputs);
    verify_keys_free(&r.recent);
    verify_keys_free(&r.suspects);
    play_free(r.p);
}
