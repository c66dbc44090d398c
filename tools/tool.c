/* SPDX-License-Identifier: BSD-2-Clause */
/* tool: what the sub-commands of `ribtape` have in common. Floor F4. */
#include "tools/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int tool_fail(const char *command, const char *fmt, ...)
{
    va_list ap;
    fprintf(stderr, "ribtape %s: ", command);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return TOOL_FAILED;
}

bool tool_number(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < min || n > max)
        return false;
    *v = n;
    return true;
}
