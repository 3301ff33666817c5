// Rows of a list as plain data: what stands in a column, how it is ordered, what a filter finds.

export function readColumns(table) {
  return [...table.querySelectorAll("thead th")].map((head, index) => ({
    index,
    key: head.dataset.key ?? "",
    type: head.dataset.type ?? "text",
    label: head.textContent.trim(),
    width: head.dataset.width ?? "minmax(6rem, 1fr)",
    narrow: head.dataset.narrow ?? head.dataset.width ?? "minmax(0, 1fr)",
    wide: head.hasAttribute("data-wide"),
    sortable: head.dataset.sort !== "no" && Boolean(head.dataset.key),
  }));
}

export function filterRows(rows, text) {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return rows;
  return rows.filter((row) => {
    row.haystack ??= Object.values(row.cells).map(plainText).join(" ").toLowerCase();
    return words.every((word) => row.haystack.includes(word));
  });
}

export function sortRows(rows, key, direction) {
  if (!key) return rows;
  const collator = new Intl.Collator(document.documentElement.lang || undefined, { numeric: true });
  const sign = direction === "descending" ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [sortValue(a.cells[key]), sortValue(b.cells[key])];
    // What is not known stands last in both directions.
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * collator.compare(String(x), String(y));
  });
}

function sortValue(cell) {
  if (cell === null || cell === undefined || cell === "") return null;
  if (typeof cell === "object") return cell.order ?? cell.word ?? cell.text ?? null;
  return cell;
}

export function plainText(cell) {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "object" ? String(cell.word ?? cell.text ?? cell.at ?? "") : String(cell);
}
