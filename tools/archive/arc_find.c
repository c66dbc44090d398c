/* SPDX-License-Identifier: BSD-2-Clause */
/* arc_find: from folders to groups of files. Floor F4. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "tools/archive/arc.h"
#include "tools/decode/decode.h"

enum { TEXT_MAX = 320, DEPTH_MAX = 32, LOOK = 4096 };

#define PART    ".part"
#define DIGEST  ".sha256"
#define SEGMENT ".seg" /* of the journal, when the whole data_dir is given */

static bool ends_in(const char *s, const char *suffix)
{
    size_t len = strlen(s), n = strlen(suffix);
    return len > n && strcmp(s + len - n, suffix) == 0;
}

static void tell_errno(struct arc *a, const char *path)
{
    a->tell(a->arg, ARC_UNREADABLE, path, 0, strerror(errno));
}

/* ---- one file ---- */

/* Learns what a record says of its file. */
static void learn(struct arc_file *f, const struct mrt_record *rec)
{
    bool entry =
        (rec->type == MRT_BGP4MP || rec->type == MRT_BGP4MP_ET) && rec->subtype == BGP4MP_ENTRY;
    f->kind = rec->type == MRT_TABLE_DUMP || rec->type == MRT_TABLE_DUMP_V2 || entry
                  ? ARC_DUMP
                  : ARC_UPDATES;
    f->time_ns = rec->sec * NS_PER_S + rec->usec * UINT64_C(1000);
}

/* What the beginning of a file says. */
enum glance { GLANCE_MRT, GLANCE_EMPTY, GLANCE_OTHER, GLANCE_UNCERTAIN };

/* Reads the first record's header, the usual case, without a thread. A BMP stream (bmp.*.gz of
 * ribtaped) is part of an archive, too, but nothing for us. */
static enum glance glance(struct arc_file *f, struct stream_in *in)
{
    uint8_t head[LOOK];
    ssize_t n = stream_in_read(in, head, sizeof head);
    if (n == 0) {
        f->kind = ARC_EMPTY;
        f->time_ns = f->named_s * NS_PER_S;
        return GLANCE_EMPTY;
    }
    if (n > 0 && decode_bmp_looks(head, (size_t)n))
        return GLANCE_OTHER;
    if (n < MRT_HEADER_LEN || !mrt_header_believable(head, (size_t)n))
        return GLANCE_UNCERTAIN;
    struct cur c = cur_of(head, (size_t)n);
    struct mrt_record rec = {0};
    if (!cur_u32(&c, &rec.sec) || !cur_u16(&c, &rec.type) || !cur_u16(&c, &rec.subtype) ||
        !cur_skip(&c, 4) || (rec.type == MRT_BGP4MP_ET && !cur_u32(&c, &rec.usec)))
        return GLANCE_UNCERTAIN;
    learn(f, &rec);
    return GLANCE_MRT;
}

static void ignore(void *arg, enum arc_fault fault, const char *path, uint64_t off,
                   const char *text)
{
    (void)arg, (void)fault, (void)path, (void)off, (void)text;
}

/* Searches a file that begins oddly for its first record. */
static bool look_closer(struct arc *a, struct arc_file *f)
{
    struct arc_in in;
    struct mrt_record rec;
    if (!arc_open(&in, f, ignore, NULL))
        return false;
    int got = arc_next(&in, &rec);
    bool broken = window_error(in.in)[0] != '\0';
    if (got > 0)
        learn(f, &rec);
    arc_close(&in);
    if (got <= 0 && !f->part)
        a->tell(a->arg, broken ? ARC_UNREADABLE : ARC_FOREIGN, f->path, 0,
                broken ? "not one record can be read" : "no MRT in it");
    return got > 0;
}

