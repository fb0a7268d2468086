#!/usr/bin/env python3
"""Examples per second and validation error by what rows travel as (cluster.wire_dtype), in one run.

MovieLens 100K by one server and one worker over TCP, AdamW, batch 4096, by floats a row. Rounds alternate between the
types; medians are compared. Before a figure counts, the job's answer is verified: runs of a type must give the same
weights, and every type must learn what FLOAT32 learns.

On one host the network is memory. A slower one can be had for the time of the benchmark, as root:

  tc qdisc add dev lo root tbf rate 1gbit burst 256kb latency 50ms     # tc qdisc del dev lo root
"""

import argparse
import os
import statistics
import sys
import tempfile

import shoal_runs

HERE = os.path.dirname(os.path.abspath(__file__))
JOB = os.path.join(HERE, "..", "..", "examples", "ml-100k.textproto")
TYPES = ("FLOAT32", "BFLOAT16", "FLOAT16")
LARGEST_DIFFERENCE = 0.002  # Of validation errors, a fraction.


def run(arguments, dim, wire_dtype):
    """Examples per second, the least validation error, the digest of the weights."""
    settings = [
        "training.batch_size=4096",
        f"training.epochs={arguments.epochs}",
        "training.learning_rate=0.05",
        f"tables.user.embedding_dim={dim}",
        f"tables.item.embedding_dim={dim}",
        "cluster.transport=TCP",
        f"cluster.wire_dtype={wire_dtype}",
    ]
    data_directory = shoal_runs.movielens_directory(arguments)
    with tempfile.TemporaryDirectory() as directory:
        summary = shoal_runs.train(arguments.shoal, JOB, data_directory, os.path.join(directory, "run"), settings, 1)
    error = min(epoch["validation"]["mse"] for epoch in summary["epochs"])
    return summary["examples_per_second"], error, summary["weights_digest"]


def compare(arguments, dim):
    runs = {wire_dtype: [] for wire_dtype in TYPES}
    for _ in range(arguments.rounds):
        for wire_dtype in TYPES:
            runs[wire_dtype].append(run(arguments, dim, wire_dtype))
    rates = {wire_dtype: statistics.median(rate for rate, _, _ in runs[wire_dtype]) for wire_dtype in TYPES}
    float32_error = runs["FLOAT32"][0][1]
    for wire_dtype in TYPES:
        error = runs[wire_dtype][0][1]
        if len({digest for _, _, digest in runs[wire_dtype]}) != 1:
            sys.exit(f"{dim} floats, {wire_dtype}: runs of one job gave different weights")
        if not abs(error - float32_error) < LARGEST_DIFFERENCE * float32_error:
            sys.exit(f"{dim} floats, {wire_dtype}: validation MSE {error:.4f}, with FLOAT32 {float32_error:.4f}")
        ratio = rates[wire_dtype] / rates["FLOAT32"]
        print(f"{dim:6d} {wire_dtype:10s}{rates[wire_dtype]:12,.0f}{ratio:7.2f}x   {error:.5f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shoal_runs.add_movielens_arguments(parser)
    parser.add_argument("--rounds", type=int, default=3, help="rounds a size (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=60, help="epochs a run (default: %(default)s)")
    parser.add_argument("--dims", default="50,256", help="floats a row (default: %(default)s)")
    arguments = parser.parse_args()
    if not os.path.isfile(arguments.data):
        parser.error(f"--data: no file {arguments.data}; deploy/fetch_data.sh fetches it")
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; one server, one worker, TCP, AdamW, batch 4096")
    print(f"{'floats':>6s} {'type':10s}{'examples/s':>12s}{'':9s}validation MSE")
    for dim in arguments.dims.split(","):
        compare(arguments, int(dim))


if __name__ == "__main__":
    main()
