/* sim/parity/kernel.h - scripts played by the kernel: hosts in network namespaces, a router between
 * them. */
#pragma once

#include "sim/parity/play.h"

/* Leaves the namespaces that the process is in: one script, one process. */
extern const ParityWorldOps parity_kernel_world;

/* False with an error: the kernel, or whoever guards it, does not let us. */
bool parity_kernel_is_there (GError **error);
