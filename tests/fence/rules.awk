# The rules of includes.txt and symbols.txt.

# A pattern of the shell's kind (* [abc]) as a regular expression.
function pattern (glob)
{
  gsub (/[.+(){}^$|\\]/, "\\\\&", glob)
  gsub (/\*/, ".*", glob)
  return "^" glob "$"
}

function read_rules (file,    line, words)
{
  while ((getline line < file) > 0)
    {
      if (line ~ /^#/ || split (line, words, " ") < 3)
        continue
      rules++
      verdict[rules] = words[1]
      who_pattern[rules] = pattern(words[2])
      what_pattern[rules] = pattern(words[3])
    }
  close (file)
  if (!rules)
    complain(file ": no rules")
}

function may (who, what,    rule)
{
  for (rule = 1; rule <= rules; rule++)
    if (who ~ who_pattern[rule] && what ~ what_pattern[rule])
      return verdict[rule] == "allow"
  return 0
}

function complain (text)
{
  print text
  complaints++
}
