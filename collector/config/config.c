/* SPDX-License-Identifier: BSD-2-Clause */
/* config: making, sharing, searching and comparing configurations. Floor F4. */
#include "collector/config/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/config/config_schema.h"

struct config *config_new(void)
{
    struct config *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->refs = 1;
    if (config_table_init(config_fields, c) != 0) {
        config_unref(c);
        return NULL;
    }
    return c;
}

struct config *config_ref(struct config *c)
{
    /* relaxed: whoever hands over the pointer orders what is behind it */
    __atomic_fetch_add(&c->refs, 1, __ATOMIC_RELAXED);
    return c;
}

void config_unref(struct config *c)
{
    /* acq_rel: all uses by other threads come before the free by the last */
    if (c == NULL || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    config_table_drop(config_fields, c);
    free(c->file);
    free(c);
}

/* Both wildcards, as entries that start from the list's defaults. */
int config_add_any(struct config *c, const struct config_field *f)
{
    static const char *const any[] = {"0.0.0.0/0", "::/0"};
    struct config_list l = {calloc(2, f->item_size), 2};
    if (l.p == NULL)
        return -1;
    config_list_set((char *)c + f->off, l);
    for (size_t i = 0; i < l.cnt; i++) {
        char *item = l.p + i * f->item_size;
        int rc = f->defaults_off != 0
                     ? config_table_copy(f->sub, item, (char *)c + f->defaults_off)
                     : config_table_init(f->sub, item);
        if (rc != 0 || config_field_set(&f->sub[0], item, any[i]) != NULL)
            return -1;
    }
    return 0;
}

static char *join(const char *dir, const char *name)
{
    size_t len = strlen(dir) + strlen(name) + 2;
    char *s = malloc(len);
    if (s != NULL)
        snprintf(s, len, "%s/%s", dir, name);
    return s;
}

/* Puts `s` (owned, may be NULL) in place of an empty *member. */
static int replace_empty(char **member, char *s)
{
    if (s == NULL)
        return -1;
    free(*member);
    *member = s;
    return 0;
}

int config_complete(struct config *c)
{
    char host[256] = "";
    c->bgp.defaults.local_as_auto = c->bgp.defaults.local_as == 0;
    for (size_t i = 0; i < c->bgp.peers_cnt; i++)
        c->bgp.peers[i].local_as_auto = c->bgp.peers[i].local_as == 0;
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
        memcpy(host, "ribtape", sizeof "ribtape");
    if (c->collector[0] == '\0' && replace_empty(&c->collector, strdup(host)) != 0)
        return -1;
    if (c->kafka.topics_cnt == 0 && config_add_topic(c) != 0)
        return -1;
    if (c->archive.dir[0] != '\0')
        return 0;
    return replace_empty(&c->archive.dir, join(c->data_dir, "archive"));
}

/* ---- searching ---- */

static struct source_addr unmapped(const struct source_addr *a)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct source_addr r = *a;
    if (a->len == 16 && memcmp(a->a, mapped, sizeof mapped) == 0) {
        r = (struct source_addr){.len = 4, .port = a->port};
        memcpy(r.a, a->a + sizeof mapped, 4);
    }
    return r;
}

static bool prefix_holds(const struct config_prefix *p, const struct source_addr *a)
{
    if (p->addr.len != a->len || memcmp(p->addr.a, a->a, p->bits / 8) != 0)
        return false;
    unsigned rest = p->bits % 8;
    return rest == 0 || (p->addr.a[p->bits / 8] ^ a->a[p->bits / 8]) >> (8 - rest) == 0;
}

bool config_prefix_holds(const struct config_prefix *p, const struct source_addr *addr)
{
    struct source_addr a = unmapped(addr);
    return prefix_holds(p, &a);
}

