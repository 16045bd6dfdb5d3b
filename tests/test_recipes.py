"""Recipes: runs are kept, studies go on, the result file says what was measured."""

import gzip
import json
import re
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from course_lib.alignment import gumbel, sample, softmax
from course_lib.data import couplets as verse
from course_lib.data import documents, entailment, g2p, intents
from course_lib.data import multi30k as translations
from course_lib.data import scenes as drawings
from course_lib.data.batching import Pair
from course_lib.recipes import (
    Place,
    Recipe,
    Refused,
    chat,
    classify,
    collect,
    couplets,
    multi30k,
    phrases,
    recorded,
    records,
    scenes,
    study,
)
from course_lib.recipes import __main__ as command
from course_lib.recipes import g2p as letters
from course_lib.recipes import recipe as shared
from course_lib.recipes.__main__ import RECIPES, main
from course_lib.search import translate


def recipe(runs):
    def run(variant, seed, place):
        runs.append((variant, seed, place.folder.name))
        if variant == "breaks":
            raise RuntimeError("stopped")
        return {"accuracy": 0.5 + seed / 8, "parameters": 7}

    papers = ({"model": "theirs", "accuracy": 0.9, "source": "a paper"},)
    return Recipe("toy", "Does it?", ("a", "b"), (), {"d": 3}, (1, None), run, papers)


def test_a_study_keeps_runs_and_writes_means_and_spreads(tmp_path):
    runs, said = [], []
    toy = recipe(runs)
    where = {"work": tmp_path / "work", "out": tmp_path / "out", "device": "cpu"}
    path = study(toy, seeds=[0, 2], say=said.append, **where)
    assert runs == [("a", 0, "a-0"), ("b", 0, "b-0"), ("a", 2, "a-2"), ("b", 2, "b-2")]
    record = json.loads(path.read_text())
    assert path.name == "toy.json"
    assert record["results"]["a"]["accuracy"] == {
        "mean": 0.625,
        "spread": pytest.approx(0.17678),
        "values": [0.5, 0.75],
    }
    assert record["results"]["b"]["seeds"] == [0, 2]
    assert record["settings"] == {"d": 3}
    assert record["papers"] == [
        {"model": "theirs", "accuracy": 0.9, "source": "a paper"}
    ]
    assert record["hardware"]
    assert record["versions"]["torch"] == torch.__version__
    assert any("b, seed 2" in line for line in said)

    study(toy, seeds=[0, 1, 2], variants=["a"], say=said.append, **where)
    assert runs[4:] == [("a", 1, "a-1")]  # the others were kept
    record = json.loads(path.read_text())
    assert record["results"]["a"]["seeds"] == [0, 1, 2]
    assert record["results"]["b"]["seeds"] == [0, 2]
    study(toy, seeds=[0], variants=["b"], resume=False, say=said.append, **where)
    assert runs[5:] == [("b", 0, "b-0")]


def test_what_a_kept_or_resumed_run_cannot_tell_is_said(tmp_path):
    runs, said = [], []
    toy = recipe(runs)
    where = {"work": tmp_path / "work", "out": tmp_path / "out", "device": "cpu"}
    (tmp_path / "work/toy/a-0/checkpoint").mkdir(parents=True)
    plan = tmp_path / "work/toy/a-0/settings.json"
    plan.write_text(json.dumps({"d": 3, "budget": None}))
    path = study(toy, seeds=[0, 1], say=said.append, **where)
    seconds = {
        seed: json.loads((tmp_path / f"work/toy/a-{seed}/result.json").read_text())
        for seed in (0, 1)
    }
    assert seconds[0]["cpu_seconds"] is seconds[0]["wall_seconds"] is None
    assert seconds[1]["cpu_seconds"] >= 0
    # the run that is not known may be the longest
    table = json.loads(path.read_text())["results"]
    assert table["a"]["cpu_seconds"] is None
    assert table["b"]["cpu_seconds"] >= 0

    said.clear()
    study(toy, seeds=[0], budget=60, say=said.append, **where)
    assert len(runs) == 4
    assert len(said) == 2
    assert "kept as it is, though its budget was None and not 60" in said[0]
    said.clear()
    study(toy, seeds=[0], say=said.append, **where)
    assert said == []


