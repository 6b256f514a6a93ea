/**
 * Sets the text of an element. Without a change the browser lays nothing out again, and a screen
 * reader says nothing.
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
