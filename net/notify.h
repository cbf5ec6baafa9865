/* net/notify.h - a word to the one who started us, if it wants to hear it (sd_notify(3)). */
#pragma once

/* "READY=1", to the socket that NOTIFY_SOCKET names; without one it is nothing. */
void net_notify (const char *state);