def test_runs_of_other_settings_are_not_mixed(tmp_path):
    toy = recipe([])
    toy = replace(toy, settings={"d": 3, "sizes": (1, 2), "own": {"b": {"d": 5}}})
    where = {"work": tmp_path / "work", "out": tmp_path / "out", "device": "cpu"}
    quiet = {"say": lambda _: None}
    study(toy, seeds=[0], **where, **quiet)
    found = tmp_path / "work/toy/b-0/result.json"
    assert json.loads(found.read_text())["settings"] == {"d": 5, "sizes": [1, 2]}

    own_b = replace(toy, settings=toy.settings | {"own": {"b": {"d": 7}, "c": {}}})
    # what another variant has of its own does not matter
    elsewhere = {"variants": ["a"], "work": tmp_path / "w", "out": tmp_path, **quiet}
    study(toy, seeds=[0], **elsewhere)
    study(own_b, seeds=[0], **elsewhere)
    runs = []
    own_b = replace(own_b, run=recipe(runs).run)
    # told before anything is trained, and how to go on
    says = r"b, seed 0, was made with other .*: d\. Choose.*delete .*toy.b-0, or make"
    for resume in (True, False):
        with pytest.raises(Refused, match=says):
            study(own_b, seeds=[1], resume=resume, **where, **quiet)
    assert runs == []
    with pytest.raises(ValueError, match="b, seed 0, was made with other"):
        collect(own_b, where["work"], where["out"])
    with pytest.raises(ValueError, match=r"a, seed 0, .*: d, e, sizes\. Choose"):
        collect(replace(toy, settings={"d": 4, "e": 1}), where["work"], where["out"])
    study(own_b, seeds=[0], variants=["b"], resume=False, **where, **quiet)
    assert json.loads(found.read_text())["settings"]["d"] == 7


def test_an_interrupted_run_goes_on_as_it_began_or_not_at_all(tmp_path):
    runs, where = [], {"work": tmp_path / "w", "out": tmp_path, "device": "cpu"}
    toy = recipe(runs)
    folder = tmp_path / "w/toy/a-0"

    def broken(variant, seed, place):
        (place.folder / "checkpoint").mkdir(parents=True)
        raise RuntimeError("the power failed")

    quiet = {"seeds": [0], "variants": ["a"], "say": lambda _: None}
    with pytest.raises(RuntimeError):
        study(replace(toy, run=broken), **where, **quiet)
    with pytest.raises(Refused, match=r"a, seed 0, was interrupted .*--no-resume"):
        study(replace(toy, settings={"d": 4}), **where, **quiet)
    with pytest.raises(Refused, match="another budget"):
        study(toy, budget=60, **where, **quiet)
    assert runs == []
    study(toy, **where, **quiet)
    assert len(runs) == 1

    # a rerun that breaks off leaves no older result or checkpoint behind
    (folder / "checkpoint/old").mkdir()
    with pytest.raises(RuntimeError):
        study(replace(toy, run=broken), resume=False, **where, **quiet)
    assert not (folder / "result.json").exists()
    assert not (folder / "checkpoint/old").exists()
    (folder / "settings.json").unlink()
    with pytest.raises(Refused, match="was interrupted"):
        study(toy, **where, **quiet)
    study(toy, resume=False, **where, **quiet)
    assert len(runs) == 2


def test_what_no_seed_changes_is_run_once(tmp_path):
    runs = []
    toy = replace(recipe(runs), constant=("b",))
    where = {"work": tmp_path / "w", "out": tmp_path, "device": "cpu"}
    path = study(toy, seeds=[3, 4], say=lambda _: None, **where)
    assert [run[:2] for run in runs] == [("a", 3), ("b", 3), ("a", 4)]
    assert json.loads(path.read_text())["constant"] == ["b"]


