/* net/edit.h - the commands that change the profile file. */
#pragma once

#include "net/command.h"

int net_edit_profile (NetSession *session, NetWords *words, const char *key);
int net_edit_delprofile (NetSession *session, NetWords *words, const char *key);
int net_edit_set (NetSession *session, NetWords *words, const char *key);
int net_edit_del (NetSession *session, NetWords *words, const char *key);
int net_edit_add_element (NetSession *session, NetWords *words, const char *key);
int net_edit_del_element (NetSession *session, NetWords *words, const char *key);
int net_edit_gensecret (NetSession *session, NetWords *words, const char *key);
int net_edit_gencert (NetSession *session, NetWords *words, const char *key);
