"""Tokens to integers and back."""

from collections import Counter
from collections.abc import Iterable, Iterator

from jaxtyping import Int
from torch import Tensor

PAD, BOS, EOS, UNK = 0, 1, 2, 3
SPECIALS = ("<pad>", "<s>", "</s>", "<unk>")


class Vocab:
    """id(token) = 4 + position in `tokens`; 0 to 3 are <pad>, <s>, </s>, <unk>.

    A vocabulary never changes once it is made, so ids in a checkpoint keep their
    meaning. Two vocabularies with the same tokens in the same order are equal.

    Args:
        tokens: the ordinary tokens, each once; the four specials are put in front.

    Attributes:
        tokens: all tokens, the four specials first: `tokens[i]` is the token of id i.

    Raises:
        ValueError: a token is given twice, or is one of the four specials.
    """

    tokens: tuple[str, ...]
    _ids: dict[str, int]

    def __init__(self, tokens: Iterable[str]) -> None:
        all_tokens = (*SPECIALS, *tokens)
        ids = {token: i for i, token in enumerate(all_tokens)}
        if len(ids) < len(all_tokens):
            twice = sorted(t for t, k in Counter(all_tokens).items() if k > 1)
            raise ValueError(
                f"these tokens occur twice or are specials: {twice[:5]}; give every "
                f"ordinary token once and leave out {' '.join(SPECIALS)}"
            )
        vars(self).update(tokens=all_tokens, _ids=ids)  # __setattr__ refuses

    @classmethod
    def build(cls, sequences: Iterable[Iterable[str]], min_count: int = 1) -> "Vocab":
        """Tokens seen at least `min_count` times, sorted, whatever the data's order.

        Args:
            sequences: token sequences; a plain string counts as its characters.
            min_count: rarer tokens are left out and will be encoded as <unk>.
        """
        counts = Counter(token for sequence in sequences for token in sequence)
        return cls(sorted(t for t, k in counts.items() if k >= min_count))

    def encode(self, tokens: Iterable[str], strict: bool = False) -> list[int]:
        """Ids of the tokens, without <s> and </s> (`collate` adds them).

        Args:
            tokens: a token sequence; a plain string counts as its characters.
            strict: raise for unknown tokens; otherwise they become <unk>.

        Raises:
            ValueError: `strict`, and some tokens are not in the vocabulary.
        """
        if strict:
            tokens = tuple(tokens)
            unknown = [t for t in dict.fromkeys(tokens) if t not in self]
            if unknown:
                raise ValueError(
                    f"not in the vocabulary: {unknown}; use strict=False to read them "
                    f"as {SPECIALS[UNK]}"
                )
        return [self._ids.get(token, UNK) for token in tokens]

    def decode(self, ids: Iterable[int] | Int[Tensor, " n"]) -> list[str]:
        """Tokens up to the first </s>; <pad> and <s> are dropped, <unk> is kept.

        Args:
            ids: integers or an integer tensor with one axis.

        Raises:
            ValueError: an id before </s> is negative or not below `len(self)`.
        """
        tokens = []
        for i in ids.tolist() if isinstance(ids, Tensor) else ids:
            if not 0 <= i < len(self.tokens):
                raise ValueError(f"id {i} is not in 0..{len(self.tokens) - 1}")
            if i == EOS:
                break
            if i not in (PAD, BOS):
                tokens.append(self.tokens[i])
        return tokens

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self.tokens)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocab) and self.tokens == other.tokens

    def __hash__(self) -> int:
        return hash(self.tokens)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Vocab never changes: cannot set {name!r}")

    def __repr__(self) -> str:
        shown = " ".join(self.tokens[len(SPECIALS) :][:8])
        more = " ..." if len(self) > len(SPECIALS) + 8 else ""
        return f"Vocab({len(self)} tokens: 4 specials, {shown}{more})"
