/** Radford et al. 2021, section 3.1.4: the prompt that lifts most data sets. */
export const DEFAULT_TEMPLATES: readonly string[] = ['a photo of a {}'];
/** Where the label goes. */
export const PLACEHOLDER = '{}';

/** UTF-16 units of a label of so many in a template, as often as that has it, without making it. */
export function promptLength(template: string, labelLength: number): number {
  const placeholders = template.split(PLACEHOLDER).length - 1;
  return template.length + placeholders * (labelLength - PLACEHOLDER.length);
}
