/* SPDX-License-Identifier: BSD-2-Clause */
/* trace: who listens. Floor F0. */
#include "base/trace.h"

_Thread_local struct trace *trace_now;
