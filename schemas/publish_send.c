/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_send: records that were made go to the producer, with their headers. Floor F3. */
#include <stdio.h>
#include <string.h>

#include "schemas/publish_int.h"

enum { HEADERS_MAX = 10 };

static size_t make_headers(const struct publish *p, const struct publish_record *r,
                           const struct publish_text *part, struct kafka_header *h)
{
    const struct publish_slot *slot = &p->slots[r->topic];
    size_t n = 0;
    if (p->o.collector != NULL)
        h[n++] = (struct kafka_header){"collector", p->o.collector, strlen(p->o.collector)};
    h[n++] = (struct kafka_header){"type", p->type, strlen(p->type)};
    h[n++] = (struct kafka_header){"v", "1", 1};
    if (p->o.has_shard && p->has_seq)
        h[n++] = (struct kafka_header){"shard", p->shard.s, p->shard.len};
    if (slot->epoch.len > 0)
        h[n++] = (struct kafka_header){"epoch", slot->epoch.s, slot->epoch.len};
    if (p->has_seq)
        h[n++] = (struct kafka_header){"seq", p->seq.s, p->seq.len};
    if (slot->epoch.len > 0)
        h[n++] = (struct kafka_header){"peer_seq", slot->peer_seq.s, slot->peer_seq.len};
    if (slot->topic->by_route || (publish_rows[slot->topic->format].parts && r->part > 0))
        h[n++] = (struct kafka_header){"part", part->s, part->len};
    if (r->nlri.len > 0)
        h[n++] = (struct kafka_header){"nlri", p->keys.p + r->nlri.off, r->nlri.len};
    if (r->attrs.len > 0)
        h[n++] = (struct kafka_header){"attrs", p->keys.p + r->attrs.off, r->attrs.len};
    return n;
}

/* Puts the schema's number into a value. Returns whether the registry has given one. */
static bool put_schema_id(struct publish *p, const struct publish_record *r)
{
    static const char record[] = AVRO_NAMESPACE ".Record", suffix[] = "-value";
    struct publish_slot *slot = &p->slots[r->topic];
    char subject[KAFKA_TOPIC_NAME_MAX + sizeof suffix];
    bool by_topic = p->o.subject_by_topic && slot->fixed;
    snprintf(subject, sizeof subject, "%s%s", by_topic ? slot->name : record,
             by_topic ? suffix : "");
    if (!slot->has_schema_id) {
        slot->has_schema_id = registry_id(p->o.registry, subject, p->schema.p, p->schema.len,
                                          &slot->schema_id) == 0;
    }
    if (slot->has_schema_id)
        avro_set_registered(p->out.p + r->off, slot->schema_id);
    return slot->has_schema_id;
}

static enum kafka_sent send_record(struct publish *p, struct kafka *k,
                                   const struct publish_record *r)
{
    struct publish_slot *slot = &p->slots[r->topic];
    if (p->o.registry != NULL && publish_rows[slot->topic->format].registers &&
        !put_schema_id(p, r))
        return KAFKA_BUSY;
    struct kafka_header headers[HEADERS_MAX];
    struct publish_text part;
    publish_number(&part, r->part);
    if (slot->handle == NULL)
        slot->handle = kafka_topic_get(k, slot->name, slot->name_len, &slot->topic->kafka);
    if (slot->handle == NULL)
        return KAFKA_FAILED;
    struct kafka_record out = {
        .key = slot->key,
        .key_len = PUBLISH_KEY_LEN,
        .value = r->tombstone ? NULL : p->out.p + r->off,
        .value_len = r->tombstone ? 0 : r->len,
        .headers = headers,
        .header_cnt = make_headers(p, r, &part, headers),
        .time_ms = p->time_ms,
    };
    if (r->own_key.len > 0) {
        out.key = p->keys.p + r->own_key.off;
        out.key_len = r->own_key.len;
    }
    return kafka_send(k, slot->handle, &out);
}

enum kafka_sent publish_flush(struct publish *p, struct kafka *k)
{
    for (; p->next < p->record_cnt; p->next++) {
        enum kafka_sent rc = send_record(p, k, &p->records[p->next]);
        if (rc != KAFKA_SENT)
            return rc;
    }
    return KAFKA_SENT;
}
