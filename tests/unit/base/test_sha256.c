/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 of files: the examples of FIPS 180-4. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sha256.h"

static void expect(const void *p, size_t len, long from, const char *want)
{
    char hex[SHA256_HEX_LEN + 1];
    FILE *f = tmpfile();
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(p, 1, len, f), len);
    fflush(f);
    cr_assert_eq(lseek(fileno(f), from, SEEK_SET), from);
    cr_assert_eq(sha256_fd(fileno(f), hex), 0);
    cr_assert_str_eq(hex, want);
    fclose(f);
}

Test(sha256, examples)
{
    static const struct {
        const char *text, *want;
    } row[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        expect(row[i].text, strlen(row[i].text), 0, row[i].want);
    char *million = malloc(1000000);
    memset(million, 'a', 1000000);
    expect(million, 1000000, 0,
           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

Test(sha256, from_where_the_file_stands)
{
    expect("xyzabc", 6, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(sha256, says_what_can_not_be_read)
{
    char hex[SHA256_HEX_LEN + 1];
    cr_assert_eq(sha256_fd(-1, hex), -1);
}
