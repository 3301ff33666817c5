// Dialogs, menus, toasts: what opens must close again, by Esc, by a press outside, and give the focus back.
import { word } from "./words.js";

const TOAST_TIME = 6000;

document.documentElement.classList.add("has-script");

export function openDialog(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  const first = dialog.querySelector("[autofocus]");
  if (first) first.focus();
}

// What looks like a button obeys the space bar like one.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches?.("a[data-opens]")) return;
  event.preventDefault();
  event.target.click();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault();
      openDialog(dialog);
    }
    return;
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog")?.close();
    return;
  }
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast")?.remove();
  // A press on the backdrop hits the dialog itself, outside its box.
  if (event.target instanceof HTMLDialogElement && isOutside(event)) event.target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

// Good news leaves by itself; warnings and errors stay until they are closed.
function arrangeToasts(root) {
  for (const toast of root.querySelectorAll(".toast--success, .toast--info")) {
    if (toast.dataset.timed) continue;
    toast.dataset.timed = "yes";
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, TOAST_TIME) : toast.remove());
    setTimeout(leave, TOAST_TIME);
  }
}

export function say(text, level = "info") {
  const region = document.getElementById("toasts");
  if (!region) return;
  const toast = document.createElement("div");
  toast.className = `toast toast--${level}`;
  const body = document.createElement("div");
  body.className = "toast__text";
  body.textContent = text;
  toast.append(body);
  region.append(toast);
  arrangeToasts(region);
}

document.addEventListener("ui:problem", (event) => say(word(event.detail), "error"));
document.addEventListener("htmx:afterSettle", () => arrangeToasts(document));
arrangeToasts(document);
document.querySelector("[data-error-summary]")?.focus();

// An address may name a dialog of its page: without script the style opens it, with script it is modal.
const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
if (named instanceof HTMLDialogElement) {
  openDialog(named);
  history.replaceState(history.state, "", location.pathname + location.search);
}
