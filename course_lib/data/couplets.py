"""Chinese couplets (对联): two lines of equal length, one character answers another.

`load` makes couplets from a lexicon of the course's own, in which every character has
its pronunciation, its part of speech and an English gloss; `tang` reads couplets of
Tang poets, and `readings` and `glosses` tell how their characters sound and what the
most frequent ones mean. The rules of the form are in `course_lib.couplets`.
"""

import gzip
import importlib
import random
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from . import download
from .batching import Pair, Task, counts, split_of
from .vocab import Vocab

KEY = "couplets/tang_couplets.tsv.gz"
LOVED = 0.7  # how often a character is answered by its partner
# read as what `glosses` says: pypinyin's first reading is another word, of the other
# tone class (zhang3 to grow, gan4 to do, shen3 a name, xing1 to rise, fa1 to send …)
USUAL = {
    "长": "chang2",  # long
    "干": "gan1",  # dry
    "沈": "chen2",  # sunken
    "兴": "xing4",  # mood
    "发": "fa4",  # hair
    "塞": "sai4",  # frontier
    "阙": "que4",  # watchtower
    "曲": "qu3",  # tune
}


class Character(NamedTuple):
    """One entry of the lexicon."""

    character: str
    pinyin: str  # with the number of its tone: tian1
    gloss: str
    part: str  # of speech
    field: str  # of meaning, finer than the part of speech
    partner: str  # its usual answer, of the other tone class

    @property
    def tone(self) -> int:
        """1 to 4, in the Mandarin of today."""
        return int(self.pinyin[-1])


