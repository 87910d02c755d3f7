import type { ComponentChildren, JSX } from 'preact';
import type { SelectionData } from '../../api/operations.ts';
import { formatBytes, formatMoment } from '../../format-numbers.ts';
import { formatFigure, readFigures } from './figures.ts';
import { bytesPerVector } from './mask-sentence.ts';

const FUSION_WORDS: Readonly<Record<SelectionData['fusion'], string>> = {
  IDENTITY: 'identity: cosine of the kept coordinates',
  WEIGHTED: 'weighted: a learned weight for every kept coordinate',
  ATTENTION: 'attention: the image asks, the texts answer',
};

/** What a selection is made of and what it was worth on held-out pairs. */
export function SelectionFacts({ selection }: { selection: SelectionData }): JSX.Element {
  const figures = readFigures(selection.metrics);
  return (
    <div class="facts">
      <dl class="fact-list">
        <Fact name="Strategy">{selection.strategy}</Fact>
        <Fact name="Keeps">
          {selection.k} of {selection.dim} coordinates, {formatBytes(bytesPerVector(selection.k))} a vector
        </Fact>
        <Fact name="Fusion">
          {FUSION_WORDS[selection.fusion]}
          {selection.centred ? ', centred' : ', not centred'}
        </Fact>
        <Fact name="Decides">
          match from {Math.round(selection.matchThreshold * 100)} %, mismatch up to{' '}
          {Math.round(selection.mismatchThreshold * 100)} %, base rate {Math.round(selection.baseRate * 100)}{' '}
          %
        </Fact>
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
      {figures.length > 0 && (
        <table class="figures">
          <caption>On held-out pairs</caption>
          <tbody>
            {figures.map((figure) => (
              <tr key={figure.key}>
                <th scope="row">
                  {figure.name}
                  <span class="hint">{figure.explains}</span>
                </th>
                <td>{formatFigure(figure)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
