/* SPDX-License-Identifier: BSD-2-Clause */
/* config_secret: values that never show: keys, passwords, and what may be one. Floor F4. */
#include "collector/config/config_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MD5_KEY_MAX = 80 /* TCP_MD5SIG_MAXKEYLEN */, SECRET_MAX = 65536 };

/* How long a value may be, and what to say of a longer one. */
struct limit {
    size_t len, min;
    const char *reason;
};

static const struct limit md5_limit = {MD5_KEY_MAX, 1,
                                       "the key is longer than 80 octets (RFC 2385, Linux)"};
static const struct limit secret_limit = {SECRET_MAX, 0, "the value is longer than 64 KiB"};

static const char *store(const char *key, size_t len, const struct limit *limit, void *dst)
{
    if (len < limit->min)
        return "the key is empty";
    if (len > limit->len)
        return limit->reason;
    char *copy = strndup(key, len);
    if (copy == NULL)
        return "out of memory";
    memcpy(dst, &copy, sizeof copy);
    return NULL;
}

/* `${NAME}` takes the value from the environment, so that the file holds no secret. */
static const char *take_text(const char *text, const struct limit *limit, void *dst)
{
    size_t len = strlen(text);
    if (len < 4 || strncmp(text, "${", 2) != 0 || text[len - 1] != '}')
        return store(text, len, limit, dst);
    char *name = strndup(text + 2, len - 3);
    if (name == NULL)
        return "out of memory";
    const char *value = getenv(name);
    free(name);
    if (value == NULL)
        return "the environment variable is not set";
    return store(value, strlen(value), limit, dst);
}

static const char *open_file(const char *path, int *fd)
{
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
    if (*fd < 0)
        return errno == ENOENT   ? "the file does not exist"
               : errno == EACCES ? "the file may not be read"
                                 : "the file can't be opened";
    return fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) ? NULL : "is not a file";
}

/* Reads up to `room` octets. Returns how many, or -1. */
static ssize_t read_up_to(int fd, char *dst, size_t room)
{
    size_t len = 0;
    ssize_t n = 1;
    while (n > 0 && len < room) {
        n = read(fd, dst + len, room - len);
        if (n > 0)
            len += (size_t)n;
    }
    return n < 0 ? -1 : (ssize_t)len;
}

static const char *take_file(const char *path, const struct limit *limit, void *dst)
{
    int fd;
    size_t room = limit->len + 3; /* one more than allowed, and a line end */
    char *text = malloc(room);
    const char *reason = open_file(path, &fd);
    if (text == NULL)
        reason = "out of memory";
    ssize_t n = reason == NULL ? read_up_to(fd, text, room) : 0;
    size_t len = n > 0 ? (size_t)n : 0;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        reason = "the file can't be read";
    else if (len > 0 && memchr(text, '\0', len) != NULL)
        reason = "has a NUL octet";
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    if (reason == NULL)
        reason = store(text, len, limit, dst);
    if (text != NULL)
        explicit_bzero(text, room);
    free(text);
    return reason;
}

static const char *parse_md5(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    return take_text(text, &md5_limit, dst);
}

static const char *parse_md5_file(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    return take_file(text, &md5_limit, dst);
}

static const char *parse_secret(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    return take_text(text, &secret_limit, dst);
}

static const char *parse_secret_file(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    return take_file(text, &secret_limit, dst);
}

/* Only for comparing two values: printing skips secrets. */
static void format_secret(const struct config_field *f, const void *src, struct buf *b)
{
    (void)f;
    char *key;
    memcpy(&key, src, sizeof key);
    buf_printf(b, "%d", key != NULL);
    buf_add_str(b, key != NULL ? key : "");
}

/* A path is no secret, but what is stored is. */
#define SECRET(what, parser)                                                                   \
    {                                                                                          \
        what, sizeof(char *), .secret = true, .parse = parser, .format = format_secret,        \
                              .owned = true                                                    \
    }

const struct config_type config_type_md5 = SECRET("a key", parse_md5);
const struct config_type config_type_md5_file = SECRET("a file name", parse_md5_file);
const struct config_type config_type_secret = SECRET("a value", parse_secret);
const struct config_type config_type_secret_file = SECRET("a file name", parse_secret_file);
