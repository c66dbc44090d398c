/* SPDX-License-Identifier: BSD-2-Clause */
/* replay: `ribtape replay`: both readings, the clock, and what is told at the end. Floor F4. */
#include "tools/replay/replay.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tools/replay/replay_options.h"
#include "tools/tool.h"

enum { DRAIN_S = 60, PUMP_EVERY = 64, COPY_LEN = 1 << 16 };

void replay_say(const struct replay *r, const char *fmt, ...)
{
    va_list ap;
    (void)r;
    fputs("ribtape replay: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

void replay_skip(struct replay *r, enum replay_skip why)
{
    r->skipped[why]++;
}

static void stop(struct replay *r, const char *why)
{
    if (!r->stopped)
        r->stopped_by = why;
    r->stopped = true;
    r->d.out_failed = true; /* what ends the reading */
}

void replay_sent(struct replay *r, size_t len)
{
    r->octets += len;
    if (++r->sent >= r->o.count)
        stop(r, "--count");
}

void replay_link_init(struct replay *r, struct replay_link *l, unsigned i)
{
    l->base = r->base;
    l->to = r->o.to;
    l->to_len = r->o.to_len;
    l->connect_s = r->o.connect_s;
    if (r->o.local_cnt > 0)
        replay_link_local(l, &r->o.local, i % r->o.local_cnt);
}

/* ---- the clock ---- */

static void tell_progress(struct replay *r, uint64_t now)
{
    if (now - r->told_ns < NS_PER_S || !isatty(STDERR_FILENO))
        return;
    r->told_ns = now;
    double seconds = (double)(now - r->start_ns) / (double)NS_PER_S;
    fprintf(stderr, "\r%3.0f%% of the capture, %llu messages, %.0f/s, %.1f MiB \033[K",
            r->total > 0 ? 100.0 * (double)r->done / (double)r->total : 100.0,
            (unsigned long long)r->sent, seconds > 0 ? (double)r->sent / seconds : 0.0,
            (double)r->octets / (1 << 20));
}

static void check_duration(struct replay *r, uint64_t now)
{
    if (r->start_ns != 0 && r->o.duration_ns != 0 && now - r->start_ns >= r->o.duration_ns)
        stop(r, "--duration");
}

static void on_wake(evutil_socket_t none, short what, void *arg)
{
    (void)none, (void)what, (void)arg; /* that the loop came back is all */
}

void replay_wait(struct replay *r, uint64_t until_ns)
{
    enum { LONGEST_NS = 1000000000 };
    uint64_t now = clock_monotonic_ns(), left = until_ns > now ? until_ns - now : 0;
    if (left > LONGEST_NS)
        left = LONGEST_NS;
    struct timeval tv = {.tv_sec = (time_t)(left / NS_PER_S),
                         .tv_usec = (suseconds_t)(left % NS_PER_S / 1000)};
    if (left < 1000) {
        (void)event_base_loop(r->base, EVLOOP_NONBLOCK);
    } else {
        (void)event_add(r->wake, &tv);
        (void)event_base_loop(r->base, EVLOOP_ONCE);
    }
    now = clock_monotonic_ns();
    check_duration(r, now);
    if (r->start_ns != 0)
        tell_progress(r, now);
}

/* Waits until something of this time of the capture is due. */
static void wait_due(struct replay *r, uint64_t time_ns)
{
    if (r->start_ns == 0) {
        r->start_ns = r->told_ns = clock_monotonic_ns();
        r->first_ns = time_ns;
    }
    uint64_t due = 0;
    if (r->o.speed > 0 && time_ns > r->first_ns)
        due = r->start_ns + (uint64_t)((double)(time_ns - r->first_ns) / r->o.speed);
    if (due > clock_monotonic_ns() || r->done % PUMP_EVERY == 0)
        replay_wait(r, due);
    while (due > clock_monotonic_ns() && !r->stopped)
        replay_wait(r, due);
}

/* ---- the readings ---- */

static void on_event(struct decode *d, const struct decode_event *ev)
{
    struct replay *r = (struct replay *)d;
    struct replay_item item;
    if (replay_book_take(r->book, ev, &item) != 0) {
        r->failed = true;
        stop(r, "lack of memory");
        return;
    }
    if (!r->again) {
        r->total++;
        return;
    }
    r->done++;
    bool raw = r->o.target->raw && ev->item != NULL &&
               (ev->item->is_bmp || ev->item->frame->kind == JOURNAL_GONE);
    if (item.kind == REPLAY_SKIPPED && !raw) {
        if (item.why != REPLAY_SKIP_NONE)
            replay_skip(r, item.why);
        if (r->done % PUMP_EVERY == 0)
            replay_wait(r, 0); /* keepalives go on however much is passed over */
        return;
    }
    wait_due(r, item.time_ns);
    if (!r->stopped)
        r->o.target->take(r, &item, ev);
}

static void read_all(struct replay *r, char *const *files, int cnt)
{
    for (int i = 0; i < cnt && !r->d.out_failed; i++)
        decode_file(&r->d, files[i]);
}

/* ---- standard input ---- */

/* Both readings need the capture: a stream is copied to a file without a name. Returns its
 * name in /dev/fd, or NULL. */
static char *keep_stdin(struct replay *r)
{
    static char buf[COPY_LEN];
    char *name = NULL;
    FILE *f = tmpfile();
    size_t n = 1;
    while (f != NULL && !ferror(stdin) && n > 0) {
        n = fread(buf, 1, sizeof buf, stdin);
        if (fwrite(buf, 1, n, f) != n)
            break;
    }
    if (ferror(stdin)) {
        replay_say(r, "standard input: %s", strerror(errno));
        return NULL;
    }
    if (f == NULL || n > 0 || fflush(f) != 0 ||
             asprintf(&name, "/dev/fd/%d", fileno(f)) < 0) {
        replay_say(r, "keeping standard input in a temporary file: %s", strerror(errno));
        return NULL;
    }
    return name; /* the file lives as long as the process */
}

/* ---- the end ---- */

static void drain(struct replay *r)
{
    uint64_t until = clock_monotonic_ns() + DRAIN_S * NS_PER_S;
    while (!r->o.target->idle(r) && clock_monotonic_ns() < until)
        replay_wait(r, clock_monotonic_ns() + NS_PER_S / 100);
    if (!r->o.target->idle(r)) {
        replay_say(r, "the receiver did not take all within %d s", DRAIN_S);
        r->failed = true;
    }
}

static void stay(struct replay *r)
{
    uint64_t until = clock_monotonic_ns() + r->o.stay_ns;
    while (clock_monotonic_ns() < until && r->stopped_by == NULL)
        replay_wait(r, until);
}

static void finish(struct replay *r)
{
    r->o.target->end(r);
    drain(r);
    stay(r);
    r->o.target->close(r);
    while (!r->o.target->closed(r))
        replay_wait(r, UINT64_MAX);
}

static void tell_counts(const struct replay *r)
{
    double seconds = 0;
    if (r->start_ns != 0)
        seconds =
            (double)(clock_monotonic_ns() - r->start_ns - r->o.stay_ns) / (double)NS_PER_S;
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    replay_say(r, "%llu messages (%llu octets) over %u %s in %.1f s",
               (unsigned long long)r->sent, (unsigned long long)r->octets, r->up,
               r->o.target->of, seconds > 0 ? seconds : 0.0);
    if (r->eors > 0)
        replay_say(r, "%llu of them are End-of-RIBs of tables", (unsigned long long)r->eors);
    if (r->recoded > 0)
        replay_say(r, "%llu of them were written with AS numbers of the other width",
                   (unsigned long long)r->recoded);
    for (unsigned i = REPLAY_SKIP_NONE + 1; i < REPLAY_SKIP_CNT; i++) {
        if (r->skipped[i] > 0)
            replay_say(r, "not sent: %llu %s", (unsigned long long)r->skipped[i],
                       replay_skip_text((enum replay_skip)i));
    }
    if (r->stopped_by != NULL)
        replay_say(r, "stopped by %s: %llu of %llu items of the capture were not read",
                   r->stopped_by, (unsigned long long)(r->total - r->done),
                   (unsigned long long)r->total);
}

/* Returns whether something was lost on the way, other than by the operator's wish. */
static bool has_losses(const struct replay *r)
{
    static const enum replay_skip bad[] = {
        REPLAY_SKIP_STRANGER, REPLAY_SKIP_BROKEN, REPLAY_SKIP_CROWD,
        REPLAY_SKIP_DOWN,     REPLAY_SKIP_FAMILY, REPLAY_SKIP_ADD_PATH,
        REPLAY_SKIP_NEXT_HOP, REPLAY_SKIP_LONG,   REPLAY_SKIP_WIDTH};
    bool any = r->lost > 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        any |= r->skipped[bad[i]] > 0;
    return any;
}

/* ---- the whole ---- */

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct replay *r = arg;
    (void)number, (void)what;
    stop(r, "a signal");
}

/* The second reading. Returns the exit status. */
static int put_on_wire(struct replay *r, char *const *files, int cnt)
{
    replay_book_rewind(r->book);
    r->again = r->d.quiet = true; /* the first reading has told of damage */
    if (r->o.target->open(r) != 0) {
        replay_say(r, "out of memory");
        return DECODE_UNREADABLE;
    }
    if (r->up == 0 && !r->stopped) {
        if (r->lost == 0)
            replay_say(r, "the capture has no session to replay");
        return DECODE_UNREADABLE;
    }
    read_all(r, files, cnt);
    finish(r);
    tell_counts(r);
    return has_losses(r) || r->failed ? DECODE_DAMAGED : DECODE_CLEAN;
}

static int run(struct replay *r, char *const *files, int cnt)
{
    struct event *signals[] = {evsignal_new(r->base, SIGINT, on_signal, r),
                               evsignal_new(r->base, SIGTERM, on_signal, r)};
    int status;
    read_all(r, files, cnt);
    int damage = (int)r->d.status;
    for (int i = 0; i < 2; i++) {
        if (signals[i] != NULL)
            (void)event_add(signals[i], NULL);
    }
    if (damage == DECODE_UNREADABLE || r->failed || r->total == 0) {
        if (damage != DECODE_UNREADABLE)
            replay_say(r, r->failed ? "out of memory" : "nothing to replay");
        status = DECODE_UNREADABLE;
    } else {
        status = put_on_wire(r, files, cnt);
    }
    r->o.target->drop(r);
    for (int i = 0; i < 2; i++) {
        if (signals[i] != NULL)
            event_free(signals[i]);
    }
    return status > damage ? status : damage;
}

int tool_replay(int argc, char **argv)
{
    static const struct decode_output output = {.name = "replay", .write = on_event};
    struct replay r = {.d = {.command = "replay", .file = "options"}};
    int first = 0;
    int rc = replay_options_parse(&r, argc, argv, &first);
    if (rc != CLI_GO)
        return rc;
    r.d.o.output = &output;
    r.o.choice.both = r.o.target->raw; /* BMP has Adj-RIB-Out */
    for (int i = first; i < argc; i++) {
        if (strcmp(argv[i], "-") == 0 && (argv[i] = keep_stdin(&r)) == NULL)
            return DECODE_UNREADABLE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    r.base = event_base_new();
    r.wake = r.base != NULL ? event_new(r.base, -1, 0, on_wake, NULL) : NULL;
    r.book = replay_book_new(&r.o.choice);
    if (r.wake == NULL || r.book == NULL)
        rc = tool_fail("replay", "out of memory") + 1;
    else
        rc = run(&r, argv + first, argc - first);
    replay_book_free(r.book);
    if (r.wake != NULL)
        event_free(r.wake);
    if (r.base != NULL)
        event_base_free(r.base);
    return rc;
}
