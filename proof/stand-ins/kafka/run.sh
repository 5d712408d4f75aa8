#!/bin/bash
# Turns KAFKA_LOG_DIRS into log.dirs and so on, as the official image does, formats the storage once, and starts.
set -eu
properties=/tmp/server.properties
: >"$properties"
while IFS='=' read -r name value; do
  case $name in
    KAFKA_HEAP_OPTS | KAFKA_OPTS) ;;
    KAFKA_*) printf '%s=%s\n' "$(sed -e 's/^KAFKA_//' -e 's/___/-/g' -e 's/__/\x01/g' -e 's/_/./g' -e 's/\x01/_/g' <<<"$name" | tr 'A-Z' 'a-z')" "$value" >>"$properties" ;;
  esac
done < <(env)
java=(java ${KAFKA_HEAP_OPTS:-} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile=/etc/kafka/log4j2.xml -cp '/opt/kafka/libs/*')
"${java[@]}" kafka.tools.StorageTool format --cluster-id "$CLUSTER_ID" --config "$properties" --ignore-formatted
exec "${java[@]}" kafka.Kafka "$properties"
