/* SPDX-License-Identifier: BSD-2-Clause */
/* config_table: what is done to whole structs by walking their table. Floor F4. */
#include "collector/config/config_schema.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct config_list config_list_get(const void *member)
{
    struct config_list l;
    memcpy(&l.p, member, sizeof l.p);
    memcpy(&l.cnt, (const char *)member + sizeof l.p, sizeof l.cnt);
    return l;
}

void config_list_set(void *member, struct config_list l)
{
    memcpy(member, &l.p, sizeof l.p);
    memcpy((char *)member + sizeof l.p, &l.cnt, sizeof l.cnt);
}

static char *string_get(const void *member)
{
    char *s;
    memcpy(&s, member, sizeof s);
    return s;
}

/* Frees a key so that it does not stay in memory. */
static void string_drop(const struct config_type *t, void *member)
{
    char *s = string_get(member);
    if (s != NULL && t->secret)
        explicit_bzero(s, strlen(s));
    free(s);
    s = NULL;
    memcpy(member, &s, sizeof s);
}

static size_t item_size(const struct config_field *f)
{
    return f->type != NULL ? f->type->size : f->item_size;
}

static bool is_list(const struct config_field *f)
{
    return f->type != NULL ? f->type->list : f->item_size != 0;
}

static void list_drop(const struct config_field *f, void *member)
{
    struct config_list l = config_list_get(member);
    for (size_t i = 0; i < l.cnt && f->sub != NULL; i++)
        config_table_drop(f->sub, l.p + i * f->item_size);
    free(l.p);
    config_list_set(member, (struct config_list){0});
}

void config_table_drop(const struct config_field *t, void *base)
{
    for (; t->key != NULL; t++) {
        void *member = (char *)base + t->off;
        if (is_list(t))
            list_drop(t, member);
        else if (t->sub != NULL)
            config_table_drop(t->sub, member);
        else if (t->type->owned && !t->alias)
            string_drop(t->type, member);
    }
}

/* Reads comma-separated text into a new list. */
static const char *list_parse(const struct config_field *f, const char *text, void *member)
{
    char *copy = strdup(text), *save = NULL;
    size_t cnt = 1, size = f->type->size;
    for (const char *p = text; *p != '\0'; p++)
        cnt += *p == ',';
    struct config_list l = {calloc(cnt, size), 0};
    const char *reason = copy == NULL || l.p == NULL ? "out of memory" : NULL;
    for (char *s = reason ? NULL : strtok_r(copy, ",", &save); s != NULL && reason == NULL;
         s = strtok_r(NULL, ",", &save))
        reason = f->type->parse(f, s, l.p + l.cnt++ * size);
    free(copy);
    if (reason != NULL) {
        free(l.p);
        return reason;
    }
    list_drop(f, member);
    config_list_set(member, l);
    return NULL;
}

const char *config_field_set(const struct config_field *f, void *base, const char *text)
{
    void *member = (char *)base + f->off;
    if (is_list(f) && f->empty != NULL && strcasecmp(text, f->empty) == 0) {
        list_drop(f, member);
        return NULL;
    }
    if (is_list(f))
        return list_parse(f, text, member);
    if (!f->type->owned)
        return f->type->parse(f, text, member);
    char *fresh = NULL;
    const char *reason = f->type->parse(f, text, &fresh);
    if (reason != NULL)
        return reason;
    string_drop(f->type, member);
    memcpy(member, &fresh, sizeof fresh);
    return NULL;
}

int config_table_init(const struct config_field *t, void *base)
{
    for (; t->key != NULL; t++) {
        if (t->sub != NULL && t->item_size == 0) {
            if (config_table_init(t->sub, (char *)base + t->off) != 0)
                return -1;
        } else if (t->def != NULL && config_field_set(t, base, t->def) != NULL) {
            return -1;
        }
    }
    return 0;
}

static int list_copy(const struct config_field *f, void *dst, const void *src)
{
    struct config_list from = config_list_get(src), to = {NULL, 0};
    if (from.cnt > 0 && (to.p = calloc(from.cnt, item_size(f))) == NULL)
        return -1;
    if (from.cnt > 0 && f->sub == NULL)
        memcpy(to.p, from.p, from.cnt * item_size(f));
    int rc = 0;
    for (size_t i = 0; i < from.cnt && f->sub != NULL && rc == 0; i++)
        rc = config_table_copy(f->sub, to.p + i * f->item_size, from.p + i * f->item_size);
    to.cnt = from.cnt;
    config_list_set(dst, to);
    return rc;
}

static int field_copy(const struct config_field *f, void *dst, const void *src)
{
    if (is_list(f))
        return list_copy(f, dst, src);
    if (f->sub != NULL)
        return config_table_copy(f->sub, dst, src);
    if (!f->type->owned) {
        memcpy(dst, src, f->type->size);
        return 0;
    }
    char *s = string_get(src);
    char *copy = s != NULL ? strdup(s) : NULL;
    memcpy(dst, &copy, sizeof copy);
    return s != NULL && copy == NULL ? -1 : 0;
}

int config_table_copy(const struct config_field *t, void *dst, const void *src)
{
    for (; t->key != NULL; t++) {
        if (!t->alias && field_copy(t, (char *)dst + t->off, (const char *)src + t->off) != 0)
            return -1;
    }
    return 0;
}

void config_field_format(const struct config_field *f, const void *base, struct buf *b)
{
    const char *member = (const char *)base + f->off;
    if (!f->type->list) {
        f->type->format(f, member, b);
        return;
    }
    struct config_list l = config_list_get(member);
    if (l.cnt == 0) {
        buf_add_str(b, f->empty);
        return;
    }
    for (size_t i = 0; i < l.cnt; i++) {
        buf_add_str(b, i == 0 ? "[" : ", ");
        f->type->format(f, l.p + i * f->type->size, b);
    }
    buf_add_char(b, ']');
}

static bool list_same(const struct config_field *f, const void *a, const void *b)
{
    struct config_list la = config_list_get(a), lb = config_list_get(b);
    bool same = la.cnt == lb.cnt;
    for (size_t i = 0; same && i < la.cnt; i++)
        same = config_table_same(f->sub, la.p + i * f->item_size, lb.p + i * f->item_size);
    return same;
}

/* Values are the same when their texts are: one rule for all types. */
static bool value_same(const struct config_field *f, const void *a, const void *b)
{
    struct buf ta = {0}, tb = {0};
    config_field_format(f, a, &ta);
    config_field_format(f, b, &tb);
    bool same = !ta.failed && !tb.failed && ta.len == tb.len &&
                (ta.len == 0 || memcmp(ta.p, tb.p, ta.len) == 0);
    if (f->type->secret && ta.p != NULL && tb.p != NULL) {
        explicit_bzero(ta.p, ta.len);
        explicit_bzero(tb.p, tb.len);
    }
    buf_free(&ta);
    buf_free(&tb);
    return same;
}

bool config_table_same(const struct config_field *t, const void *a, const void *b)
{
    bool same = true;
    for (; t->key != NULL && same; t++) {
        const char *ma = (const char *)a + t->off, *mb = (const char *)b + t->off;
        if (t->type != NULL)
            same = value_same(t, a, b);
        else if (is_list(t))
            same = list_same(t, ma, mb);
        else
            same = config_table_same(t->sub, ma, mb);
    }
    return same;
}
