/** Of a picture of two panels side by side, in pixels. */
export const TWO_PANELS = { width: 880, panelWidth: 436 };
/** 4:1 against white and against GitHub's dark page, or about: an image in a document knows no theme. */
export const INK = '#7c828b';

const LEFT = 48;

interface Panel {
  /** An SVG element. */
  readonly svg: string;
  /** What stands above it. */
  readonly caption?: string;
}

/**
 * Two charts side by side as an SVG document, a legend above both.
 * @param colours of the lines, by what the legend calls them
 * @param top where the panels begin, below legend and captions
 * @param height of a panel
 */
export function drawTwoPanels(
  colours: Readonly<Record<string, string>>,
  panels: readonly [Panel, Panel],
  { top, height }: { readonly top: number; readonly height: number },
): string {
  const { width, panelWidth } = TWO_PANELS;
  const placed = panels.map(({ svg, caption }, i) => ({ svg, caption, x: i * (width - panelWidth) }));
  const captions = placed.flatMap(({ caption, x }) =>
    caption === undefined ? [] : [`<text x="${x + LEFT}" y="48" font-weight="600">${caption}</text>`],
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + height}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}" role="img">`,
    legend(colours),
    ...captions,
    ...placed.map(({ svg, x }) => svg.replace('<svg ', `<svg x="${x}" y="${top}" `)),
    '</svg>\n',
  ].join('\n');
}

function legend(colours: Readonly<Record<string, string>>): string {
  let x = LEFT;
  const entries = Object.entries(colours).map(([name, colour]) => {
    const entry = `<path d="M${x} 16h18" stroke="${colour}" stroke-width="3"/><text x="${x + 24}" y="20">${name}</text>`;
    x += 46 + 7 * name.length;
    return entry;
  });
  return entries.join('');
}
