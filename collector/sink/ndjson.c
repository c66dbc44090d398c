/* SPDX-License-Identifier: BSD-2-Clause */
/* ndjson: the sink that writes records as one JSON object a line. Floor F4.
 *
 * A file holds each record exactly once: a checkpoint's state is the file's length and inode,
 * and what is beyond after a crash is cut off. It becomes durable on a thread of its own while
 * more lines are written; but a checkpoint that rotates is waited for, so that the old file
 * ends where it says. Rotation renames the file when that checkpoint is durable. Standard output holds each record at least once; a reader that is
 * slow makes the sink lag, one that closes it switches the sink off. */
#include "collector/sink/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/metrics.h"
#include "collector/archive/files.h"
#include "collector/sink/syncer.h"
#include "schemas/filter/filter.h"
#include "schemas/record/record.h"
#include "schemas/record/record_memo.h"

enum {
    OUT_LEN = 256 * 1024,   /* lines gather up to this before a write */
    HOLD_LEN = 1024 * 1024, /* an output that takes nothing makes us busy from here on */
    SYNC_WAIT_MS = 5,       /* with nothing else to do, for what becomes durable */
    SMALL_WRITE = 4096,     /* PIPE_BUF: does not block after poll said so */
    ROTATE_TRIES = 1000,
};

struct counts {
    uint64_t records, octets, filtered, excluded;
};

struct ndjson {
    struct config *cfg;
    const struct log *log;
    struct filter *filter;
    struct buf out; /* lines not yet written; the first `done` octets are */
    size_t done;
    struct json json;
    struct record_options options;
    int fd;
    struct syncer *syncer; /* file: makes it durable */
    enum syncer_state sync;
    int sync_error;     /* why it failed */
    bool to_file;       /* else standard output */
    bool patient;       /* a write could block the thread: ask poll first, write little */
    bool closed;        /* the reader is gone: records are counted and thrown away */
    uint64_t len;       /* file: octets written to it */
    uint64_t started_s; /* file: when it was begun, UTC */
    uint64_t discarded;
    char rotate_to[PATH_MAX]; /* file: its next name, once the checkpoint is durable; or "" */
    struct counts now, marked, settled; /* so far; by the last checkpoint begun, and ended */
    struct metric m_records, m_octets, m_filtered, m_excluded, m_discarded, m_closed;
};

/* ---- output ---- */

static void drop_written(struct ndjson *n)
{
    if (n->done == 0)
        return;
    memmove(n->out.p, n->out.p + n->done, n->out.len - n->done);
    n->out.len -= n->done;
    n->done = 0;
}

static void reader_is_gone(struct ndjson *n)
{
    log_line(n->log, LOG_LEVEL_ERROR,
             "sink ndjson: standard output was closed by its reader; records are no longer "
             "written, but counted as discarded");
    n->closed = true;
    metric_set(&n->m_closed, 1);
    buf_free(&n->out);
    n->done = 0;
}

/* Writes some of what waits. Returns the count, or -1 with errno (EAGAIN: not now). */
static ssize_t write_some(struct ndjson *n)
{
    size_t want = n->out.len - n->done;
    if (n->patient) {
        struct pollfd p = {.fd = n->fd, .events = POLLOUT};
        if (poll(&p, 1, 0) == 0) {
            errno = EAGAIN;
            return -1;
        }
        if (want > SMALL_WRITE)
            want = SMALL_WRITE;
    }
    return write(n->fd, n->out.p + n->done, want);
}

/* Shows what the file or reader has been given. After a failure some of it comes again, and is
 * not counted again. */
static void show(struct ndjson *n)
{
    const struct {
        struct metric *m;
        uint64_t now;
    } row[] = {{&n->m_records, n->now.records},
               {&n->m_octets, n->now.octets},
               {&n->m_filtered, n->now.filtered},
               {&n->m_excluded, n->now.excluded}};
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        if (row[i].now > metric_get(row[i].m))
            metric_set(row[i].m, row[i].now);
    }
}

