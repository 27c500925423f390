#!/bin/bash
# Dumps the database into the data bucket. backup.service runs it as postgres, every night.
set -euo pipefail

# A file first: piped, a dump that breaks off half way would still be stored as a backup.
dump=$(mktemp)
trap 'rm -f "$dump"' EXIT
pg_dump --port "$LISTEN_PORT" --format custom --file "$dump" workload
aws s3 cp --only-show-errors --region "$REGION" "$dump" \
  "s3://$DATA_BUCKET/db/backups/$(hostname)/$(date --utc +%Y-%m-%dT%H-%M-%SZ).dump"
