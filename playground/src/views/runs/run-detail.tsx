import type { JSX } from 'preact';
import type { PackedCorpus, Progress, RunResult, RunStatus } from '../../../../src/pipeline/run-status.ts';
import { Fact } from '../../components/fact.tsx';
import { WarningIcon } from '../../components/icons.tsx';
import { formatBytes, formatCount, formatDuration, formatMoment } from '../../format-numbers.ts';
import { DEFAULT_SELECTION, formatRoute } from '../../state/route.ts';
import { costWords, formatWhole, goesOn, nextCommand, phaseWords } from './run-words.ts';

/** One run: what it is at, how far, how fast, what it costs, what was left out, and what came of it. */
export function RunDetail({ run }: { run: RunStatus }): JSX.Element {
  const next = nextCommand(run);
  return (
    <div class="run-shown" data-phase={run.phase}>
      <p class={`lead run-phase run-${run.phase}`}>
        {phaseWords(run.phase)}
        {goesOn(run) && '…'}
      </p>
      {run.error !== null && (
        <div class="failure">
          <WarningIcon />
          <p>{run.error}</p>
        </div>
      )}
      {next !== null && (
        <p class="hint">
          What is done stays done. To go on: <code class="hash">{next}</code>
        </p>
      )}
      <Bars run={run} />
      {run.result !== null && <Result result={run.result} />}
      <Figures run={run} />
      <DeadBatches run={run} />
      <SkippedRows run={run} />
    </div>
  );
}

function Bars({ run: { inputs, pairs, shards } }: { run: RunStatus }): JSX.Element {
  return (
    <div class="run-bars">
      {pairs === null && <Bar name="inputs indexed" progress={inputs} />}
      <Bar name="pairs encoded" progress={pairs} />
      <Bar name="shards written" progress={shards} />
    </div>
  );
}

function Bar({ name, progress }: { name: string; progress: Progress | null }): JSX.Element | null {
  if (progress === null) return null;
  const { done, total } = progress;
  return (
    <label class="run-bar">
      <span>
        {formatWhole(done)} of {formatWhole(total)} {name}
      </span>
      <progress value={done} max={Math.max(1, total)} />
    </label>
  );
}

function Result({ result }: { result: RunResult }): JSX.Element {
  const { id, strategy, k, pairs, sampled, selection, corpus } = result;
  const href =
    selection === null ? null : formatRoute({ view: 'selection', selection, baseRate: null, query: '' });
  return (
    <section class="run-part" aria-labelledby="run-result">
      <h3 id="run-result">Result</h3>
      <dl class="fact-list">
        <Fact name="Selection">
          {href === null ? (
            'not published: none was asked for'
          ) : (
            <p>
              published as <a href={href}>{selection}</a>
            </p>
          )}
        </Fact>
        {corpus !== undefined && (
          <Fact name="Corpus">
            <p>
              search <a href={searchHref(corpus, selection)}>{corpus.corpus}</a>: {formatWhole(corpus.count)}{' '}
              {corpus.count === 1 ? 'picture' : 'pictures'}, {formatBytes(corpus.memoryBytes)} in an isolate (
              {corpus.encoding}, plan {corpus.plan})
            </p>
          </Fact>
        )}
        <Fact name="Record">
          <code class="hash">{id}</code>
        </Fact>
        <Fact name="Strategy">
          {strategy}, {k} coordinates
        </Fact>
        <Fact name="Judged on">
          {sampled === pairs
            ? `all ${formatWhole(pairs)} pairs`
            : `a grouped sample of ${formatWhole(sampled)} of ${formatWhole(pairs)} pairs`}
        </Fact>
      </dl>
    </section>
  );
}

function searchHref({ corpus }: PackedCorpus, selection: string | null): string {
  const query = String(new URLSearchParams({ corpus }));
  return formatRoute({ view: 'search', selection: selection ?? DEFAULT_SELECTION, baseRate: null, query });
}

function Figures({ run }: { run: RunStatus }): JSX.Element {
  const { rate, secondsLeft, cost, encoder, attempts, createdAt, updatedAt, id } = run;
  return (
    <dl class="fact-list">
      {rate !== null && <Fact name="Rate">{formatWhole(rate)} pairs a second</Fact>}
      {secondsLeft !== null && secondsLeft > 0 && (
        <Fact name="Time left">about {formatDuration(secondsLeft)} of encoding, at that rate</Fact>
      )}
      <Fact name="Cost so far">
        {costWords(cost)}
        <span class="hint run-note">At list prices. Not in it: {cost.leavesOut}.</span>
      </Fact>
      <Fact name="Started">
        <time dateTime={createdAt}>{formatMoment(createdAt)}</time>
        {attempts > 1 && `, and resumed ${attempts === 2 ? 'once' : `${attempts - 1} times`}`}
      </Fact>
      <Fact name="Last change">
        <time dateTime={updatedAt}>{formatMoment(updatedAt)}</time>
      </Fact>
      <Fact name="Encoder">{encoder.id}</Fact>
      <Fact name="Fingerprint">
        <code class="hash">{encoder.fingerprint}</code>
      </Fact>
      <Fact name="Run">
        <code class="hash">{id}</code>
      </Fact>
    </dl>
  );
}

function DeadBatches({ run: { dead } }: { run: RunStatus }): JSX.Element | null {
  if (dead.length === 0) return null;
  return (
    <section class="run-part" aria-labelledby="run-dead">
      <h3 id="run-dead">{dead.length === 1 ? '1 batch' : `${dead.length} batches`} given up</h3>
      <p class="hint">They failed at every delivery. Mend what the reasons name, then resume the run.</p>
      <ul class="run-rows">
        {dead.map(({ task, reason, at }) => (
          <li key={task}>
            <strong>{task}</strong>: {reason}{' '}
            <time class="hint" dateTime={at}>
              {formatMoment(at)}
            </time>
          </li>
        ))}
      </ul>
    </section>
  );
}

function SkippedRows({ run: { skipped } }: { run: RunStatus }): JSX.Element | null {
  const { count, rows } = skipped;
  if (count === 0) return null;
  return (
    <details class="coordinates">
      <summary>
        {formatCount(count, 'pair')} left out
        {count > rows.length && `, the first ${rows.length} with the reason`}
      </summary>
      <ul class="run-rows">
        {rows.map(({ where, reason }, i) => (
          <li key={i}>
            <strong>{where}</strong>: {reason}
          </li>
        ))}
      </ul>
    </details>
  );
}