/* Tells kind and time. Returns false when there is nothing to read in it (told). */
static bool identify(struct arc *a, struct arc_file *f)
{
    char err[TEXT_MAX];
    struct stream_in *in = stream_in_open(f->path, err, sizeof err);
    if (in == NULL) {
        a->tell(a->arg, ARC_UNREADABLE, f->path, 0, strerror(errno));
        return false;
    }
    enum glance got = glance(f, in);
    stream_in_close(in);
    return got == GLANCE_UNCERTAIN ? look_closer(a, f) : got != GLANCE_OTHER;
}

/* ---- digests ---- */

/* Reads the first digest of a file that sha256sum wrote. */
static bool read_digest(const char *path, char hex[SHA256_HEX_LEN + 1])
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    size_t n = fread(hex, 1, SHA256_HEX_LEN, f);
    hex[n] = '\0';
    fclose(f);
    return n == SHA256_HEX_LEN && strspn(hex, "0123456789abcdef") == SHA256_HEX_LEN;
}

/* `digest` is a path that ends in .sha256. */
static void check_digest(struct arc *a, const char *digest)
{
    char want[SHA256_HEX_LEN + 1], have[SHA256_HEX_LEN + 1];
    char *path = strdup(digest);
    if (path == NULL) {
        a->failed = true;
        return;
    }
    path[strlen(path) - strlen(DIGEST)] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (!read_digest(digest, want))
        a->tell(a->arg, ARC_DIGEST, digest, 0, "holds no SHA-256 digest");
    else if (fd < 0)
        a->tell(a->arg, ARC_DIGEST, path, 0, "its digest is there, the file is not");
    else if (sha256_fd(fd, have) != 0)
        tell_errno(a, path);
    else if (strcmp(want, have) != 0)
        a->tell(a->arg, ARC_DIGEST, path, 0, "the file is not what its digest says");
    if (fd >= 0)
        close(fd);
    free(path);
}

/* ---- groups ---- */

static struct arc_group *group_of(struct arc *a, const char *name)
{
    for (size_t i = a->cnt; i-- > 0;) {
        if (strcmp(a->v[i].name, name) == 0)
            return &a->v[i];
    }
    if (a->cnt == a->cap) {
        size_t cap = a->cap > 0 ? 2 * a->cap : 8;
        struct arc_group *v = reallocarray(a->v, cap, sizeof v[0]);
        if (v == NULL)
            return NULL;
        a->v = v;
        a->cap = cap;
    }
    struct arc_group *g = &a->v[a->cnt];
    *g = (struct arc_group){.name = strdup(name)};
    if (g->name == NULL)
        return NULL;
    a->cnt++;
    return g;
}

static struct arc_file *group_room(struct arc_group *g)
{
    if (g->cnt == g->cap) {
        size_t cap = g->cap > 0 ? 2 * g->cap : 64;
        struct arc_file *v = reallocarray(g->v, cap, sizeof v[0]);
        if (v == NULL)
            return NULL;
        g->v = v;
        g->cap = cap;
    }
    return &g->v[g->cnt];
}

static void add_file(struct arc *a, const char *path, const char *group)
{
    struct arc_file f = {
        .path = strdup(path), .part = ends_in(path, PART), .named_s = arc_named_time(path)};
    if (f.path == NULL) {
        a->failed = true;
        return;
    }
    if (!identify(a, &f)) {
        free(f.path);
        return;
    }
    struct arc_group *g = group_of(a, group);
    struct arc_file *at = g != NULL ? group_room(g) : NULL;
    if (at == NULL) {
        free(f.path);
        a->failed = true;
        return;
    }
    *at = f;
    g->cnt++;
}

/* ---- folders ---- */

static void add_below(struct arc *a, const char *dir, unsigned depth);

