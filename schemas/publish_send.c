/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_send: records that were made go to the producer, with their headers. Floor F3. */
#include <stdio.h>
#include <string.h>

#include "schemas/publish_int.h"

static void add(struct publish_headers_of *h, const char *name, const char *value, size_t len)
{
    h->list[h->cnt++] = (struct kafka_header){name, value, len};
}

static void add_text(struct publish_headers_of *h, const char *name,
                     const struct publish_text *t)
{
    add(h, name, t->s, t->len);
}

/* Whether a record says which of its message's it is. */
static bool is_part(const struct publish *p, const struct publish_record *r)
{
    const struct publish_topic *t = p->slots[r->topic].topic;
    return t->by_route || (publish_rows[t->format].parts && r->part > 0);
}

/* Those that stay the same come first: the producer uses lists again. */
static void add_each(const struct publish *p, const struct publish_record *r,
                     struct publish_headers_of *h)
{
    const struct publish_slot *slot = &p->slots[r->topic];
    if (p->o.collector != NULL)
        add(h, "collector", p->o.collector, strlen(p->o.collector));
    add(h, "type", p->type, strlen(p->type));
    add(h, "v", "1", 1);
    if (p->o.has_shard && p->has_seq)
        add_text(h, "shard", &p->shard);
    if (slot->epoch.len > 0)
        add_text(h, "epoch", &slot->epoch);
    if (p->has_seq)
        add_text(h, "seq", &p->seq);
    if (slot->epoch.len > 0)
        add_text(h, "peer_seq", &slot->peer_seq);
    if (is_part(p, r))
        add_text(h, "part", &h->part);
}

static size_t put(char *dst, const struct publish_text *t, bool there)
{
    if (there)
        memcpy(dst, t->s, t->len);
    return there ? t->len : 0;
}

/* SHARD/SEQ/EPOCH/PEER_SEQ, then /PART; what is not there is empty. */
static void add_one(const struct publish *p, const struct publish_record *r,
                    struct publish_headers_of *h)
{
    const struct publish_slot *slot = &p->slots[r->topic];
    size_t n = put(h->at, &p->shard, p->o.has_shard && p->has_seq);
    h->at[n++] = '/';
    n += put(h->at + n, &p->seq, p->has_seq);
    h->at[n++] = '/';
    n += put(h->at + n, &slot->epoch, true);
    h->at[n++] = '/';
    n += put(h->at + n, &slot->peer_seq, true);
    if (is_part(p, r)) {
        h->at[n++] = '/';
        n += put(h->at + n, &h->part, true);
    }
    add(h, "at", h->at, n);
}

void publish_make_headers(const struct publish *p, const struct publish_record *r,
                          struct publish_headers_of *h)
{
    h->cnt = 0;
    publish_number(&h->part, r->part);
    if (!p->slots[r->topic].one_header)
        add_each(p, r, h);
    else if (p->slots[r->topic].epoch.len > 0)
        add_one(p, r, h);
    if (r->nlri.len > 0)
        add(h, "nlri", p->keys.p + r->nlri.off, r->nlri.len);
    if (r->attrs.len > 0)
        add(h, "attrs", p->keys.p + r->attrs.off, r->attrs.len);
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
    struct publish_headers_of headers;
    publish_make_headers(p, r, &headers);
    if (slot->handle == NULL)
        slot->handle = kafka_topic_get(k, slot->name, slot->name_len, &slot->topic->kafka);
    if (slot->handle == NULL)
        return KAFKA_FAILED;
    struct kafka_record out = {
        .key = slot->key,
        .key_len = PUBLISH_KEY_LEN,
        .value = r->tombstone ? NULL : p->out.p + r->off,
        .value_len = r->tombstone ? 0 : r->len,
        .headers = headers.list,
        .header_cnt = headers.cnt,
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
