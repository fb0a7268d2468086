"""Writes id_lists.json: what features must make of lists of ids, and what they learn.

torch.nn.functional.embedding_bag (with per_sample_weights and without) and torch.nn.functional.embedding of arrays of
ids, flattened for a tower, in double precision from inputs that single precision holds exactly: outputs, gradients of
the rows, and the rows after ten steps of torch.optim.SGD on |output - target|^2 / 2.
Run in this folder: python3 make_list_reference.py
"""

import json

import torch
from torch.nn import functional

from make_reference import compact, numbers, random

STEPS = 10
LEARNING_RATE = 0.0625


def make_case(name, feature, rows, examples, compute, **more):
    """`compute`: from the rows to the output, a line an example."""
    rows = rows.clone().requires_grad_()
    start = numbers(rows)
    target = random(*compute(rows).shape)
    optimizer = torch.optim.SGD([rows], lr=LEARNING_RATE)
    case = {
        "name": name,
        "feature": feature,
        "dim": rows.shape[1],
        "rows": start,
        "ids": [row for example in examples for row in example],
        "sizes": [len(example) for example in examples],
        **more,
        "target": numbers(target),
    }
    for step in range(STEPS):
        optimizer.zero_grad()
        output = compute(rows)
        (((output - target) ** 2).sum() / 2).backward()
        if step == 0:
            case["output"] = numbers(output)
            case["gradients"] = numbers(rows.grad)
        optimizer.step()
    case["after_steps"] = numbers(rows)
    return case


def bag_case(name, mode, rows, bags, weights=None):
    """`weights`: one an id, in the order of the bags."""
    ids = torch.tensor([row for bag in bags for row in bag], dtype=torch.int64)
    sizes = torch.tensor([0] + [len(bag) for bag in bags])
    offsets = torch.cumsum(sizes, 0)
    per_sample = None if weights is None else torch.tensor(weights, dtype=torch.float64)

    def compute(values):
        return functional.embedding_bag(
            ids, values, offsets, mode=mode, per_sample_weights=per_sample, include_last_offset=True
        )

    return make_case(
        name, f"bag {{ column: 'list' table: 'word' mode: {mode.upper()} }}", rows, bags, compute, weights=weights
    )


def array_case(name, rows, shape, arrays):
    """`arrays`: ids of each example, row after row."""
    ids = torch.tensor(arrays, dtype=torch.int64).reshape(-1, *shape)
    return make_case(
        name,
        "id { column: 'grid' table: 'word' }",
        rows,
        arrays,
        lambda values: functional.embedding(ids, values).flatten(1),
        shape=shape,
    )


def weights_of(bags):
    return numbers(random(sum(len(bag) for bag in bags)))


def main():
    torch.manual_seed(6)
    torch.set_num_threads(1)
    bags = [[], [4, 0, 2], [1, 3], [], [5, 5, 1, 0, 5], [2], []]
    cases = [
        bag_case("weights", "sum", random(6, 3), bags, weights_of(bags)),
        bag_case("weights, rows of a vector and more", "sum", random(6, 21), bags, weights_of(bags)),
        bag_case("weights, rows of one float", "sum", random(6, 1), bags, weights_of(bags)),
        bag_case("weights of nothing, of one, below zero", "sum", random(6, 4), [[0, 1], [2], [3, 3]], [0, 1, -1, 2, -2]),
        bag_case("sum", "sum", random(6, 5), bags),
        bag_case("mean", "mean", random(6, 5), bags),
        bag_case("max", "max", random(6, 5), bags),
        array_case("vectors of ids", random(6, 3), [4], [[0, 1, 2, 3], [5, 5, 5, 0]]),
        array_case("matrices of ids", random(6, 5), [2, 3], [[0, 1, 2, 3, 4, 5], [2, 2, 0, 2, 1, 1], [3] * 6]),
        array_case("arrays of three dimensions", random(4, 18), [2, 1, 2], [[0, 1, 2, 3], [1, 1, 0, 3]]),
    ]
    reference = {
        "torch": torch.__version__.split("+")[0],
        "steps": STEPS,
        "learning_rate": LEARNING_RATE,
        "cases": cases,
    }
    with open("id_lists.json", "w", encoding="ascii") as output:
        output.write(compact(json.dumps(reference, indent=1)) + "\n")


if __name__ == "__main__":
    main()
