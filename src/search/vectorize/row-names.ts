import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** 48 bits: an index holds the rows of some thousands of collections at most. */
const TAG_DIGITS = 12;

/** How the rows of a collection are named in an index, where an id stands for one vector whatever its namespace. */
export interface RowNames {
  /** Begins every id of the collection. */
  readonly prefix: string;
  /** Of the row that tells how far changes have become visible. */
  readonly marker: string;
  /** Where queries look. */
  readonly namespace: string;
  /** Where the marker is, so that no query finds it. */
  readonly markerNamespace: string;
  /** At most 64 bytes, as Vectorize takes ids. @param rowId `engineRowId` */
  readonly idOf: (rowId: string) => string;
  /** @returns null for the id of another collection, or of the marker */
  readonly rowIdOf: (id: string) => string | null;
}

/** @param collection as `EngineSpec` has it */
export function rowNames(collection: string): RowNames {
  const prefix = `${bytesToHex(sha256(utf8ToBytes(collection))).slice(0, TAG_DIGITS)}-`;
  const marker = `${prefix}seen`;
  return {
    prefix,
    marker,
    namespace: collection,
    markerNamespace: `${collection}.seen`,
    idOf: (rowId) => prefix + rowId,
    rowIdOf: (id) => (id.startsWith(prefix) && id !== marker ? id.slice(prefix.length) : null),
  };
}
