# Prepares a server of any tier, then hands over to the script of its tier. boot.sh sources it: its
# trap makes any failure loud. Only Amazon Linux's own packages are used; they come through the S3
# endpoint.
# shellcheck shell=bash

settings=$ROOT/etc/workload
units=$ROOT/etc/systemd/system
linux=$folder/linux

# certificate KEY CERTIFICATE: nobody can vouch for a server inside a private network, so it vouches
# for itself. Put a load balancer with an ACM certificate in front of web before people use it.
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha256 -nodes -days 825 \
    -subj "/CN=$(hostname)" -keyout "$1" -out "$2"
  chmod 600 "$1"
}

# ship_logs: the agent is the only way from a file to CloudWatch Logs.
ship_logs() {
  local agent=$ROOT/opt/aws/amazon-cloudwatch-agent/etc/workload.json
  retry dnf install --assumeyes amazon-cloudwatch-agent
  mkdir -p "$(dirname "$agent")"
  sed "s|LOG_GROUP|$LOG_GROUP|" "$linux/common/cloudwatch-agent.json" >"$agent"
  amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "file:$agent"
}

mkdir -p "$settings" "$units" "$ROOT/etc/logrotate.d"
chmod 700 "$settings"
if [[ -n ${LOG_GROUP:-} ]]; then ship_logs; fi # first, so that it ships what fails after it
for name in TIER REGION LISTEN_PORT UPSTREAM_HOST UPSTREAM_PORT DATA_BUCKET; do
  echo "$name=${!name:-}"
done >"$settings/settings"
cp "$linux/common/workload.logrotate" "$ROOT/etc/logrotate.d/workload"

case $TIER in
web)
  # shellcheck source=../web.sh
  source "$linux/web.sh"
  ;;
app)
  # shellcheck source=../app.sh
  source "$linux/app.sh"
  ;;
db)
  # shellcheck source=../db/db.sh
  source "$linux/db/db.sh"
  ;;
*) die 1 "TIER is '$TIER': the user data must set it to web, app or db" ;;
esac
