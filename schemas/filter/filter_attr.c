/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_attr: the terms that look at attributes: AS paths, communities, errors. Floor F3. */
#include "base/fmt.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/communities.h"
#include "bgp/ext_communities.h"
#include "schemas/filter/filter_int.h"
#include "schemas/record/record_sound.h"

#include <stdlib.h>

static bool find(struct filter_subject *s, uint8_t code, struct cur *value)
{
    struct bgp_update *u = filter_index(s);
    const struct bgp_attr *a = u != NULL ? bgp_update_attr(u, code) : NULL;
    if (a == NULL)
        return false;
    *value = cur_at(u->msg + a->off, a->len, a->off);
    return true;
}

/* ---- AS paths ---- */

/* An encoder that a path is emitted to: the record's own walk over segments, and its merge of
 * AS_PATH and AS4_PATH, serve the filter. */
struct path_sink {
    struct emit emit;
    const struct filter_term *t;
    struct path_run run; /* with `text`: fed the path */
    bool text;           /* else: is one of the AS numbers wanted, */
    bool origin;         /* or the last one? */
    bool found;
    bool confed;   /* the next array is a confederation's */
    char shape[2]; /* of the arrays that are open: kind of bracket */
    unsigned depth;
    bool first; /* nothing written in this array */
    bool any;   /* nor in the path */
};

static void put(struct path_sink *p, const char *s, size_t len)
{
    if (p->text)
        path_run_text(&p->run, s, len);
}

static void separate(struct path_sink *p)
{
    bool set = p->depth > 0 && p->shape[0] != '(';
    if (p->depth > 0 ? !p->first : p->any)
        put(p, set ? "," : " ", 1);
    p->first = false;
    p->any = true;
}

static void take_asn(struct path_sink *p, uint32_t asn)
{
    char s[FMT_U64_MAX];
    if (p->text) {
        separate(p);
        path_run_text(&p->run, s, fmt_u32(s, asn));
        return;
    }
    bool wanted = filter_in_ranges(p->t, asn);
    /* of a set, any member may be the origin */
    p->found = wanted || (p->found && (!p->origin || p->depth > 0));
}

static void sink_u64(struct emit *e, struct str key, uint64_t v)
{
    (void)key;
    take_asn((struct path_sink *)e, (uint32_t)v);
}

static void sink_u32_items(struct emit *e, const uint32_t *v, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        take_asn((struct path_sink *)e, v[i]);
}

/* The path itself is an array with a key that isn't a confederation's. */
static void sink_array(struct emit *e, struct str key)
{
    struct path_sink *p = (struct path_sink *)e;
    if (!p->confed && key.p != NULL)
        return;
    bool sequence = p->confed && key.len == strlen("confed_sequence");
    separate(p);
    if (p->origin)
        p->found = false;
    p->shape[0] = sequence ? '(' : p->confed ? '[' : '{';
    put(p, p->shape, 1);
    p->depth = 1;
    p->first = true;
}

static void sink_array_end(struct emit *e)
{
    struct path_sink *p = (struct path_sink *)e;
    if (p->depth == 0)
        return;
    put(p, p->shape[0] == '(' ? ")" : p->shape[0] == '[' ? "]" : "}", 1);
    p->depth = 0;
}

static void sink_object(struct emit *e, struct str key)
{
    (void)key;
    ((struct path_sink *)e)->confed = true;
}

static void sink_object_end(struct emit *e)
{
    ((struct path_sink *)e)->confed = false;
}

/* Paths emit nothing else. */
static const struct emit_ops path_ops = {
    .object_begin = sink_object,
    .object_end = sink_object_end,
    .array_begin = sink_array,
    .array_end = sink_array_end,
    .u64 = sink_u64,
    .u32_items = sink_u32_items,
};

/* Emits the path as the record has it. */
static bool emit_path(struct filter_subject *s, struct path_sink *p)
{
    struct cur c, c4;
    struct as_segment seg;
    struct nlri_fault fault;
    bool agree;
    if (!find(s, ATTR_AS_PATH, &c))
        return false;
    unsigned width = as_path_width(c, s->ctx);
    if (width == 2 && !s->ctx->asn4 && find(s, ATTR_AS4_PATH, &c4) &&
        record_merged_path(&p->emit, KEY("as_path"), c, c4, &agree))
        return true;
    while (as_path_next(&c, width, &seg, &fault) > 0)
        as_segment_emit(&seg, &p->emit);
    return true;
}

