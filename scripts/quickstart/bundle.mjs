/**
 * Usage: node bundle.mjs DIRECTORY SCRIPT
 *
 * Writes a bundle with the machine's own root that runs the shell script: the default of `tsrun spec` with the necessary changes.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory, script] = process.argv.slice(2);
execFileSync('dist/tsrun', ['spec', '--bundle', directory], { stdio: 'inherit' });
const file = join(directory, 'config.json');
const config = JSON.parse(readFileSync(file, 'utf8'));
config.root = { path: '/', readonly: false };
config.hostname = 'quickstart';
config.process.terminal = false;
config.process.args = ['/bin/sh', '-c', readFileSync(script, 'utf8')];
writeFileSync(file, JSON.stringify(config, null, 2));
