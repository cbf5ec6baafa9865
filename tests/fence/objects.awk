# Reads what `nm -f sysv` says of a library and complains of every symbol that its object
# files reach and symbols.txt does not allow, and of all writable static data.
#   -v tables=DIRECTORY -v folder=engine

BEGIN {
  FS = "|"
  read_rules(tables "/symbols.txt")
}

/^Symbols from / {
  source = $0
  sub (/\]?:$/, "", source)
  sub (/.*\//, "", source)
  sub (/.*\[/, "", source)
  sub (/\.o$/, "", source)
  source = folder "/" source
}

NF >= 7 {
  symbol = $1
  kind = $3
  section = $7
  gsub (/ /, "", symbol)
  gsub (/ /, "", kind)
  sub (/ .*/, "", section)
  seen++
  if (section == "*UND*")
    note_reached(source, symbol)
  else
    {
      defined[source, symbol] = 1
      if (kind ~ /^[TD]$/)
        at_home[symbol] = 1
      check_data(source, symbol, section)
    }
}

END {
  for (i = 1; i <= reached; i++)
    if (!(reached_symbol[i] in at_home) && !may(reached_from[i], reached_symbol[i]))
      complain(reached_from[i] ": may not reach " reached_symbol[i])
  if (!seen)
    complain(folder ": not one symbol was seen")
  exit complaints > 0
}

function note_reached (source, symbol)
{
  reached++
  reached_from[reached] = source
  reached_symbol[reached] = symbol
}

# Tables of constants with addresses in them (.data.rel.ro) are read-only once the program is
# loaded.  GLib's *_quark functions remember their number: `q` of four bytes (gcc: q.0).
function check_data (source, symbol, section)
{
  if (section !~ /^(\.data|\.bss|\.tdata|\.tbss|\.[ls]bss|\.[ls]data|\*COM\*)/ \
      || section ~ /^\.data\.rel\.ro/ || symbol ~ /^\./)
    return
  if (symbol ~ /^(q\.[0-9]+|[a-z_]*_quark\.q)$/ && $5 + 0 == 4)
    return
  if (!may(source, "writable:" symbol))
    complain(source ": writable static data: " symbol)
}
