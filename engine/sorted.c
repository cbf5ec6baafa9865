/* engine/sorted.c */

#include "sorted.h"

#include <string.h>

#define WIDTH 32        /* things in a leaf, children of an inner node */
#define FEW (WIDTH / 4) /* an inner node has that many at least; a leaf is filled up below */
#define HEIGHT_MAX 16   /* FEW to this power is more than there is memory */

/* A leaf ends before `children`.  In an inner node each name is the lowest one below the
 * child of the same index. */
struct AempSortedNode
{
  AempSortedNode *next; /* on the same level */
  unsigned count;
  bool is_leaf;
  const AempName *names[WIDTH];
  AempSortedNode *children[];
};

/* From the root down; in a leaf the index of a thing, in the others of the child. */
typedef struct
{
  AempSortedNode *node;
  unsigned index;
} Step;

static AempSortedNode *
node_new (bool is_leaf)
{
  AempSortedNode *node
      = g_malloc (sizeof *node + (is_leaf ? 0 : WIDTH * sizeof (AempSortedNode *)));

  node->next = NULL;
  node->count = 0;
  node->is_leaf = is_leaf;
  return node;
}

void
aemp_sorted_clear (AempSorted *sorted)
{
  AempSortedNode *level = sorted->root;

  while (level)
    {
      AempSortedNode *below = level->is_leaf ? NULL : level->children[0];

      for (AempSortedNode *node = level, *next; node; node = next)
        {
          next = node->next;
          g_free (node);
        }
      level = below;
    }
  *sorted = (AempSorted){ 0 };
}

/* How many of the node's names are lower than this one. */
static unsigned
count_lower (const AempSortedNode *node, const AempName *name, bool *found)
{
  unsigned first = 0, behind = node->count;

  *found = false;
  while (first < behind)
    {
      unsigned middle = (first + behind) / 2;
      int order = aemp_name_compare (node->names[middle], name);

      if (order == 0)
        {
          *found = true;
          return middle;
        }
      if (order < 0)
        first = middle + 1;
      else
        behind = middle;
    }
  return first;
}

/* The way to the thing of this name, or to where it would be. */
static bool
descend (const AempSorted *sorted, const AempName *name, Step path[HEIGHT_MAX])
{
  AempSortedNode *node = sorted->root;
  bool found = false;

  for (unsigned level = 0; level < sorted->height; level++)
    {
      unsigned index = count_lower (node, name, &found);

      if (!node->is_leaf && !found && index > 0)
        index--;
      path[level] = (Step){ node, index };
      node = node->is_leaf ? NULL : node->children[index];
    }
  return found;
}

void *
aemp_sorted_find (const AempSorted *sorted, const AempName *name)
{
  Step path[HEIGHT_MAX];
  const Step *leaf;

  if (!sorted->root || !descend (sorted, name, path))
    return NULL;
  leaf = &path[sorted->height - 1];
  return (void *)leaf->node->names[leaf->index];
}

/* Is it where it is expected, or would it be?  Behind another one in that leaf, and before what
 * follows: so nothing above the leaf has to know. */
static bool
is_near (const AempSorted *sorted, const AempName *name, bool *found)
{
  const AempSortedNode *leaf = sorted->near;
  unsigned index = sorted->near_index;
  int order = 1;

  if (!leaf || index == 0 || aemp_name_compare (leaf->names[index - 1], name) >= 0)
    return false;
  if (index < leaf->count)
    order = aemp_name_compare (leaf->names[index], name);
  else if (leaf->next && aemp_name_compare (leaf->next->names[0], name) <= 0)
    return false;
  *found = order == 0;
  return order >= 0;
}

void *
aemp_sorted_find_near (AempSorted *sorted, const AempName *name)
{
  Step path[HEIGHT_MAX];
  bool found;

  if (!sorted->root)
    return NULL;
  if (!is_near (sorted, name, &found))
    {
      found = descend (sorted, name, path);
      sorted->near = path[sorted->height - 1].node;
      sorted->near_index = path[sorted->height - 1].index;
    }
  return found ? (void *)sorted->near->names[sorted->near_index++] : NULL;
}

/* Opens or closes a gap: what is at `from` is at `to` afterwards, and all behind it. */
static void
shift (AempSortedNode *node, unsigned from, unsigned to)
{
  unsigned count = node->count - from;

  memmove (&node->names[to], &node->names[from], count * sizeof node->names[0]);
  if (!node->is_leaf)
    memmove (&node->children[to], &node->children[from], count * sizeof node->children[0]);
  node->count = to + count;
}

static void
copy (AempSortedNode *to, unsigned to_index, const AempSortedNode *from, unsigned from_index,
      unsigned count)
{
  memcpy (&to->names[to_index], &from->names[from_index], count * sizeof to->names[0]);
  if (!to->is_leaf)
    memcpy (&to->children[to_index], &from->children[from_index], count * sizeof to->children[0]);
}

static void
put (AempSortedNode *node, unsigned index, const AempName *name, AempSortedNode *child)
{
  shift (node, index, index + 1);
  node->names[index] = name;
  if (child)
    node->children[index] = child;
}

/* Where a full node is split that gets one more at `index`.  What comes in order fills one leaf
 * after the other. */
