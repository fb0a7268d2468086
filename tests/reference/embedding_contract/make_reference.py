"""Writes embedding_contract.json: what a table must do as torch.nn.Embedding and EmbeddingBag.

Each case is some training steps: ids, the outputs that a step reads, the gradient of those outputs, and the weights
after the last step. Computed in double precision from inputs that single precision holds exactly. Tables are sparse
(sparse=True, torch.optim.SparseAdam or SGD) for LAZY rows wherever PyTorch can do it, dense for DENSE_EQUIVALENT ones.
Run in this folder: python3 make_reference.py
"""

import json
import re

import torch

ROWS = 6
BATCH = 5


def random(*shape):
    """Multiples of 1/64: exact in single precision and short in the file."""
    return (torch.randn(*shape, dtype=torch.float64) * 64).round() / 64


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def some_ids(*sizes):
    return [torch.randint(0, ROWS, (size,)).tolist() for size in sizes]


OPTIMIZERS = {
    "sgd {}": lambda p, lr: torch.optim.SGD(p, lr=lr),
    "sgd { weight_decay: 0.125 }": lambda p, lr: torch.optim.SGD(p, lr=lr, weight_decay=0.125),
    "sgd { momentum: 0.5 weight_decay: 0.125 }": lambda p, lr: torch.optim.SGD(
        p, lr=lr, momentum=0.5, weight_decay=0.125
    ),
    "adam {}": lambda p, lr: torch.optim.Adam(p, lr=lr),
    "adam {} sparse": lambda p, lr: torch.optim.SparseAdam(p, lr=lr),
    "adam { weight_decay: 0.125 decoupled_weight_decay: true }": lambda p, lr: torch.optim.AdamW(
        p, lr=lr, weight_decay=0.125
    ),
}


def make_module(table, feature, weights, sparse, pretrained):
    """With the weights, but for a padding row that is not pretrained: that one is PyTorch's own."""
    options = {key: table[key] for key in ("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq") if key in table}
    options["sparse"] = sparse
    if feature == "id":
        kind = torch.nn.Embedding
    else:
        kind = torch.nn.EmbeddingBag
        options.update(mode=feature.lower(), include_last_offset=True)
    if pretrained:
        return kind.from_pretrained(weights.clone(), freeze=table.get("freeze", False), **options)
    module = kind(ROWS, weights.shape[1], dtype=torch.float64, **options)
    with torch.no_grad():
        for row in range(ROWS):
            if row != module.padding_idx:
                module.weight[row] = weights[row]
    return module


def run_module(module, feature, example_ids):
    ids = torch.tensor([i for example in example_ids for i in example], dtype=torch.int64)
    if feature == "id":
        return module(ids)
    offsets = [0]
    for example in example_ids:
        offsets.append(offsets[-1] + len(example))
    return module(ids, torch.tensor(offsets, dtype=torch.int64))


def make_case(name, table, steps, feature="id", optimizer="sgd {}", dense=False, sparse=None, pretrained=False, dim=3,
              scale=1.0):
    """`steps`: for each, the ids of each example. `scale`: of the first weights."""
    weights = random(ROWS, dim) * scale
    sparse = (not dense) if sparse is None else sparse
    module = make_module(table, feature, weights, sparse, pretrained)
    rate = 0.25
    frozen = table.get("freeze", False)
    key = optimizer + (" sparse" if sparse and optimizer.startswith("adam") else "")
    step_optimizer = None if frozen else OPTIMIZERS[key](list(module.parameters()), rate)
    case = {
        "name": name,
        "feature": feature,
        "table": table,
        "optimizer": optimizer,
        "row_semantics": "DENSE_EQUIVALENT" if dense else "LAZY",
        "learning_rate": rate,
        "dim": dim,
        "pretrained": pretrained,
        "weights": numbers(weights),
        "steps": [],
    }
    for example_ids in steps:
        output = run_module(module, feature, example_ids)
        gradient = random(*output.shape)
        case["steps"].append({"ids": example_ids, "output": numbers(output), "output_gradient": numbers(gradient)})
        if frozen:
            continue
        step_optimizer.zero_grad()
        output.backward(gradient)
        step_optimizer.step()
    case["weights_after"] = numbers(module.weight)
    return case


def one_each(*ids):
    return [[i] for i in ids]


