# A bucket of S3-compatible storage: versitygw over a directory. Sourced.

readonly BUCKET_HOST=127.0.0.1:7070
readonly BUCKET_LOG=$WORK/log/bucket-requests.log
readonly S3_DRIVER=${CISTERN_S3_DRIVER:-$here/../../registry-storage-s3/target/cistern-s3-driver.jar}

# bucket_start: starts the gateway over what it had before.
bucket_start() {
  mkdir -p "$WORK/bucket/images" "$WORK/gateway-meta"
  spawn gateway env ROOT_ACCESS_KEY=access ROOT_SECRET_KEY=secretsecret "$INTEROP_TOOLS/versitygw" --port "$BUCKET_HOST" \
    --access-log "$BUCKET_LOG" posix --sidecar "$WORK/gateway-meta" "$WORK/bucket"
  # It answers 403 to a request without a signature.
  ready gateway curl -sS "http://$BUCKET_HOST/"
}

# bucket_fresh: a gateway with an empty bucket, running.
bucket_fresh() {
  stop gateway
  rm -rf "$WORK/bucket" "$WORK/gateway-meta"
  bucket_start
}

# bucket_section [HOST:PORT]: the section `storage` of the configuration, which Cistern and Distribution share. Distribution 3.1
# wants the path style by name.
bucket_section() {
  cat <<-YAML
	storage:
	  s3:
	    bucket: images
	    region: us-east-1
	    regionendpoint: http://${1:-$BUCKET_HOST}
	    accesskey: access
	    secretkey: secretsecret
	    rootdirectory: /cache
	    secure: false
	    forcepathstyle: true
	YAML
}

# bucket_drivers: the directory of drivers, with that of S3. It is not written again: another server may be reading it.
bucket_drivers() {
  mkdir -p "$WORK/drivers"
  [[ -e $WORK/drivers/${S3_DRIVER##*/} ]] || cp "$S3_DRIVER" "$WORK/drivers/"
  echo "$WORK/drivers"
}

# bucket_quiet: waits until nothing more is stored in the bucket.
bucket_quiet() {
  local before=-1 now
  now=$(find "$WORK/bucket" -type f | wc -l)
  while [[ $now != "$before" ]]; do
    before=$now
    sleep 2
    now=$(find "$WORK/bucket" -type f | wc -l)
  done
}
