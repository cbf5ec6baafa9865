/* net/run.c - `aemp run`: a real node, configured by its arguments. */
#include "net/run.h"

#include "engine/codec.h"
#include "engine/node.h"
#include "net/env.h"
#include "net/tell.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

#define EXIT_FAILED 1
#define EXIT_USAGE 64
#define EXIT_PROFILE 78

#define UNIQUE_CHARACTERS 10

typedef struct
{
  bool verbose;
  const char *profile; /* NULL: none given */
  const char *services;
  GPtrArray *keys; /* of const char *: those that were given */
  char *unique;
  AempConfig *config;
} Arguments;

typedef struct
{
  char *function;
  AempNode *node;
} Service;

/* --- Help --- */

static int
print_help (void)
{
  printf ("aemp run - runs a node until it is interrupted\n"
          "\n"
          "  aemp run [--verbose] [PROFILE] [KEY VALUE]…\n"
          "\n"
          "  --verbose  tell every trace event, not just who comes and goes\n"
          "  PROFILE    gives the default node ID, PROFILE/ (default: the host's name); the\n"
          "             profile file is not read yet\n"
          "\n"
          "Keys:\n");
  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    printf ("  %-18s %s\n", key->key, key->help);
  printf (
      "  %-18s functions to start: names with commas between, or JSON:\n"
      "  %-18s [\"a::f\", [\"a::g\", \"argument\", 2]]\n"
      "\n"
      "In nodeid, %%n is the host's name and %%u a unique word; one follows a / at the end, too.\n"
      "\n"
      "Exit status: 0 it was interrupted, 1 it cannot listen, 64 usage, 78 an unusable profile.\n",
      "services", "");
  return 0;
}

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  net_tell ("aemp run: %s\nTry: aemp run --help", text);
  return EXIT_USAGE;
}

/* --- The node ID --- */

static char *
make_unique (AempEnv *env)
{
  static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  uint64_t draws[UNIQUE_CHARACTERS];
  char *word = g_malloc (UNIQUE_CHARACTERS + 1);

  aemp_env_random_bytes (env, "unique", 0, draws, sizeof draws);
  for (unsigned i = 0; i < UNIQUE_CHARACTERS; i++)
    word[i] = letters[draws[i] % (sizeof letters - 1)];
  word[UNIQUE_CHARACTERS] = '\0';
  return word;
}

static char *
expand_node_id (const char *pattern, const char *host, const char *unique)
{
  GString *node_id = g_string_new (pattern);

  g_string_replace (node_id, "%n", host, 0);
  g_string_replace (node_id, "%u", unique, 0);
  if (node_id->len > 0 && node_id->str[node_id->len - 1] == '/')
    g_string_append (node_id, unique);
  return g_string_free (node_id, false);
}

/* --- Arguments --- */

/* A profile by name is looked up in the file, once that is read.  Until then a node must
 * not run as if it had no settings. */
static int
check_profile (const char *profile)
{
  const char *named = g_getenv ("PERL_ANYEVENT_MP_RC");
  g_autofree char *file = named && *named
                              ? g_strdup (named)
                              : g_build_filename (g_get_home_dir (), ".perl-anyevent-mp", NULL);

  if (!profile || !g_file_test (file, G_FILE_TEST_EXISTS))
    return 0;
  net_tell ("aemp run: the profile \"%s\" may be in %s, which is not read yet", profile, file);
  return EXIT_PROFILE;
}

static int set_one (Arguments *arguments, AempEnv *env, const char *key, const char *value);

static bool
is_key (const char *word)
{
  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    if (strcmp (key->key, word) == 0)
      return true;
  return strcmp (word, "services") == 0;
}

static int
refuse_key (const char *word)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    g_string_append_printf (known, "%s, ", key->key);
  return usage ("\"%s\" is no key; there are %sservices", word, known->str);
}

