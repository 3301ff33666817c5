// <station-list src refresh filter>: thousands of rows, of which only the visible ones stand in the page.
// Columns come from the table inside it, which is also what shows when this script does not run.
import { drawChip, make } from "./drawings.js";
import { filterRows, plainText, readColumns, sortRows } from "./rows.js";
import { word } from "./words.js";

const SPARE = 8;
const NARROW = matchMedia("(max-width: 799.98px)");

class StationList extends HTMLElement {
  all = [];
  shown = [];
  pool = [];
  current = 0;
  sort = { key: "", direction: "ascending" };

  connectedCallback() {
    if (this.grid) return;
    const table = this.querySelector("table");
    if (!table || !this.getAttribute("src")) return;
    this.columns = readColumns(table);
    this.build(table.caption?.textContent ?? table.getAttribute("aria-label") ?? "");
    this.listen();
    this.load();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.stop?.abort();
    this.resizes?.disconnect();
  }

  build(label) {
    this.head = make("div", { class: "grid__head", role: "row", "aria-rowindex": "1" });
    this.body = make("div", { class: "grid__body", role: "rowgroup" });
    const headGroup = make("div", { role: "rowgroup", class: "grid__top" }, this.head);
    this.grid = make("div", { class: "grid", role: "grid", "aria-label": label, "aria-busy": "true" });
    this.grid.append(headGroup, this.body);
    this.foot = make("div", { class: "grid__foot", role: "status" });
    this.append(this.grid, this.foot);
    this.drawHead();
  }

  listen() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.grid.addEventListener("scroll", () => this.plan(), { passive: true, signal });
    this.grid.addEventListener("keydown", (event) => this.steer(event), { signal });
    this.grid.addEventListener("click", (event) => this.press(event), { signal });
    NARROW.addEventListener("change", () => this.turn(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.load(), { signal });
    const filter = document.getElementById(this.getAttribute("filter") ?? "");
    filter?.addEventListener("input", () => this.arrange(), { signal });
    filter?.form?.addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.filter = filter;
    this.resizes = new ResizeObserver(() => this.plan());
    this.resizes.observe(this.grid);
  }

  turn() {
    this.drawHead();
    this.draw();
  }

  get visibleColumns() {
    return NARROW.matches ? this.columns.filter((column) => !column.wide) : this.columns;
  }

  get rowHeight() {
    return parseFloat(getComputedStyle(this.body).getPropertyValue("--row")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  drawHead() {
    const cells = this.visibleColumns.map((column, index) => {
      const cell = make("div", { role: "columnheader", "aria-colindex": String(index + 1), class: cellClass(column) });
      if (this.sort.key === column.key && column.key) cell.setAttribute("aria-sort", this.sort.direction);
      if (column.sortable) cell.append(make("button", { class: "grid__sort", type: "button", "data-sort": column.key }, column.label));
      else cell.append(column.label);
      return cell;
    });
    this.head.replaceChildren(...cells);
    this.grid.style.setProperty("--columns", this.visibleColumns.map((column) => (NARROW.matches ? column.narrow : column.width)).join(" "));
    this.pool = [];
    this.body.replaceChildren();
  }

  async load() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.rows = await answer.json();
    } catch {
      this.classList.add("is-stale");
      this.foot.textContent = word("offline");
    }
    this.grid.removeAttribute("aria-busy");
    const seconds = Number(this.getAttribute("refresh") ?? 0);
    if (seconds && this.isConnected) this.timer = setTimeout(() => this.load(), seconds * 1000);
  }

  // {rows: [{id, url, cells: {key: value}}], total}: values are text, numbers, or {state, word} and {at}.
  set rows(answer) {
    this.classList.remove("is-stale");
    this.all = answer.rows;
    this.arrange();
  }

  adopt() {
    this.load();
  }

  arrange() {
    const kept = this.shown[this.current]?.id;
    const hadFocus = this.body.contains(document.activeElement);
    const found = filterRows(this.all, this.filter?.value ?? "");
    this.shown = sortRows(found, this.sort.key, this.sort.direction);
    const again = kept === undefined ? -1 : this.shown.findIndex((row) => row.id === kept);
    this.current = again >= 0 ? again : Math.min(this.current, Math.max(0, this.shown.length - 1));
    this.grid.setAttribute("aria-rowcount", String(this.shown.length + 1));
    this.grid.setAttribute("aria-colcount", String(this.visibleColumns.length));
    const text = this.shown.length === this.all.length ? word("rows", this.all.length) : word("found", this.shown.length);
    if (this.foot.textContent !== text) this.foot.textContent = text;
    this.draw({ anew: true });
    // The focus follows its charger, wherever that stands now.
    if (hadFocus) this.rowAt(this.current)?.element.focus({ preventScroll: true });
  }

