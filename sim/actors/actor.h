/* sim/actors/actor.h - what all built-in actors have in common.
 *
 * An actor is a spawned port and a struct that begins with SimActor.  Each callback that
 * it gives to the node holds a reference to it, so it lives as long as any of them. */
#pragma once

#include "engine/aemp.h"

#define SIM_ACTOR_OPTIONS_MAX 8

/* --- The directory: which actors there are on this node --- */

typedef struct SimDirectory SimDirectory;

SimDirectory *sim_directory_new (AempNode *node); /* the node keeps it alive */
SimDirectory *sim_directory_ref (SimDirectory *directory);
void sim_directory_unref (SimDirectory *directory);
/* Enters a local port for as long as it lives.  False: an actor of this name is here already. */
bool sim_directory_enter (SimDirectory *directory, AempNode *node, const char *name,
                          const char *port);
/* The request `aemp::actor NAME PORT MESSAGE…`: sends MESSAGE… and the actor's port ID (or
 * null) to PORT. */
void sim_directory_answer (AempNode *node, const AempList *arguments, void *user_data);

/* --- Actors --- */

typedef struct SimActor SimActor;
struct SimFind; /* find.h */

struct SimActor
{
  AempNode *node;
  char *name;  /* "worker1.talk" */
  char *port;  /* its port ID */
  struct SimFind *find; /* NULL: it looks for nobody */
  /* For this part alone: */
  unsigned references;
  void (*clear) (SimActor *actor);
  SimDirectory *directory;
  bool broken;
  const AempValue *options; /* NULL: none; valid until the actor is open */
  const char *known[SIM_ACTOR_OPTIONS_MAX + 1];
  unsigned known_count;
};

/* Begins the actor of SELF from its function's arguments, all of `size` bytes zero but the
 * first part.  `clear` (may be NULL) frees what the kind adds.  NULL: there is no SELF, or
 * it dies because the arguments are wrong. */
void *sim_actor_new (size_t size, AempNode *node, const AempList *arguments, void *directory,
                     void (*clear) (SimActor *actor));
SimActor *sim_actor_ref (SimActor *actor);
void sim_actor_unref (SimActor *actor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimActor, sim_actor_unref)

/* Options.  False: SELF dies, because the option is missing (and `preset` is NULL) or is
 * no text, or no number from `least` to `most`. */
bool sim_actor_text (SimActor *actor, const char *key, const char *preset, char **text);
bool sim_actor_number (SimActor *actor, const char *key, int64_t preset, int64_t least,
                       int64_t most, int64_t *number);

/* All options are read: enters the actor in the directory.  False: SELF dies, because
 * there is an option that nobody asked for, or another actor of this name. */
bool sim_actor_open (SimActor *actor);

/* What to do with messages of this tag (NULL: all others; without it those are fatal);
 * for good.  `receive` gets the actor. */
void sim_actor_receive (SimActor *actor, const char *tag, AempReceive receive);
/* Later, unless it is dead then.  `call` gets the actor. */
void sim_actor_after (SimActor *actor, int64_t delay_us, AempReceive call);

/* A promise is broken, or a message is nonsense: notes `broken` and why, and dies.  Messages
 * that were under way to it may still come; what they break is not told any more. */
void sim_actor_broken (SimActor *actor, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The port ID that stands at this place of a message, for g_free(); NULL: it is none. */
char *sim_port_at (const AempList *message, uint32_t index);

/* The first word of the reason of a death, for notes: "normal" if there is none. */
char *sim_reason_word (const AempList *reason);
