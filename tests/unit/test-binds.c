/* tests/unit/test-binds.c - names to listen at are looked up while the loop goes on. */
#include "net/binds.h"
#include "net/env.h"

#include <string.h>

/* --- A resolver that answers when the story wants it --------------------------------------- */

#define SLOW_TURNS 20 /* of the loop, until it answers */

typedef struct
{
  GResolver parent;
} SlowResolver;
typedef GResolverClass SlowResolverClass;

GType slow_resolver_get_type (void);
G_DEFINE_TYPE (SlowResolver, slow_resolver, G_TYPE_RESOLVER)

static const char *const *
addresses_of (const char *name)
{
  static const char *const both[] = { "127.0.0.1", "::1", "127.0.0.1", NULL };
  static const char *const half[] = { "192.0.2.7", "127.0.0.2", NULL };
  static const char *const elsewhere[] = { "192.0.2.7", NULL };
  static const char *const none[] = { NULL };

  return strcmp (name, "both") == 0        ? both
         : strcmp (name, "half") == 0      ? half
         : strcmp (name, "elsewhere") == 0 ? elsewhere
                                           : none;
}

typedef struct
{
  GTask *task;
  unsigned turns;
} Question;

static gboolean
turn (void *user_data)
{
  Question *question = user_data;
  const char *name = g_task_get_task_data (question->task);
  GList *found = NULL;

  if (++question->turns < SLOW_TURNS)
    return G_SOURCE_CONTINUE;
  for (const char *const *text = addresses_of (name); *text; text++)
    found = g_list_append (found, g_inet_address_new_from_string (*text));
  if (found)
    g_task_return_pointer (question->task, found, (GDestroyNotify)g_resolver_free_addresses);
  else
    g_task_return_new_error (question->task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "?");
  g_object_unref (question->task);
  g_free (question);
  return G_SOURCE_REMOVE;
}

static void
begin_question (GResolver *resolver, const char *name, GCancellable *cancellable,
                GAsyncReadyCallback done, void *user_data)
{
  Question *question = g_new0 (Question, 1);

  question->task = g_task_new (resolver, cancellable, done, user_data);
  g_task_set_task_data (question->task, g_strdup (name), g_free);
  g_idle_add (turn, question);
}

static GList *
end_question (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
slow_resolver_class_init (SlowResolverClass *class)
{
  class->lookup_by_name_async = begin_question;
  class->lookup_by_name_finish = end_question;
}

static void
slow_resolver_init (SlowResolver *resolver)
{
}

/* --- The stories ---------------------------------------------------------------------------- */

static gboolean
count (void *user_data)
{
  ++*(unsigned *)user_data;
  return G_SOURCE_CONTINUE;
}

/* Looks up; the binds as a text, or the error's. */
static char *
look_up (const char *binds, unsigned *turns)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, false);
  g_autoptr (GError) error = NULL;
  AempEnv *env = net_env_new (NULL);
  unsigned source = g_idle_add (count, turns);
  bool is_found;

  g_assert_true (aemp_config_set (config, "binds", binds, &error));
  is_found = net_binds_find (config, env, loop, &error);
  g_source_remove (source);
  net_env_free (env);
  g_assert_cmpint (is_found, ==, error == NULL);
  return is_found ? aemp_config_get (config, "binds") : g_strdup (error->message);
}

static void
expect_binds (const char *binds, const char *expected)
{
  unsigned turns = 0;
  g_autofree char *got = look_up (binds, &turns);

  g_assert_cmpstr (got, ==, expected);
  g_assert_cmpuint (turns, >, SLOW_TURNS / 2);
}

static bool
has_ipv6 (void)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("::1", 0);

  return socket && g_socket_bind (socket, address, true, NULL);
}

static void
test_all_addresses (void)
{
  g_test_summary ("A name stands for all the addresses that it has here, each once, with the port "
                  "as it was; the loop goes on meanwhile.  What needs no look up stays.");

  if (has_ipv6 ())
    expect_binds ("*:4040,both:*,10.0.0.1:1", "*:4040,127.0.0.1:*,[::1]:*,10.0.0.1:1");
  else
    expect_binds ("*:4040,both:*,10.0.0.1:1", "*:4040,127.0.0.1:*,10.0.0.1:1");
  expect_binds ("half:4041", "127.0.0.2:4041");
}

static void
test_nothing_to_look_up (void)
{
  g_test_summary ("Addresses and stars are not looked up: nobody has to wait.");

  unsigned turns = 0;
  g_autofree char *got = look_up ("*,127.0.0.1:*,[::1]:4040", &turns);
  g_assert_cmpstr (got, ==, "*,127.0.0.1:*,[::1]:4040");
  g_assert_cmpuint (turns, ==, 0);
}

static void
test_no_address (void)
{
  g_test_summary ("A name that nobody knows, and one that belongs to other hosts only, are told.");

  expect_binds ("unknown:1", "cannot listen at unknown:1: unknown: no such host");
  expect_binds ("elsewhere:1",
                "cannot listen at elsewhere:1: elsewhere has no address of this host");
}

static gboolean
quit (void *loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
test_quit (void)
{
  g_test_summary ("Somebody ends the loop before the answer is there: that is no error, and the "
                  "answer that comes later is for nobody.");

  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, false);
  g_autoptr (GError) error = NULL;
  AempEnv *env = net_env_new (NULL);

  g_assert_true (aemp_config_set (config, "binds", "both:*", &error));
  g_idle_add (quit, loop);
  g_assert_false (net_binds_find (config, env, loop, &error));
  g_assert_no_error (error);
  net_env_free (env);
  while (g_main_context_iteration (NULL, false))
    ;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GResolver) resolver = g_object_new (slow_resolver_get_type (), NULL);
  g_resolver_set_default (resolver);
  g_test_add_func ("/binds/all-addresses", test_all_addresses);
  g_test_add_func ("/binds/nothing-to-look-up", test_nothing_to_look_up);
  g_test_add_func ("/binds/no-address", test_no_address);
  g_test_add_func ("/binds/quit", test_quit);
  return g_test_run ();
}
