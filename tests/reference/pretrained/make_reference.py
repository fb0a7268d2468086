"""Writes tiny files of pretrained vectors with the libraries that users write theirs with, and their values as JSON.

Needs NumPy, safetensors and gensim (pip install numpy safetensors gensim). Files go beside the script.
"""

import json
import pathlib

import numpy as np
from gensim.models import KeyedVectors
from numpy.lib import format as npy
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
# Exact in float16, its largest and its smallest numbers among them.
VALUES = np.array([[0.5, -1.25, 0.0], [65504, 2**-14, 2**-24], [-(2**-24) * 1023, 3, -0.0], [1, 2, 1e3]])
# As bfloat16 in F32's upper half: exact too.
BFLOAT16 = np.array([[1.0, -2.5], [2**-133, 3.0 * 2**100]], dtype="<f4")
WORDS = ["the", "caf\u00e9", "\u4f60\u597d", "a"]


def write_npy(name, array, version):
    with open(HERE / name, "wb") as file:
        npy.write_array(file, array, version=version)


def write_safetensors():
    save_file({"wide": VALUES.astype("<f4"), "half": VALUES.astype("<f2"), "one": np.zeros(3, "<f4"),
               "whole": np.zeros((2, 2), "<i8")}, HERE / "several.safetensors", metadata={"format": "np"})
    save_file({"table.weight": VALUES.astype("<f4")}, HERE / "one.safetensors")
    # NumPy has no bfloat16: the file of the same bytes as uint16, its dtype renamed.
    save_file({"b": (BFLOAT16.view("<u4") >> 16).astype("<u2")}, HERE / "bfloat16.safetensors")
    raw = (HERE / "bfloat16.safetensors").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = raw[8 : 8 + length].replace(b'"U16"', b'"BF16"').rstrip()
    header += b" " * (-len(header) % 8)
    (HERE / "bfloat16.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + raw[8 + length :])


def main():
    write_npy("float16.npy", VALUES.astype("<f2"), (1, 0))
    write_npy("float32.npy", VALUES.astype("<f4"), (2, 0))
    write_npy("float64.npy", VALUES.astype("<f8"), (3, 0))
    write_npy("fortran.npy", np.asfortranarray(VALUES.astype("<f4")), (1, 0))
    write_npy("big_endian.npy", VALUES.astype(">f4"), (1, 0))
    write_npy("int64.npy", np.zeros((2, 2), "<i8"), (1, 0))
    write_npy("vector.npy", np.zeros(3, "<f4"), (1, 0))
    write_npy("structured.npy", np.zeros(2, [("x", "<f4"), ("y", "<f4")]), (1, 0))
    write_safetensors()
    vectors = KeyedVectors(vector_size=3)
    vectors.add_vectors(WORDS, VALUES.astype("<f4"))
    vectors.save_word2vec_format(str(HERE / "word2vec.vec"), binary=False)
    vectors.save_word2vec_format(str(HERE / "word2vec.bin"), binary=True)
    vectors.save_word2vec_format(str(HERE / "glove.txt"), binary=False, write_header=False)
    (HERE / "values.json").write_text(json.dumps(
        {"values": VALUES.astype("<f4").tolist(), "bfloat16": BFLOAT16.tolist(), "words": WORDS}) + "\n")


if __name__ == "__main__":
    main()
