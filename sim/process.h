/* sim/process.h - one process on a host, and the objects that its program has.
 *
 * Once the process is killed or vanished its objects do nothing any more; their memory is
 * there until the program gives them up, or the process is freed. */
#pragma once

#include "network.h"
#include "tcp.h"

typedef struct SimObject SimObject;
typedef struct SimStream SimStream;

typedef struct
{
  void (*silence) (SimObject *object); /* the process is over: no event comes any more */
  void (*renew) (SimObject *object);   /* the process goes on, or its clock was changed */
  void (*free) (SimObject *object);
} SimObjectOps;

struct SimObject
{
  const SimObjectOps *ops;
  SimObject *next;
  SimObject **link;
};

struct SimProcess
{
  AempEnv base;
  SimHost *host;
  unsigned ordinal;
  bool running;
  bool paused;   /* its program hears nothing for now */
  bool vanishes; /* its objects are silenced without anybody being told */
  SimObject *objects;
};

struct SimListener
{
  AempListener base;
  SimObject object;
  SimProcess *process;
  SimDoor door;
  char text[64];
  SimEvent turn;   /* of the first of `backlog` to be given to the program */
  GQueue backlog;  /* of SimStream: the kernel has accepted them */
  AempAccepted accepted;
  void *user_data;
};

struct SimStream
{
  AempStream base;
  SimObject object;
  SimProcess *process;
  SimUser user; /* of `end` */
  SimEnd *end;  /* NULL: there was none, or the pipe broke */
  SimListener *listener; /* in whose backlog it waits; NULL: the program has it */
  const AempStreamEvents *events;
  void *user_data;
  SimEvent news;         /* of what does not come from the peer just now */
  int64_t read_after_us; /* the rest of what was received in pieces */
  int64_t slow_after_us; /* a slow reader takes more, as long as it is slow */
  int64_t accept_after_us; /* by a program that accepts late, as long as it does */
  bool *freed;           /* set when the stream is freed during its own callback */
  int error;             /* why it is over; 0: it is not, or both sides had ended */
  bool paused;
  bool opens;   /* `opened` is to be told */
  bool ends;    /* the program has ended it, perhaps before it was open */
  bool over;    /* `closed` is to be told */
  bool told;    /* ... has been */
  char local_address[64];
  char peer_address[64];
};

static inline SimWorld *
sim_process_world (const SimProcess *process)
{
  return process->host->world;
}

/* Finds out anew when something is to be told to its objects. */
void sim_process_renew (SimProcess *process);
void sim_object_add (SimProcess *process, SimObject *object, const SimObjectOps *object_ops);
void sim_object_remove (SimObject *object);

/* --- Listeners (listener.c) --- */

AempListener *sim_listener_new (SimProcess *process, const char *address, AempAccepted accepted,
                                void *user_data, GError **error);
void sim_listener_free (SimListener *listener);
/* A stream is established: gives it to the program, if it is the first that waits and the program
 * is there to take it; false: not now. */
bool sim_listener_offer (SimListener *listener, SimStream *stream);
void sim_listener_forget (SimListener *listener, SimStream *stream);

/* --- Doors (listener.c) --- */

/* Opens it where the address says; 0, or the errno that tells why nobody can listen there.  Port 0
 * becomes an ephemeral one. */
int sim_door_add (SimProcess *process, SimDoor *door);
void sim_door_remove (SimProcess *process, SimDoor *door);
bool sim_door_uses (SimHost *host, uint16_t port);

/* --- Streams (stream.c) --- */

SimStream *sim_stream_connect (SimProcess *process, const char *address,
                               const AempStreamEvents *events, void *user_data);
SimStream *sim_stream_accept (SimProcess *process, SimEnd *end);
/* Detaches it from its end and frees it. */
void sim_stream_free (SimStream *stream);
/* Finds out anew when there will be news. */
void sim_stream_plan (SimStream *stream);

void sim_stream_abort (AempStream *stream);
size_t sim_stream_write (AempStream *stream, const uint8_t *bytes, size_t length);
void sim_stream_pause (AempStream *stream);
void sim_stream_resume (AempStream *stream);
void sim_stream_end (AempStream *stream);
