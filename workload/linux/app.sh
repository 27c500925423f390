# The app tier on Linux. common/install.sh sources it.
# shellcheck shell=bash

retry dnf install --assumeyes python3-boto3 postgresql17
cp "$linux/app.service" "$units"
systemctl enable --now app.service
retry curl --fail --silent --show-error "http://127.0.0.1:$LISTEN_PORT/health"
