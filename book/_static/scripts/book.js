// What scrolls sideways can be reached with the keyboard, and only then stands in the
// order of the Tab key.
const scrollers = "div.math, .bd-article table, .pst-scrollable-table-container, dt.sig, span.math.long";
const reach = () =>
  document.querySelectorAll(scrollers).forEach((box) => {
    if (box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto") {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  });
addEventListener("load", reach);
addEventListener("resize", reach);

// Paper is white, whatever the screen is.
let theme;
addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
addEventListener("afterprint", () => (document.documentElement.dataset.theme = theme));
