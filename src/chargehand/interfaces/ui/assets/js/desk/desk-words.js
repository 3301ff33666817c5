// The sentences that the technicians' script writes, in the page's language: they come with the page.
const element = document.getElementById("desk-words");
const words = element ? JSON.parse(element.textContent) : {};

export function word(key, n = "") {
  return (words[key] ?? key).replace("{n}", n);
}
