// <station-map>: stations as pins, near ones together as a ring of shares. The list inside it is its twin.
// No tiles are fetched unless the page names a server for them.
import { divIcon, map as makeMap, marker, tileLayer } from "leaflet";
import Supercluster from "supercluster";

import { drawShape, look, make, STATES, svg } from "./drawings.js";

const SMALLEST = 18;
const LARGEST = 30;
const PIN = 22;

class StationMap extends HTMLElement {
  async connectedCallback() {
    if (this.map) return;
    this.box = this.querySelector(".map") ?? this.insertBefore(make("div", { class: "map" }), this.firstChild);
    this.map = makeMap(this.box, { zoomSnap: 0.5, attributionControl: Boolean(this.getAttribute("tiles")), worldCopyJump: true });
    this.map.attributionControl?.setPrefix(false);
    const tiles = this.getAttribute("tiles");
    if (tiles) tileLayer(tiles, { attribution: this.getAttribute("attribution") ?? "", maxZoom: 19 }).addTo(this.map);
    this.index = new Supercluster({ radius: 56, maxZoom: 16, map: share, reduce: addShares });
    this.markers = [];
    this.map.on("moveend", () => this.draw());
    this.resizes = new ResizeObserver(() => this.map.invalidateSize());
    this.resizes.observe(this.box);
    await this.load();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.resizes?.disconnect();
    this.map?.remove();
    this.map = undefined;
  }

  async load() {
    clearTimeout(this.timer);
    const url = this.getAttribute("src");
    const inline = this.querySelector("script[type='application/json']");
    let points = inline && !url ? JSON.parse(inline.textContent) : null;
    if (url && !document.hidden) {
      const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer?.ok) points = (await answer.json()).points;
    }
    if (points && this.map) this.show(points);
    const seconds = Number(this.getAttribute("refresh") ?? 0);
    if (url && seconds && this.isConnected) this.timer = setTimeout(() => this.load(), seconds * 1000);
  }

  adopt(fresh) {
    const script = fresh.querySelector("script[type='application/json']");
    if (script && this.map) this.show(JSON.parse(script.textContent));
    else if (this.map) this.load();
  }

  // [{id, label, lat, lon, state, word, url}]
  show(points) {
    const features = points.map((point) => ({
      type: "Feature",
      properties: point,
      geometry: { type: "Point", coordinates: [point.lon, point.lat] },
    }));
    this.index.load(features);
    if (!this.placed && points.length) {
      this.placed = true;
      this.map.fitBounds(points.map((point) => [point.lat, point.lon]), { padding: [36, 36], maxZoom: 14, animate: false });
    }
    this.draw();
  }

  draw() {
    const bounds = this.map.getBounds();
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const found = this.index.getClusters(box, Math.round(this.map.getZoom()));
    for (const one of this.markers) one.remove();
    this.markers = found.map((feature) => (feature.properties.cluster ? this.ring(feature) : this.pin(feature)).addTo(this.map));
  }

  ring(feature) {
    const { point_count: count, shares, words } = feature.properties;
    const radius = Math.min(LARGEST, SMALLEST + 2.2 * Math.log2(count));
    const [lon, lat] = feature.geometry.coordinates;
    const icon = divIcon({ className: "ring", html: drawRing(radius, count, shares), iconSize: [radius * 2, radius * 2] });
    const summary = STATES.filter((state) => shares[state]).map((state) => `${shares[state]} ${words[state]}`).join(", ");
    const ring = marker([lat, lon], { icon, alt: `${count}: ${summary}`, title: summary, keyboard: true });
    ring.on("add", () => nameButton(ring, `${count}: ${summary}`));
    return ring.on("click", () => this.map.flyTo([lat, lon], this.index.getClusterExpansionZoom(feature.id), { duration: 0.2 }));
  }

  pin(feature) {
    const point = feature.properties;
    const [lon, lat] = feature.geometry.coordinates;
    const html = make("span", { class: `pin chip--${look(point.state)}` }, drawShape(point.state));
    const icon = divIcon({ className: "pin-frame", html, iconSize: [PIN, PIN] });
    const text = `${point.label}: ${point.word ?? point.state}`;
    const pin = marker([lat, lon], { icon, alt: text, title: text, keyboard: true });
    pin.on("add", () => nameButton(pin, text));
    return pin.on("click", () => point.url && location.assign(point.url));
  }
}

// Leaflet makes a marker reachable by keys, but only opens pop-ups with them.
function nameButton(layer, text) {
  const element = layer.getElement();
  element.setAttribute("aria-label", text);
  element.setAttribute("role", "button");
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    layer.fire("click");
  });
}

function share(point) {
  const state = look(point.state);
  return { shares: { [state]: 1 }, words: { [state]: point.word ?? state } };
}

function addShares(sum, one) {
  sum.shares = { ...sum.shares };
  for (const [state, count] of Object.entries(one.shares)) sum.shares[state] = (sum.shares[state] ?? 0) + count;
  sum.words = { ...one.words, ...sum.words };
}

function drawRing(radius, count, shares) {
  const size = radius * 2;
  const inner = radius - 4;
  const round = 2 * Math.PI * inner;
  const picture = svg("svg", { width: size, height: size, viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true" });
  picture.append(svg("circle", { class: "ring__core", cx: radius, cy: radius, r: radius - 1 }));
  let from = 0;
  for (const state of STATES) {
    if (!shares[state]) continue;
    const part = (shares[state] / count) * round;
    picture.append(svg("circle", {
      class: `is-${state}`, "data-state": state, cx: radius, cy: radius, r: inner,
      "stroke-dasharray": `${Math.max(1, part - 1)} ${round}`, "stroke-dashoffset": -from,
      transform: `rotate(-90 ${radius} ${radius})`,
    }));
    from += part;
  }
  picture.append(svg("text", { class: "ring__text", x: radius, y: radius }, String(count)));
  return picture;
}

customElements.define("station-map", StationMap);
