import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { stateRoot, succeed, runtime } from '../../oci/harness/index.js';
import { interfere, type Ending, type Point } from './interfere.js';
import { news } from './open.js';
import { remains } from './remains.js';
import { settled, type VerbCase } from './verbs.js';
import { badWords, mistakes } from './words.js';

export interface Accident {
  readonly verb: VerbCase;
  /** The arguments of test/programs/attack/interfere.c, or `limit` and an option of prlimit(1). */
  readonly action: readonly (string | number)[];
  /** Describes the place: `before mount`. */
  readonly at: string;
}

/**
 * Runs one accident: a verb on its own container, under the rule of this suite: no hang, no false success, one clear error, a true state,
 * and nothing left after `delete --force`. Returns what is wrong, each with the line that repeats it.
 */
export async function trial({ verb, action, at }: Accident, file: string): Promise<readonly string[]> {
  const { id, args, other, untrue } = await verb.prepare();
  const [kind, limit] = action;
  const happens = kind === 'limit' ? { action: ['list'], wrapper: ['prlimit', String(limit)] } : { action };
  const ending = await interfere({ ...happens, args, ...(other === undefined ? {} : { other }) });
  const wrong = [...(await judged(ending, verb, action, untrue))];
  // A signal that can be caught must leave nothing of an unfinished creation.
  if (kind === 'signal' && ending.outcome.code !== verb.code && makes(verb)) wrong.push(...(await remains(id)));
  const words = action.join(' ');
  const known = await runtime(['state', id]);
  if (known.code === 0 && !verb.name.startsWith('create')) wrong.push(...(await settled(id)));
  const isLeft = kind === 'kill' && holdsFiles(id);
  if (isLeft) wrong.push(...(await notListed(id)));
  // What has no file is not known to be of ours, so only its id removes it.
  const removal = await runtime(isLeft ? ['delete', '--force', '--regex', `^${id}$`] : ['delete', '--force', id]);
  if (removal.code !== 0) wrong.push(`delete --force: ${removal.stderr}`);
  wrong.push(...(await remains(id)));
  const repeat = `CHAOS_ONLY='${verb.name}: ${words}' npx vitest run --project chaos test/chaos/${file}`;
  return news(wrong.map((what) => `${verb.name}: ${words} (${at}): ${what.trim()}\n    ${repeat}`));
}

const holdsFiles = (id: string): boolean => {
  const directory = join(stateRoot, id);
  return existsSync(directory) && readdirSync(directory).some((name) => !name.startsWith('.'));
};

/** `list` has what is left: as a container, or named as what an interrupted creation left. */
async function notListed(id: string): Promise<readonly string[]> {
  const { stdout, stderr } = await runtime(['list', '--quiet']);
  return stdout.split('\n').includes(id) || stderr.includes(`container \\"${id}\\":`) ? [] : [`list does not name it: ${stdout}${stderr}`];
}

const makes = ({ name }: VerbCase): boolean => /^(create|run)/.test(name);

async function judged(
  { hang, signal, outcome, fired }: Ending,
  { code }: VerbCase,
  [kind, , , value]: Accident['action'],
  untrue: (outcome: Ending['outcome']) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (hang) return ['hangs'];
  if (kind === 'kill' && fired?.process === 0) return [];
  // The message is written to a file, too.
  if (kind === 'limit' && (signal === constants.signals.SIGXFSZ || (outcome.code !== code && outcome.stderr.length <= 1))) return [];
  // Ended by the signal itself, or with the exit code for it.
  if (kind === 'signal' && (signal === Number(value) || outcome.code === 128 + Number(value))) return [];
  if (signal !== 0) return [`dies of signal ${signal}`];
  if (outcome.code === code) {
    const falsely = fired !== undefined && executing(fired) && kind === 'kill' ? [] : await untrue(outcome);
    return [...falsely.map((what) => `false success: ${what}`), ...mistakes(outcome.stderr)];
  }
  // If writing the message is what failed, there is none.
  if (fired !== undefined && fired.argument === 2 && /^(write|sendto|ioctl|fstat|newfstatat)/.test(fired.name)) return [];
  return badWords(outcome.stderr);
}

/** A process killed in execve(2) is killed at the program's first step. */
const executing = ({ process, name }: Point): boolean => process > 0 && name.startsWith('execve');

/** Every system call that a verb makes without an accident. */
export async function pointsOf(verb: VerbCase): Promise<readonly Point[]> {
  const { id, args, other, untrue } = await verb.prepare();
  const { outcome, points } = await interfere({ action: ['list'], args, ...(other === undefined ? {} : { other }) });
  if (outcome.code !== verb.code) throw new Error(`${verb.name}: ${outcome.code}: ${outcome.stderr}`);
  const wrong = await untrue(outcome);
  if (wrong.length > 0) throw new Error(`${verb.name}: ${wrong.join('\n')}`);
  succeed(await runtime(['delete', '--force', id]));
  return points;
}
