#!/usr/bin/env python3
"""The published fastai matrix-factorization job on ml-100k in plain PyTorch, on the same split as shoal.

DotProduct with 50 factors, batch 64, AdamW with fastai's one-cycle, 5 epochs; best published validation MSE: 0.8765
plain, 0.8707 with range, 0.8613 with bias and range. Prints for each variant, split and seed the best (over epochs) and
the last validation MSE, and their means over all of these; --output writes the same with all settings as JSON:

  train_reference.py --data u.data --split_seeds 0 1 2 --output results.json

Needs PyTorch and nothing else.
"""

import argparse
import json
import math
import os
import statistics
import sys

import torch
from torch import nn

VARIANTS = {
    "plain": dict(bias=False, output_range=None),
    "range": dict(bias=False, output_range=(0.0, 5.5)),
    "bias": dict(bias=True, output_range=(0.0, 5.5)),
}
NUM_SEEDS = {"plain": 9, "range": 3, "bias": 3}  # Plain varies twice as much from seed to seed.
SETTINGS = dict(
    factors=50,
    initial_std=0.01,
    batch_size=64,
    epochs=5,
    learning_rate=5e-3,
    beta2=0.99,
    eps=1e-5,
    weight_decay=0.01,
    one_cycle=dict(div=25.0, div_final=1e5, pct_start=0.25, momentums=(0.95, 0.85, 0.95)),
)


# ---- Split: a port of common/base/permutation.h and common/data/validation_split.h -----------------------------------

MASK = 2**64 - 1
SPLIT_STREAM = 0x73706C6974  # "split"


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def feistel_round(key, x, size):
    z = (x + key) * 0x9E3779B97F4A7C15 & MASK
    z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93 & MASK
    return ((z >> 32) * size) >> 32


