// <offline-outbox>: says on every page what is not sent yet, sends it when there is a connection, shows what came of it.
import { say } from "../surfaces.js";
import { word } from "./desk-words.js";
import { sendAll } from "./sending.js";
import { entries, forget, keep, knownVersion, newId, timeNow } from "./store.js";

const RETRY = 15_000;

class OfflineOutbox extends HTMLElement {
  connectedCallback() {
    this.user = Number(document.getElementById("desk").dataset.user);
    this.count = this.querySelector(".outbox__count");
    this.note = this.querySelector(".outbox__note");
    this.login = this.querySelector(".outbox__login");
    this.list = this.querySelector(".outbox__list");
    this.hidden = false;
    this.addEventListener("click", (event) => this.press(event));
    addEventListener("online", () => this.send());
    addEventListener("offline", () => this.say({ link: false }));
    document.addEventListener("visibilitychange", () => !document.hidden && this.send());
    setInterval(() => (this.waits || document.documentElement.dataset.link === "no") && this.send(), RETRY);
    this.say({ link: navigator.onLine });
    this.send();
  }

  // Take in a change; it is safe on this phone when the promise is fulfilled.
  async add(entry) {
    const version = await knownVersion(entry.job, entry.field);
    await keep({
      id: newId(),
      user: this.user,
      state: "waiting",
      sentence: "",
      made_at: timeNow(),
      ...entry,
      base_version: Math.max(version, entry.base_version ?? 0),
    });
    await this.draw();
    document.dispatchEvent(new CustomEvent("desk:entered"));
    this.send();
  }

  async send() {
    if (this.isBusy) {
      this.again = true;
      return;
    }
    this.isBusy = true;
    try {
      do {
        this.again = false;
        await this.draw();
        const report = await alone(() => sendAll(this.dataset));
        this.say(report);
        for (const sentence of report.refused) say(sentence, "error");
        if (report.jobs.size) document.dispatchEvent(new CustomEvent("desk:sent", { detail: report.jobs }));
      } while (this.again);
    } finally {
      this.isBusy = false;
      await this.draw();
    }
  }

  say({ link = true, signed_out = false, others = 0 }) {
    document.documentElement.dataset.link = link && navigator.onLine ? "yes" : "no";
    document.dispatchEvent(new CustomEvent("desk:link"));
    const text = !link || !navigator.onLine ? word("no_link") : signed_out ? word("sign_in") : others ? word("others", others) : "";
    this.note.textContent = text;
    this.note.hidden = !text;
    this.login.hidden = !signed_out;
  }

  async draw() {
    const all = await entries();
    const waiting = all.filter((entry) => entry.state === "waiting");
    const shown = all.filter((entry) => entry.state !== "sent");
    this.waits = waiting.length > 0;
    this.classList.toggle("is-waiting", this.waits);
    const text = this.waits ? word("unsent", waiting.length) : word("all_sent");
    if (this.count.textContent !== text) this.count.textContent = text;
    this.list.replaceChildren(...shown.map(line));
    this.querySelector("details").classList.toggle("is-empty", !shown.length);
  }

  async press(event) {
    const id = event.target.closest("[data-forget]")?.dataset.forget;
    if (!id) return;
    await forget(id);
    await this.draw();
    document.dispatchEvent(new CustomEvent("desk:entered"));
  }
}

function line(entry) {
  const row = document.createElement("li");
  const text = document.createElement("span");
  const states = { waiting: word("kept"), refused: `${word("refused")}: ${entry.sentence}`, clash: word("clash") };
  text.textContent = `${entry.job} · ${entry.label} · ${states[entry.state]}`;
  row.append(text);
  if (entry.state !== "waiting") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.dataset.forget = entry.id;
    button.textContent = word("forget");
    row.append(button);
  }
  return row;
}

// Two pages of the same phone do not send at the same moment.
function alone(work) {
  return navigator.locks ? navigator.locks.request("desk-outbox", work) : work();
}

customElements.define("offline-outbox", OfflineOutbox);

export function outbox() {
  return document.querySelector("offline-outbox");
}