# part of speech, field of meaning, and the characters of the field in pairs: first one
# of a level tone (1, 2), then its partner of an oblique one (3, 4). Left out are those
# with two common readings of different class, and those that are level today and were
# not in Tang.
FIELDS = (
    (
        "noun",
        "sky",
        "天 tian1 sky, 地 di4 earth; 风 feng1 wind, 雨 yu3 rain; "
        "云 yun2 cloud, 雾 wu4 mist; 霞 xia2 rosy cloud, 雪 xue3 snow; "
        "星 xing1 star, 月 yue4 moon; 霜 shuang1 frost, 露 lu4 dew; "
        "虹 hong2 rainbow, 日 ri4 sun",
    ),
    (
        "noun",
        "land",
        "山 shan1 mountain, 水 shui3 water; 江 jiang1 river, 海 hai3 sea; "
        "溪 xi1 brook, 岭 ling3 ridge; 峰 feng1 peak, 谷 gu3 valley; "
        "泉 quan2 spring of water, 路 lu4 road; 田 tian2 field, 野 ye3 open country; "
        "桥 qiao2 bridge, 岸 an4 bank of a river",
    ),
    (
        "noun",
        "plant",
        "花 hua1 flower, 草 cao3 grass; 梅 mei2 plum blossom, 柳 liu3 willow; "
        "松 song1 pine, 柏 bai3 cypress; 枝 zhi1 branch, 叶 ye4 leaf; "
        "兰 lan2 orchid, 桂 gui4 osmanthus; 桃 tao2 peach, 李 li3 plum; "
        "荷 he2 lotus, 杏 xing4 apricot",
    ),
    (
        "noun",
        "animal",
        "莺 ying1 oriole, 燕 yan4 swallow; 鱼 yu2 fish, 鸟 niao3 bird; "
        "龙 long2 dragon, 虎 hu3 tiger; 鸥 ou1 gull, 鹭 lu4 egret; "
        "蝉 chan2 cicada, 雀 que4 sparrow; 猿 yuan2 gibbon, 马 ma3 horse; "
        "鸦 ya1 crow, 雁 yan4 wild goose",
    ),
    (
        "noun",
        "house",
        "门 men2 gate, 户 hu4 door; 楼 lou2 tower, 寺 si4 temple; "
        "窗 chuang1 window, 院 yuan4 courtyard; 灯 deng1 lamp, 火 huo3 fire; "
        "书 shu1 book, 画 hua4 painting; 诗 shi1 poem, 酒 jiu3 wine; "
        "琴 qin2 zither, 剑 jian4 sword; 舟 zhou1 boat, 棹 zhao4 oar",
    ),
    (
        "time",
        "time",
        "春 chun1 spring, 夏 xia4 summer; 秋 qiu1 autumn, 晓 xiao3 daybreak; "
        "晨 chen2 morning, 暮 mu4 evening; 今 jin1 today's, 古 gu3 ancient; "
        "宵 xiao1 night, 昼 zhou4 day; 冬 dong1 winter, 岁 sui4 year",
    ),
    (
        "adjective",
        "colour",
        "红 hong2 red, 绿 lü4 green; 青 qing1 blue-green, 紫 zi3 purple; "
        "黄 huang2 yellow, 翠 cui4 emerald; 丹 dan1 crimson, 碧 bi4 jade-green; "
        "金 jin1 golden, 素 su4 white; 朱 zhu1 vermilion, 墨 mo4 black",
    ),
    (
        "adjective",
        "quality",
        "新 xin1 new, 旧 jiu4 old; 深 shen1 deep, 浅 qian3 shallow; "
        "寒 han2 cold, 暖 nuan3 warm; 明 ming2 bright, 暗 an4 dark; "
        "疏 shu1 sparse, 密 mi4 dense; 高 gao1 high, 远 yuan3 far; "
        "清 qing1 clear, 静 jing4 quiet; 香 xiang1 fragrant, 细 xi4 fine",
    ),
    (
        "number",
        "number",
        "千 qian1 thousand, 万 wan4 ten thousand; 三 san1 three, 五 wu3 five; "
        "双 shuang1 a pair of, 百 bai3 hundred; 孤 gu1 a single, 两 liang3 two; "
        "群 qun2 a flock of, 数 shu4 several; 多 duo1 many, 半 ban4 half",
    ),
    (
        "place",
        "place",
        "前 qian2 in front of, 后 hou4 behind; 边 bian1 beside, 里 li3 inside; "
        "旁 pang2 next to, 上 shang4 above; 头 tou2 on top of, 下 xia4 below; "
        "西 xi1 west of, 外 wai4 outside; 南 nan2 south of, 北 bei3 north of",
    ),
    (
        "verb",
        "motion",
        "来 lai2 comes, 去 qu4 goes; 飞 fei1 flies, 落 luo4 falls; "
        "流 liu2 flows, 止 zhi3 stops; 升 sheng1 ascends, 坠 zhui4 sinks; "
        "开 kai1 opens, 闭 bi4 closes; 归 gui1 returns, 起 qi3 rises; "
        "鸣 ming2 calls, 舞 wu3 dances; 吟 yin2 chants, 笑 xiao4 laughs",
    ),
    (
        "verb",
        "action",
        "迎 ying2 greets, 送 song4 sees off; 听 ting1 hears, 见 jian4 sees; "
        "含 han2 holds, 吐 tu3 gives out; 吹 chui1 blows, 洒 sa3 sprinkles; "
        "穿 chuan1 crosses, 映 ying4 mirrors; 寻 xun2 seeks, 问 wen4 asks; "
        "依 yi1 leans on, 傍 bang4 stays by; 摇 yao2 sways, 动 dong4 stirs",
    ),
)
# The fields of a line, place by place; a modifier or a noun is drawn from these:
MODIFIERS = ("time", "colour", "quality", "number")
NOUNS = ("sky", "land", "plant", "animal", "house")
LINES = (
    "modifier noun action modifier noun",
    "noun place modifier noun motion",
    "modifier noun modifier noun action modifier noun",
    "modifier noun noun place modifier noun motion",
    "noun place modifier noun action modifier noun",
)
# The tones of an upper line: - level, | oblique, * free. The lower line has the other
# tone wherever it is not free.
TONES = {5: ("*|*-|", "*-*||"), 7: ("*-*|*-|", "*|*-*||")}


