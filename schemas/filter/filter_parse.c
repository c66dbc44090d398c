/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_parse: text to tree. Floor F3.
 *
 *     or   := and { "or" and }
 *     and  := not { ["and"] not }        two terms in a row: both
 *     not  := "not" not | "(" or ")" | term
 *     term := NAME [MODE] VALUE { "," VALUE } | NAME [MODE] "in" FILE
 */
#include "schemas/filter/filter_int.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA };

struct token {
    enum token_kind kind;
    size_t at;     /* offset in the text */
    const char *s; /* borrowed; of a quoted one, in `quoted` */
    size_t len;
};

struct parser {
    struct filter *f;
    const char *text;
    size_t at;
    struct token t; /* the one looked at */
    char *quoted;   /* as long as the text; holds the quoted token at hand */
    unsigned depth;
    bool files;
    char *err;
};

/* Returns -1, with the column of the token at hand before the reason. */
static int fail_at(const struct parser *p, size_t at, const char *reason)
{
    char all[FILTER_ERROR_MAX];
    snprintf(all, sizeof all, "column %zu: ", at + 1);
    size_t n = strlen(all);
    snprintf(all + n, sizeof all - n, "%s", reason);
    memcpy(p->err, all, sizeof all);
    return -1;
}

/* ---- words ---- */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes a quoted text; `\` before a quote or itself takes it as it is. */
static int take_quoted(struct parser *p, char quote)
{
    size_t n = 0, start = p->at++;
    for (; p->text[p->at] != quote; p->at++) {
        char c = p->text[p->at], next = c != '\0' ? p->text[p->at + 1] : '\0';
        if (c == '\0')
            return fail_at(p, start, "this quotation has no end");
        if (c == '\\' && (next == quote || next == '\\'))
            c = p->text[++p->at];
        p->quoted[n++] = c;
    }
    p->at++;
    p->t.kind = TOKEN_QUOTED;
    p->t.s = p->quoted;
    p->t.len = n;
    return 0;
}

/* Takes a word up to a space, bracket or comma; raw ones hold commas, and brackets in pairs. */
static void take_word(struct parser *p, bool raw)
{
    size_t start = p->at;
    unsigned open = 0;
    for (char c; (c = p->text[p->at]) != '\0' && !is_space(c); p->at++) {
        if (!raw && (c == '(' || c == ')' || c == ',' || c == '"' || c == '\''))
            break;
        if (c == ')' && open == 0)
            break;
        open += c == '(';
        open -= c == ')';
    }
    p->t.kind = TOKEN_WORD;
    p->t.s = p->text + start;
    p->t.len = p->at - start;
}

/* Looks at the next token. */
static int advance(struct parser *p, bool raw)
{
    static const struct {
        char c;
        enum token_kind kind;
    } single[] = {{'(', TOKEN_OPEN}, {')', TOKEN_CLOSE}, {',', TOKEN_COMMA}};
    while (is_space(p->text[p->at]))
        p->at++;
    char c = p->text[p->at];
    p->t = (struct token){.at = p->at, .s = p->text + p->at, .len = 1};
    if (c == '\0') {
        p->t.len = 0;
        return 0;
    }
    if (c == '"' || c == '\'')
        return take_quoted(p, c);
    for (size_t i = 0; !raw && i < sizeof single / sizeof single[0]; i++) {
        if (c == single[i].c) {
            p->t.kind = single[i].kind;
            p->at++;
            return 0;
        }
    }
    if (c == '!' && !raw) {
        p->t.kind = TOKEN_WORD;
        p->at++;
        return 0;
    }
    take_word(p, raw);
    return 0;
}

static bool is_word(const struct parser *p, const char *word)
{
    return p->t.kind == TOKEN_WORD && p->t.len == strlen(word) &&
           memcmp(p->t.s, word, p->t.len) == 0;
}

static bool is_and(const struct parser *p)
{
    return is_word(p, "and") || is_word(p, "&&");
}

static bool is_or(const struct parser *p)
{
    return is_word(p, "or") || is_word(p, "||");
}

static bool is_not(const struct parser *p)
{
    return is_word(p, "not") || is_word(p, "!");
}

/* ---- values ---- */

static int take_value(struct parser *p, struct filter_term *t)
{
    char reason[FILTER_ERROR_MAX];
    if (t->row->take(t, p->t.s, p->t.len, reason) == 0)
        return 0;
    return fail_at(p, p->t.at, reason);
}

/* Takes the values of one line: words apart by spaces and commas, up to `#`. */
static int take_line(struct filter_term *t, char *line, char *err)
{
    line[strcspn(line, "#")] = '\0';
    for (char *s = line; *s != '\0';) {
        size_t n = strcspn(s, ", \t\r\n");
        if (n > 0 && t->row->take(t, s, n, err) != 0)
            return -1;
        s += n;
        s += strspn(s, ", \t\r\n");
    }
    return 0;
}