bool filter_test_path(const struct filter_term *t, struct filter_subject *s,
                      const struct nlri *n)
{
    (void)n;
    for (size_t i = 0; i < t->path_cnt; i++) {
        struct path_sink p = {.emit = {&path_ops}, .t = t, .text = true};
        path_run_begin(&p.run, t->paths[i]);
        if (emit_path(s, &p) && path_run_end(&p.run))
            return true;
    }
    return false;
}

bool filter_test_origin(const struct filter_term *t, struct filter_subject *s,
                        const struct nlri *n)
{
    struct path_sink p = {.emit = {&path_ops}, .t = t, .origin = true};
    (void)n;
    return emit_path(s, &p) && p.found;
}

bool filter_test_as(const struct filter_term *t, struct filter_subject *s, const struct nlri *n)
{
    struct path_sink p = {.emit = {&path_ops}, .t = t};
    (void)n;
    return emit_path(s, &p) && p.found;
}

int filter_take_path(struct filter_term *t, const char *s, size_t len, char *err)
{
    struct path_regex **v = reallocarray(t->paths, t->path_cnt + 1, sizeof *v);
    if (v == NULL)
        return filter_say(err, "out of memory");
    t->paths = v;
    v[t->path_cnt] = path_regex_new(s, len, err, FILTER_ERROR_MAX);
    if (v[t->path_cnt] == NULL)
        return -1;
    t->path_cnt++;
    return 0;
}

/* ---- communities ---- */

/* Reads parts of numbers, ranges and stars: `64500:*`, `64500:1-9`. Returns how many, 0 when
 * the text is something else. */
static unsigned read_parts(const char *s, size_t len, struct filter_range part[3])
{
    unsigned cnt = 0;
    for (size_t at = 0; at <= len;) {
        const char *colon = memchr(s + at, ':', len - at);
        size_t n = colon != NULL ? (size_t)(colon - s) - at : len - at;
        if (cnt == 3 || !filter_read_range(s + at, n, UINT32_MAX, &part[cnt]))
            return 0;
        cnt++;
        at += n + 1;
    }
    return cnt > 1 ? cnt : 0;
}

static bool too_wide(const struct filter_community *c)
{
    for (unsigned i = 0; i < c->parts; i++) {
        if (c->part[i].first > UINT16_MAX ||
            (c->part[i].last > UINT16_MAX && c->part[i].last != UINT32_MAX))
            return true;
    }
    return false;
}

int filter_take_community(struct filter_term *t, const char *s, size_t len, char *err)
{
    struct filter_community c = {0};
    c.parts = read_parts(s, len, c.part);
    if (c.parts == 0)
        return filter_add_glob(t, s, len, err);
    if (c.parts == 2 && too_wide(&c))
        return filter_say(err, "'%.*s': a community's parts are at most 65535", (int)len, s);
    struct filter_community *v = reallocarray(t->communities, t->community_cnt + 1, sizeof *v);
    if (v == NULL)
        return filter_say(err, "out of memory");
    t->communities = v;
    v[t->community_cnt++] = c;
    return 0;
}

static bool within(struct filter_range r, uint32_t v)
{
    return v >= r.first && v <= r.last;
}

static bool parts_match(const struct filter_term *t, unsigned parts, const uint32_t v[3])
{
    for (size_t i = 0; i < t->community_cnt; i++) {
        const struct filter_community *c = &t->communities[i];
        if (c->parts == parts && within(c->part[0], v[0]) && within(c->part[1], v[1]) &&
            (parts == 2 || within(c->part[2], v[2])))
            return true;
    }
    return false;
}

static bool test_standard(const struct filter_term *t, struct cur c)
{
    uint32_t v;
    while (cur_u32(&c, &v)) {
        const uint32_t parts[3] = {v >> 16, v & 0xffff};
        const char *name = t->glob_cnt > 0 && v >= 0xffff0000u ? community_name(v) : NULL;
        if (parts_match(t, 2, parts) ||
            (name != NULL && filter_globs_match(t, name, strlen(name))))
            return true;
    }
    return false;
}

