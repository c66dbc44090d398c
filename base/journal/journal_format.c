/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_format: segment files: names, headers, mapping, soundness of frames. Floor F0. */
#include "base/journal/journal_format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"

static const char magic[8] = {'R', 'I', 'B', 'T', 'A', 'P', 'E', 'J'};
static const uint32_t order_mark = 0x01020304;

/* ---- frames ---- */

uint32_t journal_frame_check(const struct journal_segment_head *h,
                             const struct journal_frame *f, uint32_t len_word)
{
    /* The length word in memory is still zero when the writer asks; and the words before
     * `check` are summed as a copy so that no one else's view of it matters. */
    uint32_t lead[3] = {len_word, 0, f->source};
    memcpy(&lead[1], &f->kind, sizeof lead[1]); /* kind, flags, reserved */
    uint32_t crc = hash_crc32c(h->salt, lead, sizeof lead);
    return hash_crc32c(crc, &f->time,
                       JOURNAL_FRAME_HEAD - offsetof(struct journal_frame, time) + len_word -
                           1);
}

enum journal_frame_state journal_frame_state(const struct journal_segment *s, uint64_t off)
{
    if (off + JOURNAL_FRAME_HEAD > s->head.size)
        return FRAME_NONE;
    const struct journal_frame *f = journal_frame_at(s, off);
    uint32_t len = journal_len_load(f);
    if (len == 0)
        return FRAME_NONE;
    if (journal_frame_size(len - 1) > s->head.size - off)
        return FRAME_BAD;
    return f->check == journal_frame_check(&s->head, f, len) ? FRAME_SOUND : FRAME_BAD;
}

uint64_t journal_resync(const struct journal_segment *s, uint64_t off, uint64_t seq)
{
    for (off += JOURNAL_FRAME_ALIGN; off + JOURNAL_FRAME_HEAD <= s->head.size;
         off += JOURNAL_FRAME_ALIGN) {
        const struct journal_frame *f = journal_frame_at(s, off);
        if (f->len == 0 || f->kind == JOURNAL_NONE || f->reserved != 0 || f->seq < seq)
            continue; /* saves most checksums */
        if (journal_frame_state(s, off) == FRAME_SOUND)
            return off;
    }
    return 0;
}

/* ---- names ---- */

void journal_segment_name(uint64_t number, char name[JOURNAL_NAME_MAX])
{
    snprintf(name, JOURNAL_NAME_MAX, "%016llx.seg", (unsigned long long)number);
}

static bool parse_name(const char *name, uint64_t *number)
{
    if (strlen(name) != 20 || strcmp(name + 16, ".seg") != 0 ||
        strspn(name, "0123456789abcdef") != 16)
        return false;
    *number = strtoull(name, NULL, 16);
    return true;
}

int journal_each_segment(int dirfd, int (*fn)(void *arg, uint64_t number), void *arg)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    DIR *d = fdopendir(fd);
    if (d == NULL) {
        close(fd);
        return -1;
    }
    const struct dirent *e;
    int rc = 0;
    while (rc == 0 && (e = readdir(d)) != NULL) {
        uint64_t n;
        if (parse_name(e->d_name, &n))
            rc = fn(arg, n);
    }
    int saved = errno;
    closedir(d);
    errno = saved;
    return rc;
}

struct lowest {
    uint64_t from, number;
    bool found;
};

static int keep_lowest(void *arg, uint64_t number)
{
    struct lowest *l = arg;
    if (number >= l->from && (!l->found || number < l->number)) {
        l->number = number;
        l->found = true;
    }
    return 0;
}

int journal_find_segment(int dirfd, uint64_t from, uint64_t *number)
{
    struct lowest l = {.from = from};
    if (journal_each_segment(dirfd, keep_lowest, &l) != 0)
        return -1;
    if (l.found)
        *number = l.number;
    return l.found;
}

/* ---- files ---- */

