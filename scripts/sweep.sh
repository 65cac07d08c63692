#!/usr/bin/env bash
# Trains an experiment at several noise levels and compares the models.
#
#     scripts/sweep.sh CONFIG SIGMA... [-- FLAG...]
#     scripts/sweep.sh configs/sigma25.toml 15 25 50 -- -set train.minutes=2 -set data.train=photos
#
# One run a level is kept in runs/NAME-SIGMA; NAME is CONFIG's file name without .toml, and what follows -- goes to every training. Each
# model is evaluated at its level; runs/NAME-sweep.csv (sigma,psnr,ssim,run) and runs/NAME-sweep.png hold the results.
#
# Called again, it goes on: finished runs are skipped, interrupted ones resumed, and rows of other levels stay in the table. A run that fails does not stop the others, and the exit
# code is that of the first that failed. Ctrl-C or SIGTERM stops the sweep, with a checkpoint and exit code 75.
#
# Environment:
#     DATA       folder of clean images to evaluate on, or dead-leaves; if unset, the experiment's validation images
#     TRAINER    the program; if unset, bin/trainer in the folder above this script's, else trainer on the PATH
set -u

usage() {
	echo "sweep: $1; usage: sweep.sh CONFIG SIGMA... [-- FLAG...]" >&2
	exit 2
}

[ $# -ge 1 ] || usage "CONFIG is missing"
config=$1
shift
case $config in -*) usage "$config stands where CONFIG should" ;; esac
name=$(basename -- "$config")
name=${name%.toml}

sigmas=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	case $1 in
	'' | *[!0-9.]*) usage "\"$1\" is no noise level" ;;
	esac
	sigmas+=("$1")
	shift
done
[ ${#sigmas[@]} -gt 0 ] || usage "no noise level is given"
[ $# -eq 0 ] || shift # the --; flags for every training remain

trainer=${TRAINER:-}
if [ -z "$trainer" ]; then
	trainer=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)/bin/trainer
	[ -x "$trainer" ] || trainer=trainer
fi
if ! command -v -- "$trainer" >/dev/null; then
	echo "sweep: $trainer is not there; build it by make build, or name it by TRAINER" >&2
	exit 2
fi

# A signal is handed on, since one that is sent to this script alone would otherwise wait for the end of the training.
child=
stopped=
stop() {
	stopped=yes
	[ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap stop INT TERM

# run calls the trainer and sets result to its exit code; wait returns early at a signal, so it is asked until the trainer is gone.
run() {
	"$trainer" "$@" &
	child=$!
	[ -z "$stopped" ] || stop
	wait "$child"
	result=$?
	while kill -0 "$child" 2>/dev/null; do
		wait "$child"
		result=$?
	done
	child=
	if [ -n "$stopped" ] || [ "$result" -eq 75 ]; then
		echo "sweep: interrupted; the same command goes on" >&2
		exit 75
	fi
}

first_failure=0
failed() {
	echo "sweep: $1 failed with exit code $result" >&2
	[ "$first_failure" -ne 0 ] || first_failure=$result
}

mkdir -p runs || exit 4
table=runs/$name-sweep.csv
partial=runs/.$name-sweep.partial
rm -f -- "$partial"
trap 'rm -f -- "$partial"' EXIT

# Rows of levels that an earlier call measured and this one does not stay in the table.
if [ -e "$table" ]; then
	while IFS= read -r row; do
		level=${row%%,*}
		case " ${sigmas[*]} " in *" $level "*) continue ;; esac
		printf '%s\n' "$row"
	done <"$table" >"$partial"
fi

results=0
for sigma in "${sigmas[@]}"; do
	folder=runs/$name-$sigma
	echo "sweep: sigma $sigma in $folder"
	run train -config "$config" -resume "$@" \
		-set "noise.sigma=$sigma" -set "experiment.name=$name-$sigma" -set "experiment.output=$folder"
	if [ "$result" -ne 0 ]; then
		failed "training at sigma $sigma"
		continue
	fi
	run eval -model "$folder" -sigma "$sigma" ${DATA:+-data "$DATA"} -sweep "$partial"
	if [ "$result" -eq 0 ]; then
		results=$((results + 1))
	else
		failed "evaluation at sigma $sigma"
	fi
done

if [ "$results" -eq 0 ]; then
	echo "sweep: no level has a result" >&2
	exit "$first_failure"
fi
mv -f -- "$partial" "$table" || exit 4
echo "$table"
run plot "$table" -force -o "runs/$name-sweep.png" -title "$name"
[ "$result" -eq 0 ] || failed "the plot"
exit "$first_failure"
