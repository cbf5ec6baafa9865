/* sim/parity/agent.h - a process in a namespace that runs the program of a host. */
#pragma once

#include "sim/parity/play.h"

#include <sys/types.h>

typedef struct
{
  pid_t pid; /* 0: there is none */
  int fd;    /* statements go there, ParityNews comes back */
} ParityAgent;

/* News of this kind: what it was told is done; `time_us` when. */
#define PARITY_DONE UINT32_MAX

/* The addresses that hosts have: 10.0.0.1 and so on, in the network's byte order. */
uint32_t parity_host_address (unsigned host);
/* The time that news has. */
int64_t parity_now_us (void);

bool parity_agent_start (ParityAgent *agent, const ParityScript *script, unsigned host,
                         int namespace_fd, GError **error);
/* Dead at once; its kernel closes what it had. */
void parity_agent_kill (ParityAgent *agent);
/* Has it carry out a statement, by its index.  `PARITY_DONE` is to be waited for. */
void parity_agent_tell (const ParityAgent *agent, unsigned statement);
