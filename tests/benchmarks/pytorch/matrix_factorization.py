#!/usr/bin/env python3
"""Speed of matrix factorization on ml-100k in PyTorch on the CPU: the peer that shoal is measured against.

For each case (model, optimizer, batch size, threads) all variants of training_steps.py are first checked: the losses
fall, and agree with the plain nn.Embedding + torch.optim one. Then they are timed in turns, so that a disturbance of
the machine meets all of them; the fastest is the case's figure. An epoch's shuffle is part of the time; batches are
views of the shuffled columns; a last, smaller batch is left out.

Prints a table to stderr, and one JSON object a line and case to stdout with --json:

  matrix_factorization.py --data u.data --batch_sizes 64,4096 --threads 1 --optimizers adamw,sgd_sparse --json

Needs PyTorch 2.8 or newer, and a C++ compiler for the compiled variants.
"""

import argparse
import json
import os
import statistics
import sys
import time

import torch
from training_steps import VARIANTS, Job

CHECKED_STEPS = 300
LOSS_TOLERANCE = 1e-4  # Relative, by step.
PILOT_SECONDS = 0.4
PILOT_SHARE = 0.5  # Variants slower than this share of the fastest in the pilot are not timed further.


def read_ratings(path):
    """pairs, ratings (as training_steps.py says), number of users, number of items."""
    with open(path, encoding="ascii") as file:
        fields = torch.tensor([[int(field) for field in line.split("\t")[:3]] for line in file])
    users, items = fields[:, 0] - 1, fields[:, 1] - 1
    num_users, num_items = int(users.max()) + 1, int(items.max()) + 1
    return torch.stack((users, items + num_users), 1), fields[:, 2].float(), num_users, num_items


