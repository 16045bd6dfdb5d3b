// What the scripts of all figures share. It runs inside a function of its own, so a
// page with several figures has no common names, and nothing runs twice.
const NS = "http://www.w3.org/2000/svg";
const find = (root, what) => [...root.querySelectorAll(what)];

// An element, of SVG unless its parent is HTML.
function make(tag, parent, attributes = {}, text = "") {
  const svg = parent.namespaceURI === NS;
  const element = document.createElementNS(svg ? NS : parent.namespaceURI, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  if (text !== "") element.textContent = text;
  return parent.appendChild(element);
}

const percent = a => (a > 0 && a < 0.005 ? "<1" : Math.round(100 * a)) + "\u00a0%";

// Arrows, Home and End move along items; Tab enters and leaves; Escape lets go.
function rove(items, pick, clear) {
  items.forEach((item, k) => {
    item.setAttribute("tabindex", k ? -1 : 0);
    item.addEventListener("focus", () => {
      items.forEach(other => other.setAttribute("tabindex", other === item ? 0 : -1));
      pick(k);
    });
    item.addEventListener("keydown", event => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const last = items.length - 1;
      const to = { ArrowRight: Math.min(k + 1, last), ArrowDown: Math.min(k + 1, last),
        ArrowLeft: Math.max(k - 1, 0), ArrowUp: Math.max(k - 1, 0),
        Home: 0, End: last }[event.key];
      if (event.key === "Escape") clear();
      else if (to === undefined) return;
      else items[to].focus();
      event.preventDefault();
      event.stopPropagation();
    });
  });
}

// Boxes that scroll can be reached by the keyboard; those that do not are no stop.
function watch(figure) {
  find(figure, ".viz-scroll").forEach(box => {
    const look = () => {
      const wide = box.scrollWidth > box.clientWidth + 1;
      const named = { tabindex: 0, role: "group", "aria-label": "Scrolls sideways" };
      for (const name in named) {
        if (wide) box.setAttribute(name, named[name]);
        else box.removeAttribute(name);
      }
    };
    new ResizeObserver(look).observe(box);
  });
}

function begin(kind, start) {
  find(document, "figure.viz-" + kind + ":not([data-on])").forEach(figure => {
    const drawing = figure.querySelector("script[type]"), holder = document.createElement("div");
    if (!drawing) return; // of a notebook beside this one that is not trusted
    figure.dataset.on = "";
    holder.innerHTML = drawing.textContent;
    drawing.replaceWith(...holder.childNodes);
    figure.querySelector(".viz-still").remove();
    figure.querySelector(".viz-words").open = false;
    start(figure, JSON.parse(figure.dataset.viz));
    watch(figure);
    // in JupyterLab the arrow keys would move on to the next cell
    find(figure, "[tabindex], button, input, summary").forEach(element => {
      element.dataset.lmSuppressShortcuts = "true";
    });
  });
}