static bool test_large(const struct filter_term *t, struct cur c)
{
    uint32_t v[3];
    while (cur_u32(&c, &v[0]) && cur_u32(&c, &v[1]) && cur_u32(&c, &v[2])) {
        if (parts_match(t, 3, v))
            return true;
    }
    return false;
}

static bool test_extended(const struct filter_term *t, struct cur c, uint32_t len)
{
    char text[EXT_COMMUNITY_TEXT_MAX];
    const uint8_t *one;
    while (c.left >= len && (one = cur_bytes(&c, len)) != NULL) {
        size_t n = len == EXT_COMMUNITY_LEN ? ext_community_text(text, one)
                                            : ext_community6_text(text, one);
        if (filter_globs_match(t, text, n))
            return true;
    }
    return false;
}

bool filter_test_community(const struct filter_term *t, struct filter_subject *s,
                           const struct nlri *n)
{
    struct cur c;
    (void)n;
    if (find(s, ATTR_COMMUNITIES, &c) && test_standard(t, c))
        return true;
    if (t->community_cnt > 0 && find(s, ATTR_LARGE_COMMUNITY, &c) && test_large(t, c))
        return true;
    if (t->glob_cnt == 0)
        return false;
    if (find(s, ATTR_EXT_COMMUNITIES, &c) && test_extended(t, c, EXT_COMMUNITY_LEN))
        return true;
    return find(s, ATTR_IPV6_EXT_COMMUNITIES, &c) && test_extended(t, c, EXT_COMMUNITY6_LEN);
}

/* ---- errors ---- */

/* Returns whether `s` is a class, a reason, or the name of an attribute and a reason. */
static bool is_error(const char *s, size_t len)
{
    for (uint8_t i = 0; i < BGP_ACTION_CNT; i++) {
        const char *name = bgp_action_name(i);
        if (strlen(name) == len && memcmp(name, s, len) == 0)
            return true;
    }
    for (uint8_t i = 0; i < BGP_REASON_CNT; i++) {
        const char *name = bgp_reason_name(i);
        size_t n = strlen(name);
        if (n <= len && memcmp(name, s + len - n, n) == 0 &&
            (n == len || s[len - n - 1] == '-'))
            return true;
    }
    return false;
}

int filter_take_error(struct filter_term *t, const char *s, size_t len, char *err)
{
    if (memchr(s, '*', len) == NULL && !is_error(s, len))
        return filter_say(err, "no error class or reason is called '%.*s'", (int)len, s);
    return filter_add_glob(t, s, len, err);
}

static bool diag_matches(const struct filter_term *t, const struct bgp_diag *d)
{
    char text[RECORD_REASON_MAX];
    const char *action = bgp_action_name(d->action), *reason = bgp_reason_name(d->reason);
    return t->glob_cnt == 0 || filter_globs_match(t, action, strlen(action)) ||
           filter_globs_match(t, reason, strlen(reason)) ||
           filter_globs_match(t, text, record_reason(text, d));
}

/* Nearly all messages are sound, and that is cheap to see. `s->msg` is an UPDATE, or empty. */
static bool is_sound(struct filter_subject *s)
{
    struct bgp_update *u = filter_index(s);
    if (u == NULL || s->diags != NULL)
        return false;
    return s->walk != NULL ? record_sound_walk(s->walk, u, s->ctx)
                           : record_sound_item(s->item, u, s->ctx);
}

/* Else the record is made for nobody: its diagnostics are wanted. */
bool filter_test_error(const struct filter_term *t, struct filter_subject *s,
                       const struct nlri *n)
{
    const struct record_options o = {.keepalives = true};
    struct bgp_diags d;
    (void)n;
    if (is_sound(s))
        return false;
    bgp_diags_init(&d);
    if (s->diags != NULL) {
        d = *s->diags;
    } else if (s->walk != NULL) {
        (void)record_mrt(&emit_null, NULL, s->walk, s->ctx, &o, &d);
    } else {
        struct track_item item = *s->item;
        item.ctx = s->ctx;
        (void)record_item(&emit_null, NULL, &item, &o, &d);
    }
    for (unsigned i = 0; i < d.cnt; i++) {
        if (diag_matches(t, &d.v[i]))
            return true;
    }
    return false;
}
