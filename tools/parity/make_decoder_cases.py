"""Small random decoders with what transformers computes from them, for `moslora verify-model`.

    python make_decoder_cases.py OUT --family qwen3 --seed 7     one case in OUT
    python make_decoder_cases.py OUT --count 40 --seed 0         40 cases of all families in OUT/000-llama ...
    python make_decoder_cases.py OUT --family qwen3 --tiny       small enough to be kept beside the source

Needs torch, transformers and safetensors. Shapes, groups of key heads, biases, tied heads, and the kinds and spellings of rotary
scaling are drawn from the seed. InternLM2, which transformers does not have, is a LLaMA with its tensors packed anew.
"""

import argparse
import json
import random
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

FAMILIES = ["llama", "internlm2", "qwen2", "qwen3"]
MODELS = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "internlm2": (LlamaConfig, LlamaForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
}
TOKENS = 24


def rope_parameters(rng: random.Random, family: str) -> dict:
    kinds = ["default", "linear", "dynamic"]
    if family != "internlm2":
        kinds += ["llama3", "yarn"]
    kind = rng.choice(kinds)
    rope = {"rope_type": kind, "rope_theta": rng.choice([10000.0, 500000.0, 1000000.0])}
    if kind != "default":
        rope["factor"] = rng.choice([2.0, 3.0, 8.0])
    if kind == "llama3":
        rope |= {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": rng.choice([16, 64])}
    if kind == "yarn":
        rope |= {"original_max_position_embeddings": rng.choice([8, 16, 64])}
        if rng.random() < 0.3:
            rope |= {"beta_fast": 16.0, "beta_slow": 2.0, "truncate": False}
        if rng.random() < 0.3:
            rope["attention_factor"] = 1.25
    return rope


def draw_config(rng: random.Random, family: str, tiny: bool):
    kv_heads = rng.choice([1, 2]) if tiny else rng.choice([1, 2, 3, 5])
    heads = kv_heads * (2 if tiny else rng.choice([1, 2, 3, 4, 5, 7, 8]))
    head_dim = 8 if tiny else rng.choice([2, 4, 6, 8, 10, 12, 14, 16, 18, 22, 24, 36, 40, 64, 80, 100, 128, 130])
    if heads * head_dim > 640:
        head_dim = rng.choice([2, 6, 10, 14])
    apart = family in ("qwen3", "llama") and rng.random() < 0.5
    hidden = heads * (head_dim if not apart else 6 if tiny else rng.choice([1, 3, 5, 8, 11, 20, 24]))
    rope = rope_parameters(rng, family)
    if head_dim == 2:
        rope = {"rope_type": "default", "rope_theta": 10000.0}  # transformers divides by head_dim - 2
    if not tiny and rng.random() < 0.25:
        rope.pop("original_max_position_embeddings", None)  # then it is max_position_embeddings
    # A dynamic embedding changes only beyond the trained length: half of those cases go there.
    positions = 16 if rope["rope_type"] == "dynamic" and rng.random() < 0.5 else 512
    fields = dict(
        vocab_size=40 if tiny else rng.choice([89, 97, 211, 300, 331, 513]),
        hidden_size=hidden,
        intermediate_size=hidden + 4 if tiny else rng.choice([2 * hidden, 2 * hidden + 4, hidden + 1, 37, 129]),
        num_hidden_layers=2 if tiny else rng.choice([1, 2, 3, 5]),
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=positions,
        rms_norm_eps=rng.choice([1e-5, 1e-6] if tiny else [1e-5, 1e-6, 1e-3]),
        rope_parameters=rope,
        tie_word_embeddings=rng.random() < (0.5 if family != "internlm2" else 0.0),
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=None,
    )
    if family in ("qwen3", "llama"):
        fields["head_dim"] = head_dim
    if family == "qwen3":
        fields["attention_bias"] = rng.random() < 0.3
    if family == "llama":
        fields |= {"attention_bias": rng.random() < 0.4, "mlp_bias": rng.random() < 0.4}
    if family == "internlm2":
        fields |= {"attention_bias": rng.random() < 0.5, "mlp_bias": False}
    return MODELS[family][0](**fields)


def randomise(model: torch.nn.Module, generator: torch.Generator) -> None:
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            if value.dim() == 1 and name.endswith("weight"):
                value.copy_(1 + 0.2 * noise)
            elif value.dim() == 1:
                value.copy_(0.3 * noise)
            else:
                value.copy_(noise * (0.25 if "embed" in name else value.shape[1] ** -0.5))


def as_internlm2(state: dict, config) -> dict:
    """LLaMA's tensors under InternLM2's names, queries, keys and values of each key head in one block."""
    groups = config.num_attention_heads // config.num_key_value_heads
    width = config.hidden_size // config.num_attention_heads
    names = {
        "self_attn.o_proj": "attention.wo",
        "mlp.gate_proj": "feed_forward.w1",
        "mlp.up_proj": "feed_forward.w3",
        "mlp.down_proj": "feed_forward.w2",
        "input_layernorm": "attention_norm",
        "post_attention_layernorm": "ffn_norm",
        "embed_tokens": "tok_embeddings",
    }
    packed = {}
    for name, value in state.items():
        if ".q_proj." in name:
            parts = [state[name.replace("q_proj", part)] for part in ("q_proj", "k_proj", "v_proj")]
            rest = value.shape[1:]
            sizes = (groups, 1, 1)
            blocks = [p.view(config.num_key_value_heads, n, width, *rest) for p, n in zip(parts, sizes)]
            fused = torch.cat(blocks, dim=1).reshape(-1, *rest)
            packed[name.replace("self_attn.q_proj", "attention.wqkv")] = fused
        elif ".k_proj." in name or ".v_proj." in name:
            continue
        elif name == "lm_head.weight":
            packed["output.weight"] = value
        else:
            for old, new in names.items():
                name = name.replace(f".{old}.", f".{new}.")
            packed[name] = value
    return packed


def published_config(config, family: str, rng: random.Random) -> dict:
    """config.json in one of its spellings: rope_parameters, or rope_theta with rope_scaling."""
    json_config = config.to_diff_dict()
    if family == "internlm2":
        json_config = {
            key: value
            for key, value in json_config.items()
            if key not in ("attention_bias", "mlp_bias", "head_dim", "pretraining_tp")
        }
        json_config |= {"model_type": "internlm2", "architectures": ["InternLM2ForCausalLM"], "bias": config.attention_bias}
    if family == "internlm2" or rng.random() < 0.5:
        rope = dict(json_config.pop("rope_parameters"))
        json_config["rope_theta"] = rope.pop("rope_theta")
        kind = rope.pop("rope_type")
        key = "type" if family == "internlm2" or kind in ("linear", "dynamic") else "rope_type"
        json_config["rope_scaling"] = None if kind == "default" else {key: kind, **rope}
    return json_config


def compute(model, config, generator: torch.Generator, size: tuple[int, int], left: bool) -> tuple[dict, dict]:
    """Of a batch of `size` (rows, tokens), the last row padded by five, on the `left` or on the right."""
    ids = torch.randint(1, config.vocab_size, size, generator=generator)
    mask = torch.ones_like(ids)
    mask[-1, slice(0, 5) if left else slice(size[1] - 5, None)] = 0
    labels = ids.clone()
    # What follows padding on the left is predicted from a position that sees nothing: no two programs agree on that.
    labels[:, : 6 if left else 4] = -100
    labels[mask == 0] = -100
    prompt = ids[:1, :10]
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, labels=labels)
        greedy = model.generate(prompt, max_new_tokens=12, do_sample=False, eos_token_id=None)
    reference = {
        "input_ids": ids.to(torch.int32),
        "attention_mask": mask.to(torch.int32),
        "labels": labels.to(torch.int32),
        "logits": out.logits,
        "loss": out.loss.reshape(1),
    }
    return reference, {"prompt": prompt[0].tolist(), "continuation": greedy[0, prompt.shape[1] :].tolist()}