/* "KEY VALUE" as people wrote it. */
static int
take_pair (Arguments *arguments, AempEnv *env, const char *key, const char *value)
{
  if (!is_key (key))
    return refuse_key (key);
  for (unsigned i = 0; i < arguments->keys->len; i++)
    if (strcmp (arguments->keys->pdata[i], key) == 0)
      return usage ("%s is given twice", key);
  g_ptr_array_add (arguments->keys, (char *)key);
  return set_one (arguments, env, key, value);
}

static int
set_one (Arguments *arguments, AempEnv *env, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *expanded = NULL;

  if (strcmp (key, "services") == 0)
    {
      arguments->services = value;
      return 0;
    }
  if (strcmp (key, "nodeid") == 0)
    value = expanded = expand_node_id (value, aemp_env_host_name (env), arguments->unique);
  if (!aemp_config_set (arguments->config, key, value, &error))
    return usage ("%s", error->message);
  return 0;
}

static int
set_default_node_id (Arguments *arguments, AempEnv *env)
{
  const char *profile = arguments->profile ? arguments->profile : aemp_env_host_name (env);
  g_autofree char *pattern = g_strconcat (profile, "/", NULL);

  return set_one (arguments, env, "nodeid", pattern);
}

/* Options, perhaps a profile, pairs. */
static int
read_arguments (Arguments *arguments, AempEnv *env, int argc, char **argv)
{
  int next = 1;

  for (; next < argc && g_str_has_prefix (argv[next], "--"); next++)
    if (strcmp (argv[next], "--verbose") == 0)
      arguments->verbose = true;
    else
      return usage ("unknown option %s", argv[next]);
  if ((argc - next) % 2 == 1 && is_key (argv[next])) /* no profile, but a value is missing */
    return usage ("%s needs a value", argv[argc - 1]);
  if ((argc - next) % 2 == 1)
    arguments->profile = argv[next++];
  for (; next < argc; next += 2)
    {
      int status = take_pair (arguments, env, argv[next], argv[next + 1]);

      if (status != 0)
        return status;
    }
  if (!arguments->config->node_id)
    return set_default_node_id (arguments, env);
  return 0;
}

/* --- Services --- */

/* Names with commas between: the same message as their JSON. */
static AempMessage *
parse_names (const char *text, GError **error)
{
  g_autoptr (GByteArray) json = g_byte_array_new ();
  g_auto (GStrv) names = g_strsplit (text, ",", -1);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "expected text in UTF-8");
      return NULL;
    }
  for (char **name = names; *name; name++)
    {
      g_autoptr (AempMessage) message = aemp_message_new ("s", g_strstrip (*name));
      AempList list = aemp_message_list (message);

      g_byte_array_append (json, (const uint8_t *)(name == names ? "[" : ","), 1);
      aemp_codec_json.encode (json, NULL, &list);
    }
  g_byte_array_append (json, (const uint8_t *)"]", 1);
  return aemp_codec_decode_all (&aemp_codec_json, json->data, json->len, error);
}

static AempMessage *
parse_services (const char *text, GError **error)
{
  if (*text == '\0')
    return aemp_message_new ("");
  if (*text != '[')
    return parse_names (text, error);
  return aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)text, strlen (text), error);
}

/* A function, or an array of one and its arguments. */
static bool
split_service (const AempValue *value, AempMessage *message, char **function, AempList *list)
{
  *list = value->type == AEMP_ARRAY ? (AempList){ value->as.items, value->length, message }
                                    : (AempList){ value, 1, message };
  *function = list->count > 0 && aemp_value_is_string (&list->items[0])
                  ? aemp_value_dup_text (&list->items[0], NULL)
                  : NULL;
  *list = aemp_list_skip (*list, 1);
  return *function != NULL;
}

