/* SPDX-License-Identifier: BSD-2-Clause */
/* archive_state: the archiver's checkpoint state and what it means on disk. Floor F4. */
#include "collector/archive/archive_state.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "collector/archive/files.h"

enum { AGAIN_MAX = 10000 };

int arch_part_path(char *dst, const char *name)
{
    int n = snprintf(dst, PATH_MAX, "%s.part", name);
    if (n > 0 && n < PATH_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* ---- writing ---- */

/* Files of other options are not to be continued, only finished. */
static uint32_t fingerprint(const struct config *c, enum archive_what what)
{
    uint32_t n[] = {(uint32_t)c->archive.layout, (uint32_t)c->archive.per, c->archive.slot_s,
                    c->archive.format};
    uint32_t h = hash_crc32c(0, n, sizeof(n));
    h = hash_crc32c(h, c->archive.dir, strlen(c->archive.dir));
    if (c->archive.view_files)
        h = hash_crc32c(h, "files", 5);
    if (c->archive.layout == LAYOUT_PATTERN)
        h = hash_crc32c(h, archive_pattern(c, what), strlen(archive_pattern(c, what)));
    return h;
}

void arch_state_write(const struct arch_files *a, struct buf *b)
{
    buf_printf(b, "archive\t1\t%" PRIu32 "\nslot\t%" PRIu64 "\n", fingerprint(a->cfg, a->what),
               a->slot);
    for (unsigned i = 0; i < a->table_len; i++) {
        for (const struct arch_file *f = a->table[i]; f != NULL; f = f->next) {
            if (f->name != NULL)
                buf_printf(b, "open\t%" PRIu64 "\t%s\t%s\n", f->len, f->folder, f->name);
        }
    }
    for (size_t i = 0; i < a->done_cnt; i++)
        buf_printf(b, "done\t%" PRIu64 "\t%s\n", a->done[i].len, a->done[i].name);
}

/* ---- finishing ---- */

int arch_state_add_done(struct arch_files *a, const char *name, uint64_t len)
{
    if (a->done_cnt == a->done_cap) {
        size_t cap = a->done_cap == 0 ? 16 : a->done_cap * 2;
        struct arch_done *more = reallocarray(a->done, cap, sizeof(*more));
        if (more == NULL)
            return -1;
        a->done = more;
        a->done_cap = cap;
    }
    char *copy = strdup(name);
    if (copy == NULL)
        return -1;
    a->done[a->done_cnt++] = (struct arch_done){.name = copy, .len = len};
    return 0;
}

bool arch_state_waits(const struct arch_files *a, const char *name)
{
    char part[PATH_MAX];
    if (a->done_cnt == 0 || arch_part_path(part, name) != 0 || access(part, F_OK) != 0)
        return false;
    for (size_t i = 0; i < a->done_cnt; i++) {
        if (strcmp(a->done[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Puts `.N` before the suffix. */
static int numbered(char *dst, const char *name, unsigned n, const char *suffix)
{
    size_t len = strlen(name), end = strlen(suffix);
    if (len > end && strcmp(name + len - end, suffix) == 0)
        len -= end;
    else
        suffix = "";
    int got = snprintf(dst, PATH_MAX, "%.*s.%u%s", (int)len, name, n, suffix);
    return got > 0 && got < PATH_MAX ? 0 : -1;
}

int arch_state_finish(struct arch_files *a, const struct arch_done *d)
{
    char part[PATH_MAX], name[PATH_MAX];
    if (arch_part_path(part, d->name) != 0)
        return -1;
    if (files_length(part) < 0)
        return errno == ENOENT ? 0 : -1;
    bool digest = a->cfg->archive.digest;
    int rc = files_finish(part, d->name, digest);
    for (unsigned n = 1; rc != 0 && errno == EEXIST && n < AGAIN_MAX; n++) {
        if (numbered(name, d->name, n,
                     stream_format_suffix((enum stream_format)a->cfg->archive.format)) != 0)
            return -1;
        rc = files_finish(part, name, digest);
        if (rc == 0)
            log_line(a->log, LOG_LEVEL_WARN,
                     "archive: %s exists and is not ours, wrote %s instead", d->name, name);
    }
    if (rc == 0)
        a->finished++;
    return rc;
}

/* ---- reading ---- */

/* Cuts a part to its checkpointed length. Returns the length it has now, or -1 with errno. */
static int64_t cut_part(const struct arch_files *a, const char *part, uint64_t len)
{
    int64_t has = files_length(part);
    if (has < 0)
        return -1;
    /* What is cut off comes again: it must not come back from a power failure. */
    if ((uint64_t)has > len && (truncate(part, (off_t)len) != 0 || files_sync(part) != 0))
        return -1;
    if ((uint64_t)has >= len)
        return (int64_t)len;
    log_line(a->log, LOG_LEVEL_ERROR,
             "archive: %s has %" PRId64 " octets, the checkpoint says %" PRIu64
             ": the records between are lost",
             part, has, len);
    return has;
}

static int read_done(struct arch_files *a, uint64_t len, const char *name)
{
    char part[PATH_MAX];
    struct arch_done d = {.len = len};
    if (arch_part_path(part, name) != 0)
        return -1;
    if (cut_part(a, part, len) < 0)
        return errno == ENOENT ? 0 : -1;
    d.name = strdup(name);
    if (d.name == NULL)
        return -1;
    int rc = arch_state_finish(a, &d);
    free(d.name);
    return rc;
}

static int read_open(struct arch_files *a, uint64_t len, const char *folder, const char *name)
{
    char part[PATH_MAX];
    if (arch_part_path(part, name) != 0)
        return -1;
    int64_t has = cut_part(a, part, len);
    if (has < 0 && errno != ENOENT)
        return -1;
    bool is_final = has < 0 && files_length(name) == (int64_t)len;
    if (has < 0 && !is_final) {
        log_line(a->log, LOG_LEVEL_WARN, "archive: %s is gone or changed, left alone", name);
        return 0;
    }
    struct arch_file *f = arch_files_get(a, folder);
    char *copy = strdup(name);
    if (f == NULL || copy == NULL) {
        free(copy);
        return -1;
    }
    free(f->name);
    f->name = copy;
    f->len = is_final ? len : (uint64_t)has;
    f->is_final = is_final;
    f->unsynced = !is_final;
    return 0;
}

/* One line, cut at its tabs. *same: whether the state is of the present options. */
static int read_line(struct arch_files *a, char *word[4], unsigned cnt, bool *same)
{
    uint64_t number = cnt > 1 ? strtoull(word[1], NULL, 10) : 0;
    if (cnt == 3 && strcmp(word[0], "archive") == 0) {
        *same = strtoull(word[2], NULL, 10) == fingerprint(a->cfg, a->what);
        errno = EINVAL;
        return number == 1 ? 0 : -1;
    }
    if (cnt == 2 && strcmp(word[0], "slot") == 0) {
        a->slot = *same ? number : 0;
        return 0;
    }
    if (cnt == 3 && strcmp(word[0], "done") == 0)
        return read_done(a, number, word[2]);
    if (cnt == 4 && strcmp(word[0], "open") == 0)
        return *same ? read_open(a, number, word[2], word[3]) : read_done(a, number, word[3]);
    errno = EINVAL;
    return -1;
}

static unsigned split(char *line, char *word[4])
{
    unsigned cnt = 0;
    while (line != NULL && cnt < 4)
        word[cnt++] = strsep(&line, "\t");
    return cnt;
}

int arch_state_read(struct arch_files *a, const void *state, size_t len, char *err,
                    size_t err_len)
{
    if (len == 0)
        return 0;
    char *text = strndup(state, len);
    bool same = false;
    int rc = text != NULL ? 0 : -1;
    for (char *at = text, *line; rc == 0 && (line = strsep(&at, "\n")) != NULL;) {
        char *word[4];
        if (line[0] == '\0')
            continue;
        unsigned cnt = split(line, word);
        rc = read_line(a, word, cnt, &same);
        if (rc != 0)
            snprintf(err, err_len, "archive: %s: %s", cnt > 0 ? word[cnt - 1] : "state",
                     strerror(errno));
    }
    if (text == NULL)
        snprintf(err, err_len, "archive: out of memory");
    free(text);
    return rc;
}
