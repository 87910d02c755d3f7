import { AppError } from '../errors.ts';

/** A reliability diagram each: of more, none would be looked at, and a column of captions has more. */
const MAX_KINDS = 12;
const SHOWN = 3;

/**
 * The kinds that are named, in order of first appearance.
 * @throws AppError BAD_INPUT for more than 12
 */
export function kindNames(pairs: Iterable<{ readonly kind?: string }>): string[] {
  const names = new Set<string>();
  for (const { kind } of pairs) if (kind !== undefined) names.add(kind);
  if (names.size <= MAX_KINDS) return [...names];
  const first = [...names].slice(0, SHOWN).map((name) => JSON.stringify(name));
  throw new AppError(
    'BAD_INPUT',
    `--kind-column: expected at most ${MAX_KINDS} kinds, found ${names.size}: ${first.join(', ')}, ... Name a column of few different values.`,
  );
}
