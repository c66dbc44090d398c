/* SPDX-License-Identifier: BSD-2-Clause */
/* shard: one ingest thread with its event loop, listening sockets, sessions and journal. Floor
 * F4. */
#include "collector/shard/shard.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "collector/bmp/dial.h"
#include "collector/bmp/door.h"
#include "collector/bmp/tls.h"
#include "collector/shard/addr.h"
#include "collector/shard/listener.h"
#include "collector/shard/shard_int.h"
#include "collector/shard/shard_view.h"
#include "collector/sink/tally.h"

enum { RETRY_MS = 100, STOP_SLACK_MS = 500 };

/* ---- helpers of the shard's files ---- */

void shard_refuse(struct shard *sh, enum refused why, const struct source_addr *who,
                  const char *detail)
{
#define REFUSED_TEXT(NAME, text) text,
    static const char *const texts[] = {REFUSED_MAP(REFUSED_TEXT)};
    char addr[ADDR_TEXT_MAX];
    uint32_t suppressed = 0;
    metric_add(&sh->refused[why], 1);
    if (!log_allowed(&sh->refused_limit, clock_monotonic_ns(), &suppressed))
        return;
    log_line(sh->log, LOG_LEVEL_WARN, "%s from %s: refused (%s), %u more like it before",
             detail, addr_text(who, addr), texts[why], suppressed);
}

unsigned shard_share(const struct shard *sh, uint32_t limit)
{
    return limit == 0 ? UINT_MAX : limit / sh->shards + (limit % sh->shards != 0);
}

uint64_t shard_random(struct shard *sh)
{
    uint64_t x = sh->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    sh->random = x;
    return x;
}

uint64_t shard_jitter(struct shard *sh, uint64_t ns)
{
    return ns - shard_random(sh) % (ns / 4 + 1);
}

/* ---- the journal's back-pressure ---- */

static void shard_pause(struct shard *sh)
{
    static const struct timeval retry = {0, RETRY_MS * 1000};
    struct conn *c;
    struct listener *l;
    sh->paused = true;
    log_line(sh->log, LOG_LEVEL_ERROR,
             "journal: %s: reading stopped, keepalives go on, retry every %d ms",
             sh->gate.error == EDQUOT ? "at its limit, a sink is behind"
                                      : strerror(sh->gate.error),
             RETRY_MS);
    TAILQ_FOREACH(c, &sh->sessions, link)
    conn_pause(c);
    TAILQ_FOREACH(c, &sh->stations, link)
    conn_pause(c);
    TAILQ_FOREACH(l, &sh->listeners, link)
    listener_pause(l);
    event_add(sh->retry, &retry);
}

void shard_check_gate(struct shard *sh)
{
    if (sh->gate.blocked && !sh->paused)
        shard_pause(sh);
}

/* Resumes each; the list changes under us when one ends. A new block stops the rest, as their
 * owners look at the gate. */
static void resume_all(struct conn_list *list)
{
    struct conn *c = TAILQ_FIRST(list);
    while (c != NULL) {
        struct conn *next = TAILQ_NEXT(c, link);
        conn_resume(c);
        c = next;
    }
}

static void shard_on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct shard *sh = (struct shard *)arg;
    struct listener *l;
    uint64_t for_ns;
    (void)fd;
    (void)what;
    if (!gate_retry(&sh->gate, &for_ns))
        return;
    event_del(sh->retry);
    sh->paused = false;
    log_line(sh->log, LOG_LEVEL_WARN,
             "journal: takes frames again after %.1f s, reading goes on", (double)for_ns / 1e9);
    resume_all(&sh->sessions);
    resume_all(&sh->stations);
    TAILQ_FOREACH(l, &sh->listeners, link)
    listener_resume(l);
}

static void shard_repeat(struct journal *j, void *arg)
{
    struct shard *sh = (struct shard *)arg;
    struct conn *c;
    tally_repeat(sh->tally, j);
    TAILQ_FOREACH(c, &sh->sessions, link)
    conn_repeat(c);
    TAILQ_FOREACH(c, &sh->stations, link)
    conn_repeat(c);
    /* the dead whose last frames wait for the journal */
    TAILQ_FOREACH(c, &sh->dead, link)
    if (sh->gate.blocked)
        conn_repeat(c);
}

/* ---- the loop ---- */

static void reap(struct shard *sh)
{
    struct conn *c;
    while (!sh->gate.blocked && (c = TAILQ_FIRST(&sh->dead)) != NULL) {
        TAILQ_REMOVE(&sh->dead, c, link);
        conn_free(c);
    }
}

