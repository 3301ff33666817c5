// <theme-switch>: light, dark or as the system wishes, without reloading; the form inside does it without script.
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => {
      const wanted = event.submitter?.value;
      if (wanted === undefined) return;
      event.preventDefault();
      this.choose(wanted);
    });
  }

  choose(wanted) {
    const root = document.documentElement;
    if (wanted) root.dataset.theme = wanted;
    else delete root.dataset.theme;
    const age = wanted ? 365 * 86400 : 0;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${wanted}; path=/; max-age=${age}; samesite=lax${secure}`;
    for (const button of this.querySelectorAll("button[name=theme]")) {
      button.setAttribute("aria-pressed", String(button.value === wanted));
    }
    document.dispatchEvent(new CustomEvent("ui:theme"));
  }
}

customElements.define("theme-switch", ThemeSwitch);
