// Single-letter keys of the console; they can be switched off (WCAG 2.1.4) and never act while somebody types.
import { openDialog } from "./surfaces.js";

const STORE = "single-letter-keys";
const LEADER_TIME = 1200;
let leader = 0;

function areOn() {
  return localStorage.getItem(STORE) !== "off";
}

function isTyping(target) {
  return target.closest?.("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  (row.matches("a, button, [tabindex]") ? row : row.querySelector("a, button, [tabindex]"))?.focus();
}

// In a list a key acts on the row that has the focus; keys of other rows are nobody's.
function findShortcut(selector) {
  const row = document.activeElement?.closest("[data-row]");
  const own = row?.querySelector(selector);
  return own ?? [...document.querySelectorAll(selector)].find((one) => !one.closest("[data-row]"));
}

const ACTIONS = {
  "?": () => openDialog(document.getElementById("keys")),
  "/": () => document.querySelector("[data-filter], .page input[type=search]")?.focus(),
  ".": () => document.querySelector(".page__bar .menu summary, .page__bar .btn")?.focus(),
  "j": () => moveRow(1),
  "k": () => moveRow(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (!areOn() || isTyping(event.target)) return;
  if (Date.now() - leader < LEADER_TIME) {
    leader = 0;
    const link = document.querySelector(`.nav__link[data-key="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
      return;
    }
  }
  if (event.key === "g") {
    leader = Date.now();
    return;
  }
  const own = findShortcut(`[data-shortcut="${CSS.escape(event.key)}"]`);
  const action = own ? () => own.click() : ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

for (const box of document.querySelectorAll("[data-keys-switch]")) {
  box.checked = areOn();
  box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
}
