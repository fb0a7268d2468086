"""Writes matrix_factorization.json: losses and gradients that worker/matrix_factorization.cc must reproduce.

PyTorch 2.x in double precision from inputs that single precision holds exactly.
Run in this folder: python3 make_reference.py
"""

import json
import re

import torch

USERS, ITEMS, EXAMPLES, GLOBAL_BATCH = 4, 5, 12, 16


def random_rows(rows, dim, scale):
    """Multiples of 1/1024: exact in single precision and short in the file."""
    return (torch.randn(rows, dim, dtype=torch.float64) * scale * 1024).round() / 1024


def make_case(name, dim, biases=(), output_range=None, same_table=False):
    torch.manual_seed(len(name) * 1000 + dim)
    rows = {"user": random_rows(USERS, dim, 0.5), "item": random_rows(ITEMS, dim, 0.5)}
    if same_table:
        del rows["item"]
    sizes = {"user_bias": USERS, "item_bias": ITEMS, "global_bias": 1}
    for bias in biases:
        rows[bias] = random_rows(sizes[bias], 1, 0.3)
    for value in rows.values():
        value.requires_grad_()
    users = torch.randint(0, USERS, (EXAMPLES,))
    items = torch.randint(0, USERS if same_table else ITEMS, (EXAMPLES,))
    targets = torch.randint(1, 6, (EXAMPLES,)).double()

    predictions = (rows["user"][users] * rows["user" if same_table else "item"][items]).sum(1)
    if "user_bias" in biases:
        predictions = predictions + rows["user_bias"][users, 0]
    if "item_bias" in biases:
        predictions = predictions + rows["item_bias"][items, 0]
    if "global_bias" in biases:
        predictions = predictions + rows["global_bias"][0, 0]
    if output_range:
        low, high = output_range
        predictions = torch.sigmoid(predictions) * (high - low) + low
    squared = torch.nn.functional.mse_loss(predictions, targets, reduction="sum")
    (squared / GLOBAL_BATCH).backward()
    return {
        "name": name,
        "dim": dim,
        "output_range": output_range,
        "users": users.tolist(),
        "items": items.tolist(),
        "targets": targets.tolist(),
        "squared_error": squared.item(),
        "absolute_error": (predictions - targets).abs().sum().item(),
        "rows": {table: value.tolist() for table, value in rows.items()},
        "gradients": {
            table: [[float(f"{x:.12g}") for x in row] for row in value.grad.tolist()] for table, value in rows.items()
        },
    }


def main():
    all_biases = ("user_bias", "item_bias", "global_bias")
    cases = [
        make_case("Plain", 18),
        make_case("NarrowRows", 3, ("item_bias",)),
        make_case("Biases", 16, all_biases),
        make_case("BiasesAndRange", 18, all_biases, (0.0, 5.5)),
        make_case("SameTableTwice", 18, ("global_bias",), (0.5, 5.0), same_table=True),
    ]
    reference = {"torch": torch.__version__.split("+")[0], "global_batch_size": GLOBAL_BATCH, "cases": cases}
    with open("matrix_factorization.json", "w", encoding="ascii") as output:
        output.write(compact(json.dumps(reference, indent=1)) + "\n")


def compact(text):
    """Puts innermost arrays on one line."""
    return re.sub(r"\[[^\[\]{}]+\]", lambda match: " ".join(match[0].split()), text)


if __name__ == "__main__":
    main()
