"""Small random vision towers with what transformers computes from them, for packages/vision-encoder/src/cases.parity.test.ts.

    python make_tower_cases.py OUT --count 30 --seed 0     30 cases of all kinds in OUT/000-clip ...
    python make_tower_cases.py OUT --tiny                  one small case per kind, to be kept beside the source

Needs torch, transformers and safetensors. Widths, heads, activations, and sides that the patches do not divide are drawn from the seed.
`reference.safetensors` holds pixel_values and every hidden state, and the same for larger or smaller pictures with interpolated positions.
"""

import argparse
import random
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPVisionConfig,
    CLIPVisionModel,
    CLIPVisionModelWithProjection,
    SiglipConfig,
    SiglipModel,
    SiglipTextConfig,
    SiglipVisionConfig,
    SiglipVisionModel,
    ViTConfig,
    ViTForImageClassification,
    ViTModel,
)

KINDS = {
    "clip": (CLIPVisionConfig, [CLIPVisionModel, CLIPVisionModelWithProjection, CLIPModel], ["quick_gelu", "gelu", "gelu_new"]),
    "siglip": (SiglipVisionConfig, [SiglipVisionModel, SiglipModel], ["gelu_pytorch_tanh", "gelu", "quick_gelu"]),
    "vit": (ViTConfig, [ViTModel, ViTForImageClassification], ["gelu", "gelu_new", "gelu_fast"]),
}


def draw(rng: random.Random, kind: str, tiny: bool):
    config_class, models, activations = KINDS[kind]
    patch = rng.choice([2, 3, 4]) if tiny else rng.choice([3, 4, 5, 7, 14, 16])
    grid = rng.choice([2, 3]) if tiny else rng.choice([1, 2, 3, 5, 8, 9])
    heads = 2 if tiny else rng.choice([1, 2, 3, 4, 5, 7])
    fields = dict(
        hidden_size=heads * (4 if tiny else rng.choice([3, 4, 5, 7, 8, 12, 18])),
        intermediate_size=12 if tiny else rng.choice([20, 33, 48, 70]),
        num_hidden_layers=2 if tiny else rng.choice([1, 2, 3, 5]),
        num_attention_heads=heads,
        image_size=patch * grid + (1 if tiny else rng.randrange(patch)),
        patch_size=patch,
        hidden_act=activations[0] if tiny else rng.choice(activations),
        layer_norm_eps=rng.choice([1e-5, 1e-6, 1e-12]),
    )
    if kind == "vit":
        fields |= dict(qkv_bias=rng.random() < 0.5)
    if kind == "siglip" and not tiny and rng.random() < 0.4:
        fields |= dict(vision_use_head=False)
    vision, model_class = config_class(**fields), models[0] if tiny and kind != "vit" else rng.choice(models)
    # A whole model: its text side lies in the same file.
    text = dict(vocab_size=20, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2)
    if model_class is CLIPModel:
        return CLIPConfig(text_config=CLIPTextConfig(**text), vision_config=vision), model_class
    if model_class is SiglipModel:
        return SiglipConfig(text_config=SiglipTextConfig(**text), vision_config=vision), model_class
    return vision, model_class


def scramble(model: torch.nn.Module) -> None:
    """Weights of a size at which every part of the maths shows, and sums stay small enough for a reference in float32 to mean something."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            norm = "norm" in name and name.endswith("weight")
            wide = value.dim() > 1 and "position" not in name
            size = 0.1 if norm else min(0.3, 1.5 * value[0].numel() ** -0.5) if wide else 0.3
            value.copy_(torch.randn_like(value) * size + (1 if norm else 0))


def states(model, pixels: torch.Tensor, **options) -> tuple[torch.Tensor, ...]:
    tower = model.vision_model if isinstance(model, (CLIPModel, SiglipModel)) else model
    with torch.no_grad():
        return tower(pixel_values=pixels, output_hidden_states=True, **options).hidden_states


def write_case(out: Path, kind: str, seed: int, tiny: bool) -> None:
    rng = random.Random(f"{kind} {seed}")
    torch.manual_seed(seed)
    config, model_class = draw(rng, kind, tiny)
    model = model_class(config).eval()
    scramble(model)
    model.save_pretrained(out, safe_serialization=True)
    vision = getattr(config, "vision_config", config)
    side, patch = vision.image_size, vision.patch_size
    # Smaller ones, too, where a patch is left.
    steps = [1, 2] if tiny else [1, 2, 5] + ([-1] if side >= 2 * patch else [])
    larger = side + patch * rng.choice(steps) + rng.randrange(patch)
    larger -= patch if larger // patch == side // patch else 0
    pixels = torch.randn(1 if tiny else 2, 3, side, side)
    large = torch.randn(1, 3, larger, larger)
    tensors = {"pixel_values": pixels, "large.pixel_values": large}
    for index, state in enumerate(states(model, pixels)):
        tensors[f"hidden_states.{index}"] = state.contiguous()
    for index, state in enumerate(states(model, large, interpolate_pos_encoding=True)):
        tensors[f"large.hidden_states.{index}"] = state.contiguous()
    save_file(tensors, out / "reference.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    if options.tiny:
        for kind in KINDS:
            write_case(options.out / kind, kind, options.seed, True)
        return
    for index in range(options.count):
        kind = list(KINDS)[index % len(KINDS)]
        write_case(options.out / f"{index:03}-{kind}", kind, options.seed + index, False)


main()
