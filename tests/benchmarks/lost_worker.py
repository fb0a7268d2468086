#!/usr/bin/env python3
"""What cluster.max_restarts costs while nothing is lost, and how long a lost worker holds a run up, in one run.

Each job of examples/ named below is trained by one server and two workers: without restarts, with them, and with them
while a worker is killed by SIGKILL. Rounds alternate; medians are shown. Before a figure counts, the answer is
verified: all runs of a job must give the same weights, the one with the loss among them.

The pause is from the kill to when worker 0 trains again, by its log. In it the loss is noticed, and the killed worker's
successor starts and reads its data.
"""

import argparse
import datetime
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import shoal_runs

HERE = os.path.dirname(os.path.abspath(__file__))
# Epochs and batch size, long enough for a kill.
JOBS = {"ml-100k": (120, 4096), "mnist-classification": (8, 256)}
KINDS = ("without", "with", "killed")


def kill_worker(process, run):
    """Kills worker 1 once the run has logged an interval of steps. Returns when."""
    metrics = os.path.join(run, "metrics.jsonl")
    while not (os.path.exists(metrics) and os.path.getsize(metrics) > 0):
        if process.poll() is not None:
            sys.exit("the run ended before a worker could be killed: take more epochs")
        time.sleep(0.01)
    command = ["pgrep", "-P", str(process.pid), "-f", "rank=1"]
    children = subprocess.run(command, capture_output=True, text=True, check=True)
    os.kill(int(children.stdout.split()[0]), signal.SIGKILL)
    return datetime.datetime.now()  # As logs have it.


def pause_since(killed, run):
    """Seconds until worker 0 trained again."""
    with open(os.path.join(run, "logs", "worker-0.log"), encoding="utf-8") as file:
        lines = [line.split(" ", 1) for line in file]
    began = [stamp for stamp, text in lines if "training from step" in text]
    if len(began) != 2:
        sys.exit("worker 0 did not come together with another one once")
    return (datetime.datetime.fromisoformat(began[1]) - killed).total_seconds()


def train(arguments, name, kind, run):
    """Examples per second, the pause in seconds or None, the digests of the weights."""
    epochs, batch_size = JOBS[name]
    command = [arguments.shoal, "train", os.path.join(HERE, "..", "..", "examples", f"{name}.textproto")]
    command += [f"--output={run}", "--parameter_servers=1", "--workers=2"]
    command += [f"--max_restarts={0 if kind == 'without' else 1}"]
    for setting in (f"epochs={epochs}", f"batch_size={batch_size}", "checkpoint.every_epochs=0", "log_every_steps=100"):
        command += ["--set", f"training.{setting}"]
    environment = dict(os.environ, SHOAL_DATA_DIR=shoal_runs.movielens_directory(arguments))
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        killed = kill_worker(process, run) if kind == "killed" else None
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    with open(os.path.join(run, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    if summary["restarts"] != (1 if kind == "killed" else 0):
        sys.exit(f"{name}, {kind}: {summary['restarts']} restarts")
    pause = pause_since(killed, run) if kind == "killed" else None
    return summary["examples_per_second"], pause, (summary["weights_digest"], summary.get("dense_digest"))


def compare(arguments, name):
    runs = {kind: [] for kind in KINDS}
    for _ in range(arguments.rounds):
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as directory:
                runs[kind].append(train(arguments, name, kind, os.path.join(directory, "run")))
    if len({digest for kind in KINDS for _, _, digest in runs[kind]}) != 1:
        sys.exit(f"{name}: runs of one job gave different weights")
    without, with_restarts = (statistics.median(rate for rate, _, _ in runs[kind]) for kind in ("without", "with"))
    pause = statistics.median(pause for _, pause, _ in runs["killed"])
    print(f"{name:22s}{without:12,.0f}{with_restarts:12,.0f}{with_restarts / without:7.2f}x{pause:9.2f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shoal_runs.add_movielens_arguments(parser)
    parser.add_argument("--rounds", type=int, default=5, help="rounds a job (default: %(default)s)")
    arguments = parser.parse_args()
    if not os.path.isfile(arguments.data):
        parser.error(f"--data: no file {arguments.data}; deploy/fetch_data.sh fetches it")
    for name, (epochs, batch_size) in JOBS.items():
        print(f"{name}: 1 server, 2 workers, Unix sockets, {epochs} epochs, batch {batch_size}")
    print(f"{arguments.rounds} rounds")
    print(f"{'examples/s by':22s}{'no restarts':>12s}{'restarts':>12s}{'ratio':>8s}{'pause':>11s}")
    for name in JOBS:
        compare(arguments, name)


if __name__ == "__main__":
    main()
