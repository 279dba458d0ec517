"""What transformers (and PEFT) compute of a folder that `moslora export` wrote, for `moslora verify-model FOLDER --reference OUT`.

    python make_export_reference.py FOLDER OUT.safetensors [--adapter FOLDER/adapter]

Needs torch, transformers and safetensors; peft for --adapter. Computes in float32 from the weights as they are stored: a LLaVA in Hugging Face's layout
with drawn pictures, any other folder as the causal language model that lies in it.
"""

import argparse
import json
from pathlib import Path

import make_decoder_cases
import make_llava_cases
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlavaForConditionalGeneration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    generator = torch.Generator().manual_seed(args.seed)
    sees = json.loads((args.folder / "config.json").read_text())["model_type"] == "llava"
    kind = LlavaForConditionalGeneration if sees else AutoModelForCausalLM
    model, report = kind.from_pretrained(
        args.folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    wrong = {key: value for key, value in report.items() if value}
    if wrong:
        raise SystemExit(f"{args.folder} does not load whole: {wrong}")
    if args.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, args.adapter)
    model.eval()
    if sees:
        reference, _ = make_llava_cases.compute(model, model.config, model.config.image_seq_length, generator)
    else:
        reference, _ = make_decoder_cases.compute(model, model.config, generator, (2, 20), False)
    save_file({name: value.contiguous() for name, value in reference.items()}, args.out)


if __name__ == "__main__":
    main()
