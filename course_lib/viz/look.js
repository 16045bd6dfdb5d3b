// One word at a time: its weights lift the fog from the picture.
function start(figure, { alpha, words, boxes, inside, grid, size, start, tell }) {
  const chips = find(figure, ".viz-chip"), cells = find(figure, ".viz-fog path");
  const mark = figure.querySelector(".viz-mark"), say = figure.querySelector(".viz-say");
  const [rows, columns] = grid, high = size[0] / rows, wide = size[1] / columns;
  const thin = Math.max(...size) / 160;
  let pinned = start;

  const place = i => "row " + (Math.floor(i / columns) + 1) + ", column " + (i % columns + 1);

  function frame(x, y, width, height, dashed) {
    const pad = dashed ? 0 : thin;
    const box = { x: x + pad, y: y + pad, width: width - 2 * pad, height: height - 2 * pad,
      fill: "none", "stroke-linejoin": "round" };
    make("rect", mark, { ...box, stroke: "#000", "stroke-width": 2.6 * thin });
    make("rect", mark, { ...box, stroke: dashed ? "#fff" : "#ff9f5f", "stroke-width": 1.4 * thin,
      ...(dashed ? { "stroke-dasharray": `${4 * thin} ${3 * thin}` } : {}) });
  }

  function show(t) {
    const row = alpha[t], most = Math.max(...row) || 1, best = row.indexOf(Math.max(...row));
    cells.forEach((cell, i) => {
      cell.setAttribute("fill-opacity", (0.72 * (1 - row[i] / most)).toFixed(2));
    });
    mark.replaceChildren();
    frame(best % columns * wide, Math.floor(best / columns) * high, wide, high, false);
    const box = boxes[t];
    if (box) frame(box[1], box[0], box[3] - box[1], box[2] - box[0], true);
    if (tell) row.forEach((a, i) => {
      if (a < 100) return;
      make("text", mark, { x: (i % columns + 0.5) * wide, y: (Math.floor(i / columns) + 0.5) * high,
        dy: ".35em", "text-anchor": "middle", "font-size": 0.29 * Math.min(high, wide),
      }, Math.round(a / 10) + "%");
    });
    chips.forEach((chip, k) => {
      chip.setAttribute("aria-selected", k === t);
      chip.classList.toggle("viz-on", k === t);
    });
    const order = [...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, 3)
      .filter((i, k) => !k || row[i] >= 50);
    say.textContent = "";
    make("b", say, {}, words[t]);
    say.append(" looks at " + order.map(i => place(i) + " (" + percent(row[i] / 1000) + ")").join("; ")
      + "." + (inside[t] === null ? "" : " Inside its box: " + percent(inside[t]) + " of the weight."));
  }

  const pin = t => { pinned = t; show(t); };
  rove(chips, pin, () => pin(start));
  chips.forEach((chip, t) => {
    chip.addEventListener("pointerenter", event => { if (event.pointerType === "mouse") show(t); });
    chip.addEventListener("pointerleave", () => show(pinned));
    chip.addEventListener("click", () => chip.focus());
  });
  show(start);
}
