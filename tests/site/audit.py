"""What is wrong with a page in a browser, in words: what `make site-test` fails on.

A page is opened once for each width and looked at in both colour schemes. Everything
is asked of everything, contrast excepted: words of the same colour, ground, size and
weight are asked about once.
"""

import re
from importlib.resources import files

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf8")
SCHEMES = ("light", "dark")
FILE_NAME = re.compile(
    r"(?i)\.(png|jpe?g|svg|webp|gif)$|/|^[0-9a-f]{16,}$|^_?im(age|g)\b"
)

# axe looks at the page once; what depends on nothing but colour, only once in all.
STRUCTURE = """(rules) => axe.run(document, {
  rules, resultTypes: ["violations"], preload: false,
}).then((results) => results.violations.map(
  (v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].html.slice(0, 120)} `
    + v.nodes[0].failureSummary.replace(/\\s+/g, " ").slice(0, 160)
))"""
NARROW, NARROWEST = 600, 360
NOT_AGAIN = {"color-contrast": {"enabled": False}}
COLOUR_ONLY = {"link-in-text-block": {"enabled": False}}
# Colours that are still on their way from one scheme to the other are not measured.
STILL = (
    "*, ::before, ::after { transition: none !important; animation: none !important }"
)

# Contrast as WCAG counts it, of each way in which words are set: axe's own rule takes
# minutes for all pages, widths and schemes. Drawings and pictured grounds are left out.
CONTRAST = """() => {
  const numbers = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    const scale = colour.startsWith("color(") ? 255 : 1;
    return { rgb: [r * scale, g * scale, b * scale], a };
  };
  const over = (top, below, a) => top.map((v, i) => v * a + below[i] * (1 - a));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(e);
      if (backgroundImage !== "none") return null;
      const layer = numbers(backgroundColor);
      if (layer.a) layers.unshift(layer);
      if (layer.a === 1) break;
    }
    return layers.reduce((rgb, l) => over(l.rgb, rgb, l.a), [255, 255, 255]);
  };
  const seen = new Set(), found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || element.closest("svg, :disabled")) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    let opacity = 1;
    for (let e = element; e; e = e.parentElement)
      opacity *= getComputedStyle(e).opacity;
    const below = ground(element);
    const way = [color, fontSize, fontWeight, opacity, below].join();
    if (!below || !opacity || seen.has(way)) continue;
    seen.add(way);
    const ink = numbers(color);
    if (!ink.a) continue; // kept back until its step is played
    const pair = [over(ink.rgb, below, ink.a * opacity), below].map(light);
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    const size = parseFloat(fontSize);
    const large = size >= 24 || (size >= 18.66 && fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5))
      found.push(`contrast ${ratio.toFixed(2)}: ${color} on rgb(`
        + `${below.map(Math.round)}) ${element.outerHTML.slice(0, 100)}`);
  }
  return found;
}"""

# Boxes that leave the screen although nothing scrolls them.
OUTSIDE = """() => {
  const wide = [...document.querySelectorAll(".bd-article *")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && e.checkVisibility();
  });
  const scrolled = (e) => {
    for (let p = e.parentElement; p; p = p.parentElement)
      if (/auto|scroll|hidden/.test(getComputedStyle(p).overflowX)) return true;
    return getComputedStyle(e).overflowX !== "visible";
  };
  return wide.filter((e) => !scrolled(e)).map((e) => e.outerHTML.slice(0, 120));
}"""
PICTURES = """() => [...document.images].map((i) => [
  i.getAttribute("alt"), i.currentSrc || i.src, i.closest("article") !== null])"""
BROKEN = """() => Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().then(() => null, () => image.src);
})).then((found) => found.filter((source) => source))"""

# A figure that lives: hover (on a phone: tap) changes it, and so do keys.
FIGURES = "figure.viz:not(.viz-chat)"  # a recorded conversation is read only
PARTS = "[role=option], [tabindex='0'], button, input, select"
STATE = """(figure) => figure.outerHTML
  + [...figure.querySelectorAll("input, select")].map((e) => e.value)"""


class Listener:
    """Collects what a page asks of others and complains about."""

    def __init__(self, page, home):
        self.home, self.found = home, []
        page.on("request", self.request)
        page.on("requestfailed", lambda sent: self.say(f"failed: {sent.url}"))
        page.on("console", self.message)
        page.on("pageerror", lambda error: self.say(f"error: {error}"))

    def say(self, problem):
        self.found.append(problem)

    def request(self, sent):
        if not sent.url.startswith((self.home, "data:", "blob:")):
            self.say(f"third-party request: {sent.url}")

    def message(self, said):
        if said.type in {"error", "warning"}:
            self.say(f"console: {said.text}")

    def take(self):
        """Return what was found since the last time."""
        found, self.found = self.found, []
        return found


def pictures(page):
    """Return what is wrong with a page's pictures and their text alternatives."""
    found = [f"picture does not load: {source}" for source in page.evaluate(BROKEN)]
    for alt, source, in_article in page.evaluate(PICTURES):
        short = in_article and len(alt or "") < 15
        if alt is None or short or FILE_NAME.search(alt):
            found.append(f"alt text {alt!r} of {source}")
    return found


def layout(page, width):
    """Return what is wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    found = [f"scrolls sideways: {wide} px on {width}"] if wide > width else []
    return found + [f"leaves the screen: {box}" for box in page.evaluate(OUTSIDE)[:3]]


def figures(page, touch=False):
    """Return which figures do not answer to the mouse, a finger or the keys."""
    found = []
    for figure in page.query_selector_all(FIGURES):
        name = figure.get_attribute("aria-label") or "without name"
        # Hidden ones have no box.
        parts = [p for p in figure.query_selector_all(PARTS) if p.bounding_box()]
        if not parts:
            found.append(f"figure {name}: nothing in it takes the focus")
            continue
        before = figure.evaluate(STATE)
        for part in parts[:12]:
            part.evaluate("part => part.scrollIntoView({ block: 'center' })")
            if not (box := part.bounding_box()):
                continue
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            page.touchscreen.tap(x, y) if touch else page.mouse.move(x, y)
            if figure.evaluate(STATE) != before:
                break
        else:
            found.append(
                f"figure {name}: does not answer to {'tap' if touch else 'hover'}"
            )
        page.mouse.move(0, 0)
        (figure.query_selector("[tabindex='0'], button, input") or parts[0]).focus()
        before = figure.evaluate(STATE)
        # where the drawing scrolls, its box has the focus first, and arrows move that
        arrows = ("ArrowRight", "ArrowDown")
        for key in (*arrows, "Tab", *arrows, "Enter", "Space"):
            page.keyboard.press(key)
            if figure.evaluate(STATE) != before:
                break
        else:
            found.append(f"figure {name}: does not answer to the keyboard")
    return found


def look(page, width):
    """Return what is wrong with the page that is open, at this width."""
    found = layout(page, width)
    if width < NARROW:
        size = page.viewport_size
        page.set_viewport_size({**size, "width": NARROWEST})
        found += layout(page, NARROWEST)
        page.set_viewport_size(size)
    rules = NOT_AGAIN if width > NARROW else {**NOT_AGAIN, **COLOUR_ONLY}
    found += page.evaluate(STRUCTURE, rules)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        found += [f"{scheme}: {problem}" for problem in page.evaluate(CONTRAST)]
    return found


def audit(page, address, width, listener, touch=False):
    """Open an address and return everything that is wrong with the page there."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address, wait_until="load")
    page.add_style_tag(content=STILL)
    page.evaluate(AXE)
    found = [*pictures(page), *figures(page, touch), *look(page, width)]
    return found + listener.take()
