// <power-chart>: lines or bars over time with uPlot. Gaps stay gaps, limits are dashed and named, the table twin stays.
import uPlot from "uplot";

import { make, svg } from "./drawings.js";

const HEIGHT = 176;
const SERIES = 6;
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

// Millions of Wh need more room than tens of kW.
function roomFor(plot, labels) {
  return Math.max(48, 16 + 7 * Math.max(0, ...(labels ?? []).map((label) => String(label ?? "").length)));
}

class PowerChart extends HTMLElement {
  async connectedCallback() {
    if (this.box) return;
    this.box = this.querySelector(".chart") ?? this.insertBefore(make("div", { class: "chart" }), this.firstChild);
    this.stop = new AbortController();
    const { signal } = this.stop;
    document.addEventListener("ui:theme", () => this.draw(), { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.load(), { signal });
    this.box.addEventListener("pointerenter", () => (this.paused = true), { signal });
    this.box.addEventListener("pointerleave", () => (this.paused = false), { signal });
    this.resizes = new ResizeObserver(() => this.fit());
    this.resizes.observe(this.box);
    await this.load();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.stop?.abort();
    this.resizes?.disconnect();
    this.plot?.destroy();
  }

  async load() {
    clearTimeout(this.timer);
    const url = this.getAttribute("src");
    const inline = this.querySelector("script[type='application/json']");
    if (url && !document.hidden && !this.paused) {
      const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer?.ok) this.data = await answer.json();
    } else if (inline && !this.data) {
      this.data = JSON.parse(inline.textContent);
    }
    if (this.data?.x?.length) this.renew();
    const seconds = Math.max(1, Number(this.getAttribute("refresh") ?? 0));
    if (url && this.hasAttribute("refresh") && this.isConnected) this.timer = setTimeout(() => this.load(), seconds * 1000);
  }

  // A page that was fetched again brings new numbers, not a new chart.
  adopt(fresh) {
    const [mine, theirs] = [this, fresh].map((one) => one.querySelector("script[type='application/json']"));
    if (!mine || !theirs || mine.textContent === theirs.textContent) return;
    mine.textContent = theirs.textContent;
    this.data = JSON.parse(theirs.textContent);
    this.querySelector(".chart__twin table")?.replaceWith(fresh.querySelector(".chart__twin table"));
    this.renew();
  }

  fit() {
    const width = this.box.clientWidth - 8;
    if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
  }

  colour(name) {
    return getComputedStyle(this).getPropertyValue(`--${name}`).trim();
  }

  // New numbers go into the chart that is there; new colours or other series need another one.
  renew() {
    const names = this.data.series.map((one) => one.label).join();
    if (!this.plot || names !== this.names) {
      this.names = names;
      this.draw();
      return;
    }
    this.plot.setData(this.lines());
    this.point(this.plot);
  }

  // Bars stand on each other: each line holds the sum up to its series, the highest is drawn first.
  lines() {
    const known = this.data.series.slice(0, SERIES).map((one) => one.y);
    if (!this.hasBars()) return [this.data.x, ...known];
    const sums = known.map((_, upto) => this.data.x.map((_, at) => sumTo(known, upto, at)));
    return [this.data.x, ...sums.reverse()];
  }

  hasBars() {
    return this.data.style === "bars";
  }