const struct config_listener *config_listener_for(const struct config *c,
                                                  const struct source_addr *addr)
{
    for (size_t i = 0; i < c->bmp.listeners_cnt; i++) {
        const struct config_listener *l = &c->bmp.listeners[i];
        if (l->addr.len == addr->len && l->addr.port == addr->port &&
            memcmp(l->addr.a, addr->a, addr->len) == 0)
            return l;
    }
    return NULL;
}

const struct config_peer *config_peer_for(const struct config *c,
                                          const struct source_addr *addr)
{
    struct source_addr a = unmapped(addr);
    const struct config_peer *best = NULL;
    for (size_t i = 0; i < c->bgp.peers_cnt; i++) {
        const struct config_peer *p = &c->bgp.peers[i];
        if (prefix_holds(&p->range, &a) && (best == NULL || p->range.bits > best->range.bits))
            best = p;
    }
    return best;
}

const struct config_router *config_router_for(const struct config *c,
                                              const struct source_addr *addr)
{
    struct source_addr a = unmapped(addr);
    const struct config_router *best = NULL;
    for (size_t i = 0; i < c->bmp.routers_cnt; i++) {
        const struct config_router *r = &c->bmp.routers[i];
        if (!r->dial && prefix_holds(&r->range, &a) &&
            (best == NULL || r->range.bits > best->range.bits))
            best = r;
    }
    return best;
}

bool config_peer_takes_as(const struct config_peer *p, uint32_t asn)
{
    bool takes = p->remote_as_cnt == 0;
    for (size_t i = 0; i < p->remote_as_cnt && !takes; i++)
        takes = p->remote_as[i].first <= asn && asn <= p->remote_as[i].last;
    return takes;
}

int config_set_bgp_port(struct config *c, uint16_t port)
{
    for (size_t i = 0; i < c->bgp.listen_cnt; i++) {
        for (size_t j = 0; j < i; j++) {
            if (memcmp(c->bgp.listen[i].a, c->bgp.listen[j].a, 16) == 0 &&
                c->bgp.listen[i].len == c->bgp.listen[j].len)
                return -1;
        }
        c->bgp.listen[i].port = port;
    }
    return 0;
}

/* ---- comparing ---- */

bool config_same_archive(const struct config *a, const struct config *b)
{
    return strcmp(a->collector, b->collector) == 0 &&
           config_table_same(config_archive_fields, a, b);
}

bool config_same_bmp_archive(const struct config *a, const struct config *b)
{
    return config_same_archive(a, b) && config_table_same(config_bmp_archive_fields, a, b);
}

/* Whether dumps say the same of where things stand. */
static bool same_places(const struct config *a, const struct config *b)
{
    bool same = memcmp(&a->place, &b->place, sizeof a->place) == 0 &&
                a->bgp.peers_cnt == b->bgp.peers_cnt;
    for (size_t i = 0; same && i < a->bgp.peers_cnt; i++) {
        const struct config_peer *x = &a->bgp.peers[i], *y = &b->bgp.peers[i];
        same = memcmp(&x->range, &y->range, sizeof x->range) == 0 &&
               memcmp(&x->place, &y->place, sizeof x->place) == 0;
    }
    return same;
}

bool config_same_rib(const struct config *a, const struct config *b)
{
    return config_same_archive(a, b) && config_table_same(config_rib_fields, a, b) &&
           same_places(a, b);
}

bool config_same_ndjson(const struct config *a, const struct config *b)
{
    return strcmp(a->collector, b->collector) == 0 &&
           config_table_same(config_ndjson_fields, a, b);
}

bool config_same(const struct config *a, const struct config *b)
{
    return config_table_same(config_fields, a, b);
}

const char *config_needs_restart(const struct config *a, const struct config *b)
{
    if (strcmp(a->collector, b->collector) != 0)
        return "collector";
    if (strcmp(a->data_dir, b->data_dir) != 0)
        return "data_dir";
    if (a->shards != b->shards)
        return "shards";
    if (config_moved_topic(a, b) != NULL)
        return "kafka.topics: cursor of a topic that stays";
    return config_table_same(config_journal_fields, a, b) ? NULL : "journal";
}
