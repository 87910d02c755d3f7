import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { DEFAULT_KS } from '../src/core/evaluation/choose-strategy.ts';
import { MERGEABLE } from '../src/precompute/fit-statistics.ts';
import { DEFAULT_SAMPLE_PAIRS } from '../src/pipeline/run-request.ts';
import { FUSION_CHOICES } from '../src/precompute/options.ts';
import { printJson, tell } from './cli/messages.ts';
import { commaList, wholeNumber } from './cli/options.ts';
import { createProgress } from './cli/progress.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { persistFolder, stateFolder } from './kv/project.ts';
import { downloadShards } from './pipeline/download-shards.ts';
import { followRun, hasEnded } from './pipeline/follow-run.ts';
import type { LocalPipeline } from './pipeline/open-local.ts';
import { type PipelineClient, pipelineClient } from './pipeline/pipeline-client.ts';
import { doubleMiniflareArena } from './start/miniflare-arena.ts';

interface PlaceFlags {
  readonly url?: string;
  readonly key?: string;
}

interface StartFlags extends PlaceFlags {
  readonly dataset: string;
  readonly from?: string;
  readonly publish?: string;
  readonly corpus?: string;
  readonly plan?: string;
  readonly strategy: string;
  readonly strategies: readonly string[];
  readonly k: number;
  readonly fusion: string;
  readonly folds: number;
  readonly seed: number;
  readonly sample: number;
  readonly pairsPerPart?: number;
  readonly pairsPerShard?: number;
  readonly round: number;
  readonly wait: boolean;
}

const program = new Command('pipeline').description(
  'Make a selection from a dataset in R2 that no machine holds: a Workflow leads, queues carry batches, the configured encoder encodes them. docs/scale.md',
);

const placed = (command: Command): Command =>
  command
    .option(
      '--url <URL>',
      'the deployed pipeline Worker; left out, one is started on this machine, with R2 and queues of its own',
    )
    .option('--key <KEY>', 'a key of scope admin, for a Worker with AUTH = "keys"');

placed(program.command('start'))
  .description(
    'Start a run, or go on with it: the same start is the same run, and what is done is not done again.',
  )
  .requiredOption(
    '--dataset <r2://BUCKET/PREFIX>',
    'tar shards of img2dataset, or captions.csv with its pictures below',
  )
  .option('--from <DIR>', 'on this machine: first bring the files of this folder to the local bucket')
  .option('--publish <NAME>', 'publish the record under this name')
  .option('--corpus <NAME>', 'pack the pictures into a new corpus of this name, for the published record')
  .addOption(new Option('--plan <PLAN>', 'of the corpus, as for index').choices(['auto', 'full', 'compact']))
  .option('--strategy <NAME>', 'as for precompute', 'auto')
  .option(
    '--strategies <names>',
    'compared side by side, separated by commas (default: those that are fitted on all shards)',
    commaList(String),
    [...MERGEABLE],
  )
  .option(
    '--sample <N>',
    'pairs that everything is judged on where there are more',
    wholeNumber(2, 100_000),
    DEFAULT_SAMPLE_PAIRS,
  )
  .option('--k <N>', 'coordinates to keep', wholeNumber(1), 50)
  .addOption(new Option('--fusion <KIND>', 'as for precompute').choices(FUSION_CHOICES).default('auto'))
  .option('--folds <N>', 'folds of the cross-validation', wholeNumber(2, 100), 5)
  .option('--seed <N>', 'same seed, same bytes', wholeNumber(0, 2 ** 32 - 1), 0)
  .option('--pairs-per-part <N>', 'pairs of a message', wholeNumber(1, 256))
  .option('--pairs-per-shard <N>', 'pairs of a shard, a multiple of that', wholeNumber(1, 65_536))
  .option('--round <N>', 'another number is another run: for a dataset that has changed', wholeNumber(0), 0)
  .option('--no-wait', 'with --url: leave once it is started')
  .addHelpText('after', '\nPrints the status of the run, as `status` does.')
  .action(async (flags: StartFlags) => {
    await withPipeline({ ...flags, begins: true }, async (client, local) => {
      if (flags.from !== undefined) await bring(flags.from, flags.dataset, local);
      const started = await client.start(requestOf(flags));
      tell(`run ${started.id}`);
      if (started.phase === 'complete') {
        tell(
          `It was complete at ${started.updatedAt}. Where its files have changed since it was started at ${started.createdAt}, another --round lists them anew.`,
        );
        return printJson(started);
      }
      if (local === null && !flags.wait) return printJson(started);
      // The process that led it before has ended, and its messages with it.
      const isLeft =
        local !== null && !hasEnded(started) && Date.now() - Date.parse(started.createdAt) > 5_000;
      if (isLeft || started.phase === 'failed' || started.phase === 'cancelled')
        await client.resume(started.id);
      return finish(client, started.id, local);
    });
  });

