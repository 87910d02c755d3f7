import * as v from 'valibot';
import { AppError } from '../errors.ts';

export const text = v.pipe(v.string(), v.trim(), v.minLength(1, 'expected some text'));

export const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.string()], 'expected a number'),
    v.transform(Number),
    v.check(
      (n) => Number.isInteger(n) && n >= min && n <= max,
      `expected a whole number from ${min} to ${max}`,
    ),
  );

/** Variables that no message may repeat. */
const SECRET = /_(KEY|TOKEN)$/;

/**
 * A Worker's variables by their schema.
 * @throws AppError INTERNAL naming the variable, what was written (unless it is a secret) and what was expected
 */
export function parseVars<Schema extends v.GenericSchema>(
  schema: Schema,
  env: object,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, env);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const name = v.getDotPath(issue) ?? 'env';
  if (SECRET.test(name)) throw new AppError('INTERNAL', `${name} is not valid: ${issue.message}`);
  // What was written, not what it was turned into on the way.
  const written = JSON.stringify((env as Readonly<Record<string, unknown>>)[name]);
  throw new AppError('INTERNAL', `${name} is ${written}: ${issue.message}`);
}
