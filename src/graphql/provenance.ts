import type { PublishedSelection } from '../storage/selection-store.ts';
import type { Provenance } from './generated/resolvers.ts';

/** Which numbers an answer under this record was made with. */
export function provenanceOf({
  id,
  isCanary,
  record: { encoder, model },
}: Pick<PublishedSelection, 'id' | 'isCanary' | 'record'>): Provenance {
  const { kind, baseRate, matchThreshold, mismatchThreshold } = model.calibrator;
  return {
    __typename: 'Provenance',
    selection: id,
    canary: isCanary === true,
    encoder: encoder.id,
    encoderFingerprint: encoder.fingerprint,
    calibrator: kind === 'platt' ? 'PLATT' : 'ISOTONIC',
    baseRate,
    matchThreshold,
    mismatchThreshold,
  };
}
