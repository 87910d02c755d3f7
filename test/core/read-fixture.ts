import { readFileSync } from 'node:fs';

/** A file of test/fixtures/sklearn; its README says what made it. */
export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/sklearn/${name}.json`, import.meta.url), 'utf8')) as T;
}
