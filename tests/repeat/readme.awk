# Finds the block of README.md (lines of four blanks and more) that shows a run: the one with a
# digest.  Prints it; with -v with=FILE the whole text, and what is in the file in its place.

function flush ()
{
  if (block ~ /(^|\n)digest [0-9a-f]+ /)
    {
      if (with == "")
        printf "%s", block
      else
        while ((getline line < with) > 0)
          print "    " line
    }
  else if (with != "")
    printf "%s", text
  block = text = ""
}

/^    / {
  block = block substr ($0, 5) "\n"
  text = text $0 "\n"
  next
}

{
  flush()
  if (with != "")
    print
}

END { flush() }
