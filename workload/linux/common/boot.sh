# User data: runs once, as root, at first boot. The stack puts `#!/bin/bash` and the settings
# (export NAME='value') in front. It fetches its tier's part of the workload from S3 and runs
# install.sh.
# shellcheck shell=bash
set -Eeuo pipefail

ROOT=${ROOT:-} # a temporary folder in tests; empty on a server

# EC2 shows the serial console without a login: `aws ec2 get-console-output`. What is printed also
# goes to /var/log/cloud-init-output.log.
tell() {
  echo "workload: $*" | tee -a "${ROOT:-/dev}/console" >&2
}

# die EXIT-CODE MESSAGE
die() {
  tell "FAILED (exit code $1): $2"
  exit "$1"
}
# The line as it is written, not as it is run: values may be secret.
trap 'die "$?" "${BASH_SOURCE[0]} line $LINENO: $(sed -n "${LINENO}p" "${BASH_SOURCE[0]}")"' ERR

# retry COMMAND...: for five minutes. Only for what needs time and nothing else, such as a new role.
retry() {
  local attempt
  for ((attempt = 1; attempt <= 60; attempt++)); do
    if "$@"; then return; fi
    sleep 5
  done
  tell "gave up after $((attempt - 1)) attempts; the last one's own message is above"
  return 1
}

for setting in TIER REGION WORKLOAD_BUCKET WORKLOAD_KEY LISTEN_PORT; do
  [[ -n ${!setting:-} ]] || die 1 "$setting is not set: the user data must export it in front of this"
done
export AWS_DEFAULT_REGION=$REGION

folder=$ROOT/opt/workload
mkdir -p "$folder"
# Credentials of a new instance profile can take a minute to arrive.
retry aws s3 cp --only-show-errors "s3://$WORKLOAD_BUCKET/$WORKLOAD_KEY" "$folder/workload.zip"
# Python and not unzip: dnf needs the one, so every image has it; some lack the other.
python3 -m zipfile --extract "$folder/workload.zip" "$folder"

# shellcheck source=install.sh
source "$folder/linux/common/install.sh"
tell "the $TIER tier is ready"
