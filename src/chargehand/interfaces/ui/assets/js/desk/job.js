// The page of a job: what is entered goes to the outbox, and what waits there stands on the page as entered.
import { say } from "../surfaces.js";
import { word } from "./desk-words.js";
import { ask } from "./sending.js";
import { outbox } from "./outbox.js";
import { takePhotos } from "./photos.js";
import { entries, forget } from "./store.js";

const job = () => document.getElementById("job");
const number = () => Number(job().dataset.job);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!job()?.contains(form)) return;
  if (form.matches("[data-edit]")) {
    event.preventDefault();
    enter(form, event.submitter).catch(sayFull);
  } else if (form.matches("[data-photos]")) {
    event.preventDefault();
    takePhotos(form, number());
  } else if (form.matches("[data-ask]")) {
    event.preventDefault();
    command(form, event.submitter);
  } else if (form.matches("[data-online]") && !hasLink()) {
    event.preventDefault();
    say(word("no_link"), "warning");
  }
});

// A photo is kept the moment it is taken; so is a number or a text when the next thing is touched.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("#job form");
  if (form?.matches("[data-photos]")) takePhotos(form, number());
  if (form?.matches("[data-kind=measurement], [data-kind=text]")) enter(form).catch(sayFull);
});

// What could not be kept on this phone must not look as if it were.
function sayFull() {
  say(word("no_room"), "error");
}

function entry(form, value, field = form.dataset.edit) {
  return {
    kind: "edit",
    job: number(),
    field,
    value,
    base_version: Number(form.dataset.version ?? 0),
    label: form.dataset.label,
  };
}

async function enter(form, submitter) {
  const { kind } = form.dataset;
  if (kind === "check") {
    await outbox().add(entry(form, submitter.value === "true"));
  } else if (kind === "measurement") {
    const value = readNumber(form);
    if (value !== undefined) await outbox().add(entry(form, value));
  } else if (kind === "text") {
    const input = form.elements.value;
    if (input.value === (input.dataset.kept ?? input.defaultValue)) return;
    input.dataset.kept = input.value;
    await outbox().add(entry(form, input.value.trim()));
  } else if (kind === "parts") {
    await outbox().add(entry(form, [...(await parts()), newPart(form)]));
    form.reset();
  } else {
    const reason = form.elements.no_test_reason?.value.trim();
    if (reason) await outbox().add({ ...entry(form, reason, "no_test_reason"), label: reason });
    await outbox().add(entry(form, form.elements.value.value));
  }
}

// Returns undefined where nothing is to be entered: nothing changed, or what stands there is no number.
function readNumber(form) {
  const input = form.elements.value;
  const text = input.value.trim().replace(",", ".");
  if (input.value === (input.dataset.kept ?? input.defaultValue)) return undefined;
  const value = text === "" ? null : Number(text);
  if (Number.isNaN(value)) {
    note(form.querySelector(".entry__said"), word("number"), "broken");
    return undefined;
  }
  input.dataset.kept = input.value;
  return value;
}

function newPart(form) {
  const count = Number.parseInt(form.elements.quantity.value, 10);
  return { name: form.elements.value.value.trim(), quantity: count > 0 ? count : 1 };
}

async function parts() {
  const own = (await mine()).filter((each) => each.field === "parts_used");
  return own.at(-1)?.value ?? JSON.parse(document.getElementById("parts-used").textContent);
}

async function mine() {
  const states = ["waiting", "sent"];
  return (await entries()).filter((each) => each.job === number() && each.user === outbox().user && states.includes(each.state));
}

function note(place, text, look = "") {
  if (!place) return;
  place.textContent = text;
  place.dataset.look = look;
}

// Put what was entered but is not in this page yet onto it, in the order in which it was entered.
async function lay() {
  if (!job()) return;
  for (const each of await mine()) {
    if (each.kind === "photo") continue;
    if (each.field === "state") layState(each);
    else layField(each);
  }
}

function layField(each) {
  const form = document.querySelector(`#job form[data-edit="${CSS.escape(each.field)}"]`);
  if (!form) return;
  const mark = form.closest("[data-step]")?.querySelector("[data-mark]") ?? form.querySelector("[data-mark]") ?? document.querySelector(`[data-mark-of="${CSS.escape(each.field)}"]`);
  note(mark, word(each.state === "waiting" ? "kept" : "sent"), each.state);
  if (each.field === "parts_used") {
    const lines = each.value.map((part) => Object.assign(document.createElement("li"), { textContent: `${part.quantity} × ${part.name}` }));
    document.getElementById("parts").replaceChildren(...lines);
  } else if (form.dataset.kind === "check") {
    const button = form.querySelector(".tick");
    button.setAttribute("aria-pressed", String(each.value));
    button.value = String(!each.value);
  } else {
    const input = form.elements.value;
    if (document.activeElement !== input) input.value = input.dataset.kept = each.value ?? "";
    if (form.dataset.kind === "measurement") judge(form, each.value);
  }
}

function judge(form, value) {
  const { least, most } = form.dataset;
  const isWithin = (least === undefined || value >= Number(least)) && (most === undefined || value <= Number(most));
  const text = value === null ? "" : word(isWithin ? "within" : "out_of_limits");
  note(form.querySelector(".entry__said"), text, isWithin ? "ready" : "broken");
}

function layState(each) {
  job().dataset.state = each.value;
  const words = JSON.parse(document.getElementById("job-states").textContent);
  document.getElementById("job-state").textContent = words[each.value] ?? each.value;
  const later = document.querySelector(".desk__later");
  if (!later || each.state !== "waiting") return;
  later.textContent = { started: word("blocks_later"), done: word("done_later") }[each.value] ?? "";
  later.removeAttribute("data-when");
  later.hidden = !later.textContent;
}

// Load the page anew, keep what is being typed, and forget what the new page says itself.
async function refresh() {
  const before = (await mine()).filter((each) => each.state === "sent");
  let answer;
  try {
    answer = await ask(job().dataset.url, { headers: { Accept: "text/html" } });
  } catch {
    return;
  }
  if (!answer.ok || answer.headers.get("X-Stored")) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("job");
  if (!fresh) return;
  const typed = [...job().querySelectorAll("input[id], textarea[id]")].filter((input) => input.type !== "file" && input.value !== (input.dataset.kept ?? input.defaultValue));
  const focus = document.activeElement?.id;
  job().replaceWith(fresh);
  for (const input of typed) {
    const now = document.getElementById(input.id);
    if (now) now.value = input.value;
  }
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  for (const each of before) await forget(each.id);
  await lay();
  drawLink();
}

async function command(form, button) {
  if (!hasLink()) {
    say(word("needs_link"), "warning");
    return;
  }
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(form.action, { method: "POST", body: new FormData(form) });
    const said = await answer.json().catch(() => ({ sentence: word("sign_in") }));
    if (said.sentence) say(said.sentence, "error");
    else await refresh();
  } catch {
    say(word("command_lost"), "error");
  }
  button?.removeAttribute("aria-busy");
}

function hasLink() {
  return document.documentElement.dataset.link !== "no";
}

function drawLink() {
  for (const button of document.querySelectorAll("[data-ask] .btn, [data-online] .btn")) {
    if (hasLink()) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }
  const hint = document.getElementById("needs-link");
  if (hint) hint.hidden = hasLink();
}

document.addEventListener("desk:entered", lay);
document.addEventListener("desk:link", drawLink);
document.addEventListener("desk:sent", (event) => {
  if (job() && event.detail.has(number())) refresh();
});
lay();
drawLink();