placed(program.command('status'))
  .description('Tell how far a run is, or list the latest runs.')
  .argument('[RUN]', 'its id')
  .addHelpText(
    'after',
    '\nPrints {"id", "dataset", "encoder", "phase", "createdAt", "updatedAt", "error", "result", "attempts", "inputs", "shards", "pairs", "skipped", "dead", "rate", "secondsLeft", "cost"}, or {"runs"}.',
  )
  .action((run: string | undefined, flags: PlaceFlags) =>
    withPipeline(flags, async (client) => {
      printJson(run === undefined ? { runs: await client.list() } : await client.status(run));
    }),
  );

placed(program.command('cancel'))
  .description('Stop a run. What is done stays done, and it can be resumed.')
  .argument('<RUN>', 'its id')
  .action((run: string, flags: PlaceFlags) =>
    withPipeline(flags, async (client) => printJson(await client.cancel(run))),
  );

placed(program.command('resume'))
  .description('Go on with a run that failed, was cancelled or whose machine went down.')
  .argument('<RUN>', 'its id')
  .option('--no-wait', 'with --url: leave once it goes on')
  .action((run: string, flags: PlaceFlags & { readonly wait: boolean }) =>
    withPipeline(flags, async (client, local) => {
      const status = await client.resume(run);
      if (local === null && !flags.wait) printJson(status);
      else await finish(client, run, local);
    }),
  );

placed(program.command('shards'))
  .description(
    'Download the embedding shards of a run, as a folder that precompute reads, and its selection.bin.',
  )
  .argument('<RUN>', 'its id')
  .requiredOption('--out <DIR>', 'where img_emb, text_emb and metadata go')
  .addHelpText('after', '\nPrints {"out", "shards", "pairs"}.')
  .action((run: string, flags: PlaceFlags & { readonly out: string }) =>
    withPipeline(flags, async (client) => {
      const { phase } = await client.status(run);
      const downloaded = await downloadShards(client, run, flags.out, createProgress());
      if (phase === 'complete')
        await writeFile(join(flags.out, 'selection.bin'), await client.selection(run));
      printJson({ out: flags.out, ...downloaded });
    }),
  );

type Local = LocalPipeline | null;

async function withPipeline(
  { url, key, begins = false }: PlaceFlags & { readonly begins?: boolean },
  work: (client: PipelineClient, local: Local) => Promise<void>,
): Promise<void> {
  if (url !== undefined) return work(pipelineClient({ url, key }), null);
  if (key !== undefined)
    throw new UserError('--key goes with --url: the Worker on this machine asks for none');
  const state = stateFolder();
  if (!begins && !existsSync(persistFolder(state))) {
    throw new UserError(`nothing was run in ${state}: ALIGNQL_STATE names another folder`);
  }
  doubleMiniflareArena();
  // Loaded only now: it takes a second.
  const { openLocalPipeline, pipelineWorkers } = await import('./pipeline/open-local.ts');
  const local = await openLocalPipeline(state, await pipelineWorkers({}, tell));
  try {
    await work(pipelineClient({ url: local.url, key }), local);
  } finally {
    await local.close();
  }
}

async function bring(folder: string, dataset: string, local: Local): Promise<void> {
  if (local === null) {
    throw new UserError(
      '--from goes to the bucket of this machine; bring files to R2 by rclone or npx wrangler r2 object put',
    );
  }
  const prefix = /^r2:\/\/[^/]+\/(.*)$/.exec(dataset)?.[1] ?? '';
  const { uploadFolder } = await import('./pipeline/upload-folder.ts');
  await uploadFolder(
    local.datasets,
    folder,
    prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    createProgress(),
  );
}

function requestOf(flags: StartFlags): object {
  const {
    dataset,
    publish,
    corpus,
    plan,
    strategy,
    strategies,
    k,
    fusion,
    folds,
    seed,
    sample,
    pairsPerPart,
    pairsPerShard,
    round,
  } = flags;
  return {
    dataset,
    selection: publish ?? null,
    ...(corpus === undefined ? {} : { corpus }),
    ...(plan === undefined ? {} : { plan }),
    strategy,
    strategies,
    k,
    ks: DEFAULT_KS,
    fusion,
    folds,
    seed,
    sample,
    ...(pairsPerPart === undefined ? {} : { pairsPerPart }),
    ...(pairsPerShard === undefined ? {} : { pairsPerShard }),
    round,
  };
}

/** All are in the status. */
const MAX_TOLD_DEAD = 5;

/** @throws UserError when the run does not end well */
async function finish(client: PipelineClient, run: string, local: Local): Promise<void> {
  tell(
    local === null
      ? 'Ctrl-C leaves it going: the same command, or status, finds it again.'
      : `Ctrl-C halts it: it is led from here. To go on: npm run -s pipeline -- resume ${run}`,
  );
  const status = await followRun(client, run, tell, local === null ? 'deployed' : 'here');
  printJson(status);
  if (status.phase === 'complete') return;
  for (const { task, reason } of status.dead.slice(0, MAX_TOLD_DEAD)) tell(`given up: ${task}: ${reason}`);
  throw new UserError(`run ${run} ${status.phase}${status.error === null ? '' : `: ${status.error}`}`);
}

await runCommand(program, process.argv);
