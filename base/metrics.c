/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics: Prometheus text exposition format 0.0.4. Floor F0. */
#include "base/metrics.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"

/* Appends text in which backslash and line feed, and `quote` when it is not NUL, are escaped.
 */
static void put_escaped(struct buf *b, const char *s, char quote)
{
    for (; *s != '\0'; s++) {
        if (*s == '\n') {
            buf_add_str(b, "\\n");
        } else {
            if (*s == '\\' || (*s == quote && quote != '\0'))
                buf_add_char(b, '\\');
            buf_add_char(b, *s);
        }
    }
}

static void put_value(struct buf *b, double v)
{
    char s[32];
    if (isnan(v)) {
        buf_add_str(b, "NaN");
    } else if (isinf(v)) {
        buf_add_str(b, v > 0 ? "+Inf" : "-Inf");
    } else if (v >= 0 && v < 9007199254740992.0 && v == floor(v)) {
        buf_add(b, s, fmt_u64(s, (uint64_t)v)); /* below 2^53: exact */
    } else {
        buf_add(b, s, (size_t)snprintf(s, sizeof s, "%.17g", v));
    }
}

void metrics_family(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_add_str(b, "# HELP ");
    buf_add_str(b, name);
    buf_add_char(b, ' ');
    put_escaped(b, help, '\0');
    buf_add_str(b, "\n# TYPE ");
    buf_add_str(b, name);
    buf_add_char(b, ' ');
    buf_add_str(b, type);
    buf_add_char(b, '\n');
}

void metrics_sample(struct buf *b, const char *name, const char *const *labels, double value)
{
    buf_add_str(b, name);
    char lead = '{';
    for (; labels != NULL && labels[0] != NULL; labels += 2) {
        buf_add_char(b, lead);
        buf_add_str(b, labels[0]);
        buf_add_str(b, "=\"");
        put_escaped(b, labels[1], '"');
        buf_add_char(b, '"');
        lead = ',';
    }
    if (lead == ',')
        buf_add_char(b, '}');
    buf_add_char(b, ' ');
    put_value(b, value);
    buf_add_char(b, '\n');
}
