/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_options: one expression out of several options. Floor F4. */
#include "tools/decode/filter_options.h"

#include <stdio.h>
#include <string.h>

static struct buf *part_of(struct filter_options *f, const char *option)
{
    for (unsigned i = 0; i < f->part_cnt; i++) {
        if (strcmp(f->part[i].option, option) == 0)
            return &f->part[i].text;
    }
    if (f->part_cnt == FILTER_PARTS_MAX)
        return NULL;
    f->part[f->part_cnt].option = option;
    return &f->part[f->part_cnt++].text;
}

/* Adds an expression to its part. Several --filter must all hold; of others, one. */
static bool add_expression(struct filter_options *f, const char *option, const struct buf *text,
                           char *err)
{
    struct buf *part = part_of(f, option);
    char why[FILTER_ERROR_MAX];
    struct filter *alone = text->failed || part == NULL ? NULL : filter_new(text->p, true, why);
    if (text->failed || part == NULL) {
        snprintf(err, CLI_ERROR_MAX, "out of memory");
        return false;
    }
    if (alone == NULL) {
        snprintf(err, CLI_ERROR_MAX, "%s", why);
        return false;
    }
    filter_free(alone);
    buf_printf(part, "%s(%s)",
               part->len == 0                  ? ""
               : strcmp(option, "filter") == 0 ? " and "
                                               : " or ",
               text->p);
    return true;
}

bool filter_options_filter(struct filter_options *f, const struct cli_option *o,
                           const char *value, char *err)
{
    struct buf text = {0};
    buf_add(&text, value, strlen(value) + 1);
    bool blank = value[strspn(value, " \t\n")] == '\0';
    bool ok = blank || add_expression(f, o->name, &text, err);
    buf_free(&text);
    return ok;
}

static void put_quoted(struct buf *b, const char *s, size_t len)
{
    buf_add_char(b, '"');
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '"' || s[i] == '\\')
            buf_add_char(b, '\\');
        buf_add_char(b, s[i]);
    }
    buf_add_char(b, '"');
}

/* Writes the values of a list, each quoted; `@FILE` is a list in a file. */
static void put_values(struct buf *b, const char *value, bool list)
{
    if (list && value[0] == '@') {
        buf_add_str(b, "in ");
        put_quoted(b, value + 1, strlen(value + 1));
        return;
    }
    for (const char *s = value;; s++) {
        size_t n = list ? strcspn(s, ",") : strlen(s);
        put_quoted(b, s, n);
        s += n;
        if (*s == '\0')
            return;
        buf_add_char(b, ',');
    }
}

bool filter_options_term(struct filter_options *f, const struct cli_option *o,
                         const char *value, char *err)
{
    struct buf text = {0};
    char why[CLI_ERROR_MAX] = "";
    const char *mode = strncmp(o->name, "prefix-", 7) == 0 ? o->name + 7 : NULL;
    buf_add_str(&text, mode != NULL ? "prefix " : o->name);
    if (mode != NULL)
        buf_add_str(&text, mode);
    buf_add_char(&text, ' ');
    if (strcmp(o->name, "error") != 0 || strcmp(value, "any") != 0)
        put_values(&text, value, strcmp(o->name, "as-path") != 0);
    buf_add_char(&text, '\0');
    bool ok = add_expression(f, o->name, &text, why);
    buf_free(&text);
    const char *reason = strncmp(why, "column ", 7) == 0 ? strstr(why, ": ") : NULL;
    if (!ok)
        snprintf(err, CLI_ERROR_MAX, "%s", reason != NULL ? reason + 2 : why);
    return ok;
}

int filter_options_make(const struct filter_options *f, struct filter **filter)
{
    struct buf all = {0};
    char err[FILTER_ERROR_MAX];
    *filter = NULL;
    if (f->part_cnt == 0)
        return 0;
    for (unsigned i = 0; i < f->part_cnt; i++) {
        buf_add_str(&all, i == 0 ? "(" : " and (");
        buf_add(&all, f->part[i].text.p, f->part[i].text.len);
        buf_add_char(&all, ')');
    }
    buf_add_char(&all, '\0');
    if (!all.failed)
        *filter = filter_new(all.p, true, err);
    buf_free(&all);
    return *filter != NULL ? 0 : -1;
}

void filter_options_free(struct filter_options *f)
{
    for (unsigned i = 0; i < f->part_cnt; i++)
        buf_free(&f->part[i].text);
    f->part_cnt = 0;
}
