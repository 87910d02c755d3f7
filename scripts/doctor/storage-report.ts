/** Something that is wrong with a value in KV. */
export interface Problem {
  /**
   * old: stored as an earlier version did, so that nothing is answered from it; over: of an owner who has more than its quota; unfit: its engine
   * is not as it needs it.
   */
  readonly kind: 'damaged' | 'missing' | 'orphaned' | 'old' | 'over' | 'unfit';
  readonly namespace: 'SELECTIONS' | 'CORPORA';
  readonly key: string;
  readonly what: string;
  /** What the operator is to do. */
  readonly do: string;
}

/** A value that nothing reaches. `writtenAt`: milliseconds since 1970; null when nothing tells. */
export interface Orphan {
  readonly namespace: Problem['namespace'];
  readonly key: string;
  readonly writtenAt: number | null;
}

export interface StorageReport {
  /** Values in both namespaces, and the bytes of those that were read. */
  readonly values: number;
  readonly bytes: number;
  readonly names: number;
  readonly corpora: number;
  readonly problems: readonly Problem[];
  /** Values that nothing reaches, of less than a day: a publish may be about to name them. */
  readonly young: number;
  /** Keys that a sweep has removed, or would remove. */
  readonly removed: readonly string[];
}

const MAX_TOLD = 50;

/** The report for people, a line each. */
export function inWords(
  { values, names, corpora, problems, young, removed }: StorageReport,
  { plan }: { readonly plan: boolean },
): string[] {
  const lines = problems
    .slice(0, MAX_TOLD)
    .map(({ kind, namespace, key, what, do: advice }) => `${kind}: ${namespace} ${key}: ${what}. ${advice}`);
  if (problems.length > MAX_TOLD) lines.push(`... and ${problems.length - MAX_TOLD} more, in the JSON`);
  for (const key of removed.slice(0, MAX_TOLD)) lines.push(`${plan ? 'would remove' : 'removed'}: ${key}`);
  if (removed.length > MAX_TOLD) lines.push(`... and ${removed.length - MAX_TOLD} more, in the JSON`);
  if (young > 0) lines.push(`note: ${young} values of less than a day that nothing names yet`);
  lines.push(
    `${values} values, ${names} selection names, ${corpora} corpora: ` +
      (problems.length > 0
        ? `${problems.length} to be seen to`
        : values === 0
          ? 'nothing is published'
          : 'all is well'),
  );
  return lines;
}
