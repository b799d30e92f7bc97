#!/bin/sh
# Copies an image with all its platforms into a directory: regctl.sh ghcr.io/owner/image:tag DIRECTORY
# tls=disabled is for plain HTTP. Remove it when the cache has a certificate that the machine trusts.
exec regctl --host reg=cache.example:5000,tls=disabled image copy "cache.example:5000/$1" "ocidir://$2"
