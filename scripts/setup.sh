#!/usr/bin/env bash
# Makes a checkout ready: system packages, npm packages, native and TypeScript build. What is there already is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '%s\n' "$*" >&2; }

# What is needed to build and to run; "needs" names a file whose presence shows that the package is installed.
packages=()
needs() { [ -e "$2" ] || command -v "$2" >/dev/null 2>&1 || packages+=("$1"); }
needs g++ g++
needs make make
needs python3 python3
needs libfuse2 /usr/lib/x86_64-linux-gnu/libfuse.so.2
needs fuse3 fusermount3
needs curl curl
# What the tests run as applications that nobody here wrote.
if [ "${1:-}" = "--with-tests" ]; then
  needs redis-server redis-server
  needs redis-tools redis-cli
  needs nginx-light /usr/sbin/nginx
  needs openjdk-17-jdk-headless javac
  needs attr getfattr
  needs strace strace
  needs postgresql-15 /usr/lib/postgresql/15/bin/postgres
  needs memcached memcached
  needs mosquitto /usr/sbin/mosquitto
  needs mosquitto-clients mosquitto_pub
  needs beanstalkd beanstalkd
  needs apache2-bin /usr/sbin/apache2
  needs lighttpd /usr/sbin/lighttpd
  needs gunicorn gunicorn
  needs caddy caddy
  needs sqlite3 sqlite3
  needs git git
  needs zstd zstd
  needs tmux tmux
  needs libjemalloc2 /usr/lib/x86_64-linux-gnu/libjemalloc.so.2
  needs libtcmalloc-minimal4 /usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4
  needs libeatmydata1 /usr/lib/x86_64-linux-gnu/libeatmydata.so
  needs libfaketime /usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1
  needs fakeroot fakeroot
  needs liburing-dev /usr/include/liburing.h
fi
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    say "appshot: set-up needs Debian packages: sudo apt-get install ${packages[*]}"
    exit 1
  fi
  say "installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # Servers that Debian's packages would start by themselves must not take the ports of a test.
  policy=/usr/sbin/policy-rc.d
  made_policy=no
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made_policy=yes; fi
  trap '[ "$made_policy" = no ] || rm -f "$policy"' EXIT
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
fi

if [ ! -e node_modules/.appshot-installed ] || [ package-lock.json -nt node_modules/.appshot-installed ]; then
  say "npm ci"
  npm ci --no-audit --no-fund >&2
  touch node_modules/.appshot-installed
fi
bash scripts/build.sh
