const PLACE = /^\{\{(\w+)\}\}$/;

/** The names of the places `"{{name}}"` in a template: strings that are one whole place. */
export function placesIn(template: unknown): Set<string> {
  const names = new Set<string>();
  visit(template, (name) => void names.add(name));
  return names;
}

/**
 * A copy of a template with every place filled.
 * @param values by name; asked only for the places that are there
 */
export function fillTemplate(template: unknown, values: Readonly<Record<string, () => unknown>>): unknown {
  return visit(template, (name) => values[name]());
}

function visit(value: unknown, fill: (name: string) => unknown): unknown {
  if (typeof value === 'string') {
    const name = PLACE.exec(value)?.[1];
    return name === undefined ? value : fill(name);
  }
  if (Array.isArray(value)) return value.map((element) => visit(element, fill));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner, fill)]));
}
