// State shapes and colours for what the script draws; the same drawings the server writes.
import drawings from "../../static/ui/icons.json";

const SVG = "http://www.w3.org/2000/svg";
export const STATES = ["ready", "charging", "reserved", "attention", "broken", "offline"];

export function look(state) {
  return STATES.includes(state) ? state : "offline";
}

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function drawShape(state) {
  const shape = drawings.shapes[look(state)];
  const classes = shape.stroked ? "shape shape--stroked" : "shape";
  return svg("svg", { class: classes, viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: shape.path }));
}

export function drawChip(state, word) {
  const chip = document.createElement("span");
  chip.className = `chip chip--${look(state)}`;
  chip.append(drawShape(state), word);
  return chip;
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}
