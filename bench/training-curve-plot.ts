/**
 * Draw docs/images/training-curve.svg from models/tiny-clip/training.jsonl, the curve of the committed weights:
 *
 *   node bench/training-curve-plot.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import * as Plot from '@observablehq/plot';
import { draw } from '../scripts/report/charts/draw.ts';
import { drawTwoPanels, INK, TWO_PANELS } from './two-panels.ts';

const FROM = new URL('../models/tiny-clip/training.jsonl', import.meta.url);
const TO = new URL('../docs/images/training-curve.svg', import.meta.url);

const PANEL = { height: 300, top: 40 };
const COLOURS = {
  'photographs, top-5': '#2b8ea0',
  'photographs, top-1': '#8a63d2',
  'drawings, text to image': '#d06a2c',
  'drawings, image to text': '#c2487e',
};

/** A line of training.jsonl: one epoch; the validation figures stand at every second one. */
interface Epoch {
  readonly epoch: number;
  readonly minutes: number;
  readonly loss: number;
  readonly drawings?: { readonly textToImage: number; readonly imageToText: number };
  readonly photographs?: { readonly top1: number; readonly top5: number };
}

interface Point {
  readonly epoch: number;
  readonly measure: keyof typeof COLOURS;
  readonly value: number;
}

function readCurve(): Epoch[] {
  return readFileSync(FROM, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Epoch);
}

function measuredPoints(epochs: readonly Epoch[]): Point[] {
  return epochs.flatMap(({ epoch, drawings, photographs }) => {
    const values: Record<keyof typeof COLOURS, number | undefined> = {
      'photographs, top-5': photographs?.top5,
      'photographs, top-1': photographs?.top1,
      'drawings, text to image': drawings?.textToImage,
      'drawings, image to text': drawings?.imageToText,
    };
    return Object.entries(values).flatMap(([measure, value]) =>
      value === undefined ? [] : [{ epoch, measure: measure as Point['measure'], value }],
    );
  });
}

const shared: Plot.PlotOptions = {
  width: TWO_PANELS.panelWidth,
  height: PANEL.height,
  marginRight: 22,
  style: { color: INK },
  x: { label: 'epoch', labelAnchor: 'center', tickFormat: String },
};

function lossPanel(epochs: readonly Epoch[]): string {
  return draw(
    {
      ...shared,
      y: { label: 'training loss (all terms)', grid: true, ticks: 5 },
      marks: [Plot.line(epochs, { x: 'epoch', y: 'loss', stroke: INK, strokeWidth: 2 })],
    },
    {
      id: 'loss',
      title: 'Training loss by epoch',
      description: `from ${epochs[0].loss} to ${epochs.at(-1)?.loss}`,
    },
  );
}

function validationPanel(points: readonly Point[]): string {
  const last = points.filter(({ epoch }) => epoch === points.at(-1)?.epoch);
  return draw(
    {
      ...shared,
      y: { domain: [0, 1], label: 'share right on the validation split', grid: true, ticks: 5 },
      color: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
      marks: [
        Plot.line(points, { x: 'epoch', y: 'value', stroke: 'measure', z: 'measure', strokeWidth: 2 }),
        Plot.dot(points, { x: 'epoch', y: 'value', fill: 'measure', r: 2.5 }),
      ],
    },
    {
      id: 'validation',
      title: 'Validation by epoch',
      description: last.map(({ measure, value }) => `${measure}: ${value.toFixed(3)}`).join(', '),
    },
  );
}

const epochs = readCurve();
writeFileSync(
  TO,
  drawTwoPanels(
    COLOURS,
    [{ svg: validationPanel(measuredPoints(epochs)) }, { svg: lossPanel(epochs) }],
    PANEL,
  ),
);
