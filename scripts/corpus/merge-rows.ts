import { type CorpusRows, joinRows, pickRows } from '../../src/packing/corpus-rows.ts';

export interface MergedRows {
  readonly rows: CorpusRows;
  readonly added: number;
  readonly replaced: number;
  readonly deleted: number;
  /** Ids to delete that the corpus does not have. */
  readonly unknown: readonly string[];
}

/**
 * What a corpus holds after a run: `fresh` rows take the places of those with equal ids, the others are added at the end; rows
 * with an id in `deletions` leave. A fresh row without metadata keeps what is stored under its id.
 * @param fresh ids without repetition
 */
export function mergeRows(stored: CorpusRows, fresh: CorpusRows, deletions: ReadonlySet<string>): MergedRows {
  // Of a new corpus: a million places by id take as much as the ids.
  if (stored.items.length === 0) {
    return { rows: fresh, added: fresh.items.length, replaced: 0, deleted: 0, unknown: [...deletions] };
  }
  const freshPlaces = new Map(fresh.items.map(({ id }, i) => [id, stored.items.length + i]));
  const storedIds = new Set(stored.items.map(({ id }) => id));
  const known = new Map(stored.items.map(({ id, metadata }) => [id, metadata]));
  const told = fresh.items.map((item) => ({
    ...item,
    metadata: item.metadata ?? known.get(item.id) ?? null,
  }));
  const all = joinRows(stored.coding, [stored, { ...fresh, items: told }]);
  const places: number[] = [];
  let replaced = 0;
  stored.items.forEach(({ id }, i) => {
    if (deletions.has(id)) return;
    const place = freshPlaces.get(id);
    if (place !== undefined) replaced++;
    places.push(place ?? i);
  });
  const additions = fresh.items.flatMap(({ id }, i) => (storedIds.has(id) ? [] : [stored.items.length + i]));
  return {
    rows: pickRows(all, [...places, ...additions]),
    added: additions.length,
    replaced,
    deleted: stored.items.length - places.length,
    unknown: [...deletions].filter((id) => !storedIds.has(id)),
  };
}
