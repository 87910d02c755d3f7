import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { BaseRateControl } from '../../components/base-rate-control.tsx';
import { CaptionEditor } from '../../components/caption-editor.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { OwnCaptionsHint } from '../../components/own-captions-hint.tsx';
import { HonestyNote } from '../../components/honesty-note.tsx';
import { ProgressLine } from '../../components/progress-line.tsx';
import { RequestPanel } from '../../components/request-panel.tsx';
import { ViewIntro } from '../../components/view-intro.tsx';
import { OWN_CAPTION_HINTS } from '../../pictures/own-picture-captions.ts';
import { useIncomingFiles } from '../../pictures/incoming-files.ts';
import { type Picture, addressOf } from '../../pictures/picture.ts';
import { formatRoute } from '../../state/route.ts';
import { type CaptionLine, filledLines, insertLines } from '../../state/captions.ts';
import { Deployment } from '../../state/deployment.ts';
import { PictureStage } from './picture-stage.tsx';
import { RankingList } from './ranking-list.tsx';
import { type RankInputs, useRankInputs } from './use-rank-inputs.ts';
import { type RankingState, useRanking } from './use-ranking.ts';

/** One picture, many captions, best first as one types. */
export function RankView({ active }: { active: boolean }): JSX.Element {
  const inputs = useRankInputs();
  const hovering = useIncomingFiles(active, inputs.chooseFiles);
  const lines = filledLines(inputs.captions);
  const ranking = useRanking(active, inputs.picture, lines);
  return (
    <div class="rank">
      <ViewIntro>
        One picture and several captions: which describes it best, and how sure that is. Take a picture of
        your own and write what may be in it.
      </ViewIntro>
      <PictureStage
        picture={inputs.picture}
        ranking={ranking}
        hovering={hovering}
        aside={inputs.aside}
        sampleSet={inputs.sampleSet}
        onSample={inputs.chooseSample}
        onShowSamples={inputs.showSamples}
        onFiles={inputs.chooseFiles}
        onUrl={inputs.chooseUrl}
      />
      <CaptionPanel inputs={inputs} lines={lines} />
      <RankingPanel
        ranking={ranking}
        ownCaption={inputs.picture?.sample?.caption ?? null}
        idle={idleWords(inputs, lines.length, ranking.durationMs)}
        picture={inputs.picture}
      />
      <RequestPanel
        steps={[
          {
            title: '1. Embed the picture',
            note: 'Once a picture: what is asked next carries the vector, not the pixels.',
            request: ranking.embedRequest,
          },
          {
            title: '2. Rank the captions',
            note: 'At every change. In place of an embedding, an image can be an upload, base64 or a url.',
            request: ranking.rankRequest,
          },
        ]}
      />
    </div>
  );
}

function CaptionPanel({ inputs, lines }: { inputs: RankInputs; lines: readonly CaptionLine[] }): JSX.Element {
  const { limits } = useContext(Deployment);
  const { picture, captions, setCaptions } = inputs;
  const own = picture?.sample?.caption;
  return (
    <section class="panel" aria-labelledby="captions-title">
      <h2 id="captions-title">Captions</h2>
      {picture !== null && own === undefined && lines.length === 0 && <OwnCaptionsHint />}
      <CaptionEditor
        captions={captions}
        maxCharacters={limits?.textCharacters ?? null}
        hints={picture?.sample ? [] : OWN_CAPTION_HINTS}
        onChange={setCaptions}
      />
      {own !== undefined && !lines.some(({ text }) => text === own) && (
        <button
          type="button"
          class="suggestion"
          onClick={() => setCaptions(insertLines(captions, null, [own]))}
        >
          Add this sample’s own caption: “{own}”
        </button>
      )}
    </section>
  );
}

interface RankingProps {
  readonly ranking: RankingState;
  readonly ownCaption: string | null;
  readonly idle: string;
  readonly picture: Picture | null;
}

function RankingPanel({ ranking, ownCaption, idle, picture }: RankingProps): JSX.Element {
  const { selectionName, baseRate } = useContext(Deployment);
  const whyOf = (text: string): string | null => {
    if (picture === null || ranking.items === null) return null;
    const query = String(new URLSearchParams({ picture: addressOf(picture), caption: text }));
    return formatRoute({ view: 'explain', selection: selectionName, baseRate, query });
  };
  return (
    <section class="panel ranking-panel" aria-labelledby="ranking-title">
      <h2 id="ranking-title">Ranking</h2>
      <RankingList
        lines={ranking.lines}
        items={ranking.items}
        relevantCount={ranking.relevantCount}
        thresholds={ranking.thresholds}
        freshness={ranking.freshness}
        ownCaption={ownCaption}
        whyOf={whyOf}
      />
      {ranking.failure !== null && <FailureNotice failure={ranking.failure} onRetry={ranking.retryRanking} />}
      <ProgressLine doing={ranking.doing} idle={idle} freshness={ranking.freshness} />
      <BaseRateControl />
      <HonestyNote withInterval />
    </section>
  );
}

function idleWords({ picture }: RankInputs, lineCount: number, durationMs: number | null): string {
  if (picture === null) return 'Choose, drop or paste a picture.';
  if (lineCount === 0) return 'Write captions to see how well they fit.';
  return durationMs === null ? '' : `Answered in ${Math.max(1, Math.round(durationMs))} ms.`;
}
