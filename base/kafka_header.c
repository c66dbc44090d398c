/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_header: lists of headers that serve again. Floor F0.
 *
 * librdkafka keeps each header of each record in memory of its own, and to get and to give back
 * so many pieces costs more than all else that sending a record does. A list that comes back
 * with its record's delivery is kept for a later record, which has mostly the same headers:
 * only those that differ are made anew. */
#include <assert.h>
#include <string.h>

#include "base/kafka_int.h"

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

/* Returns how many headers at the front of a list are those of `r`. */
static size_t same(const rd_kafka_headers_t *list, const struct kafka_record *r)
{
    for (size_t i = 0; i < r->header_cnt; i++) {
        const struct kafka_header *h = &r->headers[i];
        const char *name;
        const void *value;
        size_t len;
        if (rd_kafka_header_get_all(list, i, &name, &value, &len) !=
                RD_KAFKA_RESP_ERR_NO_ERROR ||
            len != h->len || memcmp(value, h->value, len) != 0 || strcmp(name, h->name) != 0)
            return i;
    }
    return r->header_cnt;
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

/* One header in new memory is had sooner than in memory that another thread has used last. */
static rd_kafka_headers_t *fresh(const struct kafka_record *r)
{
    rd_kafka_headers_t *list = rd_kafka_headers_new(r->header_cnt);
    add(list, r, 0);
    return list;
}

rd_kafka_headers_t *kafka_headers_get(struct kafka *k, const struct kafka_record *r)
{
    if (r->header_cnt == 0)
        return NULL;
    if (r->header_cnt == 1)
        return fresh(r);
    k->spares_wanted = true;
    rd_kafka_headers_t *list =
        k->spare_cnt > 0 ? k->spare[--k->spare_cnt] : rd_kafka_headers_new(r->header_cnt);
    size_t keep = same(list, r);
    cut(list, keep);
    add(list, r, keep);
    return list;
}

void kafka_headers_keep(struct kafka *k, const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *list;
    if (k->spares_wanted && k->spare_cnt < KAFKA_SPARE_MAX &&
        rd_kafka_message_detach_headers((rd_kafka_message_t *)(uintptr_t)m, &list) ==
            RD_KAFKA_RESP_ERR_NO_ERROR)
        k->spare[k->spare_cnt++] = list;
}

void kafka_headers_free(struct kafka *k)
{
    while (k->spare_cnt > 0)
        rd_kafka_headers_destroy(k->spare[--k->spare_cnt]);
}
