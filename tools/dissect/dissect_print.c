/* SPDX-License-Identifier: BSD-2-Clause */
/* dissect_print: the lines of a dissection. Floor F4.
 *
 *     offset length  octets            name: value
 */
#include "base/fmt.h"
#include "schemas/record/record.h"
#include "tools/dissect/dissect.h"

enum { OCTETS_SHOWN = 8, VALUE_SHOWN = 128 };

#define BOLD  "\033[1m"
#define CYAN  "\033[36m"
#define FAINT "\033[2m"
#define RED   "\033[31m"
#define PLAIN "\033[0m"

struct printer {
    struct dissect *x;
    struct buf *out;
    bool colour;
};

static void put_colour(struct printer *p, const char *code)
{
    if (p->colour)
        buf_add_str(p->out, code);
}

/* ---- names ---- */

/* Writes a container's name; an item's is its array's, with its number. */
static void put_name(struct printer *p, int node)
{
    const struct dissect *x = p->x;
    if (node == DISSECT_NONE)
        return;
    const struct dissect_node *n = &x->nodes[node];
    if (n->name_len > 0) {
        buf_add(p->out, x->text.p + n->name, n->name_len);
    } else if (n->index != DISSECT_NONE) {
        put_name(p, n->parent);
        buf_printf(p->out, "[%d]", n->index);
    } else {
        put_name(p, n->parent);
    }
}

/* Writes a variable's name as a field's: the word that ends the expression. */
static void put_variable(struct printer *p, const char *s)
{
    static const struct {
        const char *name, *field;
    } fields[] = {{"len", "length"},        {"short_len", "length"},   {"low", "length"},
                  {"cnt", "count"},         {"nh_len", "next hop length"},
                  {"told", "count"},        {"hi", "length"},
                 
                  {"asn2", "asn"},          {"sec", "seconds"},
                  {"usec", "microseconds"}, {"hop_len", "next hop length"},
                  {"attr_len", "length"},   {"attrs_len", "path attributes length"},
                  {"v", "value"},           {"v32", "value"},
                            {"number", "length"},
                  {"small", "length"},      {"withdrawn_len", "withdrawn routes length"}};
    const char *from = s;
    for (const char *c = s; *c != '\0'; c++) {
        if (*c == '>' || *c == '.' || *c == '&' || *c == '*')
            from = c + 1;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i].name, from) == 0)
            from = fields[i].field;
    }
    buf_add_str(p->out, *from != '\0' ? from : "octets");
}

/* ---- lines ---- */

static unsigned depth_of(const struct dissect *x, int node)
{
    unsigned depth = 0;
    for (; node != DISSECT_NONE; node = x->nodes[node].parent)
        depth += !x->nodes[node].array;
    return depth;
}

static void put_indent(struct printer *p, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_add(p->out, "  ", 2);
}

/* Begins a line that has no octets of its own. */
static void put_margin(struct printer *p, unsigned depth)
{
    buf_printf(p->out, "\n%*s", 2 + 5 + 1 + 5 + 2 + 2 * OCTETS_SHOWN + 2, "");
    put_indent(p, depth);
}

static void put_place(struct printer *p, uint32_t at, uint32_t len)
{
    buf_printf(p->out, "\n  %05u %5u  ", p->x->shift + at, len);
}

static void put_octets(struct printer *p, const struct dissect_leaf *l)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *o = p->x->base + l->at;
    uint32_t shown = l->len <= OCTETS_SHOWN ? l->len : OCTETS_SHOWN - 1;
    put_colour(p, FAINT);
    for (uint32_t i = 0; i < shown; i++) {
        buf_add_char(p->out, hex[o[i] >> 4]);
        buf_add_char(p->out, hex[o[i] & 15]);
    }
    if (shown < l->len)
        buf_add_str(p->out, "..");
    put_colour(p, PLAIN);
    for (uint32_t i = shown + (shown < l->len); i < OCTETS_SHOWN + 1; i++)
        buf_add(p->out, "  ", 2);
}

static void put_value(struct printer *p, int value)
{
    const struct dissect *x = p->x;
    const struct dissect_value *v = &x->values[value];
    put_colour(p, CYAN);
    if (v->key_len > 0) {
        buf_add(p->out, x->text.p + v->key, v->key_len);
    } else {
        put_name(p, v->node);
        if (v->index != DISSECT_NONE)
            buf_printf(p->out, "[%d]", v->index);
    }
    put_colour(p, PLAIN);
    buf_add_str(p->out, v->text_len > 0 ? ": " : ":");
    buf_add(p->out, x->text.p + v->text, v->text_len < VALUE_SHOWN ? v->text_len : VALUE_SHOWN);
    if (v->text_len >= VALUE_SHOWN)
        buf_add_str(p->out, "...");
}

