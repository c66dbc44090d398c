/* SPDX-License-Identifier: BSD-2-Clause */
/* tail: `ribtape tail`, prints what comes through topics of Kafka. Floor F4. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cli.h"
#include "base/parse.h"
#include "tools/kafka/kafka_source.h"
#include "tools/kafka/tail_out.h"
#include "tools/tool.h"

enum { WAIT_MS = 100, LOOK_AT_SIGNALS = 256 };

struct tail {
    struct kafka_source source; /* first: its options are ours */
    bool until_end;
    enum kafka_from from;
    uint64_t time_ms, count; /* count 0: any number */
    struct tail_out_options print;
    struct buf filter_text;
    struct filter *filter; /* owned */
    struct tail_out *printer;
    bool told, failed, ending;
};

/* ---- options ---- */

static bool take_from(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct tail *t = into;
    uint64_t ns;
    (void)o, (void)err;
    if (strcmp(value, "beginning") == 0) {
        t->from = KAFKA_FROM_BEGINNING;
    } else if (strcmp(value, "end") == 0) {
        t->from = KAFKA_FROM_END;
    } else {
        if (!parse_time(value, strlen(value), &ns))
            return false;
        t->from = KAFKA_FROM_TIME;
        t->time_ms = ns / 1000000;
    }
    return true;
}

static bool take_count(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    return tool_number(value, 1, UINT64_MAX, &((struct tail *)into)->count);
}

static bool take_until_end(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)value, (void)err;
    ((struct tail *)into)->until_end = true;
    return true;
}

static bool take_format(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct tail_out_options *p = &((struct tail *)into)->print;
    (void)o, (void)err;
    for (unsigned i = 0; i < TAIL_FORMAT_CNT; i++) {
        if (strcmp(tail_format_names[i], value) == 0) {
            p->format = (enum tail_format)i;
            return true;
        }
    }
    return false;
}

static bool take_m(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)value;
    return take_format(into, o, "bgpdump", err);
}

static bool take_explode(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)value, (void)err;
    return ((struct tail *)into)->print.explode = true;
}

/* Makes one filter of all expressions so far, which must all hold. */
static bool take_filter(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct tail *t = into;
    char why[FILTER_ERROR_MAX];
    struct filter *alone = filter_new(value, true, why);
    bool blank = value[strspn(value, " \t\n")] == '\0';
    (void)o;
    if (alone != NULL && !blank) {
        buf_printf(&t->filter_text, "%s(%s)", t->filter_text.len > 0 ? " and " : "", value);
        filter_free(t->filter);
        t->filter = t->filter_text.failed ? NULL : filter_new(t->filter_text.p, true, why);
    }
    bool ok = alone != NULL && (blank || t->filter != NULL);
    if (!ok)
        snprintf(err, CLI_ERROR_MAX, "%s", t->filter_text.failed ? "out of memory" : why);
    filter_free(alone);
    return ok;
}

static const struct cli_option options[] = {
    KAFKA_BROKERS_OPTION,
    KAFKA_TOPIC_OPTION,
    {.name = "from",
     .value = "WHEN",
     .help = "end (default), beginning, or a time: 2026-11-22T16:00:00Z (also +02:00), seconds "
             "since the epoch.",
     .take = take_from},
    {.name = "format",
     .letter = 'f',
     .value = "NAME",
     .words = tail_format_names,
     .help = "json: records as they come (default; of Avro, as JSON). text: a block of lines. "
             "bgpdump: as `bgpdump -m`. exabgp, ris-live, summary: as of `ribtape decode`. "
             "raw: values as they are, one behind the other.",
     .take = take_format},
    {.letter = 'm', .name = "bgpdump", .help = "The same as --format bgpdump.", .take = take_m},
    {.name = "explode", .help = "One record a route (json, text).", .take = take_explode},
    {.name = "filter",
     .letter = 'F',
     .value = "EXPRESSION",
     .help = "Only records and routes the expression holds for: the language of `ribtape "
             "decode` (docs/filters.md). Of several, all must hold.",
     .take = take_filter},
    {.name = "count", .letter = 'c', .value = "N", .help = "End after N.", .take = take_count},
    {.name = "until-end",
     .letter = 'e',
     .help = "End when all that is there was read.",
     .take = take_until_end},
    KAFKA_PROPERTY_OPTION,
};

const struct cli_command tail_cli = {
    .program = "ribtape",
    .name = "tail",
    .section = 1,
    .summary = "print the records of Kafka topics as they come",
    .about = "Prints records as they come: JSON and Avro (single-object encoding, or with a "
             "registry's number) are told apart by content. Of a table (format state) null "
             "values are {\"key\":...,\"value\":null}. Values of other kinds are passed over, "
             "and told, but with --format raw, which `ribtape decode -` takes from a topic of "
             "format openbmp. Commits nothing.",
    CLI_OPTIONS(options),
    .status = "0 all was printed; 1 brokers failed, or values were not understood; 2 wrong "
              "usage.",
};

