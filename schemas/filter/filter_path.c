/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_path: regular expressions over AS paths: syntax tree, Thompson automaton, table.
 * Floor F3. */
#include "schemas/filter/filter_path.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The characters a path is made of; all that expressions can tell apart. */
static const char symbols[] = "0123456789 {},()[]";

enum { SYMBOL_CNT = sizeof symbols - 1, DELIMITERS = 0xff << 10, ALL = (1 << SYMBOL_CNT) - 1 };

enum { DEPTH_MAX = 64, TREE_MAX = 1024, REPEAT_MAX = 255, REPEAT_ANY = 256 };

static int symbol_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char *at = c != '\0' ? strchr(symbols, c) : NULL;
    return at != NULL ? (int)(at - symbols) : -1;
}

/* ---- syntax ---- */

enum tree_kind { TREE_EMPTY, TREE_SET, TREE_BEGIN, TREE_END, TREE_CAT, TREE_ALT, TREE_REPEAT };

struct tree {
    enum tree_kind kind;
    uint32_t set;      /* SET: bit per symbol */
    unsigned a, b;     /* CAT, ALT: both sides; REPEAT: a */
    unsigned min, max; /* REPEAT; max REPEAT_ANY: any number */
};

struct parser {
    const char *s;
    size_t len, at;
    unsigned depth, tree_cnt;
    bool failed;
    char *err;
    size_t err_len;
    struct tree tree[TREE_MAX];
};

