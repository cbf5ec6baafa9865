/* net/snd.h - the commands that say one thing to one port. */
#pragma once

#include "net/command.h"

int net_snd_obey (NetSession *session, NetWords *words, const char *key);
int net_snd_cal_obey (NetSession *session, NetWords *words, const char *key);
int net_snd_mon_obey (NetSession *session, NetWords *words, const char *key);
int net_snd_eval_obey (NetSession *session, NetWords *words, const char *key);
int net_snd_restart_obey (NetSession *session, NetWords *words, const char *key);
