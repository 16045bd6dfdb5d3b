// One frame is one quantity of one decoding step; what is not yet computed is empty.
function start(figure, data) {
  const { names, symbols, steps, scale, src, tgt, s0 } = data;
  const count = names.length, frames = count * steps.length;
  const rows = {};
  find(figure, ".viz-vector").forEach(g => {
    rows[g.dataset.name] = {
      g, index: g.querySelector("tspan"),
      cells: find(g, ".viz-cells > rect"), numbers: find(g, ".viz-cells > text"),
    };
  });
  const flow = figure.querySelector(".viz-flow");
  const stages = find(figure, ".viz-stages li");
  const controls = figure.querySelector(".viz-controls");
  const [back, run, next] = find(controls, "button");
  const slider = controls.querySelector("input");
  const where = controls.querySelector(".viz-where");
  const live = figure.querySelector(".viz-hid");
  const out = figure.querySelector(".viz-out");
  const read = figure.querySelector(".viz-in"), lead = read && read.textContent;
  // At first the whole of step 1 is there, as on paper; play begins at its beginning.
  let frame = count - 1, touched = false, timer = 0;

  const number = x => x.toFixed(Math.abs(x) < 9.995 ? 2 : Math.abs(x) < 99.95 ? 1 : 0)
    .replace("-", "\u2212");

  function fill(name, vector, there) {
    const { cells, numbers } = rows[name];
    cells.forEach((cell, k) => {
      const kind = name === "alpha" ? "blue" : vector[k] < 0 ? "minus" : "plus";
      cell.style.fill = there ? `var(--${kind})` : "none";
      cell.setAttribute("fill-opacity", (0.6 * Math.abs(vector[k]) / scale[name]).toFixed(2));
      cell.classList.toggle("viz-empty", !there);
      numbers[k].textContent = there ? number(vector[k]) : "";
    });
  }

  // The weights run from under their words together into the context.
  function pour(alpha, now) {
    flow.replaceChildren();
    const [y, end, x, cell] = ["from", "to", "x", "cell"].map(k => +flow.dataset[k]);
    const wide = rows.c.cells.length * cell, thick = Math.min(34, wide - 10);
    let lane = x + wide / 2 - thick / 2;
    alpha.forEach((a, i) => {
      const from = x + (i + 0.5) * cell - 1, to = lane + a * thick / 2, middle = (y + end) / 2;
      lane += a * thick;
      if (a >= 0.005) make("path", flow, {
        d: `M${from} ${y + 1}C${from} ${middle + 6} ${to} ${middle - 6} ${to} ${end - 4}`,
        "stroke-width": Math.max(0.8, a * thick).toFixed(1),
        style: now ? "" : "stroke:var(--blue);stroke-opacity:.5",
      });
    });
  }

  function show(at = frame) {
    const t = Math.floor(at / count), now = at % count, step = steps[t];
    const used = data.from[names[now]];
    names.forEach((name, k) => {
      fill(name, step[k], k <= now);
      rows[name].index.textContent = t + 1;
    });
    if (rows.s_prev) {
      fill("s_prev", t ? steps[t - 1][names.indexOf("s")] : s0, true);
      rows.s_prev.index.textContent = t;
    }
    for (const name in rows) {
      rows[name].g.classList.toggle("viz-now", name === names[now]);
      rows[name].g.classList.toggle("viz-used", used.includes(name));
    }
    if (flow) {
      const c = names.indexOf("c");
      if (now >= c) pour(step[names.indexOf("alpha")], now === c);
      else flow.replaceChildren();
    }
    if (read) read.textContent = lead + (t ? tgt[t - 1] : "<s>");
    stages.forEach((item, k) => {
      item.setAttribute("aria-selected", k === now);
    });
    out.textContent = "";
    tgt.forEach((word, k) => make("span", out, {
      class: k < t || (k === t && now === count - 1) ? (k === t ? "viz-new" : "") : "viz-later",
    }, word));
    slider.value = at;
    const place = "Step " + (t + 1) + " of " + steps.length;
    where.textContent = place;
    const named = data.bySource.includes(names[now]);
    const vector = step[now].map((x, k) => (named ? src[k] + " " : "") + number(x));
    const said = place + ", " + symbols[now] + ": " + vector.join(", ")
      + (now === count - 1 ? ". It writes " + tgt[t] + "." : ".");
    slider.setAttribute("aria-valuetext", said);
    if (touched && at === frame) live.textContent = said;
  }

  function go(to) {
    touched = true;
    frame = Math.max(0, Math.min(frames - 1, to));
    show();
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    label("Play", "M2 1v10l8-5z");
  }
  function label(text, path) {
    run.setAttribute("aria-label", text);
    run.querySelector("span").textContent = text;
    run.querySelector("path").setAttribute("d", path);
  }
  run.addEventListener("click", () => {
    if (timer) return stop();
    go(touched && frame < frames - 1 ? frame + 1 : 0);
    label("Pause", "M2 1h3v10h-3zM7 1h3v10h-3z");
    timer = setInterval(() => {
      if (frame < frames - 1) go(frame + 1);
      if (frame === frames - 1) stop();
    }, 1600);
  });
  back.addEventListener("click", () => { stop(); go(frame - 1); });
  next.addEventListener("click", () => { stop(); go(touched ? frame + 1 : 0); });
  slider.max = frames - 1;
  slider.addEventListener("input", () => { stop(); go(+slider.value); });
  figure.addEventListener("keydown", event => {
    if (event.key === "Escape") stop();
  });
  // A quantity of this step: pointing at it looks, focus and tap go there.
  const of = k => frame - frame % count + k;
  rove(stages, k => { stop(); go(of(k)); }, stop);
  [...stages, ...names.map(name => rows[name].g)].forEach((element, j) => {
    const k = j % count;
    element.addEventListener("pointerenter", event => {
      if (event.pointerType === "mouse" && !timer) show(of(k));
    });
    element.addEventListener("pointerleave", () => show());
    element.addEventListener("click", () => { stop(); go(of(k)); });
  });
  controls.hidden = false;
  show();
}
