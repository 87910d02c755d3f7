import type { Page } from 'playwright-core';

/**
 * Note every element that moves without anyone's doing from now on. Before the page loads, for `prepare`.
 * @param movable what lies within this selector may move
 */
export async function watchShifts(page: Page, movable: string): Promise<void> {
  await page.addInitScript((selector) => {
    const shifted: string[] = [];
    Object.assign(window, { shifted });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        sources: { node: Node | null }[];
      })[]) {
        for (const { node } of entry.sources) {
          const element = node instanceof Element ? node : node?.parentElement;
          if (element && !element.closest(selector)) shifted.push(element.outerHTML.slice(0, 120));
        }
      }
    }).observe({ type: 'layout-shift', buffered: true });
  }, movable);
}

/** The elements that have moved, as the beginnings of their HTML. */
export function shifted(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { shifted: string[] }).shifted);
}
