/** Usage: node bench/report.mjs FILE.json... renews the pages of results: `npm run bench` writes them too. */
import { readFileSync, writeFileSync } from 'node:fs';
import { htmlReport } from './report/html.mjs';

for (const file of process.argv.slice(2))
  writeFileSync(file.replace(/\.json$/, '.html'), htmlReport(JSON.parse(readFileSync(file, 'utf8'))));
