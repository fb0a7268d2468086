"""Writes tower.json: what the layers of worker/tower/ must reproduce.

PyTorch 2.x in double precision from inputs that single precision holds exactly.
Run in this folder: python3 make_reference.py
"""

import json
import re

import torch
from torch import nn

EXAMPLES = 7
STEPS = 10


class L2Normalize(nn.Module):
    def __init__(self, eps=1e-12):
        super().__init__()
        self.eps = eps

    def forward(self, x):
        return nn.functional.normalize(x, dim=1, eps=self.eps)


def exact(tensor):
    """Multiples of 1/1024: exact in single precision and short in the file."""
    return (tensor * 1024).round() / 1024


def random(*shape):
    return exact(torch.randn(*shape, dtype=torch.float64))


def numbers(tensor):
    return [float(f"{x:.10g}") for x in tensor.detach().flatten().tolist()]


# Text of a shoal.Layer, and the module. Weights other than a linear layer's are drawn too, so that they matter.
def linear(inputs, outputs, bias=True):
    options = "" if bias else " bias: false"
    return f"linear {{ out_features: {outputs}{options} }}", nn.Linear(inputs, outputs, bias=bias)


def relu():
    return "relu {}", nn.ReLU()


def prelu(count=1):
    return f"prelu {{ num_parameters: {count} }}", nn.PReLU(count)


def tanh():
    return "tanh {}", nn.Tanh()


def layer_norm(features, affine=True, eps=1e-5):
    text = f"layer_norm {{ eps: {eps} elementwise_affine: {str(affine).lower()} }}"
    return text, nn.LayerNorm(features, eps=eps, elementwise_affine=affine)


def l2_normalize(eps=1e-12):
    return f"l2_normalize {{ eps: {eps} }}", L2Normalize(eps)


def build(layers):
    """Text and a model whose parameters single precision holds exactly."""
    model = nn.Sequential(*(module for _, module in layers)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(exact(parameter + 0.1 * torch.randn_like(parameter)))
    return [text for text, _ in layers], model


def parameters_of(model):
    return {name: numbers(value) for name, value in model.named_parameters()}


def make_layer_case(kind, layer, features, scale=1.0):
    texts, model = build([layer])
    values = exact(random(EXAMPLES, features) * scale)
    values[0, 0] = 0  # A kink of some layers; no element is left there by chance.
    values.requires_grad_()
    output = model(values)
    output_gradient = random(*output.shape)
    output.backward(output_gradient)
    return {
        "kind": kind,
        "layers": texts,
        "in_features": features,
        "examples": EXAMPLES,
        "parameters": parameters_of(model),
        "input": numbers(values),
        "output_gradient": numbers(output_gradient),
        "output": numbers(output),
        "input_gradient": numbers(values.grad),
        "gradients": {name: numbers(value.grad) for name, value in model.named_parameters()},
    }


def make_training_case(optimizer, make_optimizer, learning_rate):
    layers = [linear(5, 18), layer_norm(18), prelu(18), linear(18, 6), tanh(), linear(6, 20), relu()]
    layers += [linear(20, 4, bias=False), prelu(), linear(4, 3), l2_normalize()]
    texts, model = build(layers)
    start = parameters_of(model)
    values, targets = random(12, 5), random(12, 3)
    torch_optimizer = make_optimizer(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(STEPS):
        torch_optimizer.zero_grad()
        loss = ((model(values) - targets) ** 2).sum(1).mean()
        loss.backward()
        torch_optimizer.step()
        losses.append(loss.item())
    return {
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "layers": texts,
        "in_features": 5,
        "examples": 12,
        "parameters": start,
        "input": numbers(values),
        "targets": numbers(targets),
        "losses": losses,
        "parameters_after": parameters_of(model),
    }


def sgd(parameters, lr):
    return torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=0.01)


def main():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    layer_cases = [
        make_layer_case("linear", linear(20, 18), 20),
        make_layer_case("linear", linear(3, 1, bias=False), 3),
        make_layer_case("relu", relu(), 21),
        make_layer_case("prelu", prelu(), 21),
        make_layer_case("prelu", prelu(21), 21),
        make_layer_case("tanh", tanh(), 21, scale=2.0),
        make_layer_case("layer_norm", layer_norm(21), 21),
        make_layer_case("layer_norm", layer_norm(5, affine=False, eps=0.5), 5),
        make_layer_case("l2_normalize", l2_normalize(), 21),
        # Some rows are shorter than eps, some longer.
        make_layer_case("l2_normalize", l2_normalize(eps=2.0), 4),
    ]
    training_cases = [
        make_training_case("sgd { momentum: 0.9 weight_decay: 0.01 }", sgd, 0.05),
        make_training_case("adam {}", torch.optim.Adam, 0.01),
    ]
    reference = {"torch": torch.__version__.split("+")[0], "layers": layer_cases, "training": training_cases}
    with open("tower.json", "w", encoding="ascii") as output:
        output.write(compact(json.dumps(reference, indent=1)) + "\n")


def compact(text):
    """Puts innermost arrays on one line."""
    return re.sub(r"\[[^\[\]{}]+\]", lambda match: " ".join(match[0].split()), text)


if __name__ == "__main__":
    main()
