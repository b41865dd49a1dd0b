#!/bin/bash
# Draws a table as an array job of AWS Batch: one part a child. The job definition "tabletalk" has the image of deploy/Dockerfile
# and mounts one file system, such as EFS, at /data, with the model in it.
#
#   QUEUE=spot ROWS=1000000000 COUNT=4000 deploy/aws-batch.sh
set -eu
: "${QUEUE:?the job queue}" "${ROWS:?the rows of all parts}" "${COUNT:?the number of parts, 2 to 10000}"

aws batch submit-job --job-name tabletalk-rows --job-queue "$QUEUE" --job-definition tabletalk \
  --array-properties "size=$COUNT" --retry-strategy attempts=5 --container-overrides \
  "command=sample,/data/model,--rows,$ROWS,--seed,${SEED:-0},--shard,auto,--workers,1,--out,/data/rows/,--quiet"
