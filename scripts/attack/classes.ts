import type { RequestMaker } from './http-lane.ts';
import { documentRequest } from './requests/documents.ts';
import { multipartRequest } from './requests/multipart.ts';
import { pictureRequest } from './requests/pictures.ts';
import { restRequest } from './requests/rest.ts';
import { urlRequest } from './requests/urls.ts';
import { variablesRequest } from './requests/variables.ts';
import { vectorRequest } from './requests/vectors.ts';

/** A kind of hostile input, and its part of all cases. */
export type AttackClass = { readonly name: string; readonly share: number } & (
  { readonly lane: 'http'; readonly makeRequest: RequestMaker } | { readonly lane: 'thread' }
);

export const CLASSES: readonly AttackClass[] = [
  { name: 'documents', share: 0.2, lane: 'http', makeRequest: documentRequest },
  { name: 'variables', share: 0.15, lane: 'http', makeRequest: variablesRequest },
  { name: 'vectors', share: 0.1, lane: 'http', makeRequest: vectorRequest },
  { name: 'multipart', share: 0.06, lane: 'http', makeRequest: multipartRequest },
  { name: 'rest', share: 0.08, lane: 'http', makeRequest: restRequest },
  { name: 'urls', share: 0.08, lane: 'http', makeRequest: urlRequest },
  { name: 'pictures', share: 0.03, lane: 'http', makeRequest: pictureRequest },
  { name: 'decoders', share: 0.2, lane: 'thread' },
  { name: 'records', share: 0.08, lane: 'thread' },
  { name: 'manifests', share: 0.06, lane: 'thread' },
  { name: 'datasets', share: 0.08, lane: 'thread' },
  // Each starts a process.
  { name: 'commands', share: 0.0015, lane: 'thread' },
];

/** How many cases each class gets: at least one, `total` together where that allows. */
export function planCases(classes: readonly AttackClass[], total: number): Map<AttackClass, number> {
  const shares = classes.reduce((sum, { share }) => sum + share, 0);
  const counts = classes.map(({ share }) => Math.max(1, Math.floor((total * share) / shares)));
  const given = counts.reduce((sum, count) => sum + count, 0);
  counts[0] += Math.max(0, total - given);
  return new Map(classes.map((attackClass, i) => [attackClass, counts[i]]));
}
