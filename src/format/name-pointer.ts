import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { isSelectionId, nameKey } from './kv-keys.ts';
import { openJson, sealJson } from './stored-value.ts';

/** Earlier publishes that a name remembers for `rollback` without an id; older ones drop off. */
export const MAX_HISTORY = 20;
/** Switches and canaries that a name remembers, the latest included; older ones drop off. */
export const MAX_EVENTS = 50;

const id = v.pipe(v.string(), v.check(isSelectionId, 'expected 64 hexadecimal digits'));
const time = v.pipe(
  v.string(),
  v.check((text) => Number.isFinite(Date.parse(text)), 'expected a time'),
);
/** Percent of the traffic. */
const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(100));
const publication = v.strictObject({ id, publishedAt: time });
const previous = v.pipe(v.array(publication), v.maxLength(MAX_HISTORY));

const pointerSchema = v.strictObject({
  ...publication.entries,
  previous,
  canary: v.nullable(v.strictObject({ ...publication.entries, share })),
  events: v.pipe(
    v.array(
      v.strictObject({
        action: v.picklist(['publish', 'rollback', 'canary', 'promote', 'abort', 'migrate']),
        id,
        at: time,
        by: v.string(),
        share: v.exactOptional(share),
      }),
    ),
    v.maxLength(MAX_EVENTS),
  ),
});

/** One publish: which record, and when the name was switched to it (ISO 8601, UTC). */
export type Publication = v.InferOutput<typeof publication>;
/**
 * Value of a name key: the current record; the earlier ones, latest first, that `rollback` goes back through; the record that a share of
 * the traffic is given, if any; and what was done to the name, latest first: the action, the record that it was about, when, and by whom.
 */
export type NamePointer = v.InferOutput<typeof pointerSchema>;
export type Canary = NonNullable<NamePointer['canary']>;
export type NameEvent = NamePointer['events'][number];

/** The pointer sealed for its place: under another name it does not open. @param name as `nameKey` takes it */
export function encodeNamePointer(pointer: NamePointer, name: string): Uint8Array<ArrayBuffer> {
  return sealJson(nameKey(name), v.parse(pointerSchema, pointer));
}

/** @throws AppError STORAGE_FAILED when the bytes are not the pointer of this name; `name` goes into the message */
export function decodeNamePointer(bytes: Uint8Array, name: string): NamePointer {
  return parsed(pointerSchema, openJson(bytes, nameKey(name)), name);
}

const oldPointerSchema = v.object({ ...publication.entries, previous });

/**
 * A pointer as versions stored it whose values did not say what they are. Its ids are hashes of what they name; that it is of this name
 * and its times are not to be verified.
 * @throws AppError STORAGE_FAILED when the text is not one
 */
export function decodeOldNamePointer(text: string, name: string): NamePointer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('STORAGE_FAILED', `Corrupt selection name "${name}": expected JSON`, { cause });
  }
  const pointer = parsed(oldPointerSchema, value, name);
  const events = [pointer, ...pointer.previous].map((each): NameEvent => ({
    action: 'publish',
    id: each.id,
    at: each.publishedAt,
    by: '',
  }));
  return { ...pointer, canary: null, events };
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, value: unknown, name: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new AppError(
    'STORAGE_FAILED',
    `Corrupt selection name "${name}": ${v.getDotPath(issue) ?? 'value'}: ${issue.message}`,
  );
}
