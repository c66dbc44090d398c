/* SPDX-License-Identifier: BSD-2-Clause */
/* config_load: YAML text to a configuration, with every error at its line. Floor F4.
 *
 * libyaml gives a tree whose nodes know their lines; the tree is walked beside the table of
 * options, in the table's order, so that bgp.defaults is known before bgp.peers whatever the
 * file's order. Where each member was seen is noted for the checks between options. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "collector/config/config_schema.h"

enum {
    FILE_MAX = 64 << 20,   /* octets; a list of all peers of the Internet is smaller */
    ERRORS_MAX = 100,      /* more are counted only */
    ITEMS_MAX = 4096,      /* of one list of values */
    ENTRIES_MAX = 1 << 20, /* of all lists of mappings, as aliases could multiply them */
    SHOWN_MAX = 60,        /* characters of a value in an error */
};

struct complaint {
    unsigned line;
    unsigned order;
    char *text;
};

/* Where a member was given. */
struct place {
    const void *member;
    const char *key;
    unsigned line;
};

struct config_loader {
    const char *name;
    yaml_document_t doc;
    struct config *c;
    struct complaint errors[ERRORS_MAX];
    unsigned error_cnt; /* may exceed ERRORS_MAX */
    struct place *places;
    size_t place_cnt, place_cap;
    size_t entry_cnt;
    bool no_memory;
};

/* ---- errors and places ---- */

void config_complain(struct config_loader *ld, unsigned line, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (ld->error_cnt < ERRORS_MAX) {
        struct complaint *e = &ld->errors[ld->error_cnt];
        *e = (struct complaint){line, ld->error_cnt, strdup(text)};
    }
    ld->error_cnt++;
}

bool config_complained(const struct config_loader *ld)
{
    return ld->error_cnt > 0;
}

