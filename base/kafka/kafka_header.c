/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_header: lists of headers that serve again. Floor F0.
 *
 * librdkafka keeps each header of each record in memory of its own, and to get and to give back
 * so many pieces costs more than all else that sending a record does. A list that comes back
 * with its record's delivery is kept for a later record, which has mostly the same headers:
 *
 *     collector type v | at          a list, once delivered
 *     the front        | the rest
 *
 * The front is known by the addresses that the caller promises to keep, and is not looked at
 * again; of the rest, values of the same length are written over, and from the first that has
 * another name or length on headers are made anew. */
#include <assert.h>
#include <string.h>

#include "base/kafka/kafka_int.h"

/* ---- fronts ---- */

static bool is_front(const struct kafka_front *f, const struct kafka_record *r, size_t cnt)
{
    bool same = f->cnt == cnt;
    for (size_t i = 0; same && i < cnt; i++)
        same = f->h[i].value == r->headers[i].value && f->h[i].name == r->headers[i].name &&
               f->h[i].len == r->headers[i].len;
    return same;
}

/* Finds or adds the front of a record's headers; 0: it has none, or there are too many. */
static unsigned front_of(struct kafka *k, const struct kafka_record *r)
{
    size_t cnt = r->lasting_cnt < KAFKA_FRONT_HEADERS ? r->lasting_cnt : KAFKA_FRONT_HEADERS;
    if (is_front(&k->fronts[k->front_last], r, cnt))
        return k->front_last;
    for (unsigned i = 0; i <= k->front_cnt; i++) {
        if (is_front(&k->fronts[i], r, cnt))
            return k->front_last = i;
    }
    if (k->front_cnt + 1 == KAFKA_FRONT_FRESH)
        return 0;
    struct kafka_front *f = &k->fronts[++k->front_cnt];
    memcpy(f->h, r->headers, cnt * sizeof f->h[0]);
    f->cnt = cnt;
    return k->front_last = k->front_cnt;
}

/* ---- lists ---- */

/* Appends the headers of `r` from `from` on. */
static void add(rd_kafka_headers_t *list, const struct kafka_record *r, size_t from)
{
    for (size_t i = from; i < r->header_cnt; i++) {
        const struct kafka_header *h = &r->headers[i];
        size_t name_len = strlen(h->name);
        assert(name_len <= KAFKA_HEADER_NAME_MAX);
        rd_kafka_header_add(list, h->name, (ssize_t)name_len, h->value, (ssize_t)h->len);
    }
}

/* Leaves the first `cnt`. */
static void cut(rd_kafka_headers_t *list, size_t cnt)
{
    for (size_t i = rd_kafka_header_cnt(list); i > cnt; i--) {
        const char *name;
        const void *value;
        size_t len;
        char copy[KAFKA_HEADER_NAME_MAX + 1]; /* the name goes with its header */
        rd_kafka_header_get_all(list, i - 1, &name, &value, &len);
        memccpy(copy, name, '\0', sizeof copy);
        rd_kafka_header_remove(list, copy);
    }
}

/* Writes a value over that of header number `i`, when name and length are the same. The list's
 * values are copies that librdkafka has made; it has no call to change one, but the list is
 * ours while no record has it. */
static bool overwrite(rd_kafka_headers_t *list, size_t i, const struct kafka_header *h)
{
    const char *name;
    const void *value;
    size_t len;
    if (rd_kafka_header_get_all(list, i, &name, &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        len != h->len || strcmp(name, h->name) != 0)
        return false;
    if (len > 0)
        memcpy((void *)(uintptr_t)value, h->value, len);
    return true;
}

/* One header in new memory is had sooner than in memory that another thread has used last. */
static rd_kafka_headers_t *fresh(const struct kafka_record *r)
{
    rd_kafka_headers_t *list = rd_kafka_headers_new(r->header_cnt);
    add(list, r, 0);
    return list;
}

rd_kafka_headers_t *kafka_headers_get(struct kafka *k, const struct kafka_record *r,
                                      unsigned *front)
{
    *front = 0;
    if (r->header_cnt == 0)
        return NULL;
    if (r->header_cnt == 1) {
        *front = KAFKA_FRONT_FRESH;
        return fresh(r);
    }
    *front = front_of(k, r);
    struct kafka_spare s = {0};
    if (k->spare_cnt > 0)
        s = k->spare[--k->spare_cnt];
    else
        s.list = rd_kafka_headers_new(r->header_cnt);
    size_t i = s.front == *front ? k->fronts[*front].cnt : 0;
    while (i < r->header_cnt && overwrite(s.list, i, &r->headers[i]))
        i++;
    cut(s.list, i);
    add(s.list, r, i);
    return s.list;
}

void kafka_headers_keep(struct kafka *k, const rd_kafka_message_t *m, unsigned front)
{
    struct kafka_spare s = {.front = front};
    if (front != KAFKA_FRONT_FRESH && k->spare_cnt < KAFKA_SPARE_MAX &&
        rd_kafka_message_detach_headers((rd_kafka_message_t *)(uintptr_t)m, &s.list) ==
            RD_KAFKA_RESP_ERR_NO_ERROR)
        k->spare[k->spare_cnt++] = s;
}

void kafka_headers_free(struct kafka *k)
{
    while (k->spare_cnt > 0)
        rd_kafka_headers_destroy(k->spare[--k->spare_cnt].list);
}
