#!/bin/sh
# One-shot commands of a service's image, by the name this file is called by: `migrate [deploy|status|down …]` and
# `seed`. Called as `npx` it knows what Prisma's users type; there is no npm in the image.
set -eu
name=${0##*/}
if [ "$name" = npx ]; then
  case "$*" in
    'prisma migrate deploy') set -- migrate deploy ;;
    'prisma migrate status') set -- migrate status ;;
    'prisma db seed') set -- seed ;;
    *)
      echo 'There is no npm in this image. It knows: npx prisma migrate deploy, npx prisma migrate status, npx prisma db seed' >&2
      exit 2
      ;;
  esac
else
  set -- "$name" "$@"
fi
main=/app/dist/main.js
# The stage `dev` runs from source.
[ -e "$main" ] || main=$(echo /tmp/repo/services/*/src/main.ts)
exec node "$main" "$@"
