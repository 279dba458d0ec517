"""GFLOP/s of PyTorch's linear layer on the CPU: python tools/bench/peer_matmul.py 512 4096 11008 (rows, inputs, outputs)."""

import json
import os
import statistics
import sys
import time

rows, inputs, outputs = (int(n) for n in sys.argv[1:4])
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
threads = int(os.environ.get("MOSLORA_THREADS") or 0) or cores
os.environ["OMP_NUM_THREADS"] = str(threads)

import torch  # noqa: E402

torch.set_num_threads(threads)
figures = {}
for name in ["bfloat16", "float32"]:
    x = torch.randn(rows, inputs).to(getattr(torch, name))
    weight = (0.02 * torch.randn(outputs, inputs)).to(getattr(torch, name))
    seconds = []
    with torch.no_grad():
        end = time.perf_counter() + 2
        while time.perf_counter() < end or len(seconds) < 7:
            began = time.perf_counter()
            torch.nn.functional.linear(x, weight)
            seconds.append(time.perf_counter() - began)
    figures[name] = 2 * rows * inputs * outputs / statistics.median(seconds[2:]) / 1e9
print(json.dumps({"gflops": figures}))
