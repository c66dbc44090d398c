/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_cursor: the cursor file. Floor F4.
 *
 * Big-endian: magic, u32 count of shards, per shard {u64 segment, u64 offset, u64 next
 * sequence number}, u32 length of the sink's state, the state, the ledger likewise (not in
 * RTCURSR1), then the lanes' counts by address (from RTCURSR3 on), u32 CRC-32C of all before. */
#include "collector/sink/sink_cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/wr.h"
#include "collector/archive/files.h"

static const char magic[8] = "RTCURSR3"; /* the digit is the version */

enum { LANE_LEN = 24, FIXED_LEN = sizeof(magic) + 4 + 4 + 4 + 4 + 4, CURSOR_MAX = 64 << 20 };

int sink_cursor_path(char *dst, size_t dst_len, const char *data_dir, const char *name)
{
    int n = snprintf(dst, dst_len, "%s/cursors/%s", data_dir, name);
    return n > 0 && (size_t)n < dst_len ? 0 : -1;
}

static int read_file(const char *path, struct buf *b)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = 1;
    while (n > 0 && b->len <= CURSOR_MAX) {
        char *room = buf_room(b, 4096);
        n = room != NULL ? read(fd, room, 4096) : -1;
        if (n > 0)
            b->len += (size_t)n;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return n == 0 ? 0 : -1;
}

static bool parse_lanes(struct cur *in, struct sink_cursor *c)
{
    uint32_t cnt;
    if (!cur_u32(in, &cnt) || cnt > SINK_LANES_MAX)
        return false;
    for (uint32_t i = 0; i < cnt; i++) {
        struct journal_pos *l = &c->lane[i];
        if (!cur_u64(in, &l->segment) || !cur_u64(in, &l->off) || !cur_u64(in, &l->seq))
            return false;
    }
    c->lane_cnt = cnt;
    return true;
}

static bool parse_part(struct cur *in, struct buf *dst)
{
    uint32_t len;
    if (!cur_u32(in, &len))
        return false;
    const uint8_t *p = cur_bytes(in, len);
    if (p != NULL)
        buf_add(dst, p, len);
    return p != NULL && !dst->failed;
}

static bool parse(const struct buf *b, struct sink_cursor *c)
{
    struct cur in = cur_of(b->p, b->len);
    uint32_t crc;
    const uint8_t *m = cur_bytes(&in, sizeof(magic));
    int version = m != NULL ? m[sizeof(magic) - 1] - '0' : 0;
    if (version < 1 || version > 3 || memcmp(m, magic, sizeof(magic) - 1) != 0 ||
        !parse_lanes(&in, c) || !parse_part(&in, &c->state) ||
        (version > 1 && !parse_part(&in, &c->ledger)) ||
        (version > 2 && !parse_part(&in, &c->missed)))
        return false;
    return cur_u32(&in, &crc) && cur_done(&in) && crc == hash_crc32c(0, b->p, b->len - 4);
}

void sink_cursor_free(struct sink_cursor *c)
{
    buf_free(&c->state);
    buf_free(&c->ledger);
    buf_free(&c->missed);
}

int sink_cursor_load(const char *path, struct sink_cursor *c, char *err, size_t err_len)
{
    c->lane_cnt = 0;
    buf_clear(&c->state);
    buf_clear(&c->ledger);
    buf_clear(&c->missed);
    struct buf b = {0};
    int rc = 1;
    if (read_file(path, &b) != 0) {
        rc = errno == ENOENT ? 0 : -1;
        if (rc < 0)
            snprintf(err, err_len, "%s: %s", path, strerror(errno));
    } else if (!parse(&b, c)) {
        snprintf(err, err_len,
                 "%s: damaged; remove it to consume the journal from its oldest frame", path);
        rc = -1;
    }
    buf_free(&b);
    return rc;
}

static int replace_file(const char *path, const void *p, size_t len)
{
    char tmp[PATH_MAX];
    int n = snprintf(tmp, sizeof(tmp), "%s.tmp", path);
    if (n < 0 || (size_t)n >= sizeof(tmp)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (files_make_parents(path) != 0)
        return -1;
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    int rc = files_write_all(fd, p, len);
    if (rc == 0)
        rc = fdatasync(fd);
    int saved = errno;
    if (close(fd) != 0 && rc == 0) {
        rc = -1;
        saved = errno;
    }
    if (rc == 0 && rename(tmp, path) == 0)
        return files_sync_parent(path);
    if (rc == 0)
        saved = errno;
    unlink(tmp); /* gives its space back */
    errno = saved;
    return -1;
}

int sink_cursor_store(const char *path, const struct sink_cursor *c)
{
    size_t cap = FIXED_LEN + (size_t)c->lane_cnt * LANE_LEN + c->state.len + c->ledger.len +
                 c->missed.len;
    void *mem = malloc(cap);
    if (mem == NULL)
        return -1;
    struct wr w = wr_of(mem, cap);
    wr_bytes(&w, magic, sizeof(magic));
    wr_u32(&w, c->lane_cnt);
    for (unsigned i = 0; i < c->lane_cnt; i++) {
        wr_u64(&w, c->lane[i].segment);
        wr_u64(&w, c->lane[i].off);
        wr_u64(&w, c->lane[i].seq);
    }
    wr_u32(&w, (uint32_t)c->state.len);
    wr_bytes(&w, c->state.p, c->state.len);
    wr_u32(&w, (uint32_t)c->ledger.len);
    wr_bytes(&w, c->ledger.p, c->ledger.len);
    wr_u32(&w, (uint32_t)c->missed.len);
    wr_bytes(&w, c->missed.p, c->missed.len);
    wr_u32(&w, hash_crc32c(0, mem, w.len));
    int rc = replace_file(path, mem, w.len);
    int saved = errno;
    free(mem);
    errno = saved;
    return rc;
}
