"""The peer of `moslora bench step`: the same training step with PyTorch, transformers and PEFT on the CPU.

A LlamaForCausalLM with random weights in one type, LoRA on all seven projections, every position with a label; a step is forward,
backward, clipping of the gradients' norm, AdamW on the adapters. Prints the same figures as JSON on one line.

    pip install torch transformers peft
    python tools/bench/peer_pytorch.py --shape small --dtype bfloat16 --steps 5
"""

import argparse
import json
import os
import platform
import re
import statistics
import sys
import time

SHAPES = {
    "small": "288,6,6,768,32000,4x256",
    "medium": "1024,8,16,2816,32000,1x512",
    "7b-slice": "4096,2,32,11008,32000,1x512",
}
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shape", default="small", help="small, medium, 7b-slice, or W,L,H,F,V,BxT")
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32"], help="of the base")
    parser.add_argument("--adapter", default="lora", choices=["lora", "none"], help="none times the forward pass alone")
    parser.add_argument(
        "--factors",
        default="float32",
        choices=["float32", "autocast", "bfloat16"],
        help="beside a bfloat16 base: PEFT's default, the same under autocast, or factors and optimiser in bfloat16 too",
    )
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--steps", type=int, default=5, help="steps that are timed")
    parser.add_argument("--warmup", type=int, default=2, help="steps before those")
    parser.add_argument("--threads", type=int, default=0, help="default: MOSLORA_THREADS, or one per usable core")
    parser.add_argument("--checkpointing", action="store_true")
    return parser.parse_args()


def peak_bytes():
    """The most memory that this process has had resident."""
    try:
        with open("/proc/self/status") as status:
            return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", status.read()).group(1))
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak


def cpu_name():
    try:
        with open("/proc/cpuinfo") as cpuinfo:
            return re.search(r"model name\s*:\s*(.+)", cpuinfo.read()).group(1)
    except (OSError, AttributeError):
        return platform.processor()


def main():
    args = arguments()
    shape = SHAPES.get(args.shape, args.shape)
    width, layers, heads, inner, vocab, batch, tokens = (int(n) for n in re.split("[,x]", shape))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = args.threads or int(os.environ.get("MOSLORA_THREADS") or 0) or cores
    os.environ["OMP_NUM_THREADS"] = str(threads)

    import peft
    import torch
    import transformers

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    config = transformers.LlamaConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        intermediate_size=inner,
        vocab_size=vocab,
        rms_norm_eps=1e-5,
        max_position_embeddings=max(2048, tokens),
        tie_word_embeddings=False,
        use_cache=False,
    )
    # Made in its type, so that no wider copy of it ever exists.
    dtype = getattr(torch, args.dtype)
    torch.set_default_dtype(dtype)
    model = transformers.LlamaForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    if args.adapter == "lora":
        lora = peft.LoraConfig(
            r=args.rank, lora_alpha=2 * args.rank, target_modules=PROJECTIONS, lora_dropout=0.0, task_type="CAUSAL_LM"
        )
        model = peft.get_peft_model(model, lora, autocast_adapter_dtype=args.factors != "bfloat16")
    if args.checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    model.train()
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=2e-4, weight_decay=0.0) if args.adapter == "lora" else None
    ids = torch.randint(0, vocab, (batch, tokens), generator=torch.Generator().manual_seed(1))

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.factors == "autocast"):
            if optimizer is None:
                with torch.no_grad():
                    return float(model(input_ids=ids, labels=ids).loss)
            loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    seconds, losses = [], []
    for _ in range(args.warmup + args.steps):
        began = time.perf_counter()
        losses.append(step())
        seconds.append(time.perf_counter() - began)
    seconds = seconds[args.warmup :]
    median = statistics.median(seconds)
    figures = {
        "shape": shape,
        "adapter": args.adapter,
        "base": args.dtype,
        "rank": args.rank if args.adapter == "lora" else 0,
        "checkpointing": args.checkpointing,
        "precision": args.dtype,
        "factors": args.factors,
        "steps": len(seconds),
        "median_s": median,
        "min_s": min(seconds),
        "max_s": max(seconds),
        "tokens_per_s": batch * tokens / median,
        "peak_mb": peak_bytes() / 1e6,
        "loss": [losses[0], losses[-1]],
        "backend": f"PyTorch {torch.__version__} on CPU",
        "threads": torch.get_num_threads(),
        "cpu": cpu_name(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
        },
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
