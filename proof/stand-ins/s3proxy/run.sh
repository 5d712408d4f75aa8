#!/bin/bash
# Turns S3PROXY_CORS_ALLOW_ORIGINS into s3proxy.cors-allow-origins and so on, as the official image does.
set -eu
properties=/tmp/s3proxy.properties
: >"$properties"
while IFS='=' read -r name value; do
  case $name in
    S3PROXY_JAVA_OPTS) ;;
    S3PROXY_*) printf 's3proxy.%s=%s\n' "$(tr 'A-Z_' 'a-z-' <<<"${name#S3PROXY_}")" "$value" >>"$properties" ;;
    JCLOUDS_*) printf 'jclouds.%s=%s\n' "$(tr 'A-Z_' 'a-z.' <<<"${name#JCLOUDS_}")" "$value" >>"$properties" ;;
  esac
done < <(env)
echo 's3proxy.v4-max-non-chunked-request-size=134217728' >>"$properties"
exec java ${S3PROXY_JAVA_OPTS:-} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlogback.configurationFile=/opt/s3proxy/logback.xml \
  -cp '/opt/s3proxy/libs/*' org.gaul.s3proxy.Main --properties "$properties"
