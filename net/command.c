/* net/command.c - see command.h. */
#include "net/command.h"

#include "engine/config.h"
#include "net/edit.h"
#include "net/keys.h"
#include "net/profile-file.h"
#include "net/run.h"
#include "net/suggest.h"
#include "net/tell.h"

#include <string.h>
#include <unistd.h>

#define COMMAND_WIDTH 26 /* characters, in the list of commands */

static const NetCommand set_command = { "set", "VALUE", "sets it", NULL, net_edit_set, NULL, true };
static const NetCommand del_command
    = { "del", "", "takes it back", NULL, net_edit_del, NULL, true };

/* --- Names -------------------------------------------------------------------------- */

/* "setseeds", "seeds", "delseeds": every key has these. */
static const NetCommand *
find_of_key (const char *name, const char **key)
{
  if (g_str_has_prefix (name, "set") && net_key_is_known (name + 3))
    {
      *key = name + 3;
      return &set_command;
    }
  if (g_str_has_prefix (name, "del") && net_key_is_known (name + 3))
    {
      *key = name + 3;
      return &del_command;
    }
  *key = name;
  return net_key_is_known (name) ? &set_command : NULL;
}

static const NetCommand *
find_command (const char *name, const char **key)
{
  for (unsigned i = 0; net_commands[i].name; i++)
    if (strcmp (net_commands[i].name, name) == 0)
      {
        *key = net_commands[i].key;
        return &net_commands[i];
      }
  return find_of_key (name, key);
}

bool
net_command_is_known (const char *name)
{
  const char *key;

  return find_command (name, &key) != NULL;
}

char *
net_command_suggestion (const char *name, const char *const *others)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func (g_free);
  g_autofree const char **keys = net_key_names ();

  for (; *others; others++)
    g_ptr_array_add (names, (char *)*others);
  for (unsigned i = 0; net_commands[i].name; i++)
    g_ptr_array_add (names, (char *)net_commands[i].name);
  for (unsigned i = 0; keys[i]; i++)
    {
      g_ptr_array_add (made, g_strconcat ("set", keys[i], NULL));
      g_ptr_array_add (made, g_strconcat ("del", keys[i], NULL));
    }
  g_ptr_array_extend (names, made, NULL, NULL);
  g_ptr_array_add (names, NULL);
  return net_suggestion (name, (const char *const *)names->pdata);
}

/* --- Help --------------------------------------------------------------------------- */

void
net_command_list (FILE *out)
{
  g_autofree const char **keys = net_key_names ();

  for (unsigned i = 0; net_commands[i].name; i++)
    {
      g_autofree char *line
          = g_strdup_printf ("%s %s", net_commands[i].name, net_commands[i].arguments);

      int missing = MAX (0, COMMAND_WIDTH - (int)g_utf8_strlen (line, -1));

      fprintf (out, "  aemp %s%*s %s\n", line, missing, "", net_commands[i].help);
    }
  fputs ("  aemp [set|del]KEY VALUE         set a key in the profile file, take it back;\n"
         "                                  set may be left out.  Keys:\n",
         out);
  for (unsigned i = 0; keys[i]; i++)
    fprintf (out, "%s%s", i % 6 == 0 ? "\n    " : ", ", keys[i]);
  fputs ("\n", out);
}

/* The line of help that a key has, wherever it is known. */
static const char *
help_of_key (const char *key)
{
  for (const AempConfigKey *known = aemp_config_keys; known->key; known++)
    if (strcmp (known->key, key) == 0)
      return known->help;
  return net_key_help (key);
}

static void
print_key_help (const char *key)
{
  printf ("aemp set%s - set a key in the profile file, or take it back\n"
          "\n"
          "  aemp set%s VALUE\n"
          "  aemp del%s\n"
          "\n"
          "  %s: %s\n"
          "%s"
          "\n"
          "  Behind `aemp profile NAME` it is about that profile, otherwise about all nodes.\n",
          key, key, key, key, help_of_key (key),
          net_key_is_list (key) ? "  Several have commas between them, or are a JSON array.\n"
                                : "");
}

