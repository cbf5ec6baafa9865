/* engine/door.c - how many strangers may be in handshake at once.
 *
 * Who has not proved itself costs us a descriptor and some kilobytes, for monitor_timeout at
 * most.  When there are too many, altogether or from one address, the oldest of them makes
 * room: who is silent on purpose shall not keep the place of one who is not.  But each is
 * left in peace for a moment first, or many who come at once would push each other out
 * again and again. */

#include "internal.h"

#include <string.h>

/* Of the host alone: each connection has another port. */
uint64_t
aemp_door_host_of (AempStream *stream)
{
  const char *address = aemp_stream_peer_address (stream);
  const char *port = address ? strrchr (address, ':') : NULL;
  return port ? aemp_hash_bytes (address, (size_t) (port - address)) : 0;
}

static bool
is_stranger (const AempMeeting *meeting)
{
  return !aemp_link_is_dialed (meeting->link) && !meeting->verified;
}

/* From that address, or from anywhere. */
static AempMeeting *
oldest_stranger (AempNode *node, bool of_host, uint64_t host)
{
  for (GList *l = node->meetings.head; l; l = l->next)
    {
      AempMeeting *meeting = l->data;
      if (is_stranger (meeting) && (!of_host || meeting->host == host))
        return meeting;
    }
  return NULL;
}

static unsigned
count_strangers (AempNode *node, uint64_t host)
{
  unsigned count = 0;
  for (GList *l = node->meetings.head; l; l = l->next)
    {
      const AempMeeting *meeting = l->data;
      count += is_stranger (meeting) && meeting->host == host;
    }
  return count;
}

bool
aemp_door_make_room (AempNode *node, uint64_t host)
{
  bool of_host = count_strangers (node, host) >= AEMP_MEETINGS_OF_HOST_MAX;
  if (!of_host && node->accepted_meetings < AEMP_MEETINGS_MAX)
    return true;
  AempMeeting *oldest = oldest_stranger (node, of_host, host);
  if (!oldest || aemp_env_now_us (node->env) - oldest->began_us < AEMP_MEETING_GRACE_US)
    return false;
  g_autoptr (AempName) claim = oldest->claim ? aemp_name_ref (oldest->claim) : NULL;
  aemp_meeting_refuse (oldest, of_host ? "makes room for others from its address"
                                       : "makes room for others");
  if (claim)
    aemp_pair_consider (node, claim); /* others may have waited behind it */
  return true;
}
