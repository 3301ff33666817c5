// Everything the console's pages need; charts and maps are fetched by the pages that show one.
import "./htmx.js";
import "htmx-ext-sse";
import "./ages.js";
import "./surfaces.js";
import "./theme.js";
import "./keys.js";
