/* net/binds.c - see binds.h. */
#include "net/binds.h"

#include "net/internal.h"

#include <string.h>
#include <unistd.h>

typedef struct
{
  GMainLoop *loop;
  GPtrArray *binds; /* of Bind */
  unsigned open;    /* not answered yet */
} Search;

typedef struct
{
  Search *search;
  const char *text; /* as it was configured */
  char *host;       /* a name to look up; NULL: the text is good as it is */
  const char *port; /* digits, or `*` */
  AempResolution *resolution;
  char **addresses;
  GError *error;
} Bind;

static void
bind_free (void *data)
{
  Bind *bind = data;

  aemp_resolution_free (bind->resolution);
  g_strfreev (bind->addresses);
  g_clear_error (&bind->error);
  g_free (bind->host);
  g_free (bind);
}

/* --- Asking ------------------------------------------------------------------------------- */

static void
on_found (AempResolution *resolution, const char *const *addresses, const GError *error,
          void *user_data)
{
  Bind *bind = user_data;

  bind->addresses = g_strdupv ((char **)addresses);
  bind->error = error ? g_error_copy (error) : NULL;
  if (--bind->search->open == 0)
    g_main_loop_quit (bind->search->loop);
}

static bool
is_name (const char *host)
{
  NetAddress unused;
  size_t length = strlen (host);

  return length > 0 && strcmp (host, "*") != 0 && host[0] != '['
         && !net_address_parse_host (host, 0, &unused);
}

/* A port without a host is one of this host's name. */
static Bind *
bind_new (Search *search, AempEnv *env, const char *text)
{
  Bind *bind = g_new0 (Bind, 1);
  const char *colon = strrchr (text, ':');
  g_autofree char *host
      = colon ? g_strndup (text, (size_t)(colon - text)) : g_strdup (aemp_env_host_name (env));

  bind->search = search;
  bind->text = text;
  bind->port = colon ? colon + 1 : text;
  if (strcmp (text, "*") != 0 && is_name (host))
    bind->host = g_steal_pointer (&host);
  return bind;
}

static void
look_up (Bind *bind, AempEnv *env)
{
  g_autofree char *host_port = g_strdup_printf ("%s:0", bind->host);

  bind->search->open++;
  bind->resolution = aemp_env_resolve (env, host_port, on_found, bind);
}

/* --- Answers ------------------------------------------------------------------------------ */

/* Could somebody listen there?  Names also have addresses of other hosts, or of a protocol that
 * this one does not speak. */
static bool
is_of_this_host (const char *text)
{
  NetAddress address;
  bool is_ours;
  int fd;

  if (!net_address_parse (text, &address))
    return false;
  fd = socket (address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return false;
  is_ours = bind (fd, (const struct sockaddr *)&address.storage, address.length) == 0;
  close (fd);
  return is_ours;
}

static void
add_address (GPtrArray *binds, const Bind *bind, const char *address)
{
  const char *colon = strrchr (address, ':');
  char *text = g_strdup_printf ("%.*s:%s", (int)(colon - address), address, bind->port);

  if (is_of_this_host (address)
      && !g_ptr_array_find_with_equal_func (binds, text, g_str_equal, NULL))
    g_ptr_array_add (binds, text);
  else
    g_free (text);
}

static bool
add_bind (GPtrArray *binds, Bind *bind, GError **error)
{
  unsigned before = binds->len;

  if (!bind->host)
    {
      g_ptr_array_add (binds, g_strdup (bind->text));
      return true;
    }
  if (bind->error)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&bind->error),
                                  "cannot listen at %s: ", bind->text);
      return false;
    }
  for (char **address = bind->addresses; *address; address++)
    add_address (binds, bind, *address);
  if (binds->len > before)
    return true;
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_ADDRESS,
               "cannot listen at %s: %s has no address of this host", bind->text, bind->host);
  return false;
}

static bool
take_answers (AempConfig *config, const Search *search, GError **error)
{
  g_autoptr (GPtrArray) binds = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < search->binds->len; i++)
    if (!add_bind (binds, search->binds->pdata[i], error))
      return false;
  g_ptr_array_add (binds, NULL);
  g_strfreev (config->binds);
  config->binds = (char **)g_ptr_array_steal (binds, NULL);
  return true;
}

bool
net_binds_find (AempConfig *config, AempEnv *env, GMainLoop *loop, GError **error)
{
  g_autoptr (GPtrArray) binds = g_ptr_array_new_with_free_func (bind_free);
  Search search = { .loop = loop, .binds = binds };

  for (char **text = config->binds; text && *text; text++)
    g_ptr_array_add (binds, bind_new (&search, env, *text));
  for (unsigned i = 0; i < binds->len; i++)
    if (((Bind *)binds->pdata[i])->host)
      look_up (binds->pdata[i], env);
  if (search.open > 0)
    g_main_loop_run (loop);
  return search.open == 0 && take_answers (config, &search, error);
}
