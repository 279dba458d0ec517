"""Answers of many shapes with what published scorers make of them, for packages/evaluation.

    python tools/parity/make_score_cases.py VLMEVALKIT VQA LLAVA OUT

The first three are checkouts of open-compass/VLMEvalKit, GT-Vision-Lab/VQA and haotian-liu/LLaVA; OUT is packages/evaluation/src/scorers.
Needs numpy and pandas. Only functions are taken from the checkouts, by their source; nothing of them is written anywhere.
"""

import hashlib
import json
import random
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
from published_scorers import published_scorers

*checkouts, out = map(Path, sys.argv[1:5])
scorers = published_scorers(*checkouts)
rng = random.Random(20240620)


class FakeJudge:
    """Answers from a list, chosen by chance; remembers what it was asked (the hash of it) and what it said."""

    def __init__(self, answers, sure):
        self.answers, self.sure, self.said = answers, sure, {}

    def generate(self, prompt, **_):
        said = self.said.setdefault(hashlib.sha256(prompt.encode()).hexdigest(), [])
        # The last try of three is one that can be read: what stays undecided VLMEvalKit draws by lot.
        said.append(rng.choice(self.answers if len(said) < 2 else self.sure))
        return said[-1]


def write(name, value):
    path = out / name / "fixtures/reference.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    one = lambda each: json.dumps(each, ensure_ascii=False, default=float)
    inner = lambda rows: "[\n" + ",\n".join(map(one, rows)) + "\n]"
    parts = [f'"{key}": {inner(part) if isinstance(part, list) else one(part)}' for key, part in value.items()]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n")
    print(path, path.stat().st_size)


def number(x):
    return None if pd.isna(x) else round(float(x), 10)


WORDS = "cat dog two one none a the an 3.5 1,000 stop. U.S. it's dont cant x-ray and/or yes no (red) [blue] hello! what? 10 ten 12:30 $5 50% won't New York é 全 two-way".split()


def phrase():
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 4)))


def altered(text):
    changes = [str.upper, str.title, lambda t: t + ".", lambda t: "the " + t, lambda t: t.replace(" ", "  "), lambda t: t.replace("'", ""),
               lambda t: t + "\n", lambda t: t + ", really", lambda t: t, lambda t: t, lambda t: t.replace(".", "")]
    return rng.choice(changes)(text)


def vqa_cases():
    ev = scorers.vqa_official["VQAEval"](types.SimpleNamespace(getQuesIds=lambda: []), None)
    ev.updateProgress = lambda *_: None
    processor = scorers.m4c["EvalAIAnswerProcessor"]()
    cases = []
    for i in range(300):
        base = phrase()
        answers = [base if rng.random() < 0.45 else altered(base) if rng.random() < 0.6 else phrase() for _ in range(10)]
        if i % 7 == 0:
            answers = [base] * 10
        prediction = altered(rng.choice(answers)) if rng.random() < 0.8 else phrase()
        official = {"answers": [{"answer": a, "answer_id": k} for k, a in enumerate(answers)], "question_type": "q", "answer_type": "other"}
        ev.vqa = types.SimpleNamespace(qa={1: official})
        ev.vqaRes = types.SimpleNamespace(qa={1: {"answer": prediction}})
        kept = {}
        ev.setEvalQA = lambda _, value: kept.update(value=value)
        ev.evaluate([1])
        by_kit = scorers.vqa_kit.process_line({"answer": str(answers), "prediction": prediction})
        cases.append({
            "answers": str(answers),
            "prediction": prediction,
            "vqa": number(kept["value"]),
            "evalai": number(scorers.m4c["TextVQAAccuracyEvaluator"]().eval_pred_list([{"pred_answer": prediction, "gt_answers": answers}])),
            "vlmevalkit": number(np.mean(by_kit["match"])),
            "normalised": {"evalai": processor(prediction), "vlmevalkit": by_kit["pred"]},
        })
    write("vqa", {"rows": cases})


YES_NO = ["Yes", "No", "yes", "no.", "Yes, there is.", "No, it is not", "yes and no", "Maybe", "", "Yes.No", "The answer is yes", "I know", "NO!", "(yes)", "yes/no", "yes1,2"]


