/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_proxy: any octets as a PROXY header, whole and bit by bit: the same answer, and never
 * more asked for than may be taken. */
#include "check.h"
#include "collector/bmp/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_header whole = {0}, part = {0};
    const char *why = NULL;
    size_t need = 0, have = 0;
    enum proxy_result all = proxy_parse(data, size, &whole, &need, &why), r = PROXY_MORE;
    require(all != PROXY_BAD || why != NULL);
    while (r == PROXY_MORE && have < size) { /* as a door reads: what is needed and no more */
        r = proxy_parse(data, have, &part, &need, &why);
        require(r != PROXY_MORE || (need > have && need <= PROXY_HEADER_MAX));
        if (r == PROXY_MORE)
            have = need < size ? need : size;
    }
    if (r == PROXY_MORE)
        r = proxy_parse(data, have, &part, &need, &why);
    require(r == all);
    require(r != PROXY_DONE || (part.named == whole.named && need <= size));
    require(!part.named || part.remote.len == 4 || part.remote.len == 16);
    return 0;
}
