/* SPDX-License-Identifier: BSD-2-Clause */
/* registry: asks a schema registry (Confluent's HTTP interface, which others speak, too) for
 * the number of a schema. Floor F0.
 *
 * A registry that does not answer is asked again later, with growing pauses; nothing is ever
 * waited for longer than one request may take. On libcurl. One thread. */
#ifndef RIBTAPE_BASE_KAFKA_REGISTRY_H
#define RIBTAPE_BASE_KAFKA_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/log.h"

struct registry;

enum { REGISTRY_TIMEOUT_MS = 5000, REGISTRY_PAUSE_MAX_S = 60 };

struct registry_options {
    const char *who; /* begins log lines: "sink kafka"; borrowed */
    const struct log *log;
    const char *url;      /* http(s)://HOST[:PORT][/PATH] */
    const char *user;     /* for basic authentication; NULL or "": none */
    const char *password; /* may be NULL; never logged */
    const char *ca_file;  /* NULL or "": the system's certificates */
};

/* Copies its options. NULL: out of memory (errno). */
struct registry *registry_new(const struct registry_options *o);
void registry_free(struct registry *r); /* NULL is allowed */

/* Registers `schema` (its JSON text) under `subject`, or finds it there. Returns 0 with *id, or
 * -1 when the registry did not give one: it was told in the log why, and until the pause is
 * over calls return at once. */
MUST_USE int registry_id(struct registry *r, const char *subject, const char *schema,
                         size_t schema_len, uint32_t *id);

#endif
