import { Command } from 'commander';
import { fitStrategy } from '../src/core/selection/strategies.ts';
import { wholeNumber } from './cli/options.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { readLabelledMatrix } from './selection/labelled-matrix.ts';
import { parseStrategy } from './selection/strategy-names.ts';

/** numpy's range of seeds: the noise of mutual-information is that of scikit-learn's `random_state`. */
const MAX_SEED = 2 ** 32 - 1;

interface SelectOptions {
  readonly features: string;
  readonly labels: string;
  readonly strategy: string;
  readonly k: number;
  readonly seed: number;
  readonly neighbours: number;
  readonly noise: boolean;
}

const program = new Command('select')
  .description(
    'Choose the k best features of a labelled matrix. Prints JSON {strategy, k, indices, scores, params}.',
  )
  .requiredOption(
    '--features <X.npy>',
    'matrix of shape (rows, features): any number dtype, C or Fortran order',
  )
  .requiredOption('--labels <y.npy>', 'whole numbers, one a row, at least two classes')
  .requiredOption('--strategy <name>', 'mutual-information, variance, random or full')
  .option('--k <count>', 'features to keep, at most all; full keeps all whatever k says', wholeNumber(1), 50)
  .option('--seed <number>', "of random, and of mutual-information's noise", wholeNumber(0, MAX_SEED), 0)
  .option('--neighbours <count>', 'mutual-information: neighbours within a class', wholeNumber(1), 3)
  .option('--no-noise', 'mutual-information: leave equal values equal')
  .addHelpText(
    'after',
    `
indices: ascending, length k. scores: one a feature, higher is better, undefined ones null and ranked last; equal
scores go to the higher index.

  mutual-information  nats between feature and label (Ross 2014), as scikit-learn's mutual_info_classif computes it;
                      the same noise for the same seed (random_state)
  variance            population variance
  random              a uniform number for each feature
  full                every feature, each scored 1; k is then the number of features

Example: npm run -s select -- --features X.npy --labels y.npy --strategy mutual-information --k 50`,
  )
  .action(select);

async function select(options: SelectOptions, command: Command): Promise<void> {
  const strategy = parseStrategy(options.strategy, 'masks');
  const matrix = await readLabelledMatrix(options.features, options.labels);
  // Full needs no k: only one that was asked for can be too large for it.
  const isAsked = strategy !== 'full' || command.getOptionValueSource('k') === 'cli';
  if (isAsked && options.k > matrix.dim) {
    throw new UserError(
      `--k ${options.k}: ${options.features} has ${matrix.dim} features. Give a k of at most ${matrix.dim}.`,
    );
  }
  const fit = fitStrategy(strategy, matrix, options);
  const scores = Array.from(fit.scores, (score) => (Number.isFinite(score) ? score : null));
  const result = { strategy, k: fit.k, indices: [...fit.indices], scores, params: fit.params };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

await runCommand(program, process.argv);
