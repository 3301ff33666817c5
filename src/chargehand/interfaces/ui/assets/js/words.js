// The sentences the script needs, in the page's language: they come with the page.
const element = document.getElementById("ui-words");
const words = element ? JSON.parse(element.textContent) : {};

export function word(key, n = "") {
  return (words[key] ?? key).replace("{n}", String(n));
}