@lru_cache(maxsize=1)
def lexicon() -> dict[str, Character]:
    """Every character of the course's own couplets, with what is known of it."""
    found = {}
    for part, field, pairs in FIELDS:
        for pair in pairs.split("; "):
            two = [entry.split(" ", 2) for entry in pair.split(", ")]
            for (c, pinyin, gloss), (partner, *_) in zip(two, two[::-1], strict=True):
                found[c] = Character(c, pinyin, gloss, part, field, partner)
    return found


def load(
    *,
    sizes: tuple[int, int, int] = (4000, 200, 400),
    seed: int = 0,
) -> Task:
    """y_t answers x_t: of the same field, and mostly its partner.

    Upper lines of five or seven characters follow a shape of `LINES` and one of the
    classical tone patterns, of which the second, fourth and sixth place and the last
    are binding. A character is answered by its partner with the probability 0.7; else,
    or if the partner stands in the couplet already, by another of its field, which has
    the other tone where the place is binding. No character occurs twice in a couplet,
    no upper line twice in the task, so the three parts are disjoint. Gold links are
    the diagonal.

    The lines are grammatical and keep the rules; few are good poetry.

    Args:
        sizes: number of couplets in train, val and test. `test` is drawn first, so it
            stays the same whatever the size of `train`.
        seed: of the draw.
    """
    rng, words = random.Random(seed), lexicon()
    seen: set[tuple[str, ...]] = set()

    def pick(field: str, tone: str, used: set[str]) -> str:
        found = rng.choice([c for c in _of(field, tone) if c not in used])
        used.add(found)
        return found

    def couplet() -> Pair:
        names = rng.choice(LINES).split()
        choice = {"modifier": MODIFIERS, "noun": NOUNS}
        fields = [rng.choice(choice.get(name, (name,))) for name in names]
        tones = rng.choice(TONES[len(fields)])
        used: set[str] = set()
        places = list(zip(fields, tones, strict=True))
        upper = tuple(pick(field, tone, used) for field, tone in places)
        lower = []
        for x, (field, tone) in zip(upper, places, strict=True):
            partner = words[x].partner
            if rng.random() < LOVED and partner not in used:
                lower.append(partner)
            else:
                other = {"-": "|", "|": "-", "*": "*"}[tone]
                lower.append(pick(field, other, used | {partner}))
            used.add(lower[-1])
        diagonal = tuple((t, t) for t in range(len(upper)))
        return Pair(upper, tuple(lower), diagonal)

    def draw(size: int) -> tuple[Pair, ...]:
        pairs: list[Pair] = []
        while len(pairs) < size:
            pair = couplet()
            if pair.src not in seen:
                seen.add(pair.src)
                pairs.append(pair)
        return tuple(pairs)

    test, val, train = draw(sizes[2]), draw(sizes[1]), draw(sizes[0])
    about = (
        f"Couplets made from the course's own lexicon of {len(words)} characters, "
        f"seed {seed}; {counts(train, val, test)}, all upper lines distinct."
    )
    vocab = Vocab(words)
    return Task("couplets", train, val, test, vocab, vocab, about)


@cache
def _of(field: str, tone: str) -> tuple[str, ...]:
    """The characters of a field that have the tone."""
    kinds = {"-": (1, 2), "|": (3, 4), "*": (1, 2, 3, 4)}[tone]
    words = lexicon().values()
    return tuple(w.character for w in words if w.field == field and w.tone in kinds)


