/* SPDX-License-Identifier: BSD-2-Clause */
/* cli_doc: manual pages and shell completion out of tables of options. Floor F0. */
#include <ctype.h>
#include <string.h>

#include "base/cli.h"

/* ---- man(7) ---- */

/* Writes text with what roff would read as its own made plain. */
static void put_roff(FILE *f, const char *s, size_t len)
{
    bool start = true;
    for (size_t i = 0; i < len; i++) {
        if (start && (s[i] == '.' || s[i] == '\''))
            fputs("\\&", f);
        start = s[i] == '\n';
        switch (s[i]) {
        case '\\':
            fputs("\\e", f);
            break;
        case '-':
            fputs("\\-", f);
            break;
        case '^':
            fputs("\\(ha", f);
            break;
        case '~':
            fputs("\\(ti", f);
            break;
        case '`':
            fputs("\\(ga", f);
            break;
        case '\'':
            fputs("\\(aq", f);
            break;
        default:
            fputc(s[i], f);
        }
    }
}

static void put_roff_text(FILE *f, const char *s)
{
    put_roff(f, s, strlen(s));
}

/* Writes paragraphs; those that begin with a space in a fixed font, `# ...` as headings. */
static void put_paragraphs(FILE *f, const char *s)
{
    bool first = true;
    while (*s != '\0') {
        const char *end = strstr(s, "\n\n");
        size_t len = end != NULL ? (size_t)(end - s) : strlen(s);
        bool heading = s[0] == '#' && s[1] == ' ';
        if (heading) {
            fputs(".SH ", f);
            put_roff(f, s + 2, len - 2);
        } else if (*s == ' ') {
            fputs(".PP\n.nf\n", f);
            put_roff(f, s, len);
            fputs("\n.fi", f);
        } else {
            fputs(first ? "" : ".PP\n", f);
            put_roff(f, s, len);
        }
        fputc('\n', f);
        first = heading;
        s += len;
        s += strspn(s, "\n");
    }
}

static void put_man_option(FILE *f, const struct cli_option *o)
{
    fputs(".TP\n", f);
    if (o->letter != '\0')
        fprintf(f, "\\fB\\-%c\\fR, ", o->letter);
    fputs("\\fB\\-\\-", f);
    put_roff_text(f, o->name);
    fputs("\\fR", f);
    if (o->value != NULL) {
        fputs(" \\fI", f);
        put_roff_text(f, o->value);
        fputs("\\fR", f);
    }
    fputc('\n', f);
    put_roff_text(f, o->help);
    fputc('\n', f);
}

static void put_title(FILE *f, const struct cli_command *c, bool upper)
{
    char title[64];
    snprintf(title, sizeof title, "%s%s%s", c->program, c->name != NULL ? "-" : "",
             c->name != NULL ? c->name : "");
    for (char *p = title; upper && *p != '\0'; p++)
        *p = (char)toupper((unsigned char)*p);
    put_roff_text(f, title);
}

void cli_man(const struct cli_command *c, const char *version, const char *others, FILE *f)
{
    static const struct cli_option help_option = {
        .name = "help", .letter = 'h', .help = "Print a summary of all this."};
    fputs(".TH ", f);
    put_title(f, c, true);
    fprintf(f, " %u \"\" \"%s %s\" \"\"\n.SH NAME\n", c->section, c->program, version);
    put_title(f, c, false);
    fputs(" \\- ", f);
    put_roff_text(f, c->summary);
    fprintf(f, "\n.SH SYNOPSIS\n\\fB%s%s%s\\fR [\\fIOPTION\\fR...]", c->program,
            c->name != NULL ? " " : "", c->name != NULL ? c->name : "");
    if (c->operands != NULL && c->operands[0] != '\0')
        fprintf(f, " \\fI%s\\fR", c->operands);
    fputs("\n.SH DESCRIPTION\n", f);
    put_paragraphs(f, c->about);
    fputs(".SH OPTIONS\n", f);
    for (size_t i = 0; i < c->option_cnt; i++) {
        if (c->options[i].group != NULL)
            fprintf(f, ".SS %s\n", c->options[i].group);
        put_man_option(f, &c->options[i]);
    }
    put_man_option(f, &help_option);
    if (c->status[0] != '\0') {
        fputs(".SH EXIT STATUS\n", f);
        put_paragraphs(f, c->status);
    }
    if (c->more != NULL)
        put_paragraphs(f, c->more);
    if (others[0] != '\0') {
        fputs(".SH SEE ALSO\n", f);
        put_roff_text(f, others);
        fputc('\n', f);
    }
}

/* ---- completion ---- */

static bool takes_file(const struct cli_option *o)
{
    return o->value != NULL &&
           (strstr(o->value, "FILE") != NULL || strstr(o->value, "DIR") != NULL);
}

static void put_options(FILE *f, const struct cli_command *c)
{
    fputs("--help", f);
    for (size_t i = 0; i < c->option_cnt; i++)
        fprintf(f, " --%s", c->options[i].name);
}

