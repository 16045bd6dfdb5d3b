"""Other people's models behind one interface: ``model(src, tgt_in, n) -> logits``.

n are the lengths of the sources, longest first.  The layers come from their packages,
which `make bench` installs (`peers.txt`).  Two well-known ways of writing additive
attention exist as tutorial text only; they are written here in our words, with the
operations in the tutorials' order: everything inside the loop, keys projected again at
each step, padding not masked.

``greedy(src, n, m)`` decodes, by the package's own function where it has one, otherwise
by its decoder's step; ``beam(src, n, m, width)`` searches, where the package does.  All
write m tokens: no model may stop early.
"""

import importlib
import sys
import warnings
from collections.abc import Callable
from importlib import metadata
from types import SimpleNamespace
from unittest.mock import MagicMock

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.encoders import RNNEncoder

# Imported by the packages, for things that are not measured.
UNUSED = [
    "ahocorasick",
    "fasttext",
    "pyonmttok",
    "spacy",
    "torch.utils.tensorboard",
    "torchaudio",
    "torchvision",
]
BOS = 1


def load(name: str) -> object:
    """Import a peer; what it needs and we do not measure is replaced by a dummy."""
    for unused in UNUSED:
        dummy = MagicMock(name=unused, __path__=[], __spec__=None, __version__="2.0")
        sys.modules.setdefault(unused, dummy)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    names = ["d2l", "joeynmt", "OpenNMT-py", "speechbrain", "x-transformers"]
    return {name: metadata.version(name) for name in names}


def visible(src: Tensor, n: Tensor) -> Tensor:
    """bool [b, S]: what is no padding."""
    return torch.arange(src.shape[1], device=src.device) < n[:, None]


class D2L(nn.Module):
    """d2l's AdditiveAttention in the obvious loop; the logits are read from s_t."""

    def __init__(self, V: int, d: int):
        super().__init__()
        d2l = load("d2l.torch")
        self.E_x, self.E_y = nn.Embedding(V, d), nn.Embedding(V, d)
        self.encoder, self.decoder = nn.GRU(d, d), nn.GRU(2 * d, d)
        self.attention = d2l.AdditiveAttention(d, dropout=0.0)
        self.out = nn.Linear(d, V)

    def _step(self, y: Tensor, s: Tensor, h: Tensor, n: Tensor) -> Tensor:
        c = self.attention(s[-1][:, None], h, h, n)
        return self.decoder(torch.cat([c, y[:, None]], -1).transpose(0, 1), s)

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        h, s = self.encoder(self.E_x(src).transpose(0, 1))
        h, outputs = h.transpose(0, 1), []
        for y in self.E_y(tgt_in).unbind(1):
            output, s = self._step(y, s, h, n)
            outputs.append(output)
        return self.out(torch.cat(outputs)).transpose(0, 1)

    @torch.no_grad()
    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        h, s = self.encoder(self.E_x(src).transpose(0, 1))
        h, tokens = h.transpose(0, 1), []
        y = torch.full((len(src),), BOS, device=src.device)
        for _ in range(m):
            output, s = self._step(self.E_y(y), s, h, n)
            y = self.out(output[0]).argmax(-1)
            tokens.append(y)
        return torch.stack(tokens, 1)


