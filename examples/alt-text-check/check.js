import { parseArgs } from 'node:util';
import { createClient } from '@alignql/client';
import { pictureReader, picturesOf } from './pictures.js';

const USAGE = 'usage: node check.js --url URL [--root FOLDER] [--strict] FILES...';
const HELP = `
Asks whether the alt text of each picture in these pages fits it, and exits with 1 where one does not, has none or cannot be read.

  --url URL      of the deployment; its key, where it asks for one, is taken from ALIGNQL_KEY
  --root FOLDER  where a src that begins with / is looked up (default: this folder)
  --strict       fails what is uncertain too`;
const SHOWN = 60;

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}

function readOptions() {
  const flag = { type: 'boolean' };
  const options = { url: { type: 'string' }, root: { type: 'string' }, strict: flag, help: flag };
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`);
  }
}

const { values, positionals: files } = readOptions();
if (values.help === true) {
  console.log(`${USAGE}\n${HELP}`);
  process.exit(0);
}
if (values.url === undefined || files.length === 0) fail(USAGE);

const client = createClient({ url: values.url, key: process.env.ALIGNQL_KEY });
const read = pictureReader(values.root ?? '.');

/** The verdict on one picture: what the table shows, and whether it fails the build. */
async function judge(picture) {
  if (picture.alt === null) return { ...picture, verdict: 'NO ALT', fails: true };
  try {
    const image = await read(picture);
    // Calls that are made together share requests.
    const { decision, probability } = await client.align(image, picture.alt);
    const fails = decision === 'MISMATCH' || (decision === 'UNCERTAIN' && values.strict === true);
    return { ...picture, verdict: decision, probability, fails };
  } catch (error) {
    return { ...picture, verdict: error.code ?? 'ERROR', note: error.message, fails: true };
  }
}

function row({ verdict, probability, fails, file, src, alt, note }) {
  const shown = src.length > SHOWN ? `${src.slice(0, SHOWN)}…` : src;
  const percent = probability === undefined ? '' : `${(100 * probability).toFixed(1)} %`;
  const words = [fails ? 'FAIL' : 'ok', verdict, percent, `${file}: ${shown}`, note ?? alt ?? ''];
  // One picture is one line, whatever its alt text holds.
  return words.map((word) => word.replace(/\s+/g, ' '));
}

function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  for (const cells of rows) {
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
  }
}

const found = [];
let seen = 0;
for (const file of files) {
  const pictures = await picturesOf(file).catch((error) => fail(`Cannot read ${file}: ${error.message}`));
  seen += pictures.length;
  found.push(...pictures.filter(({ alt }) => alt === null || alt.trim() !== ''));
}
// A pattern that meets no page must not pass for ever.
if (seen === 0) fail(`Found no picture in ${files.join(', ')}.`);
const judged = await Promise.all(found.map(judge));
if (judged.length > 0) print(judged.map(row));
const failed = judged.filter(({ fails }) => fails).length;
console.log(`${judged.length} checked, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
