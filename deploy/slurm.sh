#!/bin/bash
# Draws a table as an array job: one part a task. Submit it again, or let Slurm requeue a task: parts that are whole are not drawn again.
#
#   sbatch --export=ALL,MODEL=model,ROWS=1000000000,OUT=rows --array=1-4000%200 deploy/slurm.sh
#   tabletalk merge rows
#
# Tasks are numbered from 1. To run a few of them again, name the count of all: SHARD=auto/4000 and --array=17,230.
#SBATCH --job-name=tabletalk
#SBATCH --array=1-8
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=600M
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A_%a.log

: "${MODEL:?the model folder}" "${ROWS:?the rows of all parts}" "${OUT:?the folder for the parts}"

# Exit code 75 says that the part was cut short and is to be run again (RequeueExit=75 in slurm.conf).
${TABLETALK:-tabletalk} sample "$MODEL" --rows "$ROWS" --seed "${SEED:-0}" \
  --shard "${SHARD:-auto}" --workers "${SLURM_CPUS_PER_TASK:-1}" --out "$OUT/" --format "${FORMAT:-parquet}"
