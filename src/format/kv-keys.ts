import { AppError, quote } from '../errors.ts';

/** Workers KV limits, https://developers.cloudflare.com/kv/platform/limits/ . Checked before a write. */
export const MAX_VALUE_BYTES = 25 * 1024 * 1024;
export const MAX_KEY_BYTES = 512;
export const MAX_METADATA_BYTES = 1024;

/** The version in the prefix changes when a value's meaning does, so that old and new Workers never share a key. */
export const RECORD_PREFIX = 'selection:v1:record:';
/** What the coordinates of a record stand for, by the record's id. */
export const MEANINGS_PREFIX = 'selection:v1:meanings:';
export const NAME_PREFIX = 'selection:v2:name:';
export const CORPUS_PREFIX = 'corpus:v2:name:';
/** Names with an owner stand apart: what an owner sees is listed without a look at what others have. */
export const OWNED_NAME_PREFIX = 'selection:v2:owned:';
export const OWNED_CORPUS_PREFIX = 'corpus:v2:owned:';
export const SEGMENT_PREFIX = 'corpus:v2:segment:';
export const THUMBNAIL_PREFIX = 'corpus:v2:thumbnail:';
export const ACCESS_KEY_PREFIX = 'access:v1:key:';
/** What an owner of names may have. */
export const OWNER_PREFIX = 'access:v1:owner:';
/** The operations that are answered where only listed ones are: JSON from id to document. */
export const OPERATIONS_KEY = 'operations:v1:list';

/**
 * Before values said what they are. Nothing is answered from these: a name that only stands here is refused by name, until it is
 * migrated (selections) or indexed again (corpora).
 */
export const OLD_NAME_PREFIX = 'selection:v1:name:';
export const OLD_CORPUS_PREFIX = 'corpus:v1:name:';

const MAX_NAME_LENGTH = 64;
const MAX_OWNER_LENGTH = 32;
const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]*$/;
const ID_PATTERN = /^[0-9a-f]{64}$/;
const THUMBNAIL_PATTERN = /^[0-9a-f]{32}$/;

/** Between the owner and the rest of a name. */
const OWNER_END = '/';

/**
 * Whether the text can name a selection: 1 to 64 of a-z, 0-9, dot, underscore and hyphen, first a letter or digit; in front of it may stand
 * an owner and a slash.
 */
export function isSelectionName(name: string): boolean {
  return isName(name);
}

/** Whether the text can be the owner of names: as a name without owner, 32 characters at most. */
export function isOwner(text: string): boolean {
  return text.length <= MAX_OWNER_LENGTH && NAME_PATTERN.test(text);
}

/** Whose the name is, of a selection or corpus; null: it is shared by all. @param name as `isSelectionName` or `isCorpusName` */
export function ownerOf(name: string): string | null {
  const end = name.indexOf(OWNER_END);
  return end === -1 ? null : name.slice(0, end);
}

/** What the names of an owner begin with. */
export function ownerPrefix(owner: string): string {
  return owner + OWNER_END;
}

/** Whether the text can name a corpus; the rule is that of selections. */
export function isCorpusName(name: string): boolean {
  return isName(name);
}

function isName(name: string): boolean {
  const owner = ownerOf(name);
  if (owner !== null && !isOwner(owner)) return false;
  const own = owner === null ? name : name.slice(ownerPrefix(owner).length);
  return own.length <= MAX_NAME_LENGTH && NAME_PATTERN.test(own);
}

/** Whether the text is a record's id: 64 lower-case hexadecimal digits. */
export function isSelectionId(id: string): boolean {
  return ID_PATTERN.test(id);
}

/** Whether the text is a SHA-256 as the manifest of a corpus holds them: 64 lower-case hexadecimal digits. */
export function isSegmentHash(text: string): boolean {
  return ID_PATTERN.test(text);
}

/**
 * Key of the immutable record with this id.
 * @throws AppError STORAGE_FAILED when the id, which comes from a stored name, is not one
 */
export function recordKey(id: string): string {
  if (!isSelectionId(id)) {
    throw new AppError(
      'STORAGE_FAILED',
      `Corrupt selection id of ${id.length} characters, expected 64 hexadecimal digits`,
    );
  }
  return RECORD_PREFIX + id;
}

