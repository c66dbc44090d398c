/* SPDX-License-Identifier: BSD-2-Clause */
/* ribtaped: the collector's command line and signals. Floor F4. */
#include <event2/thread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/cli.h"
#include "collector/app.h"
#include "collector/bmp/tls.h"

enum { ERR_LEN = 16384, STOP_LIMIT_S = 9 };

enum mode { MODE_RUN, MODE_CHECK };

struct command {
    enum mode mode;
    struct app_options app;
    const char *print; /* print that and end; NULL: run */
    const char *shell;
};

static int parse_port(const char *text)
{
    char *end;
    long v = strtol(text, &end, 10);
    return *text == '\0' || *end != '\0' || v < 0 || v > 65535 ? -1 : (int)v;
}

/* ---- command line ---- */

static bool take_config(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct command *c = into;
    (void)err;
    c->app.config_path = value;
    if (strcmp(o->name, "check") == 0)
        c->mode = MODE_CHECK;
    return true;
}

static bool take_port(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct command *c = into;
    (void)o, (void)err;
    c->app.bgp_port = parse_port(value);
    return c->app.bgp_port >= 0;
}

/* What prints something and ends. */
static bool take_print(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)value, (void)err;
    ((struct command *)into)->print = o->name;
    return true;
}

static const char *const shells[] = {"bash", "zsh", NULL};

static bool take_shell(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)err;
    ((struct command *)into)->print = o->name;
    ((struct command *)into)->shell = value;
    return strcmp(value, "bash") == 0 || strcmp(value, "zsh") == 0;
}

static const struct cli_option options[] = {
    {.name = "config",
     .letter = 'c',
     .value = "FILE",
     .help = "The configuration; without it, the built-in defaults.",
     .take = take_config},
    {.name = "bgp-port",
     .letter = 'p',
     .value = "N",
     .help = "Take BGP sessions on this port, whatever bgp.listen says.",
     .take = take_port},
    {.name = "check",
     .value = "FILE",
     .help = "Say what is wrong with a configuration and the TLS files it names, and end.",
     .take = take_config},
    {.name = "print-defaults",
     .help = "Print every option with its default, and end.",
     .take = take_print},
    {.name = "version", .help = "Print the version, and end.", .take = take_print},
    {.name = "man", .help = "Print the manual page, for man(7), and end.", .take = take_print},
    {.name = "completion",
     .value = "SHELL",
     .words = shells,
     .help = "Print a script that completes these options in bash or zsh, and end.",
     .take = take_shell},
};

static const struct cli_command cli = {
    .program = "ribtaped",
    .section = 8,
    .summary = "collect BGP and BMP, archive it as MRT, publish it as records",
    .operands = "",
    .about =
        "Takes passive BGP sessions and BMP feeds, keeps every message in a journal, writes "
        "MRT archives and RIB dumps, and publishes records as JSON and to Kafka.\n\n"
        "Signals: SIGHUP reloads the configuration; SIGUSR1 dumps the RIB; SIGTERM and "
        "SIGINT stop.",
    CLI_OPTIONS(options),
    .status = "0 stopped and all was written; 1 could not start; 2 wrong usage; 3 stopped with "
              "something left for the next start.",
};

static void print(const struct command *c)
{
    const struct cli_command *one = &cli;
    if (strcmp(c->print, "print-defaults") == 0)
        config_print_defaults(stdout);
    else if (strcmp(c->print, "version") == 0)
        puts("ribtaped " RIBTAPE_VERSION);
    else if (strcmp(c->print, "man") == 0)
        cli_man(&cli, RIBTAPE_VERSION, "ribtape(1)", stdout);
    else if (strcmp(c->shell, "zsh") == 0)
        cli_complete_zsh(&one, 1, stdout);
    else
        cli_complete_bash(&one, 1, stdout);
}

/* ---- start ---- */

static void raise_descriptor_limit(void)
{
    struct rlimit rl;
    if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < rl.rlim_max) {
        rl.rlim_cur = rl.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &rl); /* the metrics show what it came to */
    }
}

static void print_listeners(const char *what, const struct source_addr *a, size_t cnt)
{
    char text[CONFIG_ADDR_MAX];
    fprintf(stderr, "  %s", what);
    for (size_t i = 0; i < cnt; i++)
        fprintf(stderr, " %s", config_listen_text(text, &a[i]));
    fprintf(stderr, "%s\n", cnt == 0 ? " off" : "");
}

static void print_rules(const struct config *c)
{
    char text[CONFIG_ADDR_MAX];
    for (size_t i = 0; i < c->bmp.listeners_cnt; i++) {
        const struct config_listener *l = &c->bmp.listeners[i];
        fprintf(stderr, "  BMP     %s%s%s\n", config_listen_text(text, &l->addr),
                l->tls ? " TLS" : "", l->proxy_from_cnt > 0 ? " behind a balancer" : "");
    }
}

