/**
 * The user's mistake, told in one line: what happened, why, and what to do. `runCommand` prints the message as it
 * stands and exits with 1.
 */
export class UserError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
  }
}