static void fail(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fail(struct parser *p, const char *fmt, ...)
{
    va_list ap;
    if (p->failed)
        return;
    p->failed = true;
    va_start(ap, fmt);
    vsnprintf(p->err, p->err_len, fmt, ap);
    va_end(ap);
}

static unsigned make(struct parser *p, struct tree t)
{
    if (p->tree_cnt == TREE_MAX) {
        fail(p, "the AS path expression is too long");
        return 0;
    }
    p->tree[p->tree_cnt] = t;
    return p->tree_cnt++;
}

static unsigned make_set(struct parser *p, uint32_t set)
{
    return make(p, (struct tree){.kind = TREE_SET, .set = set});
}

static unsigned make_pair(struct parser *p, enum tree_kind kind, unsigned a, unsigned b)
{
    return make(p, (struct tree){.kind = kind, .a = a, .b = b});
}

static bool at_end(const struct parser *p)
{
    return p->failed || p->at >= p->len;
}

static char look(const struct parser *p)
{
    return at_end(p) ? '\0' : p->s[p->at];
}

static bool skip(struct parser *p, char c)
{
    if (at_end(p) || p->s[p->at] != c)
        return false;
    p->at++;
    return true;
}

static unsigned parse_alternatives(struct parser *p);

static unsigned parse_symbol(struct parser *p)
{
    char c = look(p);
    int sym = symbol_of(c);
    if (sym < 0) {
        fail(p, "an AS path has no '%c' (character %zu of the expression)", c, p->at + 1);
        return 0;
    }
    p->at++;
    return make_set(p, UINT32_C(1) << sym);
}

/* `_` is a character between numbers, or where the path begins or ends. */
static unsigned parse_delimiter(struct parser *p)
{
    unsigned begin = make(p, (struct tree){.kind = TREE_BEGIN});
    unsigned end = make(p, (struct tree){.kind = TREE_END});
    unsigned edge = make_pair(p, TREE_ALT, begin, end);
    return make_pair(p, TREE_ALT, edge, make_set(p, DELIMITERS));
}

/* Adds one character, or one end of a range, of a class. Returns its symbol or -1. */
static int class_symbol(struct parser *p)
{
    (void)skip(p, '\\');
    int sym = symbol_of(look(p));
    if (sym < 0)
        fail(p, "character %zu of the expression is none of an AS path, or ']' is missing",
             p->at + 1);
    p->at++;
    return sym;
}

static unsigned parse_class(struct parser *p)
{
    bool not_these = skip(p, '^');
    uint32_t set = 0;
    size_t start = p->at;
    while (!p->failed && (p->at == start || look(p) != ']')) {
        int first = class_symbol(p), last = first;
        if (look(p) == '-' && p->at + 1 < p->len && p->s[p->at + 1] != ']') {
            p->at++;
            last = class_symbol(p);
        }
        if (!p->failed && last < first)
            fail(p, "a range of characters runs backwards before character %zu", p->at + 1);
        for (int i = first; i <= last && i >= 0; i++)
            set |= UINT32_C(1) << i;
    }
    (void)skip(p, ']');
    return make_set(p, not_these ? ALL & ~set : set);
}

static unsigned parse_group(struct parser *p)
{
    if (++p->depth > DEPTH_MAX) {
        fail(p, "brackets of the AS path expression are nested too deep");
        return 0;
    }
    unsigned t = parse_alternatives(p);
    p->depth--;
    if (!skip(p, ')'))
        fail(p, "')' is missing in the AS path expression");
    return t;
}

static unsigned parse_atom(struct parser *p)
{
    char c = look(p);
    switch (c) {
    case '(':
        p->at++;
        return parse_group(p);
    case '[':
        p->at++;
        return parse_class(p);
    case '.':
        p->at++;
        return make_set(p, ALL);
    case '_':
        p->at++;
        return parse_delimiter(p);
    case '^':
        p->at++;
        return make(p, (struct tree){.kind = TREE_BEGIN});
    case '$':
        p->at++;
        return make(p, (struct tree){.kind = TREE_END});
    case '\\':
        p->at++;
        return parse_symbol(p);
    case '*':
    case '+':
    case '?':
        fail(p, "'%c' repeats nothing (character %zu of the expression)", c, p->at + 1);
        return 0;
    default:
        return parse_symbol(p);
    }
}

static bool take_number(const struct parser *p, size_t *at, unsigned *v)
{
    size_t start = *at;
    unsigned n = 0;
    while (*at < p->len && p->s[*at] >= '0' && p->s[*at] <= '9' && n <= REPEAT_MAX)
        n = 10 * n + (unsigned)(p->s[(*at)++] - '0');
    *v = n;
    return *at > start;
}

/* Reads {m}, {m,} or {m,n}. What is no such thing is a bracket of the path. */
static bool take_interval(struct parser *p, unsigned *min, unsigned *max)
{
    size_t at = p->at + 1;
    if (look(p) != '{' || !take_number(p, &at, min))
        return false;
    *max = *min;
    if (at < p->len && p->s[at] == ',') {
        at++;
        if (!take_number(p, &at, max))
            *max = REPEAT_ANY;
    }
    if (at >= p->len || p->s[at] != '}')
        return false;
    p->at = at + 1;
    if (*min > REPEAT_MAX || *max > REPEAT_ANY || *max < *min)
        fail(p, "a count in {} is above %d or runs backwards; a bracket of the path is \\{",
             REPEAT_MAX);
    return true;
}

static bool take_repeat(struct parser *p, unsigned *min, unsigned *max)
{
    *min = 0;
    *max = REPEAT_ANY;
    if (skip(p, '*'))
        return true;
    if (skip(p, '+')) {
        *min = 1;
        return true;
    }
    if (skip(p, '?')) {
        *max = 1;
        return true;
    }
    return take_interval(p, min, max);
}

static unsigned parse_repeated(struct parser *p)
{
    unsigned t = parse_atom(p), min, max;
    while (!at_end(p) && take_repeat(p, &min, &max)) {
        t = make(p, (struct tree){.kind = TREE_REPEAT, .a = t, .min = min, .max = max});
    }
    return t;
}

static unsigned parse_sequence(struct parser *p)
{
    unsigned t = make(p, (struct tree){.kind = TREE_EMPTY});
    while (!at_end(p) && look(p) != '|' && look(p) != ')')
        t = make_pair(p, TREE_CAT, t, parse_repeated(p));
    return t;
}

static unsigned parse_alternatives(struct parser *p)
{
    unsigned t = parse_sequence(p);
    while (skip(p, '|'))
        t = make_pair(p, TREE_ALT, t, parse_sequence(p));
    return t;
}

/* ---- Thompson's automaton ---- */

enum node_kind { NODE_SET, NODE_SPLIT, NODE_BEGIN, NODE_END, NODE_MATCH };

struct node {
    enum node_kind kind;
    uint32_t set;
    uint16_t out, out2; /* out2: SPLIT */
};

struct path_regex {
    unsigned node_cnt;
    uint16_t start; /* node */
    struct node node[PATH_NODES_MAX];
    unsigned state_cnt; /* of the table; 0: none */
    uint16_t (*next)[SYMBOL_CNT];
    uint8_t *ends; /* by state: a path that ends here matches */
};

static uint16_t add_node(struct parser *p, struct path_regex *re, struct node n)
{
    if (re->node_cnt == PATH_NODES_MAX) {
        fail(p, "the AS path expression is too long");
        return 0;
    }
    re->node[re->node_cnt] = n;
    return (uint16_t)re->node_cnt++;
}

static uint16_t build(struct parser *p, struct path_regex *re, unsigned t, uint16_t out);

/* `t` {min,max}: copies of it in a row; those beyond `min` may be left out. */
static uint16_t build_repeat(struct parser *p, struct path_regex *re, const struct tree *t,
                             uint16_t out)
{
    uint16_t at = out;
    bool loop = t->max == REPEAT_ANY;
    if (loop) {
        uint16_t split =
            add_node(p, re, (struct node){.kind = NODE_SPLIT, .out = out, .out2 = out});
        uint16_t body = build(p, re, t->a, split);
        re->node[split].out = body;
        at = split;
    }
    for (unsigned i = t->min; !loop && i < t->max && !p->failed; i++) {
        uint16_t body = build(p, re, t->a, at);
        at = add_node(p, re, (struct node){.kind = NODE_SPLIT, .out = body, .out2 = out});
    }
    for (unsigned i = 0; i < t->min && !p->failed; i++) {
        uint16_t before = at;
        at = build(p, re, t->a, at);
        if (at == before) /* nothing, however often */
            break;
    }
    return at;
}

/* Builds what `t` matches, followed by node `out`, from its end to its beginning. Returns its
 * first node. */
static uint16_t build(struct parser *p, struct path_regex *re, unsigned t, uint16_t out)
{
    const struct tree *n = &p->tree[t];
    if (p->failed)
        return 0;
    switch (n->kind) {
    case TREE_EMPTY:
        return out;
    case TREE_SET:
        return add_node(p, re, (struct node){.kind = NODE_SET, .set = n->set, .out = out});
    case TREE_BEGIN:
        return add_node(p, re, (struct node){.kind = NODE_BEGIN, .out = out});
    case TREE_END:
        return add_node(p, re, (struct node){.kind = NODE_END, .out = out});
    case TREE_CAT:
        out = build(p, re, n->b, out);
        return build(p, re, n->a, out);
    case TREE_ALT: {
        uint16_t a = build(p, re, n->a, out), b = build(p, re, n->b, out);
        return add_node(p, re, (struct node){.kind = NODE_SPLIT, .out = a, .out2 = b});
    }
    case TREE_REPEAT:
        return build_repeat(p, re, n, out);
    }
    return out;
}

/* ---- sets of nodes ---- */

static bool has(const uint64_t *set, unsigned i)
{
    return set[i / 64] >> (i % 64) & 1;
}

/* Adds a node and all that is reached without a character. */
static void reach(const struct path_regex *re, uint64_t *set, uint16_t first, bool begin,
                  bool end)
{
    uint16_t todo[2 * PATH_NODES_MAX + 1];
    unsigned cnt = 0;
    todo[cnt++] = first;
    while (cnt > 0) {
        uint16_t i = todo[--cnt];
        const struct node *n = &re->node[i];
        if (has(set, i))
            continue;
        set[i / 64] |= UINT64_C(1) << (i % 64);
        if (n->kind == NODE_SPLIT)
            todo[cnt++] = n->out2;
        if (n->kind == NODE_SPLIT || (n->kind == NODE_BEGIN && begin) ||
            (n->kind == NODE_END && end))
            todo[cnt++] = n->out;
    }
}

static void step(const struct path_regex *re, const uint64_t *from, int sym, uint64_t *to)
{
    memset(to, 0, PATH_SET_WORDS * sizeof *to);
    for (unsigned i = 0; i < re->node_cnt; i++) {
        const struct node *n = &re->node[i];
        if (has(from, i) && n->kind == NODE_SET && n->set >> sym & 1)
            reach(re, to, n->out, false, false);
        if (has(from, i) && n->kind == NODE_MATCH) /* whatever follows */
            reach(re, to, (uint16_t)i, false, false);
    }
    reach(re, to, re->start, false, false); /* it may begin anywhere */
}

static bool set_ends(const struct path_regex *re, const uint64_t *set)
{
    uint64_t last[PATH_SET_WORDS] = {0};
    for (unsigned i = 0; i < re->node_cnt; i++) {
        if (has(set, i))
            reach(re, last, (uint16_t)i, false, true);
    }
    for (unsigned i = 0; i < re->node_cnt; i++) {
        if (has(last, i) && re->node[i].kind == NODE_MATCH)
            return true;
    }
    return false;
}

/* ---- the table ---- */

struct building {
    uint64_t (*sets)[PATH_SET_WORDS];
    unsigned cnt;
    uint16_t slots[4 * PATH_STATES_MAX]; /* 0: free, else a state plus 1 */
};

static size_t hash_set(const uint64_t *set)
{
    uint64_t h = 0;
    for (unsigned i = 0; i < PATH_SET_WORDS; i++)
        h = (h ^ set[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(h >> 40);
}

/* Returns the number of a set's state, new or not; PATH_STATES_MAX when there are too many. */
static unsigned state_of(struct building *b, const uint64_t *set)
{
    enum { SLOTS = sizeof b->slots / sizeof b->slots[0] };
    size_t at = hash_set(set) % SLOTS;
    for (; b->slots[at] != 0; at = (at + 1) % SLOTS) {
        if (memcmp(b->sets[b->slots[at] - 1], set, sizeof b->sets[0]) == 0)
            return b->slots[at] - 1u;
    }
    if (b->cnt == PATH_STATES_MAX)
        return PATH_STATES_MAX;
    memcpy(b->sets[b->cnt], set, sizeof b->sets[0]);
    b->slots[at] = (uint16_t)(b->cnt + 1);
    return b->cnt++;
}

/* Returns false when there are too many states. */
static bool fill_table(struct path_regex *re, struct building *b)
{
    for (unsigned i = 0; i < b->cnt; i++) {
        re->ends[i] = set_ends(re, b->sets[i]);
        for (int sym = 0; sym < SYMBOL_CNT; sym++) {
            uint64_t to[PATH_SET_WORDS];
            step(re, b->sets[i], sym, to);
            unsigned state = state_of(b, to);
            if (state == PATH_STATES_MAX)
                return false;
            re->next[i][sym] = (uint16_t)state;
        }
    }
    return true;
}

static void begin_set(const struct path_regex *re, uint64_t *set)
{
    memset(set, 0, PATH_SET_WORDS * sizeof *set);
    reach(re, set, re->start, true, false);
}

/* Makes the table where it stays small. Returns 0, or -1 when memory runs out. */
static int make_table(struct path_regex *re)
{
    struct building *b = calloc(1, sizeof *b);
    uint64_t first[PATH_SET_WORDS];
    int rc = -1;
    re->next = calloc(PATH_STATES_MAX, sizeof *re->next);
    re->ends = calloc(PATH_STATES_MAX, 1);
    if (b == NULL || re->next == NULL || re->ends == NULL ||
        (b->sets = calloc(PATH_STATES_MAX, sizeof *b->sets)) == NULL)
        goto out;
    begin_set(re, first);
    (void)state_of(b, first);
    rc = 0;
    if (fill_table(re, b))
        re->state_cnt = b->cnt;
out:
    if (b != NULL)
        free(b->sets);
    free(b);
    return rc;
}

struct path_regex *path_regex_new(const char *s, size_t len, char *err, size_t err_len)
{
    struct parser *p = calloc(1, sizeof *p);
    struct path_regex *re = calloc(1, sizeof *re);
    bool ok = false;
    if (p == NULL || re == NULL) {
        snprintf(err, err_len, "out of memory");
        goto out;
    }
    p->s = s;
    p->len = len;
    p->err = err;
    p->err_len = err_len;
    unsigned top = parse_alternatives(p);
    if (!p->failed && p->at < p->len)
        fail(p, "')' without '(' at character %zu of the AS path expression", p->at + 1);
    if (p->failed)
        goto out;
    uint16_t match = add_node(p, re, (struct node){.kind = NODE_MATCH});
    re->start = build(p, re, top, match);
    ok = !p->failed;
    if (ok && make_table(re) != 0) {
        snprintf(err, err_len, "out of memory");
        ok = false;
    }
out:
    free(p);
    if (ok)
        return re;
    path_regex_free(re);
    return NULL;
}

void path_regex_free(struct path_regex *re)
{
    if (re == NULL)
        return;
    free(re->next);
    free(re->ends);
    free(re);
}

unsigned path_regex_states(const struct path_regex *re)
{
    return re->state_cnt;
}

/* ---- runs ---- */

void path_run_begin(struct path_run *run, const struct path_regex *re)
{
    run->re = re;
    run->state = 0;
    if (re->state_cnt == 0)
        begin_set(re, run->set);
}

void path_run_text(struct path_run *run, const char *s, size_t len)
{
    const struct path_regex *re = run->re;
    for (size_t i = 0; i < len; i++) {
        int sym = symbol_of(s[i]);
        if (sym < 0)
            continue;
        if (re->state_cnt > 0) {
            run->state = re->next[run->state][sym];
        } else {
            uint64_t to[PATH_SET_WORDS];
            step(re, run->set, sym, to);
            memcpy(run->set, to, sizeof to);
        }
    }
}

bool path_run_end(const struct path_run *run)
{
    const struct path_regex *re = run->re;
    return re->state_cnt > 0 ? re->ends[run->state] != 0 : set_ends(re, run->set);
}