/** Key of what the coordinates of the record with this id stand for. @throws as `recordKey` */
export function meaningsKey(id: string): string {
  return MEANINGS_PREFIX + recordKey(id).slice(RECORD_PREFIX.length);
}

/**
 * Key of the name that points at a record.
 * @throws AppError BAD_INPUT when the name is not one
 */
export function nameKey(name: string): string {
  return namedKey('Selection', { shared: NAME_PREFIX, owned: OWNED_NAME_PREFIX }, name);
}

/**
 * Key of a corpus' manifest.
 * @throws AppError BAD_INPUT when the name is not one
 */
export function corpusKey(name: string): string {
  return namedKey('Corpus', { shared: CORPUS_PREFIX, owned: OWNED_CORPUS_PREFIX }, name);
}

/** Where the name stood before `nameKey`; names had no owner then. @throws as `nameKey` */
export function oldNameKey(name: string): string {
  return namedKey('Selection', { shared: OLD_NAME_PREFIX, owned: OLD_NAME_PREFIX }, name);
}

/** Where the manifest stood before `corpusKey`; names had no owner then. @throws as `corpusKey` */
export function oldCorpusKey(name: string): string {
  return namedKey('Corpus', { shared: OLD_CORPUS_PREFIX, owned: OLD_CORPUS_PREFIX }, name);
}

function namedKey(
  what: string,
  prefixes: { readonly shared: string; readonly owned: string },
  name: string,
): string {
  if (isName(name)) return (ownerOf(name) === null ? prefixes.shared : prefixes.owned) + name;
  throw new AppError(
    'BAD_INPUT',
    `${what} name ${quote(name)}: expected 1 to ${MAX_NAME_LENGTH} of a-z, 0-9, ".", "_" and "-", first a letter or digit; ` +
      `before it, where it has an owner, 1 to ${MAX_OWNER_LENGTH} of the same and a slash`,
  );
}

/** What a segment of a corpus is made of; items and full vectors are numbered from 0. */
export type SegmentPart = 'vectors' | 'fields' | `items:${number}` | `full:${number}`;

/** Key of one value of a segment. @param id as `isSegmentHash` */
export function segmentKey(id: string, part: SegmentPart): string {
  return `${SEGMENT_PREFIX}${id}:${part}`;
}

/** Whether the text is the id of a thumbnail: the first 32 hexadecimal digits of the SHA-256 of its bytes. */
export function isThumbnailId(text: string): boolean {
  return THUMBNAIL_PATTERN.test(text);
}

/** Key of a thumbnail. The corpus is in it, so that dropping one takes nothing from another. @param id as `isThumbnailId` */
export function thumbnailKey(corpus: string, id: string): string {
  return `${THUMBNAIL_PREFIX}${corpus}:${id}`;
}

/** Key of what is stored of an access key. @param id as `isAccessKeyId` */
export function accessKeyKey(id: string): string {
  return ACCESS_KEY_PREFIX + id;
}

/** Key of an owner's quota. @throws AppError BAD_INPUT when the text is no owner */
export function ownerKey(owner: string): string {
  if (isOwner(owner)) return OWNER_PREFIX + owner;
  throw new AppError(
    'BAD_INPUT',
    `Owner ${quote(owner)}: expected 1 to ${MAX_OWNER_LENGTH} of a-z, 0-9, ".", "_" and "-", first a letter or digit`,
  );
}

/** The name in a key of `nameKey`, or null for a key that is none of ours. */
export function nameOfKey(key: string): string | null {
  return nameUnder(NAME_PREFIX, OWNED_NAME_PREFIX, key);
}

/** The name in a key of `corpusKey`, or null for a key that is none of ours. */
export function corpusNameOfKey(key: string): string | null {
  return nameUnder(CORPUS_PREFIX, OWNED_CORPUS_PREFIX, key);
}

function nameUnder(shared: string, owned: string, key: string): string | null {
  const prefix = [shared, owned].find((each) => key.startsWith(each));
  if (prefix === undefined) return null;
  const name = key.slice(prefix.length);
  return isName(name) && (ownerOf(name) !== null) === (prefix === owned) ? name : null;
}
