/* SPDX-License-Identifier: BSD-2-Clause */
/* tail: `ribtape tail`, prints what comes through topics of Kafka. Floor F4. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/json.h"
#include "base/parse.h"
#include "tools/kafka_source.h"
#include "tools/tool.h"

enum { WAIT_MS = 100 };

struct tail {
    struct kafka_source source; /* first: its options are ours */
    bool until_end;
    enum kafka_from from;
    uint64_t time_ms, count; /* count 0: any number */
    bool told, failed;
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

static const struct cli_option options[] = {
    KAFKA_BROKERS_OPTION,
    KAFKA_TOPIC_OPTION,
    {.name = "from",
     .value = "WHEN",
     .help = "end (default), beginning, or a time: 2026-11-22T16:00:00Z (also +02:00), seconds "
             "since the epoch.",
     .take = take_from},
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
    .about = "Prints JSON values, one on a line, as they come; of a table (format state) null "
             "values as {\"key\":...,\"value\":null}. Values of other formats (avro) are not "
             "understood: it says so and passes over them. Commits nothing.",
    CLI_OPTIONS(options),
    .status = "0 all was printed; 1 brokers failed, or values were not understood; 2 wrong "
              "usage.",
};

/* ---- printing ---- */

static bool is_json(const struct kafka_message *m)
{
    const uint8_t *p = m->value.p;
    size_t len = m->value.left;
    return len >= 2 && p[0] == '{' && p[len - 1] == '}' && memchr(p, '\n', len) == NULL;
}

static void put_tombstone(const struct kafka_message *m)
{
    struct buf b = {0};
    struct json j;
    json_init(&j, &b);
    emit_object(&j.emit, EMIT_ITEM);
    emit_text(&j.emit, KEY("key"), m->key.p, m->key.left);
    emit_null_value(&j.emit, KEY("value"));
    emit_object_end(&j.emit);
    buf_add_char(&b, '\n');
    fwrite(b.p, 1, b.len, stdout);
    buf_free(&b);
}

static void tell_foreign(struct tail *t, const struct kafka_message *m)
{
    t->failed = true;
    if (!t->told)
        tool_fail("tail",
                  "topic %s, partition %" PRId32 ", offset %" PRId64
                  ": no JSON (Avro?): it and its like are passed over",
                  m->topic, m->partition, m->offset);
    t->told = true;
}

/* Returns whether it was printed. */
static bool print(struct tail *t, const struct kafka_message *m)
{
    if (m->tombstone) {
        put_tombstone(m);
    } else if (is_json(m)) {
        fwrite(m->value.p, 1, m->value.left, stdout);
        putchar('\n');
    } else {
        tell_foreign(t, m);
        return false;
    }
    return true;
}

/* Prints until there is a reason to end. What is printed is seen as soon as nothing more is
 * there. */
static void run(struct tail *t, struct kafka_reader *r)
{
    char err[256];
    uint64_t printed = 0;
    struct kafka_message m;
    bool quiet = true, ended = false;
    while (!ended && !ferror(stdout)) {
        switch (kafka_reader_next(r, quiet ? WAIT_MS : 0, &m, err, sizeof err)) {
        case KAFKA_READ_MESSAGE:
            quiet = false;
            printed += print(t, &m);
            ended = t->count != 0 && printed == t->count;
            break;
        case KAFKA_READ_NONE:
            quiet = true;
            fflush(stdout);
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
        kafka_source_open(&t->source, t->from, t->time_ms, err, sizeof err);
    if (r == NULL)
        return tool_fail("tail", "%s", err);
    run(t, r);
    kafka_reader_free(r);
    if (fflush(stdout) != 0 || ferror(stdout))
        return tool_fail("tail", "standard output can't be written");
    return t->failed ? TOOL_FAILED : TOOL_OK;
}

int tool_tail(int argc, char **argv)
{
    struct tail t = {.from = KAFKA_FROM_END};
    int first;
    int rc = cli_parse(&tail_cli, &t, argc, argv, &first);
    if (rc == CLI_GO && !t.source.brokers)
        rc = cli_wrong(&tail_cli, "needs --brokers");
    if (rc == CLI_GO)
        rc = tail(&t);
    kafka_source_clear(&t.source);
    return rc;
}