static bool shard_done(const struct shard *sh)
{
    return sh->stopping && ((sh->lingers.cnt == 0 && !sh->gate.blocked) ||
                            clock_monotonic_ns() >= sh->stop_by_ns);
}

static void *shard_thread(void *arg)
{
    struct shard *sh = (struct shard *)arg;
    while (!shard_done(sh)) {
        if (event_base_loop(sh->base, EVLOOP_ONCE) < 0)
            break; /* the backend failed: nothing can be waited for */
        reap(sh);
        journal_wake(sh->journal);
    }
    return NULL;
}

/* ---- letters ---- */

struct stop_letter {
    uint64_t by_ns;
    char message[256];
};

static void stop_all(struct conn_list *list, const char *message)
{
    struct conn *c;
    while ((c = TAILQ_FIRST(list)) != NULL)
        c->ops->stop(c, message);
}

static void close_listeners(struct shard *sh)
{
    struct listener *l;
    while ((l = TAILQ_FIRST(&sh->listeners)) != NULL)
        listener_close(l);
}

static void stop_in_loop(void *owner, void *arg, struct buf *out)
{
    struct shard *sh = (struct shard *)owner;
    struct stop_letter *letter = (struct stop_letter *)arg;
    (void)out;
    close_listeners(sh);
    dial_stop_all(sh);
    door_close_all(sh);
    stop_all(&sh->sessions, letter->message);
    stop_all(&sh->stations, letter->message);
    sh->stopping = true;
    sh->stop_by_ns = letter->by_ns;
    /* the loop must not sleep past the deadline */
    uint64_t now = clock_monotonic_ns();
    uint64_t left = letter->by_ns > now ? letter->by_ns - now : 0;
    const struct timeval tv = {(time_t)(left / NS_PER_S),
                               (suseconds_t)(left % NS_PER_S / 1000)};
    event_base_loopexit(sh->base, &tv);
    free(letter);
}

static bool wants_listener(const struct source_addr *list, size_t cnt,
                           const struct source_addr *addr)
{
    for (size_t i = 0; i < cnt; i++)
        if (addr_same(&list[i], addr))
            return true;
    return false;
}

static bool has_listener(const struct shard *sh, enum source_kind kind,
                         const struct source_addr *addr)
{
    const struct listener *l;
    TAILQ_FOREACH(l, &sh->listeners, link)
    if (l->kind == kind && addr_same(&l->addr, addr))
        return true;
    return false;
}

/* Opens the listeners of one kind that are missing. Returns 0, or -1 with a reason. */
static int open_listeners(struct shard *sh, enum source_kind kind, char *err, size_t err_len)
{
    const struct config *cfg = sh->cfg;
    const struct source_addr *list = kind == SOURCE_BGP ? cfg->bgp.listen : cfg->bmp.listen;
    size_t cnt = kind == SOURCE_BGP ? cfg->bgp.listen_cnt : cfg->bmp.listen_cnt;
    for (size_t i = 0; i < cnt; i++)
        if (!has_listener(sh, kind, &list[i]) &&
            listener_open(sh, kind, &list[i], err, err_len) != 0)
            return -1;
    for (size_t i = 0; kind == SOURCE_BMP && i < cfg->bmp.listeners_cnt; i++)
        if (!has_listener(sh, kind, &cfg->bmp.listeners[i].addr) &&
            listener_open(sh, kind, &cfg->bmp.listeners[i].addr, err, err_len) != 0)
            return -1;
    return 0;
}

static void reload_listeners(struct shard *sh, const struct config *old)
{
    char err[256], text[ADDR_TEXT_MAX];
    struct listener *l = TAILQ_FIRST(&sh->listeners), *next;
    const struct config *cfg = sh->cfg;
    for (; l != NULL; l = next) {
        struct source_addr who = l->addr;
        next = TAILQ_NEXT(l, link);
        bool stays = l->kind == SOURCE_BGP
                         ? wants_listener(cfg->bgp.listen, cfg->bgp.listen_cnt, &l->addr)
                         : wants_listener(cfg->bmp.listen, cfg->bmp.listen_cnt, &l->addr) ||
                               config_listener_for(cfg, &l->addr) != NULL;
        if (!stays)
            listener_close(l);
        else if (listener_set_keys(l, cfg, old, &who) != 0)
            log_line(sh->log, LOG_LEVEL_ERROR, "TCP MD5 key for %s: %s, not set",
                     addr_text(&who, text), strerror(errno));
    }
    if (open_listeners(sh, SOURCE_BGP, err, sizeof(err)) != 0 ||
        open_listeners(sh, SOURCE_BMP, err, sizeof(err)) != 0)
        log_line(sh->log, LOG_LEVEL_ERROR, "reload: %s, the others stay open", err);
}

