/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_told: what librdkafka repeats at each of its attempts is told once. Floor F0. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/kafka/kafka_int.h"

static const uint64_t again_ns = 600 * NS_PER_S;

/* Passes over a word of librdkafka's that stands before a reason, to its colon. */
static const char *after(const char *text, const char *begin)
{
    const char *colon = strstr(text, ": ");
    return strncmp(text, begin, strlen(begin)) == 0 && colon != NULL ? colon + 2 : text;
}

/* [thrd:NAME]: CLIENT: REASON (after 3ms in state CONNECT, 2 identical error(s) suppressed) */
static void shorten(const char *text, const char *client, char *out, size_t out_len)
{
    text = after(after(text, "[thrd:"), client);
    snprintf(out, out_len, "%s", text);
    char *times = strstr(out, " (after ");
    if (times != NULL)
        *times = '\0';
}

bool kafka_told_is_new(struct kafka_told *t, const char *text, const char *client,
                       char out[KAFKA_REASON_MAX])
{
    shorten(text, client, out, KAFKA_REASON_MAX);
    uint32_t hash = hash_crc32c(0, out, strlen(out));
    uint64_t now = clock_monotonic_ns();
    for (unsigned i = 0; i < KAFKA_TOLD_MAX; i++) {
        if (t->row[i].hash == hash && t->row[i].since_ns != 0 &&
            now - t->row[i].since_ns < again_ns)
            return false;
    }
    t->row[t->next].hash = hash;
    t->row[t->next].since_ns = now;
    t->next = (t->next + 1) % KAFKA_TOLD_MAX;
    return true;
}

void kafka_told_forget(struct kafka_told *t)
{
    *t = (struct kafka_told){0};
}
