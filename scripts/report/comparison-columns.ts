import type { ComparisonRow } from '../../src/core/evaluation/cross-validation.ts';
import type { MeanAndDeviation } from '../../src/core/evaluation/paired-difference.ts';
import type { TableColumn } from '../files/table-file.ts';
import type { RegionComparison } from '../../src/core/evaluation/region-comparison.ts';

const RECALL_AT = ['1', '5', '10'] as const;

/**
 * The rows of a comparison as a flat table: a figure takes two columns, its mean under its own name and its standard deviation over
 * folds under that with `_sd`.
 * @param regions their rows come after those of whole pictures, told apart by four more columns; null: nobody compared them
 */
export function comparisonColumns(
  whole: readonly ComparisonRow[],
  regions: readonly RegionComparison[] | null,
): TableColumn[] {
  const rows = [...whole, ...(regions ?? []).flatMap((choice) => choice.rows)];
  const figure: Figure = (name, of) => [
    { name, type: 'DOUBLE', data: rows.map((row) => of(row)?.mean ?? null) },
    { name: `${name}_sd`, type: 'DOUBLE', data: rows.map((row) => of(row)?.sd ?? null) },
  ];
  return [
    { name: 'strategy', type: 'STRING', data: rows.map(({ strategy }) => strategy) },
    { name: 'k', type: 'INT32', data: rows.map(({ k }) => k) },
    { name: 'encoding', type: 'STRING', data: rows.map(({ encoding }) => encoding) },
    { name: 'centred', type: 'BOOLEAN', data: rows.map(({ centred }) => centred) },
    { name: 'bytes', type: 'INT32', data: rows.map(({ bytes }) => bytes) },
    ...(regions === null ? [] : regionColumns(whole.length, regions)),
    ...figure('auc', ({ auc }) => auc),
    ...figure('auc_hard', ({ aucHard }) => aucHard),
    ...RECALL_AT.flatMap((k) => figure(`recall_image_to_text_${k}`, ({ recall }) => recall.imageToText[k])),
    ...RECALL_AT.flatMap((k) => figure(`recall_text_to_image_${k}`, ({ recall }) => recall.textToImage[k])),
    ...floatQueryColumns(rows, figure),
    ...figure('ece', ({ ece }) => ece),
    ...figure('brier', ({ brier }) => brier),
    ...figure('stability', ({ stability }) => stability),
    ...figure('kuncheva', ({ kuncheva }) => kuncheva),
  ];
}

/** Empty in the rows of whole pictures. */
function regionColumns(wholeCount: number, regions: readonly RegionComparison[]): TableColumn[] {
  const rows = regions.flatMap(({ map, share, rows: ofChoice }) =>
    ofChoice.map(({ gain }) => ({ map, share, gain })),
  );
  const none = new Array<null>(wholeCount).fill(null);
  return [
    { name: 'regions', type: 'STRING', data: [...none, ...rows.map(({ map }) => map)] },
    { name: 'region_share', type: 'DOUBLE', data: [...none, ...rows.map(({ share }) => share)] },
    { name: 'gain', type: 'DOUBLE', data: [...none, ...rows.map(({ gain }) => gain.mean)] },
    { name: 'gain_se', type: 'DOUBLE', data: [...none, ...rows.map(({ gain }) => gain.standardError)] },
  ];
}

type Figure = (name: string, of: (row: ComparisonRow) => MeanAndDeviation | null) => TableColumn[];

/** Only where a row has them. */
function floatQueryColumns(rows: readonly ComparisonRow[], figure: Figure): TableColumn[] {
  if (rows.every(({ recallFloatQuery }) => recallFloatQuery === undefined)) return [];
  return (['imageToText', 'textToImage'] as const).flatMap((way) =>
    RECALL_AT.flatMap((k) =>
      figure(
        `recall_${way === 'imageToText' ? 'image_to_text' : 'text_to_image'}_${k}_float_query`,
        ({ recallFloatQuery }) => recallFloatQuery?.[way][k] ?? null,
      ),
    ),
  );
}
