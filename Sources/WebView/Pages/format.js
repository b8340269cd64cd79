// Numbers for people, and small helpers for the document. No state.

/** Milliseconds with three significant digits or whole ones; a dash where there is nothing. */
export function ms(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3);
}

/** A share as per cent. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  const value = share * 100;
  return `${value.toFixed(value !== 0 && value < 1 ? 3 : value < 10 ? 2 : 1)} %`;
}

/** 12 s, 3 min 5 s, 2 h 10 min. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** The time of day of a Date. */
export function clock(date) {
  return date.toTimeString().slice(0, 8);
}

/** Makes an element with attributes (class names as `class`) and children or text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Sets a text only where it differs, so that screen readers and selections are not disturbed. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const byId = (id) => document.getElementById(id);
