// What drivers' pages need on top of plain HTML: ages, dialogs, the look. No htmx, no charts, no maps.
import "./ages.js";
import "./surfaces.js";
import "./theme.js";