def test_the_code_that_ran_is_what_was_there_when_it_began(tmp_path, monkeypatch):
    commits = iter(["before", "after"])
    monkeypatch.setattr(records, "_commit", lambda: now[0])
    now = [next(commits)]

    def run(variant, seed, place):
        now[0] = next(commits)  # somebody commits meanwhile
        return {"accuracy": 1.0}

    toy = replace(recipe([]), run=run, variants=("a",))
    where = {"work": tmp_path / "w", "out": tmp_path, "device": "cpu"}
    path = study(toy, seeds=[0], say=lambda _: None, **where)
    assert json.loads(path.read_text())["commits"] == ["before"]


def test_a_budget_is_told_beside_the_score(tmp_path):
    toy = recipe([])
    where = {"work": tmp_path / "w", "out": tmp_path, "device": "cpu"}
    quiet = {"variants": ["a"], "say": lambda _: None}
    study(toy, seeds=[0], budget=2, **quiet, **where)
    study(toy, seeds=[2], budget=1, **quiet, **where)
    line = recorded(toy, tmp_path)
    assert line == "accuracy (seeds): a 0.625 (2); training ended after 1 s or 2 s"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["toy", "--variants", "c"], "toy has no variant ['c']; there are ['a', 'b']"),
        (["toy", "--budget", "-3"], "-3 is not above 0"),
        (["toy", "--budget", "soon"], "invalid seconds value: 'soon'"),
        (["toy", "--device", "cuda"], "PyTorch sees no GPU here"),
        (["nothing"], "invalid choice: 'nothing'"),
        (["toy", "--seeds", "one"], "invalid int value: 'one'"),
    ],
)
def test_the_command_line_says_what_it_cannot_do(
    words, says, tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(RECIPES, "toy", recipe([]))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as end:
        main([*words, "--work", str(tmp_path)])
    assert end.value.code == 2
    assert says in capsys.readouterr().err


def test_a_commit_that_lacks_the_code_is_called_dirty(tmp_path, monkeypatch):
    package = tmp_path / "course_lib"
    (package / "recipes").mkdir(parents=True)
    (package / "recipes/records.py").write_text("")

    def git(*words):
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "all")
    monkeypatch.setattr(records, "__file__", str(package / "recipes/records.py"))
    assert re.fullmatch("[0-9a-f]{7,}", records._commit())
    (tmp_path / "notes.txt").write_text("not of the package")
    assert "dirty" not in records._commit()
    (package / "new.py").write_text("")  # not added: git describe would not tell
    assert records._commit().endswith("-dirty")

    installed = tmp_path / "venv/course_lib/recipes/records.py"
    installed.parent.mkdir(parents=True)
    installed.write_text("")
    monkeypatch.setattr(records, "__file__", str(installed))
    assert records._commit() == ""  # the commit is another project's


def test_one_seed_has_no_spread(tmp_path):
    toy = recipe([])
    path = study(
        toy,
        seeds=[1],
        work=tmp_path / "w",
        out=tmp_path,
        device="cpu",
        say=lambda x: None,
    )
    accuracy = json.loads(path.read_text())["results"]["a"]["accuracy"]
    assert accuracy == {"mean": 0.625, "spread": None, "values": [0.625]}


def test_the_time_of_other_programs_counts(tmp_path):
    def run(variant, seed, place):
        count = "sum(i * i for i in range(9_000_000))"
        subprocess.run([sys.executable, "-c", count], check=True)
        return {"accuracy": 1.0}

    toy = replace(recipe([]), run=run, variants=("a",))
    where = {"work": tmp_path, "out": tmp_path, "device": "cpu"}
    path = study(toy, seeds=[0], say=lambda _: None, **where)
    assert json.loads(path.read_text())["results"]["a"]["cpu_seconds"] > 0.1


