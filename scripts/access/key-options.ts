import { InvalidArgumentError } from 'commander';
import { isAccessKeyId, readAccessKey } from '../../src/format/access-key.ts';
import { MAX_KEY_NAME_CHARACTERS } from '../../src/format/key-record.ts';
import { isOwner } from '../../src/format/kv-keys.ts';

const HOUR_MS = 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };
/** Ten years: a longer life is none at all, and is asked for by leaving the option out. */
const MAX_LIFE_MS = 3660 * 24 * HOUR_MS;

/** For commander: a span such as 12h, 90d or 4w, in milliseconds. */
export function lifeOption(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,5})([hdw])$/.exec(text.trim()) ?? [];
  const life = Number(count) * (UNIT_MS[unit] ?? 0);
  if (life > 0 && life <= MAX_LIFE_MS) return life;
  throw new InvalidArgumentError(
    `Expected a number of hours, days or weeks up to ten years, such as 12h, 90d or 4w, got "${text}".`,
  );
}

/** For commander: whom or what a key is for, in one line. */
export function keyNameOption(text: string): string {
  const name = text.trim();
  // eslint-disable-next-line no-control-regex
  if (name !== '' && name.length <= MAX_KEY_NAME_CHARACTERS && !/[\u0000-\u001f\u007f]/.test(name))
    return name;
  throw new InvalidArgumentError(`Expected 1 to ${MAX_KEY_NAME_CHARACTERS} characters in one line.`);
}

/** For commander: an owner of names. */
export function ownerOption(text: string): string {
  if (isOwner(text)) return text;
  throw new InvalidArgumentError(
    `Expected 1 to 32 of a-z, 0-9, ".", "_" and "-", first a letter or digit, got "${text}".`,
  );
}

/** For commander: the id of a key, or the whole key: of one that leaked it is what is at hand. @returns the id */
export function keyIdOption(text: string): string {
  if (isAccessKeyId(text)) return text;
  const parsed = readAccessKey(text);
  if ('id' in parsed) return parsed.id;
  throw new InvalidArgumentError(
    'Expected the id of a key, 16 hexadecimal digits as `list` shows it, or the key itself.',
  );
}
