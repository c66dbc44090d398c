/* SPDX-License-Identifier: BSD-2-Clause */
/* A file made durable on another thread: done, failed once, and waited for at the end. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "collector/sink/syncer.h"

Test(syncer, tells_when_it_is_done)
{
    FILE *f = tmpfile();
    struct syncer *s = syncer_new();
    cr_assert_not_null(s);
    cr_assert_eq(syncer_wait(s, 0), SYNCER_DONE, "nothing was begun");
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(write(fileno(f), "line\n", 5), 5);
        syncer_begin(s, fileno(f));
        cr_assert_eq(syncer_wait(s, -1), SYNCER_DONE);
        cr_assert_eq(syncer_wait(s, 1), SYNCER_DONE);
    }
    syncer_begin(s, fileno(f));
    syncer_free(s); /* waits */
    fclose(f);
}

/* A pipe can't be made durable. */
Test(syncer, tells_a_failure_once)
{
    int fd[2];
    cr_assert_eq(pipe(fd), 0);
    struct syncer *s = syncer_new();
    syncer_begin(s, fd[1]);
    cr_assert_eq(syncer_wait(s, 60000), SYNCER_FAILED);
    cr_assert_eq(errno, EINVAL);
    cr_assert_eq(syncer_wait(s, 0), SYNCER_DONE);
    syncer_free(s);
    syncer_free(NULL);
    close(fd[0]);
    close(fd[1]);
}
