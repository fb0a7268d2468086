"""Writes embedding_bag.json: what worker/features/embedding_bag_feature.cc must reproduce.

torch.nn.functional.embedding_bag in double precision from inputs that single precision holds exactly.
Run in this folder: python3 make_reference.py
"""

import json
import re

import torch
from torch.nn import functional


def random(*shape):
    """Multiples of 1/1024: exact in single precision and short in the file."""
    return (torch.randn(*shape, dtype=torch.float64) * 1024).round() / 1024


def numbers(tensor):
    return [float(f"{x:.10g}") for x in tensor.detach().flatten().tolist()]


def make_case(name, rows, bags):
    """`bags`: the rows of each."""
    rows = rows.clone().requires_grad_()
    ids = [row for bag in bags for row in bag]
    offsets = [0]
    for bag in bags:
        offsets.append(offsets[-1] + len(bag))
    output_gradient = random(len(bags), rows.shape[1])
    case = {
        "name": name,
        "dim": rows.shape[1],
        "rows": numbers(rows),
        "ids": ids,
        "offsets": offsets,
        "output_gradient": numbers(output_gradient),
        "modes": {},
    }
    for mode in ("mean", "sum", "max"):
        rows.grad = None
        output = functional.embedding_bag(
            torch.tensor(ids, dtype=torch.int64),
            rows,
            torch.tensor(offsets, dtype=torch.int64),
            mode=mode,
            include_last_offset=True,
        )
        output.backward(output_gradient)
        case["modes"][mode.upper()] = {"output": numbers(output), "gradients": numbers(rows.grad)}
    return case


def tied(size, dim):
    """Rows of few values, so that many are the largest together."""
    return torch.randint(-1, 2, (size, dim)).to(torch.float64)


def main():
    torch.manual_seed(5)
    torch.set_num_threads(1)
    wide = [[4, 0, 2], [1, 3], [5, 5, 1, 0, 5], [], [2]]
    cases = [
        make_case("one bag each", random(4, 3), [[2], [0], [3], [1]]),
        make_case("bags of several rows", random(5, 3), [[0, 1, 2], [4, 3]]),
        make_case("empty bags first, between and last", random(3, 3), [[], [1, 2], [], [], [0], []]),
        make_case("nothing but empty bags", random(2, 3), [[], [], []]),
        make_case("an id several times in a bag", random(3, 3), [[1, 1, 0, 1], [2, 2]]),
        make_case("a row in several bags", random(3, 3), [[0, 1], [1, 2], [1], [0, 1, 2]]),
        make_case("negative rows", -random(4, 3).abs() - 1, [[0, 1], [2, 3, 0]]),
        make_case("equal maxima", tied(5, 8), [[0, 1, 2, 3], [4, 3, 2, 1, 0], [2, 2, 4], [1, 0, 1]]),
        make_case("rows of a vector and more", random(6, 21), wide),
        make_case("rows of one float", random(6, 1), wide),
    ]
    reference = {"torch": torch.__version__.split("+")[0], "cases": cases}
    with open("embedding_bag.json", "w", encoding="ascii") as output:
        output.write(compact(json.dumps(reference, indent=1)) + "\n")


def compact(text):
    """Puts innermost arrays on one line."""
    return re.sub(r"\[[^\[\]{}]+\]", lambda match: " ".join(match[0].split()), text)


if __name__ == "__main__":
    main()