/* Writes the values from `v` on that count, each after the first on a line of its own; with
 * `margin` the first too. Returns how many. */
static unsigned put_values(struct printer *p, int v, unsigned depth, bool margin)
{
    unsigned cnt = 0;
    for (; v != DISSECT_NONE; v = p->x->values[v].next) {
        if (p->x->values[v].dead)
            continue;
        if (cnt++ > 0 || margin)
            put_margin(p, depth);
        put_value(p, v);
    }
    return cnt;
}

/* Writes what octets are called that became no value. */
static void put_read(struct printer *p, const struct dissect_leaf *l)
{
    const struct dissect_span *s = &p->x->spans[l->span];
    const uint8_t *o = p->x->base + l->at;
    char text[FMT_IPV6_MAX];
    bool is_address = s->name != NULL && !s->last &&
                      (strstr(s->name, "addr") != NULL || strstr(s->name, "bgp_id") != NULL ||
                       strstr(s->name, "collector") != NULL);
    put_colour(p, CYAN);
    put_variable(p, s->name != NULL ? s->name : "octets");
    put_colour(p, PLAIN);
    if (s->has_number && l->len == s->len) {
        buf_printf(p->out, ": %llu", (unsigned long long)s->number);
    } else if (is_address && (l->len == 4 || l->len == 16)) {
        size_t n = l->len == 4 ? fmt_ipv4(text, o) : fmt_ipv6(text, o);
        buf_add_str(p->out, ": ");
        buf_add(p->out, text, n);
    }
}

static void put_heading(struct printer *p, int node)
{
    struct dissect_node *n = &p->x->nodes[node];
    unsigned depth = depth_of(p->x, node);
    n->printed = true;
    put_place(p, n->at, n->len);
    buf_printf(p->out, "%*s", 2 * OCTETS_SHOWN + 2, "");
    put_indent(p, depth - 1);
    put_colour(p, BOLD);
    put_name(p, node);
    put_colour(p, PLAIN);
    (void)put_values(p, n->values, depth, true);
}

/* Writes the headings round a leaf that were not written yet, outermost first. */
static void put_headings(struct printer *p, int node)
{
    if (node == DISSECT_NONE || p->x->nodes[node].printed)
        return;
    put_headings(p, p->x->nodes[node].parent);
    if (p->x->nodes[node].array)
        p->x->nodes[node].printed = true;
    else
        put_heading(p, node);
}

/* Says what is wrong at a leaf. */
static void put_faults(struct printer *p, const struct dissect_leaf *l)
{
    const struct dissect *x = p->x;
    uintptr_t from = (uintptr_t)x->base + l->at, counted = (uintptr_t)x->counted.p;
    for (unsigned i = 0; x->diags != NULL && i < x->diags->cnt; i++) {
        const struct bgp_diag *g = &x->diags->v[i];
        char reason[RECORD_REASON_MAX];
        if (x->families_apart && g->afi != 0)
            continue;
        bool here = g->off < x->counted.left && counted + g->off >= from &&
                    counted + g->off - from < l->len;
        if (!here)
            continue;
        put_colour(p, RED);
        buf_printf(p->out, "  <- %.*s", (int)record_reason(reason, g), reason);
        put_colour(p, PLAIN);
    }
}

static void put_leaf(struct printer *p, const struct dissect_leaf *l)
{
    unsigned depth = depth_of(p->x, l->node);
    put_headings(p, l->node);
    put_place(p, l->at, l->len);
    put_octets(p, l);
    put_indent(p, depth);
    if (l->span == DISSECT_NONE) {
        put_colour(p, RED);
        buf_add_str(p->out, "(not dissected)");
        put_colour(p, PLAIN);
        put_faults(p, l);
        return;
    }
    struct dissect_span *s = &p->x->spans[l->span];
    unsigned cnt = s->shown ? put_values(p, s->values, depth, false) : 0;
    s->shown = false; /* the rest of it, after what lies in it, has no values again */
    if (cnt == 0)
        put_read(p, l);
    put_faults(p, l);
}

uint32_t dissect_print(struct dissect *x, struct buf *out, bool colour)
{
    struct printer p = {.x = x, .out = out, .colour = colour};
    uint32_t unread = 0;
    if (x->failed || !dissect_settle(x)) {
        buf_add_str(out, "\n  (no memory to dissect it)");
        return x->len;
    }
    for (int i = 0; i < x->leaf_cnt; i++) {
        put_leaf(&p, &x->leaves[i]);
        unread += x->leaves[i].span == DISSECT_NONE ? x->leaves[i].len : 0;
    }
    return unread;
}