bool
net_command_help (const char *name)
{
  const char *key;
  const NetCommand *command = find_command (name, &key);

  if (!command)
    return false;
  if (command == &set_command || command == &del_command)
    print_key_help (key);
  else if (command->obey == net_run_obey)
    net_run_print_help ();
  else
    printf ("aemp %s - %s\n\n  aemp %s %s\n%s%s", command->name, command->help, command->name,
            command->arguments, command->more ? "\n" : "", command->more ? command->more : "");
  return true;
}

/* --- The session ---------------------------------------------------------------------- */

NetProfiles *
net_session_profiles (NetSession *session)
{
  g_autoptr (GError) error = NULL;

  if (session->profiles)
    return session->profiles;
  session->profiles = net_profiles_load (session->path, &error);
  if (!session->profiles)
    net_session_fail (session, NET_EXIT_PROFILE, "the profile file cannot be read: %s",
                      error->message);
  return session->profiles;
}

static void
unlock (NetSession *session)
{
  if (session->lock >= 0)
    close (session->lock);
  session->lock = -1;
}

bool
net_session_save (NetSession *session)
{
  g_autoptr (GError) error = NULL;

  if (session->is_changed && !net_profiles_save (session->profiles, session->path, &error))
    {
      net_session_fail (session, NET_EXIT_PROFILE, "the profile file cannot be written: %s",
                        error->message);
      return false;
    }
  session->is_changed = false;
  unlock (session);
  return true;
}

/* One line whose subject is the command. */
static void tell_va (const NetSession *session, const char *hint, const char *format,
                     va_list arguments) G_GNUC_PRINTF (3, 0);

static void
tell_va (const NetSession *session, const char *hint, const char *format, va_list arguments)
{
  g_autofree char *text = g_strdup_vprintf (format, arguments);

  net_tell ("aemp%s%s: %s%s%s", session->command ? " " : "",
            session->command ? session->command : "", text, hint,
            *hint && session->command ? session->command : "");
}

int
net_session_usage (NetSession *session, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  tell_va (session, "\nTry: aemp help ", format, arguments);
  va_end (arguments);
  return NET_EXIT_USAGE;
}

int
net_session_fail (NetSession *session, int status, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  tell_va (session, "", format, arguments);
  va_end (arguments);
  return status;
}

const char *
net_session_take (NetSession *session, NetWords *words, const char *what)
{
  const NetWord *word = net_words_take (words);

  if (word)
    return word->text;
  net_session_usage (session, "expected %s", what);
  return NULL;
}

/* --- The line ------------------------------------------------------------------------- */

static bool
wants_help (const NetWords *words)
{
  const NetWord *word = net_words_peek (words);

  return word && (strcmp (word->text, "--help") == 0 || strcmp (word->text, "-h") == 0);
}

static int
refuse_command (NetSession *session, const char *name)
{
  g_autofree char *suggestion = net_command_suggestion (name, (const char *const[]){ NULL });

  session->command = NULL;
  return net_session_fail (session, NET_EXIT_USAGE, "there is no command '%s'%s\nTry: aemp --help",
                           name, suggestion);
}

/* Nobody else changes the file between our reading and our writing. */
static void
lock_if_it_edits (NetSession *session, const NetCommand *command)
{
  if (command->edits && session->lock < 0 && !session->profiles)
    session->lock = net_profile_lock (session->path);
}

static int
obey_all (NetSession *session, NetWords *words)
{
  int status = 0;

  while (status == 0 && net_words_left (words) > 0)
    {
      const char *name = net_words_take (words)->text;
      const char *key;
      const NetCommand *command = find_command (name, &key);

      if (!command)
        return refuse_command (session, name);
      session->command = name;
      if (wants_help (words))
        return net_command_help (name) ? 0 : NET_EXIT_USAGE;
      lock_if_it_edits (session, command);
      status = command->obey (session, words, key);
    }
  return status != 0 || net_session_save (session) ? status : NET_EXIT_PROFILE;
}

int
net_command (int count, char *const *texts, void (*register_services) (AempNode *node))
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NetWords) words = net_words_new (count, texts, &error);
  NetSession session = { .lock = -1, .register_services = register_services };
  int status;

  if (!words)
    return net_session_fail (&session, NET_EXIT_USAGE, "%s", error->message);
  session.path = net_profile_path ();
  status = obey_all (&session, words);
  unlock (&session);
  net_profiles_free (session.profiles);
  g_free (session.profile);
  g_free (session.path);
  return status;
}
