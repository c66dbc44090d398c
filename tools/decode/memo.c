/* SPDX-License-Identifier: BSD-2-Clause */
/* memo: one place for each of so many hashes. Floor F4. */
#include "tools/decode/memo.h"

#include <stdlib.h>
#include <string.h>

enum {
    PLACES = 4096, /* a power of two */
    PLACE_LEN = 496,
};

struct place {
    uint64_t tag;
    uint16_t key_len; /* 0: empty */
    uint16_t text_len;
    char room[PLACE_LEN]; /* the key, then the text */
};

struct memo {
    struct place places[PLACES];
};

struct memo *memo_new(void)
{
    return calloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
    free(m);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

/* Who chooses the octets can make keys share a place: they are then made anew each time. */
static size_t place_of(const struct memo_key *k)
{
    uint64_t h = k->tag, v;
    const uint8_t *p = k->p;
    size_t left = k->len;
    for (; left >= sizeof v; left -= sizeof v, p += sizeof v) {
        memcpy(&v, p, sizeof v);
        h = mix(h, v);
    }
    v = left;
    for (; left > 0; left--)
        v = v << 8 | *p++;
    return mix(h, v) >> 40 & (PLACES - 1);
}

struct str memo_find(const struct memo *m, const struct memo_key *k)
{
    const struct place *at = &m->places[place_of(k)];
    if (k->len == 0 || at->key_len != k->len || at->tag != k->tag ||
        memcmp(at->room, k->p, k->len) != 0)
        return (struct str){.p = NULL};
    return str_at(at->room + at->key_len, at->text_len);
}

void memo_keep(struct memo *m, const struct memo_key *k, const char *text, size_t len)
{
    if (k->len == 0 || k->len > PLACE_LEN || len > PLACE_LEN - k->len)
        return;
    struct place *at = &m->places[place_of(k)];
    at->tag = k->tag;
    at->key_len = (uint16_t)k->len;
    at->text_len = (uint16_t)len;
    memcpy(at->room, k->p, k->len);
    memcpy(at->room + k->len, text, len);
}
