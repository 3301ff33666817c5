// <age-label datetime stale-after>: writes how long ago its time was, every second while the page is shown.
import { word } from "./words.js";

const labels = new Set();
let timer = 0;

export function writeAge(seconds) {
  if (seconds < 2) return word("now");
  if (seconds < 60) return word("s", Math.floor(seconds));
  if (seconds < 3600) return word("min", Math.floor(seconds / 60));
  if (seconds < 86400) return word("h", Math.floor(seconds / 3600));
  return word("d", Math.floor(seconds / 86400));
}

function tick() {
  for (const label of labels) label.write();
}

function arrange() {
  clearInterval(timer);
  timer = 0;
  if (document.hidden || !labels.size) return;
  tick();
  timer = setInterval(tick, 1000);
}

document.addEventListener("visibilitychange", arrange);

class AgeLabel extends HTMLElement {
  static observedAttributes = ["datetime", "stale-after"];

  connectedCallback() {
    labels.add(this);
    if (!timer) arrange();
    else this.write();
  }

  disconnectedCallback() {
    labels.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.write();
  }

  write() {
    const at = Date.parse(this.getAttribute("datetime") ?? "");
    const time = this.querySelector("time");
    if (!time || Number.isNaN(at)) return;
    const seconds = Math.max(0, (Date.now() - at) / 1000);
    const text = writeAge(seconds);
    if (time.textContent !== text) time.textContent = text;
    const limit = Number(this.getAttribute("stale-after") ?? 0);
    this.classList.toggle("is-stale", limit > 0 && seconds > limit);
  }
}

customElements.define("age-label", AgeLabel);