static int compare_complaints(const void *pa, const void *pb)
{
    const struct complaint *a = (const struct complaint *)pa;
    const struct complaint *b = (const struct complaint *)pb;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* Writes the errors in the order of their lines, whole lines only, and frees them. */
static void report(struct config_loader *ld, char *err, size_t err_len)
{
    unsigned kept = ld->error_cnt < ERRORS_MAX ? ld->error_cnt : ERRORS_MAX;
    size_t at = 0;
    unsigned shown = 0;
    qsort(ld->errors, kept, sizeof ld->errors[0], compare_complaints);
    for (unsigned i = 0; i < kept; i++) {
        const struct complaint *e = &ld->errors[i];
        size_t spare = i + 1 < ld->error_cnt ? 40 : 0; /* for the last line, if one is needed */
        int n = snprintf(err + at, err_len - at, "%s%s:%u: %s", at > 0 ? "\n" : "", ld->name,
                         e->line, e->text != NULL ? e->text : "out of memory");
        if (n < 0 || at + (size_t)n + spare >= err_len)
            break;
        at += (size_t)n;
        shown++;
    }
    err[at] = '\0';
    if (shown < ld->error_cnt && at + 40 < err_len)
        snprintf(err + at, err_len - at, "\n%u more errors", ld->error_cnt - shown);
    for (unsigned i = 0; i < kept; i++)
        free(ld->errors[i].text);
}

static void note(struct config_loader *ld, const void *member, const char *key, unsigned line)
{
    if (ld->place_cnt == ld->place_cap) {
        size_t cap = ld->place_cap != 0 ? 2 * ld->place_cap : 64;
        struct place *p = reallocarray(ld->places, cap, sizeof *p);
        if (p == NULL) {
            ld->no_memory = true;
            return;
        }
        ld->places = p;
        ld->place_cap = cap;
    }
    ld->places[ld->place_cnt++] = (struct place){member, key, line};
}

static int compare_places(const void *pa, const void *pb)
{
    const struct place *a = (const struct place *)pa, *b = (const struct place *)pb;
    if (a->member != b->member)
        return (const char *)a->member < (const char *)b->member ? -1 : 1;
    return strcmp(a->key, b->key);
}

/* Works once the places are sorted. */
unsigned config_line(const struct config_loader *ld, const void *member, const char *key)
{
    const struct place want = {member, key, 0};
    const struct place *p =
        ld->place_cnt == 0 ? NULL
                           : (const struct place *)bsearch(&want, ld->places, ld->place_cnt,
                                                           sizeof want, compare_places);
    return p != NULL ? p->line : 0;
}

/* ---- the tree ---- */

static yaml_node_t *node_at(struct config_loader *ld, int index)
{
    return yaml_document_get_node(&ld->doc, index);
}

static unsigned line_of(const yaml_node_t *n)
{
    return (unsigned)n->start_mark.line + 1;
}

/* Returns a scalar's text, or NULL when it is none or holds a NUL. */
static const char *text_of(const yaml_node_t *n)
{
    const char *s = (const char *)n->data.scalar.value;
    if (n->type != YAML_SCALAR_NODE || strlen(s) != n->data.scalar.length)
        return NULL;
    return s;
}

/* `key:` with nothing behind it. */
static bool is_nothing(const yaml_node_t *n)
{
    return n->type == YAML_SCALAR_NODE && n->data.scalar.length == 0 &&
           n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static const char *kind_of(const yaml_node_t *n)
{
    if (n->type == YAML_SEQUENCE_NODE)
        return "a list";
    if (n->type == YAML_MAPPING_NODE)
        return "a mapping";
    return is_nothing(n) ? "nothing" : "text";
}

static void wrong_kind(struct config_loader *ld, const yaml_node_t *n, const char *key,
                       const char *want)
{
    config_complain(ld, line_of(n), "%s: expected %s, found %s", key, want, kind_of(n));
}

/* ---- values ---- */

static void wrong_value(struct config_loader *ld, const struct config_field *f,
                        const yaml_node_t *n, const char *reason)
{
    struct buf b = {0};
    config_describe(f, reason, &b);
    buf_add_char(&b, '\0');
    const char *text = b.failed ? reason : b.p;
    if (f->type->secret)
        config_complain(ld, line_of(n), "%s: %s", f->key, text);
    else
        config_complain(ld, line_of(n), "%s: \"%.*s\" %s", f->key, SHOWN_MAX,
                        (const char *)n->data.scalar.value, text);
    buf_free(&b);
}

static void bind_scalar(struct config_loader *ld, const struct config_field *f,
                        const yaml_node_t *n, void *base)
{
    const char *text = text_of(n);
    if (text == NULL || is_nothing(n)) {
        wrong_kind(ld, n, f->key, f->type->what);
        return;
    }
    const char *reason = config_field_set(f, base, text);
    if (reason != NULL)
        wrong_value(ld, f, n, reason);
}

/* A list of values: each wrong item is an error of its own line. */
static void bind_values(struct config_loader *ld, const struct config_field *f,
                        const yaml_node_t *n, void *base)
{
    size_t cnt = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    if (cnt > ITEMS_MAX) {
        config_complain(ld, line_of(n), "%s: more than %d items", f->key, ITEMS_MAX);
        return;
    }
    struct config_list l = {cnt > 0 ? calloc(cnt, f->type->size) : NULL, cnt};
    ld->no_memory = ld->no_memory || (cnt > 0 && l.p == NULL);
    for (size_t i = 0; i < cnt && l.p != NULL; i++) {
        const yaml_node_t *item = node_at(ld, n->data.sequence.items.start[i]);
        const char *text = text_of(item);
        char *dst = l.p + i * f->type->size;
        const char *reason = text != NULL ? f->type->parse(f, text, dst) : NULL;
        if (text == NULL)
            wrong_kind(ld, item, f->key, f->type->what);
        else if (reason != NULL)
            wrong_value(ld, f, item, reason);
        note(ld, dst, f->key, line_of(item));
    }
    struct config_list old = config_list_get((char *)base + f->off);
    free(old.p);
    config_list_set((char *)base + f->off, l.p != NULL ? l : (struct config_list){0});
}

/* ---- mappings ---- */

static void bind_map(struct config_loader *ld, const struct config_field *t,
                     const yaml_node_t *n, void *base);

static int entry_init(struct config_loader *ld, const struct config_field *f, void *item)
{
    if (f->defaults_off == 0)
        return config_table_init(f->sub, item);
    return config_table_copy(f->sub, item, (char *)ld->c + f->defaults_off);
}

/* The list is allocated whole, so that members' addresses stay what note() was told. */
static void bind_entries(struct config_loader *ld, const struct config_field *f,
                         const yaml_node_t *n, void *base)
{
    if (n->type != YAML_SEQUENCE_NODE) {
        wrong_kind(ld, n, f->key, "a list");
        return;
    }
    size_t cnt = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    ld->entry_cnt += cnt;
    if (ld->entry_cnt > ENTRIES_MAX || cnt == 0) {
        if (cnt != 0)
            config_complain(ld, line_of(n), "%s: more than %d entries", f->key, ENTRIES_MAX);
        return;
    }
    struct config_list l = {calloc(cnt, f->item_size), cnt};
    if (l.p == NULL) {
        ld->no_memory = true;
        return;
    }
    config_list_set((char *)base + f->off, l);
    for (size_t i = 0; i < cnt; i++) {
        const yaml_node_t *item = node_at(ld, n->data.sequence.items.start[i]);
        char *dst = l.p + i * f->item_size;
        note(ld, dst, "", line_of(item));
        if (entry_init(ld, f, dst) != 0)
            ld->no_memory = true;
        else if (item->type != YAML_MAPPING_NODE)
            wrong_kind(ld, item, f->key, "a mapping with an address");
        else
            bind_map(ld, f->sub, item, dst);
    }
}

/* A mapping whose keys are the items' names. */
static void bind_pairs(struct config_loader *ld, const struct config_field *f,
                       const yaml_node_t *n, void *base)
{
    if (n->type != YAML_MAPPING_NODE) {
        wrong_kind(ld, n, f->key, "a mapping");
        return;
    }
    size_t cnt = (size_t)(n->data.mapping.pairs.top - n->data.mapping.pairs.start);
    if (cnt > ITEMS_MAX)
        config_complain(ld, line_of(n), "%s: more than %d items", f->key, ITEMS_MAX);
    if (cnt > ITEMS_MAX || cnt == 0)
        return;
    struct config_list l = {calloc(cnt, f->item_size), cnt};
    if (l.p == NULL) {
        ld->no_memory = true;
        return;
    }
    config_list_set((char *)base + f->off, l);
    for (size_t i = 0; i < cnt; i++) {
        const yaml_node_pair_t *pair = &n->data.mapping.pairs.start[i];
        const yaml_node_t *key = node_at(ld, pair->key);
        const char *name = text_of(key);
        char *item = l.p + i * f->item_size;
        struct config_field value = f->sub[1];
        value.key = name != NULL ? name : f->key;
        note(ld, item, "", line_of(key));
        bind_scalar(ld, &f->sub[0], key, item);
        bind_scalar(ld, &value, node_at(ld, pair->value), item);
    }
}

static void bind_field(struct config_loader *ld, const struct config_field *f,
                       const yaml_node_t *n, void *base)
{
    void *member = (char *)base + f->off;
    if (f->type != NULL) {
        note(ld, member, f->key, line_of(n));
        if (f->type->list && n->type == YAML_SEQUENCE_NODE)
            bind_values(ld, f, n, base);
        else
            bind_scalar(ld, f, n, base);
    } else if (f->pairs) {
        bind_pairs(ld, f, n, base);
    } else if (f->item_size != 0) {
        note(ld, member, f->key, line_of(n));
        bind_entries(ld, f, n, base);
    } else if (n->type == YAML_MAPPING_NODE) {
        bind_map(ld, f->sub, n, member);
    } else if (!is_nothing(n)) {
        wrong_kind(ld, n, f->key, "a mapping");
    }
}

static const struct config_field *field_by_key(const struct config_field *t, const char *key)
{
    while (t->key != NULL && (key == NULL || strcmp(t->key, key) != 0))
        t++;
    return t->key != NULL ? t : NULL;
}

static void check_keys(struct config_loader *ld, const struct config_field *t,
                       const yaml_node_t *n)
{
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
         p++) {
        const yaml_node_t *key = node_at(ld, p->key);
        const char *text = text_of(key);
        if (field_by_key(t, text) == NULL)
            config_complain(ld, line_of(key), "unknown key \"%.*s\"", SHOWN_MAX,
                            text != NULL ? text : kind_of(key));
    }
}

static void bind_map(struct config_loader *ld, const struct config_field *t,
                     const yaml_node_t *n, void *base)
{
    check_keys(ld, t, n);
    for (; t->key != NULL; t++) {
        bool found = false;
        for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
             p++) {
            const yaml_node_t *key = node_at(ld, p->key);
            const char *text = text_of(key);
            if (text == NULL || strcmp(text, t->key) != 0)
                continue;
            if (found)
                config_complain(ld, line_of(key), "%s is given twice", t->key);
            else
                bind_field(ld, t, node_at(ld, p->value), base);
            found = true;
        }
        if (!found && t->required)
            config_complain(ld, line_of(n), "%s is missing", t->key);
    }
}

