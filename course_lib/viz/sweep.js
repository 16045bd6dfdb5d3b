// The slider picks a frame; the pointer or the arrow keys read along x.
function start(figure, data) {
  const { x, at, names, settings, knob, values, ylim, log, bars, marks } = data;
  const plot = figure.querySelector(".viz-plot");
  const lines = find(plot, ".viz-line"), group = plot.querySelector(".viz-bars");
  const points = plot.querySelector(".viz-points"), hair = plot.querySelector(".viz-hair");
  const slider = figure.querySelector("input"), shown = figure.querySelector(".viz-knob b");
  const keys = find(figure, ".viz-key b");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const scale = y => log ? Math.log10(Math.max(y, 1e-300)) : y;
  const [low, high] = ylim.map(scale);
  const clip = (y, bottom, top) => Math.min(Math.max(y, bottom), top);
  const up = y => 1000 * clip(1 - (scale(y) - low) / (high - low), -9, 9);
  const raised = [..."\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"];
  // three digits; a tiny number as 2·10⁻⁹, none as a dash
  function spell(y) {
    if (y === null) return "\u2013";
    if (y === 0 || Math.abs(y) >= 0.001) return String(+y.toPrecision(3)).replace("-", "\u2212");
    const [digits, power] = y.toExponential(0).split("e-");
    return digits + "\u00b710\u207b" + [...power].map(d => raised[d]).join("");
  }
  const risen = k => values[k].map(series => series.map(y => y === null ? null : up(y)));
  let frame = data.start, column = -1, heights = risen(frame), running = 0;

  function draw() {
    if (bars) group.replaceChildren();
    points.replaceChildren();
    heights.forEach((series, s) => {
      if (bars) {
        const slot = 820 / x.length / names.length;
        series.forEach((y, k) => y !== null && make("rect", group, {
          x: at[k] - 410 / x.length + s * slot, width: 0.94 * slot,
          y: clip(Math.min(y, up(0)), 0, 1000), height: Math.abs(clip(up(0), 0, 1000) - clip(y, 0, 1000)), style: `--c:var(--s${s + 1})`,
          class: "viz-bar" + (k === column ? " viz-on" : ""),
        }));
        if (names.length === 1) series.forEach((y, k) => y !== null && make("text", points, {
          x: at[k] / 10 + "%", y: clip(y, 0, 1000) / 10 + "%", dy: -6, "text-anchor": "middle",
          "font-size": 12 }, spell(values[frame][s][k])));
        return;
      }
      let path = "", pen = "M";
      series.forEach((y, k) => {
        if (y === null) { pen = "M"; return; }
        path += pen + at[k] + " " + y.toFixed(1);
        pen = "L";
      });
      lines[s].setAttribute("d", path);
      const every = Math.ceil(x.length / 12);
      series.forEach((y, k) => {
        if (y === null || y < 0 || y > 1000 || (k % every && k !== column)) return;
        const dot = make("svg", points, { x: at[k] / 10 + "%", y: y / 10 + "%", overflow: "visible" });
        make("path", dot, { d: marks[s], style: `--c:var(--s${s + 1})`,
          ...(k === column ? { transform: "scale(1.5)" } : {}) });
      });
    });
  }

  // What stands at the chosen x, beside the names of the series.
  function read() {
    hair.setAttribute("visibility", column < 0 ? "hidden" : "visible");
    keys.forEach((key, s) => {
      key.textContent = column < 0 ? "" : spell(values[frame][s][column]);
    });
    const said = column < 0 ? "" : data.xlabel + " " + x[column] + ": "
      + names.map((name, s) => name + " " + spell(values[frame][s][column])).join(", ");
    if (column >= 0) {
      hair.setAttribute("x1", at[column] / 10 + "%");
      hair.setAttribute("x2", at[column] / 10 + "%");
      plot.setAttribute("aria-valuenow", column);
    }
    plot.setAttribute("aria-valuetext", said || "no place chosen");
  }

  function point(k) {
    if (k === column) return;
    column = k;
    read();
    draw();
  }

  function pick(k) {
    frame = k;
    shown.textContent = settings[k];
    slider.setAttribute("aria-valuetext", knob + " " + settings[k]);
    read();
    const from = heights, to = risen(k);
    const begun = performance.now(), mine = ++running;
    const move = now => {
      if (mine !== running) return;
      const part = calm ? 1 : Math.min(1, (now - begun) / 180);
      heights = to.map((series, s) => series.map((y, j) =>
        y === null || from[s][j] === null ? y : from[s][j] + (y - from[s][j]) * part));
      draw();
      if (part < 1) requestAnimationFrame(move);
    };
    if (calm) move(begun);
    else requestAnimationFrame(move);
  }

  const nearest = event => {
    const box = plot.getBoundingClientRect();
    const place = 1000 * (event.clientX - box.left) / box.width;
    return at.reduce((best, a, k) => Math.abs(a - place) < Math.abs(at[best] - place) ? k : best, 0);
  };
  for (const kind of ["pointermove", "pointerdown"]) {
    plot.addEventListener(kind, event => point(nearest(event)));
  }
  plot.addEventListener("pointerleave", event => {
    if (event.pointerType === "mouse" && document.activeElement !== plot) point(-1);
  });
  plot.addEventListener("keydown", event => {
    const last = x.length - 1, now = column;
    const to = { ArrowRight: Math.min(now + 1, last), ArrowUp: Math.min(now + 1, last),
      ArrowLeft: Math.max(now - 1, 0), ArrowDown: Math.max(now - 1, 0),
      Home: 0, End: last, Escape: -1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    point(to);
    event.preventDefault();
    event.stopPropagation();
  });
  plot.addEventListener("focus", () => { if (column < 0) point(0); });
  plot.addEventListener("blur", () => point(-1));
  slider.addEventListener("input", () => pick(+slider.value));
  figure.querySelector(".viz-controls").hidden = false;
  slider.setAttribute("aria-valuetext", knob + " " + settings[frame]);
  read();
  draw();
}
