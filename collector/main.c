/* SPDX-License-Identifier: BSD-2-Clause */
/* ribtaped: the collector's command line and signals. Floor F4. */
#include <event2/thread.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "collector/app.h"

enum { ERR_LEN = 16384, STOP_LIMIT_S = 9 };

enum mode { MODE_RUN, MODE_CHECK, MODE_DONE, MODE_WRONG };

struct command {
    enum mode mode;
    struct app_options app;
};

static void usage(FILE *f)
{
    fputs("usage: ribtaped [--config FILE] [--bgp-port N]\n"
          "       ribtaped --check FILE | --print-defaults | --version | --help\n"
          "\n"
          "  -c, --config FILE      the configuration; without it, the built-in defaults\n"
          "  -p, --bgp-port N       take BGP sessions on this port, whatever bgp.listen says\n"
          "      --check FILE       say what is wrong with a configuration, and end\n"
          "      --print-defaults   print every option with its default, and end\n"
          "      --version, --help\n"
          "\n"
          "Signals: SIGHUP reloads the configuration; SIGUSR1 dumps the RIB; SIGTERM and "
          "SIGINT stop.\n",
          f);
}

static int parse_port(const char *text)
{
    char *end;
    long v = strtol(text, &end, 10);
    return *text == '\0' || *end != '\0' || v < 0 || v > 65535 ? -1 : (int)v;
}

/* ---- command line ---- */

enum { OPT_CHECK = 256, OPT_DEFAULTS, OPT_VERSION };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"bgp-port", required_argument, NULL, 'p'},
    {"check", required_argument, NULL, OPT_CHECK},
    {"print-defaults", no_argument, NULL, OPT_DEFAULTS},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void take_option(struct command *c, int opt)
{
    switch (opt) {
    case 'c':
        c->app.config_path = optarg;
        break;
    case 'p':
        c->app.bgp_port = parse_port(optarg);
        if (c->app.bgp_port < 0) {
            fprintf(stderr, "ribtaped: --bgp-port %s: not a port\n", optarg);
            c->mode = MODE_WRONG;
        }
        break;
    case OPT_CHECK:
        c->app.config_path = optarg;
        c->mode = MODE_CHECK;
        break;
    case OPT_DEFAULTS:
        config_print_defaults(stdout);
        c->mode = MODE_DONE;
        break;
    case OPT_VERSION:
        puts("ribtaped " RIBTAPE_VERSION);
        c->mode = MODE_DONE;
        break;
    case 'h':
        usage(stdout);
        c->mode = MODE_DONE;
        break;
    default:
        c->mode = MODE_WRONG;
        break;
    }
}

static struct command parse_command(int argc, char **argv)
{
    struct command c = {.mode = MODE_RUN, .app = {.bgp_port = -1}};
    int opt;
    while (c.mode != MODE_WRONG && c.mode != MODE_DONE &&
           (opt = getopt_long(argc, argv, "c:p:h", long_options, NULL)) != -1)
        take_option(&c, opt);
    if (c.mode != MODE_WRONG && c.mode != MODE_DONE && optind < argc) {
        fprintf(stderr, "ribtaped: what is \"%s\"?\n", argv[optind]);
        c.mode = MODE_WRONG;
    }
    return c;
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

int main(int argc, char **argv)
{
    char err[ERR_LEN] = "";
    struct command c = parse_command(argc, argv);
    if (c.mode == MODE_WRONG) {
        usage(stderr);
        return 2;
    }
    if (c.mode == MODE_DONE)
        return 0;
    struct config *cfg = app_load(&c.app, err, sizeof err);
    if (cfg == NULL) {
        fprintf(stderr, "%s\n", err);
        return 1;
    }
    int rc = 0;
    if (c.mode == MODE_CHECK)
        printf("%s: good\n", c.app.config_path);
    else
        rc = run(&c.app, cfg);
    config_unref(cfg);
    return rc;
}