def tang(min_count: int = 5) -> Task:
    """Couplets of Tang poets, most in regulated verse, five or seven characters a line.

    An upper line has one part for ever (`split_of`), also where it was used twice.
    Rarer characters are read as <unk>. Gold links are the diagonal.

    Args:
        min_count: characters seen less often in train are not in the vocabulary.

    Raises:
        DataUnavailable: the file is not in the folder that COURSE_DATA names; there is
            no address to fetch it from.
        ValueError: two lines of a couplet differ in length (the row is named).
    """
    text = gzip.decompress(download.fetch(KEY).read_bytes()).decode("utf-8")
    parts: dict[str, list[Pair]] = {"train": [], "val": [], "test": []}
    for row, line in enumerate(text.splitlines(), start=1):
        upper, lower, *_ = line.split("\t")
        if len(upper) != len(lower):
            raise ValueError(f"row {row}: {len(upper)} and {len(lower)} characters")
        diagonal = tuple((t, t) for t in range(len(upper)))
        parts[split_of(upper)].append(Pair(tuple(upper), tuple(lower), diagonal))
    train, val, test = (tuple(pairs) for pairs in parts.values())
    vocab = Vocab.build((s for p in train for s in (p.src, p.tgt)), min_count)
    about = f"{download.registry()[KEY].what}; {counts(train, val, test)}."
    return Task("tang", train, val, test, vocab, vocab, about)


@lru_cache(maxsize=1)
def readings() -> dict[str, str]:
    """The pinyin of each character of the Tang couplets, with its tone: 天 is tian1.

    One reading a character, in the Mandarin of today: that of `USUAL`, else the first
    that has a tone, so that 了 is liao3 and not le. (It is not always the poet's: a
    character with two readings has one here.) The table ``readings.tsv`` ships with the
    course and needs nothing else. It was made from the data of pypinyin (MIT licence)
    by ``python -m course_lib.data.couplets``; 27 rare characters are not in it.
    """
    return {c: pinyin for pinyin, characters in _rows("readings") for c in characters}


@lru_cache(maxsize=1)
def glosses() -> dict[str, str]:
    """English for the characters of the lexicon, and for more that Tang poets love.

    The latter are in ``glosses.tsv``, written for the course: apart from the lexicon,
    so that they have no part of speech and no rule asks for one.
    """
    more = ((character, gloss) for character, gloss in _rows("glosses"))
    return dict(more) | {c: word.gloss for c, word in lexicon().items()}


def _rows(name: str) -> list[list[str]]:
    """What stands in a table of this folder, without its comments."""
    text = (resources.files(__package__) / f"{name}.tsv").read_text(encoding="utf-8")
    return [row.split("\t") for row in text.splitlines() if not row.startswith("#")]


def look_up(characters: Iterable[str]) -> dict[str, str]:
    """`readings`, made afresh: `USUAL`, then pypinyin; without what neither knows.

    Raises:
        ImportError: without pypinyin, which nothing else in the course needs.
    """
    pypinyin = importlib.import_module("pypinyin")
    found: dict[str, str] = {}
    for c in characters:
        (every,) = pypinyin.pinyin(
            c,
            style=pypinyin.Style.TONE3,
            heteronym=True,
            errors=lambda unknown: ["?"],
            v_to_u=True,
        )
        toned = [reading for reading in every if reading[-1] in "1234"]
        found |= {c: USUAL.get(c, toned[0])} if toned else {}
    return found


def _table() -> str:
    """The text of ``readings.tsv``: a row a syllable, all its characters behind it."""
    task, version = tang(), importlib.import_module("pypinyin").__version__
    pairs = task.train + task.val + task.test
    by: dict[str, list[str]] = {}
    for c, pinyin in look_up(sorted({c for p in pairs for c in p.src + p.tgt})).items():
        by.setdefault(pinyin, []).append(c)
    head = (
        "# How the characters of the Tang couplets sound in the Mandarin of today.",
        "# Made by `python -m course_lib.data.couplets` from the data of pypinyin "
        f"{version}:",
        "# copyright (c) 2016 mozillazg, 闲耘 <hotoo.cn@gmail.com>; MIT licence, whose "
        "text is in LICENSE.",
    )
    rows = (f"{pinyin}\t{''.join(by[pinyin])}" for pinyin in sorted(by))
    return "\n".join([*head, *rows])


if __name__ == "__main__":
    print(_table())
