/* tests/world/suite.h - what every world promises, told once and tried on each.
 *
 * A world is a small table; the stories know nothing else of it.  All that they call and
 * all that calls them goes through the helpers below, which hold the promises of
 * engine/env.h at every step: no callback from inside a call or another callback, none
 * after a free, none after `closed`, and a clock that stands still. */
#pragma once

#include "engine/env.h"

#define STORY_ENVS 3

typedef struct World World;

typedef struct
{
  World *(*begin) (void); /* with STORY_ENVS environments that reach each other */
  void (*end) (World *world);
  AempEnv *(*env) (World *world, unsigned which);
  const char *(*host) (World *world, unsigned which); /* its numeric host */
  const char *(*name) (World *world, unsigned which); /* a name for it */
  /* Until `done` says so, or `limit_us` are over: false. */
  bool (*run) (World *world, bool (*done) (void *user_data), void *user_data, int64_t limit_us);
  const char *no_such_name;
} WorldOps;

typedef struct
{
  const WorldOps *ops;
  World *world;
  bool calling;         /* a call into the world is under way */
  bool in_callback;
  int64_t clock_us;     /* when the callback began */
  unsigned callbacks;   /* how many there were */
  GPtrArray *ends;      /* all Ends and Servers, freed with the story */
  GPtrArray *servers;
  uint32_t luck;
} Story;

typedef struct
{
  const char *path;
  const char *summary;
  void (*tell) (Story *story);
} StoryEntry;

/* NULL paths end the tables. */
extern const StoryEntry timer_stories[];
extern const StoryEntry place_stories[]; /* names, listening, connecting */
extern const StoryEntry stream_stories[];
extern const StoryEntry end_stories[];
extern const StoryEntry freeing_stories[];

/* Adds the stories for a world; `more` is a table of its own, or NULL. */
void suite_add (const WorldOps *ops, const StoryEntry *more);

/* --- Around calls and callbacks --- */

#define CALL(story, call)                                                                          \
  ({                                                                                               \
    (story)->calling = true;                                                                       \
    __auto_type call_result = (call);                                                              \
    (story)->calling = false;                                                                      \
    call_result;                                                                                   \
  })
#define DO(story, call)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    (story)->calling = true;                                                                       \
    call;                                                                                          \
    (story)->calling = false;                                                                      \
  }                                                                                                \
  G_STMT_END
void story_enter (Story *story, AempEnv *env);
void story_leave (Story *story, AempEnv *env);

static inline AempEnv *
story_env (Story *story, unsigned which)
{
  return story->ops->env (story->world, which);
}
/* "host:port" of one of the environments; for g_free(). */
char *story_address (Story *story, unsigned which, unsigned port);
/* Fails unless `*flag` becomes true in time. */
void story_until (Story *story, const bool *flag);
void story_until_count (Story *story, const unsigned *count, unsigned wanted);
/* Lets a while pass. */
void story_wait (Story *story, int64_t while_us);
/* 0 … below - 1, the same in each run. */
uint32_t story_luck (Story *story, uint32_t below);

/* --- Streams --- */

typedef enum
{
  NEWS_OPENED,
  NEWS_RECEIVED,
  NEWS_WRITABLE,
  NEWS_ENDED,
  NEWS_CLOSED,
} News;
#define NEWS_KINDS 5

/* One end of a connection, with all that was told of it.  What it sends is a pattern that
 * tells the place of each byte; what it receives must be one. */
typedef struct End End;
struct End
{
  Story *story;
  AempEnv *env;
  AempStream *stream; /* NULL: given back */
  void (*hook) (End *end, News news); /* what the story does then; may be NULL */
  void *hook_data;
  unsigned news[NEWS_KINDS]; /* how often */
  bool opened;
  bool ended;
  bool closed;
  int error; /* the errno of `closed`, 0: none */
  uint64_t sent;
  uint64_t to_send;
  bool end_when_sent;
  uint64_t received;
  uint64_t wanted; /* when so many were received… */
  bool satisfied;  /* …this becomes true */
};

End *end_connect (Story *story, unsigned which, const char *address,
                  void (*hook) (End *end, News news));
/* Sends so many more bytes, in pieces of all sizes, now and as there is room. */
void end_send (End *end, uint64_t bytes);
/* … and then ends. */
void end_send_all (End *end, uint64_t bytes);
void end_want (End *end, uint64_t bytes);
void end_close (End *end);
void end_abort (End *end);

/* Somebody listens.  Each accepted stream becomes an End. */
typedef struct Server Server;
struct Server
{
  Story *story;
  AempListener *listener; /* NULL: given back */
  char *address;
  void (*hook) (Server *server, AempStream *stream); /* instead of making an End */
  void *hook_data;
  void (*end_hook) (End *end, News news);
  unsigned accepted;
  End *last;
};
Server *server_new (Story *story, unsigned which);
End *server_take (Server *server, AempStream *stream);
void server_free (Server *server);

/* A connection from 0 to 1, open on both sides. */
void story_pair (Story *story, End **dialer, End **acceptor);

/* --- Timers --- */

typedef struct Alarm Alarm;
struct Alarm
{
  Story *story;
  AempTimer *timer; /* NULL: given back */
  unsigned fired;
  bool rang;
  int64_t fired_us;
  unsigned place; /* which of the story's callbacks it was */
  void (*hook) (Alarm *alarm);
  void *hook_data;
};
/* The Alarm is the caller's, the timer is given back by alarm_clear(). */
void alarm_init (Alarm *alarm, Story *story, unsigned which, void (*hook) (Alarm *alarm),
                 void *hook_data);
void alarm_start (Alarm *alarm, int64_t delay_us);
void alarm_clear (Alarm *alarm);
