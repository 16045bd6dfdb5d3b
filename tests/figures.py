"""One figure of each kind for the tests, and what their HTML says when it is read."""

import json
from html.parser import HTMLParser

import torch

from course_lib.viz import atlas, explore, look, play, sweep

SRC = ["vier", "tausend", "zwei", "hundert", "ein", "und", "fünfzig"]
TGT = list("4251")
ALPHA = torch.tensor(
    [
        [0.95, 0.03, 0.01, 0.00, 0.00, 0.00, 0.01],
        [0.02, 0.05, 0.88, 0.05, 0.00, 0.00, 0.00],
        [0.00, 0.00, 0.00, 0.03, 0.08, 0.12, 0.77],
        [0.00, 0.00, 0.02, 0.04, 0.81, 0.10, 0.03],
    ]
)
GOLD = [(0, 0), (1, 2), (2, 6), (3, 4)]
ZH, EN = list("我爱中国"), ["I", "love", "China"]
H = torch.tensor([[4.0, 0.0], [0.0, 2.0], [1.0, 1.0], [1.0, -3.0]])
SCORES = torch.tensor(
    [[2.0, 0.0, -1.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 2.5, 2.5]]
)
LANES = {
    "fixed vector": {"decoder 1": {"equation": "s_t = f(s_{t-1})", "hard": "no"}},
    "attention": {
        "soft": {"equation": "c_t = Σ α_{t,i} h_i", "hard": "no"},
        "sampled": {"equation": "l_t ~ α_t", "hard": "yes"},
    },
}
LINKS = [("decoder 1", "soft"), ("soft", "sampled")]
VOID = {"br", "hr", "img", "image", "input", "meta", "link"}


def steps():
    """Three decoding steps: e, α, c, y′ = [E y; c] and s."""
    made = []
    for t, e in enumerate(SCORES):
        alpha = e.softmax(-1)
        c = alpha @ H
        y_prime = torch.cat([torch.tensor([0.25, -0.5 * t]), c])
        s = torch.tanh(y_prime[:3])
        made.append({"e": e, "alpha": alpha, "c": c, "y_prime": y_prime, "s": s})
    return made


def samples():
    """Name -> figure, of ordinary size."""
    picture = torch.linspace(0, 1, 3 * 12 * 18).view(3, 12, 18)
    places = torch.tensor(
        [[0.1, 0.6, 0.1, 0.1, 0.05, 0.05], [0.0, 0.0, 0.2, 0.0, 0.8, 0.0]]
    )
    flat = torch.full_like(ALPHA, 1 / 7)
    heads = torch.stack([ALPHA.roll(k, 1) for k in range(5)])
    x = range(0, 20, 2)
    return {
        "one": explore(ALPHA, SRC, TGT, gold=GOLD),
        "two": explore({"trained": ALPHA, "blind": flat}, SRC, TGT, gold=GOLD),
        "heads": explore(heads, SRC, TGT),
        "chinese": explore(SCORES.softmax(-1), ZH, EN, title="我爱中国"),
        "play": play(steps(), ZH, EN, h=H, s0=torch.tensor([0.1, 0.2, -0.3])),
        "look": look(
            picture,
            places,
            ["red", "猫"],
            grid=(2, 3),
            alt="A ramp of grey from left to right.",
            boxes=[(0, 6, 6, 12), None],
        ),
        "lines": sweep(
            {
                z: {"measured": [z**d for d in x], "bound": [0.9] * 10}
                for z in (0.5, 0.9)
            },
            x,
            knob="gate z",
            xlabel="distance in steps",
            ylabel="gradient norm",
            log=True,
        ),
        "bars": sweep(
            {tau: {"α": (SCORES[0] / tau).softmax(-1)} for tau in (0.5, 1, 2)},
            ZH,
            knob="temperature τ",
            xlabel="source word",
            ylabel="weight α",
            kind="bars",
            ylim=(0, 1),
            start=1,
        ),
        "atlas": atlas(LANES, LINKS, by="hard", formula="equation", start="soft"),
    }


class Reader(HTMLParser):
    """Elements and texts of some HTML; an element that is not closed is an error."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self.scripts, self.open = [], [], [], []
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"closed and never opened: {tag}"
        assert self.open.pop() == tag

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        (self.scripts if inside == "script" else self.texts).append(data)

    def all(self, tag, **attributes):
        """The attributes of every such element."""
        return [
            found
            for name, found in self.elements
            if name == tag and attributes.items() <= found.items()
        ]


def read(figure):
    """(the page around the drawing, the drawing, the data) of a figure."""
    page = Reader(figure._repr_html_())
    drawing = Reader(page.scripts[0])
    (root,) = page.all("figure")
    return page, drawing, json.loads(root["data-viz"])