/* ---- the file ---- */

static void syntax_error(struct config_loader *ld, const yaml_parser_t *p)
{
    const yaml_mark_t *m = p->error == YAML_READER_ERROR ? &p->mark : &p->problem_mark;
    config_complain(ld, (unsigned)m->line + 1, "YAML: %s%s%s (an IPv6 address needs quotes)",
                    p->problem != NULL ? p->problem : "can't be read",
                    p->context != NULL ? " " : "", p->context != NULL ? p->context : "");
}

static void bind_document(struct config_loader *ld)
{
    yaml_node_t *root = yaml_document_get_root_node(&ld->doc);
    if (root == NULL || is_nothing(root))
        return; /* an empty file: the defaults */
    if (root->type != YAML_MAPPING_NODE)
        wrong_kind(ld, root, "the file", "a mapping");
    else
        bind_map(ld, config_fields, root, ld->c);
}

/* A second document would be ignored: say so instead. */
static void check_end(struct config_loader *ld, yaml_parser_t *p)
{
    yaml_document_t more;
    if (!yaml_parser_load(p, &more)) {
        syntax_error(ld, p);
        return;
    }
    yaml_node_t *root = yaml_document_get_root_node(&more);
    if (root != NULL)
        config_complain(ld, line_of(root), "a second YAML document");
    yaml_document_delete(&more);
}

