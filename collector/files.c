/* SPDX-License-Identifier: BSD-2-Clause */
/* files: durable file operations. Floor F4. */
#include "collector/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Copies the folder part of `path`. "." when there is none. */
static int parent_of(char *dst, size_t dst_len, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (n >= dst_len) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(dst, slash == NULL ? "." : path, n);
    dst[n] = '\0';
    return 0;
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    int saved = errno;
    close(fd);
    errno = saved;
    return rc;
}

int files_sync(const char *path)
{
    return sync_path(path, O_RDONLY);
}

int files_sync_parent(const char *path)
{
    char dir[PATH_MAX];
    if (parent_of(dir, sizeof(dir), path) != 0)
        return -1;
    return sync_path(dir, O_RDONLY | O_DIRECTORY);
}

static int make_dir(const char *path)
{
    if (mkdir(path, 0755) == 0)
        return files_sync_parent(path);
    return errno == EEXIST ? 0 : -1;
}

int files_make_parents(const char *path)
{
    char dir[PATH_MAX];
    if (parent_of(dir, sizeof(dir), path) != 0)
        return -1;
    if (access(dir, F_OK) == 0)
        return 0;
    for (char *p = dir + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (make_dir(dir) != 0)
            return -1;
        *p = '/';
    }
    return make_dir(dir);
}

int files_rename_new(const char *from, const char *to)
{
    int rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    if (rc != 0 && (errno == EINVAL || errno == ENOSYS)) {
        /* A file system without RENAME_NOREPLACE: a link never replaces either. */
        rc = link(from, to);
        if (rc == 0)
            rc = unlink(from);
    }
    return rc == 0 ? files_sync_parent(to) : -1;
}

int files_write_all(int fd, const void *p, size_t len)
{
    const char *at = p;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int64_t files_length(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}