def id_cases():
    mixed = [one_each(*some_ids(BATCH)[0]) for _ in range(4)]
    padded = [one_each(2, 0, 2, 5, 2), one_each(1, 1, 3, 2, 0), one_each(2, 2, 4, 5, 2)]
    all_padding = [one_each(2, 2, 2), one_each(1, 2, 3), one_each(2, 2)]
    repeated = [one_each(0, 0, 0, 1), one_each(0, 1, 1, 2, 0), one_each(3, 3, 3, 3, 3)]
    decay = "sgd { weight_decay: 0.125 }"
    momentum = "sgd { momentum: 0.5 weight_decay: 0.125 }"
    adamw = "adam { weight_decay: 0.125 decoupled_weight_decay: true }"
    yield make_case("nothing set", {}, mixed)
    yield make_case("padding", {"padding_idx": 2}, padded)
    yield make_case("padding counted from the end", {"padding_idx": -4}, padded)
    yield make_case("the first row counted from the end", {"padding_idx": -6}, repeated)
    yield make_case("the last row as padding", {"padding_idx": -1}, padded, dim=17)
    yield make_case("nothing but padding", {"padding_idx": 2}, all_padding)
    yield make_case("nothing but padding, sparse Adam", {"padding_idx": 2}, all_padding, optimizer="adam {}")
    yield make_case("padding decays while it is zero", {"padding_idx": 2}, padded, optimizer=adamw, dense=True)
    yield make_case("pretrained padding, lazy", {"padding_idx": 2}, padded, pretrained=True)
    yield make_case("pretrained padding, lazy Adam", {"padding_idx": 2}, padded, optimizer="adam {}", pretrained=True)
    yield make_case("pretrained padding decays", {"padding_idx": 2}, padded, optimizer=decay, dense=True, pretrained=True)
    yield make_case("pretrained padding decays, AdamW", {"padding_idx": -4}, all_padding, optimizer=adamw, dense=True,
                    pretrained=True)
    yield make_case("max_norm", {"max_norm": 1.25}, mixed)
    yield make_case("max_norm of a repeated row", {"max_norm": 0.5}, repeated)
    yield make_case("max_norm longer than a vector", {"max_norm": 2}, mixed, dim=17)
    yield make_case("max_norm of one float", {"max_norm": 0.25}, mixed, dim=1)
    yield make_case("max_norm that no row reaches", {"max_norm": 1000}, mixed)
    yield make_case("max_norm by the sum", {"max_norm": 1.5, "norm_type": 1.0}, mixed)
    yield make_case("max_norm by the largest", {"max_norm": 0.75, "norm_type": float("inf")}, mixed)
    yield make_case("max_norm by the cubes", {"max_norm": 0.75, "norm_type": 3.0}, mixed, dim=17)
    yield make_case("max_norm of rows that drift", {"max_norm": 0.5}, mixed, optimizer=momentum, dense=True)
    yield make_case("max_norm, Adam", {"max_norm": 0.5}, mixed, optimizer="adam {}", dense=True)
    yield make_case("max_norm, sparse Adam", {"max_norm": 0.5}, mixed, optimizer="adam {}")
    yield make_case("max_norm of pretrained padding", {"max_norm": 0.5, "padding_idx": 2}, padded, pretrained=True)
    yield make_case("max_norm of pretrained padding that decays", {"max_norm": 0.5, "padding_idx": 2}, padded,
                    optimizer=momentum, dense=True, pretrained=True)
    yield make_case("scale_grad_by_freq", {"scale_grad_by_freq": True}, repeated, sparse=False)
    yield make_case("scale_grad_by_freq, Adam", {"scale_grad_by_freq": True}, repeated, optimizer="adam {}", dense=True)
    yield make_case("scale_grad_by_freq and padding", {"scale_grad_by_freq": True, "padding_idx": 2}, padded, sparse=False)
    yield make_case("everything at once", {"scale_grad_by_freq": True, "padding_idx": -4, "max_norm": 0.75}, padded + mixed,
                    optimizer=momentum, dense=True, dim=17)
    yield make_case("frozen", {"freeze": True}, mixed, optimizer=adamw, dense=True, pretrained=True)
    yield make_case("frozen padding", {"freeze": True, "padding_idx": 2}, padded, pretrained=True)
    yield make_case("frozen, max_norm", {"freeze": True, "max_norm": 0.5}, mixed, pretrained=True)


def bag_cases():
    bags = [[[2, 2], [], [2, 0, 1], [3]], [[1, 1, 2], [2], [4, 2, 4, 5]], [[], [2, 2, 2]], some_ids(3, 2, 4)]
    all_padding = [[[2], [2, 2], []], [[2, 2, 2]]]
    sgd = "sgd { momentum: 0.5 weight_decay: 0.125 }"
    for mode in ("MEAN", "SUM", "MAX"):
        # PyTorch's sparse gradients know no maximum.
        sparse = mode != "MAX"
        yield make_case(f"{mode}, padding", {"padding_idx": 2}, bags, mode, sparse=sparse)
        yield make_case(f"{mode}, padding from the end", {"padding_idx": -4}, bags, mode, sparse=sparse, dim=17)
        yield make_case(f"{mode}, nothing but padding", {"padding_idx": 2}, all_padding, mode, sparse=sparse)
        yield make_case(f"{mode}, padding that decays", {"padding_idx": 2}, bags, mode, sgd, dense=True, pretrained=True)
        yield make_case(f"{mode}, max_norm", {"max_norm": 0.5}, bags, mode, sparse=sparse)
        yield make_case(f"{mode}, max_norm and padding", {"max_norm": 0.5, "padding_idx": 2}, bags, mode, sgd, dense=True)
        yield make_case(f"{mode}, frozen", {"freeze": True, "padding_idx": 2}, bags, mode, sparse=False,
                        pretrained=True)
        if mode == "MAX":
            continue
        yield make_case(f"{mode}, scale_grad_by_freq", {"scale_grad_by_freq": True}, bags, mode, sparse=False)
        yield make_case(f"{mode}, scale_grad_by_freq and padding", {"scale_grad_by_freq": True, "padding_idx": 2}, bags, mode,
                        sparse=False)


def compact(text):
    """Puts innermost arrays on one line."""
    return re.sub(r"\[[^\[\]{}]+\]", lambda match: " ".join(match[0].split()), text)


def main():
    torch.manual_seed(11)
    torch.set_num_threads(1)
    cases = list(id_cases()) + list(bag_cases())
    for case in cases:
        # JSON has no infinity; the text format of a job has.
        case["table"] = " ".join(f"{key}: {str(value).lower()}" for key, value in case["table"].items())
    reference = {"torch": torch.__version__.split("+")[0], "cases": cases}
    with open("embedding_contract.json", "w", encoding="ascii") as output:
        output.write(compact(json.dumps(reference, indent=0)) + "\n")


if __name__ == "__main__":
    main()
