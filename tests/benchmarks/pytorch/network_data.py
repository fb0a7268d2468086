"""Digits and text messages as the jobs of examples/ read them, as tensors.

MNIST's images are IDX files; a message's entries are its words and pairs of words, numbered by a vocabulary that shoal
wrote.
"""

import collections
import gzip
import os
import re

import torch

# Word boundaries of UAX #29 as ICU 72 finds them, close enough for English messages: letters, digits, _ and @ stick
# together; so do letters around . ' and the like, digits around . , and the like; any other mark is a word. Emoji
# sequences, combining marks and scripts without spaces are not covered. check_vocabulary shows what that costs.
WORD = re.compile(r"(?:[\w@]|(?<=[^\W\d_])[.'‘’·](?=[^\W\d_])|(?<=\d)[,;.'‘’](?=\d))+|\S")


def read_idx(path, header_bytes):
    with gzip.open(path) as file:
        return torch.frombuffer(bytearray(file.read()[header_bytes:]), dtype=torch.uint8)


def read_digits(data_directory, part):
    """uint8 [images, 784] and int64 labels of "train" or "t10k"."""
    stem = os.path.join(data_directory, "mnist", part)
    images, labels = read_idx(f"{stem}-images-idx3-ubyte.gz", 16), read_idx(f"{stem}-labels-idx1-ubyte.gz", 8)
    return images.view(-1, 784), labels.long()


def read_lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return file.read().split("\n")[:-1]


def entries_of(text):
    words = WORD.findall(text.lower())
    return words + [f"{first} {second}" for first, second in zip(words, words[1:])]


def read_messages(data_directory, part):
    """Entries of each message and labels (1 is spam) of "train" or "test"."""
    fields = [line.split("\t", 1) for line in read_lines(os.path.join(data_directory, "sms", f"{part}.tsv"))]
    return [entries_of(text) for _, text in fields], torch.tensor([int(kind == "spam") for kind, _ in fields])


def check_vocabulary(messages, vocabulary):
    """Share of shoal's `vocabulary` that is not found again from training messages by its rule, or found besides."""
    counts = collections.Counter(entry for message in messages for entry in message)
    found = {entry for entry, count in counts.items() if count >= 2}
    return len(found.symmetric_difference(vocabulary)) / len(vocabulary)


def numbered(messages, vocabulary):
    """Ids of each message's entries that the vocabulary has, as int64 tensors."""
    ids = {entry: number for number, entry in enumerate(vocabulary)}
    return [torch.tensor([ids[entry] for entry in message if entry in ids], dtype=torch.long) for message in messages]
