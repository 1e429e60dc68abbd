/** Usage: node bench/report.mjs FILE.json... rewrites the pages of existing results; `npm run bench` writes them for new ones. */
import { readFileSync, writeFileSync } from 'node:fs';
import { htmlReport } from './report/html.mjs';

for (const file of process.argv.slice(2))
  writeFileSync(file.replace(/\.json$/, '.html'), htmlReport(JSON.parse(readFileSync(file, 'utf8'))));