static int take_lines(struct filter_term *t, FILE *in, const char *name, char *err)
{
    char *line = NULL, reason[FILTER_ERROR_MAX / 2] = "";
    size_t room = 0;
    unsigned number = 0;
    int rc = 0;
    while (rc == 0 && getline(&line, &room, in) >= 0) {
        char why[FILTER_ERROR_MAX];
        number++;
        rc = take_line(t, line, why);
        if (rc != 0)
            snprintf(reason, sizeof reason, "%.100s", why);
    }
    if (rc != 0)
        filter_say(err, "%.80s:%u: %s", name, number, reason);
    else if (ferror(in))
        rc = filter_say(err, "%.80s: %s", name, strerror(errno));
    free(line);
    return rc;
}

static int take_file(struct parser *p, struct filter_term *t)
{
    char reason[FILTER_ERROR_MAX], name[4096];
    if (!p->files)
        return fail_at(p, p->t.at, "files are not read here");
    if (p->t.len == 0 || p->t.len >= sizeof name)
        return fail_at(p, p->t.at, "a file's name is missing");
    memcpy(name, p->t.s, p->t.len);
    name[p->t.len] = '\0';
    FILE *in = fopen(name, "r");
    if (in == NULL) {
        filter_say(reason, "%.80s: %s", name, strerror(errno));
        return fail_at(p, p->t.at, reason);
    }
    int rc = take_lines(t, in, name, reason);
    fclose(in);
    return rc == 0 ? 0 : fail_at(p, p->t.at, reason);
}

static bool is_value(const struct parser *p)
{
    return p->t.kind == TOKEN_QUOTED ||
           (p->t.kind == TOKEN_WORD && !is_and(p) && !is_or(p) && !is_not(p));
}

static int take_values(struct parser *p, struct filter_term *t)
{
    for (;;) {
        if (!is_value(p)) {
            char reason[FILTER_ERROR_MAX];
            filter_say(reason, "`%s` wants %s here", t->row->name, t->row->values);
            return fail_at(p, p->t.at, reason);
        }
        if (take_value(p, t) != 0 || advance(p, false) != 0)
            return -1;
        if (p->t.kind != TOKEN_COMMA || t->row->one)
            return 0;
        if (advance(p, t->row->raw) != 0)
            return -1;
    }
}

static int take_mode(struct parser *p, struct filter_term *t)
{
#define MODE(NAME, text) text,
    static const char *const modes[] = {FILTER_PREFIX_MODES(MODE)};
    for (unsigned i = 0; i < FILTER_PREFIX_MODE_CNT; i++) {
        if (is_word(p, modes[i])) {
            t->mode = (enum filter_prefix_mode)i;
            return advance(p, false);
        }
    }
    return 0;
}

/* ---- the tree ---- */

static struct filter_node *new_node(enum filter_op op)
{
    struct filter_node *n = calloc(1, sizeof *n);
    if (n != NULL)
        n->op = op;
    return n;
}

void filter_node_free(struct filter_node *n)
{
    while (n != NULL) {
        struct filter_node *next = n->next;
        filter_node_free(n->child);
        filter_term_clear(&n->term);
        free(n);
        n = next;
    }
}

static const struct filter_row *row_of(const struct token *t)
{
    for (unsigned i = 0; i < filter_row_cnt; i++) {
        if (strlen(filter_rows[i].name) == t->len &&
            memcmp(filter_rows[i].name, t->s, t->len) == 0)
            return &filter_rows[i];
    }
    return NULL;
}

/* Gives a term that looks at attributes its place in the memory of a message. */
static int count_term(struct parser *p, struct filter_term *t, size_t at)
{
    if (++p->f->term_cnt > FILTER_TERMS_MAX)
        return fail_at(p, at, "too many terms; lists of values are one term");
    p->f->by_nlri |= t->row->cost == FILTER_COST_NLRI;
    if (t->row->cost < FILTER_COST_ATTR)
        return 0;
    if (p->f->memo_cnt == FILTER_MEMO_MAX)
        return fail_at(p, at, "too many terms about attributes; lists of values are one term");
    t->memo = p->f->memo_cnt++;
    return 0;
}

static int parse_values(struct parser *p, struct filter_term *t)
{
    const struct filter_row *row = t->row;
    if (advance(p, row->raw) != 0 || (row->has_modes && take_mode(p, t) != 0))
        return -1;
    if (row->bare && !is_value(p))
        return 0;
    if (row->one || !is_word(p, "in"))
        return take_values(p, t);
    if (advance(p, false) != 0 || take_file(p, t) != 0)
        return -1;
    return advance(p, false);
}

