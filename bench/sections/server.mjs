import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ownDocker } from '../engines/own_docker.mjs';
import { HttpServer } from '../http/client.mjs';
import { median, percentile } from '../measure/statistics.mjs';

const connections = 8;
/** The share of its highest rate at which a server's times are taken. */
const share = 0.7;

/**
 * A server with a container for each request: requests per second with one connection and with eight, and times at 70 % of the latter.
 * Beside the library with and without a warm pool: a process for each request, and bwrap's sandbox and `docker run` where they are
 * installed.
 */
export async function server({ setting, options, progress, stopping }) {
  const hasBwrap = spawnSync('bwrap', ['--version']).status === 0;
  const docker = await ownDocker({ setting, directory: join(setting.directory, 'http-docker') }).catch((error) => {
    process.stderr.write(`\nleft out: docker: ${error.message}\n`);
    return null;
  });
  const kinds = ['spawn', 'library', 'library-warm', ...(hasBwrap ? ['bwrap'] : []), ...(docker === null ? [] : ['docker'])];
  const seconds = options.quick ? 1 : 5;
  const rounds = options.quick ? 1 : 5;
  const bundle = setting.bundles.default.true;
  const servers = kinds.map(
    (kind) => new HttpServer({ kind, bundle, directory: join(setting.directory, 'http'), dockerHost: docker?.host }),
  );
  const taken = new Map(servers.map((one) => [one, { ones: [], eights: [], medians: [], p99s: [] }]));
  try {
    for (const one of servers) {
      await one.ready();
      await one.busy({ connections, seconds: 0.5 });
    }
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < servers.length && !stopping.aborted; turn++) {
        const one = servers[(turn + round) % servers.length];
        await takeRound(one, taken.get(one), seconds);
        progress('server', round * servers.length + turn + 1, rounds * servers.length);
      }
    }
  } finally {
    await Promise.all(servers.map((one) => one.end()));
    await docker?.end();
  }
  const rows = stopping.aborted ? [] : [...taken].map(([{ kind }, samples]) => ({ subject: kind, ...summary(samples) }));
  return { title: 'HTTP server, a program for each request (medians of rounds)', rows };
}

async function takeRound(one, { ones, eights, medians, p99s }, seconds) {
  ones.push((await one.busy({ connections: 1, seconds })).perSecond);
  const { perSecond } = await one.busy({ connections, seconds });
  eights.push(perSecond);
  const times = (await one.steady({ perSecond: perSecond * share, seconds })).sort((a, b) => a - b);
  medians.push(median(times));
  p99s.push(percentile(times, 0.99));
}

function summary({ ones, eights, medians, p99s }) {
  const [p50Ms, p99Ms] = [median(medians), median(p99s)];
  return {
    onePerSecond: median(ones),
    eightPerSecond: median(eights),
    eightMs: 1000 / median(eights),
    p50Ms,
    p99Ms,
    p99ToP50: p99Ms / p50Ms,
  };
}
