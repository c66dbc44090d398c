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

char *tool_read_text(const char *path)
{
    enum { TEXT_MAX = 65536 };
    char *text = calloc(1, TEXT_MAX + 1);
    FILE *f = fopen(path, "re");
    size_t n = f != NULL && text != NULL ? fread(text, 1, TEXT_MAX, f) : 0;
    bool ok = f != NULL && text != NULL && !ferror(f);
    if (f != NULL)
        fclose(f);
    if (!ok) {
        free(text);
        return NULL;
    }
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = '\0';
    return text;
}
