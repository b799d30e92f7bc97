#!/bin/sh
# Copies an image with all its platforms into a directory: oras.sh ghcr.io/owner/image:tag DIRECTORY
# --from-plain-http is for plain HTTP. Remove it when the cache has a certificate that the machine trusts.
exec oras copy --no-tty --from-plain-http "cache.example:5000/$1" --to-oci-layout "$2"
