/* SPDX-License-Identifier: BSD-2-Clause */
/* ctl: `ribtape ctl`, asks a running ribtaped over HTTP. Floor F4. */
#include "tools/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cli.h"
#include "tools/http.h"

enum { WAIT_S = 600, POLL_MS = 100 };

static const char name[] = "ctl";

/* Asks for a page and ends it with a NUL. Returns its status, or -1 with the reason told;
 * buf_free(page) is due. */
static int ask(const char *daemon, const char *method, const char *path, struct buf *page)
{
    char err[256];
    *page = (struct buf){0};
    int status = tool_http(daemon, method, path, page, err, sizeof(err));
    buf_add_char(page, '\0');
    if (status >= 0 && !page->failed)
        return status;
    tool_fail(name, "%s", status < 0 ? err : "out of memory");
    return -1;
}

/* ---- commands ---- */

/* Prints a page; the exit status says whether all is well. */
static int show(const char *daemon, const char *method, const char *path)
{
    enum { HTTP_OK = 200 };
    struct buf page;
    int status = ask(daemon, method, path, &page);
    if (status >= 0)
        fputs(page.p, stdout);
    buf_free(&page);
    return status == HTTP_OK ? TOOL_OK : TOOL_FAILED;
}

/* What tells how something went that the daemon does later. */
struct counters {
    const char *good, *bad; /* metrics' names */
};

static double metric_of(const char *text, const char *metric)
{
    size_t len = strlen(metric);
    for (const char *p = text; p != NULL; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, metric, len) == 0 && p[len] == ' ')
            return strtod(p + len, NULL);
    }
    return 0;
}

static int read_counters(const char *daemon, const struct counters *c, double v[2])
{
    struct buf page;
    int status = ask(daemon, "GET", "/metrics", &page);
    if (status >= 0) {
        v[0] = metric_of(page.p, c->good);
        v[1] = metric_of(page.p, c->bad);
    }
    buf_free(&page);
    return status >= 0 ? 0 : -1;
}

/* Asks for something and waits until it is done or refused. */
static int do_and_wait(const char *daemon, const char *path, const struct counters *c)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    double before[2], now[2];
    if (read_counters(daemon, c, before) != 0)
        return TOOL_FAILED;
    int rc = show(daemon, "POST", path);
    for (unsigned i = 0; rc == TOOL_OK && i < WAIT_S * 1000 / POLL_MS; i++) {
        if (read_counters(daemon, c, now) != 0)
            return TOOL_FAILED;
        if (now[1] > before[1])
            return tool_fail(name, "it failed; the daemon's log says why");
        if (now[0] > before[0])
            return TOOL_OK;
        nanosleep(&pause, NULL);
    }
    return rc == TOOL_OK ? tool_fail(name, "not done after %d s", WAIT_S) : rc;
}

static const struct command {
    const char *name, *method, *path;
    bool waits;
    struct counters counters;
} commands[] = {
    {"health", "GET", "/healthz", false, {NULL, NULL}},
    {"peers", "GET", "/peers", false, {NULL, NULL}},
    {"metrics", "GET", "/metrics", false, {NULL, NULL}},
    {"rib-dump",
     "POST",
     "/rib/dump",
     true,
     {"ribtape_rib_dumps_total", "ribtape_rib_dump_failures_total"}},
    {"reload",
     "POST",
     "/reload",
     true,
     {"ribtape_reloads_total", "ribtape_refused_reloads_total"}},
};

static bool take_to(void *into, const struct cli_option *o, const char *value, char *err)
{
    const char *colon = strrchr(value, ':');
    (void)o, (void)err;
    *(const char **)into = value;
    return colon != NULL && colon != value && colon[1] != '\0';
}

static const struct cli_option options[] = {
    {.name = "to",
     .value = "ADDRESS:PORT",
     .help = "Where the daemon answers, its http.listen (default 127.0.0.1:9179).",
     .take = take_to},
};

const struct cli_command ctl_cli = {
    .program = "ribtape",
    .name = "ctl",
    .section = 1,
    .summary = "ask a running ribtaped: health, peers, RIB dump, reload",
    .operands = "COMMAND",
    .about = "Asks a running ribtaped over HTTP. The commands are:\n\n"
             " health    JSON; status 1 when something is not well\n"
             " peers     sessions and routers, JSON\n"
             " metrics   Prometheus text\n"
             " rib-dump  write a RIB dump and wait until it is there\n"
             " reload    read the configuration again and wait until it is in force",
    CLI_OPTIONS(options),
    .status = "0 all went well; 1 it failed, was refused, or nobody answered; 2 wrong usage.",
    .more = "# EXAMPLES\n\n ribtape ctl --to 127.0.0.1:9179 rib-dump",
};

int tool_ctl(int argc, char **argv)
{
    const char *daemon = "127.0.0.1:9179";
    int first, rc = cli_parse(&ctl_cli, &daemon, argc, argv, &first);
    if (rc != CLI_GO)
        return rc;
    if (first + 1 != argc)
        return cli_wrong(&ctl_cli, "one COMMAND is wanted");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const struct command *c = &commands[i];
        if (strcmp(argv[first], c->name) == 0)
            return c->waits ? do_and_wait(daemon, c->path, &c->counters)
                            : show(daemon, c->method, c->path);
    }
    return cli_wrong(&ctl_cli, "no command '%s'", argv[first]);
}
