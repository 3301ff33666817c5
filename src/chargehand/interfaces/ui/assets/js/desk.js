// What technicians' pages need on top of plain HTML: the outbox, stored pages, photos, the live part.
import "./ages.js";
import "./surfaces.js";
import "./theme.js";
import "./desk/outbox.js";
import "./desk/job.js";
import "./desk/live.js";
import "./desk/pages.js";
