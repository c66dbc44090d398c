/* SPDX-License-Identifier: BSD-2-Clause */
/* http: asks a ribtaped for a page. Floor F4. */
#ifndef RIBTAPE_TOOLS_HTTP_H
#define RIBTAPE_TOOLS_HTTP_H

#include "base/buf.h"
#include "base/cur.h"

enum { TOOL_HTTP_WAIT_S = 30 };

/* Sends one request without a body ("GET", "POST") to `server` (HOST:PORT, [ADDRESS6]:PORT) and
 * appends the answer's body. Returns the status (200, 404), or -1 with a reason in err: nobody
 * there, silence for TOOL_HTTP_WAIT_S, no HTTP. */
MUST_USE int tool_http(const char *server, const char *method, const char *path,
                       struct buf *body, char *err, size_t err_len);

#endif
