import { AppError } from '../errors.ts';
import { isSelectionId } from './kv-keys.ts';

/** One publish: which record, and when the name was switched to it (ISO 8601, UTC). */
export interface Publication {
  readonly id: string;
  readonly publishedAt: string;
}

/** Value of a name key: the current record, and the earlier ones, latest first, for rollback. */
export interface NamePointer extends Publication {
  readonly previous: readonly Publication[];
}

/** Earlier publishes that a name remembers; older ones drop off. */
export const MAX_HISTORY = 20;

export function encodeNamePointer({ id, publishedAt, previous }: NamePointer): string {
  return JSON.stringify({
    id,
    publishedAt,
    previous: previous.map((earlier) => ({ id: earlier.id, publishedAt: earlier.publishedAt })),
  });
}

/**
 * The pointer in the text of a name key.
 * @throws AppError STORAGE_FAILED when the text is not one; `name` goes into the message
 */
export function decodeNamePointer(text: string, name: string): NamePointer {
  const value = parse(text, name);
  if (isPublication(value) && 'previous' in value && Array.isArray(value.previous)) {
    const previous: readonly unknown[] = value.previous;
    if (previous.length <= MAX_HISTORY && previous.every(isPublication)) {
      return { id: value.id, publishedAt: value.publishedAt, previous };
    }
  }
  throw corruptName(name, 'expected {id, publishedAt, previous: [{id, publishedAt}]}');
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corruptName(name, 'expected JSON', { cause });
  }
}

function isPublication(value: unknown): value is Publication {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    isSelectionId(value.id) &&
    'publishedAt' in value &&
    typeof value.publishedAt === 'string' &&
    Number.isFinite(Date.parse(value.publishedAt))
  );
}

function corruptName(name: string, detail: string, options?: ErrorOptions): AppError {
  return new AppError('STORAGE_FAILED', `Corrupt selection name "${name}": ${detail}`, options);
}