/* Takes one entry of a folder; links (latest-bview.gz) name what is there anyhow. */
static void add_entry(struct arc *a, const char *path, unsigned depth)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        if (errno != ENOENT) /* renamed meanwhile */
            tell_errno(a, path);
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        add_below(a, path, depth + 1);
    } else if (S_ISREG(st.st_mode) && ends_in(path, DIGEST)) {
        if (a->digests)
            check_digest(a, path);
    } else if (S_ISREG(st.st_mode) && !ends_in(path, SEGMENT)) {
        char *group = malloc(strlen(path) + 1);
        if (group == NULL) {
            a->failed = true;
            return;
        }
        arc_group_name(group, path);
        add_file(a, path, group);
        free(group);
    }
}

static int is_shown(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static void add_below(struct arc *a, const char *dir, unsigned depth)
{
    struct dirent **names = NULL;
    int cnt = depth < DEPTH_MAX ? scandir(dir, &names, is_shown, alphasort) : 0;
    if (cnt < 0)
        tell_errno(a, dir);
    for (int i = 0; i < cnt; i++) {
        size_t len = strlen(dir) + strlen(names[i]->d_name) + 2;
        char *path = malloc(len);
        if (path != NULL) {
            bool slash = ends_in(dir, "/");
            snprintf(path, len, "%s%s%s", dir, slash ? "" : "/", names[i]->d_name);
            add_entry(a, path, depth);
        }
        a->failed |= path == NULL;
        free(path);
        free(names[i]);
    }
    free(names);
}

bool arc_add(struct arc *a, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        tell_errno(a, path);
        return false;
    }
    if (S_ISDIR(st.st_mode))
        add_below(a, path, 0);
    else if (!ends_in(path, DIGEST))
        add_file(a, path, "");
    else if (a->digests)
        check_digest(a, path);
    return true;
}

/* ---- order ---- */

static int compare_files(const void *left, const void *right)
{
    const struct arc_file *a = left, *b = right;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return strcmp(a->path, b->path);
}

static int compare_groups(const void *left, const void *right)
{
    const struct arc_group *a = left, *b = right;
    return strcmp(a->name, b->name);
}

/* The .part of the newest slot is being written; an older one was left behind. A RIB dump's is
 * no dump yet. */
static void judge_parts(struct arc *a, struct arc_group *g)
{
    uint64_t newest = 0;
    size_t kept = 0;
    for (size_t i = 0; i < g->cnt; i++) {
        if (g->v[i].kind == ARC_UPDATES && g->v[i].time_ns > newest)
            newest = g->v[i].time_ns;
    }
    for (size_t i = 0; i < g->cnt; i++) {
        struct arc_file *f = &g->v[i];
        if (f->part && f->time_ns < newest)
            a->tell(a->arg, ARC_LEFT_OVER, f->path, 0,
                    "unfinished, though files of later times are there");
        if (f->part && f->kind == ARC_DUMP)
            free(f->path);
        else
            g->v[kept++] = *f;
    }
    g->cnt = kept;
}

static bool has_kind(const struct arc_group *g, enum arc_kind kind)
{
    for (size_t i = 0; i < g->cnt; i++) {
        if (g->v[i].kind == kind)
            return true;
    }
    return false;
}

/* Gives all files of one group to another. */
static void merge(struct arc *a, struct arc_group *into, struct arc_group *from)
{
    for (size_t i = 0; i < from->cnt; i++) {
        struct arc_file *at = group_room(into);
        if (at == NULL) {
            a->failed = true;
            return;
        }
        *at = from->v[i];
        into->cnt++;
        from->v[i].path = NULL;
    }
    from->cnt = 0;
}

/* Dumps may go by other folders than updates (one dump for all peers' folders, one per peer or
 * VRF beside the collector's updates): a group of dumps without updates joins those above or
 * below it. Views of the same routes (adj-rib-in-post/) stay apart. */
