// Elements and tables. Text becomes text and never markup: whatever an id holds, it is shown as it is.

/** An element with attributes, and children that are nodes or texts. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Sets a text only where it differs, so that selections and screen readers are left alone. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, visible) {
  element.hidden = !visible;
}

/**
 * Makes the rows of a table body those of `items`, in their order. A row lives as long as its key, so that focus stays.
 * columns: [{text(item), look, press(item)}]; the first heads its row; `look`: "number", "id", "short", "long", or
 * "named" for what others named; `press` makes its text a button.
 */
export function fillRows(body, items, keyOf, columns) {
  const known = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  const rows = items.map((item) => {
    const row = known.get(String(keyOf(item))) ?? newRow(String(keyOf(item)), columns);
    row.item = item;
    columns.forEach((column, i) => say(row.cells[i].firstElementChild ?? row.cells[i], column.text(item)));
    return row;
  });
  const same = rows.length === body.rows.length && rows.every((row, i) => row === body.rows[i]);
  if (!same) body.replaceChildren(...rows);
}

function newRow(key, columns) {
  const row = make("tr");
  row.dataset.key = key;
  columns.forEach((column, i) => {
    const cell = i === 0 ? make("th", { scope: "row" }) : make("td");
    if (column.look) cell.className = column.look;
    if (column.press) {
      const button = make("button", { type: "button", class: "link" });
      button.addEventListener("click", () => column.press(row.item));
      cell.append(button);
    }
    row.append(cell);
  });
  return row;
}

/** A whole table at once. columns: those of `fillRows`, with a title. */
export function table(caption, columns, items) {
  const head = columns.map((column) =>
    make("th", { scope: "col", ...(column.look === "number" ? { class: "number" } : {}) }, column.title));
  const body = make("tbody");
  fillRows(body, items.map((item, i) => ({ item, i })), (row) => row.i,
    columns.map((column) => ({ ...column, text: (row) => column.text(row.item) })));
  return make("div", { class: "wide" },
    make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...head)), body));
}