def test_a_run_that_breaks_leaves_no_result(tmp_path):
    toy = replace(recipe([]), variants=("breaks",))
    with pytest.raises(RuntimeError, match="stopped"):
        study(toy, work=tmp_path / "w", out=tmp_path, say=lambda x: None)
    assert not list(tmp_path.rglob("result.json"))
    assert not list(tmp_path.rglob("toy.json"))
    with pytest.raises(ValueError, match="no run of toy"):
        collect(toy, tmp_path / "w", tmp_path)


def test_unknown_variants_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"no variant \['c'\].*'a', 'b'"):
        study(recipe([]), variants=["a", "c"], work=tmp_path, out=tmp_path)


def test_the_list_names_every_recipe(capsys):
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    for name, one in RECIPES.items():
        assert f"{name}: {one.about}" in shown
        assert set(one.data) <= set(shown.replace(",", " ").split())


def test_a_rerun_stands_beside_the_book_and_leaves_it_alone(
    tmp_path, capsys, monkeypatch
):
    toy, book = recipe([]), tmp_path / "book"
    monkeypatch.setitem(RECIPES, "toy", toy)
    monkeypatch.setattr(command, "RECORDED", book)
    where = {"work": tmp_path / "theirs", "out": book, "device": "cpu"}
    study(toy, seeds=[0, 2], say=lambda _: None, **where)
    before = (book / "toy.json").read_text()
    mine = tmp_path / "mine"
    ask = ["toy", "--variants", "b", "--seeds", "4", "--work", str(mine)]
    assert main(ask) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[-3:] == [
        str(mine / "toy.json"),
        "here      accuracy (seeds): b 1 (1)",
        "the book  accuracy (seeds): a 0.625 (2); b 0.625 (2)",
    ]
    assert (book / "toy.json").read_text() == before


def test_the_list_shows_what_was_recorded(tmp_path, capsys):
    toy = recipe([])
    assert recorded(toy, tmp_path) == f"nothing in {tmp_path}"
    where = {"work": tmp_path / "work", "out": tmp_path, "device": "cpu"}
    study(toy, seeds=[0, 2], say=lambda _: None, **where)
    assert recorded(toy, tmp_path) == "accuracy (seeds): a 0.625 (2); b 0.625 (2)"
    assert recorded(replace(toy, score="parameters"), tmp_path).startswith("parameters")
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    assert "recorded  WER (seeds): none 0.38" in shown
    assert shown.count("recorded  ") == len(RECIPES)


def test_an_installation_has_no_recorded_files_and_says_so(capsys, monkeypatch):
    monkeypatch.setattr(command, "RECORDED", command.RECORDED / "elsewhere")
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("see the page of recorded results") == len(RECIPES)


@pytest.mark.parametrize("size", [letters.SMALL, letters.LARGE])
@pytest.mark.parametrize("variant", letters.VARIANTS)
def test_every_speller_reads_and_writes(variant, size):
    torch.manual_seed(0)
    model = letters.build(variant, size, 31, 43).eval()
    src, tgt = torch.randint(4, 31, (2, 7)), torch.randint(4, 43, (2, 5))
    logits, _ = model(src, tgt)
    assert logits.shape == (2, 5, 43)
    with pytest.raises(ValueError, match="no variant"):
        letters.build("soft", size, 31, 43)


def test_the_deep_speller_reads_twice():
    shallow, deep = (
        letters.build(name, letters.LARGE, 31, 43)
        for name in ("additive", letters.DEEP)
    )
    longer = letters.build(letters.LONG, letters.LARGE, 31, 43)
    assert longer.state_dict().keys() == deep.state_dict().keys()
    assert (len(shallow.encoder.upper), len(deep.encoder.upper)) == (0, 1)
    assert type(shallow.decoder) is type(deep.decoder)