/* Writes the cases of an option's value: its words, files, or nothing. */
static void put_bash_values(FILE *f, const struct cli_command *c)
{
    for (size_t i = 0; i < c->option_cnt; i++) {
        const struct cli_option *o = &c->options[i];
        if (o->value == NULL)
            continue;
        fprintf(f, "        %s,--%s", c->name != NULL ? c->name : "", o->name);
        if (o->letter != '\0')
            fprintf(f, " | %s,-%c", c->name != NULL ? c->name : "", o->letter);
        fputs(") ", f);
        if (o->words != NULL) {
            fputs("COMPREPLY=($(compgen -W '", f);
            for (const char *const *w = o->words; *w != NULL; w++)
                fprintf(f, "%s%s", w == o->words ? "" : " ", *w);
            fputs("' -- \"$cur\"))", f);
        } else if (takes_file(o)) {
            fputs("compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))", f);
        } else {
            fputs("COMPREPLY=()", f);
        }
        fputs("; return ;;\n", f);
    }
}

void cli_complete_bash(const struct cli_command *const *commands, size_t cnt, FILE *f)
{
    const char *program = commands[0]->program;
    fprintf(
        f,
        "# completion of %s for bash\n"
        "_%s()\n{\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=\n"
        "    COMPREPLY=()\n",
        program, program);
    if (cnt > 1) {
        fputs("    if [ \"$COMP_CWORD\" -gt 1 ]; then command=${COMP_WORDS[1]}; fi\n", f);
        fputs("    if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY=($(compgen -W '", f);
        for (size_t i = 1; i < cnt; i++)
            fprintf(f, "%s ", commands[i]->name);
        put_options(f, commands[0]);
        fputs("' -- \"$cur\"))\n        return\n    fi\n", f);
    }
    fputs("    case $command,$prev in\n", f);
    for (size_t i = 0; i < cnt; i++)
        put_bash_values(f, commands[i]);
    fputs("    esac\n    case $command,$cur in\n", f);
    for (size_t i = 0; i < cnt; i++) {
        fprintf(f, "        %s,-*) COMPREPLY=($(compgen -W '",
                commands[i]->name != NULL ? commands[i]->name : "");
        put_options(f, commands[i]);
        fputs("' -- \"$cur\")) ;;\n", f);
    }
    fprintf(f,
            "        *) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
            "    esac\n}\ncomplete -F _%s %s\n",
            program, program);
}

/* Writes text inside single quotes and brackets of an _arguments specification. */
static void put_zsh_text(FILE *f, const char *s)
{
    for (; *s != '\0' && *s != '.' && *s != ';'; s++) {
        if (*s == '\'')
            fputs("'\\''", f);
        else if (*s == '[' || *s == ']' || *s == ':' || *s == '\\')
            fprintf(f, "\\%c", *s);
        else
            fputc(*s == '\n' ? ' ' : *s, f);
    }
}

static void put_zsh_option(FILE *f, const struct cli_option *o, bool letter)
{
    if (letter)
        fprintf(f, "        '*-%c[", o->letter);
    else
        fprintf(f, "        '*--%s[", o->name);
    put_zsh_text(f, o->help);
    fputc(']', f);
    if (o->value != NULL) {
        fputc(':', f);
        put_zsh_text(f, o->value);
        fputc(':', f);
        if (o->words != NULL) {
            fputc('(', f);
            for (const char *const *w = o->words; *w != NULL; w++)
                fprintf(f, "%s%s", w == o->words ? "" : " ", *w);
            fputc(')', f);
        } else if (takes_file(o)) {
            fputs("_files", f);
        }
    }
    fputs("' \\\n", f);
}

static void put_zsh_command(FILE *f, const struct cli_command *c, const char *program)
{
    fprintf(f, "_%s%s%s()\n{\n    _arguments -s \\\n", program, c->name != NULL ? "_" : "",
            c->name != NULL ? c->name : "_");
    for (size_t i = 0; i < c->option_cnt; i++) {
        put_zsh_option(f, &c->options[i], false);
        if (c->options[i].letter != '\0')
            put_zsh_option(f, &c->options[i], true);
    }
    fprintf(f, "        '(- *)--help[help]'%s\n}\n\n",
            c->operands != NULL && c->operands[0] != '\0' ? " \\\n        '*:operand:_files'"
                                                          : "");
}

void cli_complete_zsh(const struct cli_command *const *commands, size_t cnt, FILE *f)
{
    const char *program = commands[0]->program;
    fprintf(f, "#compdef %s\n\n", program);
    for (size_t i = cnt > 1 ? 1 : 0; i < cnt; i++)
        put_zsh_command(f, commands[i], program);
    fprintf(f, "_%s()\n{\n", program);
    if (cnt == 1) {
        fprintf(f, "    _%s_\n", program);
    } else {
        fputs("    local -a commands=(\n", f);
        for (size_t i = 1; i < cnt; i++) {
            fprintf(f, "        '%s:", commands[i]->name);
            put_zsh_text(f, commands[i]->summary);
            fputs("'\n", f);
        }
        fprintf(f,
                "    )\n"
                "    if ((CURRENT == 2)); then\n"
                "        _describe command commands\n"
                "        return\n"
                "    fi\n"
                "    local command=$words[2]\n"
                "    shift words\n"
                "    ((CURRENT--))\n"
                "    if (($+functions[_%s_$command])); then _%s_$command; fi\n",
                program, program);
    }
    fprintf(f, "}\n\n_%s \"$@\"\n", program);
}
