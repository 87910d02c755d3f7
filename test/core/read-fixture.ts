import { readFileSync } from 'node:fs';

/** A file of test/fixtures/sklearn, or of another folder beside it; its README says what made it. */
export function readFixture<T>(name: string, folder = 'sklearn'): T {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/${folder}/${name}.json`, import.meta.url), 'utf8'),
  ) as T;
}
