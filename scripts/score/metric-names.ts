import { InvalidArgumentError } from 'commander';

const NAMES = ['clip-score', 'ref-clip-score'] as const;
export type MetricName = (typeof NAMES)[number];

/** For commander: a list of names. */
export function metricsOption(text: string): MetricName[] {
  const names = text.split(',').map((name) => name.trim());
  return names.map((name) => {
    const known = NAMES.find((candidate) => candidate === name);
    if (known === undefined) {
      throw new InvalidArgumentError(
        `Expected ${NAMES.join(' or ')}, or both with a comma between, got "${name}".`,
      );
    }
    return known;
  });
}
