/* SPDX-License-Identifier: BSD-2-Clause */
/* archive_file: slot files, their streams, checkpoints and names. Floor F4. */
#include "collector/archive/archive_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "collector/archive/archive_state.h"
#include "collector/archive/files.h"

enum {
    PENDING_LEN = 64 * 1024, /* records gather up to this before they go to the stream */
    TABLE_START = 64,
    AGAIN_MAX = 10000,
    SLOT_GRACE_S = 1, /* frames that were stamped in a slot come this late at most */
};

/* ---- the open streams: the least recently used one gives way ---- */

static void unlink_open(struct arch_files *a, struct arch_file *f)
{
    *(f->newer != NULL ? &f->newer->older : &a->newest) = f->older;
    *(f->older != NULL ? &f->older->newer : &a->oldest) = f->newer;
    f->newer = f->older = NULL;
}

static void link_newest(struct arch_files *a, struct arch_file *f)
{
    f->older = a->newest;
    *(a->newest != NULL ? &a->newest->newer : &a->oldest) = f;
    a->newest = f;
}

/* Ends the gzip member, so that the file is whole as it stands. */
static int end_member(struct arch_file *f)
{
    if (f->out == NULL || !f->dirty)
        return 0;
    if (stream_out_flush_member(f->out, &f->len) != 0)
        return -1;
    f->dirty = false;
    f->unsynced = true;
    return 0;
}

/* Closes a stream; what is not in a whole member is gone (or comes again from the journal). */
static int close_stream(struct arch_files *a, struct arch_file *f)
{
    if (f->out == NULL)
        return 0;
    unlink_open(a, f);
    a->open_cnt--;
    int rc = stream_out_close(f->out);
    f->out = NULL;
    buf_free(&f->pending);
    return rc;
}

static int drain(struct arch_files *a, struct arch_file *f);

static int give_way(struct arch_files *a)
{
    struct arch_file *f = a->oldest;
    if (drain(a, f) != 0 || end_member(f) != 0)
        return -1;
    return close_stream(a, f);
}

/* ---- opening a part ---- */

/* Chooses the first name of the slot that no finished file has. */
static int choose_name(struct arch_files *a, struct arch_file *f)
{
    for (unsigned again = 0; again < AGAIN_MAX; again++) {
        char name[ARCHIVE_NAME_MAX], path[PATH_MAX];
        if (archive_name(name, sizeof(name), a->cfg, a->what, a->slot, again) != 0)
            return -1;
        if (archive_path(path, sizeof(path) - sizeof(".part"), a->cfg->archive.dir, f->folder,
                         name) != 0)
            return -1;
        if (access(path, F_OK) == 0 || arch_state_waits(a, path))
            continue;
        f->name = strdup(path);
        return f->name != NULL ? 0 : -1;
    }
    errno = EEXIST;
    return -1;
}

/* A part that no checkpoint knows: with a state it is what came after the checkpoint and will
 * come again; without one it is somebody's data, and is kept. */
static int set_aside(struct arch_files *a, struct arch_file *f, const char *part)
{
    if (a->resumed || access(part, F_OK) != 0)
        return 0;
    log_line(a->log, LOG_LEVEL_WARN,
             "archive: %s is left from an earlier run without a cursor, finished as it is",
             part);
    if (files_rename_new(part, f->name) != 0)
        return -1;
    free(f->name);
    f->name = NULL;
    return choose_name(a, f);
}

