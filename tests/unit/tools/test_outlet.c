/* SPDX-License-Identifier: BSD-2-Clause */
/* outlet: pieces come out in the order of their taking, whoever gives them back when. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/decode/outlet.h"

enum { PIECES = 3 };

/* Reads all that comes out of a pipe. */
struct reader {
    pthread_t thread;
    int fd;
    struct buf got;
};

static void *read_all(void *arg)
{
    struct reader *r = arg;
    ssize_t n;
    do {
        char *p = buf_room(&r->got, 4096);
        n = p != NULL ? read(r->fd, p, 4096) : 0;
        r->got.len += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    return NULL;
}

static int begin(struct reader *r)
{
    int fd[2];
    cr_assert_eq(pipe(fd), 0);
    *r = (struct reader){.fd = fd[0]};
    cr_assert_eq(pthread_create(&r->thread, NULL, read_all, r), 0);
    return fd[1];
}

static void end(struct reader *r, const char *want)
{
    pthread_join(r->thread, NULL);
    close(r->fd);
    cr_expect_eq(r->got.len, strlen(want));
    cr_expect_eq(memcmp(r->got.p, want, r->got.len), 0);
    buf_free(&r->got);
}

Test(outlet, writes_in_the_order_of_taking)
{
    struct reader r;
    int fd = begin(&r);
    struct outlet *o = outlet_new(fd, PIECES);
    struct outlet_piece *p[PIECES];
    for (int i = 0; i < PIECES; i++) {
        p[i] = outlet_take(o);
        buf_printf(&p[i]->out, "piece %d;", i);
    }
    for (int i = PIECES - 1; i >= 0; i--)
        cr_expect(outlet_give(o, p[i], true));
    cr_expect_eq(outlet_close(o), 0);
    close(fd);
    end(&r, "piece 0;piece 1;piece 2;");
}

static void *give_parts(void *arg)
{
    struct outlet_piece **last = arg;
    struct outlet *o = (struct outlet *)(void *)last[1];
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(last[0]->out.len, 0);
        buf_printf(&last[0]->out, "part %d;", i);
        cr_expect(outlet_give(o, last[0], i == 2));
    }
    return NULL;
}

Test(outlet, a_part_waits_for_the_pieces_before_it)
{
    struct reader r;
    int fd = begin(&r);
    struct outlet *o = outlet_new(fd, PIECES);
    struct outlet_piece *first = outlet_take(o);
    struct outlet_piece *rest[2] = {outlet_take(o), (struct outlet_piece *)(void *)o};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, give_parts, rest), 0);
    buf_add_str(&first->out, "first;");
    cr_expect(outlet_give(o, first, true));
    pthread_join(thread, NULL);
    cr_expect_eq(outlet_close(o), 0);
    close(fd);
    end(&r, "first;part 0;part 1;part 2;");
}

Test(outlet, pieces_are_used_again)
{
    struct reader r;
    struct buf want = {0};
    int fd = begin(&r);
    struct outlet *o = outlet_new(fd, PIECES);
    for (int i = 0; i < 10 * PIECES; i++) {
        struct outlet_piece *p = outlet_take(o);
        cr_expect_eq(p->out.len, 0);
        buf_printf(&p->out, "%d,", i);
        buf_printf(&want, "%d,", i);
        cr_expect(outlet_give(o, p, true));
    }
    cr_expect_eq(outlet_close(o), 0);
    close(fd);
    buf_add_char(&want, '\0');
    end(&r, want.p);
    buf_free(&want);
}

Test(outlet, tells_when_nobody_reads)
{
    int fd[2];
    cr_assert_eq(pipe(fd), 0);
    close(fd[0]);
    signal(SIGPIPE, SIG_IGN);
    struct outlet *o = outlet_new(fd[1], PIECES);
    struct outlet_piece *p = outlet_take(o);
    buf_add_str(&p->out, "lost");
    cr_expect_not(outlet_give(o, p, false));
    cr_expect(p->out.len == 0);
    cr_expect_not(outlet_give(o, p, true));
    cr_expect_eq(outlet_close(o), EPIPE);
    close(fd[1]);
}
