"""The device on which PyTorch and shoal are compared."""

import platform

import torch


def add_device_argument(parser, default):
    parser.add_argument("--device", type=torch.device, default=torch.device(default), help="default: %(default)s")


def title(device):
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.processor() or platform.machine()}, {torch.backends.cpu.get_cpu_capability()}"


def compute_setting(device):
    """What makes shoal compute there."""
    return f"cluster.compute={'CUDA' if device.type == 'cuda' else 'CPU'}"


def synchronize(device):
    """Waits for what PyTorch has begun there."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
