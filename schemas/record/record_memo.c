/* SPDX-License-Identifier: BSD-2-Clause */
/* record_memo: a cache with one entry for each value of a checksum's low octet. Floor F3. */
#include "schemas/record/record_memo.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { ROOM = RECORD_MEMO_ENTRY_LEN - 8 };

struct entry {
    uint16_t key_len; /* 0: empty */
    uint16_t text_len;
    uint8_t flags;
    uint8_t unused[3];
    uint8_t data[ROOM]; /* the key's octets, then the text */
};

_Static_assert(sizeof(struct entry) == RECORD_MEMO_ENTRY_LEN, "an entry is of its length");

struct record_memo {
    struct entry entry[RECORD_MEMO_ENTRIES];
};

struct record_memo *record_memo_new(void)
{
    return calloc(1, sizeof(struct record_memo));
}

void record_memo_free(struct record_memo *m)
{
    free(m);
}

_Static_assert(RECORD_MEMO_ENTRIES == UINT8_MAX + 1, "an octet tells the place");

/* Peers choose the octets; all they can do to the cache is to miss it. */
struct record_memo_key record_memo_key_of(const uint8_t *p, uint32_t len, uint8_t flags)
{
    return (struct record_memo_key){
        .p = p, .len = len, .flags = flags, .place = (uint8_t)hash_crc32c(flags, p, len)};
}

struct str record_memo_find(const struct record_memo *m, const struct record_memo_key *key)
{
    const struct entry *e = &m->entry[key->place];
    if (key->len == 0 || e->key_len != key->len || e->flags != key->flags ||
        memcmp(e->data, key->p, key->len) != 0)
        return str_at(NULL, 0);
    return str_at((const char *)e->data + e->key_len, e->text_len);
}

void record_memo_keep(struct record_memo *m, const struct record_memo_key *key,
                      const char *text, size_t len)
{
    if (key->len == 0 || key->len > ROOM || len > ROOM - key->len)
        return;
    struct entry *e = &m->entry[key->place];
    e->key_len = (uint16_t)key->len;
    e->text_len = (uint16_t)len;
    e->flags = key->flags;
    memcpy(e->data, key->p, key->len);
    memcpy(e->data + key->len, text, len);
}
