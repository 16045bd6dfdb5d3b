// One thing at a time: its card, and threads to what it builds on and what it led to.
function start(figure, { links, kinds, start }) {
  const chips = find(figure, ".viz-chip"), cards = find(figure, ".viz-card");
  const map = figure.querySelector(".viz-map-of"), svg = figure.querySelector(".viz-threads");
  let pinned = start, now = start;

  // From the edge of one chip to the edge of another, leaving and arriving upright.
  function thread(from, to, later) {
    const origin = map.getBoundingClientRect();
    const [a, b] = [chips[from], chips[to]].map(chip => {
      const box = chip.getBoundingClientRect();
      return { x: box.left - origin.left + box.width / 2, top: box.top - origin.top,
        bottom: box.bottom - origin.top };
    });
    const level = Math.abs(a.top - b.top) < 4, down = a.top < b.top;
    const y = level || down ? a.bottom : a.top, v = level ? b.bottom : down ? b.top : b.bottom;
    const bend = level ? 12 : (v - y) / 2;
    make("path", svg, { d: `M${a.x} ${y}C${a.x} ${y + bend} ${b.x} ${v + (level ? bend : -bend)} `
      + `${b.x} ${v}`, ...(later ? { class: "viz-later" } : {}) });
  }

  function show(k) {
    now = k;
    svg.replaceChildren();
    const kin = links.filter(pair => pair.includes(k));
    kin.forEach(([from, to]) => thread(from, to, from === k));
    chips.forEach((chip, j) => {
      chip.setAttribute("aria-selected", j === k);
      chip.classList.toggle("viz-on", j === k);
      chip.classList.toggle("viz-kin", j !== k && kin.some(pair => pair.includes(j)));
    });
    cards.forEach((card, j) => { card.hidden = j !== k; });
  }

  // Where the card has no room beside the map, it opens under the lane of what is chosen.
  function pin(k) {
    pinned = k;
    const narrow = figure.clientWidth < 640;
    const box = figure.querySelector(".viz-cards");
    (narrow ? chips[k].closest(".viz-lanes") : map).after(box);
    show(k);
  }
  rove(chips, pin, () => pin(start));
  chips.forEach((chip, k) => {
    chip.addEventListener("pointerenter", event => { if (event.pointerType === "mouse") show(k); });
    chip.addEventListener("pointerleave", () => show(pinned));
    chip.addEventListener("click", () => chip.focus({ preventScroll: true }));
  });

  const buttons = find(figure, ".viz-kinds button");
  const choose = b => {
    buttons.forEach((button, j) => button.setAttribute("aria-checked", j === b));
    chips.forEach((chip, k) => chip.classList.toggle("viz-other", b > 0 && kinds[k] !== b - 1));
    show(now);
  };
  rove(buttons, choose, () => choose(0));
  buttons.forEach((button, b) => button.addEventListener("click", () => choose(b)));
  pin(start);
  new ResizeObserver(() => show(now)).observe(map);
}
