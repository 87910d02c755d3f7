import { type RowCodes, fitCodes } from '../core/search/code-rows.ts';
import type { Modality } from '../core/scoring/selection-model.ts';
import type { CorpusManifest, ScannedForm } from '../format/corpus-manifest.ts';
import { type RowForm, codeBitsOf, rowFormOf } from '../format/row-forms.ts';
import type { SelectionRecord } from '../format/selection-record.ts';
import { manifestCodes } from '../search/manifest-coding.ts';
import type { CorpusRows } from './corpus-rows.ts';
import { projectStored } from './pack-segments.ts';

/** So many rows tell the spread of a coordinate to half a hundredth. */
const FIT_ROWS = 20_000;

/** Of a request to index. */
interface FormRequest {
  readonly selection: { readonly id: string; readonly record: SelectionRecord };
  readonly modality: Modality;
  readonly form?: RowForm;
}

/** What the rows of plan `compact` are to be: what was asked for, else what they are, else what the record was made for. */
export function formOf(kept: CorpusManifest | null, { selection, form }: FormRequest): RowForm {
  const isKept = kept?.plan === 'compact' && kept.selection === selection.id;
  return form ?? rowFormOf(isKept ? kept.codes?.bits : selection.record.rows?.bits);
}

/** Under plan `compact`. */
export function compactForm({ dim, k }: Pick<ScannedForm, 'dim' | 'k'>, form: RowForm): ScannedForm {
  const bits = codeBitsOf(form);
  return { dim, k, plan: 'compact', ...(bits === null ? {} : { codes: { bits } }) };
}

/**
 * The codes of the rows: those of the record, else those that the stored segments have, as long as their int8 rows keep their coding,
 * else fitted to the rows. Numbers as the manifest keeps them.
 * @param fittedOn how many vectors the coding of full rows is fitted to now
 * @returns null for int8
 */
export function chooseCodes(
  form: RowForm,
  rows: CorpusRows,
  kept: CorpusManifest | null,
  fittedOn: number,
  { selection, modality }: FormRequest,
): RowCodes | null {
  const bits = codeBitsOf(form);
  if (bits === null) return null;
  const { model, rows: made } = selection.record;
  if (made?.bits === bits) return { bits, steps: shortened(made[modality]) };
  const stored =
    kept?.selection === selection.id && kept.coding.fittedOn === fittedOn ? manifestCodes(kept) : null;
  if (stored?.bits === bits) return stored;
  if (rows.items.length === 0) return { bits, steps: new Float32Array(model.k) };
  const step = Math.ceil(rows.items.length / FIT_ROWS);
  const { steps } = fitCodes(bits, [projectStored(rows, model, modality, { step })], model.k);
  return { bits, steps: shortened(steps) };
}

/** As the manifest keeps them, so that equal data give equal rows when they are packed again. */
function shortened(steps: Float32Array): Float32Array {
  return steps.map((step) => Number(step.toPrecision(6)));
}
