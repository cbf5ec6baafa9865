# tools/man.awk - the sources of manual pages, for rst2man, from what there is already.
#
#   aemp help COMMAND | awk -v from=help -v page=aemp-COMMAND -v what=WHAT -f tools/man.awk
#   awk -v from=markdown -v page=NAME -v section=N -v title=TITLE -f tools/man.awk FILE.md
#
# A help text has a line "aemp COMMAND - what it does", the lines that begin with "  aemp", and
# the rest, which is shown as it is.  Of Markdown what our pages use: headings, paragraphs,
# lists, tables, blocks that are indented or between ```; `code`, *words*, [words](links).

function line_of(character, length_wanted,    text) {
  while (length(text) < length_wanted)
    text = text character
  return text
}

function heading(text, character) {
  printf "\n%s\n%s\n\n", text, line_of(character, length(text) + 1)
}

function begin_page(section_number, what) {
  printf "%s\n%s\n%s\n\n", line_of("=", length(page) + 1), page, line_of("=", length(page) + 1)
  printf "%s\n%s\n%s\n\n", line_of("-", length(what) + 1), what, line_of("-", length(what) + 1)
  printf ":Manual section: %s\n:Manual group: aemp\n:Version: %s\n", section_number, version
}

# --- help texts ---

function begin_text() {
  heading("DESCRIPTION", "=")
  print "::\n"
  in_text = 1
}

# A help of another form, as GOption makes it, is shown as a whole.
function begin_help(    at) {
  at = index($0, " - ")
  if (/^aemp/ && at) {
    begin_page(1, substr($0, at + 3))
    heading("SYNOPSIS", "=")
  } else {
    begin_page(1, what)
    begin_text()
  }
}

function help_line() {
  if (NR == 1)
    begin_help()
  else if (!in_text && /^  aemp /)
    print "| " plain(substr($0, 3))
  else if (!in_text && NF > 0)
    begin_text()
  if (in_text)
    print (NF > 0 ? "  " $0 : "")
}

# --- Markdown ---

# What rst would take for its own.
function plain(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/[*|_`]/, "\\\\&", text)
  return text
}

# Marked up text between others: rst wants a blank around it, and "\ " is one that is not shown.
function joined(before, marked, after) {
  return before (before ~ /[^ ]$/ ? "\\ " : "") marked (after ~ /^[^ ]/ ? "\\ " : "")
}

# Words with *emphasis* and [links](elsewhere), but no code.  A star that is left is of an emphasis
# with code in it.
function words(text,    made, found) {
  while (match(text, /\[[^\]]*\]\([^)]*\)/)) {
    found = substr(text, RSTART + 1, RLENGTH - 1)
    sub(/\].*/, "", found)
    text = substr(text, 1, RSTART - 1) found substr(text, RSTART + RLENGTH)
  }
  while (match(text, /\*\*?[^* ]([^*]*[^* ])?\*\*?/)) {
    found = substr(text, RSTART, RLENGTH)
    made = made plain(substr(text, 1, RSTART - 1))
    text = substr(text, RSTART + RLENGTH)
    made = joined(made, found, text)
  }
  gsub(/\*/, "", text)
  return made plain(text)
}

function inline(text,    made, before, found) {
  while (match(text, /`[^`]+`/)) {
    before = substr(text, 1, RSTART - 1)
    found = substr(text, RSTART + 1, RLENGTH - 2)
    text = substr(text, RSTART + RLENGTH)
    gsub(/\\\|/, "|", found) # as it has to be in a table
    gsub(/^ +| +$/, "", found) # rst knows no blanks there
    made = joined(made words(before), "``" found "``", text)
  }
  return made words(text)
}

# A row is an item: its first cell, and what the others say about it.
function table_row(    text, cells, count, i, rest) {
  text = $0
  gsub(/\\\|/, "\001", text)
  sub(/^\| */, "", text)
  sub(/ *\|$/, "", text)
  count = split(text, cells, / *\| */)
  if (text ~ /^[-| ]*$/ || !rows++) # the line under the head, and the head
    return
  for (i = 2; i <= count; i++)
    rest = rest (rest == "" || cells[i] == "" ? "" : " - ") cells[i]
  gsub(/\001/, "\\|", cells[1])
  gsub(/\001/, "\\|", rest)
  printf "\n%s\n    %s\n", inline(cells[1]), inline(rest)
}

function block_line() {
  if (!in_block)
    print "\n::\n"
  in_block = 1
  print "    " $0
}

# Blocks and lists have an empty line in front; what is wrapped behind an item belongs to it.
function markdown_line() {
  if (/^```/) {
    in_fence = !in_fence
    in_block = 0
    print ""
  } else if (in_fence || (/^    / && !in_list))
    block_line()
  else if (/^# /)
    return # the title is our own
  else if (/^##+ /)
    heading(plain(toupper(substr($0, index($0, " ") + 1))), /^## / ? "=" : "-")
  else if (/^\|/)
    table_row()
  else {
    if (NF > 0)
      in_block = rows = 0
    if (/^- / && !in_list)
      print ""
    in_list = /^- / || (in_list && NF > 0)
    print inline($0)
  }
}

BEGIN {
  if (from == "markdown") {
    begin_page(section, title)
    heading("DESCRIPTION", "=")
  }
}

from == "help" { help_line(); next }

{ markdown_line() }

END {
  heading("SEE ALSO", "=")
  print see
}
