// Prints "passed failed skipped" of vitest's JSON reports, given by path. A file that did not load has no tests and counts
// as one failure; so does a report that is missing: that run broke before any test.
import { existsSync, readFileSync } from 'node:fs';

let [passed, failed, skipped] = [0, 0, 0];
for (const path of process.argv.slice(2)) {
  if (!existsSync(path)) {
    failed++;
    continue;
  }
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  passed += report.numPassedTests;
  failed += report.numFailedTests + brokenFiles.length;
  skipped += report.numPendingTests + report.numTodoTests;
}
console.log(`${passed} ${failed} ${skipped}`);