def yes_no_rows(categories, pictures):
    rows = []
    for category in categories:
        for picture in range(pictures):
            for answer in ("Yes", "No"):
                prediction = rng.choice([answer, answer + ".", rng.choice(YES_NO)])
                rows.append({"index": len(rows), "question": f"Is this {category} {picture} {answer}?", "answer": answer,
                             "category": category, "image_path": f"{category}/{picture}.jpg", "prediction": prediction})
    return rows


def with_judge(rows, judge):
    extracted = []
    for row in rows:
        read = scorers.yorn.YOrN_Extraction(row["prediction"])
        if read == "Unknown" and judge:
            read = scorers.yorn.YOrN_auxeval(judge, row)
        extracted.append(read)
    data = pd.DataFrame(rows)
    data["extracted"] = extracted
    data["score"] = data["answer"] == data["extracted"]
    return data


def mme_cases():
    perception = ["OCR", "artwork", "celebrity", "color", "count", "existence", "landmark", "position", "posters", "scene"]
    cognition = ["code_reasoning", "commonsense_reasoning", "numerical_calculation", "text_translation"]
    rows = yes_no_rows(perception + cognition, 7)
    judge = FakeJudge(["Yes", "No", "Unknown", "unclear"], ["Yes", "No"])
    judged = with_judge(rows, judge)
    tables = {}
    for name, data in (("plain", with_judge(rows, None)), ("judged", judged)):
        tables[name] = {k: number(v) for k, v in scorers.yorn.MME_rating(data).iloc[0].items()}
    write("mme", {"rows": rows, "judge": judge.said, "tables": tables})


def pope_cases():
    rows = yes_no_rows(["random", "popular", "adversarial", "random,popular", "random,popular,adversarial"], 12)
    table = scorers.yorn.POPE_rating(with_judge(rows, None))
    write("pope", {"rows": rows, "table": {row["split"]: {k: number(row[k]) for k in ("Overall", "acc", "precision", "recall")} for _, row in table.iterrows()}})


OBJECTS = ["teddy bear", "rabbit", "cat", "dog", "a red bus", "the sea", "12", "猫", "公交车"]


def choice_answer(options, right):
    letter = rng.choice(list(options))
    text = options[letter]
    return rng.choice([right, right, right + ".", f"({right})", options[right], f"{letter}. {text}", f"I think it is {text}", "neither of these", "B or C",
                       f"The correct answer is **{right}**, because one sees it there and not elsewhere", "答案是" + letter, "", f"It may be {text} but who can tell, it is dark in there"])


def option_cases():
    rows = []
    for i in range(120):
        count = rng.randint(2, 4)
        options = dict(zip("ABCD", rng.sample(OBJECTS, count)))
        right = rng.choice(list(options))
        chinese = rng.random() < 0.3
        rows.append({"index": i, "question": f"{i} 号图里是什么" if chinese else f"What is it in {i}", **options, "answer": right,
                     "category": rng.choice(["scene", "text", "parts"]), "split": rng.choice(["dev", "test"]), "prediction": choice_answer(options, right)})
    judge = FakeJudge(["A", "B", "Z", "hard to say", "(C)"], ["A", "B", "Z"])
    tables = {}
    for name, model in (("plain", None), ("judged", judge)):
        data = pd.DataFrame(rows)
        data["GT"] = data["answer"]
        data["hit"] = [scorers.choice.eval_vanilla(model, row)["hit"] for _, row in data.iterrows()]
        tables[name] = report(data)
    write("options", {"rows": rows, "judge": judge.said, "tables": tables})


def report(data):
    table = scorers.choice.report_acc(data)
    return {row["split"]: {k: number(v) for k, v in row.items() if k != "split"} for _, row in table.iterrows()}


