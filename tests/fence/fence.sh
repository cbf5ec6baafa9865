# shellcheck shell=sh disable=SC2034,SC2154
# tests/fence/fence.sh - the two checks; to be sourced with `tables` set to the directory of the
# tables.  Each prints what is wrong, one complaint a line, and fails when there is any.

# check_includes FILE...: sources, as paths from the root of the repository, which is where we are
check_includes ()
{
  awk -v tables="$tables" -f "$tables/rules.awk" -f "$tables/includes.awk" "$@"
}

# check_objects FOLDER LIBRARY
check_objects ()
{
  "${NM:-nm}" -f sysv "$2" >"$scratch/symbols" || return 1
  awk -v tables="$tables" -v folder="$1" -f "$tables/rules.awk" -f "$tables/objects.awk" \
    "$scratch/symbols"
}

# tap NUMBER NAME COMMAND...: one test
tap ()
{
  number=$1
  name=$2
  shift 2
  if "$@" >"$scratch/said"
  then
    echo "ok $number $name"
  else
    sed 's/^/# /' "$scratch/said"
    echo "not ok $number $name"
    failed=1
  fi
}

failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
