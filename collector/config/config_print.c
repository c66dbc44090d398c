/* SPDX-License-Identifier: BSD-2-Clause */
/* config_print: the defaults as an explained YAML file. Floor F4. */
#include "collector/config/config_schema.h"

#include <string.h>

static void indent(struct buf *b, int depth)
{
    for (int i = 0; i < depth; i++)
        buf_add_str(b, "  ");
}

static void print_doc(struct buf *b, const struct config_field *f, int depth)
{
    indent(b, depth);
    buf_printf(b, "# %s\n", f->doc);
    indent(b, depth);
}

/* The entries of a list differ from their defaults by the address alone: only that is shown. */
static void print_items(struct buf *b, const struct config_field *f, const void *base,
                        int depth)
{
    struct config_list l = config_list_get((const char *)base + f->off);
    if (l.cnt == 0) {
        indent(b, depth);
        buf_printf(b, "# - %s: %s\n", f->sub[0].key, f->sub[0].doc);
    }
    for (size_t i = 0; i < l.cnt; i++) {
        indent(b, depth);
        buf_printf(b, "- %s: ", f->sub[0].key);
        config_field_format(&f->sub[0], l.p + i * f->item_size, b);
        buf_add_char(b, '\n');
    }
    for (const struct config_field *o = f->sub + 1; o->key != NULL && f->defaults_off == 0;
         o++) {
        indent(b, depth + 1);
        buf_printf(b, "# %s: %s\n", o->key, o->doc);
    }
}

static void print_table(struct buf *b, const struct config_field *t, const void *base,
                        int depth)
{
    for (; t->key != NULL; t++) {
        if (depth == 0)
            buf_add_char(b, '\n');
        print_doc(b, t, depth);
        buf_printf(b, "%s%s:", t->type != NULL && t->type->secret ? "# " : "", t->key);
        if (t->type == NULL) {
            bool none =
                t->item_size != 0 && config_list_get((const char *)base + t->off).cnt == 0;
            buf_add_str(b, t->pairs ? " {}\n" : none ? " []\n" : "\n");
            if (t->pairs)
                continue;
            if (t->item_size != 0)
                print_items(b, t, base, depth + 1);
            else
                print_table(b, t->sub, (const char *)base + t->off, depth + 1);
            continue;
        }
        buf_add_char(b, ' ');
        if (!t->type->secret)
            config_field_format(t, base, b);
        buf_add_char(b, '\n');
    }
}

static const struct config_field *find(const struct config_field *t, const char *key)
{
    while (strcmp(t->key, key) != 0)
        t++;
    return t;
}

void config_print_defaults(FILE *f)
{
    struct config *c = config_new();
    struct buf b = {0};
    if (c == NULL)
        return;
    if (config_add_any(c, find(find(config_fields, "bgp")->sub, "peers")) == 0 &&
        config_add_any(c, find(find(config_fields, "bmp")->sub, "routers")) == 0) {
        buf_add_str(&b, "# ribtaped: every option with its default.\n");
        print_table(&b, config_fields, c, 0);
    }
    if (b.len > 0 && !b.failed)
        fwrite(b.p, 1, b.len, f);
    buf_free(&b);
    config_unref(c);
}
