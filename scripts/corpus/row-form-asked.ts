import { ROW_FORMS, type RowForm, rowBytes } from '../../src/format/row-forms.ts';
import { UserError } from '../cli/user-error.ts';
import type { IndexFlags } from './index-flags.ts';

/**
 * How rows were asked to be stored; null where nothing was said.
 * @param k coordinates that the selection keeps
 * @throws UserError when they do not take the bytes asked for
 */
export function rowFormAsked(
  { encoding, bytes }: Pick<IndexFlags, 'encoding' | 'bytes'>,
  k: number,
): RowForm | null {
  if (bytes === undefined) return encoding ?? null;
  const forms = encoding === undefined ? ROW_FORMS : [encoding];
  const fitting = forms.find((form) => rowBytes(form, k) === bytes);
  if (fitting !== undefined) return fitting;
  const sizes = forms.map((form) => `${rowBytes(form, k)} as ${form}`).join(', ');
  throw new UserError(
    `--bytes ${bytes}: the ${k} coordinates of the selection take ${sizes}. Make a selection of ${bytes} bytes: npm run -s precompute -- ... --bytes ${bytes}`,
  );
}
