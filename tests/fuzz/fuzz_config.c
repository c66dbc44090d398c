/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_config: any text as a configuration: it loads or says why, line by line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config/config.h"
#include "collector/config/reload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[2048] = "";
    struct config *c = config_load_text((const char *)data, size, "f", err, sizeof err);
    if (c == NULL) {
        if (strncmp(err, "f:", 2) != 0 || strlen(err) >= sizeof err)
            abort();
        return 0;
    }
    struct source_addr a = {.len = 4, .a = {192, 0, 2, 1}};
    const struct config_peer *p = config_peer_for(c, &a);
    if (p != NULL && !config_peer_same(p, p))
        abort();
    if (!config_same(c, c) || c->archive.slot_s == 0 || 86400 % c->archive.slot_s != 0)
        abort();
    config_unref(c);
    return 0;
}
