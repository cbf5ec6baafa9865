# shellcheck shell=sh disable=SC2034,SC2154
# tools/prepare.sh - what ./run and ./check share: packages and builds.
#
# To be sourced by a POSIX shell with `root` set to the absolute path of the sources.  All that is
# said goes to standard error: standard output belongs to aemp.

# What meson.build asks for.
run_packages='gcc libc6-dev meson ninja-build pkgconf libglib2.0-dev nettle-dev libgnutls28-dev libsqlite3-dev libedit-dev libzstd-dev'

# The exit status for "could not be built": the one of an internal error, so that nobody
# takes it for a scenario's verdict.
status_internal=70

say ()
{
  printf 'aemp: %s\n' "$*" >&2
}

# Prints those of the packages that are not installed.
missing_packages ()
{
  for package
  do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

# Runs apt-get as somebody who may, and keeps it from asking questions.
apt_get ()
{
  set -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
  if [ "$(id -u)" -ne 0 ]
  then
    set -- sudo "$@"
  fi
  "$@" </dev/null
}

# May we install, and if not, why?
refusal_to_install ()
{
  if [ "$(id -u)" -eq 0 ]
  then
    return
  fi
  if ! command -v sudo >/dev/null
  then
    echo 'you are not root, and there is no sudo'
  elif ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && [ -t 2 ] && sudo -v; }
  then
    echo 'you are not root, and sudo does not let you'
  fi
}

# Installs what is missing of the packages, or says what to do about it and fails.
need_packages ()
{
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null
  then
    return 0 # no Debian: the build itself will tell what is missing
  fi
  missing=$(missing_packages "$@")
  missing=${missing% }
  if [ -z "$missing" ]
  then
    return 0
  fi

  refusal=$(refusal_to_install)
  if [ -n "$refusal" ]
  then
    say "these packages are missing, but $refusal to install them:"
    say "    $missing"
    say "As root, run:  apt-get update && apt-get install $missing"
    return 1
  fi

  install_log=$(mktemp "${TMPDIR:-/tmp}/aemp-install.XXXXXX")
  say "installing $missing ..."
  apt_get update >"$install_log" 2>&1 # without a network, the lists may still do
  # shellcheck disable=SC2086 # the names are to be split
  if apt_get install --no-install-recommends $missing >>"$install_log" 2>&1
  then
    rm -f "$install_log"
    return 0
  fi
  tail -n 15 "$install_log" >&2
  rm -f "$install_log"
  say "these packages could not be installed: $missing"
  say "Try it by hand:  apt-get update && apt-get install $missing"
  return 1
}

# configure DIR CC OPTION...: a build directory of meson's, made anew when it was made from
# other sources or with other options.
configure ()
{
  directory=$1
  compiler=$2
  shift 2
  made_from="$root $compiler $*"
  if [ -f "$directory/build.ninja" ] && [ "$(cat "$directory/.made-from" 2>/dev/null)" = "$made_from" ]
  then
    return 0
  fi
  rm -rf "$directory" && mkdir -p "$directory" || return 1
  # C: the words of meson and of the compilers, in logs, are the same for everybody
  LC_ALL=C.UTF-8 CC=$compiler meson setup "$@" "$directory" "$root" >"$directory/setup.log" 2>&1 || {
    grep -E -A3 'ERROR|error:' "$directory/setup.log" >&2 || cat "$directory/setup.log" >&2
    return 1
  }
  printf '%s\n' "$made_from" >"$directory/.made-from"
}

# compile DIR TARGET...: shows the compiler's words only when it fails; counts on a terminal.
compile ()
{
  directory=$1
  shift
  {
    LC_ALL=C.UTF-8 NINJA_STATUS='[%f/%t] ' ninja -C "$directory" "$@" 2>&1
    echo $? >"$directory/.status"
  } | tee "$directory/build.log" | if [ -t 2 ]
  then
    sed -un 's|^\[\([0-9]*/[0-9]*\)\].*|\raemp: building \1 |p' | tr -d '\n' >&2
    printf '\r\033[K' >&2
  else
    cat >/dev/null
  fi
  if [ "$(cat "$directory/.status")" -eq 0 ]
  then
    return 0
  fi
  sed -n '/^FAILED:/,$p' "$directory/build.log" | grep . >&2 || cat "$directory/build.log" >&2
  return 1
}
