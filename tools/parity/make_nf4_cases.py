"""Random tensors with their NF4 codes, maxima and round trips by NumPy, for `moslora verify-nf4`.

    python make_nf4_cases.py OUT.safetensors --count 40 --seed 0

Needs numpy and safetensors. Lengths (blocks that are not full, odd ones, one value, many blocks of maxima), scales from 1e-30 to 1e4 and
the kinds of values (heavy tails, zeros, all the same, values of 16 bits) come from the seed.
"""

import argparse

import numpy as np
from safetensors.numpy import save_file

f32 = np.float32
CODE = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334]
CODE += [-0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224]
CODE = np.array(CODE + [0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0], f32)


def blocks(x: np.ndarray, size: int) -> np.ndarray:
    return np.pad(x, (0, -len(x) % size)).reshape(-1, size)


def reciprocal(absmax: np.ndarray) -> np.ndarray:
    return f32(1) / np.maximum(absmax, f32(1e-38))


def nearest(code: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Index of the nearest value; on the border the lower one."""
    return np.searchsorted((code[1:] + code[:-1]) / f32(2), x, side="left").astype(np.uint8)


def dynamic_map() -> np.ndarray:
    values = [f32(0), f32(1)]
    for exponent in range(7):
        edges = np.linspace(0.1, 1, 2**exponent + 1, dtype=f32)
        means = (edges[:-1] + edges[1:]) / f32(2)
        values += [sign * f32(10.0 ** (exponent - 6)) * mean for mean in means for sign in (f32(1), f32(-1))]
    return np.sort(np.array(values, f32))


def single(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Packed codes, maxima, indices."""
    by_block = blocks(x, 64)
    absmax = np.abs(by_block).max(axis=1)
    indices = nearest(CODE, by_block * reciprocal(absmax)[:, None]).reshape(-1)[: len(x)]
    even = np.append(indices, np.uint8(7)) if len(x) % 2 else indices
    return (even[::2] << 4) | even[1::2], absmax, indices


def case(x: np.ndarray) -> dict[str, np.ndarray]:
    packed, absmax, indices = single(x)

    def restored(maxima: np.ndarray) -> np.ndarray:
        return CODE[indices] * np.repeat(maxima, 64)[: len(x)]

    offset = np.mean(absmax)
    centred = blocks(absmax - offset, 256)
    nested = np.abs(centred).max(axis=1)
    codes = nearest(dynamic_map(), centred * reciprocal(nested)[:, None]).reshape(-1)[: len(absmax)]
    twice = dynamic_map()[codes] * np.repeat(nested, 256)[: len(absmax)] + offset
    return {
        "input": x,
        **{"single.packed": packed, "single.absmax": absmax, "single.dequantized": restored(absmax)},
        **{"double.packed": packed, "double.absmax": absmax, "double.absmax_u8": codes, "double.nested_absmax": nested},
        **{"double.nested_offset": np.array([offset], f32), "double.dequantized": restored(twice)},
    }


def draw(rng: np.random.Generator) -> np.ndarray:
    count = int(rng.choice([1, 63, 64, 65, 127, 640, 4096 * 3 + 1, 64 * 256, 64 * 257 + 5, 64 * 1000, 300_007]))
    x = rng.standard_normal(count) * 10.0 ** rng.choice([-30, -8, -2, -2, 0, 4])
    kind = rng.choice(["normal", "heavy", "zeros", "same", "half"])
    if kind == "heavy":
        x *= np.exp(2 * rng.standard_normal(count))
    if kind == "zeros":
        x[rng.random(count) < 0.5] = 0
        x[: min(count, 128)] = 0
    if kind == "same":
        x[:] = x[0]
    return x.astype(np.float16 if kind == "half" else f32).astype(f32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    tensors = {}
    for index in range(args.count):
        made = case(draw(np.random.default_rng([args.seed, index])))
        tensors |= {f"{index:03d}.{name}": np.ascontiguousarray(value) for name, value in made.items()}
    save_file(tensors, args.out)


if __name__ == "__main__":
    main()
