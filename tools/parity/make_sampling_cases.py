"""What transformers' logits processors leave of random scores: cases for the sampling of packages/model-llava.

    python make_sampling_cases.py OUT.jsonl [--count 24] [--seed 0]

Needs torch and transformers. The order of the processors is the one of `generate`: repetition penalty, temperature, top-k, top-p, min-p.
"""

import argparse
import json
import random
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

VOCABULARY = 40


def draw_settings(rng: random.Random) -> dict:
    settings = {"temperature": rng.choice([0.3, 0.7, 1.0, 1.9]), "top_k": rng.choice([0, 1, 5, 20, 100])}
    settings["top_p"] = rng.choice([0.0, 0.2, 0.75, 0.95, 1.0])
    settings["min_p"] = rng.choice([None, None, 0.02, 0.3])
    settings["repetition_penalty"] = rng.choice([1.0, 1.3, 0.8, 2.5])
    return settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    torch.manual_seed(args.seed)
    shape = dict(vocab_size=VOCABULARY, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    model = LlamaForCausalLM(LlamaConfig(**shape))
    cases = []
    for _ in range(args.count):
        settings = draw_settings(rng)
        scores = (torch.randn(1, VOCABULARY) * rng.choice([0.5, 3.0])).round(decimals=rng.choice([1, 6]))
        seen = torch.randint(0, VOCABULARY, (1, 9))
        given = {key: value for key, value in settings.items() if value is not None}
        config, _ = model._prepare_generation_config(None, do_sample=True, **given)
        processors = model._get_logits_processor(config, input_ids_seq_length=seen.shape[1], device="cpu")
        processed = processors(seen, scores.clone())[0]
        kept = [[index, value] for index, value in enumerate(processed.tolist()) if value != float("-inf")]
        cases.append({"settings": settings, "scores": scores[0].tolist(), "seen": seen[0].tolist(), "kept": kept})
    args.out.write_text("".join(f"{json.dumps(case)}\n" for case in cases))


if __name__ == "__main__":
    main()
