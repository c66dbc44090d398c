/* SPDX-License-Identifier: BSD-2-Clause */
/* files: durable file operations. Floor F4. */
#include "collector/archive/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"

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

/* Whether both names are one file's: a renaming by link was cut in two. Keeps errno. */
static bool is_half_renamed(const char *from, const char *to)
{
    struct stat a, b;
    int saved = errno;
    bool same = lstat(from, &a) == 0 && lstat(to, &b) == 0 && a.st_dev == b.st_dev &&
                a.st_ino == b.st_ino;
    errno = saved;
    return same;
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
    if (rc != 0 && errno == EEXIST && is_half_renamed(from, to))
        rc = unlink(from);
    return rc == 0 ? files_sync_parent(to) : -1;
}

/* ---- digests ---- */

static int digest_path(char *dst, const char *name)
{
    int n = snprintf(dst, PATH_MAX, "%s.sha256", name);
    if (n > 0 && n < PATH_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

static int digest_line(char *dst, size_t cap, const char *file, const char *name)
{
    char hex[SHA256_HEX_LEN + 1];
    const char *slash = strrchr(name, '/');
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = sha256_fd(fd, hex);
    int saved = errno;
    close(fd);
    errno = saved;
    if (rc != 0)
        return -1;
    return snprintf(dst, cap, "%s  %s\n", hex, slash != NULL ? slash + 1 : name);
}

/* Writes the digest of `file` as that of `name`, which it will have. */
static int write_digest(const char *file, const char *name)
{
    char path[PATH_MAX], line[PATH_MAX + SHA256_HEX_LEN + 4];
    int len = digest_line(line, sizeof(line), file, name);
    if (len < 0 || digest_path(path, name) != 0)
        return -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    int rc = files_write_all(fd, line, (size_t)len) == 0 ? fsync(fd) : -1;
    int saved = errno;
    close(fd);
    errno = saved;
    return rc;
}

int files_finish(const char *from, const char *to, bool digest)
{
    if (!digest)
        return files_rename_new(from, to);
    if (access(to, F_OK) == 0 && !is_half_renamed(from, to)) { /* its digest is not ours */
        errno = EEXIST;
        return -1;
    }
    return write_digest(from, to) == 0 ? files_rename_new(from, to) : -1;
}

void files_unlink_digest(const char *name)
{
    char path[PATH_MAX];
    if (digest_path(path, name) == 0)
        (void)unlink(path);
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
