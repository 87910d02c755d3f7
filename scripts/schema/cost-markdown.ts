import type { CostTable } from '../../src/graphql/cost/cost-table.ts';

/** What schema.graphql declares as a table of docs/limits.md: a row a `@cost`, without what fields cost by default. */
export function costMarkdown({ types }: CostTable): string {
  const rows = Object.entries(types).flatMap(([type, fields = {}]) =>
    Object.entries(fields).flatMap(([field, declared]) => {
      const ofField = (declared?.costs ?? []).map((cost) => ({ at: `${type}.${field}`, cost }));
      const ofArguments = Object.entries(declared?.args ?? {}).flatMap(([name, costs]) =>
        costs.map((cost) => ({ at: `${type}.${field}(${name})`, cost })),
      );
      return [...ofField, ...ofArguments].map(({ at, cost }) => [
        `\`${at}\``,
        String(cost.weight),
        String(cost.perKilobyte ?? ''),
        String(cost.upTo ?? ''),
        cost.times?.join(' × ') ?? '',
        cost.ifAsked?.join(', ') ?? '',
      ]);
    }),
  );
  const head = ['of', 'weight', 'a kilobyte', 'counted', 'times', 'if asked'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
