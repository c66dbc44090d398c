/* SPDX-License-Identifier: BSD-2-Clause */
/* dissect_log: what the traced codec reads and emits, as containers, spans and values. Floor
 * F4. */
#include <stdlib.h>

#include "tools/dissect/dissect_int.h"

enum { SAME_BACK = 512 /* spans among which the same place is looked for */ };

/* Makes room for one more of `size` octets. */
static bool room(struct dissect *x, void **v, int cnt, int *cap, size_t size)
{
    if (x->failed || cnt >= DISSECT_SPANS_MAX)
        return false;
    if (cnt < *cap)
        return true;
    int more = *cap > 0 ? 2 * *cap : 256;
    void *p = reallocarray(*v, (size_t)more, size);
    if (p == NULL) {
        x->failed = true;
        return false;
    }
    *v = p;
    *cap = more;
    return true;
}

static uint32_t keep(struct dissect *x, const void *s, size_t len)
{
    uint32_t at = (uint32_t)x->text.len;
    buf_add(&x->text, s, len);
    return at;
}

/* ---- nodes ---- */

/* Returns the number of a new item of the open array, or DISSECT_NONE. */
static int next_index(struct dissect *x)
{
    if (x->node == DISSECT_NONE || !x->nodes[x->node].array)
        return DISSECT_NONE;
    return (int)x->nodes[x->node].items++;
}

void dissect_push(struct dissect *x, struct dissect_node n, const char *name, size_t name_len)
{
    if (!room(x, (void **)&x->nodes, x->node_cnt, &x->node_cap, sizeof *x->nodes)) {
        x->failed = true; /* containers would no longer match */
        return;
    }
    n.parent = x->node;
    n.name = keep(x, name, name_len);
    n.name_len = (uint16_t)(name_len < UINT16_MAX ? name_len : UINT16_MAX);
    n.depth = x->node == DISSECT_NONE ? 0 : (uint16_t)(x->nodes[x->node].depth + 1);
    n.values = n.last_value = DISSECT_NONE;
    n.index = n.heading ? DISSECT_NONE : next_index(x);
    x->nodes[x->node_cnt] = n;
    x->node = x->node_cnt++;
}

void dissect_pop(struct dissect *x)
{
    if (!x->failed && x->node != DISSECT_NONE)
        x->node = x->nodes[x->node].parent;
}

/* ---- spans ---- */

/* Returns whether the octets are in what is dissected, with their place. */
bool dissect_place(const struct dissect *x, const uint8_t *p, uint32_t len, uint32_t *at)
{
    uintptr_t base = (uintptr_t)x->base, first = (uintptr_t)p;
    if (p == NULL || len == 0 || first < base || first - base >= x->len ||
        len > x->len - (first - base))
        return false;
    *at = (uint32_t)(first - base);
    return true;
}

int dissect_add_span(struct dissect *x, struct dissect_span s)
{
    if (!room(x, (void **)&x->spans, x->span_cnt, &x->span_cap, sizeof *x->spans))
        return DISSECT_NONE;
    s.node = x->node;
    s.values = s.last_value = DISSECT_NONE;
    x->spans[x->span_cnt] = s;
    return x->span_cnt++;
}

/* A decoder that looks first and reads then tells twice: values go to the latest. */
int dissect_find_span(const struct dissect *x, uint32_t at, uint32_t len)
{
    int end = x->span_cnt > SAME_BACK ? x->span_cnt - SAME_BACK : 0;
    for (int i = x->span_cnt - 1; i >= end; i--) {
        if (x->spans[i].at == at && x->spans[i].len == len && !x->spans[i].stale)
            return i;
    }
    return DISSECT_NONE;
}

static void on_read(struct trace *t, const uint8_t *p, uint32_t len, const char *name,
                    const uint64_t *number)
{
    struct dissect *x = (struct dissect *)((char *)t - offsetof(struct dissect, trace));
    struct dissect_span s = {.len = len, .name = name, .has_number = number != NULL};
    if (!dissect_place(x, p, len, &s.at))
        return;
    if (number != NULL)
        s.number = *number;
    int before = dissect_find_span(x, s.at, len);
    int now = dissect_add_span(x, s);
    if (before == DISSECT_NONE || now == DISSECT_NONE)
        return;
    x->spans[before].stale = true;
    x->spans[now].values = x->spans[before].values;
    x->spans[now].last_value = x->spans[before].last_value;
    x->spans[before].values = x->spans[before].last_value = DISSECT_NONE;
}

/* ---- values ---- */

static void append(struct dissect *x, int *first, int *last, int value)
{
    if (*last != DISSECT_NONE)
        x->values[*last].next = value;
    else
        *first = value;
    *last = value;
}

