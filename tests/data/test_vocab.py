import pickle

import pytest
import torch

from course_lib.data import BOS, EOS, PAD, UNK, Vocab


def test_specials_come_first_and_in_the_agreed_order():
    vocab = Vocab(["b", "a"])
    assert (PAD, BOS, EOS, UNK) == (0, 1, 2, 3)
    assert vocab.tokens == ("<pad>", "<s>", "</s>", "<unk>", "b", "a")
    assert len(vocab) == 6
    assert "a" in vocab
    assert "z" not in vocab


def test_encode_adds_nothing_and_decode_inverts_it():
    vocab = Vocab("abc")
    assert vocab.encode("cab") == [6, 4, 5]
    assert vocab.decode([6, 4, 5]) == ["c", "a", "b"]


def test_unknown_tokens_become_unk_or_an_error_that_names_them():
    vocab = Vocab("abc")
    assert vocab.encode(["a", "ß", "c"]) == [4, UNK, 6]
    assert vocab.decode([4, UNK]) == ["a", "<unk>"]
    with pytest.raises(ValueError, match=r"\['ß', 'x'\]"):
        vocab.encode(["ß", "a", "x", "ß"], strict=True)


def test_a_strict_encode_accepts_unk_itself():
    assert Vocab("a").encode(["<unk>", "a"], strict=True) == [UNK, 4]


def test_decode_stops_at_eos_and_drops_pad_and_bos():
    vocab = Vocab("abc")
    ids = [BOS, 4, PAD, 5, EOS, 6, 99]
    assert vocab.decode(ids) == ["a", "b"]
    assert vocab.decode(torch.tensor(ids)) == ["a", "b"]


@pytest.mark.parametrize("bad", [-1, 7])
def test_decode_refuses_ids_outside_the_vocabulary(bad):
    with pytest.raises(ValueError, match=f"id {bad} is not in 0..6"):
        Vocab("abc").decode([4, bad])


def test_build_is_sorted_and_counts():
    sequences = [("b", "a"), ("b",), ("c", "a")]
    assert Vocab.build(sequences).tokens[4:] == ("a", "b", "c")
    assert Vocab.build(reversed(sequences)) == Vocab.build(sequences)
    assert Vocab.build(sequences, min_count=2).tokens[4:] == ("a", "b")


@pytest.mark.parametrize("tokens", ["aba", ["a", "<s>"]])
def test_twice_or_special_is_an_error(tokens):
    with pytest.raises(ValueError, match="occur twice or are specials"):
        Vocab(tokens)


def test_it_never_changes_and_survives_pickling():
    vocab = Vocab("abc")
    with pytest.raises(AttributeError, match="never changes"):
        vocab._tokens = ()
    again = pickle.loads(pickle.dumps(vocab))
    assert again == vocab
    assert hash(again) == hash(vocab)
    assert vocab != Vocab("acb")