/* The files are read again, whatever the configuration's text says: certificates are renewed
 * under their old names. Streams keep what they began with. */
static void reload_tls(struct shard *sh)
{
    char err[512];
    struct tls_setup *fresh = tls_setup_new(sh->cfg, err, sizeof(err));
    if (fresh == NULL) { /* app_reload has tried it: rare */
        log_line(sh->log, LOG_LEVEL_ERROR, "reload: %s, the old certificates stay", err);
        return;
    }
    tls_setup_free(sh->tls);
    sh->tls = fresh;
}

static void reload_all(struct conn_list *list)
{
    struct conn *c = TAILQ_FIRST(list);
    while (c != NULL) {
        struct conn *next = TAILQ_NEXT(c, link);
        c->ops->reload(c);
        c = next;
    }
}

static void reload_in_loop(void *owner, void *arg, struct buf *out)
{
    struct shard *sh = (struct shard *)owner;
    struct config *old = sh->cfg;
    (void)out;
    sh->cfg = (struct config *)arg; /* the letter's reference becomes ours */
    reload_tls(sh);
    reload_listeners(sh, old);
    reload_all(&sh->sessions);
    reload_all(&sh->stations);
    if (dial_reconcile(sh) != 0)
        log_line(sh->log, LOG_LEVEL_ERROR, "reload: out of memory, a dial-out is missing");
    config_unref(old);
}

static void drop_config(void *arg)
{
    config_unref((struct config *)arg);
}

/* ---- life ---- */

/* Makes DATA_DIR and DATA_DIR/journal; the journal makes its own folder. */
static int make_folders(const struct config *cfg, unsigned index, char *dir, size_t dir_len,
                        char *err, size_t err_len)
{
    int n = snprintf(dir, dir_len, "%s/journal", cfg->data_dir);
    if (n > 0 && (size_t)n + 12 < dir_len &&
        (mkdir(cfg->data_dir, 0755) == 0 || errno == EEXIST) &&
        (mkdir(dir, 0755) == 0 || errno == EEXIST)) {
        snprintf(dir + n, dir_len - (size_t)n, "/%u", index);
        return 0;
    }
    if (n <= 0 || (size_t)n + 12 >= dir_len)
        errno = ENAMETOOLONG;
    snprintf(err, err_len, "%s: %s", dir, strerror(errno));
    return -1;
}

static int open_journal(struct shard *sh, char *err, size_t err_len)
{
    char dir[PATH_MAX];
    const struct config *cfg = sh->cfg;
    if (make_folders(cfg, sh->index, dir, sizeof(dir), err, err_len) != 0)
        return -1;
    const struct journal_options o = {.dir = dir,
                                      .segment_size = cfg->journal.segment_size,
                                      .limit = cfg->journal.limit,
                                      .drop_oldest = cfg->journal.drop_oldest,
                                      .tell_start = true,
                                      .repeat = shard_repeat,
                                      .repeat_arg = sh};
    sh->journal = journal_open(&o, err, err_len);
    sh->gate.journal = sh->journal;
    if (sh->journal == NULL)
        return -1;
    sh->tally = tally_open(sh->journal);
    sh->gate.nobody = tally_nobody(sh->tally);
    if (sh->gate.nobody == NULL)
        snprintf(err, err_len, "out of memory");
    return sh->gate.nobody != NULL ? 0 : -1;
}

static int open_loop(struct shard *sh)
{
    /* Time is asked for once per turn; timers here are not in need of more. */
    sh->base = event_base_new();
    if (sh->base == NULL)
        return -1;
    sh->retry = event_new(sh->base, -1, EV_PERSIST, shard_on_retry, sh);
    sh->mail = mailbox_new(sh->base, sh);
    sh->scratch = (uint8_t *)malloc(CONN_READ_MAX + SCRATCH_KEEP);
    return sh->retry != NULL && sh->mail != NULL && sh->scratch != NULL ? 0 : -1;
}

static struct shard *shard_new(struct config *cfg, unsigned index, unsigned shards,
                               const struct log *log)
{
    struct shard *sh = (struct shard *)calloc(1, sizeof(*sh));
    uint64_t seed[2];
    if (sh == NULL)
        return NULL;
    sh->cfg = config_ref(cfg);
    sh->index = index;
    sh->shards = shards;
    sh->log = log;
    TAILQ_INIT(&sh->sessions);
    TAILQ_INIT(&sh->stations);
    TAILQ_INIT(&sh->dead);
    TAILQ_INIT(&sh->listeners);
    TAILQ_INIT(&sh->dials);
    TAILQ_INIT(&sh->doors);
    linger_init(&sh->lingers);
    hash_random_key(sh->sip_key);
    hash_random_key(seed);
    sh->random = seed[0] | 1;
    if (gethostname(sh->host, sizeof(sh->host) - 1) != 0)
        strcpy(sh->host, "ribtape");
    return sh;
}

