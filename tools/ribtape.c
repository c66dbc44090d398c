/* SPDX-License-Identifier: BSD-2-Clause */
/* ribtape: the command-line tool; finds the sub-command and runs it. Floor F4. */
#include "tools/tool.h"

#include <stdio.h>
#include <string.h>

struct tool_command {
    const char *name;
    const char *summary;
    tool_run_fn *run;
};

static const struct tool_command commands[] = {
    {"decode", "read MRT, pcap, BMP, journals and hex; write records", tool_decode},
    {"replay", "put a capture back on the wire, as BGP sessions or BMP", tool_replay},
    {"verify", "check that an archive's dumps and updates agree", tool_verify},
    {"rib", "the table of any moment, from an archive", tool_rib},
    {"generate", "write made-up routes with the shapes of real tables", tool_generate},
};

static void print_usage(FILE *f)
{
    fputs("usage: ribtape COMMAND [OPTION...]\n\ncommands:\n", f);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`ribtape COMMAND --help` tells the options; `ribtape --version` the version.\n",
          f);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return TOOL_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0)
        return puts("ribtape " RIBTAPE_VERSION) < 0 ? TOOL_FAILED : TOOL_OK;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return TOOL_OK;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "ribtape: no command '%s'\n", argv[1]);
    print_usage(stderr);
    return TOOL_USAGE;
}
