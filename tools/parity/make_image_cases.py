"""Pictures with what transformers' PIL image processors make of them, for packages/images/src/cases.parity.test.ts.

    python make_image_cases.py OUT --count 60 --seed 0     cases in OUT/000-CLIP ...
    python make_image_cases.py OUT --tiny                  one small case of each kind, to be kept beside the source

Needs transformers, Pillow, numpy and safetensors. Kinds, sizes, ways of writing them, crops, filters and paddings are drawn.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

KINDS = {
    "CLIP": CLIPImageProcessorPil,
    "Llava": LlavaImageProcessorPil,
    "Siglip": SiglipImageProcessorPil,
    "ViT": ViTImageProcessorPil,
}


def draw_config(rng: random.Random, kind: str, sides: list[int]) -> dict:
    side = rng.choice(sides)
    config = {"image_processor_type": f"{kind}ImageProcessor" + rng.choice(["", "Fast", "Pil"])}
    both = {"height": side, "width": side}
    if kind == "Siglip":
        config["size"] = both  # a plain number is the shortest edge there: pictures would not be square
    elif kind == "ViT":
        config["size"] = rng.choice([side, both])
    else:
        config["size"] = rng.choice([side, {"shortest_edge": side}, both])
        crop = max(1, side + rng.choice([0, 0, -3, 2]))
        config["crop_size"] = rng.choice([crop, {"height": crop, "width": crop}])
        if kind == "Llava":
            config["do_pad"] = rng.random() < 0.6
        elif rng.random() < 0.2:
            config |= {"size": both, "do_center_crop": False}
    if rng.random() < 0.6:
        config["resample"] = rng.choice([0, 1, 2, 3, 4, 5])
    if rng.random() < 0.3:
        config |= {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.25]}
    if rng.random() < 0.2:
        config["do_normalize"] = False
    if rng.random() < 0.2:
        config["rescale_factor"] = 1 / 127.5
    elif rng.random() < 0.1:
        config["do_rescale"] = False
    return config


def draw_picture(rng: random.Random, longest: int) -> Image.Image:
    width, height = rng.randint(3, longest), rng.randint(3, longest)
    noise = np.random.default_rng(rng.randrange(2**32))
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 90 * np.sin(x / rng.uniform(1, 9) + c) * np.cos(y / rng.uniform(1, 9)) for c in range(3)]
    values = np.stack(waves, -1) + noise.integers(-30, 30, (height, width, 3))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def write_case(out: Path, kind: str, seed: int, tiny: bool) -> None:
    rng = random.Random(f"{kind} {seed}")
    config = draw_config(rng, kind, [9] if tiny else [17, 32, 56, 96])
    given = {key: value for key, value in config.items() if key != "image_processor_type"}
    processor = KINDS[kind](**given)
    picture = draw_picture(rng, 16 if tiny else 160)
    values = processor(picture, return_tensors="np")["pixel_values"][0]
    out.mkdir(parents=True, exist_ok=True)
    picture.save(out / "picture.png")
    (out / "preprocessor_config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file({"pixel_values": np.ascontiguousarray(values, np.float32)}, out / "reference.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    for index in range(len(KINDS) if options.tiny else options.count):
        kind = list(KINDS)[index % len(KINDS)]
        name = kind if options.tiny else f"{index:03}-{kind}"
        write_case(options.out / name, kind, options.seed + index, options.tiny)


main()