/* Everything is looked at before anything runs. */
static int
check_services (AempMessage *services)
{
  AempList all = aemp_message_list (services);

  for (uint32_t i = 0; i < all.count; i++)
    {
      g_autofree char *function = NULL;
      AempList list;

      if (!split_service (&all.items[i], services, &function, &list))
        return usage ("services: expected a function, or an array that begins with one");
      if (g_str_has_suffix (function, "::"))
        return usage ("services: modules (%s) are not loaded yet", function);
      if (!strstr (function, "::"))
        return usage ("services: expected a function like aemp::echo, not \"%s\"", function);
    }
  return 0;
}

static void
service_free (void *data)
{
  Service *service = data;

  g_free (service->function);
  g_free (service);
}

static void
service_died (AempNode *node, const AempList *reason, void *user_data)
{
  Service *service = user_data;
  g_autofree char *text = aemp_list_to_text (reason, 1000);

  net_tell ("%s ended%s%s", service->function, reason->count > 0 ? ": " : "", text);
}

static void
start_services (AempNode *node, AempMessage *services)
{
  AempList all = aemp_message_list (services);

  for (uint32_t i = 0; i < all.count; i++)
    {
      Service *service = g_new0 (Service, 1);
      g_autofree char *port = NULL;
      AempList list;

      split_service (&all.items[i], services, &service->function, &list);
      port = aemp_spawn (node, aemp_node_id (node), service->function, "@", &list);
      aemp_mon (node, port, service_died, service, service_free);
    }
}

/* --- Running --- */

static gboolean
quit (void *loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static void
tell_listeners (AempNode *node)
{
  const char *const *listeners = aemp_node_listeners (node);

  net_tell ("node %s%s", aemp_node_id (node), listeners[0] ? "" : ", listening nowhere");
  for (unsigned i = 0; listeners[i]; i++)
    net_tell ("listening on %s", listeners[i]);
}

static int
run_node (const Arguments *arguments, AempEnv *env, AempMessage *services, GMainLoop *loop,
          void (*register_services) (AempNode *node))
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AempNode) node = NULL;
  NetTeller teller;

  net_teller_init (&teller, arguments->verbose);
  node = aemp_node_new (env, arguments->config, &teller.tracer, &error);
  if (!node)
    return usage ("%s", error->message);
  if (register_services)
    register_services (node);
  if (!aemp_node_start (node, &error))
    {
      net_tell ("aemp run: cannot start: %s", error->message);
      return EXIT_FAILED;
    }
  tell_listeners (node);
  start_services (node, services);
  g_main_loop_run (loop);
  return 0;
}

/* Signals are heard before the node says its first word: who reads that may send one. */
static int
run_until_interrupted (const Arguments *arguments, AempEnv *env, AempMessage *services,
                       void (*register_services) (AempNode *node))
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, false);
  unsigned interrupt = g_unix_signal_add (SIGINT, quit, loop);
  unsigned terminate = g_unix_signal_add (SIGTERM, quit, loop);
  int status = run_node (arguments, env, services, loop, register_services);

  g_source_remove (interrupt);
  g_source_remove (terminate);
  return status;
}

static int
run (Arguments *arguments, AempEnv *env, int argc, char **argv,
     void (*register_services) (AempNode *node))
{
  g_autoptr (AempMessage) services = NULL;
  g_autoptr (GError) error = NULL;
  int status = read_arguments (arguments, env, argc, argv);

  if (status == 0)
    status = check_profile (arguments->profile);
  if (status != 0)
    return status;
  services = parse_services (arguments->services ? arguments->services : "", &error);
  if (!services)
    return usage ("services: %s", error->message);
  status = check_services (services);
  if (status != 0)
    return status;
  return run_until_interrupted (arguments, env, services, register_services);
}

int
net_run_command (int argc, char **argv, void (*register_services) (AempNode *node))
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  Arguments arguments = { .config = config, .keys = keys };
  AempEnv *env;
  int status;

  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0)
      return print_help ();
  env = net_env_new (NULL);
  arguments.unique = make_unique (env);
  status = run (&arguments, env, argc, argv, register_services);
  g_free (arguments.unique);
  net_env_free (env);
  return status;
}
