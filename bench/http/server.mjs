/**
 * An HTTP server that starts a program for each request and answers when it has ended: a container of the library, with or without a warm
 * pool, a process, or a container of Docker (DOCKER_HOST). A program of its own, forked by client.mjs:
 *
 *   server.mjs KIND BUNDLE STATE
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime } from '../../dist/library/index.js';
import { image } from '../engines/image.mjs';

const [kind, bundle, state] = process.argv.slice(2);
const { process: program, root } = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
const rootfs = resolve(bundle, root.path);
/** How many slots the pool keeps at least. */
const slots = 16;

const runtime = new Runtime({ root: state, onWarning: () => undefined });
const pool = kind === 'library-warm' ? await runtime.prewarm({ count: slots, bundle }) : undefined;

const kinds = {
  library: container,
  'library-warm': container,
  spawn: () => exitCode(join(rootfs, program.args[0]), program.args.slice(1)),
  bwrap: () => exitCode('bwrap', ['--unshare-all', '--ro-bind', rootfs, '/', '--proc', '/proc', '--dev', '/dev', ...program.args]),
  docker: () => exitCode('docker', ['run', '--rm', '--network=none', image, ...program.args]),
};

let count = 0;

/** Its id, and so its cgroup, names this process: soak.mjs counts them. */
async function container() {
  return (await runtime.run({ bundle, id: `tsrun-http-${process.pid}-${++count}` })).code;
}

/** With its output read, as the library does it. */
function exitCode(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    child.on('error', reject).on('close', resolve);
  });
}

/** What a leak would make more of, once nothing is going on. */
async function resources() {
  await sleep(1000);
  await pool?.fill();
  const children = readdirSync('/proc/self/task').flatMap(childrenOf);
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    rssKiB: Math.round(process.memoryUsage().rss / 1024),
    children: children.length,
    zombies: children.filter(isZombie).length,
    states: readdirSync(state).length,
    ...(pool === undefined ? {} : { slots: pool.target, warm: pool.warm, cold: pool.cold }),
  };
}

/** A process is the child of the thread that has cloned it. */
function childrenOf(thread) {
  return readFileSync(`/proc/self/task/${thread}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid !== '');
}

function isZombie(pid) {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].startsWith('Z');
}

const server = createServer((request, response) => {
  kinds[kind]().then(
    (code) => response.writeHead(code === 0 ? 200 : 500).end(`exit code ${String(code)}\n`),
    (error) => response.writeHead(500).end(String(error)),
  );
});
// The client closes its connections itself.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', (asked) => {
  if (asked === 'resources') void resources().then((found) => process.send(found));
  else void end();
});
process.on('disconnect', () => void end());

async function end() {
  server.close();
  await runtime.close();
  process.exit(0);
}