static int create_part(struct arch_files *a, struct arch_file *f)
{
    char part[PATH_MAX];
    if (choose_name(a, f) != 0 || arch_part_path(part, f->name) != 0 ||
        files_make_parents(part) != 0 || set_aside(a, f, part) != 0 ||
        arch_part_path(part, f->name) != 0)
        return -1;
    f->len = 0;
    f->unsynced = f->dir_unsynced = true;
    return open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

/* Opens a part again at the end of its last whole member. */
static int reopen_part(struct arch_file *f)
{
    char part[PATH_MAX];
    if (arch_part_path(part, f->name) != 0)
        return -1;
    if (f->is_final) {
        files_unlink_digest(f->name);
        if (files_rename_new(f->name, part) != 0)
            return -1;
        f->is_final = false;
    }
    int fd = open(part, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && lseek(fd, (off_t)f->len, SEEK_SET) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_stream(struct arch_files *a, struct arch_file *f)
{
    if (a->open_cnt >= ARCHIVE_OPEN_MAX && give_way(a) != 0)
        return -1;
    int fd = f->name == NULL ? create_part(a, f) : reopen_part(f);
    if (fd < 0)
        return -1;
    f->out =
        stream_out_fd(fd, (enum stream_format)a->cfg->archive.format, a->cfg->archive.level);
    if (f->out == NULL) {
        close(fd);
        return -1;
    }
    link_newest(a, f);
    a->open_cnt++;
    return 0;
}

/* Hands the pending records to the stream. */
static int drain(struct arch_files *a, struct arch_file *f)
{
    if (f->pending.len == 0)
        return 0;
    if (f->out == NULL && open_stream(a, f) != 0)
        return -1;
    if (a->newest != f) {
        unlink_open(a, f);
        link_newest(a, f);
    }
    f->dirty = true;
    if (stream_out_write(f->out, f->pending.p, f->pending.len) != 0)
        return -1;
    buf_clear(&f->pending);
    return 0;
}

/* ---- records ---- */

uint8_t *arch_file_room(struct arch_file *f, size_t n)
{
    char *p = buf_room(&f->pending, n);
    if (p == NULL)
        errno = ENOMEM;
    return (uint8_t *)p;
}

int arch_file_add(struct arch_files *a, struct arch_file *f, size_t n)
{
    f->pending.len += n;
    return f->pending.len < PENDING_LEN ? 0 : drain(a, f);
}

static int make_empty(struct arch_files *a, struct arch_file *f)
{
    if (open_stream(a, f) != 0 || close_stream(a, f) != 0) /* with an empty member */
        return -1;
    char part[PATH_MAX];
    int64_t len = arch_part_path(part, f->name) == 0 ? files_length(part) : -1;
    if (len < 0)
        return -1;
    f->len = (uint64_t)len;
    return 0;
}

/* ---- the table ---- */

static unsigned bucket_of(const struct arch_files *a, const char *folder)
{
    return (unsigned)hash_sip13(a->key, folder, strlen(folder)) & (a->table_len - 1);
}

static int grow_table(struct arch_files *a)
{
    unsigned len = a->table_len == 0 ? TABLE_START : a->table_len * 2;
    struct arch_file **old = a->table;
    unsigned old_len = a->table_len;
    struct arch_file **table = calloc(len, sizeof(struct arch_file *));
    if (table == NULL)
        return -1;
    a->table = table;
    a->table_len = len;
    for (unsigned i = 0; i < old_len; i++) {
        for (struct arch_file *f = old[i], *next; f != NULL; f = next) {
            next = f->next;
            unsigned b = bucket_of(a, f->folder);
            f->next = table[b];
            table[b] = f;
        }
    }
    free(old);
    return 0;
}

struct arch_file *arch_files_get(struct arch_files *a, const char *folder)
{
    if (a->cnt >= a->table_len && grow_table(a) != 0)
        return NULL;
    unsigned b = bucket_of(a, folder);
    for (struct arch_file *f = a->table[b]; f != NULL; f = f->next) {
        if (strcmp(f->folder, folder) == 0)
            return f;
    }
    struct arch_file *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return NULL;
    f->folder = strdup(folder);
    if (f->folder == NULL) {
        free(f);
        return NULL;
    }
    f->next = a->table[b];
    a->table[b] = f;
    a->cnt++;
    return f;
}

/* With one set of files for the collector each slot in which we run has a file, so that an empty
 * one tells of silence and a missing one of our absence. */
static bool has_empty_slots(const struct arch_files *a)
{
    return a->what == ARCHIVE_UPDATES && a->cfg->archive.per == PER_COLLECTOR;
}

bool arch_files_begun(const struct arch_files *a)
{
    return !has_empty_slots(a) || a->slot == 0 || a->cnt > 0;
}

int arch_files_begin(struct arch_files *a)
{
    if (arch_files_begun(a))
        return 0;
    struct arch_file *f = arch_files_get(a, "");
    return f != NULL ? make_empty(a, f) : -1;
}

static void free_file(struct arch_files *a, struct arch_file *f)
{
    (void)close_stream(a, f); /* its whole members are on disk; the rest is not wanted */
    buf_free(&f->pending);
    free(f->folder);
    free(f->name);
    free(f);
}

static void free_all(struct arch_files *a)
{
    for (unsigned i = 0; i < a->table_len; i++) {
        for (struct arch_file *f = a->table[i], *next; f != NULL; f = next) {
            next = f->next;
            free_file(a, f);
        }
        a->table[i] = NULL;
    }
    a->cnt = 0;
    a->generation++;
}

/* Calls fn for each file until one fails. */
static int each_file(struct arch_files *a, int (*fn)(struct arch_files *, struct arch_file *))
{
    for (unsigned i = 0; i < a->table_len; i++) {
        for (struct arch_file *f = a->table[i]; f != NULL; f = f->next) {
            if (fn(a, f) != 0)
                return -1;
        }
    }
    return 0;
}

/* ---- durability ---- */

static int sync_file(struct arch_file *f)
{
    char part[PATH_MAX];
    if (arch_part_path(part, f->name) != 0)
        return -1;
    if (f->unsynced &&
        (f->out != NULL ? fdatasync(stream_out_fdno(f->out)) : files_sync(part)) != 0)
        return -1;
    f->unsynced = false;
    if (f->dir_unsynced && files_sync_parent(part) != 0)
        return -1;
    f->dir_unsynced = false;
    return 0;
}

/* Makes one file whole and durable as it stands. */
static int secure_file(struct arch_files *a, struct arch_file *f)
{
    if (drain(a, f) != 0 || end_member(f) != 0)
        return -1;
    return f->unsynced || f->dir_unsynced ? sync_file(f) : 0;
}

static int end_slot_of(struct arch_files *a, struct arch_file *f)
{
    if (f->name == NULL && f->pending.len == 0)
        return 0;
    if (f->is_final) /* nothing came since the last run closed it */
        return 0;
    if (secure_file(a, f) != 0)
        return -1;
    return arch_state_add_done(a, f->name, f->len);
}

int arch_files_roll(struct arch_files *a, uint64_t slot)
{
    if (arch_files_begin(a) != 0 || each_file(a, end_slot_of) != 0)
        return -1;
    free_all(a);
    a->slot = slot;
    return 0;
}

int arch_files_enter(struct arch_files *a, uint64_t time_ns)
{
    uint32_t slot_s = a->cfg->archive.slot_s, suppressed;
    uint64_t slot = archive_slot_of(time_ns / NS_PER_S, slot_s);
    if (slot == a->slot || (slot < a->slot && a->slot - slot <= slot_s))
        return 0;
    if (slot < a->slot && log_allowed(&a->steps, clock_monotonic_ns(), &suppressed))
        log_line(a->log, LOG_LEVEL_WARN,
                 "archive: the clock went back %" PRIu64
                 " s, slots begin anew under free names",
                 a->slot - slot);
    return arch_files_roll(a, slot);
}

bool arch_files_over(const struct arch_files *a, uint64_t now_s)
{
    return a->slot == 0 || now_s >= a->slot + a->cfg->archive.slot_s + SLOT_GRACE_S;
}

int arch_files_checkpoint(struct arch_files *a, struct buf *state)
{
    if (each_file(a, secure_file) != 0)
        return -1;
    arch_state_write(a, state);
    return 0;
}

int arch_files_settle(struct arch_files *a)
{
    a->resumed = true;
    while (a->done_cnt > 0) {
        struct arch_done *d = &a->done[a->done_cnt - 1];
        if (arch_state_finish(a, d) != 0)
            return -1;
        free(d->name);
        a->done_cnt--;
    }
    return 0;
}

static int finish_file(struct arch_files *a, struct arch_file *f)
{
    if (f->name == NULL || f->is_final)
        return 0;
    struct arch_done d = {.name = f->name, .len = f->len};
    if (close_stream(a, f) == 0 && arch_state_finish(a, &d) == 0)
        f->is_final = true;
    return 0; /* one that fails stays a part, for the next start */
}

void arch_files_finish(struct arch_files *a)
{
    (void)each_file(a, finish_file);
}

/* ---- open and free ---- */

int arch_files_open(struct arch_files *a, enum archive_what what, const struct config *cfg,
                    const struct log *log, const void *state, size_t len, char *err,
                    size_t err_len)
{
    char name[ARCHIVE_NAME_MAX];
    *a = (struct arch_files){.cfg = cfg, .what = what, .log = log, .resumed = len > 0};
    hash_random_key(a->key);
    if (archive_name(name, sizeof(name), cfg, what, 0, 0) != 0) {
        snprintf(err, err_len, "archive: unusable file name pattern: %s", strerror(errno));
        return -1;
    }
    return arch_state_read(a, state, len, err, err_len);
}

void arch_files_free(struct arch_files *a)
{
    free_all(a);
    for (size_t i = 0; i < a->done_cnt; i++)
        free(a->done[i].name);
    free(a->done);
    free(a->table);
    *a = (struct arch_files){0};
}

int arch_files_rewind(struct arch_files *a, const void *state, size_t len, char *err,
                      size_t err_len)
{
    enum archive_what what = a->what;
    const struct config *cfg = a->cfg;
    const struct log *log = a->log;
    uint64_t generation = a->generation;
    arch_files_free(a);
    int rc = arch_files_open(a, what, cfg, log, state, len, err, err_len);
    int saved = errno;
    a->generation = generation + 1; /* somebody may hold files of before */
    a->resumed = true;              /* parts without mention are our own */
    errno = saved;
    return rc;
}
