"""Adapters that stock PEFT made, with what it computes, and a check of adapters that `moslora fold` wrote.

    python make_peft_cases.py make BASE OUT --seed 3         OUT/{lora,rslora,dora,moslora}: adapters on the decoder in BASE
    python make_peft_cases.py fold ADAPTER FOLDED --base BASE    FOLDED in stock PEFT against ADAPTER computed from its formula

Needs torch, transformers, peft and safetensors. `make` also writes reference.safetensors beside each adapter: ids, logits, loss, the
gradients of the loss, and of DoRA every merged weight. BASE is a folder that transformers can load (packages/model-llama/fixtures/llama).
MoSLoRA, which PEFT does not have, is LoRA with a mixer put between A and B of each layer.
"""

import argparse
import json
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import Linear as LoraLinear
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

METHODS = {
    "lora": {},
    "rslora": {"use_rslora": True},
    "dora": {"use_dora": True},
    "moslora": {},
}
TOLERANCE = 1e-4


def base_model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def token_ids(folder):
    return load_file(Path(folder) / "reference.safetensors")["input_ids"].long()


class Mixed(torch.nn.Module):
    """B ∘ M in B's place: y = B (M (A x))."""

    def __init__(self, mixer, up):
        super().__init__()
        self.mixer, self.up = mixer, up

    @property
    def weight(self):
        return self.up.weight

    def forward(self, v):
        return self.up(self.mixer(v))


def lora_layers(model):
    return [(name, module) for name, module in model.named_modules() if isinstance(module, LoraLinear)]


def mix(model, mixers):
    for name, layer in lora_layers(model):
        up = layer.lora_B["default"]
        mixer = torch.nn.Linear(up.in_features, up.in_features, bias=False)
        mixer.weight.data.copy_(mixers[name])
        layer.lora_B["default"] = Mixed(mixer, up)


def with_adapter(base, folder):
    """The base with the adapter of a PEFT folder on it, its mixers too."""
    model = PeftModel.from_pretrained(base_model(base), folder).eval()
    tensors = load_file(Path(folder) / "adapter_model.safetensors")
    mixers = {key.removesuffix(".lora_AB.weight"): value for key, value in tensors.items() if ".lora_AB." in key}
    if mixers:
        mix(model, mixers)
    return model


def make(base, out, seed):
    ids = token_ids(base)
    labels = torch.where(torch.arange(ids.shape[1]) % 3 == 0, -100, ids)
    for method, fields in METHODS.items():
        torch.manual_seed(seed)
        config = LoraConfig(
            r=4,
            lora_alpha=6,
            target_modules=["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"],
            rank_pattern={r"layers\.0\..*q_proj": 2, "down_proj": 3},
            alpha_pattern={"model.layers.0.mlp.up_proj": 10, r".*\.v_proj": 3},
            task_type="CAUSAL_LM",
            **fields,
        )
        model = get_peft_model(base_model(base), config).eval()
        for name, value in model.named_parameters():
            if ".lora_B." in name:
                torch.nn.init.normal_(value, std=0.3)
            if "magnitude" in name:
                value.data.mul_(1 + 0.2 * torch.randn_like(value))
        folder = Path(out) / method
        model.save_pretrained(folder)
        (folder / "README.md").unlink()
        change_config(folder, base_model_name_or_path=Path(base).name)
        if method == "moslora":
            mixers = {name: torch.randn(layer.r["default"], layer.r["default"]) * 0.5 for name, layer in lora_layers(model)}
            mix(model, mixers)
            add_mixers(folder, mixers)
        logits = model(ids).logits
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), reduction="sum")
        loss.backward()
        reference = {"input_ids": ids.int(), "labels": labels.int(), "logits": logits.detach(), "loss": loss.detach()}
        for name, value in model.named_parameters():
            if value.grad is not None:
                reference[f"gradients.{saved_name(name)}"] = value.grad
        if method == "dora":
            adapted = [name.removeprefix("base_model.model.") for name, _ in lora_layers(model)]
            merged = model.merge_and_unload()
            reference |= {f"merged.{name}.weight": merged.get_submodule(name).weight.detach() for name in adapted}
        save_file({key: value.contiguous() for key, value in reference.items()}, folder / "reference.safetensors")
        print(f"{method}: loss {loss.item():.4f}")


def saved_name(name):
    name = name.replace(".default.mixer.", ".").replace(".default.up.", ".default.")
    name = name.replace("lora_B.weight", "lora_AB.weight").replace(".default", "")
    return name.removesuffix(".weight") if "magnitude" in name else name


def add_mixers(folder, mixers):
    path = folder / "adapter_model.safetensors"
    tensors = load_file(path) | {f"{name}.lora_AB.weight": value for name, value in mixers.items()}
    save_file(tensors, path, metadata={"format": "pt"})
    change_config(folder, lora_use_mixer=True)


def change_config(folder, **fields):
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields, indent=2) + "\n")


def report(what, ours, theirs, tolerance):
    off = (ours - theirs).abs().max().item()
    print(f"{what}: off by {off:.2e}, at most {tolerance:.0e} allowed")
    return off <= tolerance


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("base")
    making.add_argument("out")
    making.add_argument("--seed", type=int, default=0)
    checking = commands.add_parser("fold")
    checking.add_argument("adapter")
    checking.add_argument("written")
    checking.add_argument("--base", required=True)
    checking.add_argument("--tolerance", type=float, default=TOLERANCE)
    given = parser.parse_args()
    if given.command == "make":
        return make(given.base, given.out, given.seed)
    ids = token_ids(given.base)
    with torch.no_grad():
        expected = with_adapter(given.base, given.adapter)(ids).logits
        plain = base_model(given.base)(ids).logits
        ours = PeftModel.from_pretrained(base_model(given.base), given.written).eval()
        keys = load_file(Path(given.written) / "adapter_model.safetensors").keys()
        assert not any("lora_AB" in key for key in keys), "there are mixers left"
        logits = ours(ids).logits
    print(f"the adapter moves logits by {(expected - plain).abs().max().item():.2e}")
    raise SystemExit(0 if report("logits", logits, expected, given.tolerance) else 1)


if __name__ == "__main__":
    main()
