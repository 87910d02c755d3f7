/** What begins with a vowel as it is spoken: an hour, an x-ray; but a unicorn, a one-way sign. words.py has the same rule. */
const AN =
  /^(?:(?!one(?!r)|u(?:ni(?!n|m|dent)|s[aeu]|t[eio]|k[eu]|r[aei]|b[io]|fo\b|\b)|eu|ewe)[aeiou]|hour|honest|honou?r|heir|[fhlmnrsx]\b)/i;

/** The caption that a name makes without a template, as users ask: `a fox`, `an owl`, `a unicorn`. */
export function asCaption(name: string): string {
  return `${AN.test(name) ? 'an' : 'a'} ${name}`;
}

/** Whether a text holds a name, as whole words. Case does not matter. */
export function speaksOf(text: string, name: string): boolean {
  return ` ${words(text)} `.includes(` ${words(name)} `);
}

function words(text: string): string {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ');
}
