"""Small random LLaVAs with what transformers computes from them, for `moslora verify-model`.

    python make_llava_cases.py OUT --count 24 --seed 0

Needs torch, transformers and safetensors. Decoders are drawn as in make_decoder_cases.py; towers (CLIP, SigLIP or ViT), their sizes, the layers
features are taken from, whether the first row is among them, and the projector's activation and bias come from the seed, too.
"""

import argparse
import json
import random
import sys
from pathlib import Path

import torch
from make_decoder_cases import draw_config, randomise
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, LlavaConfig, LlavaForConditionalGeneration, SiglipVisionConfig, ViTConfig


def draw_llava(rng: random.Random) -> tuple[LlavaConfig, int]:
    """A configuration, and how many features a picture has."""
    text = draw_config(rng, rng.choice(["llama", "qwen2", "qwen3"]), tiny=False)
    text.max_position_embeddings = max(text.max_position_embeddings, 512)
    heads, patch = rng.choice([2, 4]), rng.choice([7, 14])
    across = rng.choice([2, 3, 4])
    shape = dict(
        hidden_size=heads * rng.choice([8, 12]),
        intermediate_size=rng.choice([32, 60]),
        num_hidden_layers=rng.choice([2, 3]),
        num_attention_heads=heads,
        image_size=across * patch + rng.randrange(patch),
        patch_size=patch,
    )
    kind = rng.choice(["clip", "clip", "siglip", "siglip", "vit"])
    if kind == "clip":
        vision = CLIPVisionConfig(**shape, hidden_act=rng.choice(["quick_gelu", "gelu"]))
    else:
        vision = (SiglipVisionConfig if kind == "siglip" else ViTConfig)(**shape)
    select = rng.choice(["default", "full"])
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=text.vocab_size - 1,
        vision_feature_select_strategy=select,
        vision_feature_layer=rng.choice([-2, -1, 1, [-2, -1]]),
        projector_hidden_act=rng.choice(["gelu", "gelu", "gelu_new", "quick_gelu"]),
        multimodal_projector_bias=rng.random() < 0.7,
        tie_word_embeddings=text.tie_word_embeddings,
    )
    # transformers leaves the first row out for `default`, also where it is a patch.
    return config, across**2 + (0 if kind == "siglip" else 1) - (1 if select == "default" else 0)


def compute(model, config, features: int, generator: torch.Generator) -> tuple[dict, dict]:
    slot, side = config.image_token_id, config.vision_config.image_size
    pixels = torch.randn(2, 3, side, side, generator=generator)
    text = torch.randint(1, slot, (2, 12), generator=generator)
    ids = torch.cat([text[:, :2], torch.full((2, features), slot), text[:, 2:]], dim=1)
    mask = torch.ones_like(ids)
    mask[1, -3:] = 0
    labels = ids.masked_fill((ids == slot) | (mask == 0), -100)
    prompt = ids[:1, : features + 8]
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, pixel_values=pixels, labels=labels)
        given = dict(attention_mask=torch.ones_like(prompt), pixel_values=pixels[:1])
        greedy = model.generate(prompt, **given, max_new_tokens=10, do_sample=False, eos_token_id=None)
    reference = {
        "input_ids": ids.to(torch.int32),
        "attention_mask": mask.to(torch.int32),
        "labels": labels.to(torch.int32),
        "pixel_values": pixels,
        "logits": out.logits,
        "loss": out.loss.reshape(1),
    }
    return reference, {"prompt": prompt[0].tolist(), "continuation": greedy[0, prompt.shape[1] :].tolist()}


def make(out: Path, seed: int) -> str:
    generator = torch.Generator().manual_seed(seed)
    config, features = draw_llava(random.Random(seed))
    config._attn_implementation = "eager"
    model = LlavaForConditionalGeneration(config).eval().float()
    randomise(model, generator)
    model.tie_weights()
    reference, greedy = compute(model, config, features, generator)
    model.save_pretrained(out)
    save_file({name: value.contiguous() for name, value in reference.items()}, out / "reference.safetensors")
    (out / "greedy.json").write_text(json.dumps(greedy) + "\n")
    return f"{out}: {config.text_config.model_type} with {config.vision_config.model_type}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=24)
    args = parser.parse_args()
    for seed in range(args.seed, args.seed + args.count):
        print(make(args.out / f"{seed:03d}", seed), file=sys.stderr)


if __name__ == "__main__":
    main()
