/* sim/actors/hello.c - says hello to an echo, once it has an answer it rests. */

#include "sim/actors/find.h"
#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  SimFind find;
  char *text;
  bool heard;
} Hello;

static void
clear_hello (SimActor *actor)
{
  Hello *hello = (Hello *)actor;

  sim_find_clear (&hello->find);
  g_free (hello->text);
}

/* Also after a loss, which may have taken the first one or its answer. */
static void
say_hello (SimActor *actor)
{
  Hello *hello = (Hello *)actor;

  if (!hello->heard)
    aemp_snd (actor->node, actor->find->port, "sss", "hello", hello->text, actor->port);
}

static void
hear (AempNode *node, const AempList *message, void *user_data)
{
  Hello *hello = user_data;
  SimActor *actor = &hello->actor;

  if (hello->heard)
    return; /* an earlier hello was not lost after all: only its link was */
  hello->heard = true;
  if (aemp_value_is (aemp_list_get (message, 0), hello->text))
    aemp_note (node, actor->name, "heard", "s", hello->text);
  else
    sim_actor_broken (actor, "the echo of '%s' is something else", hello->text);
}

void
sim_hello_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Hello), node, arguments, user_data, clear_hello);
  Hello *hello = (Hello *)actor;

  if (!hello || !sim_find_option (&hello->find, actor)
      || !sim_actor_text (actor, "text", "hello", &hello->text) || !sim_actor_open (actor))
    return;
  sim_actor_receive (actor, "hello", hear);
  sim_find_start (&hello->find, say_hello, NULL);
}
