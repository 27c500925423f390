# PostgreSQL, its password and its nightly backup. common/install.sh sources it.
# shellcheck shell=bash

data=$ROOT/var/lib/pgsql/data
secret=$settings/password

retry dnf install --assumeyes openssl postgresql17-server
PGSETUP_INITDB_OPTIONS=--data-checksums postgresql-setup --initdb

certificate "$data/server.key" "$data/server.crt"
cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '*'
port = $LISTEN_PORT
ssl = on
CONF
# The whole file: a line that nobody meant must not stay. Without TLS nobody comes in.
cat >"$data/pg_hba.conf" <<HBA
local   all      postgres          peer
hostssl workload workload $CLIENTS scram-sha-256
HBA
chown postgres: "$data/server.key" "$data/server.crt" "$data/postgresql.conf" "$data/pg_hba.conf"
systemctl enable --now postgresql.service

# No secret store is reachable from this subnet, so the data bucket hands the password out. Several
# servers may start at once: S3 stores the first one's offer and refuses the others
# (If-None-Match), and then all of them, the first included, read what is stored.
(umask 077 && head -c 32 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_' >"$secret")
aws s3api put-object --bucket "$DATA_BUCKET" --key db/password --body "$secret" --if-none-match '*' ||
  tell "db/password was not stored (see above); going on with the one that is there"
retry aws s3api get-object --bucket "$DATA_BUCKET" --key db/password "$secret"

# In the environment of psql, not in its arguments: `ps` shows those to everybody.
PASSWORD=$(<"$secret") runuser -u postgres -- \
  psql --no-psqlrc --quiet --port "$LISTEN_PORT" --file "$linux/db/db.sql"
rm "$secret"

cp "$linux/db/backup.service" "$linux/db/backup.timer" "$units"
systemctl enable --now backup.timer
