# The web tier on Linux. common/install.sh sources it.
# shellcheck shell=bash

retry dnf install --assumeyes openssl
certificate "$settings/web.key" "$settings/web.crt"
cp "$linux/web.service" "$units"
systemctl enable --now web.service
retry curl --fail --silent --show-error --insecure "https://127.0.0.1:$LISTEN_PORT/health"
