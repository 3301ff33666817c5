// Everything the console's pages need; charts and maps are fetched by the pages that show one.
import "./htmx.js";
import "htmx-ext-sse";
import "./news.js";
import "./ages.js";
import "./surfaces.js";
import "./theme.js";
import "./keys.js";
import "./palette.js";
import "./station-list.js";

const LAZY = {
  "power-chart": () => import("./power-chart.js"),
  "station-map": () => import("./station-map.js"),
};

function fetchElements() {
  for (const [name, load] of Object.entries(LAZY)) {
    if (!customElements.get(name) && document.querySelector(name)) load();
  }
}

document.addEventListener("htmx:afterSettle", fetchElements);
fetchElements();
