/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256: a file through libcrypto. Floor F0. */
#include "base/sha256.h"

#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/fmt.h"

enum { READ = 65536 };

static int add_file(EVP_MD_CTX *ctx, int fd)
{
    uint8_t buf[READ];
    ssize_t n;
    while ((n = read(fd, buf, sizeof buf)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (EVP_DigestUpdate(ctx, buf, (size_t)n) != 1) {
            errno = EIO;
            return -1;
        }
    }
    return 0;
}

int sha256_fd(int fd, char hex[SHA256_HEX_LEN + 1])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int rc = -1;
    errno = ENOMEM;
    if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1)
        rc = add_file(ctx, fd);
    if (rc == 0 && EVP_DigestFinal_ex(ctx, digest, NULL) != 1) {
        errno = EIO;
        rc = -1;
    }
    EVP_MD_CTX_free(ctx);
    if (rc == 0)
        hex[fmt_hex(hex, digest, SHA256_LEN)] = '\0';
    return rc;
}
