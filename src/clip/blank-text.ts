/** White space of every script, what is not drawn (zero-width spaces and joiners, soft hyphens, fillers, marks of direction), controls. */
const BLANK = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]*$/u;

/** Whether a text has nothing to see in it: it says nothing of a picture, though an encoder would give a vector for it. */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
