import { basename, dirname } from 'node:path';
import { UserError } from './user-error.ts';

/**
 * Go to the folder where the user stands, so that every path on the command line is taken from there. npm runs a script in the
 * project's folder, from wherever it was called, and says in INIT_CWD where that was. Only npm's own child goes there: what
 * that starts inherits the variable, but is in the right folder already.
 * @throws UserError when the folder is not there any more
 */
export function goToUserFolder(environment: NodeJS.ProcessEnv, script: string | undefined): void {
  const { INIT_CWD: folder, npm_lifecycle_script: command } = environment;
  if (!folder || script === undefined) return;
  const name = `${basename(dirname(script))}/${basename(script)}`;
  if (!command?.replaceAll('\\', '/').includes(name)) return;
  try {
    process.chdir(folder);
  } catch (cause) {
    throw new UserError(
      `cannot go to ${folder}, where the command was called: change to a folder that exists`,
      {
        cause,
      },
    );
  }
}
