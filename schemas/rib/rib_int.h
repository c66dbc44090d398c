/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_int: what the RIB's files share and nobody else includes. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_RIB_RIB_INT_H
#define RIBTAPE_SCHEMAS_RIB_RIB_INT_H

#include "schemas/rib/rib.h"

/* Index of one family's nodes: open addressing. */
struct rib_slot {
    uint32_t hash;
    uint32_t node; /* block in the pool, 0: empty */
};

struct rib_table {
    struct rib_slot *slots; /* owned, a power of two */
    uint32_t slot_cnt;
    uint32_t cnt;
    uint32_t tidy; /* the slot at which tidying goes on */
};

/* One NLRI, in the pool. Prefixes: address in full, then length. */
struct rib_node {
    uint32_t chunks; /* block of the first chunk, 0: none */
    uint16_t key_len;
    uint8_t key[];
};

/* A few entries of one width, in the pool. Chunks are never moved nor grown, as moving blocks
 * while peer after peer announces the same table would leave holes of every size. */
struct rib_chunk {
    uint32_t next; /* block, 0: the last */
    uint8_t cap;   /* entries */
    uint8_t used;
    uint8_t width; /* words of an entry: enum rib_width */
    uint8_t pad;
    uint32_t words[];
};

/* An entry's words: enum rib_word. Those that a width doesn't have are absent. */
enum rib_width { RIB_WIDTH_PLAIN = 3, RIB_WIDTH_PATH_ID = 4, RIB_WIDTH_NLRI = 5 };
enum rib_word {
    RIB_WORD_PEER,  /* peer below, flags above */
    RIB_WORD_ATTRS, /* 0: the entry is free */
    RIB_WORD_TIME,
    RIB_WORD_PATH_ID,
    RIB_WORD_NLRI, /* a set in rib_attrs that is the NLRI as it came */
};

enum { RIB_PEER_BITS = 24 };
/* Above the peer in RIB_WORD_PEER: the entry's epoch, and: */
enum { RIB_FLAG_PATH_ID = 0x80, RIB_EPOCH_MAX = 0x7f };

enum { RIB_MARKS = 2 }; /* enum rib_mark as indexes: mark - 1 */

/* What a peer holds of one family. Each entry says in which epoch it was announced; what
 * befalls all of them at once (a session's end, a mark, a sweep) moves a border here and looks
 * at none. Entries that fell below `floor` are dead: nobody sees them, and tidying frees them.
 */
struct rib_share {
    uint32_t held;             /* entries, dead ones too */
    uint32_t routes;           /* of `floor` or later */
    uint32_t fresh[RIB_MARKS]; /* of `from` or later */
    uint8_t epoch;             /* of what is announced now */
    uint8_t floor;
    uint8_t from[RIB_MARKS]; /* routes of earlier epochs have the mark; `floor`: none has */
};

struct rib_peer {
    bool used;
    bool leaving; /* removed, but entries of it are still there: the number is not free yet */
    uint32_t routes;
    uint32_t held;
    uint32_t limit; /* 0: none */
    uint64_t refused;
    struct rib_share *by_family; /* owned, nlri_map_cnt of them; NULL: no route yet */
    uint32_t next_free;          /* the next unused peer, RIB_PEER_NONE: none */
};

struct rib {
    struct rib_pool pool;
    struct rib_attrs attrs;
    uint64_t key[2];
    struct rib_table tables[BGP_FAMILIES_MAX];
    struct rib_peer *peers; /* owned */
    uint32_t peer_cnt, peer_cap;
    uint32_t free_peer; /* the first unused one, RIB_PEER_NONE: none */
    uint64_t routes;
    uint64_t held; /* entries, dead ones too */
    bool tidying;
    unsigned tidy_family;
};

/* A canonical key. */
struct rib_key {
    unsigned family;
    uint16_t len;
    bool whole; /* the key tells the NLRI: it need not be kept */
    uint8_t octets[NLRI_KEY_MAX];
};

