/* net/command.h - the commands that Perl's aemp has, and more of their kind.
 *
 * One line may have several of them, one behind the other; what they change in the profile
 * file is written once, when all of them went well or when one is about to talk to other
 * nodes. */
#pragma once

#include "engine/aemp.h"
#include "net/profile.h"
#include "net/words.h"

#include <stdio.h>

#define NET_EXIT_FAILED 1
#define NET_EXIT_USAGE 64
#define NET_EXIT_UNWRITABLE 73
#define NET_EXIT_PROFILE 78

typedef struct
{
  char *path;             /* of the profile file */
  NetProfiles *profiles;  /* NULL: not read yet */
  int lock;               /* on the file, while it is changed; -1: none */
  bool is_changed;        /* and not written yet */
  char *profile;          /* what follows is about it; NULL: about all */
  const char *command;    /* the one that is obeyed now, as typed */
  void (*register_services) (AempNode *node);
} NetSession;

typedef struct
{
  const char *name;
  const char *arguments; /* as in the list of commands */
  const char *help;      /* a line */
  const char *more;      /* of its own help; NULL: there is none */
  /* Takes its words, gives the exit status.  `key`: of the row. */
  int (*obey) (NetSession *session, NetWords *words, const char *key);
  const char *key;
  bool edits; /* the profile file */
} NetCommand;

/* commands.c; the last one has no name. */
extern const NetCommand net_commands[];

/* `texts` is the line without the program's name. */
int net_command (int count, char *const *texts, void (*register_services) (AempNode *node));

bool net_command_is_known (const char *name);
/* The list of them; the help of one, false: there is none of that name. */
void net_command_list (FILE *out);
bool net_command_help (const char *name);
/* " (did you mean NAME?)", or nothing; for g_free().  `others` ends with NULL. */
char *net_command_suggestion (const char *name, const char *const *others);

/* For the commands. */

/* The profile file as it is now.  NULL: it cannot be read, which was told. */
NetProfiles *net_session_profiles (NetSession *session);
/* Writes what was changed.  False: that was told. */
bool net_session_save (NetSession *session);
/* Told with the name of the command in front, and where to look. */
int net_session_usage (NetSession *session, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The same without the hint, for what is no fault of the words. */
int net_session_fail (NetSession *session, int status, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* The text of the next word; NULL: it is missing, which was told. */
const char *net_session_take (NetSession *session, NetWords *words, const char *what);