static struct filter_node *parse_term(struct parser *p)
{
    char reason[FILTER_ERROR_MAX];
    size_t at = p->t.at;
    const struct filter_row *row = p->t.kind == TOKEN_WORD ? row_of(&p->t) : NULL;
    if (row == NULL) {
        if (p->t.kind == TOKEN_END)
            filter_say(reason, "the expression ends where a term is wanted");
        else
            filter_say(reason, "no term is called '%.*s'", (int)(p->t.len < 80 ? p->t.len : 80),
                       p->t.s);
        (void)fail_at(p, at, reason);
        return NULL;
    }
    struct filter_node *n = new_node(FILTER_TERM);
    if (n == NULL) {
        (void)fail_at(p, at, "out of memory");
        return NULL;
    }
    n->term.row = row;
    n->cost = row->cost;
    if (parse_values(p, &n->term) != 0 || count_term(p, &n->term, at) != 0)
        goto failed;
    if (filter_term_finish(&n->term) == 0)
        return n;
    (void)fail_at(p, at, "out of memory");
failed:
    filter_node_free(n);
    return NULL;
}

static struct filter_node *parse_or(struct parser *p);

static struct filter_node *parse_group(struct parser *p)
{
    size_t at = p->t.at;
    if (advance(p, false) != 0)
        return NULL;
    struct filter_node *n = parse_or(p);
    if (n == NULL)
        return NULL;
    if (p->t.kind == TOKEN_CLOSE && advance(p, false) == 0)
        return n;
    if (p->t.kind != TOKEN_CLOSE)
        (void)fail_at(p, at, "this bracket is not closed");
    filter_node_free(n);
    return NULL;
}

static struct filter_node *parse_not(struct parser *p)
{
    struct filter_node *n = NULL;
    if (++p->depth > FILTER_DEPTH_MAX) {
        (void)fail_at(p, p->t.at, "nested too deep");
        return NULL;
    }
    if (p->t.kind == TOKEN_OPEN) {
        n = parse_group(p);
    } else if (!is_not(p)) {
        n = parse_term(p);
    } else if ((n = new_node(FILTER_NOT)) == NULL) {
        (void)fail_at(p, p->t.at, "out of memory");
    } else if (advance(p, false) != 0 || (n->child = parse_not(p)) == NULL) {
        filter_node_free(n);
        n = NULL;
    } else {
        n->cost = n->child->cost;
    }
    p->depth--;
    return n;
}

/* Puts a child where its cost belongs: cheap ones answer first. */
static void add_child(struct filter_node *parent, struct filter_node *n)
{
    struct filter_node **at = &parent->child;
    while (*at != NULL && (*at)->cost <= n->cost)
        at = &(*at)->next;
    n->next = *at;
    *at = n;
    parent->cost = parent->child->cost;
}

/* Parses a run of `part`, joined by an operator that `more` passes over. */
static struct filter_node *parse_run(struct parser *p, enum filter_op op,
                                     struct filter_node *(*part)(struct parser *p),
                                     int (*more)(struct parser *p))
{
    struct filter_node *first = part(p), *all = NULL;
    int go = first != NULL ? more(p) : 0;
    if (first == NULL || go == 0)
        return first;
    if ((all = new_node(op)) == NULL) {
        (void)fail_at(p, p->t.at, "out of memory");
        filter_node_free(first);
        return NULL;
    }
    add_child(all, first);
    for (; go > 0; go = more(p)) {
        struct filter_node *n = part(p);
        if (n == NULL) {
            go = -1;
            break;
        }
        add_child(all, n);
    }
    if (go == 0)
        return all;
    filter_node_free(all);
    return NULL;
}

/* Return 1 when another part follows, 0 when none does, -1 on errors. */
static int more_and(struct parser *p)
{
    if (is_and(p))
        return advance(p, false) == 0 ? 1 : -1;
    return p->t.kind == TOKEN_OPEN || (p->t.kind == TOKEN_WORD && !is_or(p));
}

static int more_or(struct parser *p)
{
    if (!is_or(p))
        return 0;
    return advance(p, false) == 0 ? 1 : -1;
}

static struct filter_node *parse_and(struct parser *p)
{
    return parse_run(p, FILTER_AND, parse_not, more_and);
}

static struct filter_node *parse_or(struct parser *p)
{
    return parse_run(p, FILTER_OR, parse_and, more_or);
}

int filter_parse(struct filter *f, const char *text, bool files, char *err)
{
    struct parser p = {.f = f, .text = text, .files = files, .err = err};
    int rc = -1;
    err[0] = '\0';
    p.quoted = malloc(strlen(text) + 1);
    if (p.quoted == NULL)
        return fail_at(&p, 0, "out of memory");
    if (advance(&p, false) != 0)
        goto out;
    if (p.t.kind == TOKEN_END) { /* nothing is asked: everything passes */
        rc = 0;
        goto out;
    }
    f->root = parse_or(&p);
    rc = f->root != NULL ? 0 : -1;
    if (rc == 0 && p.t.kind != TOKEN_END)
        rc = fail_at(&p, p.t.at,
                     p.t.kind == TOKEN_COMMA   ? "a comma is for lists of values"
                     : p.t.kind == TOKEN_CLOSE ? "this bracket was not opened"
                                               : "a term is wanted here");
out:
    free(p.quoted);
    return rc;
}