  draw() {
    if (!this.data?.x?.length) return;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(), this.lines(), this.box);
    this.plot.root.setAttribute("aria-hidden", "true");
    this.drawLegend();
  }

  options() {
    const axis = {
      stroke: this.colour("text-3"),
      font: `11px ${this.colour("font")}`,
      grid: { stroke: this.colour("line"), width: 1 },
      ticks: { show: false },
    };
    const locale = document.documentElement.lang || undefined;
    const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
    const long = this.data.x.at(-1) - this.data.x[0] > 3 * 86400;
    const write = (times) => times.map((time) => (long ? day : clock).format(time * 1000));
    return {
      width: Math.max(200, this.box.clientWidth - 8),
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { size: 7 } },
      scales: { y: { range: (_, low, high) => this.range(low, high) } },
      axes: [{ ...axis, size: 28, grid: { show: false }, values: (_, times) => write(times) }, { ...axis, size: roomFor, ...(this.hasBars() ? { incrs: WHOLE } : {}) }],
      series: [{}, ...this.allSeries()],
      hooks: { drawAxes: [(plot) => this.drawGaps(plot)], draw: [(plot) => this.drawMarks(plot)], setCursor: [(plot) => this.point(plot)] },
    };
  }

  range(low, high) {
    const limits = (this.data.limits ?? []).map((limit) => limit.value);
    const top = Math.max(high ?? 0, ...limits);
    // Above bars the marks have their words.
    return [Math.min(0, low ?? 0), top > 0 ? top * (this.hasBars() ? 1.3 : 1.08) : 1];
  }

  allSeries() {
    const all = this.data.series.slice(0, SERIES).map((one, index) => this.seriesOptions(one, index));
    return this.hasBars() ? all.reverse() : all;
  }

  seriesOptions(one, index) {
    if (this.hasBars()) {
      const colour = this.colour(nameColour(one, index));
      const paths = uPlot.paths.bars({ size: [0.8, 24] });
      return { label: one.label, stroke: colour, fill: colour, width: 0, paths, points: { show: false } };
    }
    return { label: one.label, stroke: this.colour(`series-${index + 1}`), width: 1.75, spanGaps: false, points: { show: false } };
  }

  // No data is a hatched band, never a line to zero.
  drawGaps(plot) {
    const { ctx, bbox } = plot;
    const { x, series } = this.data;
    ctx.save();
    ctx.beginPath();
    for (const [from, to] of findGaps(x, series)) {
      const left = plot.valToPos(from, "x", true);
      ctx.rect(left, bbox.top, plot.valToPos(to, "x", true) - left, bbox.height);
    }
    ctx.clip();
    ctx.strokeStyle = this.colour("line");
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    for (let at = bbox.left - bbox.height; at < bbox.left + bbox.width; at += 6 * devicePixelRatio) {
      ctx.moveTo(at, bbox.top + bbox.height);
      ctx.lineTo(at + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }

  drawMarks(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.font = `${11 * devicePixelRatio}px ${this.colour("font")}`;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const limit of this.data.limits ?? []) {
      const y = Math.round(plot.valToPos(limit.value, "y", true));
      ctx.strokeStyle = ctx.fillStyle = this.colour("broken");
      line(ctx, bbox.left, y, bbox.left + bbox.width, y);
      ctx.textAlign = "right";
      ctx.fillText(limit.label, bbox.left + bbox.width - 4 * devicePixelRatio, y + 13 * devicePixelRatio);
    }
    ctx.setLineDash([]);
    // Words of marks that stand close together go under each other.
    let [before, row] = [-Infinity, 0];
    for (const mark of this.data.marks ?? []) {
      const at = Math.round(plot.valToPos(mark.x, "x", true));
      ctx.strokeStyle = this.colour("control");
      ctx.fillStyle = this.colour("text-2");
      line(ctx, at, bbox.top, at, bbox.top + bbox.height);
      const room = bbox.left + bbox.width - at - 4 * devicePixelRatio;
      const isLast = ctx.measureText(mark.label).width > room;
      ctx.textAlign = isLast ? "right" : "left";
      row = at - before < 64 * devicePixelRatio ? row + 1 : 0;
      before = at;
      const shift = (this.hasBars() ? 11 + 13 * row : -6 - 13 * row) * devicePixelRatio;
      const below = (this.hasBars() ? bbox.top : bbox.top + bbox.height) + shift;
      ctx.fillText(mark.label, at + (isLast ? -4 : 4) * devicePixelRatio, below);
    }
    ctx.restore();
  }

  drawLegend() {
    if (!this.legend) {
      this.legend = make("ul", { class: "chart__legend", "aria-hidden": "true" });
      this.box.after(this.legend);
    }
    const keys = this.data.series.slice(0, SERIES).map((one, index) => {
      const mark = svg("svg", { viewBox: "0 0 16 8" });
      mark.append(svg("path", { d: "M0 4h16", stroke: `var(--${nameColour(one, index)})`, "stroke-width": "2" }));
      const value = make("span", { class: "chart__value" });
      return make("li", { class: "chart__key" }, mark, one.label, value);
    });
    this.legend.replaceChildren(...keys, make("li", { class: "chart__key chart__time" }));
    this.point(this.plot);
  }

  // Under the pointer its values stand in the legend; without a pointer, the last ones.
  point(plot) {
    if (!this.legend || !plot) return;
    const at = plot.cursor.idx ?? null;
    const unit = this.data.unit ?? "";
    const number = new Intl.NumberFormat(document.documentElement.lang || undefined, { maximumFractionDigits: 1 });
    this.legend.querySelectorAll(".chart__value").forEach((element, index) => {
      const y = this.data.series[index].y;
      const value = at === null ? (this.hasBars() ? total(y) : lastKnown(y)) : y[at];
      element.textContent = value === null || value === undefined ? "–" : `${number.format(value)} ${unit}`;
    });
    const when = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
    this.legend.querySelector(".chart__time").textContent = at === null ? "" : when.format(this.data.x[at] * 1000);
  }
}

function nameColour(one, index) {
  return one.colour ?? `series-${index + 1}`;
}

function total(values) {
  const known = values.filter((value) => value !== null);
  return known.length ? known.reduce((sum, value) => sum + value, 0) : null;
}

function sumTo(known, upto, at) {
  const values = known.slice(0, upto + 1).map((one) => one[at]);
  return values.every((value) => value === null) ? null : values.reduce((sum, value) => sum + (value ?? 0), 0);
}

function lastKnown(values) {
  for (let at = values.length - 1; at >= 0; at -= 1) if (values[at] !== null) return values[at];
  return null;
}

function line(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

export function findGaps(x, series) {
  const gaps = [];
  let from = null;
  let known = null;
  x.forEach((time, index) => {
    const isEmpty = series.every((one) => one.y[index] === null || one.y[index] === undefined);
    if (isEmpty) from ??= known ?? time;
    else {
      if (from !== null) gaps.push([from, time]);
      from = null;
      known = time;
    }
  });
  if (from !== null) gaps.push([from, x.at(-1)]);
  return gaps;
}

customElements.define("power-chart", PowerChart);
