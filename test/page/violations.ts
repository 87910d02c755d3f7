import type { Page } from 'playwright-core';
import { axeSource } from './setup.ts';

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core finds wrong by WCAG 2.2 A and AA and its own best practices. */
export async function violations(page: Page): Promise<string[]> {
  // Through the DevTools protocol: a script tag would be refused by the page's CSP, as it should be.
  await page.evaluate(await axeSource());
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: () => Promise<{ violations: AxeViolation[] }> };
    };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`),
  );
}
