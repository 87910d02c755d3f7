/** The caption that a name makes without a template, as users ask: `a fox`, `an owl`. */
export function asCaption(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
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
