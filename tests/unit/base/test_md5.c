/* SPDX-License-Identifier: BSD-2-Clause */
/* test_md5: the test suite of RFC 1321 appendix A.5, and lengths round a block's end. */
#include <criterion/criterion.h>

#include "base/fmt.h"
#include "base/md5.h"

Test(md5, rfc_1321)
{
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
        {"1234567890123456789012345678901234567890123456789012345",
         "c9ccf168914a1bcfc3229f1948e67da0"},
        {"12345678901234567890123456789012345678901234567890123456",
         "49f193adce178490e34d1b3a4ec0064c"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t digest[MD5_LEN];
        char hex[2 * MD5_LEN + 1];
        md5(rows[i].text, strlen(rows[i].text), digest);
        hex[fmt_hex(hex, digest, MD5_LEN)] = '\0';
        cr_expect_str_eq(hex, rows[i].hex, "%s", rows[i].text);
    }
}
