const ARROWS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'];

/**
 * Where an arrow key leads among elements laid out in rows: left and right follow their order, up and down go to the
 * nearest one of the next row as it is drawn, Home and End to the first and last.
 * @returns null when the key is another one or leads nowhere
 */
export function arrowTarget(
  key: string,
  elements: readonly HTMLElement[],
  current: HTMLElement,
): HTMLElement | null {
  if (!ARROWS.includes(key)) return null;
  const index = elements.indexOf(current);
  if (key === 'ArrowLeft') return elements[index - 1] ?? null;
  if (key === 'ArrowRight') return elements[index + 1] ?? null;
  if (key === 'Home') return elements[0] ?? null;
  if (key === 'End') return elements.at(-1) ?? null;
  return nearestInNextRow(elements, current, key === 'ArrowDown' ? 1 : -1);
}

function nearestInNextRow(
  elements: readonly HTMLElement[],
  current: HTMLElement,
  direction: 1 | -1,
): HTMLElement | null {
  const from = current.getBoundingClientRect();
  const ahead = elements
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => (direction === 1 ? box.top >= from.bottom - 1 : box.bottom <= from.top + 1));
  if (ahead.length === 0) return null;
  const tops = ahead.map(({ box }) => box.top);
  const rowTop = direction === 1 ? Math.min(...tops) : Math.max(...tops);
  const row = ahead.filter(({ box }) => Math.abs(box.top - rowTop) < box.height / 2);
  row.sort((a, b) => Math.abs(a.box.left - from.left) - Math.abs(b.box.left - from.left));
  return row[0]?.element ?? null;
}
