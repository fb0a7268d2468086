"""Trains a tiny SentencePiece model and writes what spm_encode makes of some texts.

Needs spm_train and spm_encode (Debian: sentencepiece). Writes, beside itself: tiny.model, and tiny.json with the
texts and their pieces. The model has no normalisation rules (identity): Unicode's tables would make it a hundred times
as large.
"""

import json
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
CORPUS = [
    "the cat sat on the mat", "the cats sat on the mats", "a dog and a cat", "dogs and cats and mats",
    "the dog sat on the cat", "she sat down and the dog sat down", "你好嗎", "你好你好", "嗎 你 好",
]
TEXTS = CORPUS + ["", " ", "thedogs  sat", "zebra", "你好好嗎嗎", "Ünknown Ω", "  mat "]


def main():
    with tempfile.TemporaryDirectory() as folder:
        corpus = pathlib.Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(CORPUS) + "\n")
        subprocess.run(
            ["spm_train", "--input=corpus.txt", "--model_prefix=tiny", "--vocab_size=40",
             "--character_coverage=1.0", "--normalization_rule_name=identity", "--num_threads=1",
             "--hard_vocab_limit=false", "--model_type=unigram"], check=True, cwd=folder)
        model = (pathlib.Path(folder) / "tiny.model").read_bytes()
    (HERE / "tiny.model").write_bytes(model)
    cases = []
    for text in TEXTS:
        output = subprocess.run(["spm_encode", f"--model={HERE / 'tiny.model'}", "--output_format=piece"],
                                input=text + "\n", capture_output=True, text=True, check=True).stdout
        cases.append({"text": text, "pieces": output.split()})
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / "tiny.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
