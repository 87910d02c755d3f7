import { createHash } from 'node:crypto';

/** Of 48 characters; 16 digits and the underscore before them are the hash. */
const MAX_READABLE = 31;

/** A name that a collection may have: that of the corpus as far as it can stand there, and a hash of all that tells the collection from others. */
export function collectionName(corpus: string, ...rest: readonly string[]): string {
  const readable = corpus.replace(/[^a-z0-9_]/g, '_').slice(0, MAX_READABLE);
  const hash = createHash('sha256')
    .update([corpus, ...rest].join('\0'))
    .digest('hex');
  return `${readable}_${hash.slice(0, 16)}`;
}
