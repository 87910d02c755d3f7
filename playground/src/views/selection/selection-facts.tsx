import type { JSX } from 'preact';
import type { SelectionData } from '../../api/operations.ts';
import { Fact } from '../../components/fact.tsx';
import { formatMoment } from '../../format-numbers.ts';
import { type Figure, formatFigure, formatSpread, readFigures, readReferences } from './figures.ts';
import { describeStored, isMap } from './mask-sentence.ts';

const FUSION_WORDS: Readonly<Record<SelectionData['fusion'], string>> = {
  IDENTITY: 'identity: cosine of the kept coordinates',
  WEIGHTED: 'weighted: a learned weight for every kept coordinate',
  ATTENTION: 'attention: the image asks, the texts answer; of one text, a learned projection',
};

/** What a selection is made of and what it was worth on held-out pairs. */
export function SelectionFacts({ selection }: { selection: SelectionData }): JSX.Element {
  return (
    <div class="facts">
      <dl class="fact-list">
        <Fact name="Strategy">{selection.strategy}</Fact>
        <Fact name="Keeps">
          {isMap(selection) ? `${selection.k} mixed from` : `${selection.k} of`} {selection.dim} coordinates,{' '}
          {describeStored(selection)}
        </Fact>
        <Fact name="Fusion">
          {FUSION_WORDS[selection.fusion]}
          {selection.centred ? ', centred' : ', not centred'}
        </Fact>
        <Fact name="Decides">{describeThresholds(selection)}</Fact>
        <Fact name="Published">
          <time dateTime={selection.publishedAt}>{formatMoment(selection.publishedAt)}</time>
          {selection.createdAt !== selection.publishedAt && (
            <>
              , first <time dateTime={selection.createdAt}>{formatMoment(selection.createdAt)}</time>
            </>
          )}
        </Fact>
        <Fact name="Encoder">{selection.encoder}</Fact>
        <Fact name="Fingerprint">
          <code class="hash">{selection.encoderFingerprint}</code>
        </Fact>
        <Fact name="Record">
          <code class="hash">{selection.id}</code>
        </Fact>
      </dl>
      <FigureTable metrics={selection.metrics} k={selection.k} />
    </div>
  );
}

/** Held-out figures, beside full vectors and random coordinates: a number alone says little. */
function FigureTable({ metrics, k }: { metrics: unknown; k: number }): JSX.Element | null {
  const figures = readFigures(metrics);
  // Beside itself, a record of all coordinates would say everything twice.
  const references = readReferences(metrics).filter(({ name }) => name !== `all ${k}`);
  if (figures.length === 0) return null;
  return (
    <table class="figures">
      <caption>On held-out pairs, mean and spread over folds</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">Figure</span>
          </th>
          <th scope="col">these {k}</th>
          {references.map(({ name }) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {figures.map((figure) => (
          <tr key={figure.key}>
            <th scope="row">
              {figure.name}
              <span class="hint">{figure.explains}</span>
            </th>
            <FigureCell figure={figure} />
            {references.map((reference) => (
              <FigureCell
                key={reference.name}
                figure={reference.figures.find(({ key }) => key === figure.key) ?? null}
              />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function FigureCell({ figure }: { figure: Figure | null }): JSX.Element {
  return (
    <td>
      {figure === null ? '–' : formatFigure(figure)}
      {figure !== null && <span class="hint">{formatSpread(figure)}</span>}
    </td>
  );
}

/** Thresholds at the ends of the scale mean that the held-out pairs allowed no such decision at the wanted precision. */
function describeThresholds({ matchThreshold, mismatchThreshold, baseRate }: SelectionData): string {
  const match = matchThreshold >= 1 ? 'never a match' : `match from ${toPercent(matchThreshold)}`;
  const mismatch =
    mismatchThreshold <= 0 ? 'never a mismatch' : `mismatch up to ${toPercent(mismatchThreshold)}`;
  return `${match}, ${mismatch}; base rate ${toPercent(baseRate)}`;
}

function toPercent(share: number): string {
  return `${Math.round(share * 100)}\u00a0%`;
}