def test_spelling_is_trained_kept_and_scored(tmp_path, monkeypatch):
    words = g2p.load("stable")
    words = replace(words, train=words.train[:64], test=words.test[:12])
    monkeypatch.setattr(letters, "task", lambda split: words)
    size = letters.SMALL | {"epochs": 1, "d_s": 16, "d_e": 8, "batch": 16}
    found = letters.run(size, "general", 0, Place(tmp_path, "cpu"))
    assert found["PER"] > 0
    assert 0 < found["WER"] <= 1
    assert 0 < found["WER, beam 5"] <= 1
    assert sum(name.startswith("WER, ") for name in found) >= 3
    assert (tmp_path / "weights.safetensors").stat().st_size < 3 * found["parameters"]
    again = letters.run(size, "general", 0, Place(tmp_path, "cpu"))
    assert again == found  # the finished run comes back


def test_a_restart_goes_on_from_the_weights_of_the_first_schedule(
    tmp_path, monkeypatch
):
    words = g2p.load("stable")
    words = replace(words, train=words.train[:64], test=words.test[:12])
    monkeypatch.setattr(letters, "task", lambda split: words)
    calls, whole = [], shared.fit

    def fit(model, batches, **given):
        start = [p.detach().clone() for p in model.parameters()]
        found = whole(model, batches, **given)
        calls.append((start, [p.detach().clone() for p in model.parameters()], given))
        return found

    monkeypatch.setattr(shared, "fit", fit)
    size = {**letters.SMALL, "d_s": 16, "d_e": 8, "batch": 16, "epochs": 3}
    size |= {"restart": {"epochs": 1, "lr": 1e-3}}
    found = letters.run(size, "additive", 0, Place(tmp_path, "cpu", budget=400))
    (_, end, first), (start, last, second) = calls
    assert all(map(torch.equal, end, start))
    assert not all(map(torch.equal, start, last))
    assert first["steps"] == 3 * second["steps"] > 0
    assert (first["lr"], second["lr"]) == (3e-3, 1e-3)
    assert (first["seconds"], second["seconds"]) == (300, 100)
    assert first["seed"] != second["seed"]
    again = letters.run(size, "additive", 0, Place(tmp_path, "cpu", budget=400))
    assert again == found  # both schedules come back from their checkpoints
    assert all(map(torch.equal, calls[-1][1], last))


def known_by_heart(monkeypatch):
    """A stand-in for Phonetisaurus: knows the words of its training, and no other."""
    kept = {}

    def train(lexicon, path):
        kept.update({word: phones[-1] for word, phones in lexicon.items()})

    def predict(words, path):
        return [(word, kept[word]) for word in words if word in kept]

    package = SimpleNamespace(train=train, predict=predict)
    monkeypatch.setitem(sys.modules, "phonetisaurus", package)


def test_joint_ngrams_are_scored_like_the_networks(tmp_path, monkeypatch):
    words = g2p.load("stable")
    words = replace(words, train=words.train[:64], test=words.test[:11])
    words = replace(words, test=(*words.test, words.train[0]))
    monkeypatch.setattr(letters, "task", lambda split: words)
    known_by_heart(monkeypatch)
    found = letters.run(letters.LARGE, letters.NGRAMS, 0, Place(tmp_path, "cpu"))
    assert found["WER, training words"] == 0
    assert found["WER"] == pytest.approx(11 / 12)
    assert found["PER"] > 0.5
    package = sys.modules["phonetisaurus"]
    monkeypatch.setattr(package, "predict", lambda words, path: [])
    with pytest.raises(RuntimeError, match="wrote nothing"):
        letters.joint_ngrams(words)


def test_joint_ngrams_ask_for_their_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonetisaurus", None)
    with pytest.raises(ImportError, match="pip install phonetisaurus"):
        letters.joint_ngrams(g2p.load("stable"))


def test_joint_ngrams_spell_words_never_seen():
    pytest.importorskip("phonetisaurus")  # for Linux only
    words = g2p.load("stable")
    words = replace(words, train=words.train[::40], test=words.test[::40])
    found = letters.joint_ngrams(words)
    assert found["PER"] < 0.35
    assert found["WER, training words"] < 0.3 < found["WER"] < 0.9