static void join(struct arc *a, struct arc_group *g)
{
    struct arc_group *above = NULL;
    for (size_t i = 0; i < a->cnt; i++) {
        struct arc_group *o = &a->v[i];
        if (o != g && has_kind(o, ARC_UPDATES) && arc_group_is_below(g->name, o->name) &&
            (above == NULL || strlen(o->name) > strlen(above->name)))
            above = o;
    }
    if (above != NULL) {
        merge(a, above, g);
        return;
    }
    for (size_t i = 0; i < a->cnt; i++) {
        struct arc_group *o = &a->v[i];
        if (o != g && has_kind(o, ARC_UPDATES) && !has_kind(o, ARC_DUMP) &&
            arc_group_is_below(o->name, g->name))
            merge(a, g, o);
    }
}

static void join_groups(struct arc *a)
{
    size_t kept = 0;
    for (size_t i = 0; i < a->cnt; i++) {
        if (has_kind(&a->v[i], ARC_DUMP) && !has_kind(&a->v[i], ARC_UPDATES))
            join(a, &a->v[i]);
    }
    for (size_t i = 0; i < a->cnt; i++) {
        if (a->v[i].cnt > 0) {
            a->v[kept++] = a->v[i];
            continue;
        }
        free(a->v[i].v);
        free(a->v[i].name);
    }
    a->cnt = kept;
}

void arc_sort(struct arc *a)
{
    join_groups(a);
    if (a->cnt > 0)
        qsort(a->v, a->cnt, sizeof a->v[0], compare_groups);
    for (size_t i = 0; i < a->cnt; i++) {
        qsort(a->v[i].v, a->v[i].cnt, sizeof a->v[i].v[0], compare_files);
        judge_parts(a, &a->v[i]);
    }
}

void arc_free(struct arc *a)
{
    for (size_t i = 0; i < a->cnt; i++) {
        for (size_t k = 0; k < a->v[i].cnt; k++)
            free(a->v[i].v[k].path);
        free(a->v[i].v);
        free(a->v[i].name);
    }
    free(a->v);
    a->v = NULL;
    a->cnt = a->cap = 0;
}

/* ---- reading ---- */

static void on_damage(void *arg, const struct mrt_damage *d)
{
    struct arc_in *in = arg;
    char text[TEXT_MAX];
    bool at_end = window_want(in->in, 1) == 0;
    if (in->file->part && at_end) /* where its writer is */
        return;
    snprintf(text, sizeof text, "%s; %llu octets passed over", d->reason,
             (unsigned long long)d->len);
    in->tell(in->arg, ARC_DAMAGE, in->file->path, d->off, text);
}

static struct stream_in *open_stream(const struct arc_file *f)
{
    char err[TEXT_MAX];
    struct stream_in *s = stream_in_open(f->path, err, sizeof err);
    if (s != NULL || !f->part || errno != ENOENT)
        return s;
    char *final = strdup(f->path);
    if (final == NULL)
        return NULL;
    final[strlen(final) - strlen(PART)] = '\0';
    s = stream_in_open(final, err, sizeof err);
    free(final);
    return s;
}

bool arc_open(struct arc_in *in, const struct arc_file *f, arc_tell *tell, void *arg)
{
    *in = (struct arc_in){.file = f, .tell = tell, .arg = arg};
    struct stream_in *s = open_stream(f);
    in->in = s != NULL ? window_new(s) : NULL;
    if (in->in == NULL) {
        int saved = errno;
        if (s != NULL)
            stream_in_close(s);
        tell(arg, ARC_UNREADABLE, f->path, 0, strerror(saved));
        return false;
    }
    in->reader = (struct mrt_reader){.in = in->in, .damage = on_damage, .arg = in};
    return true;
}

int arc_next(struct arc_in *in, struct mrt_record *rec)
{
    in->reader.arg = in; /* callers may move it */
    int got = mrt_reader_next(&in->reader, rec);
    if (got == 0 && window_error(in->in)[0] != '\0' && !in->file->part) {
        in->tell(in->arg, ARC_DAMAGE, in->file->path, window_offset(in->in),
                 window_error(in->in));
    }
    return got;
}

void arc_close(struct arc_in *in)
{
    window_free(in->in);
    in->in = NULL;
}
