/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256: the examples of FIPS 180-4, and the same in any portions. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/sha256.h"

static void hex_of(const void *p, size_t len, size_t step, char hex[SHA256_HEX_LEN + 1])
{
    struct sha256 s;
    uint8_t digest[SHA256_LEN];
    sha256_init(&s);
    for (size_t at = 0; at < len; at += step)
        sha256_add(&s, (const char *)p + at, len - at < step ? len - at : step);
    sha256_end(&s, digest);
    hex[fmt_hex(hex, digest, sizeof digest)] = '\0';
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
    char hex[SHA256_HEX_LEN + 1];
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        hex_of(row[i].text, strlen(row[i].text), 1000, hex);
        cr_assert_str_eq(hex, row[i].want);
    }
    char *million = malloc(1000000);
    memset(million, 'a', 1000000);
    hex_of(million, 1000000, 1000000, hex);
    cr_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

Test(sha256, portions)
{
    char text[300], want[SHA256_HEX_LEN + 1], hex[SHA256_HEX_LEN + 1];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (size_t len = 0; len <= sizeof text; len++) {
        hex_of(text, len, sizeof text, want);
        for (size_t step = 1; step < 130; step += 9) {
            hex_of(text, len, step, hex);
            cr_assert_str_eq(hex, want, "%zu octets by %zu", len, step);
        }
    }
}

Test(sha256, file)
{
    char hex[SHA256_HEX_LEN + 1];
    FILE *f = tmpfile();
    cr_assert_not_null(f);
    fputs("abc", f);
    fflush(f);
    cr_assert_eq(lseek(fileno(f), 0, SEEK_SET), 0);
    cr_assert_eq(sha256_fd(fileno(f), hex), 0);
    cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cr_assert_eq(sha256_fd(-1, hex), -1);
    fclose(f);
}
