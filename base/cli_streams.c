/* SPDX-License-Identifier: BSD-2-Clause */
/* cli_streams: a program's standard streams, from its beginning to its end. Floor F0. */
#include "base/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Open for the other direction: who uses one hears EBADF, as of a closed one. */
void cli_hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

int cli_finish(const char *program, int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    int error = errno;
    if (error == EPIPE)
        return status;
    fprintf(stderr, "%s: standard output: %s\n", program,
            error != 0 ? strerror(error) : "not all could be written");
    return status != CLI_OK ? status : CLI_FAILED;
}
