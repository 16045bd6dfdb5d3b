import pytest
import torch

from course_lib.data import scenes
from course_lib.data.pictures import Shuffled, collate_pictures
from course_lib.data.vocab import BOS, EOS, PAD

SIZES = (300, 31, 53)


def task(**options):
    return scenes.load(sizes=SIZES, **options)


def pictures():
    found = task()
    return found.train + found.val + found.test


def named(picture):
    """(colour, shape, box) of each thing, and the relations between them."""
    words, boxes = picture.words, picture.boxes
    assert len(words) == len(boxes)
    things = [(words[j], words[j + 1], boxes[j]) for j in range(0, len(words), 3)]
    for j in range(0, len(words), 3):
        assert boxes[j] == boxes[j + 1]
    assert all(boxes[j] is None for j in range(2, len(words), 3))
    return things, words[2::3]


def test_boxes_contain_exactly_the_drawn_pixels():
    for picture in pictures():
        things, _ = named(picture)
        ink = torch.zeros(scenes.SIZE, dtype=torch.bool)
        for colour, shape, (top, left, bottom, right) in things:
            patch = picture.image[:, top:bottom, left:right]
            drawn = patch.any(0)
            assert drawn.any(0).all(), shape  # the box is not too wide
            assert drawn.any(1).all(), shape  # nor too high
            paint = torch.tensor(scenes.COLOURS[colour], dtype=torch.float)
            assert (patch[:, drawn] == paint[:, None]).all()
            assert torch.equal(drawn, scenes.stencil(shape, bottom - top))
            assert not ink[top:bottom, left:right].any()  # boxes do not overlap
            ink[top:bottom, left:right] = True
        assert not picture.image[:, ~ink].any()


def test_captions_follow_the_grammar():
    seen = set()
    for picture in pictures():
        things, relations = named(picture)
        assert 1 <= len(things) <= 3
        for colour, shape, _ in things:
            assert colour in scenes.COLOURS
            assert shape in scenes.SHAPES
        cells = [(b[0] // scenes.CELL, b[1] // scenes.CELL) for _, _, b in things]
        assert cells == sorted(set(cells))  # told as one reads
        for one, two, relation in zip(cells, cells[1:], relations, strict=False):
            assert relation == ("beside" if one[0] == two[0] else "above")
        seen |= set(picture.words)
        box = things[0][2]
        seen |= {box[2] - box[0]}
    words = {*scenes.COLOURS, *scenes.SHAPES, *scenes.RELATIONS}
    assert seen == words | {6, 7, 8}


def test_the_shapes_by_eye():
    def drawn(shape):
        return ["".join(".#"[i] for i in row) for row in scenes.stencil(shape, 6).int()]

    assert drawn("square") == ["######"] * 6
    assert drawn("circle") == [
        ".####.",
        "######",
        "######",
        "######",
        "######",
        ".####.",
    ]
    assert drawn("triangle") == [
        "..##..",
        "..##..",
        ".####.",
        ".####.",
        "######",
        "######",
    ]
    assert drawn("cross") == [
        "..##..",
        "..##..",
        "######",
        "######",
        "..##..",
        "..##..",
    ]
    with pytest.raises(ValueError, match="not one of"):
        scenes.stencil("star", 6)


def test_no_caption_is_in_two_parts():
    found = task()
    train, val, test = (
        {p.words for p in part} for part in (found.train, found.val, found.test)
    )
    assert [len(found.train), len(found.val), len(found.test)] == list(SIZES)
    assert not train & val
    assert not train & test
    assert not val & test


def same(a, b):
    return all(
        p.words == q.words and p.boxes == q.boxes and torch.equal(p.image, q.image)
        for p, q in zip(a, b, strict=True)
    )


def test_the_seed_alone_decides():
    assert same(task().train, task().train)
    assert same(scenes.load(sizes=(3, 31, 53)).test, task().test)
    assert not same(task(seed=1).test, task().test)


def test_a_number_of_things_can_be_asked_for():
    assert {len(p.words) for p in task(n_shapes=(2, 2)).train} == {5}
    with pytest.raises(ValueError, match="n_shapes is"):
        scenes.load(n_shapes=(0, 2))


def test_collate_shifts_the_caption_and_pads():
    found = task()
    some = found.train[:17]
    image, tgt_in, tgt_out = collate_pictures(some, found.vocab)
    assert image.shape == (17, 3, *scenes.SIZE)
    for row, p in enumerate(some):
        ids, m = found.vocab.encode(p.words), len(p.words)
        assert torch.equal(image[row], p.image)
        assert tgt_in[row, : m + 1].tolist() == [BOS, *ids]
        assert tgt_out[row, : m + 1].tolist() == [*ids, EOS]
        assert (tgt_in[row, m + 1 :] == PAD).all()
        assert (tgt_out[row, m + 1 :] == PAD).all()
    with pytest.raises(ValueError, match="at least one"):
        collate_pictures([], found.vocab)
    with pytest.raises(ValueError, match="not in the vocabulary"):
        collate_pictures([some[0]._replace(words=("star",))], found.vocab)


def test_an_epoch_shows_every_picture_once_in_a_shuffle_of_its_own():
    found = task()
    batches = Shuffled(found.train, found.vocab, 47, seed=3)
    first, second = list(batches), list(batches)
    assert len(first) == len(batches) == 7
    whole = collate_pictures(found.train, found.vocab)

    def captions(rows):
        return sorted(tuple(x for x in row.tolist() if x != PAD) for row in rows)

    for epoch in (first, second):
        assert captions(y for b in epoch for y in b.tgt_out) == captions(whole.tgt_out)
        for batch in epoch:
            assert (batch.tgt_out != PAD).any(0).all()  # no column of padding
    assert not torch.equal(first[0].image, second[0].image)
    batches.set_epoch(0)
    again = next(iter(batches))
    assert all(torch.equal(a, b) for a, b in zip(again, first[0], strict=True))
    assert torch.equal(again.to("cpu").image, again.image)
    with pytest.raises(ValueError, match="at least 1"):
        Shuffled(found.train, found.vocab, 0)


def test_a_task_prints_short():
    assert repr(task()) == (
        "PictureTask(scenes: 300 train, 31 val, 53 test pictures; 14 tokens)"
    )
    assert "no caption is in two parts" in task().about


def test_a_part_without_any_caption_is_an_error():
    with pytest.raises(ValueError, match="no caption of 1 to 1 things belongs to test"):
        scenes.load(n_shapes=(1, 1), sizes=(1, 0, 1))
