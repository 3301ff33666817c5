// htmx with morphing swaps, and live parts that rest while nobody looks.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

window.htmx = htmx;

const MORPHS = { "morph": "outerHTML", "morph:outerHTML": "outerHTML", "morph:innerHTML": "innerHTML" };

const callbacks = {
  // Elements that draw themselves take the news and keep their drawing.
  beforeNodeMorphed(old, fresh) {
    if (typeof old.adopt !== "function") return true;
    old.adopt(fresh);
    return false;
  },
  // What a person has opened stays open.
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.matches("details, dialog")),
};

htmx.defineExtension("morph", {
  isInlineSwap: (style) => MORPHS[style] === "outerHTML",
  handleSwap(style, target, fragment) {
    const morphStyle = MORPHS[style];
    if (!morphStyle) return false;
    return Idiomorph.morph(target, fragment.children, { morphStyle, ignoreActiveValue: true, callbacks });
  },
});

// A hidden tab asks for nothing; when it is shown again, whatever polls is asked at once.
document.addEventListener("htmx:beforeRequest", (event) => {
  const polls = /\bevery\b/.test(event.detail.elt.getAttribute("hx-trigger") ?? "");
  if (document.hidden && polls) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[hx-trigger*='every']")) htmx.trigger(element, "shown");
});

// What went wrong is said where a screen reader hears it too.
for (const [name, key] of [["htmx:sendError", "offline"], ["htmx:responseError", "failed"]]) {
  document.addEventListener(name, () => document.dispatchEvent(new CustomEvent("ui:problem", { detail: key })));
}
