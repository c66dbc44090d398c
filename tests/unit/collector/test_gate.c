/* SPDX-License-Identifier: BSD-2-Clause */
/* The shard's way into its journal: a block, the queue, and what never fits. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/shard/gate.h"

enum { SEGMENT = 64 << 10, LARGE = 100 << 10 };

struct fixture {
    char dir[64];
    struct gate gate;
    struct journal_reader *reader;
    uint64_t appended;
};

static struct gate_frame frame_of(const void *p, uint32_t len)
{
    return (struct gate_frame){.kind = JOURNAL_BMP, .source = 1, .time = 1, .p = p, .len = len};
}

/* A gate whose journal is at its limit, as the reader has not moved. */
static struct fixture blocked(void)
{
    static const uint8_t some[4096];
    const struct gate_frame f = frame_of(some, sizeof some);
    char err[256];
    struct fixture x = {.dir = "/tmp/ribtape-test-XXXXXX"};
    cr_assert(mkdtemp(x.dir) != NULL);
    const struct journal_options o = {
        .dir = x.dir, .segment_size = SEGMENT, .limit = UINT64_C(2) * SEGMENT};
    x.gate.journal = journal_open(&o, err, sizeof err);
    cr_assert(x.gate.journal != NULL, "%s", err);
    x.reader = journal_reader_attach(x.gate.journal, "test", (struct journal_pos){0});
    cr_assert(x.reader != NULL);
    journal_start_trimming(x.gate.journal);
    while (gate_append(&x.gate, &f) == 0)
        x.appended++;
    cr_assert(errno == EAGAIN && x.gate.blocked && x.appended > 0);
    return x;
}

/* Reads what there is and gives it back. Returns how many frames of a kind there were. */
static unsigned drain(struct fixture *x, enum journal_kind kind)
{
    struct journal_view v;
    unsigned cnt = 0;
    while (journal_read(x->reader, &v) == JOURNAL_READ_FRAME)
        cnt += v.kind == kind;
    journal_reader_release(x->reader, journal_reader_pos(x->reader));
    return cnt;
}

static void end(struct fixture *x)
{
    char cmd[128];
    journal_reader_free(x->reader);
    gate_free(&x->gate);
    journal_close(x->gate.journal);
    snprintf(cmd, sizeof cmd, "rm -rf %s", x->dir);
    cr_assert_eq(system(cmd), 0);
}

Test(gate, keeps_notes_over_a_block)
{
    uint64_t for_ns;
    struct fixture x = blocked();
    const struct gate_frame note = frame_of("note", 4);
    gate_note(&x.gate, &note);
    cr_assert(!gate_retry(&x.gate, &for_ns));
    cr_assert_eq(drain(&x, JOURNAL_BMP), x.appended);
    cr_assert(gate_retry(&x.gate, &for_ns));
    cr_assert_eq(drain(&x, JOURNAL_BMP), 1);
    cr_assert_eq(metric_get(&x.gate.lost_total), 0);
    end(&x);
}

/* What no segment can hold must not keep the gate closed for ever. */
Test(gate, opens_behind_a_frame_that_never_fits)
{
    static const uint8_t large[LARGE];
    uint64_t for_ns;
    struct fixture x = blocked();
    const struct gate_frame never = frame_of(large, LARGE), note = frame_of("note", 4);
    gate_note(&x.gate, &never);
    gate_note(&x.gate, &note);
    drain(&x, JOURNAL_BMP);
    cr_assert(gate_retry(&x.gate, &for_ns));
    cr_assert_eq(metric_get(&x.gate.lost_total), 1);
    struct journal_view v;
    cr_assert(journal_read(x.reader, &v) == JOURNAL_READ_FRAME && v.len == 4);
    cr_assert_eq(drain(&x, JOURNAL_LOST), 1);
    end(&x);
}
