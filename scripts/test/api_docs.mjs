/**
 * Usage: node api_docs.mjs
 *
 * Fails if docs/api differs from what `npm run docs` generates from the docstrings of src/library.
 */
import { execFileSync, spawnSync } from 'node:child_process';

const fresh = 'build/api';
execFileSync('npx', ['--no-install', 'typedoc', '--logLevel', 'Warn', '--out', fresh], { stdio: 'inherit' });
const { status } = spawnSync('diff', ['-r', '-u', 'docs/api', fresh], { stdio: 'inherit' });
if (status !== 0) console.error('docs/api is out of date: run npm run docs');
process.exitCode = status ?? 1;
