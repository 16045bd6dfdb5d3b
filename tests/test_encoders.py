import pytest
import torch
from torch import nn

from course_lib.encoders import RNNEncoder, gru_step, lstm_step

V, D_E, D_S = 17, 5, 7
LENGTHS = torch.tensor([11, 3, 1, 7])


def encoder(rnn, bidirectional, layers=1):
    torch.manual_seed(0)
    kind = {"rnn": rnn, "bidirectional": bidirectional}
    return RNNEncoder(V, D_E, D_S, **kind, layers=layers).eval()


def batch():
    g = torch.Generator().manual_seed(1)
    return torch.randint(4, V, (len(LENGTHS), 11), generator=g)


KINDS = [(r, d) for r in ("gru", "lstm") for d in (True, False)]


def as_torch_names_them(enc):
    """Weights of our layers by the names of a deep torch.nn.GRU or LSTM."""
    weights = {}
    for layer, rnn in enumerate((enc.rnn, *enc.upper)):
        for name, w in rnn.named_parameters():
            direction, name = name.split(".")
            name = name.replace("_l0", f"_l{layer}")
            weights[name + "_reverse" * (direction == "leftward")] = w
    return weights


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize(("rnn", "bidirectional"), KINDS)
def test_equals_torchs_own_rnn_on_each_sentence_alone(rnn, bidirectional, layers):
    ours, src = encoder(rnn, bidirectional, layers), batch()
    theirs = {"gru": nn.GRU, "lstm": nn.LSTM}[rnn](
        D_E, D_S, layers, batch_first=True, bidirectional=bidirectional
    )
    weights = as_torch_names_them(ours)
    theirs.load_state_dict(weights)
    memory = ours(src, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        h, last = theirs(ours.E(src[row : row + 1, :length]))
        last = last[0] if rnn == "lstm" else last
        torch.testing.assert_close(memory.h[row, :length], h[0])
        torch.testing.assert_close(memory.s0[row], last[-1, 0])
        assert memory.mask[row, 0].sum() == length
    plain, (h, last) = ours(src), theirs(ours.E(src))  # nothing is padded
    torch.testing.assert_close(plain.h, h)
    last = last[0] if rnn == "lstm" else last
    torch.testing.assert_close(plain.s0, last[-1])


def test_one_step_is_that_of_torchs_cells():
    torch.manual_seed(0)
    x, s, cell = torch.randn(3, D_E), torch.randn(3, D_S), torch.randn(3, D_S)
    for rnn in (nn.GRUCell(D_E, D_S), nn.LSTMCell(D_E, D_S)):
        to_x = x @ rnn.weight_ih.T + rnn.bias_ih
        to_s = s @ rnn.weight_hh.T + rnn.bias_hh
        if isinstance(rnn, nn.GRUCell):
            torch.testing.assert_close(gru_step(to_x, to_s, s), rnn(x, s))
        else:
            torch.testing.assert_close(lstm_step(to_x + to_s, cell), rnn(x, (s, cell)))


@pytest.mark.parametrize(("rnn", "bidirectional"), KINDS)
def test_lengths_may_be_left_out_when_nothing_is_padded(rnn, bidirectional):
    enc, src = encoder(rnn, bidirectional), batch()
    plain, told = enc(src), enc(src, torch.full((4,), 11))
    assert plain.mask is None
    torch.testing.assert_close(plain.h, told.h)
    torch.testing.assert_close(plain.s0, told.s0)


@pytest.mark.parametrize(("rnn", "bidirectional"), KINDS)
def test_padding_never_matters(rnn, bidirectional):
    enc, src = encoder(rnn, bidirectional), batch()
    wider = torch.cat([src, torch.full((4, 6), 9)], 1)
    a, b = enc(src, LENGTHS), enc(wider, LENGTHS)
    seen = a.mask[:, 0]
    torch.testing.assert_close(a.h[seen], b.h[:, :11][seen])
    torch.testing.assert_close(a.s0, b.s0)
    assert not b.mask[:, 0, 11:].any()


@pytest.mark.parametrize(("rnn", "bidirectional"), KINDS)
def test_padding_gets_no_gradient_and_every_parameter_gets_one(rnn, bidirectional):
    enc, src = encoder(rnn, bidirectional), batch()
    padded = src.masked_fill(torch.arange(11) >= LENGTHS[:, None], 0)
    memory = enc(padded, LENGTHS)
    g = torch.Generator().manual_seed(2)
    loss = (memory.h * torch.randn(memory.h.shape, generator=g))[memory.mask[:, 0]]
    (loss.sum() + memory.s0.sum()).backward()
    assert (enc.E.weight.grad[0] == 0).all()  # token 0 is the padding
    for name, p in enc.named_parameters():
        assert p.grad.isfinite().all(), name
        assert p.grad.abs().sum() > 0, name


def test_between_layers_states_are_dropped_in_training_only():
    enc, src = RNNEncoder(V, D_E, D_S, dropout=0.5, layers=2), batch()
    seen = []
    enc.upper[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    enc(src, LENGTHS)
    enc.eval()(src, LENGTHS)
    share = [float((h == 0).double().mean()) for h in seen]
    assert 0.4 < share[0] < 0.6
    assert share[1] == 0


def test_widths_are_told():
    assert (encoder("gru", True).d_h, encoder("gru", True).d_s0) == (14, 7)
    assert (encoder("gru", False).d_h, encoder("gru", False).d_s0) == (7, 7)


def test_bad_input_is_refused():
    enc, src = encoder("gru", True), batch()
    with pytest.raises(ValueError, match="a source sentence is empty"):
        enc(src, torch.tensor([11, 0, 1, 7]))
    with pytest.raises(ValueError, match="12 tokens but the mask only n=11"):
        enc(src, torch.tensor([12, 3, 1, 7]))
    with pytest.raises(ValueError, match="one of \\['gru', 'lstm'\\], got 'rnn'"):
        RNNEncoder(V, D_E, D_S, rnn="rnn")
    with pytest.raises(ValueError, match="one layer or more, not layers=0"):
        RNNEncoder(V, D_E, D_S, layers=0)
