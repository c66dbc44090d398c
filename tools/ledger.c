/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger: `ribtape ledger`: what became of every frame, as a running ribtaped tells. Floor F4.
 */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "tools/http.h"
#include "tools/tool.h"

struct ask {
    const char *server;
    bool json;
};

static bool take_to(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    ((struct ask *)into)->server = value;
    return true;
}

static bool take_json(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)value, (void)err;
    return ((struct ask *)into)->json = true;
}

static const struct cli_option options[] = {
    {.name = "to",
     .value = "ADDRESS:PORT",
     .help = "The ribtaped to ask: its http.listen (default 127.0.0.1:9179).",
     .take = take_to},
    {.name = "json", .help = "Print JSON.", .take = take_json},
};

const struct cli_command ledger_cli = {
    .program = "ribtape",
    .name = "ledger",
    .section = 1,
    .summary = "what became of every frame, as a running ribtaped tells",
    .operands = "",
    .about = "Asks a running ribtaped what became of every frame that it received, by sink and "
             "shard, since the sink's first start:\n\n"
             "  received = delivered (archived, published) + filtered + waiting + lost\n\n"
             "and the same by source, but for what was lost: those frames don't tell whose "
             "they were.",
    CLI_OPTIONS(options),
    .status = "0 all adds up and nothing was lost; 1 not so, or no answer; 2 wrong usage.",
};

/* Returns whether a table says that something was lost or does not add up: the last word of a
 * shard's line. */
static bool all_is_well(const char *text)
{
    for (const char *line = text; line != NULL && *line != '\0';) {
        char sink[64], what[16], last[32] = "0";
        unsigned long shard;
        int n = sscanf(line, "%63s %15s %lu %*s %*s %*s %*s %31s", sink, what, &shard, last);
        if (n == 4 && strcmp(what, "shard") == 0 && strcmp(last, "0") != 0)
            return false;
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return strstr(text, "UNBALANCED") == NULL;
}

static int ask(const char *server, bool json)
{
    char err[320];
    struct buf text = {0}, shown = {0};
    int status = tool_http(server, "GET", "/ledger.txt", &text, err, sizeof err);
    if (status >= 0 && json)
        status = tool_http(server, "GET", "/ledger", &shown, err, sizeof err);
    buf_add_char(&text, '\0');
    int rc = TOOL_FAILED;
    if (status < 0)
        (void)tool_fail("ledger", "%s", err);
    else if (status != 200 || text.failed || shown.failed)
        (void)tool_fail("ledger", "%s: status %d", server, status);
    else if (fwrite(json ? shown.p : text.p, 1, json ? shown.len : text.len - 1, stdout) > 0)
        rc = all_is_well(text.p) ? TOOL_OK : TOOL_FAILED;
    buf_free(&text);
    buf_free(&shown);
    return rc;
}

int tool_ledger(int argc, char **argv)
{
    struct ask a = {.server = "127.0.0.1:9179"};
    int first, rc = cli_parse(&ledger_cli, &a, argc, argv, &first);
    return rc == CLI_GO ? ask(a.server, a.json) : rc;
}
