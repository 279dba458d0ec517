"""Random texts with what Hugging Face's tokenizers makes of them, for packages/tokenization/src/fuzz.parity.test.ts.

    python make_token_cases.py TOKENIZER.json OUT.jsonl --count 5000 --seed 0

Needs tokenizers. Texts mix words of several scripts, CJK, emoji with joiners, white space of every kind, digits, code, broken and
whole special tokens, combining marks, and arbitrary code points. Each line: {"text", "ids", "decoded", "kept"}.
"""

import argparse
import json
import random
from pathlib import Path

from tokenizers import Tokenizer

WORDS = (
    "the a picture of cat dog sitting on Hello WORLD it's don't I'll we've you're he'd CAN'T naïve café straße ß ſ ŉ ǅ İstanbul ı "
    "Привет мир Ёж κόσμε Ω שלום عَرَبِيّ नमस्ते ไทย ภาษา 한국어 안녕 ひらがな カタカナ ﾊﾝｶｸ 日本語 中文 你好，世界。 这是一张图片 請問 「」 、 ％ Ａｂｃ "
    "3.14 1,000 2024-06-01 12:30 0x1F ½ ² Ⅷ ① ٣ ১ 10^9 -- --- ... …… ?! ;-) http://example.org/a?b=c&d=%20#x user@mail.com "
    "def f(x): return x**2 {\"a\": [1, 2]} <b>bold</b> a_b-c/d\\e $x_1$ \\n \\t /* */ // ```py``` __init__"
).split(" ")
EMOJI = "😀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇨🇳 🇩🇪🇫🇷 ❤️ ☎ ✈️ 🧑🏿‍🚀 🤷‍♀️ 1️⃣ ©️ ™".split(" ")
SPACES = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\r", " \n ", "\u00a0", "\u3000", "\u2009", "\u200b", "\u200d", "\ufeff", "\u0085",
          "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1f", " \t \n", "\u1680", "\u180e", "\u2060", " " * 17, "\n" * 5]
MARKS = ["\u0301", "\u0308", "\u20dd", "\ufe0f", "\u0e31", "\u093f", "\u1dc4", "\U0001f3fb"]


def code_point(rng: random.Random) -> str:
    top = rng.choice([0x7F, 0xFF, 0x24F, 0x2FFF, 0xFFFF, 0x10FFFF])
    value = rng.randint(0, top)
    return chr(value) if not 0xD800 <= value <= 0xDFFF else "x"


def draw(rng: random.Random, special: list[str]) -> str:
    pieces = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 13, 30])):
        kind = rng.random()
        if kind < 0.42:
            pieces.append(rng.choice(WORDS))
        elif kind < 0.62:
            pieces.append(rng.choice(SPACES))
        elif kind < 0.70:
            pieces.append(rng.choice(EMOJI))
        elif kind < 0.76 and special:
            token = rng.choice(special)
            cut = rng.random()
            if cut < 0.25:
                token = token[: rng.randint(1, len(token))]
            elif cut < 0.35:
                token = token.upper()
            pieces.append(token)
        elif kind < 0.82:
            pieces.append(rng.choice(MARKS))
        elif kind < 0.90:
            pieces.append("".join(code_point(rng) for _ in range(rng.randint(1, 6))))
        elif kind < 0.95:
            pieces.append(str(rng.randrange(10 ** rng.randint(1, 12))))
        else:
            pieces.append(rng.choice(WORDS) * rng.randint(2, 4))
        if rng.random() < 0.4:
            pieces.append(" ")
    return "".join(pieces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    added = json.loads(options.tokenizer.read_text(encoding="utf-8")).get("added_tokens", [])
    special = [token["content"] for token in added]
    rng = random.Random(options.seed)
    with options.out.open("w", encoding="utf-8") as out:
        for index in range(options.count):
            text = draw(rng, special)
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            if index % 10 == 9:  # Ids that no text gives, for decoding alone.
                ids = [rng.randrange(tokenizer.get_vocab_size()) for _ in range(rng.randint(1, 12))]
                text = None
            line = {
                "text": text,
                "ids": ids,
                "decoded": tokenizer.decode(ids, skip_special_tokens=True),
                "kept": tokenizer.decode(ids, skip_special_tokens=False),
            }
            out.write(json.dumps(line) + "\n")


main()
