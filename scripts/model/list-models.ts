import { existsSync } from 'node:fs';
import path from 'node:path';
import { CATALOGUE, type CatalogueEntry } from '../clip/catalogue.ts';
import { fitsIsolate } from '../clip/isolate-room.ts';
import { MODELS_FOLDER } from '../clip/model-folder.ts';

export interface ListedModel extends Pick<
  CatalogueEntry,
  'id' | 'from' | 'knows' | 'languages' | 'dim' | 'licence'
> {
  /** Of both towers as they are fetched; null: not known. */
  readonly megabytes: number | null;
  readonly logitScale: number | null;
  readonly logitBias: number | null;
  /** Whether it is under models/. */
  readonly isHere: boolean;
  /** How it runs; null: not at all yet, and `note` says why. */
  readonly runs: string | null;
  readonly note: string | null;
}

/** The catalogue, with what is here of it. */
export function listModels(): ListedModel[] {
  return CATALOGUE.map((entry) => {
    const { id, from, knows, languages, dim, licence, logits, note } = entry;
    const isHere = existsSync(path.join(MODELS_FOLDER, id, 'config.json'));
    return {
      id,
      from,
      knows,
      languages,
      dim,
      megabytes: totalOf(entry),
      licence,
      logitScale: logits?.scale ?? null,
      logitBias: logits?.bias ?? null,
      isHere,
      runs: from === null && !isHere ? null : routeOf(entry),
      note,
    };
  });
}

function totalOf({ megabytes }: CatalogueEntry): number | null {
  if (megabytes === null || typeof megabytes === 'number') return megabytes;
  return Math.round((megabytes[0] + megabytes[1]) * 10) / 10;
}

function routeOf({ megabytes }: CatalogueEntry): string {
  const towers = megabytes === null || typeof megabytes === 'number' ? [megabytes ?? Infinity] : megabytes;
  if (towers.every(fitsIsolate)) return 'in both Workers; commands and `encoder` in Node';
  return 'commands and `encoder` in Node; behind AI';
}
