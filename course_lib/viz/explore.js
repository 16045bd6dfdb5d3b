// One cursor over all maps: a target row or a source column, shown in every panel.
function start(figure, { src, tgt, maps, names, gold, start, at }) {
  const [left, top, cell] = at, n = src.length, m = tgt.length;
  const unit = Math.min(0.5 * cell, 18); // how thick a weight of 1 flows
  const panels = find(figure, ".viz-panel").map((element, k) => {
    const [targets, sources] = find(element, "[role=listbox]");
    return {
      svg: element.querySelector("svg"), say: element.querySelector(".viz-say"),
      flow: element.querySelector(".viz-flow"), lane: element.querySelector(".viz-lane"),
      maps: find(element, ".viz-map"), map: k,
      words: { tgt: find(targets, "g"), src: find(sources, "g") },
    };
  });
  let pinned = ["tgt", start], shown = "", squares = true, chosen = false;

  // "5 reads fünfzig 83 %, ein 9 %; all others 8 %."
  function say(panel, side, k, weights) {
    const names = side === "tgt" ? src : tgt;
    const order = [...weights.keys()].sort((a, b) => weights[b] - weights[a]);
    const told = order.slice(0, 4).filter((j, r) => weights[j] >= (r ? 0.05 : 0.0005));
    const parts = told.map(j => names[j] + " " + percent(weights[j])).join(", ");
    panel.say.textContent = "";
    make("b", panel.say, {}, (side === "tgt" ? tgt : src)[k]);
    let text = side === "tgt" ? " reads " : " is read by ";
    text += parts || (side === "tgt" ? "nothing" : "nobody");
    if (side === "tgt" && told.length < n) {
      // the difference of what is shown, so that a reader's sum comes out right
      const whole = Math.round(100 * weights.reduce((sum, a) => sum + a, 0));
      const rest = whole - told.reduce((sum, j) => sum + Math.round(100 * weights[j]), 0);
      // thirds leave 1 % of rounding: nobody reads that
      const read = [...weights.keys()].some(j => !told.includes(j) && weights[j] > 0);
      if (rest > 0 && read) text += "; all others " + percent(rest / 100);
    }
    text += ".";
    const linked = squares ? gold.filter(g => g[side === "tgt" ? 0 : 1] === k) : [];
    if (linked.length) {
      const js = linked.map(g => g[side === "tgt" ? 1 : 0]);
      const mass = js.reduce((sum, j) => sum + weights[j], 0);
      text += " Gold: " + js.map(j => names[j]).join(", ")
        + (side === "tgt" ? ", " + percent(mass) + " of the weight." : ".");
    }
    panel.say.append(text);
  }

  // The row's weight of 1 runs along the row; each share turns up to its word.
  function flow(panel, side, k, weights) {
    const row = side === "tgt", total = weights.reduce((sum, a) => sum + a, 0);
    const thick = unit * Math.min(1, 0.8 * cell / (unit * total || 1));
    const end = row ? top - 3 : left - 3;
    const centre = (row ? top : left) + (k + 0.5) * cell;
    let lane = centre - total * thick / 2;
    weights.forEach((a, j) => {
      const wide = a * thick, mid = lane + wide / 2;
      lane += wide;
      const turn = (row ? left : top) + (j + 0.5) * cell;
      const bend = Math.min(5 + wide / 2, 0.45 * cell);
      if (a >= 0.01) {
        const from = (row ? left - 30 : top - 3);
        make("path", panel.flow, {
          "stroke-width": Math.max(wide, 0.8).toFixed(2),
          d: row ? `M${from} ${mid}H${turn - bend}Q${turn} ${mid} ${turn} ${mid - bend}V${end}`
            : `M${mid} ${from}V${turn - bend}Q${mid} ${turn} ${mid - bend} ${turn}H${end}`,
        });
      }
      if (a >= 0.005) {
        const number = cell < 26 ? percent(a).slice(0, -2) : percent(a).replace("\u00a0", "");
        const size = cell < 22 ? 9.5 : cell < 30 ? 10.5 : 11;
        make("text", panel.lane, row
          ? { x: turn, y: top - 6, "text-anchor": "middle", "font-size": size }
          : { x: left - 6, y: turn, dy: ".35em", "text-anchor": "end", "font-size": 11 },
        number);
      }
    });
  }

  function veil(panel, side, k) {
    const rect = (x, y, width, height) => width > 0 && height > 0
      && make("rect", panel.flow, { x, y, width, height, class: "viz-veil", stroke: "none" });
    const before = k * cell, after = (k + 1) * cell;
    if (side === "tgt") {
      rect(left, top, n * cell, before);
      rect(left, top + after, n * cell, (m - k - 1) * cell);
    } else {
      rect(left, top, before, m * cell);
      rect(left + after, top, (n - k - 1) * cell, m * cell);
    }
  }

  // Other rows stand back while the reader points at one or has chosen it.
  function show(side, k, alone = chosen) {
    if (shown === side + k + alone) return;
    shown = side + k + alone;
    for (const panel of panels) {
      panel.flow.replaceChildren();
      panel.lane.replaceChildren();
      const rows = maps[panel.map].map(row => row.map(a => a / 1000));
      const weights = side === "tgt" ? rows[k] : side ? rows.map(row => row[k]) : [];
      for (const which of ["tgt", "src"]) panel.words[which].forEach((word, j) => {
        const on = which === side && j === k;
        word.classList.toggle("viz-on", on);
        word.setAttribute("aria-selected", on);
        word.style.setProperty("--a", which === side || !side ? 0 : weights[j]);
      });
      if (!side) {
        panel.say.textContent = "Nothing chosen: the whole map.";
        continue;
      }
      if (alone) veil(panel, side, k);
      flow(panel, side, k, weights);
      say(panel, side, k, weights);
    }
  }

  const pin = (side, k) => {
    chosen = true;
    pinned = [side, k];
    show(side, k);
  };
  const clear = () => pin("", 0);

  // Which word a pointer means: the row of a cell, a word to the left, a word above.
  function meant(panel, event) {
    const word = event.target.closest("[role=option]");
    for (const side of ["tgt", "src"]) {
      const k = panel.words[side].indexOf(word);
      if (k >= 0) return [side, k];
    }
    const box = panel.svg.getBoundingClientRect();
    const scale = panel.svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale - left;
    const y = (event.clientY - box.top) * scale - top;
    const i = Math.floor(x / cell), t = Math.floor(y / cell);
    if (y >= 0 && t < m && i < n) return ["tgt", t];
    if (y < 0 && x >= 0 && i < n && y > -40) return ["src", i];
  }

  for (const panel of panels) {
    rove(panel.words.tgt, k => pin("tgt", k), clear);
    rove(panel.words.src, k => pin("src", k), clear);
    panel.svg.addEventListener("pointermove", event => {
      const at = event.pointerType === "mouse" && meant(panel, event);
      if (at) show(...at, true);
    });
    panel.svg.addEventListener("pointerleave", () => show(...pinned));
    panel.svg.addEventListener("click", event => {
      const at = meant(panel, event);
      if (at) panel.words[at[0]][at[1]].focus({ preventScroll: true });
    });
  }

  const toggle = figure.querySelector(".viz-toggle");
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
      squares = !squares;
      toggle.setAttribute("aria-pressed", squares);
      find(figure, ".viz-gold").forEach(g => g.setAttribute("display", squares ? "" : "none"));
      shown = "";
      show(...pinned);
    });
  }

  const thumbs = figure.querySelector(".viz-thumbs");
  if (thumbs) {
    thumbs.hidden = false;
    const buttons = find(thumbs, "button");
    const choose = k => {
      buttons.forEach((button, j) => button.setAttribute("aria-checked", j === k));
      panels[0].maps.forEach((g, j) => g.setAttribute("display", j === k ? "" : "none"));
      panels[0].map = k;
      shown = "";
      show(...pinned);
    };
    rove(buttons, choose, () => {});
    buttons.forEach((button, k) => button.addEventListener("click", () => choose(k)));
  }
  show(...pinned);
}
