/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_open: a writer's folder, lock, and life. Floor F0. */
#include "base/journal/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { SEGMENT_SIZE_MIN = 4096, SEGMENT_SIZE_DEFAULT = 16 << 20 };
static const uint64_t segment_size_max = UINT64_C(1) << 32;
static const uint64_t limit_default = UINT64_C(1) << 30;

/* Makes a folder and those above it. Returns 0, or -1 with errno. */
static int make_folders(const char *dir)
{
    char *path = strdup(dir);
    if (path == NULL)
        return -1;
    int rc = 0;
    for (char *p = path + 1; rc == 0; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char c = *p;
        *p = '\0';
        if (mkdir(path, 0750) < 0 && errno != EEXIST)
            rc = -1;
        if (c == '\0')
            break;
        *p = c;
    }
    int saved = errno;
    free(path);
    errno = saved;
    return rc;
}

static struct journal *fail(struct journal *j, const char *dir, const char *reason, char *err,
                            size_t err_len)
{
    int saved = errno;
    snprintf(err, err_len, "%s: %s", dir, reason != NULL ? reason : strerror(saved));
    journal_close(j);
    errno = saved;
    return NULL;
}

/* Opens and locks the folder. Returns NULL, or the reason ("" : as errno says). */
static const char *open_folder(struct journal *j, const char *dir)
{
    if (make_folders(dir) < 0)
        return "";
    j->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (j->dirfd < 0)
        return "";
    j->lock_fd = openat(j->dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (j->lock_fd < 0)
        return "";
    if (flock(j->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return NULL;
    if (errno != EWOULDBLOCK)
        return "";
    errno = EBUSY;
    return "another process writes this journal";
}

/* Sets the sizes. Returns NULL, or what is wrong with them. */
static const char *set_sizes(struct journal *j, const struct journal_options *o)
{
    const uint64_t page = 4096;
    j->segment_size = o->segment_size ? o->segment_size : SEGMENT_SIZE_DEFAULT;
    j->segment_size = (j->segment_size + page - 1) & ~(page - 1);
    j->limit = o->limit ? o->limit : limit_default;
    errno = EINVAL;
    if (j->segment_size < SEGMENT_SIZE_MIN || j->segment_size > segment_size_max)
        return "the segment size must lie between 4 KiB and 4 GiB";
    if (j->limit < 2 * j->segment_size)
        return "the limit must hold two segments at least";
    return NULL;
}

struct journal *journal_open(const struct journal_options *o, char *err, size_t err_len)
{
    struct journal *j = calloc(1, sizeof *j);
    if (j == NULL)
        return fail(NULL, o->dir, NULL, err, err_len);
    j->dirfd = j->lock_fd = j->seg.fd = -1;
    j->drop_oldest = o->drop_oldest;
    j->repeat = o->repeat;
    j->repeat_arg = o->repeat_arg;
    j->opened_ns = clock_realtime_ns();
    pthread_mutex_init(&j->lock, NULL);

    const char *reason = set_sizes(j, o);
    if (reason == NULL)
        reason = open_folder(j, o->dir);
    if (reason != NULL)
        return fail(j, o->dir, *reason ? reason : NULL, err, err_len);
    if (journal_scan(j) < 0)
        return fail(j, o->dir,
                    errno == EPROTO ? "written by another version or on another machine" : NULL,
                    err, err_len);
    j->open_seq = j->next_seq;
    j->start_due = o->tell_start && j->next_seq > 1;
    atomic_store_explicit(&j->end_seq, j->next_seq, memory_order_relaxed);
    j->synced = j->info_cnt ? j->infos[0].number : 0;
    /* At once: nothing may ever come to this journal again. Without room the first append does. */
    (void)journal_tell_restart(j);
    return j;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    journal_segment_close(&j->seg);
    if (j->lock_fd >= 0)
        close(j->lock_fd); /* which unlocks */
    if (j->dirfd >= 0)
        close(j->dirfd);
    pthread_mutex_destroy(&j->lock);
    free(j->orphans.ids);
    free(j->infos);
    free(j);
}

void journal_start_trimming(struct journal *j)
{
    atomic_store_explicit(&j->trimming, true, memory_order_release);
    atomic_store_explicit(&j->trim_due, true, memory_order_release);
}