def shuffled_batches(pairs, ratings, batch_size):
    """One epoch of whole batches."""
    order = torch.randperm(len(ratings))[: len(ratings) // batch_size * batch_size]
    return zip(pairs[order].split(batch_size), ratings[order].split(batch_size))


def learning_rate(optimizer, batch_size):
    if optimizer.startswith("sgd"):
        return (batch_size / 64) ** 0.5  # The loss is a mean, so larger batches need, and bear, larger rates.
    return 0.005 if "adam" in optimizer else 0.05


def loss_curve(variant, pairs, ratings, batch_size):
    torch.manual_seed(0)
    losses = []
    while len(losses) < CHECKED_STEPS:
        for batch in shuffled_batches(pairs, ratings, batch_size):
            losses.append(variant.step(*batch))
            if len(losses) == CHECKED_STEPS:
                break
    return torch.stack(losses).double()


def check(variants, pairs, ratings, batch_size):
    """Loss curves against the first variant's. Exits where a variant does not learn or does not agree."""
    oracle = None
    for name, variant in variants.items():
        losses = loss_curve(variant, pairs, ratings, batch_size)
        first, last = losses[:20].mean().item(), losses[-20:].mean().item()
        if not last < 0.95 * first:
            sys.exit(f"{name}: the loss does not fall: {first:.4f} in the first 20 steps, {last:.4f} in the last 20")
        oracle = losses if oracle is None else oracle
        difference = ((losses - oracle).abs() / oracle).max().item()
        if not difference < LOSS_TOLERANCE:
            sys.exit(f"{name}: losses differ from the plain variant's by {difference:.2e}, over {LOSS_TOLERANCE}")
        yield name, {"first_loss": first, "last_loss": last, "loss_difference": difference}


def time_variant(variant, pairs, ratings, batch_size, seconds):
    """Examples per second of wall time, and per second of CPU time of all threads."""
    steps = 0
    start, cpu_start = time.perf_counter(), time.process_time()
    while True:
        for batch in shuffled_batches(pairs, ratings, batch_size):
            variant.step(*batch)
            steps += 1
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return steps * batch_size / elapsed, steps * batch_size / (time.process_time() - cpu_start)


def run_case(data, job, batch_size, threads, arguments):
    pairs, ratings = data
    torch.compiler.reset()
    torch.set_num_threads(threads)
    wanted = {"eager": (False,), "compiled": (True,), "all": (False, True)}[arguments.variants]
    variants = {
        name: make(job) for name, make in VARIANTS[job.optimizer].items() if ("compiled" in name) in wanted
    }
    figures = dict(check(variants, pairs, ratings, batch_size))  # Warms up, too.
    pilot = {name: time_variant(v, pairs, ratings, batch_size, PILOT_SECONDS)[0] for name, v in variants.items()}
    fast = [name for name in variants if pilot[name] >= PILOT_SHARE * max(pilot.values())]
    repeats = {name: [] for name in fast}
    for _ in range(arguments.repeats):
        for name in fast:
            repeats[name].append(time_variant(variants[name], pairs, ratings, batch_size, arguments.seconds))
    for name, figure in figures.items():
        figure["pilot_examples_per_second"] = round(pilot[name])
        if name in repeats:
            wall, cpu = zip(*repeats[name])
            figure["examples_per_second"] = round(statistics.median(wall))
            figure["examples_per_cpu_second"] = round(statistics.median(cpu))
            figure["repeats"] = [round(value) for value in wall]
    best = max(fast, key=lambda name: figures[name]["examples_per_second"])
    return {
        "benchmark": "matrix_factorization",
        "framework": f"pytorch {torch.__version__}",
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "model": job.model,
        "factors": job.factors,
        "optimizer": job.optimizer,
        "learning_rate": job.learning_rate,
        "batch_size": batch_size,
        "threads": threads,
        "examples": len(ratings),
        "seconds_per_repeat": arguments.seconds,
        "variant": best,
        "examples_per_second": figures[best]["examples_per_second"],
        "examples_per_cpu_second": figures[best]["examples_per_cpu_second"],
        "variants": figures,
    }


def print_table(case):
    """Medians; CPU time counts all threads, and is the steadier figure where other processes share the machine."""
    title = f"{case['model']}, {case['optimizer']}, batch {case['batch_size']}, threads {case['threads']}"
    print(f"\n{title:38s}{'examples/s':>12s}{'per CPU second':>16s}   range of examples/s", file=sys.stderr)
    for name, figure in case["variants"].items():
        mark = "*" if name == case["variant"] else " "
        if "repeats" in figure:
            rates = f"{figure['examples_per_second']:>14,}{figure['examples_per_cpu_second']:>16,}"
            note = f"{min(figure['repeats']):,} to {max(figure['repeats']):,}"
        else:
            rates = f"{figure['pilot_examples_per_second']:>14,}{'':16s}"
            note = "pilot only"
        print(f"  {mark} {name:32s}{rates}   {note}", file=sys.stderr, flush=True)


def comma_separated(allowed):
    def parse(text):
        values = text.split(",")
        for value in values:
            if value not in allowed:
                raise argparse.ArgumentTypeError(f"'{value}' is not one of {', '.join(allowed)}")
        return values

    return parse


def positive_integers(text):
    values = [int(value) for value in text.split(",")]
    if min(values) < 1:
        raise ValueError(text)
    return values


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = os.path.join(os.environ.get("SHOAL_DATA_DIR", "data"), "ml-100k", "u.data")
    parser.add_argument("--data", default=default_data, help="u.data of ml-100k (default: %(default)s)")
    parser.add_argument("--factors", type=int, default=50)
    parser.add_argument(
        "--variants", choices=("all", "eager", "compiled"), default="all", help="with or without torch.compile"
    )
    parser.add_argument("--models", type=comma_separated(("bias_range", "dot")), default=["bias_range"])
    parser.add_argument("--optimizers", type=comma_separated(tuple(VARIANTS)), default=list(VARIANTS))
    parser.add_argument("--batch_sizes", type=positive_integers, default=[64, 4096])
    parser.add_argument("--threads", type=positive_integers, default=[1, 2])
    parser.add_argument("--seconds", type=float, default=2.0, help="of one repeat (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="JSON lines to stdout")
    arguments = parser.parse_args()
    if not os.path.isfile(arguments.data):
        parser.error(f"--data: no file {arguments.data}; deploy/fetch_data.sh fetches it")
    return arguments


def main():
    arguments = parse_arguments()
    torch.set_flush_denormal(True)
    torch.set_num_interop_threads(1)
    torch.sparse.check_sparse_tensor_invariants.disable()  # Said aloud, or PyTorch warns.
    pairs, ratings, num_users, num_items = read_ratings(arguments.data)
    for model in arguments.models:
        for optimizer in arguments.optimizers:
            for batch_size in arguments.batch_sizes:
                rate = learning_rate(optimizer, batch_size)
                job = Job(num_users, num_items, arguments.factors, model, optimizer, rate)
                for threads in arguments.threads:
                    case = run_case((pairs, ratings), job, batch_size, threads, arguments)
                    print_table(case)
                    if arguments.json:
                        print(json.dumps(case), flush=True)


if __name__ == "__main__":
    main()
