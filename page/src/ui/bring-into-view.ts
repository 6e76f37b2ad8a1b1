/** Scroll only the column of `panel`, as little as possible to show all of it or fill the column. */
export function bringIntoView(panel: HTMLElement): void {
  const column = panel.closest(".column");
  if (column === null) return;
  const [inner, outer] = [panel.getBoundingClientRect(), column.getBoundingClientRect()];
  if (inner.top < outer.top) column.scrollTop += inner.top - outer.top;
  else column.scrollTop += Math.max(0, Math.min(inner.bottom - outer.bottom, inner.top - outer.top));
}