def test_relatives_differ_in_their_last_letters():
    def pairs(*words):
        return [Pair(tuple(word), ()) for word in words]

    train = pairs("decide", "car", "mend", "mends", "abandonment")
    asked = pairs("decided", "decid", "care", "mending", "men", "abandon", "abandonme")
    expected = [True, True, False, True, False, False, True]
    assert letters.relatives(asked, train) == expected
    assert letters.relatives(pairs("decide"), train) == [False]  # the word itself


def test_beam_keeps_the_order_of_the_words():
    words = g2p.load("stable")
    torch.manual_seed(1)
    model = letters.build(
        "general", letters.SMALL, len(words.src_vocab), len(words.tgt_vocab)
    )
    pairs = words.test[:9]
    vocabs = words.src_vocab, words.tgt_vocab

    def best(some):
        found = translate(model, some, *vocabs, max_len=40, width=5)
        return [out.tokens for out in found]

    assert best(pairs) == [best((pair,))[0] for pair in pairs]


@pytest.mark.parametrize("variant", multi30k.VARIANTS)
def test_every_translator_reads_and_writes(variant):
    torch.manual_seed(0)
    model = multi30k.build(variant, 23, 29).eval()
    logits, _ = model(torch.randint(4, 23, (2, 7)), torch.randint(4, 29, (2, 5)))
    assert logits.shape == (2, 5, 29)


def test_phrases_are_scored_by_length(tmp_path, monkeypatch):
    task = g2p.phrases(sizes=(64, 10, 20))
    monkeypatch.setattr(phrases, "task", lambda: task)
    monkeypatch.setattr(
        phrases, "SIZE", phrases.SIZE | {"steps": 2, "d_s": 8, "d_e": 8}
    )
    found = phrases.run("local-m", 0, Place(tmp_path, "cpu"))
    assert [name for name in found if "letters" in name] == [
        f"PER, {n - 4} to {n} letters" for n in (5, 10, 15, 20, 25)
    ]


def test_reviews_and_pairs_are_classified(tmp_path, monkeypatch):
    films = documents.load(sizes=(48, 16, 16))
    monkeypatch.setattr(classify, "films", lambda: films)
    monkeypatch.setattr(classify, "REVIEWS", classify.REVIEWS | {"epochs": 1})
    pairs = entailment.load(sizes=(48, 16, 16))
    monkeypatch.setattr(classify.sick, "load", lambda: pairs)
    monkeypatch.setattr(classify, "SICK", classify.SICK | {"epochs": 1})
    for name, one in (
        ("movie_reviews", classify.review),
        ("sick", classify.entailment),
    ):
        for variant in RECIPES[name].variants:
            found = one(variant, 0, Place(tmp_path / name / variant, "cpu"))
            assert 0 <= found["accuracy"] <= 1, variant
    # the largest class of train, whatever the test pairs are
    labels = [pair.label for pair in pairs.train]
    most = max(range(3), key=labels.count)
    majority = classify.entailment("majority", 0, Place(tmp_path, "cpu"))
    right = sum(pair.label == most for pair in pairs.test)
    assert majority["accuracy"] == right / len(pairs.test)


def test_long_sentences_are_cut_and_nothing_is_lost():
    films = documents.load(sizes=(5, 2, 3))
    cut = classify._short(films, 3)
    for before, after in zip(films.train, cut.train, strict=True):
        assert max(map(len, after.sentences)) <= 3
        assert sum(before.sentences, ()) == sum(after.sentences, ())


