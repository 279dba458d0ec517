"""Whether transformers puts conversations as tuning did, from the chat templates that chat-prompts.ts wrote.

    python check_chat_template.py FOLDER...

Needs transformers, jinja2 and Pillow. For every conversation, said as texts and in parts: the text of `apply_chat_template` of tokenizer and
LlavaProcessor, and the tokenizer's ids. Exit code 1
where a text differs; ids are counted, for a few texts no cutting of the whole gives the ids of the pieces (docs/export.md).
"""

import argparse
import json
from pathlib import Path

from transformers import AutoProcessor, AutoTokenizer

IMAGE = -200


def in_parts(turns: list[dict]) -> list[dict]:
    def part(line: str) -> dict:
        return {"type": "image"} if line == "<image>" else {"type": "text", "text": line}

    return [{"role": t["role"], "content": [part(line) for line in t["text"].split("\n")]} for t in turns]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    wrong = 0
    for folder in parser.parse_args().folders:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        processor = AutoProcessor.from_pretrained(folder)
        image = tokenizer.convert_tokens_to_ids("<image>")
        lines = [json.loads(line) for line in (folder / "prompts.jsonl").read_text(encoding="utf-8").splitlines()]
        texts = ids = 0
        for line in lines:
            said = [{"role": t["role"], "content": t["text"]} for t in line["turns"]]
            rendered = [
                each.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
                for each in (tokenizer, processor)
                for messages in (said, in_parts(line["turns"]))
            ]
            texts += all(text == line["text"] for text in rendered)
            found = tokenizer.apply_chat_template(said, add_generation_prompt=True, return_dict=False)
            ids += [IMAGE if token == image else token for token in found] == line["ids"]
        wrong += len(lines) - texts
        print(f"{folder.name}: {texts} of {len(lines)} texts, {ids} of {len(lines)} ids")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
