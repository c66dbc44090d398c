/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_kafka: from brokers to rib_topic. Floor F4. */
#include "tools/kafka/rib_kafka.h"

#include <errno.h>
#include <string.h>

#include "tools/kafka/rib_topic.h"
#include "tools/tool.h"

enum { WAIT_MS = 1000 };

static int take_message(struct rib_topic *topic, const struct kafka_reader *reader,
                        const struct kafka_message *m)
{
    struct rib_topic_record r = {.key = m->key, .value = m->value};
    (void)kafka_reader_header(reader, "nlri", &r.nlri);
    (void)kafka_reader_header(reader, "attrs", &r.attrs);
    return rib_topic_take(topic, &r);
}

/* Reads all there is. Returns 0; -1: told; -2: memory ran out. */
static int read_all(struct rib_topic *topic, struct kafka_reader *reader, uint64_t *foreign)
{
    char err[256];
    struct kafka_message m;
    for (;;) {
        int rc = 1;
        switch (kafka_reader_next(reader, WAIT_MS, &m, err, sizeof err)) {
        case KAFKA_READ_MESSAGE:
            rc = take_message(topic, reader, &m);
            break;
        case KAFKA_READ_NONE:
            break;
        case KAFKA_READ_ENDED:
            return 0;
        case KAFKA_READ_FAILED: /* a part would be a wrong table */
            (void)tool_fail("rib", "%s", err);
            return -1;
        }
        if (rc < 0)
            return -2;
        *foreign += rc == 0;
    }
}

int rib_kafka_read(struct kafka_source *s, struct play *p, uint64_t *foreign)
{
    char err[512];
    struct rib_topic *topic = rib_topic_new();
    struct kafka_reader *reader = NULL;
    int rc = -2;
    *foreign = 0;
    if (topic == NULL)
        goto out;
    reader = kafka_source_open(s, "ribtape rib", KAFKA_FROM_BEGINNING, 0, err, sizeof err);
    rc = reader != NULL ? read_all(topic, reader, foreign) : -1;
    if (reader == NULL)
        (void)tool_fail("rib", "%s", err);
    if (rc == 0 && rib_topic_end(topic, p) != 0)
        rc = -2;
out:
    if (rc == -2)
        (void)tool_fail("rib", "%s", strerror(ENOMEM));
    kafka_reader_free(reader);
    rib_topic_free(topic);
    return rc == 0 ? 0 : -1;
}
