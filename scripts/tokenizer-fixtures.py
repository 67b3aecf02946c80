"""Makes src/encoding/tokenizers/fixtures: small tokenizer files in the official formats, and the ids that the
official tokenizers give for some texts. The tests compare Semblance's ids with them.

    pip install transformers sentencepiece protobuf
    python scripts/tokenizer-fixtures.py && npx biome format --write src/encoding/tokenizers/fixtures
"""

import json
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from transformers import BertTokenizer, CLIPTokenizer, SiglipTokenizer

FOLDER = Path(__file__).parent.parent / "src" / "tokenizers" / "fixtures"
CONTEXT = 24
# Merges of CLIP's BPE, the best first: they make parts of the words below.
MERGES = """r+a h+e</w> o+f</w> t+he</w> i+t l+e -+ra a+s a+t e+s g+h i+o i+n</w> i+s</w> i+gh m+a m+o n+d</w>
x+-ra x-ra+y</w> '+s</w> (+m )+,</w> -+w .+5</w> 1+2 1+9 2+-w 5+?</w> 9+5?</w> <+u a+l a+r a+n</w>
a+t</w> a+nd</w> b+e</w> b+ra c+h c+t c+t</w> c+m</w> c+it c+ar d+n d+io e+f e+g e+p e+r e+y</w>
e+d</w> e+le e+igh f+u f+t</w> h+at</w> h+ep i+v i+),</w> i+dn k+></w>"""
CORPUS = """chest x-ray with left pleural effusion
ct of the liver: hepatoma, no ascites.
cardiomegaly and atelectasis in the right lobe
tumour of the brain (mri), t2-weighted
it's a normal ultrasound of the kidney 12.5 cm
what is an x-ray of 1995? <unk> & more""".split("\n")
TEXTS = [
    "Chest X-ray with left pleural effusion",
    "CT of the liver: hepatoma, no ascites.",
    "  na\u00efve  Tumour\tof the\nbrain (MRI) ",
    "It's 12.5 cm; we'll see \u00c9tude 3\u00d75 \u2264 40 \u00b5m",
    "\uff23\uff34 \u8080\u80ba X\u00a0ray_2",
    "-- (!) --",
    "",
    "the right lobe and the left lobe and the kidney and the liver and the brain and the chest",
]


def wordpiece(folder):
    words = "chest x ray ct mri of the with pleural effusion left right lobe no and in cm it s 12".split()
    marks = list("abcdefghijklmnopqrstuvwxyz0123456789.,-()/:;'!_")
    pieces = ["##" + c for c in "abcdefghijklmnopqrstuvwxyz0123456789"] + ["##oma", "##itis", "##ing"]
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *marks, *pieces, *words]
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(vocab)) + "\n")
    tokenizer = BertTokenizer(vocab=str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer


def clip(folder):
    merges = [tuple(pair.split("+")) for pair in MERGES.split()]
    # The order of CLIP's vocabulary: bytes, bytes that end a word, merges, marks.
    shown = [b for r in (range(33, 127), range(161, 173), range(174, 256)) for b in r]
    letters = [chr(b) for b in shown] + [chr(256 + i) for i in range(256 - len(shown))]
    vocab = letters + [c + "</w>" for c in letters] + [a + b for a, b in merges]
    vocab += ["<|startoftext|>", "<|endoftext|>"]
    ids = {token: i for i, token in enumerate(vocab)}
    (folder / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    return CLIPTokenizer(vocab=ids, merges=merges)


def siglip(folder):
    with tempfile.TemporaryDirectory() as work:
        prefix = f"{work}/spiece"
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS * 5), model_prefix=prefix, vocab_size=110, hard_vocab_limit=False,
            pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2,
        )
        tokenizer = SiglipTokenizer(f"{prefix}.model")
        model = sentencepiece_model_pb2.ModelProto.FromString(Path(f"{prefix}.model").read_bytes())
    # Semblance does not read the table of characters, which is by far the largest part of the file.
    model.normalizer_spec.precompiled_charsmap = b""
    for name in ("input", "model_prefix"):
        model.trainer_spec.ClearField(name)
    (folder / "spiece.model").write_bytes(model.SerializeToString())
    return tokenizer


expected = {"contextLength": CONTEXT, "texts": TEXTS}
for name, make in {"wordpiece": wordpiece, "clip-bpe": clip, "sentencepiece": siglip}.items():
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    encoded = make(folder)(TEXTS, padding="max_length", truncation=True, max_length=CONTEXT)
    expected[name] = encoded["input_ids"]
(FOLDER / "expected.json").write_text(json.dumps(expected, indent=2))
