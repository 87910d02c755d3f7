import type { Command, Option } from 'commander';
import { CommanderError } from 'commander';
import { AppError } from '../../src/errors.ts';
import { endWithNpm } from './lost-parent.ts';
import { escapeLines, redirectConsole, tellLines } from './messages.ts';
import { explainSystemError } from './system-error.ts';
import { goToUserFolder } from './user-folder.ts';
import { UserError } from './user-error.ts';

const EXIT_USER_ERROR = 1;
const EXIT_BUG = 2;

/**
 * Parse `argv` and run the command where the user stands, with the exit codes every command shares: 0, 1 (the user's mistake: a
 * `UserError`, an `AppError` other than INTERNAL, an option commander refuses, a full disk or missing rights; one line on
 * stderr), 2 (anything else: a bug, with its stack). Sets `process.exitCode` instead of exiting, so that stdout drains.
 * @param argv as `process.argv`: the script at index 1, the arguments from index 2
 */
export async function runCommand(program: Command, argv: readonly string[]): Promise<void> {
  // By default Node leaves with 1 after an uncaught error, which would read as the user's mistake.
  process.on('uncaughtException', (error) => {
    process.exit(report(program, error));
  });
  watchStreams(program);
  redirectConsole();
  endWithNpm();
  configure(program);
  try {
    goToUserFolder(process.env, argv[1]);
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(program, error);
  }
}

function watchStreams(program: Command): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `select ... | head` closes the pipe early; that is nobody's error.
    process.exit(error.code === 'EPIPE' ? 0 : report(program, error));
  });
  // Messages that nobody can read must not change what the command does.
  process.stderr.on('error', () => undefined);
}

function configure(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => {
      write(`${escapeLines(text.trimEnd())} (--help lists the options)\n`);
    },
  });
  for (const option of command.options) describeDefault(option);
  command.commands.forEach(configure);
}

/**
 * Has --help print the default of an option as it would be typed; by itself commander prints JSON.
 * @throws Error for a default that cannot be: it is to be described where the option is made
 */
export function describeDefault(option: Option): void {
  const value: unknown = option.defaultValue;
  if (typeof value !== 'object' || value === null || option.defaultValueDescription !== undefined) return;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.some((item) => typeof item !== 'string' && typeof item !== 'number')) {
    throw new Error(`describe the default of ${option.flags}`);
  }
  option.defaultValueDescription = items.length === 0 ? 'none' : items.join(',');
}

/** @returns the exit code, after telling stderr what happened */
function report(program: Command, error: unknown): number {
  // Commander has already written its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USER_ERROR;
  const mistake = mistakeOf(error);
  if (mistake !== null) {
    tellLines(`${program.name()}: ${mistake}`);
    return EXIT_USER_ERROR;
  }
  tellLines(`${program.name()}: this is a bug in alignql, please report it with the lines below.`);
  tellLines(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT_BUG;
}

/** What the user can mend, as `runCommand` tells it; null for a bug. */
export function mistakeOf(error: unknown): string | null {
  if (error instanceof UserError) return error.message;
  const refusal = explainSystemError(error);
  if (refusal !== null) return refusal;
  return error instanceof AppError && error.code !== 'INTERNAL' ? error.message : null;
}
