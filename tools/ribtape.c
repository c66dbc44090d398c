/* SPDX-License-Identifier: BSD-2-Clause */
/* ribtape: the command-line tool; finds the sub-command and runs it. Floor F4. */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "tools/tool.h"

struct tool_command {
    const struct cli_command *cli;
    tool_run_fn *run;
};

static int tool_help(int argc, char **argv);
static const struct cli_command help_cli;

static const struct tool_command commands[] = {
    {&decode_cli, tool_decode}, {&replay_cli, tool_replay}, {&verify_cli, tool_verify},
    {&rib_cli, tool_rib},       {&ledger_cli, tool_ledger}, {&generate_cli, tool_generate},
    {&ctl_cli, tool_ctl},       {&schema_cli, tool_schema}, {&tail_cli, tool_tail},
    {&help_cli, tool_help},
};

enum { COMMAND_CNT = sizeof commands / sizeof commands[0] };

/* ---- the program itself ---- */

static bool take_version(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)into, (void)o, (void)value, (void)err;
    return puts("ribtape " RIBTAPE_VERSION) >= 0;
}

static const struct cli_option program_options[] = {
    {.name = "version", .help = "Print the version.", .take = take_version},
};

static const struct cli_command program_cli = {
    .program = "ribtape",
    .section = 1,
    .summary = "read, check, replay and make recordings of BGP and BMP",
    .operands = "COMMAND ...",
    .about = "The offline half of a route collector; `ribtaped` is the other one. Each command "
             "has a manual page of its own, ribtape-COMMAND(1), and tells its options with "
             "`ribtape COMMAND --help`.",
    CLI_OPTIONS(program_options),
    .status = "0 all went well; 1 read with damage, or something failed; 2 could not, or wrong "
              "usage.",
};

static void print_usage(FILE *f)
{
    fputs("usage: ribtape COMMAND [OPTION...]\n\ncommands:\n", f);
    for (size_t i = 0; i < COMMAND_CNT; i++)
        fprintf(f, "  %-10s %s\n", commands[i].cli->name, commands[i].cli->summary);
    fputs("\n`ribtape COMMAND --help` tells the options; `ribtape --version` the version.\n",
          f);
}

static const struct tool_command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_CNT; i++) {
        if (strcmp(name, commands[i].cli->name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* ---- help ---- */

struct help {
    bool man, commands;
    const char *shell;
};

static bool take_man(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)value, (void)err;
    ((struct help *)into)->man = true;
    return true;
}

static bool take_commands(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)value, (void)err;
    ((struct help *)into)->commands = true;
    return true;
}

static bool take_shell(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    ((struct help *)into)->shell = value;
    return strcmp(value, "bash") == 0 || strcmp(value, "zsh") == 0;
}

static const char *const shells[] = {"bash", "zsh", NULL};

static const struct cli_option help_options[] = {
    {.name = "man",
     .help = "The manual page instead: `ribtape help --man decode | man -l -`.",
     .take = take_man},
    {.name = "commands", .help = "The commands' names alone.", .take = take_commands},
    {.name = "completion",
     .value = "SHELL",
     .words = shells,
     .help = "A script that completes commands and options, for bash or zsh.",
     .take = take_shell},
};

static const struct cli_command help_cli = {
    .program = "ribtape",
    .name = "help",
    .section = 1,
    .summary = "tell a command's options, or print its manual page",
    .operands = "[COMMAND]",
    .about = "Tells what the commands are, or the options of one.",
    CLI_OPTIONS(help_options),
    .status = "0, or 2 when there is no such command.",
    .more = "# EXAMPLES\n\n"
            " ribtape help decode\n"
            " . <(ribtape help --completion bash)",
};

static void print_completion(const char *shell)
{
    const struct cli_command *all[COMMAND_CNT + 1] = {&program_cli};
    for (size_t i = 0; i < COMMAND_CNT; i++)
        all[i + 1] = commands[i].cli;
    if (strcmp(shell, "zsh") == 0)
        cli_complete_zsh(all, COMMAND_CNT + 1, stdout);
    else
        cli_complete_bash(all, COMMAND_CNT + 1, stdout);
}

static void print_man(const struct cli_command *c)
{
    char others[512];
    size_t n = (size_t)snprintf(others, sizeof others, "ribtape(1), ribtaped(8)");
    for (size_t i = 0; i < COMMAND_CNT && c == &program_cli; i++)
        n += (size_t)snprintf(others + n, sizeof others - n, ", ribtape-%s(1)",
                              commands[i].cli->name);
    cli_man(c, RIBTAPE_VERSION, c == &program_cli ? others + strlen("ribtape(1), ") : others,
            stdout);
}

static int tool_help(int argc, char **argv)
{
    struct help h = {0};
    int first, rc = cli_parse(&help_cli, &h, argc, argv, &first);
    if (rc != CLI_GO)
        return rc;
    const struct tool_command *one = first < argc ? find(argv[first]) : NULL;
    if (first < argc && one == NULL)
        return cli_wrong(&help_cli, "no command '%s'", argv[first]);
    for (size_t i = 0; i < COMMAND_CNT && h.commands; i++)
        puts(commands[i].cli->name);
    if (h.commands)
        return TOOL_OK;
    if (h.shell != NULL)
        print_completion(h.shell);
    else if (h.man)
        print_man(one != NULL ? one->cli : &program_cli);
    else if (one != NULL)
        cli_help(one->cli, stdout);
    else
        print_usage(stdout);
    return TOOL_OK;
}

static int run(int argc, char **argv)
{
    int first;
    if (argc < 2) {
        print_usage(stderr);
        return TOOL_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return TOOL_OK;
    }
    if (argv[1][0] == '-') {
        int rc = cli_parse(&program_cli, NULL, argc, argv, &first);
        return rc == CLI_GO ? TOOL_OK : rc;
    }
    const struct tool_command *one = find(argv[1]);
    if (one != NULL)
        return one->run(argc - 1, argv + 1);
    fprintf(stderr, "ribtape: no command '%s'\n", argv[1]);
    print_usage(stderr);
    return TOOL_USAGE;
}

int main(int argc, char **argv)
{
    cli_hold_streams();
    return cli_finish("ribtape", run(argc, argv));
}
