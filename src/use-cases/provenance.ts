import type { PublishedSelection } from '../storage/selection-store.ts';

/** Which numbers an answer was made with; as `Provenance` of schema.graphql. */
export interface Provenance {
  readonly selection: string;
  readonly canary: boolean;
  readonly encoder: string;
  readonly encoderFingerprint: string;
  readonly calibrator: 'PLATT' | 'ISOTONIC';
  readonly baseRate: number;
  readonly matchThreshold: number;
  readonly mismatchThreshold: number;
}

/** Which numbers an answer under this record was made with. */
export function provenanceOf({
  id,
  isCanary,
  record: { encoder, model },
}: Pick<PublishedSelection, 'id' | 'isCanary' | 'record'>): Provenance {
  const { kind, baseRate, matchThreshold, mismatchThreshold } = model.calibrator;
  return {
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
