/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_journal: frames per second of 100-octet payloads through a journal with 0, 1 and 3
 * readers. The readers check what they read; a wrong frame ends the program with 1.
 *
 *     bench_journal [FRAMES] [FOLDER]     default 2000000, a new folder in /tmp */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/journal/journal.h"

enum { PAYLOAD = 100, TURN = 64, READERS_MAX = 3 };

struct reading {
    struct journal_reader *r;
    uint64_t total;
    const char *wrong;
};

static void *read_all(void *arg)
{
    struct reading *t = arg;
    struct journal_view v;
    for (uint64_t next = 1; next <= t->total;) {
        enum journal_read got = journal_read(t->r, &v);
        if (got == JOURNAL_READ_END) {
            journal_reader_release(t->r, journal_reader_pos(t->r));
            journal_reader_wait(t->r, -1);
        } else if (got != JOURNAL_READ_FRAME || v.seq != next || v.len != PAYLOAD) {
            t->wrong = "wrong frame";
            return NULL;
        } else {
            /* as a sink with a checkpoint now and then */
            if (next++ % 65536 == 0)
                journal_reader_release(t->r, journal_reader_pos(t->r));
        }
    }
    return NULL;
}

static void append_all(struct journal *j, uint64_t total)
{
    uint8_t payload[PAYLOAD];
    memset(payload, 0xab, sizeof payload);
    for (uint64_t n = 0; n < total;) {
        if (journal_append(j, JOURNAL_BGP_RECV, 0, 1, n, payload, PAYLOAD) == 0)
            n++;
        else
            usleep(100); /* at the limit: the readers are behind */
        if (n % TURN == 0)
            journal_wake(j);
    }
    journal_wake(j);
}

static int remove_folder(const char *dir)
{
    char cmd[600];
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
    return system(cmd);
}

static int run(const char *dir, uint64_t total, int readers)
{
    char err[256];
    const struct journal_options o = {.dir = dir};
    struct journal *j = journal_open(&o, err, sizeof err);
    if (j == NULL) {
        fprintf(stderr, "%s\n", err);
        return 1;
    }
    pthread_t threads[READERS_MAX];
    struct reading readings[READERS_MAX] = {0};
    for (int i = 0; i < readers; i++) {
        readings[i].total = total;
        readings[i].r = journal_reader_attach(j, "bench", (struct journal_pos){0});
        pthread_create(&threads[i], NULL, read_all, &readings[i]);
    }
    journal_start_trimming(j);
    uint64_t start = clock_monotonic_ns();
    append_all(j, total);
    double appended = (double)(clock_monotonic_ns() - start) / 1e9;
    int rc = 0;
    for (int i = 0; i < readers; i++) {
        pthread_join(threads[i], NULL);
        if (readings[i].wrong != NULL) {
            fprintf(stderr, "reader %d: %s\n", i, readings[i].wrong);
            rc = 1;
        }
        journal_reader_free(readings[i].r);
    }
    double read = (double)(clock_monotonic_ns() - start) / 1e9;
    journal_close(j);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("readers %d: appended %.2f M frames/s, %.0f MB/s; all read after %.2f s, "
           "%.2f M frames/s each; max RSS %ld KiB\n",
           readers, (double)total / appended / 1e6, (double)total * PAYLOAD / appended / 1e6,
           read, (double)total / read / 1e6, u.ru_maxrss);
    return rc;
}

int main(int argc, char **argv)
{
    static const int readers[] = {0, 1, 3};
    uint64_t total = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
    char made[] = "/tmp/bench_journal.XXXXXX";
    const char *dir = argc > 2 ? argv[2] : mkdtemp(made);
    int rc = dir == NULL;
    for (size_t i = 0; rc == 0 && i < sizeof readers / sizeof readers[0]; i++) {
        char sub[512];
        snprintf(sub, sizeof sub, "%s/%d", dir, readers[i]);
        rc = run(sub, total, readers[i]);
        remove_folder(sub);
    }
    if (dir == made)
        rmdir(dir);
    return rc;
}
