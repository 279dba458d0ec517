"""Small random LLaVAs with adapters, and what PyTorch computes of them, for `moslora verify-adapter`.

    python make_adapter_cases.py OUT --count 12 --seed 0     OUT/000/{base,adapter} ...

Needs torch, transformers and safetensors. Bases are drawn as in make_llava_cases.py; LoRA or MoSLoRA, its rank, scale and targets, how
its tensors are called, and the optimiser come from the seed, too. B is not zero.
"""

import argparse
import json
import random
import sys
from pathlib import Path

import torch
from make_decoder_cases import randomise
from make_llava_cases import compute, draw_llava
from safetensors.torch import save_file
from transformers import LlavaForConditionalGeneration

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class Adapted(torch.nn.Module):
    """y = base(x) + scale B M A x; without a mixer M is the identity."""

    def __init__(self, base: torch.nn.Linear, rank: int, scale: float, mixer: bool, generator: torch.Generator):
        super().__init__()
        self.base, self.scale = base, scale

        def draw(rows: int, columns: int, size: float) -> torch.nn.Parameter:
            return torch.nn.Parameter(size * torch.randn(rows, columns, generator=generator) * columns**-0.5)

        self.lora_A = draw(rank, base.in_features, 0.6)
        self.lora_AB = draw(rank, rank, 0.6) if mixer else None
        self.lora_B = draw(base.out_features, rank, 0.15)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        low = x @ self.lora_A.T
        if self.lora_AB is not None:
            low = low @ self.lora_AB.T
        return self.base(x) + self.scale * (low @ self.lora_B.T)


def adapt(model, rank: int, scale: float, mixer: bool, targets: list[str], generator: torch.Generator) -> dict:
    """Wraps the decoder's targets; gives the parameters by the path of their module."""
    parameters = {}
    for path, module in list(model.model.language_model.named_modules()):
        if path.rpartition(".")[2] not in targets:
            continue
        parent = model.model.language_model.get_submodule(path.rpartition(".")[0])
        wrapped = Adapted(module, rank, scale, mixer, generator)
        setattr(parent, path.rpartition(".")[2], wrapped)
        for part in ["lora_A", "lora_AB", "lora_B"] if mixer else ["lora_A", "lora_B"]:
            parameters[f"{path}.{part}"] = getattr(wrapped, part)
    return parameters


def make(out: Path, seed: int) -> str:
    rng, generator = random.Random(f"adapter {seed}"), torch.Generator().manual_seed(seed)
    config, features = draw_llava(random.Random(seed))
    config._attn_implementation = "eager"
    model = LlavaForConditionalGeneration(config).eval().float()
    randomise(model, generator)
    model.tie_weights()
    reference, _ = compute(model, config, features, generator)
    (out / "base").mkdir(parents=True)
    model.save_pretrained(out / "base")
    save_file({name: value.contiguous() for name, value in reference.items()}, out / "base" / "reference.safetensors")

    rank, alpha, mixer, rslora = rng.choice([2, 3, 8, 16]), rng.choice([4, 8, 16]), rng.random() < 0.7, rng.random() < 0.3
    targets = PROJECTIONS if rng.random() < 0.6 else rng.sample(PROJECTIONS, rng.choice([1, 2, 4]))
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    scale = alpha / (rank**0.5 if rslora else rank)
    parameters = adapt(model, rank, scale, mixer, targets, generator)
    prefix = rng.choice(["language_model.model.", "model.language_model."])

    def named(tensors: dict) -> dict:
        return {f"base_model.model.{prefix}{name}.weight": value.detach().clone().contiguous() for name, value in tensors.items()}

    batch = {name: reference[name].long() for name in ["input_ids", "attention_mask", "labels"]}
    optimizer = dict(lr=rng.choice([1e-2, 1e-3]), betas=[0.9, rng.choice([0.95, 0.999])], eps=1e-8, weight_decay=rng.choice([0.0, 0.01]))
    (out / "adapter").mkdir()
    save_file(named(parameters), out / "adapter" / "adapter_model.safetensors")
    adamw = torch.optim.AdamW(parameters.values(), **{**optimizer, "betas": tuple(optimizer["betas"])})
    clip, losses, norms = rng.choice([1.0, 0.3, 100.0]), [], []
    for step in range(5):
        adamw.zero_grad()
        result = model(**batch, pixel_values=reference["pixel_values"])
        result.loss.backward()
        if step == 0:
            save_file({"logits": result.logits.detach().contiguous()}, out / "adapter" / "logits.safetensors")
            gradients = {name: value.grad for name, value in parameters.items()}
            save_file(named(gradients), out / "adapter" / "gradients.safetensors")
        losses.append(result.loss.item())
        norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), clip).item())
        adamw.step()
    save_file(named(parameters), out / "adapter" / "after_5_steps.safetensors")
    trajectory = {
        "optimizer": {"name": "AdamW", **optimizer, "clip_norm": clip},
        "losses": losses,
        "grad_norms_before_clip": norms,
    }
    (out / "adapter" / "trajectory.json").write_text(json.dumps(trajectory) + "\n")
    described = dict(peft_type="LORA", r=rank, lora_alpha=alpha, lora_dropout=0.0, lora_use_mixer=mixer, use_rslora=rslora)
    described |= dict(task_type="CAUSAL_LM", bias="none", target_modules=targets, base_model_name_or_path="base")
    (out / "adapter" / "adapter_config.json").write_text(json.dumps(described, indent=1) + "\n")
    return f"{out}: {config.text_config.model_type}, {'MoSLoRA' if mixer else 'LoRA'} of rank {rank} on {', '.join(targets)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=12)
    args = parser.parse_args()
    for seed in range(args.seed, args.seed + args.count):
        print(make(args.out / f"{seed:03d}", seed), file=sys.stderr)


if __name__ == "__main__":
    main()