struct shard *shard_open(struct config *cfg, unsigned index, unsigned shards,
                         const struct log *log, char *err, size_t err_len)
{
    struct shard *sh = shard_new(cfg, index, shards, log);
    snprintf(err, err_len, "out of memory");
    if (sh == NULL)
        return NULL;
    if (open_loop(sh) == 0 && (sh->tls = tls_setup_new(cfg, err, err_len)) != NULL &&
        open_journal(sh, err, err_len) == 0)
        return sh;
    shard_free(sh);
    return NULL;
}

int shard_start(struct shard *sh, char *err, size_t err_len)
{
    snprintf(err, err_len, "out of memory");
    if (open_listeners(sh, SOURCE_BGP, err, err_len) != 0 ||
        open_listeners(sh, SOURCE_BMP, err, err_len) != 0 || dial_reconcile(sh) != 0)
        return -1;
    int error = pthread_create(&sh->thread, NULL, shard_thread, sh);
    if (error != 0) {
        snprintf(err, err_len, "thread: %s", strerror(error));
        return -1;
    }
    sh->started = true;
    return 0;
}

struct journal *shard_journal(struct shard *s)
{
    return s->journal;
}

unsigned shard_listening(struct shard *s, enum source_kind kind, struct source_addr *out,
                         unsigned max)
{
    const struct listener *l;
    unsigned n = 0;
    TAILQ_FOREACH(l, &s->listeners, link)
    if (l->kind == kind && n < max)
        out[n++] = l->bound;
    return n;
}

void shard_reload(struct shard *s, struct config *cfg)
{
    if (mailbox_post(s->mail, reload_in_loop, config_ref(cfg), drop_config) != 0)
        log_line(s->log, LOG_LEVEL_ERROR, "reload: shard %u does not answer, not reloaded",
                 s->index);
}

void shard_stop(struct shard *s, const char *message, int deadline_ms)
{
    struct stop_letter *letter;
    if (!s->started)
        return;
    int wait_ms =
        deadline_ms > 2 * STOP_SLACK_MS ? deadline_ms - STOP_SLACK_MS : deadline_ms / 2;
    while ((letter = (struct stop_letter *)calloc(1, sizeof(*letter))) == NULL)
        usleep(1000); /* shutting down can't be given up */
    letter->by_ns = clock_monotonic_ns() + (uint64_t)wait_ms * 1000000;
    snprintf(letter->message, sizeof(letter->message), "%s", message != NULL ? message : "");
    while (mailbox_post(s->mail, stop_in_loop, letter, NULL) != 0)
        usleep(1000);
    pthread_join(s->thread, NULL);
    s->started = false;
    mailbox_close(s->mail);
    if (s->gate.first != NULL)
        log_line(s->log, LOG_LEVEL_ERROR,
                 "journal: still blocked at the end, %zu octets of the collector's own frames "
                 "are not in it",
                 s->gate.waiting);
}

static void free_loop(struct shard *s)
{
    if (s->retry != NULL)
        event_free(s->retry);
    mailbox_free(s->mail);
    if (s->base != NULL)
        event_base_free(s->base);
}

void shard_free(struct shard *s)
{
    struct conn *c;
    if (s == NULL)
        return;
    close_listeners(s);
    dial_stop_all(s);
    door_close_all(s);
    linger_close_all(&s->lingers);
    stop_all(&s->sessions, NULL); /* none when shard_stop was called */
    stop_all(&s->stations, NULL);
    while ((c = TAILQ_FIRST(&s->dead)) != NULL) {
        TAILQ_REMOVE(&s->dead, c, link);
        conn_free(c);
    }
    linger_close_all(&s->lingers);
    gate_free(&s->gate);
    free_loop(s);
    journal_close(s->journal);
    ledger_free(s->tally);
    free(s->scratch);
    tls_setup_free(s->tls);
    config_unref(s->cfg);
    free(s);
}

/* ---- answers ---- */

int shard_metrics(struct shard *s, struct buf *b, int timeout_ms)
{
    return mailbox_ask(s->mail, shard_view_metrics, NULL, b, timeout_ms);
}

int shard_peers(struct shard *s, struct buf *b, int timeout_ms)
{
    return mailbox_ask(s->mail, shard_view_peers, NULL, b, timeout_ms);
}