static uint32_t head_check(const struct journal_segment_head *h)
{
    return hash_crc32c(0, h, offsetof(struct journal_segment_head, check));
}

/* Faults the writer's next window in at once: a quarter dearer one page at a time. Only a
 * favour; what is not faulted in here is at its first use. */
static void prefault(struct journal_segment *s, uint64_t off)
{
#ifdef MADV_POPULATE_WRITE
    uint64_t left = s->head.size - off;
    if (s->writable && left > 0)
        madvise(s->p + off, left < JOURNAL_WINDOW ? left : JOURNAL_WINDOW, MADV_POPULATE_WRITE);
#else
    (void)s, (void)off;
#endif
}

static int map_segment(struct journal_segment *s, bool writable)
{
    void *p = mmap(NULL, s->head.size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                   MAP_SHARED, s->fd, 0);
    if (p == MAP_FAILED)
        return -1;
    s->p = p;
    s->window = 0;
    s->writable = writable;
    prefault(s, 0);
    return 0;
}

/* Reads and judges the header. Returns 0, or -1 with errno. */
static int read_head(struct journal_segment *s, uint64_t number)
{
    struct journal_segment_head *h = &s->head;
    struct stat st;
    ssize_t n = pread(s->fd, h, sizeof *h, 0);
    if (n < 0 || fstat(s->fd, &st) < 0)
        return -1;
    errno = EBADMSG;
    if (n != (ssize_t)sizeof *h || memcmp(h->magic, magic, sizeof magic) != 0)
        return -1;
    if (h->order != order_mark || h->version != JOURNAL_VERSION) {
        errno = EPROTO;
        return -1;
    }
    if (h->check != head_check(h) || h->number != number || h->size != (uint64_t)st.st_size)
        return -1;
    return 0;
}

int journal_segment_open(struct journal_segment *s, int dirfd, uint64_t number, bool writable)
{
    char name[JOURNAL_NAME_MAX];
    journal_segment_name(number, name);
    *s = (struct journal_segment){.fd = -1};
    s->fd = openat(dirfd, name, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (s->fd >= 0 && read_head(s, number) == 0 && map_segment(s, writable) == 0)
        return 0;
    int saved = errno;
    journal_segment_close(s);
    errno = saved;
    return -1;
}

int journal_segment_create(struct journal_segment *s, int dirfd, const char *name)
{
    struct journal_segment_head *h = &s->head;
    uint64_t key[2];
    hash_random_key(key);
    memcpy(h->magic, magic, sizeof magic);
    h->version = JOURNAL_VERSION;
    h->order = order_mark;
    h->created = clock_realtime_ns();
    h->salt = (uint32_t)key[0];
    h->check = head_check(h);

    s->p = NULL;
    s->fd = openat(dirfd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (s->fd < 0)
        return -1;
    /* Every block is there before the first write through the mapping: a full disk is an error
     * here and never a SIGBUS there. */
    int rc = posix_fallocate(s->fd, 0, (off_t)h->size);
    if (rc == 0) {
        ssize_t n = pwrite(s->fd, h, sizeof *h, 0);
        if (n == (ssize_t)sizeof *h && map_segment(s, true) == 0)
            return 0;
        rc = n >= 0 && n != (ssize_t)sizeof *h ? EIO : errno;
    }
    journal_segment_close(s);
    unlinkat(dirfd, name, 0);
    errno = rc;
    return -1;
}

void journal_segment_close(struct journal_segment *s)
{
    if (s->p != NULL)
        munmap(s->p, s->head.size);
    if (s->fd >= 0)
        close(s->fd);
    s->p = NULL;
    s->fd = -1;
}

void journal_segment_passed(struct journal_segment *s, uint64_t off)
{
    uint64_t end = off & ~(uint64_t)(JOURNAL_WINDOW - 1);
    if (end <= s->window)
        return;
    madvise(s->p + s->window, end - s->window, MADV_DONTNEED);
    s->window = end;
    prefault(s, end);
}
