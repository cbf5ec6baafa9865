# Reads sources (paths from the root of the repository) and complains of every include line
# that includes.txt or layers.txt does not allow.  -v tables=DIRECTORY

BEGIN {
  read_rules(tables "/includes.txt")
  read_layers(tables "/layers.txt")
}

/^[ \t]*#[ \t]*include/ {
  seen++
  what = included($0)
  if (!may(FILENAME, what))
    complain(FILENAME ":" FNR ": may not include " what)
  else if (FILENAME ~ /^engine\// && what ~ /^engine\//)
    check_layers(FILENAME, what)
}

END {
  if (!seen)
    complain("not one include line was seen")
  exit complaints > 0
}

# The path of "trace.h" in engine/node.c is engine/trace.h, as the compiler finds it.
function included (line,    name, folder, beside)
{
  sub (/^[ \t]*#[ \t]*include[ \t]*/, "", line)
  if (line ~ /^</)
    {
      name = substr (line, 2, index (line, ">") - 2)
      return exists(name) ? name : "<" name ">" # <sim/world.h> would compile, too
    }
  name = substr (line, 2)
  name = substr (name, 1, index (name, "\"") - 1)
  folder = FILENAME
  sub (/[^\/]*$/, "", folder)
  beside = folder name
  while (sub (/[^\/]+\/\.\.\//, "", beside))
    ;
  return exists(beside) ? beside : name
}

function exists (file,    line, found)
{
  found = (getline line < file) >= 0
  close (file)
  return found
}

function read_layers (file,    line, words, count, i)
{
  while ((getline line < file) > 0)
    {
      if (line ~ /^#/ || (count = split (line, words, " ")) < 2)
        continue
      layers++
      layer_name[layers] = words[1]
      for (i = 2; i <= count; i++)
        {
          stems++
          stem_pattern[stems] = pattern(words[i])
          stem_layer[stems] = layers
        }
    }
  close (file)
}

# 0: in no layer.
function layer (file,    i)
{
  sub (/.*\//, "", file)
  sub (/\.[ch]$/, "", file)
  for (i = 1; i <= stems; i++)
    if (file ~ stem_pattern[i])
      return stem_layer[i]
  return 0
}

function check_layers (file, what)
{
  if (!layer(file))
    complain(file ":" FNR ": in no layer: give it a place in tests/fence/layers.txt")
  else if (!layer(what))
    complain(what ": in no layer: give it a place in tests/fence/layers.txt")
  else if (layer(file) < layer(what))
    complain(file ":" FNR ": is in layer " layer_name[layer(file)] " and may not include " what \
             " of the higher layer " layer_name[layer(what)])
}
