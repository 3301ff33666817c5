// The news of a page: one stream, only while somebody looks. htmx's sse extension hands it to `hx-trigger="sse:…"`.
import htmx from "htmx.org";
import { word } from "./words.js";
import { writeAge } from "./ages.js";

const NAMES = ["changed", "counts"];
// Milliseconds: between two refetches, without a sign of life, until a new try, until a part asks by itself.
const SPACING = 1000;
const SILENCE = 40_000;
const PAUSE = 30_000;
const FRESH = 15_000;
// A refetch may use at most a fifth of the time.
const REST = 4;

const asked = new WeakMap();
const isHere = () => current?.isAlive ?? false;
let current = null;
let slowest = 0;

class News extends EventTarget {
  // The extension gives up on a source that is closed (2); this one comes back by itself.
  readyState = 0;
  isAlive = false;
  due = new Set();
  held = 0;

  constructor(url) {
    super();
    this.url = url;
    this.stop = new AbortController();
    const { signal } = this.stop;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leave() : this.connect()), { signal });
    addEventListener("pagehide", () => this.leave(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.connect(), { signal });
    this.connect();
  }

  connect() {
    this.leave();
    if (document.hidden) return;
    const source = new EventSource(this.url);
    this.source = source;
    source.onopen = () => this.live();
    source.onerror = () => {
      this.isAlive = false;
      if (source.readyState === EventSource.CLOSED) this.later(PAUSE);
    };
    source.addEventListener("beat", () => this.live());
    source.addEventListener("bye", () => {
      this.leave();
      for (const name of NAMES) this.tell(name);
    });
    for (const name of NAMES) source.addEventListener(name, () => this.hear(name));
  }

  leave() {
    clearTimeout(this.timer);
    this.source?.close();
    this.isAlive = false;
  }

  close() {
    this.readyState = 2;
    this.stop.abort();
    this.leave();
  }

  live() {
    this.isAlive = true;
    this.later(SILENCE);
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), pause);
  }

  hear(name) {
    this.live();
    this.due.add(name);
    if (this.held) return;
    this.tellDue();
  }

  tellDue() {
    const names = [...this.due];
    this.due.clear();
    for (const name of names) this.tell(name);
    this.held = names.length ? setTimeout(() => this.tellDue(), Math.max(SPACING, REST * slowest)) : 0;
  }

  tell(name) {
    this.dispatchEvent(new MessageEvent(name));
  }
}

htmx.createEventSource = (url) => (current = new News(url));

// While the stream lives, what it wakes does not ask by the clock as well, except now and then.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (!(elt.getAttribute("hx-trigger") ?? "").includes("sse:")) return;
  const isByClock = !requestConfig.triggeringEvent;
  if (isByClock && isHere() && Date.now() - (asked.get(elt) ?? 0) < FRESH) event.preventDefault();
  else requestConfig.began = performance.now();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful, requestConfig } = event.detail;
  if (!successful || !requestConfig?.began) return;
  slowest = Math.max(performance.now() - requestConfig.began, slowest * 0.8);
  asked.set(elt, Date.now());
  if (elt.id === "live") document.querySelector("live-age")?.renew();
});

// <live-age datetime stale-after>: "Live, 1 s ago" while the stream lives, else when the page was brought up to date.
class LiveAge extends HTMLElement {
  connectedCallback() {
    this.at = Date.parse(this.getAttribute("datetime") ?? "") || Date.now();
    this.timer = setInterval(() => document.hidden || this.write(), SPACING);
    this.write();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  renew() {
    this.at = Date.now();
    this.write();
  }

  adopt() {}

  write() {
    const seconds = Math.max(0, (Date.now() - this.at) / 1000);
    const text = word(isHere() ? "live" : "updated", writeAge(seconds));
    if (this.textContent !== text) this.textContent = text;
    this.classList.toggle("is-stale", seconds > Number(this.getAttribute("stale-after") ?? 60));
  }
}

customElements.define("live-age", LiveAge);