@pytest.mark.parametrize("variant", couplets.VARIANTS)
def test_couplets_are_trained_kept_and_judged(variant, tmp_path, monkeypatch):
    verses = verse.load(sizes=(64, 4, 9))
    monkeypatch.setattr(couplets, "task", lambda: verses)
    small = {"epochs": 1, "d_e": 8, "d_s": 12, "batch": 32}
    monkeypatch.setattr(couplets, "SIZE", couplets.SIZE | small)
    found = couplets.run(variant, 0, Place(tmp_path, "cpu"))
    assert found["poet, all"] == 1.0
    assert found["beam 5 under the rules, all"] == 1.0
    assert found["beam 5, all"] < 1.0
    assert found["beam 5 under the rules, CER"] > 0
    assert found["beam 5 under the rules, no answer"] == 0.0
    assert found["beam 5, CER of the same"] == found["beam 5, CER"]
    with pytest.raises(ValueError, match="no variant"):
        couplets.build("soft", 23)


def test_couplets_without_an_answer_are_counted_apart():
    task = verse.load(sizes=(1, 1, 9))
    torch.manual_seed(0)
    model = couplets.build("general", len(task.src_vocab)).eval()
    level_end = [Pair(p.tgt, p.src) for p in task.test[:3]]  # exchanged: ends level
    known = couplets.evaluate(model, task, task.test)
    found = couplets.evaluate(model, task, [*task.test, *level_end])
    assert known["beam 5 under the rules, no answer"] == 0.0
    assert found["beam 5 under the rules, no answer"] == pytest.approx(3 / 12)
    for metric, value in known.items():
        if metric.startswith("beam 5 under the rules,") and "no answer" not in metric:
            assert found[metric] == pytest.approx(value), metric
    assert found["beam 5, CER of the same"] == pytest.approx(known["beam 5, CER"])
    assert found["poet, tones"] == pytest.approx(9 / 12)  # of all lines


@pytest.mark.parametrize("variant", scenes.VARIANTS)
def test_scenes_are_captioned_and_pointed_at(variant, tmp_path, monkeypatch):
    drawn = drawings.load(n_shapes=(1, 2), sizes=(64, 1, 40))
    monkeypatch.setattr(scenes, "task", lambda: drawn)
    monkeypatch.setattr(scenes, "SIZE", scenes.SIZE | {"d": 8, "steps": 6})
    aligns = []
    plain = scenes.train

    def watched(model, *rest, loss):
        def look(model, batch):
            value = loss(model, batch)
            aligns.append(getattr(model.decoder.align, "func", model.decoder.align))
            return value

        look.set_progress = loss.set_progress
        return plain(model, *rest, loss=look)

    monkeypatch.setattr(scenes, "train", watched)
    found = scenes.run(variant, 0, Place(tmp_path, "cpu"))
    lengths = {len(p.words) for p in drawn.test}
    assert {f"captions right, {n} words" for n in lengths} <= set(found)
    assert 0 <= found["pointing"] <= 1
    assert (tmp_path / "weights.safetensors").exists()
    hard = {"straight-through": gumbel, "REINFORCE": sample}.get(variant)
    first = scenes.even if variant == "mean of the grid" else softmax
    assert aligns == [first] * 3 + [hard or first] * 3
    if hard:  # one place a word: it lies in the box, or not
        assert found["pointing"] == pytest.approx(found["attention in the box"])


