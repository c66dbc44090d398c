/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_send: records that were made go to the producer, with their headers. Floor F3. */
#include <stdio.h>
#include <string.h>

#include "schemas/publish/publish_int.h"

/* ---- headers ---- */

static void add(struct publish_headers_of *h, const char *name, const char *value, size_t len)
{
    h->list[h->cnt++] = (struct kafka_header){name, value, len};
}

/* The numbers that tell a record's place; `there`: it has this one. */
struct number {
    const char *name;
    bool there;
    uint64_t v;
};

static void numbers_of(const struct publish *p, const struct publish_record *r,
                       struct number n[PUBLISH_NUMBERS])
{
    const struct publish_slot *slot = &p->slots[r->topic];
    const struct publish_topic *t = slot->topic;
    struct publish_at at = {slot->epoch_us, slot->peer_seq};
    if (r->other != NULL)
        at = r->at;
    bool counted = at.epoch_us != 0;
    n[0] = (struct number){"shard", p->o.has_shard && p->has_seq, p->shard};
    n[1] = (struct number){"seq", p->has_seq, p->seq};
    n[2] = (struct number){"epoch", counted, at.epoch_us};
    n[3] = (struct number){"peer_seq", counted, at.peer_seq};
    /* which of its message's it is */
    n[4] = (struct number){
        "part", t->by_route || (publish_rows[t->format].parts && r->part > 0), r->part};
}

static size_t put(struct publish_headers_of *h, uint64_t v)
{
    size_t len = fmt_u64(h->text + h->text_len, v);
    h->text_len += len;
    return len;
}

static void add_each(const struct number n[PUBLISH_NUMBERS], struct publish_headers_of *h)
{
    for (unsigned i = 0; i < PUBLISH_NUMBERS; i++) {
        const char *text = h->text + h->text_len;
        if (n[i].there)
            add(h, n[i].name, text, put(h, n[i].v));
    }
}

/* SHARD/SEQ/EPOCH/PEER_SEQ, then /PART; what is not there is empty. */
static void add_at(const struct number n[PUBLISH_NUMBERS], struct publish_headers_of *h)
{
    for (unsigned i = 0; i < PUBLISH_NUMBERS; i++) {
        if (i == PUBLISH_NUMBERS - 1 && !n[i].there)
            break;
        if (i > 0)
            h->text[h->text_len++] = '/';
        if (n[i].there)
            put(h, n[i].v);
    }
    add(h, "at", h->text, h->text_len);
}

/* Those that stay the same come first. */
static void add_lasting(const struct publish *p, struct publish_headers_of *h)
{
    if (p->o.collector != NULL)
        add(h, "collector", p->o.collector, strlen(p->o.collector));
    add(h, "type", p->type, strlen(p->type));
    add(h, "v", "1", 1);
    h->lasting_cnt = h->cnt;
}

void publish_make_headers(const struct publish *p, const struct publish_record *r,
                          struct publish_headers_of *h)
{
    struct number n[PUBLISH_NUMBERS];
    const struct publish_slot *slot = &p->slots[r->topic];
    h->cnt = h->lasting_cnt = h->text_len = 0;
    numbers_of(p, r, n);
    if (slot->headers != PUBLISH_HEADERS_ONE)
        add_lasting(p, h);
    if (slot->headers == PUBLISH_HEADERS_EACH)
        add_each(n, h);
    else if (slot->epoch_us != 0)
        add_at(n, h);
    if (r->nlri.len > 0)
        add(h, "nlri", p->keys.p + r->nlri.off, r->nlri.len);
    if (r->attrs.len > 0)
        add(h, "attrs", p->keys.p + r->attrs.off, r->attrs.len);
}

/* ---- sending ---- */

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

/* Returns the topic that a record goes to. NULL: as kafka_topic_get. */
static struct kafka_topic *topic_of(struct publish *p, struct kafka *k,
                                    const struct publish_record *r)
{
    struct publish_slot *slot = &p->slots[r->topic];
    if (r->own_topic.len > 0)
        return kafka_topic_get(k, p->keys.p + r->own_topic.off, r->own_topic.len,
                               &slot->topic->kafka);
    if (slot->handle == NULL)
        slot->handle = kafka_topic_get(k, slot->name, slot->name_len, &slot->topic->kafka);
    return slot->handle;
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
    struct kafka_topic *topic = topic_of(p, k, r);
    if (topic == NULL)
        return KAFKA_FAILED;
    struct kafka_record out = {
        .key = slot->key,
        .key_len = PUBLISH_KEY_LEN,
        .value = r->tombstone ? NULL : p->out.p + r->off,
        .value_len = r->tombstone ? 0 : r->len,
        .headers = headers.list,
        .header_cnt = headers.cnt,
        .lasting_cnt = headers.lasting_cnt,
        .time_ms = p->time_ms,
    };
    if (r->own_key.len > 0) {
        out.key = p->keys.p + r->own_key.off;
        out.key_len = r->own_key.len;
    }
    return kafka_send(k, topic, &out);
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