static void parse_text(struct config_loader *ld, const char *text, size_t len)
{
    yaml_parser_t p;
    if (!yaml_parser_initialize(&p)) {
        ld->no_memory = true;
        return;
    }
    yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
    if (!yaml_parser_load(&p, &ld->doc)) {
        syntax_error(ld, &p);
    } else {
        bind_document(ld);
        if (yaml_document_get_root_node(&ld->doc) != NULL)
            check_end(ld, &p);
        yaml_document_delete(&ld->doc);
    }
    yaml_parser_delete(&p);
}

/* Adds the accept-anyone entries where the file has no list. */
static int add_any(struct config_loader *ld, const char *map, const char *list)
{
    const struct config_field *f = field_by_key(config_fields, map);
    f = f != NULL ? field_by_key(f->sub, list) : NULL;
    if (f == NULL)
        return -1;
    if (config_line(ld, (char *)ld->c + f->off, list) != 0)
        return 0;
    return config_add_any(ld->c, f);
}

struct config *config_load_text(const char *text, size_t len, const char *name, char *err,
                                size_t err_len)
{
    struct config_loader *ld = calloc(1, sizeof *ld);
    struct config *c = config_new();
    if (ld == NULL || c == NULL) {
        snprintf(err, err_len, "out of memory");
        free(ld);
        config_unref(c);
        return NULL;
    }
    ld->name = name;
    ld->c = c;
    parse_text(ld, text, len);
    if (ld->place_cnt > 0)
        qsort(ld->places, ld->place_cnt, sizeof *ld->places, compare_places);
    if (add_any(ld, "bgp", "peers") != 0 || add_any(ld, "bmp", "routers") != 0 ||
        config_complete(c) != 0 || (c->file = strdup(name)) == NULL)
        ld->no_memory = true;
    if (ld->no_memory)
        config_complain(ld, 0, "out of memory");
    else
        config_check(ld, c);
    bool bad = ld->error_cnt > 0;
    if (bad)
        report(ld, err, err_len);
    free(ld->places);
    free(ld);
    if (bad)
        config_unref(c);
    return bad ? NULL : c;
}

static int read_all(int fd, struct buf *b)
{
    for (;;) {
        char *p = buf_room(b, 65536);
        if (p == NULL || b->len > FILE_MAX) {
            errno = p == NULL ? ENOMEM : EFBIG;
            return -1;
        }
        ssize_t n = read(fd, p, 65536);
        if (n <= 0)
            return (int)n;
        b->len += (size_t)n;
    }
}

struct config *config_load(const char *path, char *err, size_t err_len)
{
    if (path == NULL) {
        struct config *d = config_load_text("", 0, "", err, err_len);
        if (d != NULL) {
            free(d->file);
            d->file = NULL;
        }
        return d;
    }
    bool standard = strcmp(path, "-") == 0;
    struct config *c = NULL;
    struct buf b = {0};
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read_all(fd, &b) != 0)
        snprintf(err, err_len, "%s: %s", path, strerror(errno));
    else
        c = config_load_text(b.p != NULL ? b.p : "", b.len, path, err, err_len);
    if (fd >= 0 && !standard)
        close(fd);
    if (b.p != NULL)
        explicit_bzero(b.p, b.len); /* it may hold keys */
    buf_free(&b);
    return c;
}