/* Returns whether a list has a value of the same key and text already. */
static bool has_same(const struct dissect *x, int first, int value)
{
    const struct dissect_value *v = &x->values[value], *w;
    for (int i = first; i != DISSECT_NONE; i = w->next) {
        w = &x->values[i];
        if (!w->dead && w->key_len == v->key_len && w->text_len == v->text_len &&
            v->key_len > 0 &&
            memcmp(x->text.p + w->key, x->text.p + v->key, v->key_len) == 0 &&
            memcmp(x->text.p + w->text, x->text.p + v->text, v->text_len) == 0)
            return true;
    }
    return false;
}

/* Hangs a value on its span, or on the heading that is open. */
static void hang(struct dissect *x, int value, int span)
{
    int n = x->node;
    if (span != DISSECT_NONE) {
        if (!has_same(x, x->spans[span].values, value))
            append(x, &x->spans[span].values, &x->spans[span].last_value, value);
        return;
    }
    while (n != DISSECT_NONE && !x->nodes[n].heading)
        n = x->nodes[n].parent;
    if (n != DISSECT_NONE)
        append(x, &x->nodes[n].values, &x->nodes[n].last_value, value);
}

/* Notes a value whose text is in x->text from `from` on. */
void dissect_add_value(struct dissect *x, struct str key, size_t from,
                       const struct dissect_origin *o)
{
    const char *hint = x->trace.hint;
    uint32_t len = (uint32_t)(x->text.len - from);
    x->trace.hint = NULL;
    if (!room(x, (void **)&x->values, x->value_cnt, &x->value_cap, sizeof *x->values))
        return;
    struct dissect_value v = {.text = (uint32_t)from,
                              .text_len = len,
                              .key = keep(x, key.p, key.p != NULL ? key.len : 0),
                              .key_len = (uint16_t)(key.p != NULL ? key.len : 0),
                              .node = x->node,
                              .index = next_index(x),
                              .next = DISSECT_NONE};
    int span = dissect_match(x, key, o, hint);
    x->values[x->value_cnt] = v;
    hang(x, x->value_cnt++, span);
    x->reads = x->span_cnt;
    x->span = span;
}

/* ---- from outside ---- */

void dissect_free(struct dissect *x)
{
    free(x->nodes);
    free(x->spans);
    free(x->values);
    free(x->leaves);
    buf_free(&x->text);
    *x = (struct dissect){0};
}

void dissect_begin(struct dissect *x, const uint8_t *base, size_t len, uint32_t shift)
{
    x->emit.ops = &dissect_ops;
    x->trace = (struct trace){.read = on_read};
    x->base = base;
    x->len = (uint32_t)(len < DISSECT_OCTETS_MAX ? len : DISSECT_OCTETS_MAX);
    x->shift = shift;
    x->node = DISSECT_NONE;
    x->floor = x->node_cnt = x->span_cnt = x->value_cnt = x->reads = 0;
    x->span = DISSECT_NONE;
    x->failed = false;
    buf_clear(&x->text);
    text_init(&x->plain, &x->text, 0, false);
    trace_now = &x->trace;
}

void dissect_end(void)
{
    trace_now = NULL;
}

void dissect_open(struct dissect *x, const uint8_t *p, uint32_t len, const char *name,
                  const char *detail)
{
    struct dissect_node n = {.heading = true, .len = len};
    char title[128];
    struct buf b = {0};
    if (!dissect_place(x, p, len, &n.at))
        n.at = n.len = 0;
    buf_printf(&b, detail != NULL ? "%s %s" : "%s", name, detail);
    size_t title_len = b.len < sizeof title ? b.len : sizeof title;
    if (title_len > 0)
        memcpy(title, b.p, title_len);
    dissect_push(x, n, title, title_len);
    buf_free(&b);
    x->floor = x->span_cnt;
}

void dissect_close(struct dissect *x)
{
    dissect_pop(x);
    x->floor = x->span_cnt;
}

void dissect_name(struct dissect *x, const uint8_t *p, uint32_t len, const char *name,
                  const char *value)
{
    struct dissect_span s = {.len = len, .name = name, .last = true};
    if (!dissect_place(x, p, len, &s.at))
        return;
    int span = dissect_add_span(x, s);
    if (span == DISSECT_NONE || value == NULL ||
        !room(x, (void **)&x->values, x->value_cnt, &x->value_cap, sizeof *x->values))
        return;
    x->values[x->value_cnt] = (struct dissect_value){.text = keep(x, value, strlen(value)),
                                                     .text_len = (uint32_t)strlen(value),
                                                     .key = keep(x, name, strlen(name)),
                                                     .key_len = (uint16_t)strlen(name),
                                                     .node = x->node,
                                                     .index = DISSECT_NONE,
                                                     .next = DISSECT_NONE};
    hang(x, x->value_cnt++, span);
}
