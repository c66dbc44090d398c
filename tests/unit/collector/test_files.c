/* SPDX-License-Identifier: BSD-2-Clause */
/* Durable file operations, also where a kill has cut one in two. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collector/archive/files.h"

static char dir[32];

static void begin(void)
{
    strcpy(dir, "/tmp/ribtape-test-XXXXXX");
    cr_assert(mkdtemp(dir) != NULL && chdir(dir) == 0);
}

static void end(void)
{
    char cmd[64];
    snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
    cr_assert_eq(system(cmd), 0);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

TestSuite(files, .init = begin, .fini = end);

Test(files, renames_over_nothing)
{
    write_text("a", "1");
    write_text("b", "22");
    cr_assert(files_rename_new("a", "b") == -1 && errno == EEXIST);
    cr_assert(files_length("a") == 1 && files_length("b") == 2);
    cr_assert(files_rename_new("a", "c") == 0 && files_length("c") == 1 && files_length("a") < 0);
}

/* Where a file system has no other way, renaming is a link and an unlink. */
Test(files, ends_a_rename_that_was_cut_in_two)
{
    write_text("a", "1");
    cr_assert_eq(link("a", "b"), 0);
    cr_assert_eq(files_rename_new("a", "b"), 0);
    cr_assert(files_length("a") < 0 && files_length("b") == 1);
}

Test(files, finishes_with_a_digest)
{
    write_text("a", "1");
    cr_assert_eq(files_finish("a", "b", true), 0);
    cr_assert_eq(system("sha256sum -c --quiet b.sha256"), 0);
    write_text("a", "2");
    cr_assert(files_finish("a", "b", true) == -1 && errno == EEXIST);
    cr_assert_eq(system("sha256sum -c --quiet b.sha256"), 0, "its digest is not ours to touch");
    cr_assert(unlink("a") == 0 && link("b", "a") == 0);
    cr_assert_eq(files_finish("a", "b", true), 0);
    cr_assert(files_length("a") < 0 && system("sha256sum -c --quiet b.sha256") == 0);
}
