#!/bin/sh
# What the official image does at its start, as far as docker-compose.yml relies on it: a data folder below
# /var/lib/postgresql, made at the first start for POSTGRES_USER with the password in POSTGRES_PASSWORD_FILE.
set -e
export PGDATA=/var/lib/postgresql/18/docker
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres /var/lib/postgresql
  cat "$POSTGRES_PASSWORD_FILE" >/tmp/password
  chown postgres /tmp/password
  exec su -s /bin/sh postgres -c 'exec docker-entrypoint.sh'
fi
bin=/usr/lib/postgresql/18/bin
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  "$bin/initdb" -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password -A scram-sha-256 -E UTF8 --locale=C
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
fi
rm -f /tmp/password
exec "$bin/postgres" -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories= -c timezone=UTC
