/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_options: the filter as a command's options say it: --filter EXPRESSION, and an option for
 * each term of the language (docs/filters.md). Floor F4. */
#ifndef RIBTAPE_TOOLS_DECODE_FILTER_OPTIONS_H
#define RIBTAPE_TOOLS_DECODE_FILTER_OPTIONS_H

#include "base/buf.h"
#include "base/cli.h"
#include "schemas/filter/filter.h"

enum { FILTER_PARTS_MAX = 24 };

/* What was given so far; zero is nothing. The expressions of options of one name are joined by
 * `or` (those of --filter by `and`), the parts by `and`. */
struct filter_options {
    struct {
        const char *option;
        struct buf text;
    } part[FILTER_PARTS_MAX];
    unsigned part_cnt;
};

/* Take the value of --filter, and of an option named as a term or as a term and its mode
 * (prefix-more); a value may be a list, or `@FILE`. Return as cli_option.take. */
bool filter_options_filter(struct filter_options *f, const struct cli_option *o,
                           const char *value, char *err);
bool filter_options_term(struct filter_options *f, const struct cli_option *o,
                         const char *value, char *err);

/* Compiles all parts together; NULL in *filter when there are none. Returns 0, or -1: too large, or
 * out of memory. */
int filter_options_make(const struct filter_options *f, struct filter **filter);

void filter_options_free(struct filter_options *f);

#define FILTER_OPTION_TERM(term, letter_, value_, words_, help_, take_)                        \
    {                                                                                          \
        .name = (term), .letter = (letter_), .value = (value_), .words = (words_),             \
        .help = (help_), .take = (take_)                                                       \
    }

/* Rows for the terms about routes; `take` hands over to filter_options_term. */
#define FILTER_ROUTE_OPTIONS(take)                                                             \
    FILTER_OPTION_TERM("prefix", 'k', "PREFIX", NULL, "The route is for that prefix.", take),  \
        FILTER_OPTION_TERM("prefix-more", 0, "PREFIX", NULL,                                   \
                           "For that or a more specific one.", take),                          \
        FILTER_OPTION_TERM("prefix-less", 0, "PREFIX", NULL,                                   \
                           "For that or a less specific one.", take),                          \
        FILTER_OPTION_TERM("prefix-any", 0, "PREFIX", NULL, "For either.", take),              \
        FILTER_OPTION_TERM("origin-as", 'o', "AS[-AS]", NULL, "The last AS of the path.",      \
                           take),                                                              \
        FILTER_OPTION_TERM("as", 0, "AS[-AS]", NULL, "Any AS of the path.", take),             \
        FILTER_OPTION_TERM(                                                                    \
            "as-path", 'A', "EXPRESSION", NULL,                                                \
            "The path matches a regular expression: _64501_, ^64500_, _64502$.", take),        \
        FILTER_OPTION_TERM("community", 'y', "PATTERN", NULL,                                  \
                           "A community: 64500:*, no-export, 64500:1:*, rt:64500:*.", take)

#endif