def test_a_captioner_that_is_always_right_is_told_from_one_that_is_not():
    drawn = drawings.load(n_shapes=(1, 2), sizes=(1, 1, 40))
    model = scenes.build("soft", len(drawn.vocab)).eval()
    wrong = scenes.evaluate(model, drawn, drawn.test)
    assert wrong["captions right"] < 0.2
    told = drawn.vocab.encode(drawn.test[0].words)

    def write(*_, **__):
        return SimpleNamespace(tokens=torch.tensor([told]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenes, "greedy", write)
        found = scenes.evaluate(model, drawn, drawn.test[:1])
    assert found["captions right"] == 1.0
    with pytest.raises(ValueError, match="no variant"):
        scenes.build("hard", 12)


@pytest.fixture
def captions(monkeypatch, tmp_path):
    """Three captions for each part of Multi30k, one of them empty."""
    lines = {
        "de": "Ein Hund.\n\nEin Hund rennt.\n",
        "en": "A dog.\n\nA dog runs to Rome.\n",
    }

    def fetch(key):
        path = tmp_path / key.replace("/", "_")
        path.write_bytes(gzip.compress(lines[key.split(".")[-2]].encode()))
        return path

    monkeypatch.setattr(translations.download, "fetch", fetch)


def test_captions_become_tokens_and_text(captions):
    data = translations
    assert data.tokens("Ein T-Shirt, rot.") == ("ein", "t-shirt", ",", "rot", ".")
    line = "a man, or two (in red), run."
    assert data.text(data.tokens(line)) == line
    task = data.load(min_count=2)
    assert task.train[0] == Pair(("ein", "hund", "."), ("a", "dog", "."))
    assert len(task.train) == 2
    assert "3 empty ones left out" in task.about
    assert "rennt" not in task.src_vocab
    assert "hund" in task.src_vocab
    assert data.captions("test", "en") == ["A dog.", "", "A dog runs to Rome."]
    with pytest.raises(ValueError, match="'fr'"):
        data.load(source="fr")
    with pytest.raises(ValueError, match="'dev'"):
        data.captions("dev", "en")


def test_translations_are_scored_against_whole_captions(
    captions, tmp_path, monkeypatch
):
    monkeypatch.setattr(multi30k, "task", multi30k.task.__wrapped__)  # keeps nothing
    small = {"epochs": 2, "d_e": 8, "d_s": 8}
    monkeypatch.setattr(multi30k, "SIZE", multi30k.SIZE | small)
    found = multi30k.run("Bahdanau", 0, Place(tmp_path, "cpu"))
    assert 0 <= found["BLEU"] <= 100
    task = multi30k.task()

    def perfect(model, pairs, *_, **search):
        return [SimpleNamespace(tokens=pair.tgt) for pair in pairs]

    monkeypatch.setattr(multi30k, "translate", perfect)
    model = multi30k.build("Bahdanau", len(task.src_vocab), len(task.tgt_vocab))
    found = multi30k.evaluate(model, task)
    assert round(found["BLEU"], 6) == round(found["BLEU, greedy"], 6) == 100
    assert found["BLEU, cased"] < 90  # Rome


def test_small_talk_is_answered_and_scored(tmp_path, monkeypatch):
    talk = intents.load()
    talk = replace(talk, train=talk.train[::40], test=talk.test[:9])
    monkeypatch.setattr(chat.chat, "chitchat", lambda: talk)
    small = {"epochs": 1, "d_e": 8, "d_s": 8}
    monkeypatch.setattr(chat, "SIZE", chat.SIZE | small)
    for variant in chat.VARIANTS:
        place = Place(tmp_path / variant, "cpu")
        place.folder.mkdir()
        found = chat.run(variant, 0, place)
        assert 0 <= found["accuracy"] <= 1
        assert (variant == "nearest query") == ("accuracy, beam" not in found)
        assert (variant == "nearest query") == (found["parameters"] == 0)


def test_the_nearest_query_and_distinct_by_hand():
    known = (
        Pair(("how", "are", "you"), ("fine",)),
        Pair(("who", "are", "you"), ("me",)),
        Pair(("you",), ("i",)),
    )
    queries = [("who", "is", "you"), ("you", "you"), ("are", "you"), ("nothing",)]
    said = chat.nearest(queries, known)
    # of two equally near the first; repeated words count once
    assert said == [("me",), ("i",), ("fine",), ("fine",)]
    assert chat.distinct([("a", "b", "a"), ("a", "b")], 1) == 2 / 5
    assert chat.distinct([("a", "b", "a"), ("a", "b")], 2) == 2 / 3
    assert chat.distinct([("a",)], 2) == 0
    right = [[("a", "b", "c", "d")], [("e",)]]
    assert chat.scores([("a", "b", "c", "d"), ("f",)], right)["accuracy"] == 0.5