class Permutation:
    """shoal::Permutation."""

    def __init__(self, size, seed, stream):
        base = mix((mix(seed) + stream) & MASK)
        self.keys = [mix((base + (r + 1) * 0x9E3779B97F4A7C15) & MASK) for r in range(6)]
        self.size = size
        self.low_bits = (size - 1).bit_length() // 2
        self.low_size = 1 << self.low_bits
        self.high_size = -(-size // self.low_size)

    def at(self, position):
        while True:
            high, low = position >> self.low_bits, position % self.low_size
            for r in range(0, 6, 2):
                low = (low + feistel_round(self.keys[r], high, self.low_size)) % self.low_size
                high = (high + feistel_round(self.keys[r + 1], low, self.high_size)) % self.high_size
            position = high * self.low_size + low
            if position < self.size:
                return position


def check_permutation():
    """The worked examples of common/base/permutation.h."""
    for (size, seed, stream), expected in (
        ((10, 0, 0), [3, 5, 2, 9]),
        ((80000, 42, 3), [42878, 70921, 45539, 42969]),
        ((100000, MASK, SPLIT_STREAM), [59097, 31890, 43134, 78274]),
    ):
        permutation = Permutation(size, seed, stream)
        found = [permutation.at(i) for i in (0, 1, 2, size - 1)]
        if found != expected:
            sys.exit(f"Permutation({size}, {seed}, {stream}): {found} instead of {expected}")


def random_split(num_examples, fraction, seed):
    """bool [num_examples]: which are for validation."""
    permutation = Permutation(num_examples, seed, SPLIT_STREAM)
    num_validation = math.floor(fraction * num_examples + 0.5)
    return torch.tensor([permutation.at(i) < num_validation for i in range(num_examples)])


def read_split(path, num_examples):
    """A file with one 0 or 1 a line, 1 for validation, by record number."""
    with open(path, encoding="ascii") as file:
        flags = [line.strip() for line in file]
    if len(flags) != num_examples or not set(flags) <= {"0", "1"}:
        sys.exit(f"{path}: needs {num_examples} lines of 0 or 1, has {len(flags)} lines: {sorted(set(flags))[:5]}")
    return torch.tensor([flag == "1" for flag in flags])


# ---- Model and training ----------------------------------------------------------------------------------------------


class DotProduct(nn.Module):
    def __init__(self, num_users, num_items, bias, output_range):
        super().__init__()

        def embedding(rows, columns):
            layer = nn.Embedding(rows, columns)
            std = SETTINGS["initial_std"]
            nn.init.trunc_normal_(layer.weight, std=std, a=-2 * std, b=2 * std)
            return layer

        self.user, self.item = embedding(num_users, SETTINGS["factors"]), embedding(num_items, SETTINGS["factors"])
        self.user_bias, self.item_bias = (embedding(num_users, 1), embedding(num_items, 1)) if bias else (None, None)
        self.output_range = output_range

    def forward(self, users, items):
        prediction = (self.user(users) * self.item(items)).sum(1)
        if self.user_bias is not None:
            prediction = prediction + (self.user_bias(users) + self.item_bias(items)).squeeze(1)
        if self.output_range is None:
            return prediction
        low, high = self.output_range
        return torch.sigmoid(prediction) * (high - low) + low


def cosine(start, end, share):
    return start + (end - start) * (1 - math.cos(math.pi * share)) / 2


def one_cycle(step, total_steps):
    """Learning rate and beta1 of `step`, counted from 0 (ScheduleConfig.OneCycle in proto/job.proto)."""
    cycle, peak = SETTINGS["one_cycle"], SETTINGS["learning_rate"]
    start, middle, end = cycle["momentums"]
    share = step / total_steps
    if share < cycle["pct_start"]:
        share /= cycle["pct_start"]
        return cosine(peak / cycle["div"], peak, share), cosine(start, middle, share)
    share = (share - cycle["pct_start"]) / (1 - cycle["pct_start"])
    return cosine(peak, peak / cycle["div_final"], share), cosine(middle, end, share)


def train(data, is_validation, variant, seed):
    """Validation MSE after each epoch."""
    users, items, ratings = data
    torch.manual_seed(seed)
    model = DotProduct(int(users.max()) + 1, int(items.max()) + 1, **VARIANTS[variant])
    optimizer = torch.optim.AdamW(
        model.parameters(), eps=SETTINGS["eps"], weight_decay=SETTINGS["weight_decay"], fused=True
    )
    training = torch.nonzero(~is_validation).squeeze(1)
    validation = torch.nonzero(is_validation).squeeze(1)
    total_steps = SETTINGS["epochs"] * math.ceil(len(training) / SETTINGS["batch_size"])
    step = 0
    losses = []
    for _ in range(SETTINGS["epochs"]):
        for batch in training[torch.randperm(len(training))].split(SETTINGS["batch_size"]):
            learning_rate, beta1 = one_cycle(step, total_steps)
            optimizer.param_groups[0].update(lr=learning_rate, betas=(beta1, SETTINGS["beta2"]))
            loss = nn.functional.mse_loss(model(users[batch], items[batch]), ratings[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        with torch.no_grad():
            error = (model(users[validation], items[validation]) - ratings[validation]).double()
            losses.append((error * error).mean().item())
    return losses


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = os.path.join(os.environ.get("SHOAL_DATA_DIR", "data"), "ml-100k", "u.data")
    parser.add_argument("--data", default=default_data, help="u.data of ml-100k (default: %(default)s)")
    parser.add_argument("--split_file", help="one 0 or 1 a line, 1 for validation; instead of random splits")
    parser.add_argument("--split_seeds", nargs="+", type=int, default=[0, 1, 2], help="data.random_split.seed of shoal")
    parser.add_argument("--validation_fraction", type=float, default=0.2, help="(default: %(default)s)")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--seeds", nargs="+", type=int, help="of initial rows and order (default: 9 of plain, 3 of others)")
    parser.add_argument("--output", help="JSON file to write")
    arguments = parser.parse_args()
    if not os.path.isfile(arguments.data):
        parser.error(f"--data: no file {arguments.data}; deploy/fetch_data.sh fetches it")
    return arguments


def read_splits(arguments, num_examples):
    """By name: bool [num_examples], which are for validation."""
    if arguments.split_file:
        return {os.path.basename(arguments.split_file): read_split(arguments.split_file, num_examples)}
    check_permutation()
    fraction = arguments.validation_fraction
    return {seed: random_split(num_examples, fraction, seed) for seed in arguments.split_seeds}


def train_variant(data, splits, seeds, variant):
    runs = []
    for split, is_validation in splits.items():
        for seed in seeds:
            losses = train(data, is_validation, variant, seed)
            runs.append({
                "split": split,
                "seed": seed,
                "best_mse": min(losses),
                "last_mse": losses[-1],
                "mse_by_epoch": losses,
            })
            print(f"{variant:6s} split {split} seed {seed}: best {min(losses):.4f}, last {losses[-1]:.4f}", flush=True)
    best, last = (statistics.mean(run[key] for run in runs) for key in ("best_mse", "last_mse"))
    print(f"{variant:6s} mean: best {best:.4f}, last {last:.4f}")
    return {**VARIANTS[variant], "mean_best_mse": best, "mean_last_mse": last, "runs": runs}


def main():
    arguments = parse_arguments()
    torch.set_num_threads(1)  # The same sums in the same order on every machine.
    with open(arguments.data, encoding="ascii") as file:
        fields = torch.tensor([[int(field) for field in line.split("\t")[:3]] for line in file])
    data = fields[:, 0] - 1, fields[:, 1] - 1, fields[:, 2].float()
    splits = read_splits(arguments, len(fields))
    results = {
        "framework": f"pytorch {torch.__version__}",
        "settings": {**SETTINGS, "validation_fraction": arguments.validation_fraction},
        "variants": {
            name: train_variant(data, splits, arguments.seeds or range(NUM_SEEDS[name]), name)
            for name in arguments.variants
        },
    }
    if arguments.output:
        with open(arguments.output, "w", encoding="ascii") as file:
            json.dump(results, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
