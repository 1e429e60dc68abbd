import { parseArgs } from 'node:util';
import { measures } from './measure/measures.mjs';
import { sections } from './sections.mjs';

const usage = `usage: npm run bench -- [options]

  --quick             few rounds, small numbers: under a minute
  --only NAMES        of ${[...Object.keys(measures), ...Object.keys(sections)].join(',')}
  --subjects NAMES    of floor,library,library-warm,tsrun,tsrun-node,runc,crun,runc-peer,crun-peer (default: all but tsrun-node)
  --rounds N          samples of each measure for each subject (default 100)
  --containers N      the most containers alive at once in "density" (default 1000)
  --out DIRECTORY     where the JSON and the HTML go (default bench/results, build/bench for a part or with --quick)
  --into FILE         puts what is measured into the JSON of an earlier run of the same machine and versions, and renews what is made of it
  --unequal           time containers that are not of the same kind too

Environment: TSRUN_PEERS_ROOT, the root directory of another system whose runc and crun are measured too.
`;

/** Parses the command line; exits if it is invalid or asks for help. */
export function readOptions() {
  const names = (list) => list?.split(',').filter((name) => name !== '');
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        subjects: { type: 'string' },
        rounds: { type: 'string' },
        containers: { type: 'string' },
        out: { type: 'string' },
        into: { type: 'string' },
        unequal: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) end(usage, 0);
    const known = [...Object.keys(measures), ...Object.keys(sections)];
    const only = names(values.only);
    const unknown = only?.find((name) => !known.includes(name));
    if (unknown !== undefined) end(`bench: there is no measure "${unknown}"; there are ${known.join(', ')}`, 2);
    return {
      quick: values.quick,
      unequal: values.unequal,
      only,
      subjects: names(values.subjects),
      rounds: count(values.rounds, values.quick ? 10 : 100),
      containers: count(values.containers, values.quick ? 20 : 1000),
      out: values.out,
      into: values.into,
    };
  } catch (error) {
    return end(`bench: ${error.message}\n${usage}`, 2);
  }
}

function count(text, otherwise) {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`"${text}" is not a number above 0`);
  return Number(text);
}

function end(text, code) {
  (code === 0 ? process.stdout : process.stderr).write(`${text.trimEnd()}\n`);
  process.exit(code);
}