class Tutorial(nn.Module):
    """Additive attention as tutorials write it, one token after another."""

    def __init__(self, V: int, d: int):
        super().__init__()
        self.E_x, self.E_y = nn.Embedding(V, d), nn.Embedding(V, d)
        self.encoder = nn.GRU(d, d, batch_first=True)
        self.decoder = nn.GRU(2 * d, d, batch_first=True)
        self.W_a, self.U_a, self.v_a = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, 1)
        self.out = nn.Linear(d, V)

    def _step(self, y: Tensor, s: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        q = s.permute(1, 0, 2)
        e = self.v_a(torch.tanh(self.W_a(q) + self.U_a(h)))
        alpha = F.softmax(e.squeeze(2).unsqueeze(1), -1)
        x = torch.cat([self.E_y(y), torch.bmm(alpha, h)], 2)
        output, s = self.decoder(x, s)
        return self.out(output), s

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        h, s = self.encoder(self.E_x(src))
        logits = []
        for t in range(tgt_in.shape[1]):
            z, s = self._step(tgt_in[:, t : t + 1], s, h)
            logits.append(z)
        return torch.cat(logits, 1)

    @torch.no_grad()
    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        h, s = self.encoder(self.E_x(src))
        y, tokens = torch.full((len(src), 1), BOS, device=src.device), []
        for _ in range(m):
            z, s = self._step(y, s, h)
            y = z.argmax(-1)
            tokens.append(y)
        return torch.cat(tokens, 1)


class ConcatReadout(nn.Module):
    """The other tutorial: bi-GRU, s repeated n times, logits from [s; c; y]."""

    def __init__(self, V: int, d: int):
        super().__init__()
        self.E_x, self.E_y = nn.Embedding(V, d), nn.Embedding(V, d)
        self.encoder = nn.GRU(d, d, bidirectional=True)
        self.bridge = nn.Linear(2 * d, d)
        self.W_a, self.v_a = nn.Linear(3 * d, d), nn.Linear(d, 1, bias=False)
        self.decoder = nn.GRU(3 * d, d)
        self.out = nn.Linear(4 * d, V)

    def _start(self, src: Tensor) -> tuple[Tensor, Tensor]:
        h, last = self.encoder(self.E_x(src.T))
        return h, torch.tanh(self.bridge(torch.cat([last[-2], last[-1]], 1)))

    def _step(self, y: Tensor, s: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        y, keys = self.E_y(y[None]), h.permute(1, 0, 2)
        repeated = s.unsqueeze(1).repeat(1, len(h), 1)
        energy = torch.tanh(self.W_a(torch.cat([repeated, keys], 2)))
        alpha = F.softmax(self.v_a(energy).squeeze(2), 1)
        c = torch.bmm(alpha.unsqueeze(1), keys).permute(1, 0, 2)
        _, s = self.decoder(torch.cat([y, c], 2), s[None])
        return self.out(torch.cat([s[0], c[0], y[0]], 1)), s[0]

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        h, s = self._start(src)
        logits = []
        for y in tgt_in.unbind(1):
            z, s = self._step(y, s, h)
            logits.append(z)
        return torch.stack(logits, 1)

    @torch.no_grad()
    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        h, s = self._start(src)
        y, tokens = torch.full((len(src),), BOS, device=src.device), []
        for _ in range(m):
            z, s = self._step(y, s, h)
            y = z.argmax(-1)
            tokens.append(y)
        return torch.stack(tokens, 1)


class SpeechBrain(nn.Module):
    """speechbrain's AttentionalRNNDecoder, on our encoder."""

    def __init__(self, V: int, d: int):
        super().__init__()
        rnn = load("speechbrain.nnet.RNN")
        self.encoder, self.E = RNNEncoder(V, d, d), nn.Embedding(V, d)
        self.decoder = rnn.AttentionalRNNDecoder(
            "gru", "content", d, d, 1, enc_dim=self.encoder.d_h, input_size=d
        )
        self.out = nn.Linear(d, V)

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        h = self.encoder(src, n).h
        return self.out(self.decoder(self.E(tgt_in), h, n / src.shape[1])[0])

    @torch.no_grad()
    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        h = self.encoder(src, n).h
        self.decoder.attn.reset()
        c, s = h.new_zeros(len(src), self.decoder.attn_dim), None
        y, tokens = torch.full_like(n, BOS), []
        for _ in range(m):
            z, s, c, _ = self.decoder.forward_step(self.E(y), s, c, h, n)
            y = self.out(z).argmax(-1)
            tokens.append(y)
        return torch.stack(tokens, 1)


class Joey(nn.Module):
    """joeynmt's model, built and searched by its own functions."""

    def __init__(self, V: int, **cfg: dict):
        super().__init__()
        names = ["unk", "pad", "bos", "eos"]  # ids 0 to 3, in joeynmt's order
        special = SimpleNamespace(sep_token=None, lang_tags=[])
        for i, name in enumerate(names):
            setattr(special, f"{name}_token", f"<{name}>")
            setattr(special, f"{name}_id", i)
        words = [f"w{i}" for i in range(4, V)]
        vocab = load("joeynmt.vocabulary").Vocabulary(words, special)
        self.net = load("joeynmt.model").build_model(cfg, vocab, vocab)
        self.search = load("joeynmt.search")

    @classmethod
    def recurrent(cls, V: int, d: int, attention: str, feeding: bool) -> "Joey":
        shared = {"embeddings": {"embedding_dim": d, "dropout": 0.0}, "dropout": 0.0}
        shared |= {"type": "recurrent", "rnn_type": "lstm", "hidden_size": d}
        own = {"attention": attention, "input_feeding": feeding, "num_layers": 1}
        own |= {"init_hidden": "bridge", "hidden_dropout": 0.0}
        return cls(V, encoder=shared | {"num_layers": 1}, decoder=shared | own)

    @classmethod
    def transformer(cls, V: int, d: int, heads: int, layers: int) -> "Joey":
        sizes = {"hidden_size": d, "ff_size": 4 * d, "num_heads": heads}
        embeddings = {"embedding_dim": d, "dropout": 0.0, "scale": True}
        part = {"type": "transformer", "embeddings": embeddings, "dropout": 0.0}
        part |= sizes | {"num_layers": layers, "layer_norm": "pre"}
        return cls(V, encoder=part, decoder=part)

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        return self.net._encode_decode(
            src=src,
            trg_input=tgt_in,
            src_mask=visible(src, n)[:, None],
            src_length=n,
            trg_mask=torch.ones_like(tgt_in, dtype=torch.bool)[:, None],
        )[0]

    @torch.no_grad()
    def _found(
        self, search: Callable, src: Tensor, n: Tensor, m: int, **options: int
    ) -> Tensor:
        mask = visible(src, n)[:, None]
        h, s = self.net._encode(src, n, mask)
        return search(
            src_mask=mask,
            max_output_length=m,
            min_output_length=m,
            model=self.net,
            encoder_output=h,
            encoder_hidden=s,
            **options,
        )[0]

    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        return self._found(self.search.greedy, src, n, m)

    def beam(self, src: Tensor, n: Tensor, m: int, width: int) -> Tensor:
        return self._found(
            self.search.beam_search, src, n, m, beam_size=width, alpha=0.0, n_best=1
        )


class Embedded(nn.Embedding):
    """What OpenNMT-py asks of an embedding: a width, and a last axis of features."""

    @property
    def embedding_size(self) -> int:
        return self.embedding_dim

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x[..., 0])


class OpenNMT(nn.Module):
    """OpenNMT-py's encoder and decoder: bi-LSTM of d/2 a direction, general score."""

    def __init__(self, V: int, d: int, feeding: bool):
        super().__init__()
        encoders = load("onmt.encoders.rnn_encoder")
        decoders = load("onmt.decoders.decoder")
        kind = decoders.InputFeedRNNDecoder if feeding else decoders.StdRNNDecoder
        E_x, E_y = Embedded(V, d), Embedded(V, d)
        self.encoder = encoders.RNNEncoder("LSTM", True, 1, d, embeddings=E_x)
        self.decoder = kind("LSTM", True, 1, d, attn_type="general", embeddings=E_y)
        self.out = nn.Linear(d, V)

    def _start(self, src: Tensor, n: Tensor) -> Tensor:
        h, last, _ = self.encoder(src[..., None], n)
        self.decoder.init_state(src, h, last)
        return h

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        h = self._start(src, n)
        return self.out(self.decoder(tgt_in[..., None], h, src_len=n)[0])

    @torch.no_grad()
    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        h, tokens = self._start(src, n), []
        y = torch.full((len(src), 1, 1), BOS, device=src.device)
        for t in range(m):
            z, _ = self.decoder(y, h, src_len=n, step=t)
            y = self.out(z).argmax(-1)[..., None]
            tokens.append(y[..., 0])
        return torch.cat(tokens, 1)


class TorchTransformer(nn.Module):
    """torch's nn.Transformer, pre-norm; it has no cache."""

    def __init__(self, V: int, d: int, heads: int, layers: int):
        super().__init__()
        self.E_x, self.E_y = nn.Embedding(V, d), nn.Embedding(V, d)
        positions = torch.zeros(1024, d)
        angle = torch.arange(1024.0)[:, None] / 1e4 ** (torch.arange(0, d, 2) / d)
        positions[:, 0::2], positions[:, 1::2] = angle.sin(), angle.cos()
        self.register_buffer("positions", positions)
        self.net = nn.Transformer(
            d, heads, layers, layers, 4 * d, 0.0, batch_first=True, norm_first=True
        )
        self.out, self.scale = nn.Linear(d, V), d**0.5

    def _read(self, E: nn.Embedding, y: Tensor) -> Tensor:
        return E(y) * self.scale + self.positions[: y.shape[1]]

    def _encode(self, src: Tensor, n: Tensor) -> tuple[Tensor, Tensor | None]:
        hidden = None if (n == src.shape[1]).all() else ~visible(src, n)
        x = self._read(self.E_x, src)
        return self.net.encoder(x, src_key_padding_mask=hidden), hidden

    def _decode(self, h: Tensor, hidden: Tensor | None, tgt_in: Tensor) -> Tensor:
        m = tgt_in.shape[1]
        return self.net.decoder(
            self._read(self.E_y, tgt_in),
            h,
            tgt_mask=nn.Transformer.generate_square_subsequent_mask(m, h.device),
            tgt_is_causal=True,
            memory_key_padding_mask=hidden,
        )

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        return self.out(self._decode(*self._encode(src, n), tgt_in))

    @torch.no_grad()
    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        h, hidden = self._encode(src, n)
        y = torch.full((len(src), 1), BOS, device=src.device)
        for _ in range(m):
            z = self.out(self._decode(h, hidden, y)[:, -1])
            y = torch.cat([y, z.argmax(-1, keepdim=True)], 1)
        return y[:, 1:]


class XTransformers(nn.Module):
    """x-transformers with flash attention and its cache."""

    def __init__(self, V: int, d: int, heads: int, layers: int, n: int):
        super().__init__()
        x = load("x_transformers")
        common = {
            "dim": d,
            "depth": layers,
            "heads": heads,
            "attn_dim_head": d // heads,
        }
        common |= {"attn_flash": True}
        self.encoder = x.TransformerWrapper(
            num_tokens=V, max_seq_len=n, attn_layers=x.Encoder(**common)
        )
        self.decoder = x.TransformerWrapper(
            num_tokens=V,
            max_seq_len=n,
            attn_layers=x.Decoder(cross_attend=True, **common),
        )

    def _encode(self, src: Tensor, n: Tensor) -> dict[str, Tensor]:
        mask = None if (n == src.shape[1]).all() else visible(src, n)
        h = self.encoder(src, mask=mask, return_embeddings=True)
        return {"context": h, "context_mask": mask}

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        return self.decoder(tgt_in, **self._encode(src, n))

    @torch.no_grad()
    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        read = self._encode(src, n)
        y, cache = torch.full((len(src), 1), BOS, device=src.device), None
        for _ in range(m):
            z, cache = self.decoder(y, **read, cache=cache, return_intermediates=True)
            y = torch.cat([y, z[:, -1].argmax(-1, keepdim=True)], 1)
        return y[:, 1:]