/* The lines that an operator would look up next. */
static void print_how_to(const struct config *c)
{
    unsigned bgp = c->bgp.listen_cnt > 0 ? c->bgp.listen[0].port : 0;
    unsigned bmp = c->bmp.listen_cnt > 0 ? c->bmp.listen[0].port : 0;
    fprintf(stderr, "ribtaped " RIBTAPE_VERSION ", collector %s, %s\n", c->collector,
            c->file != NULL ? c->file : "built-in defaults");
    print_listeners("BGP    ", c->bgp.listen, c->bgp.listen_cnt);
    print_listeners("BMP    ", c->bmp.listen, c->bmp.listen_cnt);
    print_rules(c);
    print_listeners("HTTP   ", &c->http.listen, c->http.listen.len != 0);
    fprintf(stderr, "  archive %s\n  records %s\n", c->archive.enabled ? c->archive.dir : "off",
            !c->ndjson.enabled                 ? "off"
            : strcmp(c->ndjson.path, "-") == 0 ? "standard output"
                                               : c->ndjson.path);
    if (bgp != 0)
        fprintf(
            stderr,
            "Point a router at this host (HOST; YOUR_AS is the router's own AS):\n"
            "  BIRD 2: protocol bgp tape { local as YOUR_AS; neighbor HOST port %u as "
            "YOUR_AS;\n"
            "            ipv4 { import none; export all; }; ipv6 { import none; export all; "
            "}; }\n"
            "  FRR:    router bgp YOUR_AS\n"
            "            neighbor HOST remote-as YOUR_AS\n"
            "            neighbor HOST port %u\n",
            bgp, bgp);
    if (bmp != 0)
        fprintf(stderr,
                "  FRR, BMP: bmp targets tape\n"
                "              bmp monitor ipv4 unicast pre-policy\n"
                "              bmp connect HOST port %u min-retry 1000 max-retry 60000\n",
                bmp);
}

/* ---- signals ---- */

static sigset_t handled_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    return set;
}

/* Blocks until it is time to stop. */
static void serve(struct app *a, const sigset_t *set)
{
    for (;;) {
        const struct timespec second = {.tv_sec = 1};
        int sig = sigtimedwait(set, NULL, &second);
        if (sig == SIGTERM || sig == SIGINT)
            return;
        if (sig == SIGHUP)
            app_reload(a);
        else if (sig == SIGUSR1)
            app_demand_dump(a);
        else
            app_watch(a);
    }
}

/* What a stop can't finish in time (a disk that hangs) resumes from the cursors, exactly as
 * after a crash: better than a service manager's SIGKILL without a word. */
static void give_up(int sig)
{
    static const char text[] =
        "ribtaped: a sink hangs; ending now, it resumes at the next start\n";
    (void)sig;
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(3);
}

static int run(const struct app_options *o, struct config *cfg)
{
    char err[ERR_LEN] = "";
    struct log log = {.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO};
    sigset_t set = handled_signals();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, give_up);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* inherited by all threads */
    evthread_use_pthreads();
    raise_descriptor_limit();
    struct app *a = app_start(o, cfg, &log, err, sizeof err);
    if (a == NULL) {
        fprintf(stderr, "ribtaped: %s\n", err);
        return 1;
    }
    print_how_to(cfg);
    serve(a, &set);
    log_line(&log, LOG_LEVEL_INFO, "stopping");
    alarm(STOP_LIMIT_S);
    int rc = app_stop(a, "collector shutting down");
    log_line(&log, LOG_LEVEL_INFO, "stopped");
    return rc == 0 ? 0 : 3;
}

/* What only the files that a configuration names can tell. */
static int check_files(const char *path, const struct config *cfg)
{
    char err[512];
    struct tls_setup *tls = tls_setup_new(cfg, err, sizeof(err));
    if (tls == NULL) {
        fprintf(stderr, "%s: %s\n", path, err);
        return 1;
    }
    tls_setup_free(tls);
    printf("%s: good\n", path);
    return 0;
}

static int obey(int argc, char **argv)
{
    char err[ERR_LEN] = "";
    struct command c = {.mode = MODE_RUN, .app = {.bgp_port = -1}};
    int first, wrong = cli_parse(&cli, &c, argc, argv, &first);
    if (wrong != CLI_GO)
        return wrong;
    if (c.print != NULL) {
        print(&c);
        return 0;
    }
    struct config *cfg = app_load(&c.app, err, sizeof err);
    if (cfg == NULL) {
        fprintf(stderr, "%s\n", err);
        return 1;
    }
    int rc = 0;
    if (c.mode == MODE_CHECK)
        rc = check_files(c.app.config_path, cfg);
    else
        rc = run(&c.app, cfg);
    config_unref(cfg);
    return rc;
}

int main(int argc, char **argv)
{
    cli_hold_streams();
    return cli_finish("ribtaped", obey(argc, argv));
}
