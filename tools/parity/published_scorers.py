"""Functions of published scorers, by their source, with what they import replaced by as little as they need."""

import ast
import re
import sys
import types

import pandas as pd


def source_of(path, *names):
    """The source of some top-level functions and assignments of a file."""
    text = path.read_text()
    tree = ast.parse(text)
    wanted = []
    for node in tree.body:
        targets = [t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)]
        if getattr(node, "name", None) in names or set(targets) & set(names):
            wanted.append(ast.get_source_segment(text, node))
    return "\n\n".join(wanted)


def stub(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
    return module


def module_from(path, name):
    module = types.ModuleType(name)
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
    return module


def published_scorers(vlmevalkit, vqa_repo, llava):
    """The scorers' modules, from checkouts of open-compass/VLMEvalKit, GT-Vision-Lab/VQA and haotian-liu/LLaVA."""
    kit = vlmevalkit / "vlmeval"
    logger = types.SimpleNamespace(info=lambda *_: None, warning=lambda *_: None)
    smp = {}
    exec(source_of(kit / "smp/misc.py", "process_punctuation", "istype", "listinstr", "cn_string"), smp)
    exec("import pandas as pd\n" + source_of(kit / "smp/vlm.py", "build_option_str"), smp)
    stub("vlmeval")
    stub("vlmeval.smp.log", get_logger=lambda *_: logger)
    matching = module_from(kit / "utils/matching_util.py", "matching")
    stub("vlmeval.utils", can_infer=matching.can_infer, can_infer_lego=None, track_progress_rich=None)
    files = dict(load=lambda data: data, d2df=lambda d: pd.DataFrame({k: [v] for k, v in d.items()}), dump=None)
    stub(
        "vlmeval.smp",
        get_logger=lambda *_: logger,
        get_pred_file_format=None,
        timestr=None,
        **files,
        **{k: smp[k] for k in ("process_punctuation", "istype", "listinstr", "cn_string")},
    )
    stub("vlmeval.smp.vlm", build_option_str=smp["build_option_str"])
    stub("vlmeval.smp.file", load=files["load"])
    choice = module_from(kit / "dataset/utils/multiple_choice.py", "choice")
    yorn = module_from(kit / "dataset/utils/yorn.py", "yorn")
    vqa_kit = module_from(kit / "dataset/utils/vqa_eval.py", "vqa_kit")
    mathvista = module_from(kit / "dataset/utils/mathvista.py", "mathvista")
    mmvet = module_from(kit / "dataset/utils/mmvet.py", "mmvet")
    m4c = {"re": re, "tqdm": lambda x: x}
    exec(source_of(llava / "llava/eval/m4c_evaluator.py", "EvalAIAnswerProcessor", "TextVQAAccuracyEvaluator"), m4c)
    vqa_text = (vqa_repo / "PythonEvaluationTools/vqaEvaluation/vqaEval.py").read_text()
    vqa_text = re.sub(r'print "([^"]*)"', "pass", vqa_text).expandtabs(4)
    vqa_official = {}
    exec(vqa_text, vqa_official)
    return types.SimpleNamespace(
        choice=choice, yorn=yorn, vqa_kit=vqa_kit, mathvista=mathvista, mmvet=mmvet, m4c=m4c, vqa_official=vqa_official
    )
