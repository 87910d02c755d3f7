import type { SelectionRecord } from '../../src/format/selection-record.ts';
import { UserError } from '../cli/user-error.ts';
import { UNDECLARED_FINGERPRINT } from '../dataset/source-options.ts';

/**
 * See that pairs are of the encoder a selection was made for. A fingerprint that nobody declared, on either side, cannot
 * differ: the id alone then tells.
 * @param selection how the person named it
 * @throws UserError when they are not
 */
export function checkEncoder(
  { encoder }: Pick<SelectionRecord, 'encoder'>,
  given: SelectionRecord['encoder'],
  selection: string,
): void {
  const advice =
    'Choose another selection, or name the encoder of the pairs: --model for pictures, --encoder-id and --encoder-fingerprint for vectors from files.';
  if (given.id !== encoder.id) {
    throw new UserError(
      `selection "${selection}" is for encoder ${encoder.id}, the pairs are of ${given.id}: their vectors cannot be compared. ${advice}`,
    );
  }
  const fingerprints = [encoder.fingerprint, given.fingerprint];
  if (fingerprints.includes(UNDECLARED_FINGERPRINT) || given.fingerprint === encoder.fingerprint) return;
  throw new UserError(
    `selection "${selection}" is for ${encoder.id} of fingerprint ${encoder.fingerprint}, the pairs are of fingerprint ${given.fingerprint}: their vectors cannot be compared. ${advice}`,
  );
}

/** @throws UserError unless the vectors of the pairs are as long as those the selection was made for */
export function checkDim({ model }: Pick<SelectionRecord, 'model'>, dim: number, selection: string): void {
  if (dim === model.dim) return;
  throw new UserError(
    `selection "${selection}" is for embeddings of ${model.dim} coordinates, the pairs have ${dim}`,
  );
}
