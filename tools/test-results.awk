# Turns meson's testlog.txt into lines of TAP: every case of every program, and a line for a
# program that failed otherwise (crashed, took too long), or that is one single case.

function finish ()
{
  if (program == "")
    return
  if (result != "exit status 0" && !bad)
    print "not ok " program ": " result
  else if (!good && !bad)
    print "ok " program
  program = ""
}

/^=+ [0-9]+\/[0-9]+ =+$/ { finish() }

/^test: / {
  program = $0
  sub (/^test: */, "", program)
  sub (/^[^\/]*\/ /, "", program)
  good = bad = 0
  result = "?"
  after_crash = ""
}
/^result: / {
  result = $0
  sub (/^result: */, "", result)
}
/^# |^Bail out!|^\*\*/ { print }
/^ok / {
  good++
  print
}
/^not ok / {
  bad++
  print
}
/^-+ stderr -+$/ { complaining = 1; next }
/^=+$/ { complaining = 0 }
complaining && /ERROR|runtime error|#[0-9]+ 0x/ { print "# " $0 }

END { finish() }
