#!/bin/bash
# A fit that outlasts its time limit: two minutes before it, Slurm sends SIGTERM, the fit writes its checkpoint and ends with exit
# code 75, and Slurm begins the script again, which goes on with the fit. That needs RequeueExit=75 in slurm.conf.
#
#   sbatch --export=ALL,TABLE=people.parquet,TARGET=income,MODEL=model deploy/slurm-fit.sh
#SBATCH --job-name=tabletalk-fit
#SBATCH --cpus-per-task=8
#SBATCH --time=4:00:00
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

: "${TABLE:?the table}" "${TARGET:?its label}" "${MODEL:?the model folder to write}"

${TABLETALK:-tabletalk} fit "$TABLE" --target "$TARGET" --out "$MODEL" --threads "${SLURM_CPUS_PER_TASK:-0}" --resume auto ${OPTIONS:-} &
fit=$!
# The signal comes to this shell, which hands it on. It also ends the first wait.
trap 'kill -TERM $fit' TERM
wait $fit
wait $fit
