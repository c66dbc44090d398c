/* SPDX-License-Identifier: BSD-2-Clause */
/* cli: a program's or sub-command's options as one table. Floor F0.
 *
 * From the table come the parser, `--help`, the manual page and the completion of shells, so
 * that none of them can know an option that the others don't. A text of the table is plain:
 * paragraphs are apart by an empty line, lines that begin with a space are shown as they are.
 */
#ifndef RIBTAPE_BASE_CLI_H
#define RIBTAPE_BASE_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CLI_ERROR_MAX = 512 };

struct cli_option {
    const char *name;  /* long name, without dashes */
    char letter;       /* short name, 0 for none */
    const char *value; /* what it takes, as shown: "FILE"; NULL: nothing */
    const char *const
        *words;        /* all that it takes, NULL-terminated; NULL: not a list of words */
    const char *group; /* heading before it; NULL: the one before goes on */
    const char *help;

    /* Takes the option's value ("" when it takes none) into what cli_parse was given. Returns
     * false when it is wrong, with a reason in err (CLI_ERROR_MAX octets) unless "it isn't
     * that" says all. */
    bool (*take)(void *into, const struct cli_option *o, const char *value, char *err);
};

struct cli_command {
    const char *program;  /* "ribtape" */
    const char *name;     /* of the sub-command; NULL: the program itself */
    unsigned section;     /* of the manual: 1, 8 */
    const char *summary;  /* one line, no full stop */
    const char *operands; /* "FILE..."; NULL or "": it takes none */
    const char *about;
    const struct cli_option *options;
    size_t option_cnt;
    const char *status; /* what exit statuses mean */
    const char *more;   /* further sections for the manual alone: `# HEADING` lines begin them;
                         * may be NULL */
};

#define CLI_OPTIONS(table) .options = (table), .option_cnt = sizeof(table) / sizeof((table)[0])

enum { CLI_GO = -1, CLI_OK = 0, CLI_FAILED = 1, CLI_WRONG = 2 };

/* Reads the options of argv[1] on; operands are moved to the front of what follows them and
 * their index is *first. Long names may be cut where they stay unique; `--` ends options.
 * Returns CLI_GO, or an exit status: `--help` was asked for (and given), or something was wrong
 * (and told on standard error). Operands where the command takes none are wrong. */
int cli_parse(const struct cli_command *c, void *into, int argc, char **argv, int *first);

/* Tells `PROGRAM NAME: reason` and where help is on standard error. Returns CLI_WRONG. */
int cli_wrong(const struct cli_command *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Sees to it that standard input, output and error are open, so that no other file gets the number
 * of one that was closed and what is meant for it. Call first. */
void cli_hold_streams(void);

/* Writes out what waits for standard output. Returns `status`, or, if that is CLI_OK and not all
 * could be written, CLI_FAILED, and tells the reason on standard error. A reader that has enough
 * (EPIPE) is none. Call last. */
int cli_finish(const char *program, int status);

/* Writes what `--help` says. */
void cli_help(const struct cli_command *c, FILE *f);

/* Writes the manual page, for man(7). `others`: pages to see, "ribtape(1), ribtaped(8)". */
void cli_man(const struct cli_command *c, const char *version, const char *others, FILE *f);

/* Write a script that completes options, their words, and files, for bash and zsh: of a program
 * with sub-commands when there are several commands, whose first has the name NULL. */
void cli_complete_bash(const struct cli_command *const *commands, size_t cnt, FILE *f);
void cli_complete_zsh(const struct cli_command *const *commands, size_t cnt, FILE *f);

#endif