  rowAt(index) {
    return this.pool.find((row) => row.at === index);
  }

  plan() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw({ anew = false } = {}) {
    const height = this.rowHeight;
    const first = Math.max(0, Math.floor(this.grid.scrollTop / height) - SPARE);
    const last = Math.min(this.shown.length, Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / height) + SPARE);
    this.body.style.height = `${this.shown.length * height}px`;
    const wanted = new Set();
    for (let index = first; index < last; index += 1) wanted.add(index);
    // The row with the focus stays, or the focus would be lost with it.
    if (this.shown.length) wanted.add(this.current);
    const free = this.pool.filter((row) => {
      if (!wanted.delete(row.at)) return true;
      if (anew) this.fill(row, row.at, height);
      return false;
    });
    for (const index of wanted) this.fill(free.pop() ?? this.addRow(), index, height);
    for (const row of free) {
      row.at = -1;
      row.element.hidden = true;
    }
  }

  addRow() {
    const element = make("div", { class: "grid__row", role: "row", tabindex: "-1" });
    const cells = this.visibleColumns.map((column, index) =>
      make("div", { role: "gridcell", "aria-colindex": String(index + 1), class: cellClass(column) }));
    element.append(...cells);
    this.body.append(element);
    const row = { element, cells, at: -1 };
    this.pool.push(row);
    return row;
  }

  fill(row, index, height) {
    const data = this.shown[index];
    row.at = index;
    row.element.hidden = false;
    row.element.dataset.index = String(index);
    row.element.setAttribute("aria-rowindex", String(index + 2));
    row.element.tabIndex = index === this.current ? 0 : -1;
    row.element.style.transform = `translateY(${index * height}px)`;
    this.visibleColumns.forEach((column, at) => drawCell(row.cells[at], column, data));
  }

  steer(event) {
    const page = Math.max(1, Math.floor(this.grid.clientHeight / this.rowHeight) - 2);
    const row = event.target.closest(".grid__row");
    if (!row) {
      if (event.key === "ArrowDown" && event.target.closest(".grid__head")) this.move(this.current, event);
      return;
    }
    const steps = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) this.move(this.current + steps[event.key], event);
    if (event.key === "Enter" && !event.target.closest("a, button")) this.open(this.shown[this.current]);
  }

  move(index, event) {
    event.preventDefault();
    event.stopPropagation();
    const before = this.rowAt(this.current);
    this.current = Math.min(this.shown.length - 1, Math.max(0, index));
    const height = this.rowHeight;
    const top = this.current * height;
    const room = this.grid.clientHeight - this.head.offsetHeight;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    if (top + height > this.grid.scrollTop + room) this.grid.scrollTop = top + height - room;
    this.draw();
    const row = this.rowAt(this.current);
    if (before) before.element.tabIndex = -1;
    if (!row) return;
    row.element.tabIndex = 0;
    row.element.focus({ preventScroll: true });
  }

  press(event) {
    const key = event.target.closest("[data-sort]")?.dataset.sort;
    if (key) {
      const turned = this.sort.key === key && this.sort.direction === "ascending";
      this.sort = { key, direction: turned ? "descending" : "ascending" };
      this.drawHead();
      this.arrange();
      this.head.querySelector(`[data-sort="${CSS.escape(key)}"]`)?.focus();
      return;
    }
    const row = event.target.closest(".grid__row");
    if (!row || event.target.closest("a, button")) return;
    this.open(this.shown[Number(row.dataset.index)]);
  }

  open(row) {
    if (row?.url) location.assign(row.url);
  }
}

function cellClass(column) {
  return column.type === "number" ? "grid__cell grid__cell--number" : "grid__cell";
}

function drawCell(cell, column, row) {
  const value = row.cells[column.key];
  const mark = JSON.stringify(value ?? null) + (column.type === "link" ? row.url : "");
  if (cell.mark === mark) return;
  cell.mark = mark;
  if (column.type === "state" && value) cell.replaceChildren(drawChip(value.state, value.word));
  else if (column.type === "age") cell.replaceChildren(drawAge(value));
  else if (column.type === "link") cell.replaceChildren(make("a", { href: row.url, tabindex: "-1" }, plainText(value)));
  else cell.textContent = value === null || value === undefined || value === "" ? "–" : plainText(value);
}

function drawAge(value) {
  if (!value?.at) return word("never");
  const label = make("age-label", { datetime: value.at, "stale-after": String(value.stale_after ?? 0) });
  label.append(make("time", { datetime: value.at }, value.at));
  return label;
}

customElements.define("station-list", StationList);