def circular_cases():
    rows = []
    for question in range(80):
        count = rng.randint(2, 4)
        texts = rng.sample(OBJECTS, count)
        right = rng.randrange(count)
        able = rng.random() < 0.7
        for turn in range(count):
            options = {"ABCD"[i]: texts[(i + turn) % count] for i in range(count)}
            letter = "ABCD"[(right - turn) % count]
            prediction = rng.choice([letter, options[letter], "neither of these", "it is dark"]) if able else choice_answer(options, letter)
            rows.append({"index": question + turn * 1000000, "question": f"What is it in {question}", **options, "answer": letter,
                         "l2-category": rng.choice(["logic_reasoning", "coarse_perception"]), "category": rng.choice(["ocr", "scene"]),
                         "split": rng.choice(["dev", "test"]), "prediction": prediction})
    judge = FakeJudge(["A", "B", "Z", "hard to say", "(C)"], ["A", "B", "Z"])
    tables = {}
    for name, model in (("plain", None), ("judged", judge)):
        data = pd.DataFrame(rows).sort_values(by="index")
        data["GT"] = data["answer"]
        data["g_index"] = [int(x % 1e6) for x in data["index"]]
        main = data[data["index"] == data["g_index"]].copy()
        hits = []
        for group in main["index"]:
            sub = data[data["g_index"] == group]
            fetched = scorers.choice.prefetch_circular_group(sub)
            result = fetched if fetched is not None else scorers.choice.eval_circular_group(model, sub) if model else dict(hit=0)
            hits.append(result["hit"])
        main["hit"] = hits
        tables[name] = report(main)
    write("circular", {"rows": rows, "judge": judge.said, "tables": tables})


def mathvista_cases():
    rows = []
    for i in range(120):
        kind = rng.choice(["choice", "integer", "float"])
        base = {"index": i, "question": f"Hint: answer. Question {i}?", "task": rng.choice(["geometry problem solving", "figure question answering"]),
                "skills": str(rng.sample(["arithmetic reasoning", "statistical reasoning", "numeric commonsense"], rng.randint(1, 2)))}
        if kind == "choice":
            texts = rng.sample(["3/11", "8/11", "6/11", "145°", "yes", "no"], 4)
            letter = rng.choice("ABCD")
            options = dict(zip("ABCD", texts))
            rows.append({**base, "question_type": "multi_choice", "answer_type": "text", "choices": str(texts), "answer": options[letter],
                         "answer_option": letter, "prediction": choice_answer(options, letter)})
        else:
            answer = str(rng.randint(1, 30)) if kind == "integer" else f"{rng.randint(1, 99) / 10}"
            said = rng.choice([answer, f" {answer} ", f"The answer is {answer}.", f"{answer}0" if kind == "float" else f"{answer}.0", "no idea", f"about {answer} in all", "7"])
            rows.append({**base, "question_type": "free_form", "answer_type": kind, "choices": None, "answer": answer, "answer_option": None, "prediction": said})
    judge = FakeJudge(["A", "B", "7", "3.5", "no answer", "12", "Failed to obtain answer via API."], ["A", "C", "7", "2.5", "12", "none"])
    data = pd.DataFrame(rows)
    results = [scorers.mathvista.MathVista_auxeval(judge, row) for _, row in data.iterrows()]
    data["res"] = [r["res"] for r in results]
    data["log"] = [r["log"] for r in results]
    table = scorers.mathvista.MathVista_acc(data)
    write("mathvista", {"rows": rows, "judge": judge.said, "table": {row["Task&Skill"]: number(row["acc"]) for _, row in table.iterrows()}})


def mmvet_cases():
    rows = []
    for i in range(60):
        # VLMEvalKit counts a question of one capability twice in that capability's figure; MM-Vet's own code does not.
        category = ",".join(rng.sample(["rec", "ocr", "know", "gen", "spat", "math"], rng.randint(2, 3)))
        rows.append({"index": i, "question": f"What is x in {i}?", "answer": rng.choice(["-1<AND>-5", "a red bus", "Paris<OR>Lyon"]), "category": category, "prediction": phrase()})
    judge = FakeJudge(["0.5", "1.0", "0.0", "0.7 ", "good", "1.5", "-1"], ["0.3", "1.0", "0.0"])
    data = pd.DataFrame(rows)
    data["score"] = [scorers.mmvet.MMVet_auxeval(judge, row)["score"] for _, row in data.iterrows()]
    tables = scorers.mmvet.MMVet_acc(data)
    values = [{row["Category"]: number(row["acc"]) for _, row in table.iterrows()} for table in tables]
    write("mm-vet", {"rows": rows, "judge": judge.said, "tables": dict(zip(("ability", "leaf"), values))})


vqa_cases()
mme_cases()
pope_cases()
option_cases()
circular_cases()
mathvista_cases()
mmvet_cases()
