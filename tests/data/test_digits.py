import builtins
from itertools import pairwise

import pytest
import torch

from course_lib.data import digits

SIZES = (203, 31, 53)


def clean(**options):
    return digits.load(sizes=SIZES, noise=0, **options)


def patches(part):
    for p in part:
        for word, (top, left, bottom, right) in zip(p.words, p.boxes, strict=True):
            yield word, p.image[0, top:bottom, left:right]


def test_every_box_holds_one_digit_and_nothing_is_drawn_outside():
    task = clean()
    originals, labels = digits._digits()
    assert len(labels) == 1797
    known = {
        image.tobytes(): str(y) for image, y in zip(originals, labels, strict=True)
    }
    for part in (task.train, task.val, task.test):
        for word, patch in patches(part):
            assert patch.shape == (8, 8)
            assert known[patch.contiguous().numpy().tobytes()] == word
        for p in part:
            outside = p.image.clone()
            for top, left, bottom, right in p.boxes:
                outside[0, top:bottom, left:right] = 0
            assert not outside.any()


def test_digits_are_read_from_left_to_right_and_do_not_overlap():
    for p in clean().train:
        assert p.image.shape == (1, 16, 56)
        assert len(p.words) == 4
        lefts = [box[1] for box in p.boxes]
        assert all(b - a >= 8 for a, b in pairwise(lefts))
        assert all(0 <= x <= 48 for x in lefts)
        assert all(0 <= box[0] <= 8 for box in p.boxes)


def test_no_digit_is_in_two_parts():
    task = clean()
    originals, _ = digits._digits()
    place = {image.tobytes(): i for i, image in enumerate(originals)}
    for name, part in [("train", task.train), ("val", task.val), ("test", task.test)]:
        low, high = digits.CUTS[name]
        used = {place[x.contiguous().numpy().tobytes()] for _, x in patches(part)}
        assert len(used) > 50
        assert all(low <= i < high for i in used)


def test_the_seed_alone_decides():
    def images(part):
        return torch.stack([p.image for p in part])

    task = digits.load(sizes=SIZES)
    assert torch.equal(images(task.train), images(digits.load(sizes=SIZES).train))
    small = digits.load(sizes=(3, 31, 53))
    assert torch.equal(images(small.test), images(task.test))
    assert not torch.equal(
        images(task.test), images(digits.load(sizes=SIZES, seed=1).test)
    )


def test_noise_is_as_strong_as_asked():
    a, b = digits.load(sizes=SIZES, noise=0.3), clean()
    diff = torch.stack([p.image for p in a.train]) - torch.stack(
        [p.image for p in b.train]
    )
    assert [len(a.train), len(a.val), len(a.test)] == list(SIZES)
    assert [p.words for p in a.train] == [p.words for p in b.train]
    assert diff.std().item() == pytest.approx(0.3, abs=0.01)


def test_bad_canvases_are_refused():
    for options in [{"n_digits": 8}, {"size": (7, 56)}, {"n_digits": 0}]:
        with pytest.raises(ValueError, match="do not fit on a canvas"):
            digits.load(**options)


def test_without_scikit_learn_it_says_what_to_do(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **options):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        digits.load()
