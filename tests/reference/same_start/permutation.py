"""A port of common/base/permutation.h and of what shoal draws with it: the random split and the order of the batches."""

import math

import numpy as np

MASK = 2**64 - 1
SPLIT_STREAM = 0x73706C6974  # "split"


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def feistel_round(key, x, size):
    """x: uint64 array, whose arithmetic is modulo 2^64."""
    z = (x + np.uint64(key)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return ((z >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32)


class Permutation:
    """shoal::Permutation."""

    def __init__(self, size, seed, stream):
        base = mix((mix(seed) + stream) & MASK)
        self.keys = [mix((base + (r + 1) * 0x9E3779B97F4A7C15) & MASK) for r in range(6)]
        self.size = size
        self.low_bits = (size - 1).bit_length() // 2
        self.low_size = 1 << self.low_bits
        self.high_size = -(-size // self.low_size)

    def encrypt(self, positions):
        high, low = positions >> np.uint64(self.low_bits), positions % np.uint64(self.low_size)
        for r in range(0, 6, 2):
            low = (low + feistel_round(self.keys[r], high, self.low_size)) % np.uint64(self.low_size)
            high = (high + feistel_round(self.keys[r + 1], low, self.high_size)) % np.uint64(self.high_size)
        return high * np.uint64(self.low_size) + low

    def all(self):
        """int64 [size]: the elements at positions 0, 1, ..."""
        elements = self.encrypt(np.arange(self.size, dtype=np.uint64))
        while (outside := elements >= self.size).any():
            elements[outside] = self.encrypt(elements[outside])
        return elements.astype(np.int64)


def random_split(num_examples, fraction, seed):
    """bool [num_examples]: which are for validation (common/data/validation_split.h)."""
    num_validation = math.floor(fraction * num_examples + 0.5)
    return Permutation(num_examples, seed, SPLIT_STREAM).all() < num_validation


def epoch_order(num_examples, seed, epoch):
    """int64 [num_examples]: training examples in the order that epoch 0, 1, ... visits them
    (common/data/batch_sampler.h)."""
    return Permutation(num_examples, seed, epoch).all()


def check_permutation():
    """The worked examples of common/base/permutation.h."""
    for (size, seed, stream), expected in (
        ((10, 0, 0), [3, 5, 2, 9]),
        ((80000, 42, 3), [42878, 70921, 45539, 42969]),
        ((100000, MASK, SPLIT_STREAM), [59097, 31890, 43134, 78274]),
    ):
        found = Permutation(size, seed, stream).all()[[0, 1, 2, size - 1]].tolist()
        if found != expected:
            raise AssertionError(f"Permutation({size}, {seed}, {stream}): {found} instead of {expected}")
