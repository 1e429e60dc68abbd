import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { FloorSubject } from '../subjects/floor.mjs';
import { CommandSubject } from '../subjects/command.mjs';
import { median } from '../measure/statistics.mjs';

/** Complete runs (`run`, or create to delete) from one caller per core: the highest rate of several one-second tries. */
export async function parallel({ subjects, setting, options, progress, stopping }) {
  const width = availableParallelism();
  const each = options.quick ? 10 : 50;
  const repeats = options.quick ? 1 : 5;
  const teams = subjects
    .filter(({ kind }) => kind !== 'warm')
    .map((subject) => ({ subject, lanes: lanesOf(subject, setting, width), rates: [] }));
  try {
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const [turn, team] of teams.entries()) {
        if (stopping.aborted) break;
        team.rates.push((width * each) / (await seconds(team, { setting, width, each })));
        progress('parallel', repeat * teams.length + turn + 1, repeats * teams.length);
      }
    }
  } finally {
    for (const { lanes } of teams) for (const lane of lanes) await lane.end();
  }
  const rows = teams
    .filter(({ rates }) => rates.length > 0)
    .map(({ subject, rates }) => ({ subject: subject.name, callers: width, perSecond: median(rates) }));
  return { title: `containers per second, ${width} callers`, rows };
}

function lanesOf(subject, setting, width) {
  if (subject.kind === 'library') return [];
  return Array.from({ length: width }, (_, lane) => {
    if (subject.kind === 'floor') return new FloorSubject(setting);
    const directory = join(subject.directory, `lane${lane}`);
    mkdirSync(directory);
    return new CommandSubject({ ...subject.parts, directory, command: subject.command });
  });
}

async function seconds({ subject, lanes }, { setting, width, each }) {
  const id = `${setting.prefix}-${subject.name}`;
  const bundle = setting.bundles.default.true;
  if (subject.kind === 'library') return (await subject.parallel(bundle, id, { width, each })).ns / 1e9;
  const start = process.hrtime.bigint();
  await Promise.all(
    lanes.map(async (lane, number) => {
      for (let count = 0; count < each; count++) await lane.run(bundle, `${id}-${number}`);
    }),
  );
  return Number(process.hrtime.bigint() - start) / 1e9;
}