def save_weights(out: Path, state: dict, files: int) -> None:
    """One file, or several with an index."""
    if files == 1:
        save_file(state, out / "model.safetensors", {"format": "pt"})
        return
    index = {}
    for number in range(files):
        file = f"model-{number + 1:05d}-of-{files:05d}.safetensors"
        part = {name: state[name] for name in sorted(state)[number::files]}
        save_file(part, out / file, {"format": "pt"})
        index |= dict.fromkeys(part, file)
    (out / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}) + "\n")


def make(out: Path, family: str, seed: int, tiny: bool) -> str:
    rng = random.Random(f"{family}:{seed}")
    generator = torch.Generator().manual_seed(seed)
    config = draw_config(rng, family, tiny)
    config._attn_implementation = "eager"
    model = MODELS[family][1](config).eval().float()
    randomise(model, generator)
    # Weights in 16 bits hold exactly what the reference is computed from, in float32.
    stored = torch.float32 if tiny else rng.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16])
    with torch.no_grad():
        for value in model.parameters():  # not the buffers: rotary frequencies are never stored
            value.copy_(value.to(stored))
    size = (2, TOKENS) if tiny else (rng.choice([1, 2, 3]), rng.choice([15, TOKENS, 33, 70]))
    reference, greedy = compute(model, config, generator, size, left=not tiny and rng.random() < 0.5)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    if config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    if family == "internlm2":
        state = as_internlm2(state, config)
    out.mkdir(parents=True, exist_ok=True)
    save_weights(out, {name: value.to(stored).contiguous() for name, value in state.items()}, 1 if tiny else rng.choice([1, 1, 3]))
    save_file({name: value.contiguous() for name, value in reference.items()}, out / "reference.safetensors")
    (out / "config.json").write_text(json.dumps(published_config(config, family, rng), indent=2) + "\n")
    (out / "greedy.json").write_text(json.dumps(greedy) + "\n")
    rope = config.rope_parameters["rope_type"]
    return f"{out}: {family}, {config.num_attention_heads}/{config.num_key_value_heads} heads, rope {rope}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--tiny", action="store_true")
    args = parser.parse_args()
    for index in range(args.count):
        family = args.family or FAMILIES[index % len(FAMILIES)]
        folder = args.out if args.count == 1 else args.out / f"{index:03d}-{family}"
        print(make(folder, family, args.seed + index, args.tiny), file=sys.stderr)


if __name__ == "__main__":
    main()