/* ---- printing ---- */

/* Says once what can't be printed, and where the first of it is. */
static void tell(struct tail *t, const struct kafka_message *m, enum tail_printed why)
{
    static const char *const reasons[] = {
        [TAIL_FOREIGN] = "neither JSON nor Avro",
        [TAIL_OTHER_SCHEMA] = "Avro of another schema than ours (a newer version's?)",
        [TAIL_IN_PART] = "the record has not all octets that the format shows (kafka.raw)",
    };
    t->failed = true;
    if (!t->told)
        tool_fail("tail",
                  "topic %s, partition %" PRId32 ", offset %" PRId64
                  ": %s: it and its like are passed over",
                  m->topic, m->partition, m->offset, reasons[why]);
    t->told = true;
}

/* Returns whether it was printed. */
static bool print(struct tail *t, const struct kafka_message *m)
{
    enum tail_printed rc = tail_out_message(t->printer, m);
    switch (rc) {
    case TAIL_PRINTED:
        return true;
    case TAIL_PASSED_OVER:
        break;
    case TAIL_FOREIGN:
    case TAIL_OTHER_SCHEMA:
    case TAIL_IN_PART:
        tell(t, m, rc);
        break;
    case TAIL_NO_MEMORY:
        tool_fail("tail", "%s", strerror(ENOMEM));
        t->failed = t->ending = true;
        break;
    }
    return false;
}

/* Returns whether somebody wants an end (^C): what comes after all messages is still printed.
 */
static bool is_stopped(const sigset_t *set)
{
    const struct timespec now = {0};
    return sigtimedwait(set, NULL, &now) > 0;
}

/* Prints until there is a reason to end. What is printed is seen as soon as nothing more is
 * there. */
static void run(struct tail *t, struct kafka_reader *r)
{
    char err[256];
    uint64_t printed = 0;
    struct kafka_message m;
    bool quiet = true, ended = false;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (unsigned n = 0; !ended && !t->ending && !ferror(stdout); n++) {
        if ((quiet || n % LOOK_AT_SIGNALS == 0) && is_stopped(&set))
            break;
        switch (kafka_reader_next(r, quiet ? WAIT_MS : 0, &m, err, sizeof err)) {
        case KAFKA_READ_MESSAGE:
            quiet = false;
            printed += print(t, &m);
            ended = t->count != 0 && printed == t->count;
            break;
        case KAFKA_READ_NONE:
            quiet = true;
            (void)tail_out_flush(t->printer);
            break;
        case KAFKA_READ_ENDED:
            ended = t->until_end;
            break;
        case KAFKA_READ_FAILED:
            tool_fail("tail", "%s", err);
            t->failed = true;
            break;
        }
    }
}

static int tail(struct tail *t)
{
    char err[512];
    struct kafka_reader *r =
        kafka_source_open(&t->source, "ribtape tail", t->from, t->time_ms, err, sizeof err);
    if (r == NULL)
        return tool_fail("tail", "%s", err);
    t->printer = tail_out_new(&t->print);
    if (t->printer != NULL)
        run(t, r);
    kafka_reader_free(r);
    if (t->printer != NULL)
        tail_out_end(t->printer);
    if (t->printer == NULL)
        return tool_fail("tail", "%s", strerror(ENOMEM));
    if (!tail_out_flush(t->printer))
        return tool_fail("tail", "standard output can't be written");
    return t->failed ? TOOL_FAILED : TOOL_OK;
}

/* Returns what is wrong with the options together, or NULL. */
static const char *find_wrong(const struct tail *t)
{
    if (!t->source.brokers)
        return "needs --brokers";
    if (t->print.format == TAIL_RAW && (t->filter != NULL || t->print.explode))
        return "--format raw looks at nothing: no --filter, no --explode";
    if (t->print.explode && t->print.format != TAIL_JSON && t->print.format != TAIL_TEXT)
        return "--explode is for json and text";
    return NULL;
}

int tool_tail(int argc, char **argv)
{
    struct tail t = {.from = KAFKA_FROM_END};
    int first;
    int rc = cli_parse(&tail_cli, &t, argc, argv, &first);
    const char *wrong = rc == CLI_GO ? find_wrong(&t) : NULL;
    if (wrong != NULL)
        rc = cli_wrong(&tail_cli, "%s", wrong);
    t.print.filter = t.filter;
    t.print.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    if (rc == CLI_GO)
        rc = tail(&t);
    tail_out_free(t.printer);
    filter_free(t.filter);
    buf_free(&t.filter_text);
    kafka_source_clear(&t.source);
    return rc;
}