/* Hands all lines to the kernel. SINK_BUSY: it does not take them now. */
static enum sink_result flush(struct ndjson *n)
{
    while (!n->closed && n->done < n->out.len) {
        ssize_t got = write_some(n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && !n->to_file &&
            (errno == EPIPE || errno == ECONNRESET || errno == EBADF)) {
            reader_is_gone(n);
            return SINK_OK;
        }
        if (got < 0) {
            bool busy = errno == EAGAIN || errno == EWOULDBLOCK;
            drop_written(n);
            return busy ? SINK_BUSY : SINK_FAIL;
        }
        n->done += (size_t)got;
        n->len += (size_t)got;
    }
    buf_clear(&n->out);
    n->done = 0;
    show(n);
    return SINK_OK;
}

/* ---- rotation ---- */

static bool rotation_is_due(const struct ndjson *n, uint64_t now_s)
{
    const uint64_t size = n->cfg->ndjson.rotate_size;
    const uint32_t age = n->cfg->ndjson.rotate_s;
    uint64_t len = n->len + n->out.len - n->done;
    if (!n->to_file || len == 0 || n->rotate_to[0] != '\0')
        return false;
    return (size > 0 && len >= size) || (age > 0 && now_s >= n->started_s + age);
}

/* Chooses the name: PATH.20261122T220500Z, or that with -001, -002 when it is taken, so that
 * names sort by time. */
