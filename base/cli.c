/* SPDX-License-Identifier: BSD-2-Clause */
/* cli: reading options by their table, and `--help`. Floor F0. */
#include "base/cli.h"

#include <stdarg.h>
#include <string.h>

enum { WIDTH = 80, INDENT = 2, HELP_AT = 20 };

/* ---- parsing ---- */

static const char *operands_of(const struct cli_command *c)
{
    return c->operands != NULL ? c->operands : "";
}

static const char *name_of(const struct cli_command *c)
{
    return c->name != NULL ? c->name : "";
}

static void put_who(const struct cli_command *c, FILE *f)
{
    fprintf(f, "%s%s%s", c->program, c->name != NULL ? " " : "", name_of(c));
}

static int point_to_help(const struct cli_command *c)
{
    fputc('`', stderr);
    put_who(c, stderr);
    fputs(" --help` tells the options\n", stderr);
    return CLI_WRONG;
}

int cli_wrong(const struct cli_command *c, const char *fmt, ...)
{
    va_list ap;
    put_who(c, stderr);
    fputs(": ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return point_to_help(c);
}

/* One run over the arguments. */
struct parser {
    const struct cli_command *c;
    void *into;
    int argc;
    char **argv;
    int at;       /* next argument */
    int operands; /* found so far, in argv[1] on */
};

static const struct cli_option *by_letter(const struct cli_command *c, char letter)
{
    for (size_t i = 0; i < c->option_cnt; i++) {
        if (c->options[i].letter == letter)
            return &c->options[i];
    }
    return NULL;
}

/* Returns the option of that name, or the only one that begins so. */
static const struct cli_option *by_name(const struct cli_command *c, const char *s, size_t len)
{
    const struct cli_option *found = NULL;
    unsigned cnt = 0;
    for (size_t i = 0; i < c->option_cnt; i++) {
        const struct cli_option *o = &c->options[i];
        if (strncmp(o->name, s, len) != 0)
            continue;
        if (o->name[len] == '\0')
            return o;
        found = o;
        cnt++;
    }
    return cnt == 1 ? found : NULL;
}

static int give(const struct parser *p, const struct cli_option *o, const char *value)
{
    char err[CLI_ERROR_MAX] = "";
    if (o->take(p->into, o, value, err))
        return CLI_GO;
    if (err[0] != '\0')
        return cli_wrong(p->c, "--%s: %s", o->name, err);
    return cli_wrong(p->c, "--%s: not '%s'", o->name, value);
}

/* Gives an option its value: `joined` to it, or the next argument. */
static int give_value(struct parser *p, const struct cli_option *o, const char *joined)
{
    if (o->value == NULL)
        return joined == NULL ? give(p, o, "")
                              : cli_wrong(p->c, "--%s takes no value", o->name);
    if (joined != NULL)
        return give(p, o, joined);
    if (p->at == p->argc)
        return cli_wrong(p->c, "--%s wants %s", o->name, o->value);
    return give(p, o, p->argv[p->at++]);
}

static int help(const struct parser *p)
{
    cli_help(p->c, stdout);
    return CLI_OK;
}

static int take_long(struct parser *p, const char *s)
{
    const char *equals = strchr(s, '=');
    size_t len = equals != NULL ? (size_t)(equals - s) : strlen(s);
    const struct cli_option *o = by_name(p->c, s, len);
    if (o == NULL && strcmp(s, "help") == 0)
        return help(p);
    if (o == NULL)
        return cli_wrong(p->c, "no option --%.*s", (int)len, s);
    return give_value(p, o, equals != NULL ? equals + 1 : NULL);
}

static int take_letters(struct parser *p, const char *s)
{
    int rc = CLI_GO;
    for (; *s != '\0' && rc == CLI_GO; s++) {
        const struct cli_option *o = by_letter(p->c, *s);
        if (o == NULL && *s == 'h')
            return help(p);
        if (o == NULL)
            return cli_wrong(p->c, "no option -%c", *s);
        if (o->value != NULL && s[1] != '\0')
            return give_value(p, o, s + 1);
        rc = give_value(p, o, NULL);
    }
    return rc;
}

static int take_operand(struct parser *p, char *s)
{
    if (operands_of(p->c)[0] == '\0')
        return cli_wrong(p->c, "don't know what to do with '%s'", s);
    p->argv[1 + p->operands++] = s;
    return CLI_GO;
}

int cli_parse(const struct cli_command *c, void *into, int argc, char **argv, int *first)
{
    struct parser p = {.c = c, .into = into, .argc = argc, .argv = argv, .at = 1};
    bool options = true;
    int rc = CLI_GO;
    while (rc == CLI_GO && p.at < argc) {
        char *s = argv[p.at++];
        if (!options || s[0] != '-' || s[1] == '\0')
            rc = take_operand(&p, s);
        else if (strcmp(s, "--") == 0)
            options = false;
        else if (s[1] == '-')
            rc = take_long(&p, s + 2);
        else
            rc = take_letters(&p, s + 1);
    }
    if (rc != CLI_GO)
        return rc;
    /* to the end, where callers of getopt look for them */
    for (int i = p.operands; i > 0; i--)
        argv[argc - p.operands + i - 1] = argv[i];
    *first = argc - p.operands;
    return CLI_GO;
}

/* ---- help ---- */

/* Writes text wrapped, the first line beginning at column `at`, further ones at `indent`. */
static void put_wrapped(FILE *f, const char *s, size_t at, size_t indent)
{
    bool first = true;
    while (*s != '\0') {
        size_t word = strcspn(s, " \n");
        if (!first && at + 1 + word > WIDTH) {
            fprintf(f, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', f);
            at++;
        }
        fwrite(s, 1, word, f);
        at += word;
        s += word;
        s += *s != '\0';
        first = false;
    }
    fputc('\n', f);
}

/* Writes paragraphs; lines that begin with a space as they are. */
static void put_text(FILE *f, const char *s)
{
    char paragraph[2048];
    while (*s != '\0') {
        const char *end = strstr(s, "\n\n");
        size_t len = end != NULL ? (size_t)(end - s) : strlen(s);
        if (*s == ' ') {
            fprintf(f, "%.*s\n", (int)len, s);
        } else if (len < sizeof paragraph) {
            memcpy(paragraph, s, len);
            paragraph[len] = '\0';
            put_wrapped(f, paragraph, 0, 0);
        }
        s += len;
        if (*s != '\0')
            fputc('\n', f);
        s += strspn(s, "\n");
    }
}

static void put_option(FILE *f, const struct cli_option *o)
{
    char head[128];
    int n = snprintf(head, sizeof head, "%*s", INDENT, "");
    if (o->letter != '\0')
        n += snprintf(head + n, sizeof head - (size_t)n, "-%c, ", o->letter);
    n += snprintf(head + n, sizeof head - (size_t)n, "--%s%s%s", o->name,
                  o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
    fputs(head, f);
    if (n + 2 > HELP_AT)
        fprintf(f, "\n%*s", HELP_AT, "");
    else
        fprintf(f, "%*s", HELP_AT - n, "");
    put_wrapped(f, o->help, HELP_AT, HELP_AT);
}

void cli_help(const struct cli_command *c, FILE *f)
{
    static const struct cli_option help_option = {
        .name = "help", .letter = 'h', .help = "this"};
    fputs("usage: ", f);
    put_who(c, f);
    fprintf(f, " [OPTION...]%s%s\n\n", operands_of(c)[0] != '\0' ? " " : "", operands_of(c));
    put_text(f, c->about);
    fputs(c->option_cnt > 0 && c->options[0].group != NULL ? "" : "\n", f);
    for (size_t i = 0; i < c->option_cnt; i++) {
        if (c->options[i].group != NULL)
            fprintf(f, "\n%s:\n", c->options[i].group);
        put_option(f, &c->options[i]);
    }
    put_option(f, &help_option);
    if (c->status[0] != '\0') {
        fputs("\nExit status:\n", f);
        put_text(f, c->status);
    }
}