/* Fills what identifies an NLRI in its family's table. Returns 0 or -1. */
MUST_USE int rib_key_of(const struct nlri *n, struct rib_key *k);

/* Writes a prefix's NLRI (RFC 4271 section 4.3) from its key. Returns its length. */
size_t rib_key_to_prefix(const struct rib_node *n, uint8_t dst[17]);

/* ---- nodes ---- */

#define RIB_NO_SLOT UINT32_MAX

/* Returns the slot's index of a key's node, or RIB_NO_SLOT. */
uint32_t rib_table_find(const struct rib *r, const struct rib_key *k);

/* Makes a node without entries for a key that has none. Returns its slot's index, or
 * RIB_NO_SLOT when memory runs out. */
uint32_t rib_table_make(struct rib *r, const struct rib_key *k);

/* Frees the node in a slot; it has no entries. Other nodes may move into the slot. */
void rib_table_remove(struct rib *r, unsigned family, uint32_t slot);

static inline struct rib_node *rib_node_at(const struct rib *r, uint32_t block)
{
    return rib_pool_at(&r->pool, block);
}

static inline struct rib_chunk *rib_chunk_at(const struct rib *r, uint32_t block)
{
    return rib_pool_at(&r->pool, block);
}

static inline uint32_t *rib_entry(struct rib_chunk *c, unsigned i)
{
    return c->words + (size_t)i * c->width;
}

/* ---- entries ---- */

/* What identifies an entry under its node. */
struct rib_who {
    uint32_t peer;
    uint32_t path_id;
    bool has_path_id;
};

/* Returns the entry, or NULL. */
uint32_t *rib_chain_find(const struct rib *r, const struct rib_node *n,
                         const struct rib_who *who, struct rib_chunk **in);

/* Returns a free entry that counts as used from now on, or NULL when memory runs out. The
 * caller fills it. */
uint32_t *rib_chain_add(struct rib *r, struct rib_node *n, enum rib_width width);

static inline uint8_t rib_epoch_of(const uint32_t *entry)
{
    return entry[RIB_WORD_PEER] >> RIB_PEER_BITS & RIB_EPOCH_MAX;
}

/* Frees the entries for which `drop` says so, and chunks without entries. */
void rib_chain_filter(struct rib *r, struct rib_node *n,
                      bool (*drop)(void *arg, struct rib *r, uint32_t *entry, unsigned width),
                      void *arg);

/* Gives back what an entry holds. */
void rib_entry_release(struct rib *r, const uint32_t *entry, unsigned width);

/* ---- shares ---- */

/* Returns the share of a family of a peer that has or had entries. */
static inline struct rib_share *rib_share_of(const struct rib *r, uint32_t peer,
                                             unsigned family)
{
    return &r->peers[peer].by_family[family];
}

/* Returns whether an entry is a route: not dead. */
static inline bool rib_entry_lives(const struct rib *r, const uint32_t *entry, unsigned family)
{
    const struct rib_share *s = rib_share_of(r, entry[RIB_WORD_PEER] & RIB_PEERS_MAX, family);
    return rib_epoch_of(entry) >= s->floor;
}

/* Returns the marks of a route. */
uint8_t rib_share_marks(const struct rib_share *s, uint8_t epoch);

/* Count a new entry, a dead or living one that is announced again (its epoch as it was), a
 * withdrawn route whose entry goes, a dead entry that goes. */
void rib_share_add(struct rib *r, uint32_t peer, unsigned family);
void rib_share_again(struct rib *r, uint32_t peer, unsigned family, uint8_t epoch);
void rib_share_del(struct rib *r, uint32_t peer, unsigned family, uint8_t epoch);

/* Gives a removed peer's number back when the last of its entries is gone. */
void rib_peer_let_go(struct rib *r, uint32_t peer);

/* Looks at some more slots for dead entries when they have become many. */
void rib_tidy_some(struct rib *r);

#endif