static int choose_rotated(struct ndjson *n, uint64_t now_s)
{
    time_t at = (time_t)now_s;
    struct tm tm;
    char stamp[32];
    if (gmtime_r(&at, &tm) == NULL ||
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
        return -1;
    for (unsigned i = 0; i < ROTATE_TRIES; i++) {
        char more[16] = "";
        if (i > 0)
            snprintf(more, sizeof(more), "-%03u", i);
        int k = snprintf(n->rotate_to, sizeof(n->rotate_to), "%s.%s%s", n->cfg->ndjson.path,
                         stamp, more);
        if (k > 0 && (size_t)k < sizeof(n->rotate_to) && access(n->rotate_to, F_OK) != 0)
            return 0;
    }
    n->rotate_to[0] = '\0';
    errno = EEXIST;
    return -1;
}

static int open_file(struct ndjson *n)
{
    struct stat st;
    n->fd = open(n->cfg->ndjson.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (n->fd < 0 || fstat(n->fd, &st) != 0)
        return -1;
    n->len = (uint64_t)st.st_size;
    n->started_s = clock_realtime_ns() / NS_PER_S;
    return files_sync_parent(n->cfg->ndjson.path);
}

static int rotate(struct ndjson *n)
{
    if (files_rename_new(n->cfg->ndjson.path, n->rotate_to) != 0)
        return -1;
    n->rotate_to[0] = '\0';
    close(n->fd);
    return open_file(n);
}

/* ---- state: text `file LEN INODE STARTED ROTATE_TO` ---- */

static int write_state(struct ndjson *n, struct buf *state)
{
    struct stat st;
    if (fstat(n->fd, &st) != 0)
        return -1;
    buf_printf(state, "file %" PRIu64 " %ju %" PRIu64 " %s", n->len, (uintmax_t)st.st_ino,
               n->started_s, n->rotate_to);
    return 0;
}

/* Cuts what came after the checkpoint, unless somebody put another file there. */
static int cut_file(struct ndjson *n, uint64_t len)
{
    if (n->len > len && ftruncate(n->fd, (off_t)len) != 0)
        return -1;
    if (n->len > len)
        n->len = len;
    return 0;
}

/* Brings the file to what the checkpoint says. */
static int restore(struct ndjson *n, const char *state)
{
    uint64_t len, started;
    uintmax_t inode;
    int at = 0;
    struct stat st;
    if (sscanf(state, "file %" SCNu64 " %ju %" SCNu64 " %n", &len, &inode, &started, &at) < 3 ||
        at == 0)
        return 0; /* of a sink to standard output */
    if (fstat(n->fd, &st) != 0)
        return -1;
    bool same = (uintmax_t)st.st_ino == inode;
    bool rotating = state[at] != '\0';
    if (same) {
        n->started_s = started;
        if (cut_file(n, len) != 0)
            return -1;
        if (!rotating)
            return 0;
        snprintf(n->rotate_to, sizeof(n->rotate_to), "%s", state + at);
        return rotate(n);
    }
    /* The rotation took place; what the new file holds comes again. */
    return rotating && access(state + at, F_OK) == 0 ? cut_file(n, 0) : 0;
}

static int begin(struct ndjson *n, const void *state, size_t len)
{
    n->rotate_to[0] = '\0';
    if (!n->to_file)
        return 0;
    if (files_make_parents(n->cfg->ndjson.path) != 0 || open_file(n) != 0)
        return -1;
    char *text = strndup(len > 0 ? state : "", len);
    int rc = text != NULL ? restore(n, text) : -1;
    free(text);
    return rc;
}

/* A pipe is opened anew so as not to block, which leaves the mode of the one we share alone.
 * Other things that may block are asked by poll before each small write. */
static void prepare_stdout(struct ndjson *n)
{
    struct stat st;
    n->fd = STDOUT_FILENO;
    n->patient = true;
    if (fstat(n->fd, &st) != 0)
        return;
    if (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode))
        n->patient = !S_ISREG(st.st_mode);
    if (!S_ISFIFO(st.st_mode))
        return;
    int fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    n->fd = fd;
    n->patient = false;
}

/* ---- the sink ---- */

static void ndjson_free(struct ndjson *n)
{
    syncer_free(n->syncer);
    record_memo_free(n->options.memo);
    if (n->fd > STDERR_FILENO)
        close(n->fd);
    buf_free(&n->out);
    filter_free(n->filter);
    config_unref(n->cfg);
    free(n);
}

/* Exactly once needs a file that can be cut and synced; a FIFO would moreover block its opener.
 */
static bool is_no_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static void *ndjson_open(const struct sink_open *o, char *err, size_t err_len)
{
    struct ndjson *n = NULL;
    if (strcmp(o->cfg->ndjson.path, "-") != 0 && is_no_file(o->cfg->ndjson.path)) {
        snprintf(err, err_len,
                 "ndjson: %s: no regular file; for a pipe write to standard output, \"-\"",
                 o->cfg->ndjson.path);
        return NULL;
    }
    n = calloc(1, sizeof(*n));
    if (n == NULL) {
        snprintf(err, err_len, "ndjson: out of memory");
        return NULL;
    }
    n->cfg = config_ref((struct config *)(uintptr_t)o->cfg);
    n->log = o->log;
    n->fd = -1;
    n->to_file = strcmp(o->cfg->ndjson.path, "-") != 0;
    n->options = (struct record_options){.keepalives = o->cfg->ndjson.keepalives,
                                         .raw = o->cfg->ndjson.raw,
                                         .memo = record_memo_new()}; /* NULL: it goes without */
    json_init(&n->json, &n->out);
    char why[FILTER_ERROR_MAX];
    n->filter = filter_new(o->cfg->ndjson.filter, true, why);
    if (n->filter == NULL) {
        snprintf(err, err_len, "ndjson: filter: %s", why);
        ndjson_free(n);
        return NULL;
    }
    if (!n->to_file)
        prepare_stdout(n);
    else
        n->syncer = syncer_new();
    if ((!n->to_file || n->syncer != NULL) && begin(n, o->state, o->len) == 0)
        return n;
    snprintf(err, err_len, "ndjson: %s: %s", o->cfg->ndjson.path, strerror(errno));
    ndjson_free(n);
    return NULL;
}

/* Looks what has become of the checkpoint begun, and keeps the answer for ndjson_confirm. */
static void await(struct ndjson *n, int wait_ms)
{
    if (n->sync != SYNCER_BUSY)
        return;
    n->sync = syncer_wait(n->syncer, wait_ms);
    n->sync_error = n->sync == SYNCER_FAILED ? errno : 0;
}

static enum sink_result ndjson_consume(void *self, struct track *t,
                                       const struct track_item *item)
{
    struct ndjson *n = self;
    (void)t;
    if (n->closed) {
        metric_add(&n->m_discarded, 1);
        return SINK_FILTERED;
    }
    if (n->out.len - n->done >= OUT_LEN) {
        enum sink_result rc = flush(n);
        if (rc == SINK_FAIL || (rc == SINK_BUSY && n->out.len >= HOLD_LEN))
            return rc;
    }
    if (!filter_passes(n->filter, item)) {
        n->now.excluded++;
        return SINK_FILTERED;
    }
    size_t before = n->out.len;
    int wrote = record_item(&n->json.emit, n->cfg->collector, item, &n->options, NULL);
    if (wrote > 0)
        buf_add_char(&n->out, '\n');
    if (n->out.failed) {
        errno = ENOMEM;
        return SINK_FAIL;
    }
    n->now.records += (uint64_t)wrote;
    n->now.octets += n->out.len - before;
    n->now.filtered += wrote == 0;
    if (wrote <= 0)
        return SINK_FILTERED;
    if (!rotation_is_due(n, n->started_s))
        return SINK_OK;
    /* The next checkpoint comes after this one. What it says is kept for ndjson_confirm. */
    await(n, -1);
    return SINK_CHECKPOINT;
}

static enum sink_result ndjson_tick(void *self, uint64_t now_ns)
{
    struct ndjson *n = self;
    enum sink_result rc = flush(n);
    await(n, SYNC_WAIT_MS);
    if (rc == SINK_OK && n->sync != SYNCER_BUSY && rotation_is_due(n, now_ns / NS_PER_S))
        return SINK_CHECKPOINT;
    return rc == SINK_FAIL ? rc : SINK_OK;
}

static enum sink_result ndjson_checkpoint(void *self, struct buf *state)
{
    struct ndjson *n = self;
    enum sink_result rc = flush(n);
    n->marked = n->now;
    if (rc != SINK_OK || !n->to_file)
        return rc;
    uint64_t now_s = clock_realtime_ns() / NS_PER_S;
    if (rotation_is_due(n, now_s) && choose_rotated(n, now_s) != 0)
        return SINK_FAIL;
    if (write_state(n, state) != 0)
        return SINK_FAIL;
    syncer_begin(n->syncer, n->fd);
    n->sync = SYNCER_BUSY;
    if (n->rotate_to[0] != '\0')
        await(n, -1);
    return SINK_OK;
}

static enum sink_result ndjson_confirm(void *self)
{
    struct ndjson *n = self;
    await(n, 0);
    errno = n->sync_error;
    return n->sync == SYNCER_BUSY ? SINK_BUSY : n->sync == SYNCER_FAILED ? SINK_FAIL : SINK_OK;
}

static enum sink_result ndjson_settle(void *self)
{
    struct ndjson *n = self;
    n->settled = n->marked;
    return n->rotate_to[0] == '\0' || rotate(n) == 0 ? SINK_OK : SINK_FAIL;
}

static enum sink_result ndjson_rewind(void *self, const void *state, size_t len)
{
    struct ndjson *n = self;
    await(n, -1);
    n->sync = SYNCER_DONE;
    buf_free(&n->out);
    n->done = 0;
    n->now = n->settled;
    if (n->to_file && n->fd >= 0) {
        close(n->fd);
        n->fd = -1;
    }
    return begin(n, state, len) == 0 ? SINK_OK : SINK_FAIL;
}

static void ndjson_close(void *self, bool clean)
{
    (void)clean; /* the file keeps its name; the last checkpoint covers it or it is cut */
    ndjson_free(self);
}

static void ndjson_metrics(void *self, struct buf *b)
{
    struct ndjson *n = self;
    static const char *const none[] = {NULL};
    const struct {
        const char *name, *type, *help;
        const struct metric *m;
    } row[] = {
        {"ribtape_ndjson_records_total", "counter", "Records written.", &n->m_records},
        {"ribtape_ndjson_bytes_total", "counter", "Octets written.", &n->m_octets},
        {"ribtape_ndjson_filtered_total", "counter",
         "Frames without a record (keepalives when off, context).", &n->m_filtered},
        {"ribtape_ndjson_excluded_total", "counter", "Frames that ndjson.filter left out.",
         &n->m_excluded},
        {"ribtape_ndjson_discarded_total", "counter",
         "Frames thrown away because standard output was closed.", &n->m_discarded},
        {"ribtape_ndjson_closed", "gauge", "1 when standard output was closed by its reader.",
         &n->m_closed},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        metrics_family(b, row[i].name, row[i].type, row[i].help);
        metrics_sample(b, row[i].name, none, (double)metric_get(row[i].m));
    }
}

const struct sink_ops sink_ndjson = {
    .name = "ndjson",
    .open = ndjson_open,
    .consume = ndjson_consume,
    .tick = ndjson_tick,
    .checkpoint = ndjson_checkpoint,
    .confirm = ndjson_confirm,
    .settle = ndjson_settle,
    .rewind = ndjson_rewind,
    .metrics = ndjson_metrics,
    .close = ndjson_close,
};
