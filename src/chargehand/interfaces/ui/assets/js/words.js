// The sentences the script needs, in the page's language: they come with the page.
const element = document.getElementById("ui-words");
const words = element ? JSON.parse(element.textContent) : {};

const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);

export function word(key, n = "") {
  return (words[key] ?? key).replace("{n}", typeof n === "number" ? numbers.format(n) : n);
}
