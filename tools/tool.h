/* SPDX-License-Identifier: BSD-2-Clause */
/* tool: what the sub-commands of `ribtape` have in common. Floor F4.
 *
 * A sub-command is one file and one row of the table in ribtape.c. Its options are a table
 * (base/cli.h), from which parser, help, manual page and completion come. */
#ifndef RIBTAPE_TOOLS_TOOL_H
#define RIBTAPE_TOOLS_TOOL_H

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses of every sub-command. */
enum { TOOL_OK = 0, TOOL_FAILED = 1, TOOL_USAGE = 2 };

/* Runs a sub-command; argv[0] is its name. Returns an exit status. */
typedef int tool_run_fn(int argc, char **argv);

tool_run_fn tool_decode, tool_replay, tool_verify, tool_rib, tool_ledger, tool_generate,
    tool_ctl, tool_schema, tool_tail;

struct cli_command;
extern const struct cli_command decode_cli, replay_cli, verify_cli, rib_cli, ledger_cli,
    generate_cli, ctl_cli, schema_cli, tail_cli;

/* Writes `ribtape COMMAND: reason` on standard error. Returns TOOL_FAILED. */
int tool_fail(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Reads a decimal number between `min` and `max` into *v. Returns whether the whole text was
 * one. */
bool tool_number(const char *text, uint64_t min, uint64_t max, uint64_t *v);

/* Reads a file's text (a secret's) without its line end. NULL with errno. The caller frees. */
char *tool_read_text(const char *path);

#endif