static unsigned
split_at (const AempSortedNode *node, unsigned index)
{
  if (index < WIDTH)
    return WIDTH / 2;
  return node->is_leaf ? WIDTH : WIDTH - FEW;
}

/* Puts it into a full node; half of that is in a new one afterwards, which is returned. */
static AempSortedNode *
put_and_split (AempSortedNode *node, unsigned index, const AempName *name, AempSortedNode *child)
{
  AempSortedNode *right = node_new (node->is_leaf);
  unsigned at = split_at (node, index);

  right->count = WIDTH - at;
  copy (right, 0, node, at, right->count);
  right->next = node->next;
  node->next = right;
  node->count = at;
  if (index < at || (index == at && at < WIDTH))
    put (node, index, name, child);
  else
    put (right, index - at, name, child);
  return right;
}

static void
grow (AempSorted *sorted, AempSortedNode *right)
{
  AempSortedNode *root = node_new (false);

  g_assert (sorted->height < HEIGHT_MAX);
  put (root, 0, sorted->root->names[0], sorted->root);
  put (root, 1, right->names[0], right);
  sorted->root = root;
  sorted->height++;
}

static void
insert_at (AempSorted *sorted, Step path[HEIGHT_MAX], const AempName *name)
{
  unsigned level = sorted->height - 1;
  AempSortedNode *child = NULL;

  if (path[level].index == 0) /* lower than all others: a way along the left edge */
    for (unsigned above = 0; above < level; above++)
      path[above].node->names[0] = name;
  while (path[level].node->count == WIDTH)
    {
      child = put_and_split (path[level].node, path[level].index + (child != NULL), name, child);
      name = child->names[0];
      if (level == 0)
        {
          grow (sorted, child);
          return;
        }
      level--;
    }
  put (path[level].node, path[level].index + (child != NULL), name, child);
}

void
aemp_sorted_insert (AempSorted *sorted, void *thing)
{
  Step path[HEIGHT_MAX];
  bool found = false;

  if (!sorted->root)
    {
      sorted->root = node_new (true);
      sorted->height = 1;
    }
  if (is_near (sorted, thing, &found) && sorted->near->count < WIDTH)
    put (sorted->near, sorted->near_index++, thing, NULL);
  else
    {
      found = descend (sorted, thing, path);
      sorted->near = NULL;
      insert_at (sorted, path, thing);
    }
  g_assert (!found);
  sorted->count++;
}

/* Moves so many from the left node's end to the right one's begin. */
static void
move_right (AempSortedNode *left, AempSortedNode *right, unsigned count)
{
  shift (right, 0, count);
  left->count -= count;
  copy (right, 0, left, left->count, count);
}

static void
move_left (AempSortedNode *left, AempSortedNode *right, unsigned count)
{
  copy (left, left->count, right, 0, count);
  left->count += count;
  shift (right, count, 0);
}

/* A child has few: its neighbour gives some, or the two become one. */
static void
fill_up (AempSortedNode *parent, unsigned index)
{
  unsigned left_index = index + 1 < parent->count ? index : index - 1;
  AempSortedNode *left = parent->children[left_index];
  AempSortedNode *right = parent->children[left_index + 1];
  unsigned together = left->count + right->count;

  if (together <= WIDTH - FEW)
    {
      move_left (left, right, right->count);
      left->next = right->next;
      g_free (right);
      parent->names[left_index] = left->names[0];
      shift (parent, left_index + 2, left_index + 1);
      return;
    }
  if (left->count < together / 2)
    move_left (left, right, together / 2 - left->count);
  else
    move_right (left, right, left->count - together / 2);
  parent->names[left_index] = left->names[0];
  parent->names[left_index + 1] = right->names[0];
}

static void
shrink (AempSorted *sorted)
{
  AempSortedNode *root = sorted->root;

  if (root->is_leaf ? root->count > 0 : root->count > 1)
    return;
  sorted->root = root->is_leaf ? NULL : root->children[0];
  sorted->height--;
  g_free (root);
}

void
aemp_sorted_remove (AempSorted *sorted, const AempName *name)
{
  Step path[HEIGHT_MAX];
  bool found = sorted->root && descend (sorted, name, path);
  unsigned level = sorted->height - 1;

  g_assert (found);
  shift (path[level].node, path[level].index + 1, path[level].index);
  for (; level > 0; level--)
    {
      const AempSortedNode *node = path[level].node;
      const Step *parent = &path[level - 1];

      if (node->count > 0)
        parent->node->names[parent->index] = node->names[0];
      if (node->count < FEW)
        fill_up (parent->node, parent->index);
    }
  shrink (sorted);
  sorted->near = NULL;
  sorted->count--;
}

void *
aemp_sorted_next (const AempSorted *sorted, void **place, unsigned *index)
{
  const AempSortedNode *leaf = *place;

  if (!leaf)
    {
      leaf = sorted->root;
      *index = 0;
      while (leaf && !leaf->is_leaf)
        leaf = leaf->children[0];
    }
  else if (++*index == leaf->count)
    {
      leaf = leaf->next;
      *index = 0;
    }
  *place = (void *)leaf;
  return leaf ? (void *)leaf->names[*index] : NULL;
}
