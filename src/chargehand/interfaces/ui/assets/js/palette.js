// <command-palette src>: Ctrl K, type, Enter. The search form inside it does the same without script.
import { drawChip, make } from "./drawings.js";
import { openDialog } from "./surfaces.js";

const WAIT = 120;
const MOST = 12;

class CommandPalette extends HTMLElement {
  results = [];
  at = 0;

  connectedCallback() {
    const template = this.querySelector("template");
    if (this.dialog || !template) return;
    this.dialog = template.content.firstElementChild.cloneNode(true);
    this.append(this.dialog);
    this.input = this.dialog.querySelector("[role=combobox]");
    this.list = this.dialog.querySelector("[role=listbox]");
    this.status = this.dialog.querySelector("[role=status]");
    this.list.id = "palette-list";
    this.input.setAttribute("aria-controls", this.list.id);
    this.keys = (event) => this.summon(event);
    document.addEventListener("keydown", this.keys);
    this.querySelector("form input")?.addEventListener("pointerdown", (event) => {
      if (matchMedia("(pointer: coarse)").matches) return;
      event.preventDefault();
      this.open();
    });
    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("keydown", (event) => this.steer(event));
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.go(this.results[Number(item.dataset.at)]);
    });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.keys);
  }

  adopt() {}

  summon(event) {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    this.open();
  }

  open() {
    openDialog(this.dialog);
    this.input.value = "";
    this.input.focus();
    this.ask();
  }

  // The pages of the navigation are there at once, whatever the network does.
  places(text) {
    const words = text.replace(/^>/, "").trim().toLowerCase();
    if (/^[#@!]/.test(text)) return [];
    return [...document.querySelectorAll(".nav__link")]
      .map((link) => ({ label: link.querySelector("span")?.textContent ?? link.textContent, url: link.href, kind: "" }))
      .filter((place) => place.label.toLowerCase().includes(words));
  }

  ask() {
    const text = this.input.value.trim();
    this.turn = (this.turn ?? 0) + 1;
    clearTimeout(this.timer);
    this.show(this.places(text));
    if (!text) return;
    const turn = this.turn;
    this.timer = setTimeout(async () => {
      const found = await this.fetchResults(text);
      if (turn === this.turn && found) this.show([...found, ...this.places(text)]);
    }, WAIT);
  }

  async fetchResults(text) {
    const url = new URL(this.getAttribute("src"), location.href);
    url.searchParams.set("q", text);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      return answer.ok ? (await answer.json()).results : null;
    } catch {
      return null;
    }
  }

  show(results) {
    this.results = results.slice(0, MOST);
    this.at = 0;
    this.list.replaceChildren(...this.results.map((result, index) => this.drawResult(result, index)));
    const { found, none } = this.status.dataset;
    this.status.textContent = this.results.length ? found.replace("{n}", this.results.length) : none;
    this.mark();
  }

  drawResult(result, index) {
    const item = make("li", { class: "palette__item", role: "option", id: `palette-${index}`, "data-at": String(index) });
    item.append(make("b", {}, result.label));
    if (result.detail) item.append(make("span", { class: "palette__detail" }, result.detail));
    if (result.state) item.append(drawChip(result.state, result.word ?? ""));
    item.append(make("span", { class: "palette__kind" }, result.kind ?? ""));
    return item;
  }

  mark() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.at)));
    const current = this.list.children[this.at];
    if (current) this.input.setAttribute("aria-activedescendant", current.id);
    else this.input.removeAttribute("aria-activedescendant");
    current?.scrollIntoView({ block: "nearest" });
  }

  steer(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.results.length) {
      event.preventDefault();
      this.at = (this.at + step + this.results.length) % this.results.length;
      this.mark();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      this.enter();
    }
  }

  // A charger's number goes straight there, even before the list has come.
  async enter() {
    const text = this.input.value.trim();
    clearTimeout(this.timer);
    if (/^\d+$/.test(text)) {
      const found = await this.fetchResults(text);
      const exact = found?.find((result) => result.label === text);
      if (exact) return this.go(exact);
    }
    if (this.results[this.at]) return this.go(this.results[this.at]);
    const form = this.querySelector("form");
    form.elements.q.value = text;
    return form.submit();
  }

  go(result) {
    this.dialog.close();
    if (result?.url) location.assign(result.url);
  }
}

customElements.define("command-palette", CommandPalette);
