import { InvalidArgumentError } from 'commander';

/** A parser for commander: a whole number of at least `min` and at most `max`. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new InvalidArgumentError(`Expected a whole number ${range}, got "${text}".`);
    }
    return value;
  };
}

/** A parser for commander: a number above `low` and at most `high`. */
export function numberFrom(low: number, high = Number.MAX_VALUE): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > low && value <= high)) {
      const range = high === Number.MAX_VALUE ? `above ${low}` : `above ${low} and at most ${high}`;
      throw new InvalidArgumentError(`Expected a number ${range}, got "${text}".`);
    }
    return value;
  };
}

/** For commander: a share of a whole, in [0, 1]. */
export function shareOption(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError(`Expected a share from 0 to 1, got "${text}".`);
}

/** Rarer than this, a share says "never": no pairs at hand could bear it out. */
const LOWEST_RATE = 1e-6;

/** For commander: a rate of neither nothing nor all, from a millionth to all but a millionth. */
export function rateOption(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= LOWEST_RATE && value <= 1 - LOWEST_RATE) return value;
  throw new InvalidArgumentError(
    `Expected a rate between 0 and 1, both excluded, at least ${LOWEST_RATE} from either, got "${text}".`,
  );
}

/** A parser for commander: names or numbers separated by commas, at least one, none twice. */
export function commaList<T>(parseItem: (text: string) => T): (text: string) => T[] {
  return (text) => {
    const items = text.split(',').map((item) => item.trim());
    if (items.some((item) => item === '')) {
      throw new InvalidArgumentError(`Expected items separated by single commas, got "${text}".`);
    }
    const parsed = items.map(parseItem);
    if (new Set(parsed).size !== parsed.length) {
      throw new InvalidArgumentError(`Expected every item once, got "${text}".`);
    }
    return parsed;
  };
}
