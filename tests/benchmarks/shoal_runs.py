"""Runs of shoal for the benchmarks."""

import json
import os
import resource
import subprocess


def add_movielens_arguments(parser):
    """--shoal, and --data for u.data of MovieLens 100K."""
    parser.add_argument("--shoal", default="build/release/bin/shoal", help="default: %(default)s")
    default_data = os.path.join(os.environ.get("SHOAL_DATA_DIR", "data"), "ml-100k", "u.data")
    parser.add_argument("--data", default=default_data, help="u.data of ml-100k (default: %(default)s)")


def movielens_directory(arguments):
    """The SHOAL_DATA_DIR of examples/ml-100k.textproto."""
    return os.path.dirname(os.path.dirname(os.path.abspath(arguments.data)))


def train(shoal, job, data_directory, output, settings, parameter_servers=0):
    """Trains `job` with each of `settings` ("field=value") set, by one worker. The summary, with "cpu_seconds" added:
    CPU time of all processes, start and validation among it."""
    command = [shoal, "train", job, f"--output={output}", f"--parameter_servers={parameter_servers}", "--workers=1"]
    for setting in ["training.log_every_steps=1000000", "training.checkpoint.every_epochs=0", *settings]:
        command += ["--set", setting]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, SHOAL_DATA_DIR=data_directory)
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.path.join(output, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    summary["cpu_seconds"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return summary
