import { buildPageIfStale } from '../scripts/start/page.ts';

/** The Worker's tests need the page's folder, and the page's tests what is in it. Built once, and only when stale. */
export default async function setup(): Promise<void> {
  await buildPageIfStale((line) => process.stderr.write(`${line}\n`));
}
