"""The models that ship load offline, and do what their cards say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from course_lib import couplets as form
from course_lib import weights
from course_lib.data import chat, scenes
from course_lib.data.batching import Pair
from course_lib.data.documents import Document
from course_lib.data.documents import collate as collate_documents
from course_lib.data.download import DataUnavailable
from course_lib.data.pictures import collate_pictures
from course_lib.recipes import Refused, own
from course_lib.recipes.__main__ import RECIPES, main
from course_lib.recipes.classify import Loss
from course_lib.search import greedy, translate

ROOT = Path(__file__).parent.parent


def write(trained, src, **how):
    pair = Pair(tuple(src), ("?",))
    vocabs = trained.src_vocab, trained.tgt_vocab
    (out,) = translate(trained.model, [pair], *vocabs, max_len=40, **how)
    return out.tokens


@pytest.mark.parametrize("name", ["letters", "letters_general"])
def test_words_are_read_aloud(name):
    letters = weights.load(name)
    assert write(letters, "attention") == ["AH", "T", "EH", "N", "SH", "AH", "N"]
    assert write(letters, "xylophone") == ["Z", "AY", "L", "AH", "F", "OW", "N"]


def test_small_talk_is_answered():
    talk = weights.load("chitchat")
    answer = write(talk, chat.tokens("Tell me a joke"))
    assert "funny" in answer


def test_a_couplet_is_finished_under_the_rules():
    tang = weights.load("couplets")
    upper = tuple("清风迎紫燕")

    def bound(pairs):
        return form.constraint([pair.src for pair in pairs], tang.tgt_vocab)

    lower = write(tang, upper, width=5, constrain=bound)
    assert len(lower) == 5
    assert form.distinct(upper, lower)
    assert lower[:2] == ["明", "月"]


def test_a_phrase_is_read_aloud_word_by_word():
    out = write(weights.load("phrases"), "small_talk")
    assert "".join(out).split("|") == ["SMAOL", "TAOK"]


def test_a_scene_is_captioned():
    captioner = weights.load("scenes")
    assert captioner.src_vocab is None
    drawn = scenes.load(sizes=(1, 1, 20), seed=7).test
    batch = collate_pictures(drawn, captioner.tgt_vocab)
    with torch.no_grad():
        memory = captioner.model.encoder(batch.image)
        rows = greedy(captioner.model.decoder, memory, max_len=10).tokens
    captions = [captioner.tgt_vocab.decode(row) for row in rows.tolist()]
    assert sum(a == list(b.words) for a, b in zip(captions, drawn, strict=True)) > 17


def classified(trained, sentences):
    batch = collate_documents([Document(sentences, 0)], trained.src_vocab)
    logits = Loss(pairs=len(trained.labels) == 3).logits(trained.model, batch)
    return trained.labels[int(logits.argmax(-1))]


def test_a_review_is_judged():
    films = weights.load("reviews")
    bad = "a boring , stupid waste of time", "the worst plot , and bad acting"
    good = "a wonderful , moving film", "brilliant acting , and a perfect story"
    for text, label in ((bad, "negative"), (good, "positive")):
        assert classified(films, tuple(tuple(s.split()) for s in text)) == label


def test_two_sentences_are_compared():
    pairs = weights.load("pairs")
    dog = ("a", "dog", "is", "running", "in", "a", "field")
    still = ("there", "is", "no", "dog", "running", "in", "a", "field")
    assert classified(pairs, (dog, dog)) == "entailment"
    assert classified(pairs, (dog, still)) == "contradiction"


@pytest.mark.parametrize("name", weights.ORIGINS)
def test_files_are_small_and_the_card_tells_where_they_come_from(name):
    path = weights.FOLDER / f"{name}.safetensors"
    assert path.stat().st_size <= 4_000_000
    trained = weights.load(name)
    assert not trained.model.training
    assert all(p.dtype == torch.float32 for p in trained.model.parameters())
    card, page = trained.card, path.with_suffix(".md").read_text(encoding="utf-8")
    assert card["parameters"] == sum(p.numel() for p in trained.model.parameters())
    assert card["recipe"] in page
    recorded = json.loads((ROOT / card["results"]).read_text())
    assert card["commit"] in recorded["commits"]
    origin = weights.ORIGINS[name]
    row = recorded["results"][origin.variant]
    run = row["seeds"].index(origin.seed)
    for metric, shipped in card["held-out data, as shipped"].items():
        # half precision moves hardly anything
        value = row[metric]["values"][run]
        assert shipped == pytest.approx(value, rel=0.02, abs=0.01), metric


@pytest.mark.parametrize("name", ["letters", "phrases", "chitchat", "scenes", "pairs"])
def test_the_card_holds_on_data_never_seen(name):
    origin, trained = weights.ORIGINS[name], weights.load(name)
    try:
        task = origin.task()
    except DataUnavailable as error:
        pytest.skip(str(error).splitlines()[0])
    assert weights._vocabs(task) == (trained.src_vocab, trained.tgt_vocab)
    found = origin.evaluate(trained.model, task)
    for metric, value in trained.card["held-out data, as shipped"].items():
        assert found[metric] == pytest.approx(value, rel=0.01, abs=0.003), metric


def test_unknown_names_and_runs_that_were_not_made_are_told(tmp_path):
    with pytest.raises(
        ValueError, match=r"'gpt'.*'chitchat', 'couplets', 'letters', 'letters_gen"
    ):
        weights.load("gpt")
    with pytest.raises(Refused, match='recipes chat --variants "general" --seeds 0'):
        weights.ship("chitchat", tmp_path, RECIPES["chat"])


def test_a_recipe_without_a_model_is_told(capsys):
    assert main(["g2p", "--ship"]) == 1
    assert "no model of g2p ships" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--ship"])
    assert "whose models? NAME --ship" in capsys.readouterr().err


def test_a_run_that_was_cut_short_or_is_of_other_settings_does_not_ship(tmp_path):
    folder, recipe = tmp_path / "chat/general-0", RECIPES["chat"]
    folder.mkdir(parents=True)
    run = {"variant": "general", "seed": 0, "budget": 1.0}
    run["settings"] = own(recipe.settings, "general")
    (folder / "result.json").write_text(json.dumps(run))
    with pytest.raises(Refused, match="cut short by a budget"):
        weights.ship("chitchat", tmp_path, recipe)
    run |= {"budget": None, "settings": run["settings"] | {"lr": 7.0}}
    (folder / "result.json").write_text(json.dumps(run))
    with pytest.raises(Refused, match="other settings than those of today: lr"):
        weights.ship("chitchat", tmp_path, recipe)


def test_what_is_shipped_comes_back(tmp_path, monkeypatch):
    from course_lib.data import intents

    talk = intents.load()
    origin = weights.ORIGINS["chitchat"]
    small = weights.Origin(
        "a test",
        origin.recipe,
        origin.variant,
        3,
        lambda _, n, m: origin.build("general", n, m),
        lambda: talk,
        lambda model, task: {"accuracy": 0.125},
        "no data",
    )
    monkeypatch.setitem(weights.ORIGINS, "test", small)
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    folder = tmp_path / "chat/general-3"
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    model = small.build("general", len(talk.src_vocab), len(talk.tgt_vocab)).eval()
    half = {k: v.half().contiguous() for k, v in model.state_dict().items()}
    save_file(half, folder / "weights.safetensors")
    recipe = RECIPES["chat"]
    run = {"hardware": "h", "versions": {"torch": "2"}, "commit": "c", "budget": None}
    run |= {"variant": "general", "seed": 3, "settings": dict(recipe.settings)}
    (folder / "result.json").write_text(json.dumps(run))
    weights.ship("test", tmp_path, recipe)
    back = weights.load("test")
    assert back.src_vocab == talk.src_vocab
    assert back.card["held-out data, as shipped"] == {"accuracy": 0.125}
    for key, value in back.model.state_dict().items():
        torch.testing.assert_close(value, half[key].float(), rtol=0, atol=0)
    page = (tmp_path / "test.md").read_text(encoding="utf-8")
    assert "# test" in page
    assert "| accuracy | 0.125 |" in page


def test_loading_needs_no_data(tmp_path):
    code = (
        "from course_lib.data import download\n"
        "download.fetch = None\n"  # whoever asks for data breaks
        "from course_lib import weights\n"
        "for name in weights.ORIGINS: weights.load(name)\n"
    )
    env = {"COURSE_DATA": str(tmp_path), "PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path)
    assert done.returncode == 0
