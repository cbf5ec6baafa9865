/* net/section.c - see section.h. */
#include "net/section.h"

#include <string.h>

typedef struct
{
  char *key;
  AempMessage *value;
} Setting;

struct NetSection
{
  GPtrArray *settings;
};

static void
setting_free (void *data)
{
  Setting *setting = data;

  g_free (setting->key);
  aemp_message_unref (setting->value);
  g_free (setting);
}

NetSection *
net_section_new (void)
{
  NetSection *section = g_new (NetSection, 1);

  section->settings = g_ptr_array_new_with_free_func (setting_free);
  return section;
}

void
net_section_free (NetSection *section)
{
  if (!section)
    return;
  g_ptr_array_unref (section->settings);
  g_free (section);
}

unsigned
net_section_count (const NetSection *section)
{
  return section->settings->len;
}

static Setting *
setting_at (const NetSection *section, unsigned index)
{
  return section->settings->pdata[index];
}

const char *
net_section_key (const NetSection *section, unsigned index)
{
  return setting_at (section, index)->key;
}

/* Behind the last one: there is none. */
static unsigned
find (const NetSection *section, const char *key)
{
  unsigned index = 0;

  while (index < section->settings->len && strcmp (setting_at (section, index)->key, key) != 0)
    index++;
  return index;
}

const AempValue *
net_section_get (const NetSection *section, const char *key)
{
  unsigned index = find (section, key);

  if (index == section->settings->len)
    return NULL;
  return &aemp_message_list (setting_at (section, index)->value).items[0];
}

void
net_section_set (NetSection *section, const char *key, AempMessage *value)
{
  unsigned index = find (section, key);
  Setting *setting;

  g_assert (aemp_message_list (value).count == 1);
  aemp_message_ref (value);
  if (index < section->settings->len)
    {
      setting = setting_at (section, index);
      aemp_message_unref (setting->value);
    }
  else
    {
      setting = g_new (Setting, 1);
      setting->key = g_strdup (key);
      g_ptr_array_add (section->settings, setting);
    }
  setting->value = value;
}

void
net_section_put (NetSection *section, const char *key, const char *format, ...)
{
  va_list arguments;
  g_autoptr (AempMessage) value = NULL;

  va_start (arguments, format);
  value = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  net_section_set (section, key, value);
}

bool
net_section_delete (NetSection *section, const char *key)
{
  unsigned index = find (section, key);

  if (index == section->settings->len)
    return false;
  g_ptr_array_remove_index (section->settings, index);
  return true;
}

void
net_section_overlay (NetSection *section, const NetSection *other)
{
  for (unsigned i = 0; i < other->settings->len; i++)
    {
      Setting *setting = setting_at (other, i);

      if (aemp_message_list (setting->value).items[0].type != AEMP_NULL)
        net_section_set (section, setting->key, setting->value);
    }
}

bool
net_section_is_true (const NetSection *section, const char *key)
{
  const AempValue *value = net_section_get (section, key);
  g_autofree char *text = value ? aemp_value_dup_text (value, NULL) : NULL;

  if (!value || value->type == AEMP_NULL)
    return false;
  if (value->type == AEMP_BOOLEAN)
    return value->as.boolean;
  if (!text)
    return value->length > 0;
  return *text && strcmp (text, "0") != 0 && strcmp (text, "off") != 0 && strcmp (text, "no") != 0
         && strcmp (text, "false") != 0;
}

/* --- Printing -------------------------------------------------------------------- */

static void
new_line (GString *out, unsigned depth)
{
  g_string_append_printf (out, "\n%*s", (int)depth * 2, "");
}

void
net_print_string (GString *out, const char *text)
{
  AempValue value = { .type = AEMP_TEXT, .length = (uint32_t)strlen (text), .as.string = text };
  g_autofree char *json = aemp_value_to_text (&value, 0);

  g_string_append (out, json);
}

void
net_section_print (const NetSection *section, unsigned depth, GString *out)
{
  g_string_append_c (out, '{');
  for (unsigned i = 0; i < section->settings->len; i++)
    {
      Setting *setting = setting_at (section, i);
      g_autofree char *json = aemp_value_to_text (&aemp_message_list (setting->value).items[0], 0);

      if (i > 0)
        g_string_append_c (out, ',');
      new_line (out, depth + 1);
      net_print_string (out, setting->key);
      g_string_append_printf (out, ": %s", json);
    }
  new_line (out, depth);
  g_string_append_c (out, '}');
}
