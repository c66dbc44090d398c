/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics_join: grouping lines by metric. Floor F4. */
#include "collector/http/metrics_join.h"

#include <stdlib.h>

struct line {
    const char *p;
    size_t len;
    const char *name; /* the metric's, inside the line */
    size_t name_len;
    size_t group; /* the line where the metric appeared first */
    size_t order;
};

/* `# HELP name text`, `# TYPE name type`, `name{labels} value` or `name value`. */
static struct line line_of(const char *p, size_t len)
{
    struct line l = {.p = p, .len = len, .name = p};
    const char *end = p + len;
    if (len > 7 && (memcmp(p, "# HELP ", 7) == 0 || memcmp(p, "# TYPE ", 7) == 0))
        l.name += 7;
    while (l.name + l.name_len < end && l.name[l.name_len] != '{' && l.name[l.name_len] != ' ')
        l.name_len++;
    return l;
}

static bool same_name(const struct line *a, const struct line *b)
{
    return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
}

/* Lines of a metric mostly follow each other, and metrics are few: first the line before, then
 * the first lines of groups. */
static void find_group(struct line *lines, size_t i, size_t *firsts, size_t *first_cnt)
{
    struct line *l = &lines[i];
    l->order = i;
    if (i > 0 && same_name(l, &lines[i - 1])) {
        l->group = lines[i - 1].group;
        return;
    }
    for (size_t g = 0; g < *first_cnt; g++) {
        if (same_name(l, &lines[firsts[g]])) {
            l->group = firsts[g];
            return;
        }
    }
    l->group = i;
    firsts[(*first_cnt)++] = i;
}

static int compare(const void *pa, const void *pb)
{
    const struct line *a = (const struct line *)pa, *b = (const struct line *)pb;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    bool ca = a->p[0] == '#', cb = b->p[0] == '#';
    if (ca != cb)
        return ca ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* Whether the comment was said already: comments come first in their group. */
static bool repeated(const struct line *lines, size_t i)
{
    if (lines[i].p[0] != '#')
        return false;
    for (size_t j = i; j-- > 0 && lines[j].group == lines[i].group;) {
        if (memcmp(lines[j].p, lines[i].p, 6) == 0)
            return true;
    }
    return false;
}

static size_t split(const struct buf *in, struct line *lines, size_t *firsts)
{
    size_t cnt = 0, first_cnt = 0;
    for (size_t at = 0; at < in->len;) {
        const char *p = in->p + at;
        const char *lf = (const char *)memchr(p, '\n', in->len - at);
        size_t len = lf != NULL ? (size_t)(lf - p) : in->len - at;
        at += len + 1;
        if (len == 0)
            continue;
        lines[cnt] = line_of(p, len);
        find_group(lines, cnt, firsts, &first_cnt);
        cnt++;
    }
    return cnt;
}

void metrics_join(const struct buf *in, struct buf *out)
{
    size_t max = 1;
    for (size_t i = 0; i < in->len; i++)
        max += in->p[i] == '\n';
    struct line *lines = calloc(max, sizeof *lines);
    size_t *firsts = calloc(max, sizeof *firsts);
    if (lines == NULL || firsts == NULL || in->failed) {
        out->failed = true;
    } else {
        size_t cnt = split(in, lines, firsts);
        qsort(lines, cnt, sizeof *lines, compare);
        for (size_t i = 0; i < cnt; i++) {
            if (repeated(lines, i))
                continue;
            buf_add(out, lines[i].p, lines[i].len);
            buf_add_char(out, '\n');
        }
    }
    free(lines);
    free(firsts);
}
