/* SPDX-License-Identifier: BSD-2-Clause */
/* check: what every fuzz target asks of what it got. */
#ifndef RIBTAPE_TESTS_FUZZ_CHECK_H
#define RIBTAPE_TESTS_FUZZ_CHECK_H

#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"

static inline void require(bool sound)
{
    if (!sound)
        abort();
}

/* Checks that brackets outside strings pair up and that commas stand where they may. */
static inline void check_json(const struct buf *out)
{
    char open[64];
    size_t depth = 0;
    bool text = false;
    for (size_t i = 0; i < out->len; i++) {
        char c = out->p[i], before = i > 0 ? out->p[i - 1] : '\0';
        if (text) {
            i += c == '\\';
            text = c != '"';
        } else if (c == '"') {
            text = true;
        } else if (c == '{' || c == '[') {
            require(depth < sizeof open);
            open[depth++] = c;
        } else if (c == '}' || c == ']') {
            require(depth > 0 && open[--depth] == (c == '}' ? '{' : '[') && before != ',');
        } else if (c == ',') {
            require(before != ',' && before != '{' && before != '[' && before != ':');
        }
    }
    require(depth == 0 && !text);
}

#endif
