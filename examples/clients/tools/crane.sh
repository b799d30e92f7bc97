#!/bin/sh
# Copies an image with all its platforms into a directory: crane.sh ghcr.io/owner/image:tag DIRECTORY
# --insecure is for plain HTTP. Remove it when the cache has a certificate that the machine trusts.
exec crane pull --insecure --format oci "cache.example:5000/$1" "$2"
