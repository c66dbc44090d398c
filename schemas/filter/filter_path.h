/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_path: regular expressions over AS paths, in time linear in the path. Floor F3.
 *
 * The path is text as routers show it: `64500 64501 {64502,64503}`, confederations `(1 2)` and
 * `[1,2]`. `_` is a space, comma, bracket, the beginning or the end, `^` and `$` are the two
 * latter; `.`, `[0-9]`, `[^ ]`, `(a|b)`, `*`, `+`, `?`, `{m,n}` as everywhere; `\` before a
 * bracket takes it as it is. An expression matches anywhere.
 *
 * It becomes a Thompson automaton, and that a table of states when they are few (they nearly
 * always are); otherwise the automaton's set of states is stepped. Const once made. */
#ifndef RIBTAPE_SCHEMAS_FILTER_FILTER_PATH_H
#define RIBTAPE_SCHEMAS_FILTER_FILTER_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

enum { PATH_NODES_MAX = 512, PATH_SET_WORDS = PATH_NODES_MAX / 64, PATH_STATES_MAX = 1024 };

struct path_regex;

/* Compiles `len` characters. Returns NULL with a reason in err (`err_len` octets). */
MUST_USE struct path_regex *path_regex_new(const char *s, size_t len, char *err,
                                           size_t err_len);
void path_regex_free(struct path_regex *re); /* may be NULL */

/* A run over one path. */
struct path_run {
    const struct path_regex *re;
    uint16_t state;               /* with a table */
    uint64_t set[PATH_SET_WORDS]; /* without */
};

void path_run_begin(struct path_run *run, const struct path_regex *re);

/* Takes the next characters of the path. */
void path_run_text(struct path_run *run, const char *s, size_t len);

/* Ends the path. Returns whether the expression matches. */
bool path_run_end(const struct path_run *run);

/* Returns the states of the table, 0 when there is none: for tests. */
unsigned path_regex_states(const struct path_regex *re);

#endif
