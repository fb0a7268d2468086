#!/usr/bin/env python3
"""The published fastai matrix-factorization job on ml-100k in plain PyTorch, on the same split as shoal.

DotProduct with 50 factors, batch 64, AdamW with fastai's one-cycle, 5 epochs; best published validation MSE: 0.8765
plain, 0.8707 with range, 0.8613 with bias and range. Prints for each variant, split and seed the best (over epochs) and
the last validation MSE, and their means over all of these; --output writes the same with all settings as JSON:

  train_reference.py --data u.data --split_seeds 0 1 2 --output results.json

--same_start takes shoal's own initial rows and batch order for a seed, instead of PyTorch's: then a run differs from
shoal's with that seed by rounding alone.

Needs PyTorch, NumPy and xxhash.
"""

import argparse
import json
import math
import os
import statistics
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "same_start"))
from initial_rows import initial_rows  # noqa: E402
from permutation import check_permutation, epoch_order, random_split  # noqa: E402

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


# ---- Data ------------------------------------------------------------------------------------------------------------


def read_ratings(path, same_start):
    """Users, items and ratings; ids count from 0, in shoal's case by first appearance in the file."""
    with open(path, encoding="ascii") as file:
        fields = torch.tensor([[int(field) for field in line.split("\t")[:3]] for line in file])
    users, items = fields[:, 0] - 1, fields[:, 1] - 1
    if same_start:
        users, items = by_first_appearance(users), by_first_appearance(items)
    return users, items, fields[:, 2].float()


def by_first_appearance(keys):
    """shoal's Vocabulary."""
    ids = {}
    return torch.tensor([ids.setdefault(key, len(ids)) for key in keys.tolist()])


def read_split(path, num_examples):
    """A file with one 0 or 1 a line, 1 for validation, by record number."""
    with open(path, encoding="ascii") as file:
        flags = [line.strip() for line in file]
    if len(flags) != num_examples or not set(flags) <= {"0", "1"}:
        sys.exit(f"{path}: needs {num_examples} lines of 0 or 1, has {len(flags)} lines: {sorted(set(flags))[:5]}")
    return torch.tensor([flag == "1" for flag in flags])


# ---- Model and training ----------------------------------------------------------------------------------------------


def random_embedding(_, rows, columns):
    layer = nn.Embedding(rows, columns)
    std = SETTINGS["initial_std"]
    nn.init.trunc_normal_(layer.weight, std=std, a=-2 * std, b=2 * std)
    return layer


def shoal_embedding(seed):
    """Makes layers with the initial rows of the table of that name in the job with that seed."""

    def embedding(table, rows, columns):
        values = initial_rows(table, rows, columns, SETTINGS["initial_std"], seed)
        return nn.Embedding.from_pretrained(torch.from_numpy(values), freeze=False)

    return embedding


class DotProduct(nn.Module):
    def __init__(self, num_users, num_items, embedding, bias, output_range):
        super().__init__()
        self.user = embedding("user", num_users, SETTINGS["factors"])
        self.item = embedding("item", num_items, SETTINGS["factors"])
        self.user_bias = embedding("user_bias", num_users, 1) if bias else None
        self.item_bias = embedding("item_bias", num_items, 1) if bias else None
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


def train(data, is_validation, variant, seed, same_start):
    """Validation MSE after each epoch."""
    users, items, ratings = data
    torch.manual_seed(seed)
    embedding = shoal_embedding(seed) if same_start else random_embedding
    model = DotProduct(int(users.max()) + 1, int(items.max()) + 1, embedding, **VARIANTS[variant])
    optimizer = torch.optim.AdamW(
        model.parameters(), eps=SETTINGS["eps"], weight_decay=SETTINGS["weight_decay"], fused=True
    )
    training = torch.nonzero(~is_validation).squeeze(1)
    validation = torch.nonzero(is_validation).squeeze(1)
    total_steps = SETTINGS["epochs"] * math.ceil(len(training) / SETTINGS["batch_size"])
    step = 0
    losses = []
    for epoch in range(SETTINGS["epochs"]):
        size = len(training)
        order = torch.from_numpy(epoch_order(size, seed, epoch)) if same_start else torch.randperm(size)
        for batch in training[order].split(SETTINGS["batch_size"]):
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
    parser.add_argument("--same_start", action="store_true", help="initial rows and batch order of shoal with the seed")
    parser.add_argument("--output", help="JSON file to write")
    arguments = parser.parse_args()
    if not os.path.isfile(arguments.data):
        parser.error(f"--data: no file {arguments.data}; deploy/fetch_data.sh fetches it")
    return arguments


def read_splits(arguments, num_examples):
    """By name: bool [num_examples], which are for validation."""
    if arguments.split_file:
        return {os.path.basename(arguments.split_file): read_split(arguments.split_file, num_examples)}
    fraction = arguments.validation_fraction
    return {seed: torch.from_numpy(random_split(num_examples, fraction, seed)) for seed in arguments.split_seeds}


def train_variant(data, splits, seeds, variant, same_start):
    runs = []
    for split, is_validation in splits.items():
        for seed in seeds:
            losses = train(data, is_validation, variant, seed, same_start)
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
    check_permutation()
    same_start = arguments.same_start
    data = read_ratings(arguments.data, same_start)
    splits = read_splits(arguments, len(data[0]))
    results = {
        "framework": f"pytorch {torch.__version__}",
        "settings": {**SETTINGS, "validation_fraction": arguments.validation_fraction, "same_start": same_start},
        "variants": {
            name: train_variant(data, splits, arguments.seeds or range(NUM_SEEDS[name]), name, same_start)
            for name in arguments.variants
        },
    }
    if arguments.output:
        with open(arguments.output, "w", encoding="ascii") as file:
            json.dump(results, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
